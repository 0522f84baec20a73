"""Whatever happens in whatever order, and however much time passes: standings are those that one
would compute from scratch, and every count is the number of its rows."""

import os
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import event, select

from mirror.facets import CHUNK, Set
from mirror.instants import midnight
from mirror.reading.activity import purchases
from mirror.reading.facets import Facets
from mirror.reading.listing import Filters, browse, counts, values
from mirror.reading.standings import standings
from mirror.records import ORDER_KINDS, ORDER_STATES, Customer, Deal, Order, Payment, Record
from mirror.standing import DealFact, Event, Facts, Rules
from mirror.standing.rules import AXES, BARS, SET_ASIDE, at, timelines
from mirror.standing.verdict import facets_of_turns, facets_of_value, held
from mirror.store.engine import Database
from mirror.store.progress import set_fact
from mirror.store.tables import customer, facet
from mirror.writing import BY_NAME
from mirror.writing import standings as written
from mirror.writing.judgement import Incoming
from tests.conftest import arrival
from tests.fakes import facet_sets
from tests.fakes.somebody import somebody

pytestmark = pytest.mark.engines

RULES = Rules(names=("ploomes", "sell", "conta_base", "azata"), loss_reasons=("Desistência",))
START = datetime(2026, 3, 1, 15, tzinfo=UTC)
DAY = timedelta(days=1)
NAMES = ("C-1", "C-2", "C-3", "C-4")


def micros(instant: datetime) -> int:
    return int(instant.timestamp() * 1_000_000)


@dataclass
class Shop:
    """A mirror, its clock, and what a person with a pencil would know of it."""

    db: Database
    now: datetime = START
    version: int = 0
    people: dict[str, Customer] = field(default_factory=dict)
    done: dict[tuple[str, str], Record] = field(default_factory=dict)
    buried: set[str] = field(default_factory=set)
    """Who is gone: of what they did no text is kept, until the master sends it again."""

    def write(self, stream: str, record: Any) -> None:
        raw = msgspec.json.encode(record)
        ready: Incoming
        if stream == "customers":
            ready = arrival(self.db.keys, record)
        else:
            content = self.db.keys.fingerprint("content")(raw)
            ready = BY_NAME[stream].arrival(
                self.db.keys, "loja", record, content, raw, RULES, is_new=False
            )
        with self.db.writing() as connection:
            BY_NAME[stream].apply(
                connection, self.db.keys, "loja", [ready], counter=True, rules=RULES
            )

    def remove(self, stream: str, name: str) -> None:
        with self.db.writing() as connection:
            BY_NAME[stream].remove(connection, "loja", [name], "sweep", RULES)

    def bury(self, name: str) -> None:
        if self.people.pop(name, None):
            self.buried.add(name)
        self.done = {key: self.known(one) for key, one in self.done.items()}

    def known(self, record: Record) -> Record:
        """As far as it is kept."""
        if isinstance(record, Deal) and record.customer in self.buried:
            return msgspec.structs.replace(record, loss_reason=None)
        return record

    def facts(self, name: str) -> Facts:
        """By hand, from everything that was ever said and still stands."""
        since = self.people[name].customer_since
        own = [one for one in self.done.values() if one.customer == name]
        staff = {key for key, one in self.people.items() if one.company == name}
        deals = [
            (one, None if one.customer == name else one.customer)
            for one in self.done.values()
            if isinstance(one, Deal) and (one.customer == name or one.customer in staff)
        ]
        return Facts(
            since=midnight(since) if since else 0,
            purchases=tuple(
                Event(micros(one.placed_at), one.external_id)
                for one in own
                if isinstance(one, Order) and one.kind == "order" and one.state != "cancelled"
            ),
            payments=tuple(
                Event(micros(one.paid_at), one.external_id)
                for one in own
                if isinstance(one, Payment) and one.state == "paid" and one.paid_at
            ),
            deals=tuple(_deal(one, employee) for one, employee in deals),
        )


def _deal(one: Deal, employee: str | None) -> DealFact:
    opened = micros(one.opened_at) if one.opened_at else 0
    closed = micros(one.closed_at) if one.closed_at else None
    return DealFact(one.external_id, one.state, opened, closed, one.loss_reason, employee)


@pytest.fixture
def shop(mirror_db: Database, monkeypatch: pytest.MonkeyPatch) -> Shop:
    here = Shop(mirror_db)
    monkeypatch.setattr(written, "now_us", lambda: micros(here.now))
    monkeypatch.setattr("mirror.reading.listing.now_us", lambda: micros(here.now))
    return here


Sets = dict[tuple[str, str], set[int]]


def check(shop: Shop) -> None:
    now = micros(shop.now)
    with shop.db.reading() as connection:
        facet_sets.check(shop.db, connection)
        rows = dict(connection.execute(select(customer.c.external_id, customer.c.id)).all())
        assert rows.keys() == shop.people.keys()
        expected: Sets = defaultdict(set)
        for name, row in rows.items():
            for one in _facets_of(shop, name, row, now):
                expected[one].add(row)
        reading = Facets(connection, now)
        there = {(row.name, row.value) for row in connection.execute(select(facet))}
        for one in (one for one in there | expected.keys() if _is_of_standing(one[0])):
            assert ids(reading.of(one)) == expected[one], one
    for axis, value in [(one.name, value) for one in AXES.values() for value in one.values]:
        asked = Filters(None, ((axis, value),))
        aside = set[int]()
        if (axis, value) not in SET_ASIDE:
            aside = aside.union(*(expected[one] for one in SET_ASIDE))
        listed = {row.id for row in browse(shop.db, asked).rows}
        assert listed == expected[axis, value] - aside
        assert counts(shop.db, asked) == len(listed)


def _facets_of(shop: Shop, name: str, row: int, now: int) -> set[tuple[str, str]]:
    """What is on the customer's page holds, and these are the facets that follow."""
    told, found = shop.people[name].standings, set()
    seen = {one.axis: one for one in standings(shop.db, row, now)}
    for axis, steps in timelines(shop.facts(name), RULES).items():
        last, received = at(steps, now), told.get(axis)
        shown = seen[axis]
        assert (shown.derived, shown.value) == (last.value, received or last.value)
        assert shown.since == last.at
        assert list(shown.steps) == [one for one in steps if one.at <= now or one is steps[0]]
        found |= facets_of_value(held(axis, received, steps, now), RULES)
        found |= facets_of_turns(axis, steps, now)
        assert (shown.churn is not None) == (received == "archived")
        if shown.churn:
            found |= {("archived", shown.churn), (f"turn.archived.{shown.churn}", "2026-01")}
        if ("differs", axis) in found:
            assert ("forbidden", axis) in found or ("permitted", axis) in found
    return found


def _is_of_standing(name: str) -> bool:
    others = ("differs", "forbidden", "permitted")
    return name in BARS or name in others or name.startswith(("turn.", "again."))


def ids(chosen: Set) -> set[int]:
    return {
        chunk * CHUNK + bit
        for chunk, bits in chosen.items()
        for bit in range(bits.bit_length())
        if bits >> bit & 1
    }


names, days = st.sampled_from(NAMES), st.integers(-100, 0)
people = st.tuples(
    st.just("person"),
    names,
    days,
    st.sampled_from(
        [
            {},
            {},
            {"conta_base": "archived"},
            {"ploomes": "inactive"},
            {"azata": "VIP"},
            {"sell_prospect": "lost", "conta_base": "active"},
            {"sell_prospect": "none"},
        ]
    ),
    st.sampled_from([None, None, "C-4"]),
)
numbers = st.integers(1, 4)
happenings = st.one_of(
    people,
    st.tuples(
        st.just("order"), numbers, names, days, st.sampled_from(["open", "cancelled", "unknown"])
    ),
    st.tuples(st.just("payment"), numbers, names, days, st.sampled_from(["paid", "issued"])),
    st.tuples(
        st.just("deal"),
        numbers,
        names,
        days,
        st.sampled_from(["open", "won", "lost", "unqualified", "unknown"]),
        st.sampled_from([None, "Preço", "desistencia"]),
    ),
    st.tuples(st.just("forget"), st.sampled_from(["orders", "payments", "deals"]), numbers),
    st.tuples(st.just("gone"), names),
    st.tuples(st.just("days"), st.integers(1, 70)),
    st.tuples(st.just("hours"), st.integers(1, 30)),
    st.tuples(st.just("review")),
)


def happen(shop: Shop, what: Any) -> None:
    shop.version += 1
    match what:
        case ("person", name, day, told, company):
            since = (shop.now + day * DAY).date()
            number = int(name[2:])
            kept = {"customer_since": since, "last_purchase_at": None, "standings": told}
            kept["standing_days"] = dict.fromkeys(told, date(2026, 1, 31))
            if company != name:
                kept["company"] = company
            record = somebody(number, shop.version, **kept)
            shop.people[name] = record
            shop.buried.discard(name)
            shop.write("customers", record)
        case ("gone", name):
            shop.remove("customers", name)
            shop.bury(name)
        case ("forget", stream, number):
            shop.done.pop((stream, str(number)), None)
            shop.remove(stream, str(number))
        case ("days", number):
            shop.now += number * DAY
        case ("hours", number):
            shop.now += timedelta(hours=number)
        case ("review",):
            written.review_due(shop.db, fence=0)
        case _:
            stream, done = _activity(shop, *what)
            shop.done[stream, done.external_id] = shop.known(done)
            shop.write(stream, done)


def _activity(
    shop: Shop, kind: str, number: int, name: str, day: int, state: str, reason: str | None = None
) -> tuple[str, Record]:
    when = shop.now + day * DAY
    same: dict[str, Any] = {
        "external_id": str(number), "version": shop.version, "customer": name,
        "state": state, "amount": 1000,
    }  # fmt: skip
    if kind == "order":
        return "orders", Order(**same, placed_at=when)
    if kind == "payment":
        paid = when if state == "paid" else None
        return "payments", Payment(**same, due_on=when.date(), paid_at=paid)
    closed = None if state == "open" else when + DAY / 2
    return "deals", Deal(**same, opened_at=when, closed_at=closed, loss_reason=reason)


@settings(
    max_examples=int(os.environ.get("ESPELHO_EXAMPLES", "12")),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(story=st.lists(happenings, max_size=25))
@example(
    story=[
        ("payment", 1, NAMES[0], -70, "paid"),
        ("days", 1),
        ("payment", 1, NAMES[0], -1, "paid"),
        ("deal", 2, NAMES[1], -9, "lost", "Preço"),
        ("days", 70),
        ("review",),
        ("gone", NAMES[1]),
    ]
)
def test_standings_are_those_computed_from_scratch(shop: Shop, story: list[Any]):
    for name in NAMES:
        happen(shop, ("gone", name))
    for stream in ("orders", "payments", "deals"):
        for number in range(1, 5):
            happen(shop, ("forget", stream, number))
    shop.now = START
    for name in NAMES[::-1]:  # most stories are about people who are there
        happen(shop, ("person", name, -50, {}, NAMES[-1]))
    for what in story:
        happen(shop, what)
        check(shop)


def test_only_what_brings_somebody_back_makes_a_return():
    paid = [Event(midnight(date(2026, month, 10)), str(month)) for month in (1, 5, 9)]
    steps = timelines(Facts(payments=tuple(paid)), RULES)["conta_base"]
    assert [step.value for step in steps] == ["lead", *["active", "inactive"] * 3]

    turns = facets_of_turns("conta_base", steps, paid[-1].at + 365 * 86_400_000_000)

    assert {one for one in turns if one[0].startswith("again.")} == {
        ("again.conta_base.active", "2026-05"),
        ("again.conta_base.active", "2026-09"),
    }


def test_a_tab_is_right_from_the_first_minute_of_the_day_without_any_review(shop: Shop):
    shop.write("customers", somebody(1, customer_since=date(2026, 1, 5), last_purchase_at=None))
    paid = Payment(
        external_id="9", version=1, customer="C-1", state="paid", due_on=date(2026, 3, 1),
        paid_at=START,
    )  # fmt: skip
    shop.write("payments", paid)
    active, inactive = (Filters(None, (("conta_base", value),)) for value in ("active", "inactive"))
    last_minute = datetime(2026, 5, 1, 2, 59, tzinfo=UTC)  # 23:59 of 30 April in São Paulo

    shop.now = last_minute
    assert (counts(shop.db, active), counts(shop.db, inactive)) == (1, 0)

    shop.now = last_minute + timedelta(minutes=1)
    assert (counts(shop.db, active), counts(shop.db, inactive)) == (0, 1)
    assert browse(shop.db, active).rows == []
    row = browse(shop.db, inactive).rows[0]
    standing = next(
        s for s in standings(shop.db, row.id, micros(shop.now)) if s.axis == "conta_base"
    )
    assert standing.value == "inactive"


def test_a_review_writes_down_only_those_who_are_due(shop: Shop):
    for number in range(1, 5):
        shop.write("customers", somebody(number, last_purchase_at=None))
    when = {1: START, 2: START, 3: START + 30 * DAY}
    shop.now = START + 40 * DAY
    for number, at_ in when.items():
        shop.write(
            "payments",
            Payment(external_id=str(number), version=1, customer=f"C-{number}", state="paid",
                    due_on=at_.date(), paid_at=at_),
        )  # fmt: skip
    shop.now = START + 62 * DAY

    with statements(shop.db) as asked:
        assert written.review_due(shop.db, fence=0) == 2
        assert written.review_due(shop.db, fence=0) == 0
    words = {word for one in asked for word in one.split()}
    assert "standing" in words
    assert words.isdisjoint({"orders", "payments", "deals"})
    listed = {
        value: counts(shop.db, Filters(None, (("conta_base", value),)))
        for value in AXES["conta_base"].values
    }
    assert listed == {"lead": 1, "active": 1, "inactive": 2, "archived": 0}


@contextmanager
def statements(db: Database) -> Iterator[list[str]]:
    """Every statement that the database is asked to run meanwhile."""
    asked: list[str] = []

    def note(*run: Any) -> None:
        asked.append(run[2])

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def _values(shop: Shop, axis: str) -> dict[str, str]:
    with shop.db.reading() as connection:
        rows = dict(connection.execute(select(customer.c.external_id, customer.c.id)).all())
    now = micros(shop.now)
    return {
        name: one.value
        for name, row in rows.items()
        for one in standings(shop.db, row, now)
        if one.axis == axis
    }


def test_who_changes_the_company_takes_the_deal_along(shop: Shop):
    for number in (3, 4):
        shop.write("customers", somebody(number, last_purchase_at=None))
    shop.write("customers", somebody(1, last_purchase_at=None, company="C-3"))
    won = Deal(external_id="1", version=1, customer="C-1", state="won", opened_at=START - DAY)
    shop.write("deals", won)
    assert _values(shop, "sell_customer") == {"C-1": "current", "C-3": "current", "C-4": "none"}

    shop.write("customers", somebody(1, 2, last_purchase_at=None, company="C-4"))

    assert _values(shop, "sell_customer") == {"C-1": "current", "C-3": "none", "C-4": "current"}


def test_who_comes_back_is_judged_by_what_was_kept_until_the_master_says_more(shop: Shop):
    lost = msgspec.structs.replace(_LOST, loss_reason="Desistência")
    shop.write("customers", somebody(1, last_purchase_at=None))
    shop.write("deals", lost)
    assert _values(shop, "ploomes") == {"C-1": "inactive"}

    shop.remove("customers", "C-1")
    shop.write("customers", somebody(1, 2, last_purchase_at=None))
    assert _values(shop, "ploomes") == {"C-1": "prospect"}  # the reason was erased with the texts

    shop.write("deals", lost)
    assert _values(shop, "ploomes") == {"C-1": "inactive"}


def test_an_order_that_turns_out_to_be_anothers_leaves_the_first(shop: Shop):
    for number in (1, 2):
        shop.write("customers", somebody(number, last_purchase_at=None))
    bought = Order(external_id="1", version=1, customer="C-1", state="done", placed_at=START - DAY)
    shop.write("orders", bought)
    assert _values(shop, "azata") == {"C-1": "active", "C-2": "lead"}

    shop.write("orders", msgspec.structs.replace(bought, version=2, customer="C-2"))

    assert _values(shop, "azata") == {"C-1": "lead", "C-2": "active"}


@pytest.mark.parametrize("kind", ORDER_KINDS)
@pytest.mark.parametrize("state", ORDER_STATES)
def test_rules_and_pages_call_the_same_orders_a_purchase(shop: Shop, kind: str, state: str):
    shop.write("customers", somebody(1, last_purchase_at=None))
    one = Order(
        external_id="1", version=1, customer="C-1", kind=kind, state=state,
        state_received="Na nuvem", placed_at=START - DAY, amount=100,
    )  # fmt: skip
    shop.write("orders", one)

    counted = kind == "order" and state != "cancelled"
    assert _values(shop, "azata") == {"C-1": "active" if counted else "lead"}
    assert len(purchases(shop.db, "loja", "C-1")) == counted


def test_who_was_judged_by_what_counted_before_is_judged_again(shop: Shop):
    shop.write("customers", somebody(1))
    written.keep_rules(shop.db, "loja", RULES, fence=0)
    assert written.keep_rules(shop.db, "loja", RULES, fence=0) == 0

    with shop.db.writing() as connection:  # as the version before wrote it down
        set_fact(connection, "rules loja", msgspec.json.encode(RULES).decode())

    assert written.keep_rules(shop.db, "loja", RULES, fence=0) == 1


def test_a_field_that_becomes_a_filter_reaches_who_is_there_already(shop: Shop):
    extras = {"Loja de origem": "Norte"}
    shop.write("customers", somebody(1, extras=extras))
    shop.write("customers", somebody(2))
    written.keep_rules(shop.db, "loja", RULES, fence=0)
    assert values(shop.db, "extra.Loja de origem") == []

    wanted = msgspec.structs.replace(RULES, extras=("Loja de origem",))
    assert written.keep_rules(shop.db, "loja", wanted, fence=0) == 2
    assert values(shop.db, "extra.Loja de origem") == [("Norte", 1)]

    written.keep_rules(shop.db, "loja", RULES, fence=0)
    assert values(shop.db, "extra.Loja de origem") == []


def test_a_stream_that_brings_nothing_has_nobody_judged_again(shop: Shop):
    shop.write("customers", somebody(1))
    written.keep_rules(shop.db, "loja", RULES, fence=0)

    with shop.db.writing() as connection:
        BY_NAME["orders"].apply(connection, shop.db.keys, "loja", [], counter=True, rules=None)

    assert written.keep_rules(shop.db, "loja", RULES, fence=0) == 0


_PAID = Payment(
    external_id="1", version=1, customer="C-1", state="paid", due_on=START.date(), paid_at=START
)
_SOLD = Order(external_id="1", version=1, customer="C-1", state="done", placed_at=START)
_LOST = Deal(external_id="1", version=1, customer="C-1", state="lost", opened_at=START)


@pytest.mark.parametrize(
    ("stream", "record", "change", "is_judged"),
    [
        ("payments", _PAID, {"amount": 5}, False),
        ("payments", _PAID, {"link": "https://master.example/1"}, False),
        ("payments", _PAID, {"paid_at": START + DAY}, True),
        ("payments", _PAID, {"state": "cancelled"}, True),
        ("payments", _PAID, {"customer": "C-2"}, True),
        ("orders", _SOLD, {"amount": 5}, False),
        ("orders", _SOLD, {"kind": "quote"}, True),
        ("orders", _SOLD, {"state": "cancelled"}, True),
        ("orders", _SOLD, {"placed_at": START + DAY}, True),
        ("orders", _SOLD, {"customer": "C-2"}, True),
        ("deals", _LOST, {"title": "Outro"}, False),
        ("deals", _LOST, {"state": "won"}, True),
        ("deals", _LOST, {"opened_at": START + DAY}, True),
        ("deals", _LOST, {"closed_at": START + DAY}, True),
        ("deals", _LOST, {"loss_reason": "Desistência"}, True),
        ("deals", _LOST, {"customer": "C-2"}, True),
    ],
)
def test_news_that_no_rule_looks_at_judges_nobody(
    shop: Shop, stream: str, record: Any, change: dict[str, Any], is_judged: bool
):
    for number in (1, 2):
        shop.write("customers", somebody(number, last_purchase_at=None))
    shop.write(stream, record)

    with statements(shop.db) as asked:
        shop.write(stream, msgspec.structs.replace(record, version=2, **change))

    assert any("FROM standing" in " ".join(one.split()) for one in asked) == is_judged


def test_a_company_is_not_its_own_employee(shop: Shop):
    shop.write("customers", somebody(1, last_purchase_at=None, company="C-1"))
    won = Deal(external_id="1", version=1, customer="C-1", state="won", opened_at=START - DAY)
    shop.write("deals", won)

    with shop.db.reading() as connection:
        row = connection.execute(select(customer.c.id)).scalar_one()
    seen = {one.axis: one for one in standings(shop.db, row, micros(shop.now))}
    assert [step.detail for step in seen["sell_customer"].steps] == [None, None]


@pytest.mark.engines("sqlite")
def test_facts_are_gathered_by_customer_however_much_there_is(mirror_db: Database):
    """No statement may read all that is in a state: at a million customers that is everything."""
    asked = {
        "orders": written._PURCHASES, "payments": written._PAID, "deals": written._DEALS,
    }  # fmt: skip
    with mirror_db.reading() as connection:
        for table, statement in asked.items():
            text, order, _ = statement._for(connection)
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", (None,) * len(order))
            assert f"INDEX {table}_customer (source=? AND customer=?)" in plan.one()[3]
