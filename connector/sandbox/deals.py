"""Deals and visits: what is talked about and looked at before anybody buys."""

from functools import partial

from connector.sandbox import customers
from connector.sandbox.activity import Deal, Order, Visit, told
from connector.sandbox.brazil import Roll, listed, roller, scatter
from connector.sandbox.habits import employer, is_company
from connector.sandbox.orders import STORY_NUMBERS, bought, page, page_of, past_orders
from connector.sandbox.timeline import DAY_US, FIXED, SECOND_US, Event, Sighting, past

_TITLES = listed("""
Uniformes para a equipe, Coleção de inverno, Coleção de verão, Reposição de estoque, Kit escolar,
Brindes de fim de ano, Enxoval do hotel, Vitrine nova, Revenda na cidade, Consignado do trimestre
""")
_PIPELINES = listed("Atacado, Atacado, Corporativo, Revenda")
_STAGES = listed("Contato, Visita, Proposta, Negociação")
_ENDS = ("ganho",) * 9 + ("perdido",) * 7 + ("desqualificado",) * 4
_REASONS = listed("Preço, Preço, Desistência, Concorrência, Prazo de entrega, Sem orçamento")
_UNQUALIFIED = "Fora do perfil"
_OF_COMPANIES = (0, 0, 1, 1, 2, 2, 3, 4)
_OF_EMPLOYEES = (1, 1, 2, 3)
_PEOPLE = 20
"""One in so many other people has a deal."""
_TALKS, _FRESH = 90, 30
"""Days: no deal is talked about for longer, and half of the newest began so lately."""


def deals(seed: int, seen: Sighting) -> list[Deal]:
    """Every deal of a customer as it stands."""
    return told(_past_deals(seed, seen), seen.story, {"deal": partial(_move, seed, seen)})


def _past_deals(seed: int, seen: Sighting) -> list[Deal]:
    if seen.story.created_at:
        return []
    if seen.index < FIXED:
        return customers.deals(seen)
    if not (many := _many(seed, seen.index)):
        return []
    created_at, _ = past(seed, seen)
    draw, span = roller(b"deals", seed, seen.index), seen.active_at - created_at
    opened = sorted(created_at + (span * draw() >> 16) for _ in range(many))
    if draw() % 2:
        opened[-1] = max(opened[-1], seen.active_at - draw() % _FRESH * DAY_US)
    return [_past_deal(seed, seen, number, at) for number, at in enumerate(opened, 1)]


def _many(seed: int, index: int) -> int:
    lot = scatter(seed + 3_003, index)
    if is_company(seed, index):
        return _OF_COMPANIES[lot % len(_OF_COMPANIES)]
    if employer(seed, index) is not None:
        return _OF_EMPLOYEES[lot % len(_OF_EMPLOYEES)]
    return int(lot % _PEOPLE == 0)


def _past_deal(seed: int, seen: Sighting, number: int, at: int) -> Deal:
    """Open ones were opened within the last weeks; the others came to an end in time."""
    roll = roller(b"deal", seed, seen.index, number)
    deal = _opened(roll, number, at, seen.active_at)
    if seen.today - at > _TALKS * DAY_US or roll() % 5 < 2:
        talked = min(_TALKS * DAY_US, seen.active_at - at)
        close(deal, roll, at + (talked * roll() >> 16))
    return deal


def _opened(roll: Roll, number: int, at: int, updated_at: int) -> Deal:
    return Deal(
        number=number,
        at=at,
        updated_at=updated_at,
        title=_TITLES[roll() % len(_TITLES)],
        amount=150_000 + roll() * 90,
        pipeline=_PIPELINES[roll() % len(_PIPELINES)],
        stage=_STAGES[roll() % len(_STAGES)],
    )


def close(deal: Deal, roll: Roll, at: int) -> None:
    """Win or lose a deal."""
    deal.status = _ENDS[roll() % len(_ENDS)]
    deal.stage, deal.closed_at = deal.status.capitalize(), at
    if deal.status == "perdido":
        deal.loss_reason = _REASONS[roll() % len(_REASONS)]
    elif deal.status == "desqualificado":
        deal.loss_reason = _UNQUALIFIED


def _move(seed: int, seen: Sighting, known: list[Deal], event: Event) -> None:
    """The newest open deal comes to its end; where none is open, one begins."""
    number = STORY_NUMBERS + event.version
    roll = roller(b"deal", seed, seen.index, number)
    underway = [deal for deal in known if not deal.closed_at]
    if not underway:
        known.append(_opened(roll, number, event.at, event.at))
        return
    close(underway[-1], roll, event.at)
    underway[-1].touch(event.at)


# Visits: pages of the shop's site that were looked at, some just before an order.

_BROWSING = (0, 0, 0, 0, 0, 0, 0, 1, 2, 4)
_AFTER_BROWSING = 10
"""A visit that led to an order has its order's number, and this, for a number of its own."""
_ONLINE = 4
_LONGEST_S = 1_800


def visits(seed: int, seen: Sighting) -> list[Visit]:
    """Every visit that is known of a customer."""
    return told(_past_visits(seed, seen), seen.story, {"purchase": partial(_led, seed, seen)})


def _past_visits(seed: int, seen: Sighting) -> list[Visit]:
    if seen.story.created_at:
        return []
    browsed = customers.visits(seen) if seen.index < FIXED else _browsed(seed, seen)
    bought_there = [
        order
        for order in past_orders(seed, seen)
        if order.kind == "pedido" and _waited(seed, seen.index, order.number) is not None
    ]
    return browsed + [_before(seed, seen, order) for order in bought_there]


def _browsed(seed: int, seen: Sighting) -> list[Visit]:
    many = _BROWSING[scatter(seed + 3_004, seen.index) % len(_BROWSING)]
    if not many:
        return []
    created_at, _ = past(seed, seen)
    draw, span = roller(b"visits", seed, seen.index), seen.active_at - created_at
    instants = sorted(created_at + (span * draw() >> 16) for _ in range(many))
    return [
        Visit(number=number, at=at, updated_at=seen.active_at, page=page(draw()))
        for number, at in enumerate(instants, 1)
    ]


def _led(seed: int, seen: Sighting, known: list[Visit], event: Event) -> None:
    if _waited(seed, seen.index, STORY_NUMBERS + event.version) is not None:
        known.append(_before(seed, seen, bought(seed, seen, event)))


def _waited(seed: int, index: int, number: int) -> int | None:
    """Seconds from the visit to the order, where it was placed on the site: one in four was."""
    roll = roller(b"visit", seed, index, number)
    return None if roll() % _ONLINE else roll() % _LONGEST_S


def _before(seed: int, seen: Sighting, order: Order) -> Visit:
    """The visit that led to an order placed on the site."""
    waited = _waited(seed, seen.index, order.number) or 0
    return Visit(
        number=order.number + _AFTER_BROWSING,
        at=order.at - waited * SECOND_US,
        updated_at=order.updated_at,
        page=page_of(order.lines[0].name),
        order=order.number,
    )
