"""Addresses of next pages that lie beside the list, and ends told in headers."""

import msgspec
import pytest

from connector.http import OriginRefused, Request
from connector.sources.rest.envelope import at_home
from connector.sources.rest.paging import Place
from connector.sources.rest.request import question
from connector.sources.source_file import Paging, Stream
from tests.connector.sources.rest.test_paging import Rows, envelope, listed

STREAM = msgspec.convert(
    {"path": "/b1s/v1/Partners", "records": {"path": "value", "id": "Code"}}, Stream
)

PREFERRING = msgspec.structs.replace(STREAM, headers={"Prefer": "odata.maxpagesize={size}"})


def asked(address: str) -> Request:
    return question(STREAM, Place(address=address), None, {}, {})[0]


@pytest.mark.parametrize("base", ["https://master.example", "https://master.example/erp"])
def test_an_address_beside_the_list_is_read_from_where_the_list_lies(base: str):
    link = at_home("Partners?$skip=20&$filter=Type eq 'c'", [], "loja", base)
    assert asked(link).path == "/b1s/v1/Partners?$skip=20&$filter=Type eq 'c'"


def test_a_whole_address_stays_whole():
    link = at_home("/b1s/v1/Partners?$skip=20", [], "loja", "https://master.example")
    assert asked(link).path == "https://master.example/b1s/v1/Partners?$skip=20"


@pytest.mark.parametrize(
    "link",
    ["../Users", "a/../../Users", "javascript:x", "https:Partners", "a\\b", "?page=2"],
)
def test_what_only_looks_as_if_it_lay_beside_is_refused(link: str):
    with pytest.raises(OriginRefused):
        at_home(link, [], "loja", "https://master.example/b1s")


@pytest.mark.parametrize(
    ("rule", "pages"), [("total_pages:header:X-Pages", 4), ("total:header:X-Total", 4)]
)
def test_the_end_may_be_told_in_a_header(rule: str, pages: int):
    rows = Rows(6)
    headers = {"x-pages": "3", "x-total": "6"}

    def ask(place: Place) -> object:
        return msgspec.structs.replace(rows(place), headers=headers)

    assert listed(ask, kind="page", size=2, stop=[rule, "empty"]) == rows.ids
    assert len(rows.asked) == pages


@pytest.mark.parametrize("told", ["", "three", "-3", "3.0", "\u0663", "9" * 30])
def test_a_header_without_a_number_says_nothing(told: str):
    rows = Rows(6)

    def ask(place: Place) -> object:
        return msgspec.structs.replace(rows(place), headers={"x-pages": told})

    stop = ["total_pages:header:X-Pages", "empty"]
    assert listed(ask, kind="page", size=2, stop=stop) == rows.ids
    assert len(rows.asked) == 4
    assert msgspec.convert({"kind": "page", "stop": stop}, Paging).stop == stop


def test_a_next_address_is_asked_for_with_the_same_headers():
    told = []

    def ask(place: Place) -> object:
        told.append(question(PREFERRING, place, None, {}, {})[0].headers)
        return envelope([len(told)], next="Partners?$skip=2" if len(told) == 1 else None)

    assert listed(ask, **{"kind": "next", "from": "body:next", "size": 2}) == [1, 2]
    assert told == [{"Prefer": "odata.maxpagesize=2"}] * 2
