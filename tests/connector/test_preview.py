"""A rehearsal says what a cycle would do and writes nothing; an inspection shows no value."""

from collections.abc import Callable, Iterator

import pytest

from connector.http import Unreachable
from connector.preview import inspect, rehearse
from connector.sources import Page
from mirror.store import progress
from mirror.store.engine import Database
from tests.connector.conftest import Follow
from tests.fakes.looking import everything
from tests.fakes.master import Master, at, down, record, source


@pytest.fixture
def master(follow: Follow) -> Master:
    """Thirty customers in the mirror; since then one changed, one is new, one broken, one odd."""
    made = Master(*(record(number) for number in range(1, 31)), size=10)
    follow(source(made))
    made.put(
        record(3, 2, name="Mudou", updated_at=at(100)),
        record(40, updated_at=at(101)),
        record(5, 2, name=True, updated_at=at(102)),
        record(6, name="Outra com a mesma versão"),
        {**record(7), "novo_campo": 1},
    )
    return made


@pytest.mark.parametrize("full", [False, True])
def test_it_says_what_the_cycle_then_does(
    mirror_db: Database, master: Master, follow: Follow, full: bool
):
    master.requests = 0
    told = rehearse(mirror_db, source(master), full=full)
    master.requests = 0
    done = follow(source(master), full=full)

    assert (told.source, told.ok, told.problem) == ("loja", True, None)
    assert told.figures == done.figures
    assert (told.figures.added, told.figures.changed, told.figures.quarantined) == (1, 1, 2)


@pytest.mark.parametrize("full", [False, True])
def test_it_writes_nothing(mirror_db: Database, master: Master, full: bool):
    before = everything(mirror_db)
    rehearse(mirror_db, source(master), full=full)
    assert everything(mirror_db) == before


def test_it_says_what_would_be_removed_and_what_would_be_held(
    mirror_db: Database, follow: Follow, master: Master
):
    follow(source(master))
    for one in (1, 2):
        del master.records[one]
    told = rehearse(mirror_db, source(master), full=True)
    assert (told.ok, told.figures.gone, told.notes) == (True, 2, [])

    for one in range(8, 31):
        del master.records[one]
    told = rehearse(mirror_db, source(master), full=True)

    assert (told.ok, told.figures.gone, len(told.notes)) == (False, 0, 1)
    assert "25 are missing at the master" in told.notes[0]
    assert follow(source(master), full=True).figures.held == 25


def test_it_says_that_a_master_went_back(mirror_db: Database, follow: Follow):
    master = Master(*(record(number, 2) for number in range(1, 11)))
    follow(source(master))
    master.put(record(3, 1, name="Outra"))

    told = rehearse(mirror_db, source(master), full=True)

    assert (told.ok, told.figures.stale) == (False, 1)
    assert "1 are older at the master" in told.notes[0]


def test_it_says_which_field_would_be_lost(mirror_db: Database, follow: Follow):
    master = Master(*(record(number) for number in range(1, 31)), size=10)
    follow(source(master))
    master.put(*(record(one, 2, updated_at=at(500 + one), emails=[]) for one in range(1, 21)))

    told = rehearse(mirror_db, source(master))

    assert not told.ok
    assert told.notes == ["20 would lose their email at once: they would be held, as they are."]


def test_it_says_that_a_listing_may_lack_somebody(
    mirror_db: Database, master: Master, monkeypatch: pytest.MonkeyPatch
):
    opened = source(master)
    pages = opened.pages

    def doubtful(cursor: str | None) -> Iterator[Page]:
        yield from pages(cursor)
        opened.doubt = "the last page is full"

    monkeypatch.setattr(opened, "pages", doubtful)
    told = rehearse(mirror_db, opened, full=True)

    assert not told.ok
    assert told.notes == ["Whether that is everybody cannot be told: the last page is full."]


def test_a_master_that_wants_to_be_left_alone_is_not_asked(mirror_db: Database, master: Master):
    with mirror_db.writing() as connection:
        progress.leave_alone(connection, "loja", progress.now_us() + 3_600 * 1_000_000)
    master.requests = 0

    told = rehearse(mirror_db, source(master))

    assert (told.ok, master.requests) == (False, 0)
    assert "was not asked anything" in (told.problem or "")
    assert rehearse(mirror_db, source(master), insist=True).problem is None


def test_it_needs_no_lease_and_no_filled_mirror(mirror_db: Database):
    told = rehearse(mirror_db, source(Master(record(1), record(2))))
    assert (told.figures.added, told.figures.received) == (2, 2)


def test_a_master_s_fault_is_told_with_what_came_before(mirror_db: Database, master: Master):
    master.before_page = lambda page: down() if page == 2 else None
    before = everything(mirror_db)

    told = rehearse(mirror_db, source(master), full=True)

    assert (told.ok, told.figures.received) == (False, 10)
    assert told.problem == "http://master.example cannot be reached."
    assert everything(mirror_db) == before


def test_a_map_that_cannot_be_right_is_told(mirror_db: Database, master: Master):
    told = rehearse(mirror_db, source(master, map={"name": "emails"}), full=True)
    assert not told.ok
    assert "name: not_text" in (told.problem or "")


def test_an_inspection_counts_what_the_map_finds():
    master = Master(
        record(1, cpf="52998224725"), record(2, emails=[], status="x"), record(3, name=True)
    )
    seen = inspect(source(master))

    filled = dict(seen.filled)
    assert (seen.received, seen.at) == (3, master.now)
    assert (filled["name"], filled["emails"], filled["documents"], filled["notes"]) == (2, 1, 1, 0)
    assert seen.refused == [("name: not_text", 1)]
    assert "Maria" not in repr(seen)
    assert "Cliente" not in repr(seen)
    assert seen.examples["name"] == "C****** *"
    assert seen.examples["kind"] == "PF 2"
    assert seen.size > 100
    assert (master.requests, seen.requests, seen.looked) == (1, 1, 3)


def test_an_inspection_measures_how_long_it_took():
    ticks = iter([5.0, 7.5])

    assert inspect(source(Master(record(1))), lambda: next(ticks)).seconds == 2.5


def test_an_inspection_of_a_master_that_is_not_there_raises():
    master = Master()
    master.before_page = lambda page: down()
    with pytest.raises(Unreachable):
        inspect(source(master))


def test_an_inspection_of_an_empty_master_finds_nothing():
    assert inspect(source(Master())).received == 0


def test_a_rehearsal_judges_the_same_new_customer_on_two_pages_once(
    mirror_db: Database, mirror_with: Callable[..., Database]
):
    master = Master(*(record(number) for number in range(1, 21)), size=10)

    def move(page: int) -> None:
        if page == 2:
            master.put(record(3, 2, updated_at=at(500)))

    master.before_page = move
    assert rehearse(mirror_db, source(master)).figures.received == 21
