"""A sweep never takes for gone whom the master still lists, however broken the record is."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from config.assemble import preset
from connector.fetch import Fetcher, Limits
from connector.sources.definition import definition
from connector.sources.page import Page
from connector.sources.rest import RestSource
from connector.sync import run
from mirror.database import Database
from mirror.lease import lease
from mirror.progress import Figures


class Master(RestSource):
    """The omni dialect with its pages handed over instead of fetched."""

    def __init__(self, *records: dict[str, Any]) -> None:
        fetcher = Fetcher("http://127.0.0.1:9", {}, Limits())
        super().__init__("loja", definition(preset("omni"), "loja"), fetcher)
        self.records = list(records)

    def pages(self, cursor: str | None) -> Iterator[Page]:
        yield Page([msgspec.json.encode(one) for one in self.records], datetime.now(UTC))


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
    [{"updated_at": "ontem"}, {"v": "dois"}, {"name": ["Ana"]}, {"updated_at": None}],
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
