"""A customer as the master sends it, and the two that every sandbox has."""

from typing import Any

from connector.sandbox import people
from connector.sandbox.activity import Deal, Line, Order, Sent, Visit, spoil
from connector.sandbox.brazil import roller, scatter
from connector.sandbox.habits import (
    POINTS_A_PURCHASE,
    STATUSES,
    agreed,
    decided,
    habits,
    is_company,
    loyalty,
    undecided,
)
from connector.sandbox.people import Home, addresses, home
from connector.sandbox.timeline import (
    DAY_US,
    FIRST_ID,
    FIXED,
    SECOND_US,
    Sighting,
    Story,
    drawn,
    instant,
    spell,
    spell_short,
)

# The two customers every sandbox has, whatever its seed: for manuals, tests and first looks.

_ADDRESS_HOME = {
    "label": "Residencial",
    "street": "Rua das Flores",
    "number": "123",
    "complement": "Apto 45",
    "district": "Pinheiros",
    "city": "São Paulo",
    "state": "SP",
    "postal_code": "05422-010",
    "country": "BR",
    "main": True,
    "situation": "Ativo",
}
_ADDRESS_WORK = {
    "label": "Comercial",
    "street": "SQN 312 Bloco C",
    "number": "s/n",
    "complement": "Sala 5",
    "district": "Asa Norte",
    "city": "Brasília",
    "state": "DF",
    "postal_code": "70765030",
    "country": "BR",
    "main": False,
    "situation": "Inativo",
}
_POINTS = 1_240
_BOUGHT_AT = instant("2015-12-19T18:42:10-02:00")
_DEUZENIR = {
    "person_type": "PF",
    "name": "Deuzenir Ferreira",
    "cpf": "123.456.789-09",
    "rg": "12.345.678-9 SSP/SP",
    "birth_date": "1978-05-23",
    "gender": "F",
    "category": "Consultor",
    "dependents": [
        {"name": "Júlia Ferreira", "relation": "Filha", "birth_date": "2014-08-02"},
        {"name": "Davi Ferreira", "relation": "Filho", "birth_date": "2018-11-30"},
    ],
    "created_at": "2015-03-14T10:20:00-03:00",
    "status": "active",
    "emails": [{"address": "Deuzenir.Ferreira@Exemplo.com.br", "label": "Pessoal"}],
    "phones": [
        {"number": "(11) 98765-4321", "label": "WhatsApp"},
        {"number": "(61) 8123-4567", "label": "Recado"},
    ],
    "addresses": [_ADDRESS_HOME, _ADDRESS_WORK],
    "notes": "Prefere sandália rasteira caramelo. Não ligar antes das 10h.",
    "extra": {
        "Tamanho de calçado": "38",
        "Loja de origem": "Shopping Recife",
        "Vendedor preferido": "Márcia Telles",
        "Limite de crédito": 1500.0,
    },
    "seller": "Márcia Telles",
    "profile": "Omnichannel",
    "groups": ["Aniversariantes do mês", "Retira na loja"],
    "tags": ["vip", "whatsapp"],
    **undecided(),
}
_IPE = {
    "person_type": "PJ",
    "name": "Ipê Amarelo Comércio de Roupas Ltda",
    "trade_name": "Boutique Ipê Amarelo",
    "cnpj": "12.ABC.345/01DE-35",
    "state_registration": "123456789",
    "category": "Atacado",
    "contacts": [
        {
            "name": "Rosângela Prado",
            "role": "Compras",
            "email": "rosangela.prado@example.com",
            "phone": "(81) 99876-5432",
        },
    ],
    "created_at": "2015-07-01T09:00:00-03:00",
    "status": "active",
    "emails": [{"address": "nfe@example.org", "label": "NF-e"}],
    "phones": [{"number": "(81) 3456-7890 ramal 12", "label": "Comercial"}],
    "last_purchase_at": None,
    "addresses": [_ADDRESS_WORK | {"label": "Matriz", "main": True, "situation": "Ativo"}],
    "loyalty": None,
    "notes": None,
    "extra": {"Limite de crédito": 5000.0},
    "seller": None,
    "profile": "Presencial",
    "groups": [],
    "tags": [],
    **undecided(),
    **agreed("Boleto", "30/60/90"),
}


def deuzenir(story: Story, bought_before: int = _BOUGHT_AT) -> dict[str, Any]:
    """Customer 100001: the person of Omni OMS's manual, with every section filled in."""
    return _DEUZENIR | {
        "last_purchase_at": spell_short(story.bought_at or bought_before),
        "loyalty": loyalty(_POINTS + POINTS_A_PURCHASE * story.purchases, "Ativo"),
    }


def ipe() -> dict[str, Any]:
    """Customer 100002: a company whose CNPJ has letters (the example of Receita Federal)."""
    return dict(_IPE)


# What the two fixed customers did, the same in every sandbox, counted back from its first day.

_MINUTE_US = 60 * SECOND_US
_RASTEIRA = Line("Sandália rasteira caramelo", 1, 8_990)
_BOLSA = Line("Bolsa de couro caramelo", 1, 28_990)
_CHINELO = Line("Chinelo preto", 2, 3_499)
_PERFUME = Line("Perfume amadeirado", 1, 15_900)
_BATOM = Line("Batom vermelho", 3, 2_990)
_VESTIDO = Line("Vestido midi verde-oliva", 1, 19_900)
_JEANS = Line("Calça jeans reta azul-marinho", 1, 14_990)
_BEBE = Line("Roupa de bebê rosa", 2, 6_490)
_CAMISAS = Line("Camisa polo branca", 48, 6_390)
_BLAZERS = Line("Blazer preto", 12, 31_900)

_Bought = tuple[float, str, str, tuple[Line, ...], str, int]
_ORDERS: tuple[tuple[_Bought, ...], ...] = (
    (
        (401.4, "pedido", "entregue", (_BOLSA, _CHINELO), "Cartão", 3),
        (305.7, "pedido", "entregue", (_VESTIDO,), "Pix", 1),
        (299.5, "devolução", "entregue", (_VESTIDO,), "Pix", 1),
        (182.6, "pedido", "cancelado", (_JEANS, _BATOM), "Boleto", 1),
        (96.3, "pedido", "entregue", (_BEBE, _PERFUME), "Boleto", 2),
        (47.4, "pedido", "entregue", (_RASTEIRA, _BATOM), "Pix", 1),
        (20.6, "orçamento", "aberto", (_BOLSA,), "Pix", 1),
        (13.5, "pedido", "entregue", (_JEANS, _CHINELO, _BEBE), "Boleto", 3),
        (3.3, "pedido", "faturado", (_PERFUME,), "Boleto", 1),
    ),
    ((33.6, "orçamento", "aberto", (_CAMISAS, _BLAZERS), "Boleto", 3),),
)
"""Days ago, type, status, lines, how and in how many instalments it is paid."""

_Talked = tuple[float, float, str, int, str, str, str, str | None]
_DEALS: tuple[tuple[_Talked, ...], ...] = (
    (
        (151.6, 118.4, "Kit de revenda de inverno", 184_000, "Revenda", "ganho", "Ganho", None),
        (9.4, 0, "Kit de revenda de verão", 236_500, "Revenda", "aberto", "Proposta", None),
    ),
    (
        (512.5, 470.3, "Abertura da loja", 1_890_000, "Atacado", "ganho", "Ganho", None),
        (240.6, 205.4, "Coleção de inverno", 1_264_000, "Atacado", "perdido", "Perdido", "Preço"),
        (121.4, 96.5, "Reposição de estoque", 745_050, "Atacado", "ganho", "Ganho", None),
        (33.4, 0, "Uniformes da equipe", 689_520, "Corporativo", "aberto", "Negociação", None),
    ),
)
"""Days ago it was opened and closed, title, hundredths, pipeline, status, stage, loss reason."""

_VISITS: tuple[tuple[tuple[float, str], ...], ...] = (
    (
        (21.62, "/novidades"),
        (20.61, "/produto/bolsa-de-couro"),
        (4.55, "/ofertas"),
        (3.31, "/produto/perfume-amadeirado"),
        (1.43, "/produto/sandalia-rasteira"),
    ),
    ((34.4, "/produto/camisa-polo"), (34.41, "/produto/blazer")),
)


def _ago(seen: Sighting, days: float) -> int:
    """An instant so many days before the first midnight, to the minute."""
    return seen.today - round(days * DAY_US / _MINUTE_US) * _MINUTE_US


def last_purchase(seen: Sighting) -> int:
    """When the first customer bought last before the story begins."""
    return _ago(seen, _ORDERS[0][-1][0])


def orders(seen: Sighting) -> list[Order]:
    """Those of the past."""
    return [
        Order(
            number=number,
            at=_ago(seen, days),
            updated_at=seen.active_at,
            kind=kind,
            status=status,
            lines=lines,
            method=method,
            parts=parts,
            seller="Márcia Telles",
        )
        for number, (days, kind, status, lines, method, parts) in enumerate(_ORDERS[seen.index], 1)
    ]


def deals(seen: Sighting) -> list[Deal]:
    """Those of the past, won and lost ones and one that is open."""
    return [
        Deal(
            number=number,
            at=_ago(seen, opened),
            updated_at=seen.active_at,
            title=title,
            amount=amount,
            pipeline=pipeline,
            status=status,
            stage=stage,
            closed_at=_ago(seen, closed) if closed else 0,
            loss_reason=reason,
        )
        for number, (opened, closed, title, amount, pipeline, status, stage, reason)
        in enumerate(_DEALS[seen.index], 1)
    ]  # fmt: skip


def visits(seen: Sighting) -> list[Visit]:
    """Those of the past that led to no order at once."""
    return [
        Visit(number=number, at=_ago(seen, days), updated_at=seen.active_at, page=page)
        for number, (days, page) in enumerate(_VISITS[seen.index], 1)
    ]


def customer(seed: int, seen: Sighting) -> Sent:
    """The record of a customer as it stands, about one kilobyte of JSON."""
    record = {
        "id": FIRST_ID + seen.index,
        "v": seen.story.version,
        "updated_at": spell(seen.updated_at, scatter(seed, seen.index ^ seen.story.version)),
        "url": f"https://omni.example/clientes/{FIRST_ID + seen.index}",
    }
    if seen.index < FIXED:
        record |= _fixed(seen)
    else:
        company = is_company(seed, seen.index)
        record |= _company(seed, seen) if company else _person(seed, seen)
        record |= decided(seed, seen.index, company=company)
    spoil(record, seen.index, seen.story.version)
    return record


def _fixed(seen: Sighting) -> Sent:
    if seen.index == 0:
        return deuzenir(seen.story, last_purchase(seen))
    return ipe()


def _person(seed: int, seen: Sighting) -> Sent:
    index, story = seen.index, seen.story
    place = home(seed, index, "Residencial")
    somebody, fields = people.identity(seed, seen, place)
    reached = roller(b"email", seed, index, story.email)
    return {
        "person_type": "PF",
        **fields,
        "emails": people.emails(reached, somebody.given, somebody.last, 85),
        "phones": people.phones(roller(b"phone", seed, index, story.phone), place),
        **_dealings(seed, seen, place, company=False),
    }


def _company(seed: int, seen: Sighting) -> Sent:
    index, story = seen.index, seen.story
    place = home(seed, index, "Comercial")
    owner, fields = people.company_identity(seed, seen, place)
    reached = roller(b"email", seed, index, story.email)
    return {
        "person_type": "PJ",
        **fields,
        "emails": people.emails(reached, owner.given, owner.last, 90),
        "phones": people.company_phones(roller(b"phone", seed, index, story.phone), place),
        **_dealings(seed, seen, place, company=True),
    }


def _dealings(seed: int, seen: Sighting, place: Home, *, company: bool) -> Sent:
    """What people and companies have alike: status, dates, addresses and shopping habits."""
    index, story = seen.index, seen.story
    roll = roller(b"dealings", seed, index)
    created_at, bought_before = drawn(roll, seen)
    bought_at = story.bought_at or bought_before
    moved = roller(b"address", seed, index, story.address) if story.address else None
    return {
        "status": STATUSES[scatter(seed + story.status, index) % len(STATUSES)],
        "created_at": spell_short(created_at),
        "last_purchase_at": spell_short(bought_at) if bought_at else None,
        "addresses": addresses(roll, place, moved),
        **habits(roll, place.city.ddd, story.purchases, company=company),
    }
