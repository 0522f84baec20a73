"""Orders: those of the past, between registration and last purchase, and those of a story."""

from connector.sandbox import keepsakes
from connector.sandbox.activity import Order, told
from connector.sandbox.dice import Roll, roller
from connector.sandbox.goods import line
from connector.sandbox.names import SELLERS
from connector.sandbox.past import past
from connector.sandbox.story import FIXED, Event, Sighting
from connector.sandbox.tables import weighted
from connector.sandbox.timeline import DAY_US
from connector.sandbox.work import is_company

STAGES = ("aberto", "em separação", "faturado", "entregue")
_COUNTS = (
    *((1,) * 9 + (2,) * 6 + (3,) * 4 + (4,) * 3 + (5,) * 2),
    *(6, 7, 8, 9, 11, 13, 16, 20),
)
_LEAST_BETWEEN = 15 * DAY_US
_KINDS = weighted("""
86: pedido
8: orçamento
3: devolução
3: recibo
""")
_OTHER_STATUS = {"orçamento": "aberto", "devolução": "entregue", "recibo": "faturado"}
_UNDERWAY, _UNDERWAY_DAYS = 8, (1, 3, 8)
_CANCELLED, _QUOTED = 15, 6
"""One in so many orders, and one in so many of those who never bought."""
_METHODS = ("Pix", "Pix", "Pix", "Pix", "Cartão", "Cartão", "Cartão", "Boleto")
_COMPANY_METHODS = ("Pix", "Cartão", "Boleto", "Boleto")
STORY_NUMBERS = 100
"""What a story's event makes has its customer's version, and this, for a number."""


def orders(seed: int, seen: Sighting) -> list[Order]:
    """Every order of a customer as it stands, the oldest first."""
    return told(
        past_orders(seed, seen),
        seen.story,
        {
            "purchase": lambda known, event: known.append(bought(seed, seen, event)),
            "delivery": _deliver,
        },
    )


def past_orders(seed: int, seen: Sighting) -> list[Order]:
    """Those from before the sandbox opened; the newest is always a purchase."""
    if seen.story.created_at:
        return []
    if seen.index < FIXED:
        return keepsakes.orders(seen)
    created_at, bought_at = past(seed, seen)
    draw = roller(b"orders", seed, seen.index)
    if not bought_at:
        return [_quote(seed, seen, created_at)] if draw() % _QUOTED == 0 else []
    span = bought_at - created_at
    earlier = min(_COUNTS[draw() % len(_COUNTS)] - 1, span // _LEAST_BETWEEN)
    instants = sorted(created_at + (span * draw() >> 16) for _ in range(earlier))
    before = [_earlier(seed, seen, number, at) for number, at in enumerate(instants, 1)]
    return [*before, _newest(seed, seen, earlier + 1, bought_at)]


def bought(seed: int, seen: Sighting, event: Event) -> Order:
    """The order of a purchase that is part of the story."""
    number = STORY_NUMBERS + event.version
    roll = roller(b"order", seed, seen.index, number)
    return _order(seed, seen, roll, number, event.at, updated_at=event.at, status=STAGES[0])


def _deliver(known: list[Order], event: Event) -> None:
    """Whatever is under way among the newest is one stage further on."""
    for order in known[-_UNDERWAY:]:
        if order.kind == "pedido" and order.status in STAGES[:-1]:
            order.status = STAGES[STAGES.index(order.status) + 1]
            order.touch(event.at)


def _earlier(seed: int, seen: Sighting, number: int, at: int) -> Order:
    roll = roller(b"order", seed, seen.index, number)
    kind, cancelled = _KINDS[roll() % len(_KINDS)], roll() % _CANCELLED == 0
    status = _OTHER_STATUS.get(kind) or ("cancelado" if cancelled else _underway(seen, at))
    return _order(seed, seen, roll, number, at, kind=kind, status=status)


def _newest(seed: int, seen: Sighting, number: int, at: int) -> Order:
    roll = roller(b"order", seed, seen.index, number)
    return _order(seed, seen, roll, number, at, status=_underway(seen, at))


def _quote(seed: int, seen: Sighting, created_at: int) -> Order:
    roll = roller(b"order", seed, seen.index, 1)
    at = created_at + ((seen.active_at - created_at) * roll() >> 16)
    return _order(seed, seen, roll, 1, at, kind="orçamento", status=STAGES[0])


def _underway(seen: Sighting, at: int) -> str:
    days = (seen.today - at) // DAY_US
    return STAGES[sum(days >= least for least in _UNDERWAY_DAYS)]


def _order(
    seed: int, seen: Sighting, roll: Roll, number: int, at: int, *,
    status: str, kind: str = "pedido", updated_at: int = 0,
) -> Order:  # fmt: skip
    company = is_company(seed, seen.index)
    methods = _COMPANY_METHODS if company else _METHODS
    method = methods[roll() % len(methods)]
    return Order(
        number=number,
        at=at,
        updated_at=updated_at or seen.active_at,
        kind=kind,
        status=status,
        lines=tuple(line(roll, company=company) for _ in range((1, 1, 2, 2, 3, 4)[roll() % 6])),
        method=method,
        parts=1 if method == "Pix" else 1 + roll() % 3,
        seller=SELLERS[lot] if (lot := roll() % 40) < len(SELLERS) else None,
    )
