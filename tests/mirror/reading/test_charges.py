"""Whatever happens to charges, list, filters and totals are what counting them one by one gives.

Also at midnight, when what was issued becomes overdue by itself, and across currencies.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from functools import partial
from itertools import count
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from mirror.instants import ZONE
from mirror.reading.charges import NO_MONTH, Basis, Listed, Part, Total, look, takings
from mirror.records import PAYMENT_STATES, Payment
from mirror.store.engine import Database
from mirror.store.sealing import Keyring
from mirror.store.sqlite import create_databases, open_mirror
from tests.fakes.activities import charge, remove, write
from tests.fakes.somebody import somebody

pytestmark = pytest.mark.engines

MONTHS = ("2026-01", "2026-02", "2026-03")
TODAY = date(2026, 2, 10)
_versions = count(1)


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory, keys: Keyring) -> Iterator[Database]:
    directory = tmp_path_factory.mktemp("charges") / "data"
    create_databases(directory, keys)
    opened = open_mirror(directory, keys)
    yield opened
    opened.close()


def walk(db: Database, part: Part, today: date, limit: int = 3) -> list[Listed]:
    """Every page of a list, from its beginning to its end."""
    found: list[Listed] = []
    while True:
        page = look(db, part, today, limit).page
        found += page.rows
        if page.later is None:
            return found
        part = replace(part, after=page.later)


def names(rows: list[Listed]) -> list[str]:
    return [one.seen.external_id for one in rows]


def counted(rows: list[tuple[str, str, int]]) -> list[Total]:
    """Totals of (state, currency, amount), counted one by one."""
    charges, amounts = Counter(row[:2] for row in rows), Counter[tuple[str, str]]()
    for state, currency, amount in rows:
        amounts[state, currency] += amount
    return [Total(*key, charges[key], amounts[key]) for key in sorted(charges)]


def day_of(one: Payment) -> str:
    day = one.due_on or one.issued_on or local(one.paid_at)
    return day.isoformat() if day else NO_MONTH


def issued_on(one: Payment) -> str:
    return one.issued_on.isoformat() if one.issued_on else NO_MONTH


BY: dict[Basis, Callable[[Payment], str]] = {"due": day_of, "issued": issued_on}


def local(instant: datetime | None) -> date | None:
    return instant and instant.astimezone(ZONE).date()


def state_of(one: Payment, today: date) -> str:
    late = one.state == "issued" and day_of(one) and day_of(one) < today.isoformat()
    return "overdue" if late else one.state


def received(one: Payment) -> tuple[str, str, int]:
    return "paid", one.currency, one.amount if one.paid_amount is None else one.paid_amount


days = st.sampled_from([date(2026, *day) for day in ((1, 31), (2, 1), (2, 2), (2, 28), (3, 1))])
midnights = st.sampled_from([datetime(2026, month, 1, 3, tzinfo=UTC) for month in (2, 3)])
instants = st.builds(lambda at, us: at + timedelta(microseconds=us), midnights, st.integers(-1, 0))
numbers = st.integers(0, 7).map("P-{}".format)
charges = st.builds(
    partial(Payment, version=0),
    external_id=numbers,
    state=st.sampled_from(PAYMENT_STATES),
    currency=st.sampled_from(("BRL", "BRL", "USD")),
    amount=st.integers(0, 500),
    due_on=st.none() | days,
    issued_on=st.none() | days,
    paid_at=st.none() | instants,
    paid_amount=st.none() | st.integers(0, 500),
)


def _issued(name: str, due_on: date) -> Payment:
    return Payment(external_id=name, version=0, state="issued", amount=100, due_on=due_on)


steps = st.lists(numbers | st.lists(charges, min_size=1, max_size=8), min_size=1, max_size=6)


@settings(max_examples=40, deadline=None)
@given(steps, days, st.sampled_from((*MONTHS, NO_MONTH)))
@example(
    [[_issued("P-1", date(2026, 2, 1)), _issued("P-2", date(2026, 1, 31))], "P-2"],
    date(2026, 2, 2),
    "2026-02",
)
def test_lists_and_totals_are_what_counting_the_charges_is(
    db: Database, steps: list[Any], today: date, month: str
) -> None:
    remove(db, "payments", *(f"P-{number}" for number in range(8)))
    present: dict[str, Payment] = {}
    for step in steps:
        if isinstance(step, str):
            remove(db, "payments", step)
            present.pop(step, None)
        else:
            newer = [replace(one, version=next(_versions)) for one in step]
            write(db, "payments", *newer)
            present |= {one.external_id: one for one in newer}

    there = list(present.values())
    for by, day in BY.items():
        months = {day(one)[:7] for one in there}
        assert look(db, Part(month, by=by), today).months == sorted(months, reverse=True)
        check_lists(db, month, today, [one for one in there if day(one)[:7] == month], by)
    check_takings(db, today, there)


def check_lists(db: Database, month: str, today: date, there: list[Payment], by: Basis) -> None:
    told = [(state_of(one, today), one.currency, one.amount) for one in there]
    assert look(db, Part(month, by=by), today).totals == counted(told)
    for state in (None, *PAYMENT_STATES):
        rows = walk(db, Part(month, state, by), today)
        listed = [(one.state, one.seen.record.currency, one.seen.record.amount) for one in rows]
        assert [one.day for one in rows] == sorted(one.day for one in rows)
        assert sorted(listed) == sorted(one for one in told if state in (None, one[0]))
        assert {one.seen.external_id: one.day for one in rows} == {
            one.external_id: BY[by](one) for one in there if state in (None, state_of(one, today))
        }


def check_takings(db: Database, today: date, there: list[Payment]) -> None:
    found = takings(db, MONTHS, today)
    for month in MONTHS:
        paid = [
            one for one in there if one.state == "paid" and str(local(one.paid_at))[:7] == month
        ]
        assert found[month].received == counted([received(one) for one in paid])
        late = [one for one in there if day_of(one)[:7] == month]
        told = [(state_of(one, today), one.currency, one.amount) for one in late]
        assert found[month].overdue == counted([one for one in told if one[0] == "overdue"])


def test_what_was_issued_is_overdue_from_the_day_after(mirror_db: Database) -> None:
    write(mirror_db, "payments", charge("A", "2026-02-10"))

    def seen(today: date) -> list[list[str]]:
        lists = [
            walk(mirror_db, Part("2026-02", state), today) for state in (None, "issued", "overdue")
        ]
        totals = look(mirror_db, Part("2026-02"), today).totals
        return [*([row.state for row in rows] for rows in lists), [one.state for one in totals]]

    assert seen(date(2026, 2, 10)) == [["issued"], ["issued"], [], ["issued"]]
    assert seen(date(2026, 2, 11)) == [["overdue"], [], ["overdue"], ["overdue"]]


def test_pages_go_forwards_and_back_the_same_way(mirror_db: Database) -> None:
    write(mirror_db, "payments", *(charge(f"{n}", f"2026-02-{5 + n // 3:02d}") for n in range(8)))
    first = look(mirror_db, Part("2026-02"), TODAY, 3).page
    second = look(mirror_db, Part("2026-02", after=first.later), TODAY, 3).page
    back = look(mirror_db, Part("2026-02", before=second.earlier), TODAY, 3).page

    assert first.earlier is None
    assert names(first.rows) == ["0", "1", "2"]
    assert names(second.rows) == ["3", "4", "5"]
    assert back == first


def test_pages_of_overdue_charges_go_back_over_both_kinds_of_them(mirror_db: Database) -> None:
    both = ("overdue", "issued", "issued", "overdue", "issued")
    charges = (charge(f"{n}", f"2026-02-0{5 - n}", state) for n, state in enumerate(both))
    write(mirror_db, "payments", *charges)
    first = look(mirror_db, Part("2026-02", "overdue"), TODAY, 2).page
    last = walk(mirror_db, Part("2026-02", "overdue", after=first.later), TODAY)
    before = Part("2026-02", "overdue", before=(last[-1].day, last[-1].seen.id))

    assert names([*first.rows, *last]) == ["4", "3", "2", "1", "0"]
    assert names(look(mirror_db, before, TODAY, 2).page.rows) == ["2", "1"]


def test_a_page_goes_on_where_it_was_though_its_last_charge_is_gone(mirror_db: Database) -> None:
    write(mirror_db, "payments", *(charge(f"{n}", f"2026-02-0{n}") for n in range(1, 5)))
    first = look(mirror_db, Part("2026-02"), TODAY, 2).page
    remove(mirror_db, "payments", "2")

    assert names(walk(mirror_db, Part("2026-02", after=first.later), TODAY)) == ["3", "4"]


def test_the_names_beside_charges_are_those_of_the_same_source(
    mirror_with: Callable[..., Database],
) -> None:
    db = mirror_with(somebody(1))
    mirror_with(somebody(1, name="Zuleide"), source="outra")
    write(db, "payments", charge("A", customer="C-1"), charge("B", customer="C-2"), charge("C"))

    found = [one.whose and one.whose.customer.name for one in walk(db, Part("2026-02"), TODAY)]

    assert found == [somebody(1).name, None, None]


def test_of_a_customer_who_was_erased_only_day_state_and_amount_are_left(
    mirror_with: Callable[..., Database],
) -> None:
    db = mirror_with(somebody(1))
    write(db, "payments", charge("A", customer="C-1", description="Mensalidade de Ana"))
    remove(db, "customers", "C-1")

    (one,) = walk(db, Part("2026-02"), date(2026, 3, 1))

    assert (one.day, one.state, one.whose) == ("2026-02-10", "overdue", None)
    assert (one.seen.record.amount, one.seen.record.description) == (1_000, None)
