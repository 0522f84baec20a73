"""What the connector does slice by slice it does to the end, and to what is left over.

Slices are of three here. None, exactly one, one more than one, and two with something left over.
"""

import gzip
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

import connector
import mirror
from connector import reconcile, refresh
from connector.http.transport import TooLarge, body_of
from connector.reconcile import prove
from connector.refresh import let_go, look_into
from connector.sources.sell import queue
from mirror.store.engine import Database
from mirror.store.lease import lease
from mirror.store.tables import TABLES, charge_total, hold
from mirror.writing.holds import release
from tests.connector.conftest import Follow
from tests.connector.test_lost_fields import crowd as documented
from tests.connector.test_lost_fields import lose, without_documents
from tests.connector.test_refresh import Single
from tests.fakes.looking import graves, refused, versions
from tests.fakes.master import BEGIN, Master, at, record, source
from tests.fakes.sell import Sell, contact
from tests.fakes.sell_source import source as sell_source
from tests.fakes.slices import shorten, untried
from tests.fakes.writings import STREAM, Eventful

SLICE = 3
many = pytest.mark.parametrize("many", [0, SLICE, SLICE + 1, 2 * SLICE + 2])


@pytest.fixture(autouse=True)
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    shorten(connector, SLICE, monkeypatch)
    shorten(mirror, SLICE, monkeypatch)


def names(first: int, last: int) -> set[str]:
    return {str(number) for number in range(first, last + 1)}


def crowd(number: int) -> Master:
    return Master(*(record(one) for one in range(1, number + 1)))


@many
def test_everybody_whom_a_sweep_did_not_see_is_gone(
    mirror_db: Database, follow: Follow, sweep: Follow, many: int
):
    master = crowd(30)
    follow(source(master))
    for number in range(1, many + 1):
        del master.records[number]

    assert sweep(source(master)).figures.gone == many

    assert graves(mirror_db) == dict.fromkeys(names(1, many), "sweep")
    assert set(versions(mirror_db)) == names(many + 1, 30)


def test_everybody_held_is_named_and_goes_when_released(
    mirror_db: Database, follow: Follow, sweep: Follow
):
    master = crowd(20)
    follow(source(master))
    for number in range(3, 20):
        del master.records[number]
    assert sweep(source(master)).figures.held == 17
    with mirror_db.reading() as connection:
        assert set(connection.scalar(select(hold.c.ids)).split()) == names(3, 19)

    assert release(mirror_db, "loja")
    assert sweep(source(master)).figures.gone == 17

    assert set(versions(mirror_db)) == {"1", "2", "20"}


@many
def test_everything_that_a_sweep_did_not_see_of_what_was_done_is_gone(
    mirror_db: Database, follow: Follow, many: int
):
    master = Eventful()
    master.act(*range(1, 21))

    def payments(full: bool) -> int:
        (stream,) = source(master, streams=[STREAM]).activities
        return follow(stream, full=full).figures.gone

    payments(full=False)
    for number in range(1, many + 1):
        master.drop(STREAM, number)

    assert payments(full=True) == many

    table = TABLES[STREAM].c
    with mirror_db.reading() as connection:
        assert set(connection.scalars(select(table.external_id))) == names(many + 1, 20)
        due = charge_total.c.basis == "due"
        summed = select(func.sum(charge_total.c.charges), func.sum(charge_total.c.amount))
        counted = connection.execute(summed.where(due)).one()
    amounts = sum(10_000 + 100 * number for number in range(many + 1, 21))
    assert tuple(counted) == (20 - many, amounts)


@many
def test_everybody_made_just_before_a_sweep_stays(mirror_db: Database, follow: Follow, many: int):
    master = Master(*(record(n, updated_at=at(0)) for n in range(1, 60)))
    master.now = BEGIN + timedelta(hours=1)
    master.put(*(record(n, updated_at=at(3_590)) for n in range(1, many + 1)))
    follow(source(master))
    for one in range(1, many + 1):
        del master.records[one]

    assert follow(source(master), full=True).figures.gone == 0

    assert set(versions(mirror_db)) == names(1, 59)


@many
def test_everything_in_quarantine_is_read_again(
    mirror_db: Database, follow: Follow, data_dir: Path, many: int
):
    # So few on each page, and of everybody, never mean that the map is wrong.
    broken = (record(n, name=True, called="Ana") for n in range(1, many + 1))
    master = Master(*broken, *(record(n) for n in range(50, 60)), size=4)
    follow(source(master))
    assert set(refused(mirror_db)) == names(1, many)

    with lease(mirror_db, data_dir) as fence:
        done = refresh.replay(mirror_db, source(master, map={"name": "called"}), fence)

    assert (done.tried, done.written, done.remain) == (many, many, 0)
    assert refused(mirror_db) == {}
    assert set(versions(mirror_db)) == names(1, many) | names(50, 59)


@pytest.mark.parametrize("many", [0, 1, SLICE, SLICE + 1, 2 * SLICE + 2])
def test_everybody_who_may_lose_a_field_is_written(
    mirror_db: Database, follow: Follow, data_dir: Path, many: int
):
    master = documented(40)
    follow(source(master))
    lose(master, 30, cpf=None)
    follow(source(master))
    assert set(refused(mirror_db)) == names(1, 30)
    assert release(mirror_db, "loja")

    with lease(mirror_db, data_dir) as fence:
        let_go(mirror_db, source(master), fence, names(1, many))

    assert without_documents(mirror_db) == many
    assert set(refused(mirror_db)) == names(many + 1, 30)
    assert {name for name, told in versions(mirror_db).items() if told == 2} == names(1, many)


@many
def test_hints_are_looked_into_so_many_at_a_time_and_the_rest_wait(
    mirror_db: Database, follow: Follow, data_dir: Path, many: int
):
    master = Single(*(record(number) for number in range(1, 11)))
    follow(source(master))
    master.put(*(record(number, 2) for number in range(1, 11)))
    left = [str(number) for number in range(1, many + 1)]
    looked = 0
    while left:
        with lease(mirror_db, data_dir) as fence:
            rest = look_into(mirror_db, source(master), fence, left)
        assert rest == left[SLICE:]
        looked += len(left) - len(rest)
        fresh = {name for name, version in versions(mirror_db).items() if version == 2}
        assert fresh == names(1, looked)
        left = rest
    assert looked == many


@pytest.mark.parametrize("many", [1, SLICE, SLICE + 1, 2 * SLICE + 2])
def test_everything_written_is_acknowledged_so_many_at_a_time(
    mirror_db: Database, follow: Follow, many: int
):
    with Sell().running() as account:
        account.put(*(contact(number) for number in range(1, many + 1)))
        assert follow(sell_source(account)).ok
        acks = [
            [key.split("-")[1] for key in body["data"]["ack_keys"]]
            for _, path, body in account.asked
            if path.endswith("/ack")
        ]
    assert set(versions(mirror_db)) == names(1, many)
    assert sorted(key for part in acks for key in part) == sorted(names(1, many))
    assert all(0 < len(part) <= SLICE for part in acks)


@many
def test_a_proof_of_sameness_meets_everybody(mirror_db: Database, follow: Follow, many: int):
    master = crowd(many)
    follow(source(master))
    assert (prove(mirror_db, source(master)).mirrored, prove(mirror_db, source(master)).same) == (
        many,
        True,
    )
    if many:
        master.put(record(many, 2, name="Outra"))
        assert prove(mirror_db, source(master)).suspects == [str(many)]


@many
@pytest.mark.parametrize("encoding", ["", "gzip"])
def test_a_body_is_the_whole_of_what_came_in_pieces(many: int, encoding: str):
    sent = b"corpo do cliente"[:many]
    wire = gzip.compress(sent) if encoding else sent
    pieces = [wire[start : start + SLICE] for start in range(0, len(wire), SLICE)]
    assert body_of(pieces, encoding, 1_000) == sent
    with pytest.raises(TooLarge):
        body_of([*pieces, b"x" * 1_001], "", 1_000)


TRIED: tuple[Callable[..., object], ...] = (
    *(refresh.look_into, reconcile.settle, reconcile._believed, refresh.let_go, refresh._replay),
    *(queue.Queue.confirm, body_of),
)
"""Everything of the connector that works in slices: each has a test here."""


def test_nothing_else_of_the_connector_works_in_slices():
    assert not untried(connector, TRIED), "has no test here"
