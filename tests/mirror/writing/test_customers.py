"""Writing a batch: what is counted, what is left alone, what goes to quarantine or to its grave."""

import pytest
from msgspec.structs import replace
from sqlalchemy import Connection, select

from mirror.reading import freshness
from mirror.records import Customer
from mirror.store.engine import Database
from mirror.store.progress import Figures, fact
from mirror.store.tables import customer, lookup, tombstone
from mirror.writing import customers, quarantine
from mirror.writing.customers import Arrival, apply, remove
from mirror.writing.indexes import split_keys
from mirror.writing.quarantine import Refusal
from tests.conftest import arrival
from tests.fakes.somebody import cpf, somebody

pytestmark = pytest.mark.engines


def write(db: Database, *records: Customer, refusals: tuple[Refusal, ...] = ()) -> Figures:
    arrivals = [arrival(db.keys, record) for record in records]
    with db.writing() as connection:
        return apply(connection, db.keys, "loja", arrivals, refusals, counter=True)


def gone(db: Database, *names: str, reason: str = "sweep") -> int:
    with db.writing() as connection:
        return remove(connection, "loja", names, reason)


def revision(db: Database) -> int:
    with db.reading() as connection:
        return int(fact(connection, "revision", "0"))


def versions(connection: Connection) -> dict[str, int]:
    rows = connection.execute(select(customer.c.external_id, customer.c.version))
    return {row.external_id: row.version for row in rows}


def in_quarantine(db: Database) -> dict[str, tuple[str, str]]:
    with db.reading() as connection:
        return {one.subject: (one.field, one.rule) for one in quarantine.entries(connection)}


def refused(name: str) -> Refusal:
    return Refusal(name, name, "name", "not_text", b"h" * 16, b"{}")


def test_what_was_done_is_counted(mirror_db: Database):
    assert write(mirror_db, somebody(1), somebody(2)) == Figures(added=2)
    done = write(
        mirror_db,
        somebody(1),
        somebody(2, 2),
        somebody(3),
        refusals=(refused("C-9"),),
    )
    assert done == Figures(added=1, changed=1, unchanged=1, quarantined=1)
    assert write(mirror_db, somebody(2, 1)) == Figures(stale=1)


def test_unchanged_customers_write_nothing(mirror_db: Database):
    write(mirror_db, somebody(1), somebody(2))
    with mirror_db.reading() as connection:
        before = connection.execute(customer.select()).all()
    at = revision(mirror_db)

    write(mirror_db, somebody(1), somebody(2))

    with mirror_db.reading() as connection:
        assert connection.execute(customer.select()).all() == before
    assert revision(mirror_db) == at


def test_every_change_gets_the_next_revision(mirror_db: Database):
    write(mirror_db, somebody(1), somebody(2), somebody(3))
    write(mirror_db, somebody(2, 2))
    gone(mirror_db, "C-1")

    with mirror_db.reading() as connection:
        rows = connection.execute(select(customer.c.external_id, customer.c.revision)).all()
        grave = connection.execute(select(tombstone.c.revision)).scalar_one()
    assert {tuple(row) for row in rows} == {("C-3", 3), ("C-2", 4)}
    assert grave == revision(mirror_db) == 5


def test_one_version_with_two_contents_keeps_the_first_and_quarantines_the_other(
    mirror_db: Database,
):
    write(mirror_db, somebody(1))

    done = write(mirror_db, somebody(1, name="Outra Pessoa"))

    assert done == Figures(quarantined=1)
    assert in_quarantine(mirror_db) == {"C-1": ("version", "same_version_other_content")}
    with mirror_db.reading() as connection:
        assert versions(connection) == {"C-1": 1}


def in_other_bytes(db: Database, record: Customer) -> Arrival:
    raw = repr(record).encode()
    content_hash = db.keys.fingerprint("content")(raw)[:12] + b"map1"
    return customers.arrival(db.keys, "loja", record, content_hash, raw)


def test_one_version_with_the_same_content_in_other_bytes_is_unchanged(mirror_db: Database):
    write(mirror_db, somebody(1))
    at = revision(mirror_db)
    for expected in (Figures(unchanged=1), Figures(unchanged=1)):
        again = in_other_bytes(mirror_db, somebody(1))
        with mirror_db.writing() as connection:
            assert apply(connection, mirror_db.keys, "loja", [again], counter=True) == expected

    assert in_quarantine(mirror_db) == {}
    assert revision(mirror_db) == at
    with mirror_db.reading() as connection:
        assert connection.execute(select(customer.c.content_hash)).scalar() == again.content_hash


def test_one_new_customer_in_two_writings_in_one_batch_is_one(mirror_db: Database):
    both = [arrival(mirror_db.keys, somebody(1)), in_other_bytes(mirror_db, somebody(1))]
    with mirror_db.writing() as connection:
        done = apply(connection, mirror_db.keys, "loja", both, counter=True)
    assert done == Figures(added=1, unchanged=1)


def test_a_contradiction_that_the_same_batch_outdates_is_only_old(mirror_db: Database):
    write(mirror_db, somebody(1))
    done = write(mirror_db, somebody(1, name="Outra"), somebody(1, 2, name="Terceira"))
    assert done == Figures(changed=1, stale=1)
    assert in_quarantine(mirror_db) == {}


def test_a_contradiction_met_again_counts_times(mirror_db: Database):
    write(mirror_db, somebody(1))
    write(mirror_db, somebody(1, name="Outra Pessoa"))
    write(mirror_db, somebody(1, name="Outra Pessoa"))

    with mirror_db.reading() as connection:
        assert [one.times for one in quarantine.entries(connection)] == [2]


def test_a_customer_that_can_be_read_leaves_quarantine(mirror_db: Database):
    write(mirror_db, refusals=(refused("C-1"), refused("C-2")))

    write(mirror_db, somebody(1, 2))

    assert set(in_quarantine(mirror_db)) == {"C-2"}


def test_a_refused_newer_row_leaves_the_older_one_in_place(mirror_db: Database):
    write(mirror_db, somebody(1))
    write(mirror_db, refusals=(refused("C-1"),))
    with mirror_db.reading() as connection:
        assert versions(connection) == {"C-1": 1}
        assert freshness.unread_problem(connection, "loja", "C-1") == ("name", "not_text")


def test_sources_do_not_touch_each_other(mirror_db: Database):
    write(mirror_db, somebody(1))
    with mirror_db.writing() as connection:
        other = [arrival(mirror_db.keys, somebody(1, 7), "outra")]
        apply(connection, mirror_db.keys, "outra", other, counter=True)
    assert gone(mirror_db, "C-1") == 1

    with mirror_db.reading() as connection:
        found = connection.execute(select(customer.c.source, customer.c.version)).all()
    assert [tuple(row) for row in found] == [("outra", 7)]


def test_the_removed_leave_a_grave_that_tells_nobody_who_they_were(mirror_db: Database):
    write(mirror_db, somebody(1), somebody(2))

    assert gone(mirror_db, "C-1", "C-8", reason="erasure") == 1

    with mirror_db.reading() as connection:
        grave = connection.execute(tombstone.select()).one()
        left = connection.execute(select(lookup.c.customer).distinct()).scalars().all()
        assert versions(connection) == {"C-2": 1}
    assert (grave.external_id, grave.version, grave.reason) == ("C-1", 1, "erasure")
    assert mirror_db.keys.blind("cpf", cpf(100_000_001)) in split_keys(grave.keys)
    assert not any(
        text in repr(tuple(grave)) for text in ("Souza", cpf(100_000_001), "pessoa1", "970000001")
    )
    assert left == [2]


def test_the_removed_leave_quarantine_too(mirror_db: Database):
    write(mirror_db, somebody(1), refusals=())
    write(mirror_db, refusals=(refused("C-1"), refused("C-2")))

    gone(mirror_db, "C-1")

    assert set(in_quarantine(mirror_db)) == {"C-2"}


def test_a_returning_customer_gets_a_new_id_and_leaves_the_grave(mirror_db: Database):
    write(mirror_db, somebody(1))
    gone(mirror_db, "C-1")

    assert write(mirror_db, somebody(1, 2)) == Figures(added=1)

    with mirror_db.reading() as connection:
        assert connection.execute(select(customer.c.id)).scalars().all() == [2]
        assert connection.execute(tombstone.select()).all() == []


@pytest.mark.parametrize("reason", ["sweep", "master"])
def test_who_is_gone_does_not_come_back_with_a_late_page(mirror_db: Database, reason: str):
    write(mirror_db, somebody(1, 3))
    gone(mirror_db, "C-1", reason=reason)

    assert write(mirror_db, somebody(1, 3)) == Figures(stale=1)
    assert write(mirror_db, somebody(1, 4)) == Figures(added=1)


def test_what_was_deleted_at_a_version_does_not_come_back_with_an_older_one(mirror_db: Database):
    write(mirror_db, somebody(1, 4))
    with mirror_db.writing() as connection:
        assert remove(connection, "loja", ["C-1"], "master", versions={"C-1": 6}) == 1

    assert write(mirror_db, somebody(1, 5)) == Figures(stale=1)
    assert write(mirror_db, somebody(1, 6)) == Figures(stale=1)
    assert write(mirror_db, somebody(1, 7)) == Figures(added=1)


def test_who_was_deleted_unseen_or_once_more_stays_away_as_well(mirror_db: Database):
    write(mirror_db, somebody(1, 4))
    gone(mirror_db, "C-1", reason="sweep")
    with mirror_db.writing() as connection:
        assert (
            remove(connection, "loja", ["C-1", "C-2"], "master", versions={"C-1": 6, "C-2": 6}) == 0
        )

    assert write(mirror_db, somebody(1, 5), somebody(2, 6)) == Figures(stale=2)
    assert write(mirror_db, somebody(1, 7), somebody(2, 7)) == Figures(added=2)
    with mirror_db.reading() as connection:
        assert connection.execute(tombstone.select()).all() == []


TELLING = ("52998224725", "11.222.333/0001-81", "11987654321", "ana@exemplo.com.br")
"""Ids by which a master may count: a document, a telephone, an address."""


@pytest.mark.parametrize("name", TELLING)
@pytest.mark.parametrize("reason", ["sweep", "master", "erasure"])
def test_a_tombstone_does_not_tell_an_id_that_is_somebody_s_number_or_address(
    mirror_db: Database, name: str, reason: str
):
    one = replace(somebody(1, 4), external_id=name)
    write(mirror_db, one)
    with mirror_db.writing() as connection:
        assert remove(connection, "loja", [name], reason, versions={name: 6}) == 1
    with mirror_db.reading() as connection:
        [kept] = connection.execute(select(tombstone.c.external_id)).scalars()
    digits = "".join(filter(str.isdigit, name)) or name
    assert kept.startswith("#")
    assert name not in kept
    assert digits not in kept

    assert write(mirror_db, replace(one, version=5)) == Figures(stale=1)
    assert write(mirror_db, replace(one, version=6)) == Figures(stale=1)
    assert write(mirror_db, replace(one, version=7)) == Figures(added=1)
    with mirror_db.reading() as connection:
        assert connection.execute(tombstone.select()).all() == []


def test_a_keyed_tombstone_is_moved_on_by_a_later_deletion_and_is_of_one_source(
    mirror_db: Database,
):
    name = TELLING[0]
    one = replace(somebody(1, 4), external_id=name)
    for at in (6, 8):
        with mirror_db.writing() as connection:
            remove(connection, "loja", [name], "master", versions={name: at})

    assert write(mirror_db, replace(one, version=8)) == Figures(stale=1)
    with mirror_db.writing() as connection:
        others = [arrival(mirror_db.keys, one, source="outra")]
        done = apply(connection, mirror_db.keys, "outra", others, counter=True)
        assert done == Figures(added=1)
        remove(connection, "outra", [name], "sweep")
        kept = list(connection.execute(select(tombstone.c.external_id)).scalars())
    assert len(set(kept)) == 2  # nor do two tombstones tell that they are one person's


def test_a_deletion_told_again_writes_nothing(mirror_db: Database):
    at = {"C-2": 6}
    for _ in range(2):
        with mirror_db.writing() as connection:
            remove(connection, "loja", ["C-2"], "master", versions=at)
        assert revision(mirror_db) == 1


def test_a_fault_in_the_middle_of_a_batch_leaves_no_part_of_it(
    mirror_db: Database, monkeypatch: pytest.MonkeyPatch
):
    write(mirror_db, somebody(1))
    monkeypatch.setattr(quarantine, "put", lambda *_: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        write(mirror_db, somebody(1, 2), somebody(2), refusals=(refused("C-3"),))

    with mirror_db.reading() as connection:
        assert versions(connection) == {"C-1": 1}
        assert connection.execute(select(lookup.c.customer).distinct()).scalars().all() == [1]
    assert revision(mirror_db) == 1


def test_several_thousand_at_once_are_written_and_removed(mirror_db: Database):
    people = [somebody(number, phones=(), emails=(), documents=()) for number in range(2_500)]
    arrivals = [arrival(mirror_db.keys, one) for one in people]
    with mirror_db.writing() as connection:
        assert apply(connection, mirror_db.keys, "loja", arrivals, counter=True).added == 2_500
        names = (one.external_id for one in people)
        assert remove(connection, "loja", names, "sweep") == 2_500
        assert connection.execute(lookup.select()).all() == []
