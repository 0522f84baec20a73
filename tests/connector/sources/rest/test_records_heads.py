"""The head of a record: whose it is, how new, when; read without reading the rest."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from connector.mapping.values import Refused
from connector.sources import Head
from mirror.records import UNDATED
from tests.fakes.master import Master, encode, record, source

AT = datetime(2026, 11, 22, 12, tzinfo=UTC)

COUNTED = source(Master())
TIMED = source(Master(), stream={"records": {"version": None}})


def test_a_head_has_id_version_and_instant():
    head = COUNTED.head(encode(record(7, 3, updated_at="2026-11-22T10:00:00.5-03:00")), AT)
    assert (head.external_id, head.version) == ("7", 3)
    assert head.instant == datetime(2026, 11, 22, 13, 0, 0, 500_000, tzinfo=UTC)
    assert head.stamp == "2026-11-22T10:00:00.5-03:00"
    assert COUNTED.counter
    assert not TIMED.counter


@pytest.mark.parametrize(
    ("value", "kept"), [(7, "7"), ("A1", "A1"), ("a1", "a1"), ("x.y_z:1-2", "x.y_z:1-2"), (0, "0")]
)
def test_an_id_is_kept_character_by_character(value: object, kept: str):
    assert COUNTED.head(encode(record(1) | {"id": value}), AT).external_id == kept


@pytest.mark.parametrize(
    ("value", "rule"),
    [
        (None, "missing"),
        ("", "missing"),
        ("   ", "missing"),
        (False, "missing"),
        (True, "not_an_id"),
        (1.5, "not_an_id"),
        ([], "not_an_id"),
        ({}, "not_an_id"),
        ("../../etc/passwd", "not_an_id"),
        ("a\0b", "not_an_id"),
        ("x" * 65, "not_an_id"),
        ("7\n8", "not_an_id"),
        (10**64, "not_an_id"),
    ],
)
def test_what_is_no_id_is_refused(value: object, rule: str):
    raw = (
        encode(record(1) | {"id": str(value)})
        if value == 10**64
        else encode(record(1) | {"id": value})
    )
    with pytest.raises(Refused, match=f"^id: {rule}$"):
        COUNTED.head(raw, AT)


def test_a_missing_id_is_missing():
    with pytest.raises(Refused, match=r"^id: missing$"):
        COUNTED.head(b'{"v":1}', AT)


@pytest.mark.parametrize("value", [None, "1a", "-1", 1.0, True, -1, [], 2**63])
def test_what_is_no_counter_is_refused_with_whose_record_it_is(value: object):
    with pytest.raises(Refused, match="version: not_a_counter") as refusal:
        COUNTED.head(encode(record(7) | {"v": value}), AT)
    assert refusal.value.external_id == "7"


@pytest.mark.parametrize(
    "value",
    [
        "yesterday",
        "31/02/2025 25:61",
        "2026-02-30T00:00:00Z",
        "2026-06-30T23:59:60Z",
        "2026-06-30T24:00:01Z",
        "1764000000000",
        1764000000000,
        -1,
        1764000000.5,
        True,
        "9999-12-31T23:59:59-03:00",
        "٢٠٢٦-٠١-٠١T00:00:00Z",
        "20260101T000000Z",
        "2026-W01-1",
    ],
)
def test_what_is_no_instant_costs_the_stamp_and_not_the_record(value: object):
    head = COUNTED.head(encode(record(7) | {"updated_at": value}), AT)
    assert (head.external_id, head.version) == ("7", record(7)["v"])
    assert (head.instant, head.stamp, head.doubt) == (None, None, "unreadable")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2026-11-22T00:00:00", "2026-11-22T03:00:00+00:00"),  # naive: the master's local time
        ("2018-11-04T00:30:00", "2018-11-04T03:30:00+00:00"),  # within the hour summer time skips
        ("2018-11-03T00:30:00", "2018-11-03T03:30:00+00:00"),
        ("2018-12-01T00:30:00", "2018-12-01T02:30:00+00:00"),  # summer time
        ("2026-11-22t00:00:00z", "2026-11-22T00:00:00+00:00"),
        ("2026-11-22 00:00:00Z", "2026-11-22T00:00:00+00:00"),
        ("2026-11-22T00:00:00Z ", "2026-11-22T00:00:00+00:00"),
        ("2026-11-22T00:00:00.1234567Z", "2026-11-22T00:00:00.123456+00:00"),
        ("2026-11-22", "2026-11-22T03:00:00+00:00"),
        ("2026-11-22T00:00:00+14:00", "2026-11-21T10:00:00+00:00"),
    ],
)
def test_instants_are_read_by_one_rule(written: str, meant: str):
    head = COUNTED.head(encode(record(1, updated_at=written)), AT)
    assert head.instant.isoformat() == meant
    assert head.stamp == written


def test_without_a_counter_the_instant_in_microseconds_is_the_version():
    head = TIMED.head(encode(record(1, updated_at="2026-11-22T00:00:00.000001Z")), AT)
    assert head.version == 1_795_305_600_000_001


@given(
    st.datetimes(datetime(1, 1, 3), datetime(2026, 11, 1), timezones=st.just(UTC)),
    st.integers(1, 10**9),
)
@example(datetime(2026, 10, 31, 23, 59, 59, tzinfo=UTC), 1)
def test_a_later_instant_is_a_higher_version(earlier: datetime, microseconds: int):
    later = earlier + timedelta(microseconds=microseconds)

    def version(at: datetime) -> int:
        return TIMED.head(encode(record(1, updated_at=at.isoformat())), AT).version

    assert version(later) - version(earlier) == (later - earlier) // timedelta(microseconds=1)


@pytest.mark.parametrize("raw", [b"[]", b"1", b'"x"', b"null", b"{", b"", b'{"id":' + b"[" * 5_000])
def test_what_is_no_object_is_refused(raw: bytes):
    with pytest.raises(Refused, match="record: not_an_object"):
        COUNTED.head(raw, AT)


def test_a_record_is_translated_with_its_head():
    head = COUNTED.head(encode(record(7, 3)), AT)
    values: dict[str, Any] = record(7, 3)
    customer = COUNTED.translate(values, head, "customers")
    assert (customer.external_id, customer.version) == ("7", 3)
    assert customer.updated_at == head.instant


def test_without_a_counter_a_stamp_of_the_future_is_none():
    ahead = AT + timedelta(hours=23)
    assert TIMED.head(encode(record(1, updated_at=ahead.isoformat())), AT).instant == ahead
    head = TIMED.head(encode(record(7, updated_at="2099-12-31T00:00:00Z")), AT)
    assert head == Head("7", UNDATED, None, None, "future")
    head = COUNTED.head(encode(record(7, updated_at="2099-12-31T00:00:00Z")), AT)
    assert head == Head("7", 1, None, None, "future")


@pytest.mark.parametrize("nothing", [None, "", [], "null", "0000-00-00 00:00:00", False])
def test_a_record_without_a_date_has_a_head(nothing: object):
    raw = encode(record(7) | {"updated_at": nothing})
    assert TIMED.head(raw, AT) == Head("7", UNDATED, None, None, "undated")
    assert COUNTED.head(raw, AT) == Head("7", 1, None, None, "undated")
