"""The figures of a month are its customers, also where only time made them so, from midnight on."""

from collections.abc import Callable
from datetime import date, datetime

import pytest

from mirror.facets import size
from mirror.reading.facets import Facets, Figures, figures
from mirror.records import Payment
from mirror.standing import Rules
from mirror.store.engine import Database
from mirror.writing import standings
from mirror.writing.standings import keep_rules, review_due
from tests.fakes.activities import write
from tests.fakes.somebody import somebody
from tests.mirror.standing.writing_facts import here

pytestmark = pytest.mark.engines

RULES = Rules(names=("conta_base", "sell"))
MONTHS = [f"2025-{month:02d}" for month in range(1, 13)]


def paid(name: str, customer: int, at: str) -> Payment:
    instant = datetime.fromisoformat(f"{at}T15:00:00+00:00")
    return Payment(
        external_id=name,
        version=1,
        customer=f"C-{customer}",
        state="paid",
        paid_at=instant,
        amount=100,
    )


WRITTEN_AT = here("2025-02-01 12:00")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Says what time it is for those who write standings down."""

    def is_now(instant: int) -> None:
        for module in (standings, standings):
            monkeypatch.setattr(module, "now_us", lambda: instant)

    is_now(WRITTEN_AT)
    return is_now


@pytest.fixture
def db(mirror_with: Callable[..., Database], clock: Callable[[int], None]) -> Database:
    """Ana paid on 10 January, Bento on 20 January; nobody else ever. Nobody reviewed them since."""
    since = (date(2025, 1, 2), date(2025, 1, 31), date(2025, 2, 1))
    made = mirror_with(*(somebody(n, customer_since=day) for n, day in enumerate(since)))
    keep_rules(made, "loja", RULES, fence=0)
    payments = paid("P1", 0, "2025-01-10"), paid("P2", 1, "2025-01-20")
    write(made, "payments", *payments, rules=RULES)
    return made


def told(found: Figures) -> dict[str, dict[str, int]]:
    """By line and rules: the months in which there was anybody."""
    return {
        f"{line.name} {line.axis or ''}".strip(): {
            month: found.of(line, month) for month in MONTHS if found.of(line, month)
        }
        for line in found.lines
    }


def test_a_year_of_conta_base(db: Database, clock: Callable[[int], None]) -> None:
    clock(here("2025-06-10 13:00"))
    write(db, "payments", paid("P3", 0, "2025-06-10"), rules=RULES)

    assert told(figures(db, MONTHS, here("2025-12-01 12:00"))) == {
        "new": {"2025-01": 2, "2025-02": 1},
        "first_purchase": {},
        "became_inactive sell_prospect": {},
        "became_active sell_customer": {},
        "became_active conta_base": {"2025-01": 2, "2025-06": 1},
        "reactivated conta_base": {"2025-06": 1},
        "became_inactive conta_base": {"2025-03": 2, "2025-08": 1},
    }


@pytest.mark.parametrize(
    ("instant", "inactive"),
    [
        ("2025-03-11 23:59", {}),
        ("2025-03-12 00:00", {"2025-03": 1}),
        ("2025-03-21 23:59", {"2025-03": 1}),
        ("2025-03-22 00:00", {"2025-03": 2}),
    ],
)
def test_time_moves_figures_before_anybody_writes_it_down(
    db: Database, clock: Callable[[int], None], instant: str, inactive: dict[str, int]
) -> None:
    now = here(instant)
    before = figures(db, MONTHS, now)
    clock(now)
    review_due(db, fence=0)

    assert told(before)["became_inactive conta_base"] == inactive
    assert told(before) == told(figures(db, MONTHS, now))


@pytest.mark.parametrize("instant", ["2025-02-01 12:00", "2025-03-12 00:00", "2025-04-01 00:00"])
def test_every_figure_is_as_large_as_the_set_that_a_list_shows(db: Database, instant: str) -> None:
    found = figures(db, MONTHS, here(instant))

    with db.reading() as connection:
        facets = Facets(connection, here(instant))
        listed = {
            (line.facet, month): size(facets.of((line.facet, month)))
            for line in found.lines
            for month in MONTHS
        }
    assert sum(listed.values()) > 4
    assert {one: number for one, number in listed.items() if number} == found.numbers


def test_no_other_month_is_told_than_those_asked_for(db: Database) -> None:
    found = figures(db, ["2025-01"], here("2025-04-01 00:00"))

    assert {month for _, month in found.numbers} == {"2025-01"}


def test_whom_lists_set_aside_counts_as_well(
    mirror_with: Callable[..., Database], clock: Callable[[int], None], db: Database
) -> None:
    archived = somebody(0, 2, customer_since=date(2025, 1, 2), standings={"conta_base": "archived"})
    mirror_with(archived)

    assert told(figures(db, MONTHS, WRITTEN_AT))["new"] == {"2025-01": 2, "2025-02": 1}


def test_without_rules_there_is_who_came_and_who_first_bought(
    mirror_with: Callable[..., Database],
) -> None:
    db = mirror_with(somebody(1, customer_since=date(2025, 5, 1)))

    assert told(figures(db, MONTHS, WRITTEN_AT)) == {"new": {"2025-05": 1}, "first_purchase": {}}
