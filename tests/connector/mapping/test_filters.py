"""Filters of maps: each does one thing to a value, and passes what it cannot read."""

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from connector.mapping.filters import BadFilter, filter_of

ZONE = ZoneInfo("America/Sao_Paulo")


def filtered(text: str, value: Any, **lookups: dict[str, Any]) -> Any:
    return filter_of(text, ZONE, lookups)(value)


@pytest.mark.parametrize(
    ("text", "value", "read"),
    [
        ("trim", "  a b ", "a b"),
        ("trim", "   ", None),
        ("lower", "ANA@X", "ana@x"),
        ("digits", "(11) 3842-6671", "1138426671"),
        ("digits", 1138426671, "1138426671"),
        ("digits", "não tem", None),
        ("ltrim0", "011", "11"),
        ("ltrim0", "000", None),
        ("cep", 1310100, "01310100"),
        ("cep", "01310-100", "01310-100"),
        ("decimal", "1.234,56", "1234.56"),
        ("decimal", "1234.56", "1234.56"),
        ("decimal", 12.5, 12.5),
        ("cents", 123_450, "1234.50"),
        ("cents", "5", "0.05"),
        ("cents", -1.0, "-0.010"),
        ("cents", "R$ 5", "R$ 5"),
        ("cents", True, True),
        ("bool", "S", True),
        ("bool", "não", False),
        ("bool", 1, True),
        ("bool", "talvez", "talvez"),
        ("map S=PF N=PJ", "S", "PF"),
        ("map true=PF false=PJ", False, "PJ"),
        ("map 1=PJ 2=PF", 2, "PF"),
        ("map S=PF", "?", None),
        ("odata_date", "/Date(1700000000000)/", "2023-11-14T22:13:20+00:00"),
        ("odata_date", "/Date(1700000000000+0000)/", "2023-11-14T22:13:20+00:00"),
        ("odata_date", "2023-11-14", "2023-11-14"),
        ("epoch", 1793538000, "2026-11-01T13:00:00+00:00"),
        ("epoch", "1793538000", "2026-11-01T13:00:00+00:00"),
        ("epoch", 1793538000.25, "2026-11-01T13:00:00.250000+00:00"),
        ("epoch", -86400, "1969-12-31T00:00:00+00:00"),
        ("epoch_ms", 1793538000123, "2026-11-01T13:00:00.123000+00:00"),
        ("epoch_ms", "1793538000123", "2026-11-01T13:00:00.123000+00:00"),
        ("epoch", 0, None),
        ("epoch", "2026-11-01", "2026-11-01"),
        ("epoch", 10**15, 10**15),
        ("epoch", True, True),
        ("date %d/%m/%Y", "31/12/1990", "1990-12-31"),
        ("date %d/%m/%Y", "31/02/1990", "31/02/1990"),
        ("datetime %d/%m/%Y %H:%M:%S", "02/03/2026 11:58:00", "2026-03-02T11:58:00-03:00"),
        ("datetime %d/%m/%Y", "soon", "soon"),
        ("split ;", "a@x; b@x", ["a@x", "b@x"]),
        (
            "html",
            "<p>Paga <b>dia&nbsp;5</b> &amp; avisa</p><p><br>1 < 2</p>",
            "Paga dia 5 & avisa\n1 < 2",
        ),
        ("html", "<p><br></p>", None),
        ("html", 7, 7),
        ("without BR", "BR11222333000181", "11222333000181"),
        ("without BR", "12ABC34501DE35", "12ABC34501DE35"),
        ("without BR", 7, 7),
        ("except 0 -1", -1, None),
        ("except 0 -1", "0", None),
        ("except 0 -1", 10, 10),
        ("split ;", 7, 7),
        ("split ;", ["a; b", None, "c"], ["a", "b", None, "c"]),
        ("split '|'", "a|b", ["a", "b"]),
        ("first", ["", None, "b"], "b"),
        ("first", "a", "a"),
        ("first", [False, "N/A", {}, 0], 0),
        ("join ,", ["a", False, "null", 0], "a,0"),
        ("first", [], None),
        ("join ,", ["a", None, "b", ""], "a,b"),
        ("join", ["a", "b"], "a b"),
        ("const Empresa", None, "Empresa"),
        ("lower", None, None),
        ("lower", ["A", None], ["a", None]),
        ("lower", {"a": 1}, {"a": 1}),
    ],
)
def test_a_filter_does_one_thing(text: str, value: Any, read: Any):
    assert filtered(text, value) == read


def test_a_lookup_says_what_an_id_means_and_shows_an_unknown_one():
    status = {"10003458": "Prospecção"}
    assert filtered("lookup status", 10003458, status=status) == "Prospecção"
    assert filtered("lookup status", 7, status=status) == 7


def test_a_lookup_read_again_is_seen_by_who_holds_it():
    status: dict[str, Any] = {}
    read = filter_of("lookup status", ZONE, {"status": status})
    assert read(1) == 1
    status["1"] = "Ativo"
    assert read(1) == "Ativo"


@pytest.mark.parametrize(
    "text", ["upper", "", "map", "map x", "except", "without", "split", "lookup types", "date"]
)
def test_what_is_no_filter_is_told(text: str):
    with pytest.raises(BadFilter):
        filter_of(text, ZONE, {"status": {}})
