"""Bar codes, typed lines and Pix texts, against published examples and rules."""

from binascii import crc_hqx
from datetime import date

import pytest

from connector.sandbox.documents import _modulo_11, barcode, pix, typed_line

EPOCH = date(1970, 1, 1)
EXAMPLE = "00193373700000001000500940144816060680935031"
"""Banco do Brasil's own example."""


def test_the_line_people_type_is_the_published_one():
    assert typed_line(EXAMPLE) == "00190.50095 40144.816069 06809.350314 3 37370000000100"
    assert _modulo_11(EXAMPLE[:4] + EXAMPLE[5:]) == EXAMPLE[4]


@pytest.mark.parametrize(
    ("due", "factor"),
    [
        (date(2000, 7, 3), "1000"),
        (date(2025, 2, 21), "9999"),
        (date(2025, 2, 22), "1000"),
        (date(2026, 11, 22), "1638"),
    ],
)
def test_a_bar_code_holds_due_date_and_amount(due, factor):
    bars = barcode(1_000_010_000_021, (due - EPOCH).days, 123_456)
    assert (len(bars), bars[:4], bars[5:9], bars[9:19]) == (44, "0019", factor, "0000123456")
    assert int(bars[19:]) == 1_000_010_000_021


def test_a_pix_text_says_the_length_of_each_part_and_ends_in_its_checksum():
    text = pix(1_000_010_000_021, 123_456)
    fields, rest = {}, text
    while rest:
        size = int(rest[2:4])
        fields[rest[:2]], rest = rest[4 : 4 + size], rest[4 + size :]
    assert list(fields) == ["00", "26", "52", "53", "54", "58", "59", "60", "62", "63"]
    assert (fields["54"], fields["62"]) == ("1234.56", "0516ESP1000010000021")
    assert int(fields["63"], 16) == crc_hqx(text[:-4].encode(), 0xFFFF)
