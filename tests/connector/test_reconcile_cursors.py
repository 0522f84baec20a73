"""Sweeps and cursors against masters that are broken, small, disordered or wrong about the time."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from config.assemble import preset
from connector.http import Unreachable
from connector.http.client import Fetcher, Limits
from connector.sources import Page
from connector.sources.checks import definition
from connector.sources.rest import RestSource
from connector.sync import run
from mirror.reading.listing import Filters, counts
from mirror.store.engine import Database
from mirror.store.lease import lease
from mirror.store.progress import Figures, load_checkpoint, save_checkpoint
from mirror.writing.holds import release

pytestmark = pytest.mark.engines


class Master(RestSource):
    """The omni dialect with its pages handed over instead of fetched."""

    def __init__(self, *records: dict[str, Any]) -> None:
        fetcher: Any = Fetcher("http://127.0.0.1:9", {}, Limits())
        super().__init__("loja", definition(preset("omni"), "loja"), fetcher)
        self.records = list(records)
        self.at = datetime.now(UTC)
        self.breaks_after: int | None = None

    def pages(self, cursor: str | None) -> Iterator[Page]:
        since = self.instant_of(cursor) if cursor else None
        wanted = [one for one in self.records if since is None or _instant(one) >= since]
        size = 1 if self.breaks_after else max(1, len(wanted))
        for start in range(0, max(1, len(wanted)), size):
            if start == self.breaks_after:
                raise Unreachable("the master broke off")
            yield Page([msgspec.json.encode(one) for one in wanted[start : start + size]], self.at)


def _instant(record: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(record["updated_at"])


def customer(number: int, **changes: Any) -> dict[str, Any]:
    return {
        "id": number,
        "v": 1,
        "updated_at": "2026-10-01T10:00:00-03:00",
        "name": "Ana",
    } | changes


def sweep(db: Database, data_dir: Path, master: Master) -> Figures:
    with lease(db, data_dir) as fence:
        return run(db, master, fence, full=True).figures


@pytest.mark.parametrize(
    "broken",
    [{"updated_at": "ontem"}, {"v": "dois"}, {"name": True}, {"updated_at": None}],
    ids=lambda one: next(iter(one)),
)
def test_a_broken_record_is_still_there(
    mirror_db: Database, data_dir: Path, broken: dict[str, Any]
) -> None:
    master = Master(*(customer(number) for number in range(1, 101)))
    sweep(mirror_db, data_dir, master)

    master.records[4] |= broken
    figures = sweep(mirror_db, data_dir, master)

    assert (figures.gone, figures.quarantined) == (0, 1)


def test_a_few_that_are_gone_are_removed(mirror_db: Database, data_dir: Path) -> None:
    master = Master(*(customer(number) for number in range(1, 101)))
    sweep(mirror_db, data_dir, master)

    del master.records[:3]

    assert sweep(mirror_db, data_dir, master).gone == 3


def test_a_small_master_that_is_suddenly_empty_is_held(mirror_db: Database, data_dir: Path) -> None:
    master = Master(*(customer(number) for number in range(1, 11)))
    sweep(mirror_db, data_dir, master)

    master.records.clear()
    figures = sweep(mirror_db, data_dir, master)

    assert (figures.gone, figures.held) == (0, 10)


def test_a_small_master_that_lost_half_is_held(mirror_db: Database, data_dir: Path) -> None:
    master = Master(*(customer(number) for number in range(1, 41)))
    sweep(mirror_db, data_dir, master)

    del master.records[:21]

    assert sweep(mirror_db, data_dir, master).held == 21


def test_a_release_lets_go_of_those_shown_and_nobody_else(
    mirror_db: Database, data_dir: Path
) -> None:
    everybody = [customer(number) for number in range(1, 201)]
    master = Master(*everybody)
    sweep(mirror_db, data_dir, master)
    master.records = everybody[:100]
    assert sweep(mirror_db, data_dir, master).held == 100
    assert release(mirror_db, "loja")

    master.records = everybody[100:]  # now the others are missing
    assert sweep(mirror_db, data_dir, master).gone == 0

    master.records = everybody[:100]
    sweep(mirror_db, data_dir, master)
    assert release(mirror_db, "loja")
    assert sweep(mirror_db, data_dir, master).gone == 100


def test_a_sweep_mends_a_cursor_that_a_wrong_clock_pushed_ahead(
    mirror_db: Database, data_dir: Path
) -> None:
    master = Master(customer(1))
    sweep(mirror_db, data_dir, master)
    with mirror_db.writing() as connection:
        point = load_checkpoint(connection, "loja")
        point.cursor = "2031-01-01T00:00:00Z"
        save_checkpoint(connection, point)

    sweep(mirror_db, data_dir, master)

    with mirror_db.reading() as connection:
        assert load_checkpoint(connection, "loja").cursor == "2026-10-01T10:00:00-03:00"


def test_a_clock_ahead_at_the_master_does_not_push_the_cursor(
    mirror_db: Database, data_dir: Path
) -> None:
    ahead = (datetime.now(UTC) + timedelta(days=365)).isoformat()
    master = Master(customer(1), customer(2, updated_at=ahead))
    master.at = datetime.now(UTC) + timedelta(days=365)

    sweep(mirror_db, data_dir, master)

    with mirror_db.reading() as connection:
        assert load_checkpoint(connection, "loja").cursor == "2026-10-01T10:00:00-03:00"


def test_a_master_that_lists_newest_first_loses_nobody_when_it_breaks_off(
    mirror_db: Database, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connector.sync._BATCH_RECORDS", 1)
    listed = [customer(n, updated_at=f"2026-10-{31 - n:02}T10:00:00-03:00") for n in range(1, 21)]
    master = Master(*listed)
    master.breaks_after = 10

    sweep(mirror_db, data_dir, master)

    master.breaks_after = None
    with lease(mirror_db, data_dir) as fence:
        run(mirror_db, master, fence)
    assert counts(mirror_db, Filters("PF")) == 20
