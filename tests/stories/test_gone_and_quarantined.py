"""Who is gone leaves in quarantine lines without their bytes; of whom nobody knows, for a month."""

from typing import Any

import pytest
from sqlalchemy import select

from connector.refresh import Replay, replay
from connector.sources.rest import RestSource
from mirror.records import STREAMS
from mirror.store.lease import lease
from mirror.store.tables import quarantine
from mirror.writing.customers import remove
from tests.fakes.looking import refused, times_refused
from tests.fakes.omni_master import Omni, Told, customer, done, source
from tests.fakes.stage import Stage

pytestmark = pytest.mark.engines

ANA, BIA = 73, 1
NOBODY = "not anybody's id"
WRONG: dict[str, dict[str, Any]] = {
    "orders": {"type": "pedido", "status": "entregue", "total": -1},
    "payments": {"status": "paga", "amount": -1, "description": "Fatura da Ana"},
    "deals": {"status": "perdido", "amount": -1, "title": "Festa da Ana"},
    "visits": {"page": "/minha-conta", "visited_at": "0000-00-00"},
}


@pytest.fixture
def made(omni: Omni) -> RestSource:
    return source(omni)


def wrong(stage: Stage, number: int, whose: Any, v: int = 1) -> list[Told]:
    """One of each stream that cannot be read."""
    stamp = stage.clock.stamp()
    return [
        (name, done(number + place, whose, stamp, v, **WRONG[name]))
        for place, name in enumerate(STREAMS, 1)
    ]


def kept(stage: Stage) -> dict[str, bool]:
    """By subject, whether what the master sent of it is still there."""
    with stage.mirror.reading() as connection:
        rows = connection.execute(select(quarantine.c.subject, quarantine.c.raw)).all()
    return {row.subject: row.raw != b"" for row in rows}


def of(number: int, is_kept: bool) -> dict[str, bool]:
    return {str(number + place): is_kept for place in range(1, len(STREAMS) + 1)}


def begin(stage: Stage, omni: Omni, made: RestSource) -> None:
    """Ana and Bia did things that cannot be read, and so did somebody."""
    stamp = stage.clock.stamp()
    omni.put(("customers", customer(ANA, stamp)), ("customers", customer(BIA, stamp)))
    stage.sync(made)  # of a first list that is nothing but wrong, it is the map that is wrong
    omni.put(*wrong(stage, 10, ANA), *wrong(stage, 20, BIA), *wrong(stage, 30, NOBODY))
    # So bad that not even its version can be read.
    omni.put(("orders", done(40, ANA, stamp, v="x", **WRONG["orders"])))
    stage.sync(made)
    assert kept(stage) == of(10, True) | of(20, True) | of(30, True) | {"40": True}


def ana_goes(stage: Stage, omni: Omni, made: RestSource) -> None:
    omni.drop("customers", ANA)
    stage.clock.move(hours=1)
    stage.sync(made, full=True)


def test_the_bytes_of_who_is_gone_go_and_the_lines_stay(
    stage: Stage, omni: Omni, made: RestSource
) -> None:
    begin(stage, omni, made)
    before = refused(stage.mirror), times_refused(stage.mirror)
    ana_goes(stage, omni, made)

    erased = of(10, False) | {"40": False}
    assert kept(stage) == erased | of(20, True) | of(30, True)
    assert (refused(stage.mirror), times_refused(stage.mirror)) == before
    with lease(stage.mirror, stage.data_dir) as fence:
        assert replay(stage.mirror, made, fence) == Replay(tried=8, written=0, remain=13)

    stage.clock.move(hours=1)
    omni.put(*wrong(stage, 10, ANA, v=2), *wrong(stage, 50, ANA))
    stage.sync(made)
    assert kept(stage) == erased | of(20, True) | of(30, True) | of(50, False)


def test_the_bytes_go_in_the_transaction_that_erases_the_customer(
    stage: Stage, omni: Omni, made: RestSource
) -> None:
    begin(stage, omni, made)
    stage.clock.move(hours=1)  # an order of Bia's turns out to be Ana's, and a deal of Ana's Bia's
    moved = wrong(stage, 20, ANA, v=2)[0], wrong(stage, 10, BIA, v=2)[2]
    omni.put(*moved)
    stage.sync(made)
    with stage.mirror.engine.connect() as plain:
        connection = plain.execution_options(writing=True)
        with connection.begin() as transaction:
            remove(connection, made.name, [str(ANA)], "sweep")
            left = select(quarantine.c.subject).where(quarantine.c.raw == b"")
            assert set(connection.scalars(left)) == {"11", "12", "14", "21", "40"}
            transaction.rollback()
    assert all(kept(stage).values())


def test_what_names_nobody_who_is_here_loses_its_bytes_after_thirty_days(
    stage: Stage, omni: Omni, made: RestSource
) -> None:
    begin(stage, omni, made)
    omni.put(*wrong(stage, 60, 999))  # who never came
    stage.sync(made)
    stage.clock.move(days=30)
    stage.sync(made, full=True)
    assert all(kept(stage).values())

    stage.clock.move(minutes=1)
    stage.sync(made)
    theirs = of(10, True) | of(20, True) | {"40": True}
    assert kept(stage) == theirs | of(30, False) | of(60, False)
    stage.sync(made, full=True)
    assert kept(stage) == theirs | of(30, False) | of(60, False), "not sealed again"


def test_a_contradiction_is_its_customer_s(stage: Stage, omni: Omni, made: RestSource) -> None:
    stamp = stage.clock.stamp()
    good = {"type": "pedido", "status": "entregue", "placed_at": "2024-05-01T10:00:00-03:00"}
    omni.put(("customers", customer(ANA, stamp)), ("customers", customer(BIA, stamp)))
    omni.put(("orders", done(1, ANA, stamp, total=5, **good)))
    stage.sync(made)
    omni.put(("orders", done(1, ANA, stamp, total=6, **good)))
    stage.sync(made)
    assert kept(stage) == {"1": True}
    with stage.mirror.writing() as connection:
        remove(connection, made.name, [str(ANA)], "master")
    assert kept(stage) == {"1": False}
