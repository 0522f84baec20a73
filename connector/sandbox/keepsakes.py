"""What the two fixed customers did, the same in every sandbox, counted back from its first day."""

from connector.sandbox.activity import Deal, Line, Order, Visit
from connector.sandbox.story import Sighting
from connector.sandbox.timeline import DAY_US, SECOND_US

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
