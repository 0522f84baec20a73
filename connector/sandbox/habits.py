"""What a shop knows and decided of its customers besides who they are, and who works for whom."""

from functools import lru_cache
from itertools import count
from typing import Any

from connector.sandbox.brazil import SELLERS, Roll, listed, mobile, scatter, weighted
from connector.sandbox.timeline import FIRST_ID, FIXED, LAST_DAY, spell_day

STORES = listed("""
Shopping Recife, Shopping Iguatemi, Shopping da Bahia, Loja Centro, Loja Matriz, Shopping Morumbi,
Norte Shopping, Shopping Del Rey, Barra Shopping, Shopping Manaíra, Flamboyant, Loja Virtual,
Shopping Palladium, Praia de Belas, Boulevard Belém, Amazonas Shopping, Outlet Premium
""")
STATUSES = weighted("""
82: active
12: inactive
4: blocked
2: deleted
""")
PROFILES = listed("Varejo, Varejo, Varejo, Digital, Omnichannel, Presencial, Eventual")
_GROUPS = listed("""
Aniversariantes do mês, Clube da Mamãe, Compra online, Convênio OAB, Convênio servidores,
Corredores, Feira de verão, Ginástica, Igreja do bairro, Lista de casamento, Noivas, Retira na loja
""")
_TAGS = listed("""
vip, whatsapp, sem-ligação, pagou-pix, crediário, presente, troca, newsletter, bazar, inverno,
verão, black-friday, dia-das-mães, natal, cupom-10, atendimento-especial
""")
_PRODUCTS = listed("""
tênis de corrida, sandália rasteira, bolsa de couro, calça jeans reta, vestido midi, camisa polo,
camiseta básica, jaqueta corta-vento, perfume amadeirado, hidratante de castanha, batom vermelho,
sapato social, bota de cano curto, mochila escolar, roupa de bebê, maiô, chinelo, blazer, meia-calça
""")
_COLOURS = listed(
    "preto, branco, azul-marinho, vermelho, bege, verde-oliva, rosa, caramelo, estampado"
)
_NOTES = (
    "Prefere {product} {colour}.",
    "Pediu para avisar quando chegar {product}.",
    "Sempre leva {product} para presente; embrulhar.",
    "Não ligar antes das {hour}h. Gosta de {product}.",
    "Alérgica a níquel. Procura {product} {colour}.",
    "Cliente da {store} desde a inauguração; atender com {seller}.",
    "Trocou {product} em {month}, ficou com crédito na loja.",
    "Paga no Pix. Reserva {product} por uns dias.",
    "Recado pelo {phone}, falar com {seller}.",
    "Retira na {store}. Não gosta de {colour}.",
)
_MONTHS = listed("janeiro, março, abril, junho, agosto, outubro, novembro, dezembro")
_Fields = tuple[tuple[str, tuple[object, ...]], ...]
_EXTRAS: _Fields = (
    ("Loja de origem", STORES),
    ("Vendedor preferido", SELLERS),
    ("Limite de crédito", (300.0, 500.0, 800.0, 1500.0, 2500.0, 5000.0)),
    ("Como conheceu", listed("Instagram, Indicação, Passou na frente, Google, Panfleto, Rádio")),
    ("Aceita mensagens", ("Sim", "Não")),
    ("Cartão da loja", ("Sim", "Não")),
)
PERSON_EXTRAS: _Fields = (
    *_EXTRAS,
    ("Tamanho de calçado", tuple(str(size) for size in range(33, 46))),
    ("Tamanho de camiseta", ("PP", "P", "M", "G", "GG", "XGG")),
    ("Estado civil", listed("Solteiro(a), Casado(a), União estável, Divorciado(a), Viúvo(a)")),
    ("Time do coração", listed("Bahia, Sport, Flamengo, Corinthians, Grêmio, Remo, Ceará, Galo")),
    ("Profissão", listed("Professora, Motorista, Enfermeiro, Autônomo, Advogada, Aposentado")),
)
COMPANY_EXTRAS: _Fields = (
    *_EXTRAS,
    ("Tabela de preços", ("Varejo", "Atacado", "Especial", "Promoção")),
    ("Transportadora", listed("Própria, Correios, Retira, Rodoviário Sul, Expresso Norte")),
)
_TIERS = (("Bronze", 0), ("Prata", 500), ("Ouro", 2_000), ("Diamante", 6_000))
_LOYALTY_STATUSES = listed("Ativo, Ativo, Ativo, Em ativação, Suspenso")
POINTS_A_PURCHASE = 35
_METHODS = ("Boleto", "Pix", "Boleto", "Cartão")
_TERMS = ("À vista", "28 dias", "30/60", "30/60/90")


def loyalty(points: int, status: str) -> dict[str, Any]:
    """The programme's view of somebody with so many points: tier, next tier, points missing."""
    tier = max(place for place, (_, floor) in enumerate(_TIERS) if points >= floor)
    name, following = _TIERS[tier][0], _TIERS[tier + 1 : tier + 2]
    return {
        "points": points,
        "tier": name,
        "next_tier": following[0][0] if following else None,
        "points_to_next": following[0][1] - points if following else None,
        "status": status,
    }


def earned(roll: Roll, purchases: int) -> dict[str, Any]:
    """Loyalty of a member who bought so many times since the register was first listed."""
    points = roll() % 60 * (roll() % 60) * (1 + roll() % 3) + roll() % 100
    status = _LOYALTY_STATUSES[roll() % len(_LOYALTY_STATUSES)]
    return loyalty(points + POINTS_A_PURCHASE * purchases, status)


def note(roll: Roll, ddd: str) -> str:
    """A sentence a clerk typed; now and then it holds a telephone it should not."""
    return _NOTES[roll() % len(_NOTES)].format(
        product=_PRODUCTS[roll() % len(_PRODUCTS)],
        colour=_COLOURS[roll() % len(_COLOURS)],
        hour=9 + roll() % 5,
        store=STORES[roll() % len(STORES)],
        seller=SELLERS[roll() % len(SELLERS)],
        month=_MONTHS[roll() % len(_MONTHS)],
        phone=mobile(roll, ddd),
    )


def extras(roll: Roll, fields: _Fields) -> dict[str, object]:
    """The shop's own fields: none to five, labels in pt-BR, texts or numbers."""
    first, count = roll(), roll() % 6
    chosen = [fields[(first + place * 5) % len(fields)] for place in range(count)]
    return {label: values[roll() % len(values)] for label, values in chosen}


def some(roll: Roll, options: tuple[str, ...]) -> list[str]:
    """Mostly nothing, sometimes one or two of the options."""
    lot, first = roll() % 10, roll() % (len(options) - 1)
    return list(options[first : first + (lot > 5) + (lot > 8)])


def habits(roll: Roll, ddd: str, purchases: int, *, company: bool) -> dict[str, Any]:
    """The fields of a record that come from shopping."""
    member = roll() % 10 < (2 if company else 7)
    return {
        "loyalty": earned(roll, purchases) if member else None,
        "notes": note(roll, ddd) if roll() % 100 < 35 else None,
        "extra": extras(roll, COMPANY_EXTRAS if company else PERSON_EXTRAS),
        "seller": SELLERS[lot] if (lot := roll() % 40) < len(SELLERS) else None,
        "profile": PROFILES[roll() % len(PROFILES)],
        "groups": some(roll, _GROUPS),
        "tags": some(roll, _TAGS),
    }


# Who is a company, who works for whom, and what the shop's own people decided about a customer.

_COMPANIES_PERCENT = 12
_IPE = 1
_ARCHIVED_WITHIN = 300
"""Days before the last of the register."""
_APART = 3_001
"""Added to the seed: draws of their own."""

_UNDECIDED: dict[str, Any] = {
    "company_id": None,
    "relationship": None,
    "archived": False,
    "archived_on": None,
    "prospect_status": None,
    "customer_status": None,
    "ploomes_status": None,
}
_PER_MILLE: tuple[tuple[int, dict[str, Any]], ...] = (
    (15, {"relationship": "contato"}),
    (15, {"relationship": "inativo"}),
    (20, {"archived": True}),
    (4, {"prospect_status": "lost"}),
    (8, {"customer_status": "past"}),
    (12, {"ploomes_status": "Descartado"}),
)
_DECISIONS = dict(enumerate(_UNDECIDED | said for times, said in _PER_MILLE for _ in range(times)))


def is_company(seed: int, index: int) -> bool:
    """Whether customer ``index`` is a company: the second is, and one in eight of the others."""
    if index < FIXED:
        return index == _IPE
    return scatter(seed, -index) % 100 < _COMPANIES_PERCENT


def employer(seed: int, index: int) -> int | None:
    """The index of the company a person works for: some work for the one listed before them."""
    return _employer(seed, index, scatter(seed + _APART, index))


def _employer(seed: int, index: int, lot: int) -> int | None:
    if index == _first_person(seed):
        return _IPE
    if lot // 1000 % 3:
        return None
    return index - 1 if is_company(seed, index - 1) else None


@lru_cache(maxsize=8)
def _first_person(seed: int) -> int:
    return next(index for index in count(FIXED) if not is_company(seed, index))


def undecided() -> dict[str, Any]:
    """What is known of the relationship with a customer nobody has decided anything about."""
    return _UNDECIDED


def agreed(method: str, terms: str) -> dict[str, Any]:
    """How a customer pays, as was agreed with them."""
    return {"payment_method": method, "payment_terms": terms}


def decided(seed: int, index: int, *, company: bool) -> dict[str, Any]:
    """The same with what was set by hand, for one in fourteen, and the company a person works for.

    The words are the master's.
    """
    lot = scatter(seed + _APART, index)
    employed = None if company else _employer(seed, index, lot)
    said = _DECISIONS.get(lot % 1000, _UNDECIDED)
    if company:
        said = said | agreed(_METHODS[lot % 4], _TERMS[lot // 4 % 4])
    if said["archived"]:
        said = said | {"archived_on": spell_day(LAST_DAY - lot // 1000 % _ARCHIVED_WITHIN)}
    return said if employed is None else said | {"company_id": FIRST_ID + employed}


def employer_id(seed: int, index: int) -> int | None:
    """The master's id of the company a customer works for."""
    employed = None if is_company(seed, index) else employer(seed, index)
    return None if employed is None else FIRST_ID + employed
