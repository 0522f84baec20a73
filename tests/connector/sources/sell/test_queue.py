"""Following Zendesk Sell by its Sync queue: at least once, in any order, acknowledged when safe."""

import random
from collections.abc import Iterator

import msgspec
import pytest

from connector import sync
from connector.http import Unreachable
from connector.preview import rehearse
from connector.sources.sell import SellSource
from connector.sources.sell.queue import Item, Sorter
from mirror.store.engine import Database
from tests.connector.conftest import Follow
from tests.fakes.looking import graves, point, refused, revision, versions
from tests.fakes.sell import Refusal, Sell, contact
from tests.fakes.sell_queue import item
from tests.fakes.sell_source import source

pytestmark = pytest.mark.engines


@pytest.fixture
def sell() -> Iterator[Sell]:
    with Sell().running() as account:
        account.put(*(contact(number) for number in range(1, 8)))
        yield account


def acks(sell: Sell) -> list[str]:
    return [key for _, path, body in sell.asked if path.endswith("/ack") for key in _keys(body)]


def _keys(body: dict[str, dict[str, list[str]]]) -> list[str]:
    return body["data"]["ack_keys"]


def device(db: Database) -> str:
    found = point(db).cursor
    assert found is not None
    return found


def names(db: Database) -> list[int]:
    return sorted(map(int, versions(db)))


def test_a_new_device_gets_everybody_past_the_empty_pages(
    mirror_db: Database, follow: Follow, sell: Sell
):
    report = follow(source(sell))

    assert (report.ok, report.figures.added) == (True, 7)
    assert names(mirror_db) == list(range(1, 8))
    assert sell.queues.waiting(device(mirror_db)) == []


def test_the_next_run_is_the_same_device_in_a_session_of_its_own(
    mirror_db: Database, follow: Follow, sell: Sell
):
    follow(source(sell))
    before = device(mirror_db)
    sell.put(contact(3, name="Outra"))

    report = follow(source(sell))

    assert (report.figures.received, report.figures.changed) == (1, 1)
    assert device(mirror_db) == before
    assert sell.queues.started == 2


def test_nothing_waiting_is_one_request(follow: Follow, sell: Sell):
    follow(source(sell))
    del sell.asked[:]

    assert follow(source(sell)).ok
    assert sell.paths() == ["POST /v2/sync/start"]


def test_nothing_is_acknowledged_before_it_is_committed(
    mirror_db: Database, follow: Follow, sell: Sell, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sync, "_BATCH_RECORDS", 3)
    there: list[bool] = []

    def look() -> None:
        asked = [key.split("-")[1] for key in acks(sell)]
        there.append(set(asked) <= set(versions(mirror_db)) and bool(device(mirror_db)))

    sell.before["POST /v2/sync/ack"] = look

    assert follow(source(sell)).ok
    assert len(there) > 1
    assert all(there)
    assert sorted(acks(sell)) == [f"Contact-{number}-1" for number in range(1, 8)]


class Killed(BaseException):
    """The process ends here."""


def test_killed_between_commit_and_acknowledgement_it_all_comes_again_and_changes_nothing(
    mirror_db: Database, follow: Follow, sell: Sell, monkeypatch: pytest.MonkeyPatch
):
    sell.size = 10

    def dies(self: SellSource) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(SellSource, "confirm", dies)
        with pytest.raises(Killed):
            follow(source(sell))
    before, first = revision(mirror_db), device(mirror_db)

    report = follow(source(sell))

    assert (report.mode, report.figures.unchanged, report.figures.received) == ("initial", 7, 7)
    assert (revision(mirror_db), device(mirror_db)) == (before, first)
    assert sell.queues.waiting(first) == []


def test_killed_before_the_first_commit_the_next_device_is_another_one(
    mirror_db: Database, follow: Follow, sell: Sell, monkeypatch: pytest.MonkeyPatch
):
    # A device whose name was never written down may have acknowledged what nobody has.
    def dies(self: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(sync._Cycle, "commit", dies)
        with pytest.raises(Killed):
            follow(source(sell))

    assert acks(sell) == []
    assert follow(source(sell)).figures.added == 7


def test_a_lost_acknowledgement_costs_a_repetition(mirror_db: Database, follow: Follow, sell: Sell):
    sell.queues.lose_acks = True
    follow(source(sell))
    sell.queues.lose_acks = False
    before = revision(mirror_db)

    assert follow(source(sell)).figures.unchanged == 7
    assert revision(mirror_db) == before
    assert sell.queues.waiting(device(mirror_db)) == []


def test_an_acknowledgement_that_fails_fails_the_run_but_not_the_copy(
    mirror_db: Database, follow: Follow, sell: Sell
):
    sell.size = 10
    sell.refusals["POST /v2/sync/ack"] = Refusal(422)

    assert not follow(source(sell)).ok
    assert len(versions(mirror_db)) == 7
    assert follow(source(sell)).ok
    assert sell.queues.waiting(device(mirror_db)) == []


@pytest.mark.parametrize("seed", range(6))
def test_any_order_and_any_repetition_end_in_the_newest_state(
    mirror_db: Database, follow: Follow, sell: Sell, seed: int
):
    sell.order = random.Random(seed)
    history = [
        item("contact", contact(1, name=f"Versão {number}"), number) for number in range(1, 6)
    ] + [item("contact", {"id": 2}, 5, gone=True), item("contact", contact(2), 4)]
    sell.queues.objects["contact", 1] = 5, contact(1, name="Versão 5")
    sell.queues.objects["contact", 2] = 5, None
    sell.queues.extra = sell.order.sample(history * 2, 14)

    assert follow(source(sell)).ok
    sell.queues.extra = sell.order.sample(history[:5], 5)
    sell.put(contact(9))
    report = follow(source(sell))

    assert report.ok
    assert names(mirror_db) == [1, 3, 4, 5, 6, 7, 9]
    assert versions(mirror_db)["1"] & 0xFFFF == 5
    assert refused(mirror_db) == {}


def test_one_that_came_back_after_its_deletion_stays(
    mirror_db: Database, follow: Follow, sell: Sell
):
    sell.queues.extra = [
        item("contact", contact(8, name="De volta"), 6),
        item("contact", {"id": 8}, 5, gone=True),
    ]

    follow(source(sell))

    assert 8 in names(mirror_db)


def test_a_return_after_a_deletion_of_the_same_page_holds():
    sorter = Sorter()
    told = [
        item("contact", {"id": 8}, 5, gone=True),
        item("contact", contact(8), 6),
        item("contact", contact(9), 6),
        item("contact", {"id": 9}, 7, gone=True),
        item("contact", {"id": 9}, 7, gone=True),
        item("contact", {"name": "Ninguém"}, 1),
        item("contact", {"id": None}, 1, gone=True),
    ]

    records, gone = sorter.sort(msgspec.json.decode(msgspec.json.encode(told), type=list[Item]))

    assert [msgspec.json.decode(raw).get("id") for raw in records] == [8, None]
    assert gone == {"9": 7}


def test_a_deletion_removes_at_once_and_one_of_somebody_unknown_is_acknowledged(
    mirror_db: Database, follow: Follow, sell: Sell
):
    follow(source(sell))
    sell.delete(3, 99)

    report = follow(source(sell))

    assert (report.ok, report.figures.gone) == (True, 1)
    assert graves(mirror_db) == {"3": "master", "99": "master"}
    assert sell.queues.waiting(device(mirror_db)) == []


def test_what_the_mirror_does_not_keep_is_acknowledged_too(
    mirror_db: Database, follow: Follow, sell: Sell
):
    for number, kind in enumerate(("call", "note", "lead", "stage", "hologram"), 50):
        sell.queues.note(kind, {"id": number, "name": "…"})
    sell.queues.note_gone("lead", 60)

    assert follow(source(sell)).figures.received == 7
    assert sell.queues.waiting(device(mirror_db)) == []


def test_a_record_that_cannot_be_read_waits_in_quarantine_and_is_acknowledged(
    mirror_db: Database, follow: Follow, sell: Sell
):
    sell.put(contact(4, name=True), contact(5, updated_at="ontem"))

    assert follow(source(sell)).ok
    assert refused(mirror_db).keys() == {"4"}
    assert sell.queues.waiting(device(mirror_db)) == []


def test_one_that_the_queue_failed_to_bring_is_read_by_its_id(
    mirror_db: Database, follow: Follow, sell: Sell
):
    sell.queues.failing = {4}

    assert follow(source(sell)).ok
    assert len(versions(mirror_db)) == 7
    assert sell.queues.waiting(device(mirror_db)) == ["Contact-4-1"]  # it cannot be acknowledged

    sell.queues.failing = set()
    assert follow(source(sell)).figures.unchanged == 1
    assert sell.queues.waiting(device(mirror_db)) == []


def test_one_that_cannot_be_read_either_is_told_and_the_others_are_written(
    mirror_db: Database, follow: Follow, sell: Sell
):
    follow(source(sell))
    sell.put(contact(4, name="Nova"), contact(5, name="Nova"))
    sell.queues.failing = {4}
    sell.refusals["GET /v2/contacts/4"] = Refusal(500, times=99)

    report = follow(source(sell))

    assert (report.ok, report.figures.changed) == (False, 1)
    assert "1 of what Sell named could not be read (the first: 4, of customers)" in report.sentence
    sell.refusals.clear()
    assert follow(source(sell)).figures.changed == 1


def test_a_sweep_that_cannot_read_somebody_removes_nobody(
    mirror_db: Database, follow: Follow, sweep: Follow, sell: Sell
):
    follow(source(sell))
    sell.queues.failing = {4}
    sell.refusals["GET /v2/contacts/4"] = Refusal(500, times=99)

    report = sweep(source(sell))

    assert not report.ok
    assert "1 of what Sell named could not be read (the first: 4, of customers)" in report.sentence
    assert len(versions(mirror_db)) == 7


def test_one_that_was_deleted_before_it_could_be_read_is_no_gap_in_a_sweep(
    mirror_db: Database, follow: Follow, sweep: Follow, sell: Sell
):
    follow(source(sell))
    sell.queues.failing = {4}
    del sell.contacts[4]

    assert sweep(source(sell)).ok
    assert graves(mirror_db) == {"4": "sweep"}


def test_a_session_the_master_forgot_is_replaced_and_not_for_ever(
    mirror_db: Database, follow: Follow, sell: Sell
):
    sell.refusals["GET /v2/sync/session-1/"] = Refusal(404, times=99)
    assert follow(source(sell)).ok
    assert len(versions(mirror_db)) == 7

    sell.put(contact(1, name="Nova"))
    sell.refusals["GET /v2/sync/session"] = Refusal(404, times=99)
    report = follow(source(sell))
    assert not report.ok
    assert sell.queues.started == 2 + 5


def test_a_sweep_is_a_new_device_and_tells_who_is_gone(
    mirror_db: Database, follow: Follow, sweep: Follow, sell: Sell
):
    follow(source(sell))
    before = device(mirror_db)
    del sell.queues.objects["contact", 2]  # lost without a word

    report = sweep(source(sell))

    assert (report.figures.gone, report.figures.unchanged) == (1, 6)
    assert graves(mirror_db) == {"2": "sweep"}
    assert device(mirror_db) != before


def test_a_sweep_that_breaks_off_leaves_the_old_device(
    mirror_db: Database, follow: Follow, sweep: Follow, sell: Sell
):
    follow(source(sell))
    before = device(mirror_db)
    sell.refusals["GET /v2/sync/"] = Refusal(500, times=99)

    assert not sweep(source(sell)).ok
    assert device(mirror_db) == before


def test_a_sweep_that_receives_nothing_removes_nobody(
    mirror_db: Database, follow: Follow, sweep: Follow
):
    # Three are few enough for the sweep's own rule to let them go.
    with Sell().running() as account:
        account.put(contact(1), contact(2), contact(3))
        follow(source(account))
        account.queues.objects.clear()

        report = sweep(source(account))

    assert not report.ok
    assert "no customer at all" in report.sentence
    assert len(versions(mirror_db)) == 3


def test_a_rehearsal_acknowledges_nothing(mirror_db: Database, follow: Follow, sell: Sell):
    follow(source(sell))
    del sell.asked[:]
    sell.put(contact(1, name="Nova"))

    assert rehearse(mirror_db, source(sell)).figures.changed == 1
    assert acks(sell) == []
    assert follow(source(sell)).figures.changed == 1


def test_too_many_requests_without_a_word_are_waited_out(
    mirror_db: Database, follow: Follow, sell: Sell
):
    sell.refusals["GET /v2/sync/"] = Refusal(429, times=2, json=False)

    assert follow(source(sell)).ok
    assert len(versions(mirror_db)) == 7


def test_a_page_that_is_none_is_not_acknowledged(mirror_db: Database, follow: Follow, sell: Sell):
    follow(source(sell))
    sell.queues.extra = [["not", "an", "item"]]  # type: ignore[list-item]
    sell.put(contact(1, name="Nova"))

    assert not follow(source(sell, attempts=1)).ok
    sell.queues.extra = []
    assert follow(source(sell)).figures.changed == 1


def test_half_an_emoji_costs_no_page(mirror_db: Database, follow: Follow, sell: Sell):
    sell.put(contact(4, name="Ana \ud83d"))
    sell.queues.failing = {5}
    sell.contacts[5]["name"] = "Bia \ud83d"

    assert follow(source(sell)).ok
    assert names(mirror_db) == list(range(1, 8))


def test_a_queue_that_only_repeats_itself_is_left(follow: Follow, sell: Sell):
    def again() -> None:
        for session in sell.queues.sessions.values():
            session.pages.append({"items": [], "meta": {}})

    sell.before["GET /v2/sync/"] = again

    report = follow(source(sell))

    assert not report.ok
    assert "stays empty or repeats" in report.sentence


def test_acknowledgements_go_in_portions(mirror_db: Database, follow: Follow, sell: Sell):
    sell.size = 100
    sell.put(*(contact(number) for number in range(8, 260)))

    follow(source(sell))

    portions = [len(_keys(body)) for _, path, body in sell.asked if path.endswith("/ack")]
    assert portions == [100, 100, 59]


def test_a_fault_of_the_wire_leaves_what_came_before(
    mirror_db: Database, follow: Follow, sell: Sell, monkeypatch: pytest.MonkeyPatch
):
    made = source(sell)
    send, count = made._fetcher.send, iter(range(100))

    def breaks(asked: object) -> object:
        if next(count) >= 4:
            raise Unreachable("http://sell.example cannot be reached.")
        return send(asked)  # type: ignore[arg-type]

    monkeypatch.setattr(made._fetcher, "send", breaks)

    assert not follow(made).ok
    assert 0 < len(versions(mirror_db)) < 7
    assert acks(sell) == []
    assert follow(source(sell)).ok
    assert len(versions(mirror_db)) == 7
