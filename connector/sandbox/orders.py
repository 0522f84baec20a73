"""Orders and their payments: those of the past and those of a story, and what is sold."""

import unicodedata
from functools import partial
from operator import attrgetter

from connector.sandbox import customers
from connector.sandbox.activity import Charge, Line, Order, told
from connector.sandbox.brazil import SELLERS, Roll, listed, roller, weighted
from connector.sandbox.habits import is_company
from connector.sandbox.timeline import DAY_US, FIXED, SECOND_US, Event, Sighting, day_of, past

# What the shop sells, at which price, and the pages of its site.

_PRICES = """
329.90: Tênis de corrida
89.90: Sandália rasteira
289.90: Bolsa de couro
149.90: Calça jeans reta
199.00: Vestido midi
79.90: Camisa polo
39.90: Camiseta básica
219.90: Jaqueta corta-vento
159.00: Perfume amadeirado
42.50: Hidratante de castanha
29.90: Batom vermelho
249.90: Sapato social
279.00: Bota de cano curto
139.90: Mochila escolar
64.90: Roupa de bebê
119.90: Maiô
34.99: Chinelo
359.00: Blazer
17.45: Meia-calça
"""
_COLOURS = listed("preto, branco, azul-marinho, vermelho, bege, verde-oliva, rosa, caramelo")
_OTHER_PAGES = listed("/, /novidades, /ofertas, /lojas, /trocas-e-devolucoes, /cartao-da-loja")
_FEW = (1, 1, 1, 1, 1, 1, 2, 3)
_BY_THE_DOZEN = (6, 10, 12, 12, 20, 24, 36, 50)


def _read(text: str) -> tuple[tuple[str, int], ...]:
    lines = [line.split(": ") for line in text.strip().splitlines()]
    return tuple((name, int(price.replace(".", ""))) for price, name in lines)


def _address(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return "/produto/" + plain.lower().replace(" ", "-")


GOODS = _read(_PRICES)
"""Name and price in hundredths."""
_PAGES = tuple(_address(name) for name, _ in GOODS) + _OTHER_PAGES


def line(roll: Roll, *, company: bool) -> Line:
    """A line of an order: one or few for a person, by the dozen for a company."""
    name, price = GOODS[roll() % len(GOODS)]
    many = _BY_THE_DOZEN if company else _FEW
    colour = _COLOURS[roll() % len(_COLOURS)]
    return Line(f"{name} {colour}", many[roll() % len(many)], price)


def page(lot: int) -> str:
    """A page of the site; most show a product."""
    return _PAGES[lot % len(_PAGES)]


def page_of(name: str) -> str:
    """The page of a product that is part of an order."""
    return _address(name.rpartition(" ")[0])


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
        return customers.orders(seen)
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


# Payments: each order in one to three instalments, paid, open, late or called off.
#
# Time alone changes no charge: one that was overdue when the sandbox opened says so; one that
# becomes overdue while it runs stays "emitida" until somebody pays, and readers must look at its
# date.

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
