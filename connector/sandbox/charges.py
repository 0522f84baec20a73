"""Payments: each order in one to three instalments, paid, open, late or called off.

Time alone changes no charge: one that was overdue when the sandbox opened says so; one that becomes
overdue while it runs stays "emitida" until somebody pays, and readers must look at its date.
"""

from functools import partial
from operator import attrgetter

from connector.sandbox.activity import Charge, Order, told
from connector.sandbox.dice import roller
from connector.sandbox.orders import bought, past_orders
from connector.sandbox.recency import day_of
from connector.sandbox.story import Event, Sighting
from connector.sandbox.timeline import DAY_US, SECOND_US

OPEN = ("agendada", "emitida", "em atraso")
PARTS = 10
"""A charge's number is its order's times this, and which instalment it is."""
_FIRST_DUE, _EVERY, _ISSUED_BEFORE = 10, 28, 20
"""Days: from the order to the first boleto, between two, and from the issue to the due date."""
_NOON_US = 15 * 3_600 * SECOND_US
_NEVER, _IN_ADVANCE = 16, 4
_WRITTEN_OFF = 180
"""Days after which nobody asks for a boleto any more."""


def charges(seed: int, seen: Sighting) -> list[Charge]:
    """Every charge of a customer as it stands."""
    before = past_orders(seed, seen)
    known = [one for order in before for one in _of(order, seed, seen, seen.active_at, seen.today)]
    waiting = [one for one in known if one.status in OPEN]
    bill, pay = partial(_bill, seed, seen, waiting), partial(_pay, waiting)
    return told(known, seen.story, {"purchase": bill, "payment": pay})


def _bill(
    seed: int, seen: Sighting, waiting: list[Charge], known: list[Charge], event: Event
) -> None:
    new = _of(bought(seed, seen, event), seed, seen, event.at, event.at)
    known.extend(new)
    waiting.extend(one for one in new if one.status in OPEN)


def _pay(waiting: list[Charge], _: list[Charge], event: Event) -> None:
    """The open charge that is due first is paid."""
    if waiting:
        charge = min(waiting, key=attrgetter("due"))
        waiting.remove(charge)
        charge.status, charge.paid_at = "paga", event.at
        charge.touch(event.at)


def _of(order: Order, seed: int, seen: Sighting, known_at: int, today: int) -> list[Charge]:
    """The charges of an order by what is known at ``known_at``; nothing is paid after that."""
    if order.kind != "pedido":
        return []
    roll = roller(b"charge", seed, seen.index, order.number)
    return [_charge(order, part, roll(), known_at, today) for part in range(1, order.parts + 1)]


def _charge(order: Order, part: int, lot: int, known_at: int, today: int) -> Charge:
    each, rest = divmod(order.total, order.parts)
    due = day_of(order.at)
    if order.method == "Boleto":
        due += _FIRST_DUE + _EVERY * (part - 1)
    paid_at = _paid_at(order, due, lot, known_at, today)
    issued = max(day_of(order.at), due - _ISSUED_BEFORE)
    return Charge(
        number=order.number * PARTS + part,
        at=order.at,
        updated_at=order.updated_at,
        order=order.number,
        part=part,
        parts=order.parts,
        method=order.method,
        status=_status(order, issued, due, paid_at, lot, today),
        amount=each + (rest if part == 1 else 0),
        issued=issued,
        due=due,
        paid_at=paid_at,
    )


def _paid_at(order: Order, due: int, lot: int, known_at: int, today: int) -> int:
    """0 while it is not paid. Boletos are paid about when they are due, one in sixteen never."""
    if order.status == "cancelado":
        return 0
    if order.method != "Boleto":
        return order.at
    due_at = due * DAY_US + _NOON_US
    if due_at <= known_at:
        return max(order.at, due_at - lot % 5 * DAY_US) if lot % _NEVER else 0
    return known_at if due_at <= today and lot % _IN_ADVANCE else 0


def _status(order: Order, issued: int, due: int, paid_at: int, lot: int, today: int) -> str:
    if order.status == "cancelado":
        return "cancelada" if lot % 4 else "excluída"
    if paid_at:
        return "paga"
    if due < day_of(today):
        return "em atraso" if day_of(today) - due <= _WRITTEN_OFF else "excluída"
    return "agendada" if issued > day_of(today) else "emitida"
