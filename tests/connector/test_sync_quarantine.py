"""A record that cannot be read waits, explained, and leaves when the master's row can be read."""

from collections.abc import Mapping
from typing import Any

import pytest

from mirror.identifiers import classify
from mirror.reading.find import find, get
from mirror.store.engine import Database
from mirror.writing import customers
from tests.connector.conftest import Follow
from tests.fakes.looking import (
    everything,
    point,
    refused,
    revision,
    times_refused,
    versions,
)
from tests.fakes.master import Master, at, encode, record, source

pytestmark = pytest.mark.engines


def name_of(db: Database, number: int) -> str | None:
    return find(db, classify(str(number)))[0].customer.name


@pytest.fixture
def master(follow: Follow) -> Master:
    """Ten customers, all of them in the mirror."""
    made = Master(*(record(number) for number in range(1, 11)), size=20)
    follow(source(made))
    return made


def test_what_was_good_stays_and_tells_that_something_newer_is_not(
    mirror_db: Database, master: Master, follow: Follow
):
    master.put(record(3, 2, name=True, updated_at=at(50)))

    report = follow(source(master))

    assert (report.ok, report.figures.quarantined) == (True, 1)
    assert versions(mirror_db)["3"] == 1
    assert name_of(mirror_db, 3) == "Cliente 3"
    found = get(mirror_db, find(mirror_db, classify("3"))[0].id)
    assert found is not None
    assert found.problem == ("name", "not_text")
    assert point(mirror_db).cursor == at(50)


def test_it_is_healed_by_the_master_s_next_change(
    mirror_db: Database, master: Master, follow: Follow
):
    master.put(record(3, 2, name=True, updated_at=at(50)))
    follow(source(master))
    master.put(record(3, 3, name="Certo", updated_at=at(60)))

    report = follow(source(master))

    assert (report.figures.changed, report.figures.quarantined) == (1, 0)
    assert refused(mirror_db) == {}
    assert (versions(mirror_db)["3"], name_of(mirror_db, 3)) == (3, "Certo")


def test_the_same_broken_bytes_are_not_counted_again(
    mirror_db: Database, master: Master, follow: Follow
):
    master.put(record(3, 2, name=True, updated_at=at(50)))
    for _ in range(3):
        follow(source(master))
    assert times_refused(mirror_db) == {"3": 1}

    master.put(record(3, 3, name={"of": "y", "by": "y"}, updated_at=at(60)))
    assert follow(source(master)).figures.quarantined == 1
    assert times_refused(mirror_db) == {"3": 2}


def test_an_older_version_sent_again_does_not_heal_a_newer_one(
    mirror_db: Database, master: Master, follow: Follow
):
    before = revision(mirror_db)
    master.put(record(3, 2, name=True))
    follow(source(master))
    master.put(record(3))  # a replica that is behind

    follow(source(master))

    assert refused(mirror_db) == {"3": "name: not_text"}
    assert revision(mirror_db) == before


def test_a_contradiction_taken_back_leaves_quarantine(
    mirror_db: Database, master: Master, follow: Follow
):
    master.put(record(3, name="Outra Pessoa"))
    follow(source(master))
    master.put(record(3))

    follow(source(master))

    assert refused(mirror_db) == {}


def test_it_is_healed_within_one_run_too(mirror_db: Database, follow: Follow):
    master = Master(*(record(number) for number in range(1, 21)), size=10)
    master.put(record(3, name=True))

    def heal(page: int) -> None:
        if page == 2:
            master.put(record(3, 2, name="Certo", updated_at=at(500)))

    master.before_page = heal
    follow(source(master))

    assert versions(mirror_db)["3"] == 2
    assert refused(mirror_db) == {}


def test_it_breaks_within_one_run_too(mirror_db: Database, follow: Follow):
    master = Master(*(record(number) for number in range(1, 21)), size=10)

    def spoil(page: int) -> None:
        if page == 2:
            master.put(record(3, 2, name=True, updated_at=at(500)))

    master.before_page = spoil
    follow(source(master))

    assert versions(mirror_db)["3"] == 1
    assert refused(mirror_db) == {"3": "name: not_text"}


@pytest.mark.parametrize(
    ("broken", "told"),
    [
        ({"id": None}, "id: missing"),
        ({"id": "../../etc/passwd"}, "id: not_an_id"),
        ({"id": True}, "id: not_an_id"),
    ],
)
def test_a_record_without_an_id_is_kept_under_its_bytes(
    mirror_db: Database, follow: Follow, broken: dict[str, Any], told: str
):
    class Odd(Master):
        def _page(self, query: Mapping[str, str]) -> bytes:
            items = [record(1), record(2), record(3) | broken]
            return encode({"items": items, "next": None, "has_more": False})

    for _ in range(2):
        report = follow(source(Odd()))
    assert report.figures.quarantined == 0
    ((subject, rule),) = refused(mirror_db).items()
    assert subject.startswith("hash:")
    assert rule == told


@pytest.mark.parametrize(
    ("broken", "told"),
    [
        ({"v": "9a"}, "version: not_a_counter"),
        ({"v": None}, "version: not_a_counter"),
        ({"notes": "x" * 300_000}, "record: too_large"),
        ({"name": True}, "name: not_text"),
        ({"status": {"of": "x", "by": "y"}}, "registration: not_text"),
    ],
)
def test_every_refusal_is_told_by_field_and_rule(
    mirror_db: Database, follow: Follow, broken: dict[str, Any], told: str
):
    follow(source(Master(record(1), record(2) | broken, record(3))))
    assert refused(mirror_db) == {"2": told}
    assert set(versions(mirror_db)) == {"1", "3"}


def test_one_version_with_two_contents_keeps_the_first_until_a_newer_one(
    mirror_db: Database, master: Master, follow: Follow
):
    master.put(record(3, name="Outra Pessoa"))

    report = follow(source(master))

    assert (report.figures.quarantined, report.figures.changed) == (1, 0)
    assert refused(mirror_db) == {"3": "version: same_version_other_content"}
    assert name_of(mirror_db, 3) == "Cliente 3"

    master.put(record(3, 2, name="Outra Pessoa"))
    follow(source(master))
    assert refused(mirror_db) == {}
    assert name_of(mirror_db, 3) == "Outra Pessoa"


def test_a_contradiction_and_its_solution_in_one_batch_leave_nothing_in_quarantine(
    mirror_db: Database, follow: Follow
):
    master = Master(*(record(number) for number in range(1, 21)), size=10)
    follow(source(master))
    master.put(record(3, name="Outra Pessoa"))

    def solve(page: int) -> None:
        if page == 2:
            master.put(record(3, 2, name="Nova Pessoa", updated_at=at(500)))

    master.before_page = solve
    follow(source(master))

    assert name_of(mirror_db, 3) == "Nova Pessoa"
    assert refused(mirror_db) == {}


def test_a_new_field_that_the_map_does_not_name_contradicts_nothing(
    mirror_db: Database, master: Master, sweep: Follow
):
    before = revision(mirror_db)
    master.put(*(one | {"novo_campo": 1} for one in master.records.values()))

    report = sweep(source(master))

    assert (report.figures.unchanged, report.figures.quarantined) == (10, 0)
    assert refused(mirror_db) == {}
    assert revision(mirror_db) == before


def test_bytes_once_found_to_say_the_same_are_known_from_then_on(
    master: Master, sweep: Follow, monkeypatch: pytest.MonkeyPatch
):
    master.put(*(dict(reversed(one.items())) for one in master.records.values()))
    sweep(source(master))
    monkeypatch.setattr(customers, "open_customer", lambda *_: pytest.fail("opened again"))

    assert sweep(source(master)).figures.unchanged == 10


def test_a_contradiction_hides_in_no_new_field(mirror_db: Database, master: Master, sweep: Follow):
    master.put(record(3, name="Outra Pessoa") | {"novo_campo": 1})
    assert sweep(source(master)).figures.quarantined == 1
    assert name_of(mirror_db, 3) == "Cliente 3"


def test_a_changed_map_reads_everybody_again(mirror_db: Database, master: Master, sweep: Follow):
    remapped: dict[str, Any] = {"map": {"trade_name": "name", "name": "emails[0].address"}}

    report = sweep(source(master, **remapped))

    assert (report.figures.changed, report.figures.quarantined) == (10, 0)
    assert name_of(mirror_db, 3) == "cliente3@exemplo.com.br"
    assert sweep(source(master, **remapped)).figures.unchanged == 10


def test_a_changed_map_reads_what_it_could_not_read_before(
    mirror_db: Database, follow: Follow, sweep: Follow
):
    master = Master(
        record(1, name={"full": "Ana", "short": "A"}),
        record(2, name={"full": "Rui", "short": "A"}),
        record(3, name=None),
    )
    follow(source(master))
    assert len(refused(mirror_db)) == 2

    assert sweep(source(master, map={"name": "name.full"})).figures.added == 2
    assert refused(mirror_db) == {}


def test_what_waits_is_sealed(mirror_db: Database, master: Master, follow: Follow):
    master.put(record(3, 2, name={"of": "Segredo", "by": "y"}, updated_at=at(50)))
    follow(source(master))
    assert "Segredo" not in repr(everything(mirror_db))


def test_a_map_that_is_wrong_is_told_by_every_rule_that_is_broken(follow: Follow):
    bad = [record(n, name=True) for n in range(1, 6)]
    bad += [record(n, status={"of": "x", "by": "y"}) for n in range(6, 11)]
    told = follow(source(Master(*bad, size=20))).sentence
    assert "10 of 10 customers read cannot be understood" in told
    assert "registration: " in told
    assert "name: " in told
