"""A field that many customers lose at once is held, named and told; the others' changes go on."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from connector.refresh import look_into, replay
from mirror.reading.freshness import freshness
from mirror.store.engine import Database
from mirror.store.lease import lease
from mirror.store.progress import set_fact
from mirror.writing.holds import holds, release
from tests.connector.conftest import Follow
from tests.connector.test_refresh import Single
from tests.fakes.looking import customers, history, refused, versions
from tests.fakes.master import Master, at, record, source
from tests.fakes.somebody import cpf

pytestmark = pytest.mark.engines

CASE = Path(__file__).parents[1] / "data" / "field_cases" / "15_every_value_lost_at_once.json"
LATER = 5_000


def whole(number: int, version: int = 1, **changed: Any) -> dict[str, Any]:
    return record(number, version, cpf=cpf(100_000_000 + number), **changed)


def crowd(number: int) -> Single:
    return Single(*(whole(one) for one in range(1, number + 1)), size=100)


def lose(master: Master, many: int, *, first: int = 1, **fields: Any) -> None:
    """So many lose these fields, each in a change of its own."""
    for number in range(first, first + many):
        version = master.records[number]["v"] + 1
        stamp = at(LATER + 1_000 * version + number)
        master.put(master.records[number] | fields | {"v": version, "updated_at": stamp})


def without_documents(db: Database) -> int:
    return sum(not one.documents for one in customers(db))


def waiting(db: Database) -> dict[str, int]:
    return {one.kind: one.missing for one in holds(db)}


@pytest.fixture
def held(follow: Follow) -> Single:
    """A master of 400 of whom 300 lost their document."""
    master = crowd(400)
    follow(source(master))
    lose(master, 300, cpf=None)
    follow(source(master))
    return master


def test_a_field_that_many_lose_in_one_run_is_held_and_named(mirror_db: Database, held: Single):
    (run, _) = history(mirror_db)

    assert (run.outcome, run.figures.held, run.figures.changed) == ("held", 300, 0)
    assert "300 of the 400 that had it lose their document at the master at once" in run.sentence
    assert "`espelho hold release loja`" in run.sentence
    assert waiting(mirror_db) == {"document": 300}
    assert set(refused(mirror_db).values()) == {"document: lost_by_many"}
    assert without_documents(mirror_db) == 0
    assert freshness(mirror_db, datetime.now(UTC)).state == "late"


def test_the_others_changes_go_on_meanwhile(mirror_db: Database, held: Single, follow: Follow):
    held.put(whole(350, 2, name="Nova", updated_at=at(9_000)))

    report = follow(source(held))

    assert (report.ok, report.figures.changed) == (False, 1)  # those held come again by the overlap
    assert next(one for one in customers(mirror_db) if one.external_id == "350").name == "Nova"
    assert waiting(mirror_db) == {"document": 300}


def test_whoever_follows_while_it_waits_is_held_too(
    mirror_db: Database, held: Single, follow: Follow
):
    lose(held, 1, first=350, cpf=None)
    follow(source(held))
    assert waiting(mirror_db) == {"document": 301}
    assert without_documents(mirror_db) == 0


def test_what_a_person_lets_go_is_written_by_the_next_run(
    mirror_db: Database, held: Single, follow: Follow
):
    release(mirror_db, "loja")

    report = follow(source(held))

    assert report.ok
    assert without_documents(mirror_db) == 300
    assert (holds(mirror_db), refused(mirror_db)) == ([], {})
    assert freshness(mirror_db, datetime.now(UTC)).state == "fresh"


def test_a_sweep_neither_writes_nor_removes_whom_it_holds(
    mirror_db: Database, held: Single, sweep: Follow
):
    for _ in range(2):
        report = sweep(source(held))
        assert (report.ok, report.figures.held, report.figures.quarantined) == (False, 300, 0)
    assert without_documents(mirror_db) == 0
    release(mirror_db, "loja")
    assert sweep(source(held)).ok
    assert without_documents(mirror_db) == 300


def test_a_master_that_mends_it_ends_the_hold_by_itself(
    mirror_db: Database, held: Single, follow: Follow
):
    held.put(*(whole(number, 3, updated_at=at(8_500 + number)) for number in range(1, 301)))

    report = follow(source(held))

    assert (report.ok, report.figures.changed) == (True, 300)
    assert (holds(mirror_db), refused(mirror_db)) == ([], {})


def test_reading_quarantine_again_is_no_person_s_word(
    mirror_db: Database, held: Single, data_dir: Path
):
    with lease(mirror_db, data_dir) as fence:
        replay(mirror_db, source(held), fence)
    assert without_documents(mirror_db) == 0
    assert waiting(mirror_db) == {"document": 300}


@pytest.mark.parametrize(
    ("known", "some", "is_held"), [(200, 50, False), (200, 51, True), (12, 6, False), (12, 7, True)]
)
def test_few_may_lose_a_field(
    mirror_db: Database, follow: Follow, known: int, some: int, is_held: bool
):
    master = crowd(known)
    follow(source(master))
    lose(master, some, cpf=None)

    assert follow(source(master)).ok is not is_held
    assert without_documents(mirror_db) == (0 if is_held else some)


def test_runs_of_one_day_count_together(mirror_db: Database, follow: Follow):
    master = crowd(400)
    follow(source(master))
    for part in range(2):
        lose(master, 40, first=1 + 40 * part, cpf=None)
        follow(source(master))
    assert (without_documents(mirror_db), waiting(mirror_db)) == (40, {"document": 40})


def test_another_day_begins_anew(mirror_db: Database, follow: Follow):
    master = crowd(400)
    follow(source(master))
    lose(master, 40, cpf=None)
    follow(source(master))
    with mirror_db.writing() as connection:
        set_fact(connection, "lost/loja", '["2020-01-01", {"document": 40}]')
    lose(master, 40, first=41, cpf=None)
    assert follow(source(master)).ok


def test_hints_count_together_too(mirror_db: Database, follow: Follow, data_dir: Path):
    master = crowd(12)
    follow(source(master))
    lose(master, 12, cpf=None)
    with lease(mirror_db, data_dir) as fence:
        look_into(mirror_db, source(master), fence, [str(number) for number in range(1, 13)])
    assert without_documents(mirror_db) == 6
    assert waiting(mirror_db) == {"document": 6}


def test_of_few_who_have_a_field_all_are_many(mirror_db: Database, follow: Follow):
    """Counted are those who had it, not everybody."""
    master = crowd(400)
    for number in range(1, 21):
        master.put(whole(number, birth_date="1980-02-03"))
    follow(source(master))
    lose(master, 20, birth_date=None)

    assert follow(source(master)).figures.held == 20
    assert waiting(mirror_db) == {"birth_date": 20}


def test_every_field_of_the_case_is_held(mirror_db: Database, follow: Follow):
    case = msgspec.json.decode(CASE.read_bytes())
    (before,), (after,) = case["first"], case["then"]
    master = Single(size=100)
    for number in range(1, 301):
        master.put(whole(number, name=before["name"], phones=[{"number": before["phone"]}]))
    follow(source(master))
    nothing = {"cpf": after["document"], "name": after["name"], "emails": [], "phones": []}
    lose(master, 300, **nothing)

    report = follow(source(master))

    assert (report.ok, report.figures.held) == (False, 300)
    assert set(waiting(mirror_db)) >= {"document", "name", "email"}
    assert len(versions(mirror_db)) == 300
    assert all(one.name and one.documents and one.emails for one in customers(mirror_db))
    release(mirror_db, "loja")
    assert follow(source(master)).ok
    assert holds(mirror_db) == []


def test_a_person_who_becomes_a_company_loses_no_birth_date(mirror_db: Database, follow: Follow):
    master = crowd(30)
    master.put(*(whole(number, person_type="PJ") for number in range(1, 31)))
    follow(source(master))
    lose(master, 30, person_type="PF")
    assert follow(source(master)).ok


@pytest.mark.parametrize(
    ("before", "after", "kinds"),
    [
        ({}, {"cpf": "ISENTO"}, {"document"}),
        ({}, {"emails": [{"address": "não tem"}]}, {"email"}),
        ({"birth_date": "1980-02-03"}, {"birth_date": "00/00/0000"}, {"birth_date"}),
        ({"phones": [{"number": "11988887777"}]}, {"phones": [{"number": "recado"}]}, {"phone"}),
        (
            {"phones": [{"number": "11988887777"}]},
            {"phones": "N/A", "cpf": "N/A"},
            {"phone", "document"},
        ),
    ],
)
def test_values_that_become_unreadable_for_many_are_lost_too(
    mirror_db: Database, follow: Follow, before: Any, after: Any, kinds: set[str]
):
    master = Single(*(whole(number, **before) for number in range(1, 101)), size=100)
    follow(source(master))
    lose(master, 90, **after)

    report = follow(source(master))

    assert (report.ok, report.figures.held) == (False, 90)
    assert set(waiting(mirror_db)) == kinds


# What customers are called by: a value that goes is ordinary, the field that goes is not.

CALLED = {"tags": "tag", "groups": "group", "seller": "seller", "status": "registration"}


def called(number: int, of: int = 5, **other: Any) -> dict[str, Any]:
    label = f"Rótulo {chr(65 + number % of)}"
    return whole(number, tags=[label], groups=[label], seller=label) | other


@pytest.mark.parametrize("field", CALLED)
def test_what_customers_are_called_by_is_held_where_many_lose_it(
    mirror_db: Database, follow: Follow, field: str
):
    master = Single(*(called(number) for number in range(1, 401)), size=100)
    follow(source(master))
    lose(master, 300, **{field: None})

    report = follow(source(master))

    assert (report.ok, report.figures.held) == (False, 300)
    assert waiting(mirror_db) == {CALLED[field]: 300}
    release(mirror_db, "loja")
    assert (follow(source(master)).ok, waiting(mirror_db)) == (True, {})


@pytest.mark.parametrize("field", ["tags", "groups", "seller"])
def test_that_one_value_of_several_goes_is_an_ordinary_day(
    mirror_db: Database, follow: Follow, field: str
):
    master = Single(*(called(number) for number in range(1, 401)), size=100)
    follow(source(master))
    for number in range(5, 401, 5):
        lose(master, 1, first=number, **{field: None})
    lose(master, 3, first=1, **{field: None})

    report = follow(source(master))

    assert (report.ok, report.figures.changed, waiting(mirror_db)) == (True, 83, {})


def test_labels_that_change_hold_nobody(mirror_db: Database, follow: Follow):
    master = Single(*(called(number) for number in range(1, 201)), size=100)
    follow(source(master))
    lose(master, 150, tags=["Outro"], groups=["Outro"], seller="Outra", status="blocked")

    assert follow(source(master)).ok
    assert waiting(mirror_db) == {}
