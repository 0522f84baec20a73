"""A Sync queue whose answers break off, whose sessions end early: who was lost on the way comes.

A page is taken out of its session by being asked for; what became of its answer, only another
session can tell.
"""

from collections.abc import Callable, Iterator
from itertools import count

import pytest

from connector import sync
from connector.http import Answer, LeftAlone, MasterProblem, Request
from connector.page_reader import Look
from connector.preview import rehearse
from connector.reconcile import prove
from connector.sources.sell.client import Incomplete
from mirror.store.engine import Database
from tests.connector.conftest import Follow
from tests.fakes.looking import graves, point, versions
from tests.fakes.sell import Refusal, Sell, contact, deal
from tests.fakes.sell_source import source

pytestmark = pytest.mark.engines

EVERYBODY = list(range(1, 41))
FETCH = "GET /v2/sync/"


@pytest.fixture
def sell() -> Iterator[Sell]:
    with Sell(size=5).running() as account:
        account.put(*(contact(number) for number in EVERYBODY))
        yield account


def names(db: Database) -> list[int]:
    return sorted(map(int, versions(db)))


def every(nth: int, fate: str, beginning: str = "") -> Callable[[str], str]:
    """Of all answers, or of those to some question, each nth one meets this fate."""
    counted = count(1)
    return lambda said: fate if said.startswith(beginning) and next(counted) % nth == 0 else ""


FATES = ("cut", "lost", "empty", "error")


@pytest.mark.parametrize("fate", FATES)
def test_a_page_whose_answer_broke_off_is_brought_by_another_session(
    mirror_db: Database, follow: Follow, sell: Sell, fate: str
):
    sell.wire = every(4, fate, FETCH)

    report = follow(source(sell))

    assert (report.ok, names(mirror_db)) == (True, EVERYBODY)
    assert sell.queues.waiting(str(point(mirror_db).cursor)) == []


def test_a_fetch_is_sent_once(follow: Follow, sell: Sell):
    # Sent again, it would take out the next page, and the one that was lost comes later or never.
    sell.wire = every(1, "cut", FETCH)

    assert not follow(source(sell, attempts=4)).ok
    assert len(sell.paths(FETCH)) == 3 * len(sell.paths("POST /v2/sync/start"))


@pytest.mark.parametrize("fate", FATES)
def test_an_answer_that_broke_off_in_a_sweep_makes_nobody_gone(
    mirror_db: Database, follow: Follow, sweep: Follow, sell: Sell, fate: str
):
    follow(source(sell))
    del sell.contacts[7], sell.queues.objects["contact", 7]
    sell.wire = every(4, fate, FETCH)

    report = sweep(source(sell))

    assert (report.ok, report.figures.gone) == (True, 1)
    assert graves(mirror_db) == {"7": "sweep"}


@pytest.mark.parametrize("vanishes", [False, True], ids=["204", "404"])
@pytest.mark.parametrize(("counts", "longest"), [(False, 2), (True, 2), (True, 4)])
def test_sessions_that_end_early_bring_everybody_together(
    mirror_db: Database,
    follow: Follow,
    sweep: Follow,
    sell: Sell,
    vanishes: bool,
    counts: bool,
    longest: int,
):
    sell.queues.longest, sell.queues.vanishes, sell.queues.counts = longest, vanishes, counts

    assert follow(source(sell)).ok
    assert names(mirror_db) == EVERYBODY

    report = sweep(source(sell))
    assert (report.ok, report.figures.gone, names(mirror_db)) == (True, 0, EVERYBODY)


@pytest.mark.parametrize("counts", [False, True], ids=["uncounted", "counted"])
def test_sessions_that_bring_nothing_of_what_waits_are_no_proof(
    mirror_db: Database, follow: Follow, sweep: Follow, sell: Sell, counts: bool
):
    follow(source(sell))
    sell.queues.counts = counts
    fetched = count(1)

    def ends() -> None:
        sell.queues.longest = 0 if next(fetched) > 8 else None

    sell.before[FETCH] = ends

    report = sweep(source(sell))

    assert not report.ok
    assert "bring nothing new" in report.sentence
    assert names(mirror_db) == EVERYBODY


def test_a_page_that_somebody_in_between_took_makes_nobody_gone(
    mirror_db: Database, follow: Follow, sweep: Follow, sell: Sell
):
    follow(source(sell))
    taken = count(1)
    sell.queues.twice = lambda: next(taken) % 3 == 0

    report = sweep(source(sell))

    assert (report.ok, report.figures.gone, names(mirror_db)) == (True, 0, EVERYBODY)


def test_a_sweep_that_no_session_brings_to_its_end_removes_nobody_and_says_so(
    mirror_db: Database, follow: Follow, sweep: Follow, sell: Sell
):
    follow(source(sell))
    before = point(mirror_db).cursor
    sell.wire = lambda said: "cut" if said.startswith(FETCH) else ""

    report = sweep(source(sell))

    assert not report.ok
    assert "broke off in the middle of an answer" in report.sentence
    assert (names(mirror_db), point(mirror_db).cursor) == (EVERYBODY, before)


@pytest.mark.parametrize("fate", FATES)
def test_of_a_queue_that_answers_badly_every_third_time_each_run_brings_more(
    mirror_db: Database, follow: Follow, sell: Sell, fate: str
):
    sell.wire = every(3, fate)

    for _ in range(6):
        before = len(versions(mirror_db))
        done = follow(source(sell, attempts=1)).ok
        assert done or len(versions(mirror_db)) > before
        if done:
            break

    assert done
    assert names(mirror_db) == EVERYBODY


def test_however_few_requests_a_day_has_each_brings_more(
    mirror_db: Database, follow: Follow, sell: Sell
):
    few = {"per_second": 100_000, "per_minute": 100_000, "per_day": 13}

    for _ in range(10):
        before = len(versions(mirror_db))
        done = follow(source(sell, limits=few), insist=True).ok  # the next day
        assert done or len(versions(mirror_db)) > before
        if done:
            break

    assert done
    assert names(mirror_db) == EVERYBODY


def test_a_master_that_wants_to_be_left_alone_is_sent_nothing_more(
    mirror_db: Database, follow: Follow, sell: Sell
):
    made, fetched = source(sell), count(1)
    send = made._fetcher.send

    def declines(asked: Request) -> Answer:
        if asked.once and next(fetched) > 3:
            raise LeftAlone("http://sell.example wants a pause.", 3_600)
        return send(asked)

    made._fetcher.send = declines  # type: ignore[method-assign, assignment]

    assert not follow(made).ok
    assert sell.paths("POST") == ["POST /v2/sync/start"]
    assert 0 < len(versions(mirror_db)) < len(EVERYBODY)


def test_what_came_whole_is_confirmed_though_the_run_fails(
    mirror_db: Database, follow: Follow, sell: Sell
):
    fetched = count(1)
    sell.wire = lambda said: "lost" if said.startswith(FETCH) and next(fetched) > 3 else ""

    assert not follow(source(sell)).ok
    here = names(mirror_db)
    waiting = sell.queues.waiting(str(point(mirror_db).cursor))
    assert here
    assert {int(key.split("-")[1]) for key in waiting} == set(EVERYBODY) - set(here)


def test_what_could_not_be_read_is_not_confirmed_though_the_run_fails(
    mirror_db: Database, follow: Follow, sell: Sell, monkeypatch: pytest.MonkeyPatch
):
    take, taken = sync._Cycle.take, count(1)

    def breaks(self: sync._Cycle, look: Look) -> None:
        if next(taken) == 4:
            raise MasterProblem("the map is wrong")
        take(self, look)

    with monkeypatch.context() as patch:
        patch.setattr(sync._Cycle, "take", breaks)
        assert not follow(source(sell)).ok

    waiting = sell.queues.waiting(str(point(mirror_db).cursor))
    assert {int(key.split("-")[1]) for key in waiting} == set(EVERYBODY) - set(names(mirror_db))
    assert follow(source(sell)).ok
    assert names(mirror_db) == EVERYBODY


def test_acknowledgements_that_take_their_time_are_waited_for(
    mirror_db: Database, follow: Follow, sweep: Follow, sell: Sell
):
    sell.queues.acks_take, sell.queues.counts = 3, False

    assert follow(source(sell)).ok
    report = sweep(source(sell))
    assert (report.ok, report.figures.gone) == (True, 0)


@pytest.mark.parametrize("longest", [None, 3])
def test_where_acknowledgements_are_lost_only_a_session_that_says_it_is_whole_is_believed(
    mirror_db: Database, follow: Follow, sweep: Follow, sell: Sell, longest: int | None
):
    follow(source(sell))
    sell.queues.lose_acks, sell.queues.longest = True, longest

    report = sweep(source(sell))

    assert report.ok == (longest is None)
    assert longest is None or "do not say that this is all" in report.sentence
    assert names(mirror_db) == EVERYBODY


def test_changes_that_never_end_are_left_to_the_next_run(
    mirror_db: Database, follow: Follow, sell: Sell
):
    follow(source(sell))
    moves = count(1_000)
    sell.put(contact(1, name="Nova"))
    sell.before["POST /v2/sync/start"] = lambda: sell.put(contact(next(moves)))

    report = follow(source(sell))

    assert report.ok
    assert report.figures.added < 50


def test_contacts_and_deals_of_a_page_are_confirmed_each_when_it_is_taken(
    mirror_db: Database, follow: Follow, sell: Sell, monkeypatch: pytest.MonkeyPatch
):
    sell.put_deals(*(deal(number) for number in range(1, 9)))
    sell.refusals["GET /v2/stages"] = Refusal(500, times=3)

    assert not follow(source(sell)).ok
    waiting = sell.queues.waiting(str(point(mirror_db).cursor))
    assert {key for key in waiting if key.startswith("Deal")}
    assert follow(source(sell)).ok
    assert sell.queues.waiting(str(point(mirror_db).cursor)) == []


def test_a_failed_object_that_is_read_in_a_later_session_is_no_gap(
    mirror_db: Database, follow: Follow, sweep: Follow, sell: Sell
):
    follow(source(sell))
    sell.queues.failing, sell.queues.longest = {4}, 9
    sell.refusals["GET /v2/contacts/4"] = Refusal(500, times=3)

    report = sweep(source(sell))

    assert (report.ok, report.figures.gone) == (True, 0)


# A look that leaves no trace cannot have another session: what broke off it can only tell.


@pytest.mark.parametrize("full", [False, True])
def test_a_rehearsal_tells_that_it_broke_off(
    mirror_db: Database, follow: Follow, sell: Sell, full: bool
):
    follow(source(sell))
    sell.put(*(contact(number, name="Nova") for number in EVERYBODY))
    before = sell.paths("POST /v2/sync/ack")
    sell.wire = every(4, "cut", FETCH)

    assert not rehearse(mirror_db, source(sell), full=full).ok
    assert sell.paths("POST /v2/sync/ack") == before


@pytest.mark.parametrize("fault", ["cut", "early", "twice"])
def test_a_proof_does_not_share_what_a_queue_loses(
    mirror_db: Database, follow: Follow, sell: Sell, fault: str
):
    follow(source(sell))
    taken = count(1)
    sell.wire = every(4, "cut", FETCH) if fault == "cut" else None
    sell.queues.longest = 3 if fault == "early" else None
    sell.queues.twice = (lambda: next(taken) % 3 == 0) if fault == "twice" else None

    assert prove(mirror_db, source(sell)).same


def test_a_proof_that_cannot_be_had_says_so(mirror_db: Database, follow: Follow, sell: Sell):
    follow(source(sell))
    sell.queues.lose_acks, sell.queues.longest = True, 3

    with pytest.raises(Incomplete):
        prove(mirror_db, source(sell))
