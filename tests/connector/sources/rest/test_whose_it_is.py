"""Whose an activity is, is read also where the record as a whole cannot be."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from connector.mapping.values import Refused
from connector.page_reader import PageReader
from connector.sources import Head, Page
from mirror.store.engine import Database
from mirror.writing import BY_NAME

AT = datetime(2024, 5, 1, tzinfo=UTC)


def refuse(*_: Any) -> Any:
    raise Refused("amount", "negative_amount")


def whose(record: dict[str, Any]) -> str | None:
    if record.get("customer") == "wrong":
        raise Refused("customer", "not_an_id")
    return record.get("customer")


def read(db: Database, raw: bytes, whole: bytes, stream: str = "orders") -> str | None:
    """The customer of the refusal of a record that a list shows a part of."""
    source: Any = SimpleNamespace(
        name="loja",
        fingerprint=b"map1",
        detailed=True,
        reads_ahead=False,
        weigh=None,
        head=lambda raw, at: Head("1", 1, AT, None),
        whole=lambda raw, head: whole,
        translate=refuse,
        whose=whose,
    )
    reading, _ = PageReader(source, db, {}, BY_NAME[stream]).read(Page([raw], AT, stream=stream))
    (refusal,) = reading.refusals
    return refusal.customer


@pytest.mark.parametrize(
    ("whole", "found"),
    [
        (b'{"customer":"C-1"}', "C-1"),
        (b'{"customer":"wrong"}', None),
        (b'{"customer":"C-1","customer":"C-2"}', None),
        (b'["C-1"]', None),
        (b"{}", None),
    ],
)
def test_it_is_read_from_all_that_the_master_has_of_it(
    mirror_db: Database, whole: bytes, found: str | None
):
    assert read(mirror_db, b'{"id":1}', whole) == found


def test_a_customer_is_nobody_s(mirror_db: Database):
    raw = b'{"customer":"C-1"}'
    assert read(mirror_db, raw, raw, "customers") is None
