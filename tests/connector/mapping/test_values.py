"""One value at a time: read, normalised, or refused by a named rule; never guessed."""

from datetime import UTC, date
from zoneinfo import ZoneInfo

import pytest

from connector.mapping import values
from connector.mapping.values import LONG, NOTES, SHORT, Refused

SAO_PAULO = ZoneInfo("America/Sao_Paulo")


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("Ana", "Ana"),
        ("", None),
        (None, None),
        ("null", None),
        ("N/A", None),
        ("Null", "Null"),
        (False, None),
        ([], None),
        ({}, None),
        ("one\ntwo", "one two"),
        ("\n", None),
        (4711, "4711"),
        (0, "0"),
        (-1, "-1"),
        (1.5, "1.5"),
        ("x" * SHORT, "x" * SHORT),
    ],
)
def test_a_text_is_one_line(value: object, read: str | None):
    assert values.text(value, "name") == read
    assert values.lines([("name", "k")])({"k": value}, []) == ({"name": read} if read else {})


@pytest.mark.parametrize("value", [True, [True], {"first": "Ana", "last": "Sá"}])
def test_what_is_no_text_is_refused_and_not_written_out(value: object):
    with pytest.raises(Refused, match=r"^name: not_text$"):
        values.text(value, "name")
    with pytest.raises(Refused, match=r"^name: not_text$"):
        values.lines([("name", "k")])({"k": value}, [])
    flags: list[str] = []
    assert values.notes(value, "notes", flags) is None
    assert values.lines([("name", "k")], "home")({"k": value}, flags) == {}
    assert flags == ["notes_invalid", "home_invalid"]


def test_a_text_too_long_is_refused_and_cut_only_where_a_flag_says_so():
    for most in (SHORT, LONG):
        assert values.text("x" * most, "name", most)
        with pytest.raises(Refused, match=r"^name: too_long$"):
            values.text("x" * (most + 1), "name", most)
    flags: list[str] = []
    cut = values.lines([("street", "k")], "home")({"k": "x" * (SHORT + 1)}, flags)
    assert (cut, flags) == ({"street": "x" * SHORT}, ["home_too_long"])


def test_a_number_written_out_is_no_longer_than_a_text_may_be():
    with pytest.raises(Refused, match=r"^name: too_long$"):
        values.text(10**SHORT, "name")


def test_notes_keep_their_lines_up_to_their_own_length():
    flags: list[str] = []
    assert values.notes("one\ntwo", "notes", flags) == "one\ntwo"
    assert values.notes("one two\nthree", "notes", flags) == "one two\nthree"
    assert values.notes("", "notes", flags) is None
    assert values.notes(None, "notes", flags) is None
    assert values.notes("x" * NOTES, "notes", flags) == "x" * NOTES
    assert flags == []
    assert values.notes("x\n" * NOTES, "notes", flags) == "x\n" * (NOTES // 2 - 1) + "x"
    assert flags == ["notes_too_long"]


def test_a_refusal_names_field_and_rule_and_no_value():
    with pytest.raises(Refused) as refusal:
        values.text(["Maria"], "name")
    assert (refusal.value.field, refusal.value.rule) == ("name", "not_text")
    assert "Maria" not in str(refusal.value)


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("1990-05-23", date(1990, 5, 23)),
        ("1990-05-23T00:00:00", date(1990, 5, 23)),
        ("1990-05-23T02:00:00Z", date(1990, 5, 22)),
        ("1990-05-23T23:00:00-03:00", date(1990, 5, 23)),
        ("1990-05-23t12:00:00z", date(1990, 5, 23)),
        ("0001-01-01T03:06:28Z", date(1, 1, 1)),
        ("0001-01-01T00:00:00Z", None),
        ("9999-12-31T23:59:59+00:00", date(9999, 12, 31)),
        ("9999-12-31T23:59:59-23:00", None),
        ("0000-00-00", None),
        ("30/02/1990", None),
        ("30/05/1990", None),
        ("1990-02-30", None),
        ("1990-06-30T23:59:60Z", None),
        ("19900523", None),
        ("", None),
        ("tomorrow", None),
        ("١٩٩٠-٠٥-٢٣", None),
        (643420800000, None),
        (-1, None),
        (None, None),
        (True, None),
        ([], None),
        ({}, None),
    ],
)
def test_a_day_is_the_master_s_calendar_day_or_none(value: object, read: date | None):
    assert values.day(value, SAO_PAULO) == read


def test_an_instant_is_in_utc():
    read = values.instant("2026-11-22T10:00:00", "x", SAO_PAULO)
    assert (read.isoformat(), read.tzinfo) == ("2026-11-22T13:00:00+00:00", UTC)


@pytest.mark.parametrize(
    ("value", "read"),
    [
        (None, None),
        (0, 0),
        (1250, 1250),
        (-5, -5),
        (1250.0, 1250),
        ("1250", 1250),
        ("-5", -5),
        ("007", 7),
        (10**15 - 1, 10**15 - 1),
    ],
)
def test_a_whole_number_is_read_also_from_text(value: object, read: int | None):
    assert values.whole(value, "points") == read


@pytest.mark.parametrize(
    ("value", "rule"),
    [
        (1.5, "not_a_number"),
        ("", "not_a_number"),
        ("1.250", "not_a_number"),
        ("1e3", "not_a_number"),
        ("NaN", "not_a_number"),
        ("٧", "not_a_number"),
        ("1_000", "not_a_number"),
        (" 7", "not_a_number"),
        ("7\n", "not_a_number"),
        (True, "not_a_number"),
        ([], "not_a_number"),
        ("1" * 16, "not_a_number"),
        (10**15, "too_large"),
        (-(10**15), "too_large"),
        (1e300, "too_large"),
    ],
)
def test_what_is_no_whole_number_is_refused(value: object, rule: str):
    with pytest.raises(Refused, match=f"^points: {rule}$"):
        values.whole(value, "points")


def test_one_thing_counts_as_a_list_of_it():
    assert values.items(None) == []
    assert values.items(False) == []
    assert values.items("x") == ["x"]
    assert values.items([1, 2]) == [1, 2]
    assert values.items('[1, {"a": "b"}]') == [1, {"a": "b"}]
    assert values.items('{"a": 1}') == [{"a": 1}]
    for text in ("[1", "{3F2504E0-4F89-11D3-9A0C-0305E82C3301}", "[" * 100_000):
        assert values.items(text) == [text]


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ("C 0001", "C 0001"),
        ("C/001", "C/001"),
        ("C0002&F", "C0002&F"),
        ("Ção1", "Ção1"),
        ("{3F2504E0-4F89-11D3-9A0C-0305E82C3301}", "{3F2504E0-4F89-11D3-9A0C-0305E82C3301}"),
        ("gid://shopify/Customer/1", "gid://shopify/Customer/1"),
        ("VXNlcjox==", "VXNlcjox=="),
        ("fulano@exemplo.com.br", "fulano@exemplo.com.br"),
        (" 12 ", "12"),
        (12, "12"),
        (12.0, "12"),
        ("12.0", "12.0"),
        ("x" * 64, "x" * 64),
    ],
)
def test_an_id_is_a_line_of_any_letters(value: object, name: str):
    assert values.external_id(value) == name


@pytest.mark.parametrize(
    ("value", "rule"),
    [
        (None, "missing"),
        ("", "missing"),
        ("  ", "missing"),
        (False, "missing"),
        (".", "not_an_id"),
        ("..", "not_an_id"),
        ("x" * 65, "not_an_id"),
        ("../../etc/passwd", "not_an_id"),
        ("a/..", "not_an_id"),
        ("..\\a", "not_an_id"),
        ("a\0b", "not_an_id"),
        ("a\nb", "not_an_id"),
        ("a  b", "not_an_id"),
        ("a\u202eb", "not_an_id"),
        (12.5, "not_an_id"),
        (1e300, "not_an_id"),
        (True, "not_an_id"),
        ([1], "not_an_id"),
    ],
)
def test_what_is_no_id_is_refused(value: object, rule: str):
    with pytest.raises(Refused, match=f"^id: {rule}$"):
        values.external_id(value)
