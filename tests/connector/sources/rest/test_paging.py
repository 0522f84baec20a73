"""From page to page: by number, offset, address, token or key, each to its own kind of end."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from config.assemble import merged, preset
from connector.http.errors import BadAnswer, NoProgress, OriginRefused
from connector.sources.checks import definition
from connector.sources.rest.envelope import Envelope
from connector.sources.rest.paging import Place, walk
from connector.sources.source_file import BadDefinition, Paging

AT = datetime(2026, 11, 22, tzinfo=UTC)
BASE = "https://master.example/api"
STREAM = {"path": "/c", "records": {"path": "items", "id": "id", "stamp": "at"}}
encode = msgspec.json.encode


def envelope(ids: list[int], headers: dict[str, str] | None = None, **top: Any) -> Envelope:
    raws = [encode({"id": one}) for one in ids]
    return Envelope(raws, AT, tidy=True, body=encode(top), headers=headers or {})


class Rows:
    """Serves slices of so many rows, the way a page, an offset or a key asks for them."""

    def __init__(self, number: int, **top: Any) -> None:
        self.ids = list(range(1, number + 1))
        self.top = top
        self.asked: list[Place] = []

    def __call__(self, place: Place) -> Envelope:
        self.asked.append(place)
        asked = place.values
        size = asked["size"]
        start = asked.get("offset", (asked.get("page", 1) - 1) * size)
        if "key" in asked:
            start = asked["key"]
        return envelope(self.ids[start : start + size], **self.top)


def listed(rows: Any, **paging: Any) -> list[int]:
    made = msgspec.convert(paging, Paging)
    pages = list(walk(rows, made, "loja", BASE))
    return [msgspec.json.decode(raw)["id"] for page in pages for raw in page.records]


@pytest.mark.parametrize("number", [0, 1, 3, 4, 7, 9])
@pytest.mark.parametrize(
    "paging",
    [
        {"kind": "page", "stop": ["empty"]},
        {"kind": "page", "stop": ["short"]},
        {"kind": "offset", "stop": ["short"]},
        {"kind": "offset", "stop": ["empty"]},
        {"kind": "keyset", "key": "id"},
        {"kind": "keyset", "key": "id", "stop": ["short"]},
    ],
    ids=lambda paging: f"{paging['kind']}-{paging.get('stop')}",
)
def test_every_row_comes_once(paging: dict[str, Any], number: int):
    assert listed(Rows(number), size=3, **paging) == list(range(1, number + 1))


def test_a_total_ends_a_listing_without_one_request_too_many():
    rows = Rows(6, total=6)
    assert listed(rows, kind="page", size=3, stop=["total:total"]) == [1, 2, 3, 4, 5, 6]
    assert len(rows.asked) == 2


def test_a_number_of_pages_ends_a_listing():
    rows = Rows(7, meta={"pages": 3})
    assert len(listed(rows, kind="page", size=3, stop=["total_pages:meta.pages"])) == 7
    assert len(rows.asked) == 3


def test_a_total_that_shrinks_meanwhile_does_not_make_a_listing_endless():
    rows = Rows(6, total=9)
    with pytest.raises(NoProgress, match="stay empty"):
        listed(rows, kind="page", size=3, stop=["total:total"])


def test_a_master_that_repeats_its_last_page_is_noticed():
    def asked(place: Place) -> Envelope:
        return envelope([1, 2, 3])

    with pytest.raises(NoProgress, match="the same records"):
        listed(asked, kind="page", size=3, stop=["empty"])


def test_an_offset_goes_back_some_rows_so_that_a_deletion_hides_nobody():
    rows = Rows(9)

    def shrinking(place: Place) -> Envelope:
        page = rows(place)
        if place.values["offset"] == 0:
            rows.ids.remove(1)  # everybody after it moves up by one
        return page

    found = listed(shrinking, kind="offset", size=4, overlap=1, stop=["short"])
    assert set(found) == set(range(1, 10))


def test_keys_that_go_backwards_end_the_run():
    pages = iter([envelope([5]), envelope([3])])
    with pytest.raises(NoProgress, match="backwards"):
        listed(lambda place: next(pages), kind="keyset", size=1, key="id")


def test_keys_that_go_backwards_within_a_page_end_the_run():
    with pytest.raises(NoProgress, match="backwards"):
        listed(lambda place: envelope([5, 3, 6]), kind="keyset", size=3, key="id")


def test_the_first_page_comes_after_the_key_it_is_to_begin_with():
    rows = Rows(5)

    assert listed(rows, kind="keyset", size=2, key="id", begin=0) == [1, 2, 3, 4, 5]
    assert [place.values["key"] for place in rows.asked] == [0, 2, 4, 5]


def test_changes_by_key_need_a_key_to_begin_with():
    page = {"kind": "keyset", "key": "id"}
    since = {"query": {"where": "changed > {since} and id > {key}"}}
    over = {"stream": {"query": {"after": "{key}"}, "page": page, "since": since}}

    with pytest.raises(BadDefinition, match=r"stream\.page\.begin is missing"):
        definition(merged({**preset("omni"), "stream": STREAM}, over), "loja")


def test_an_address_goes_before_the_key_and_the_key_on_where_there_is_none():
    pages = iter(
        [envelope([1, 2], next="/api/c?skip=2"), envelope([3]), envelope([4]), envelope([])]
    )
    asked: list[Place] = []

    def ask(place: Place) -> Envelope:
        asked.append(place)
        return next(pages)

    paging = {"kind": "keyset", "size": 2, "key": "id", "begin": 0, "from": "body:next"}
    assert listed(ask, **paging) == [1, 2, 3, 4]
    assert [place.address or place.values["key"] for place in asked] == [
        0,
        f"{BASE}/c?skip=2",
        3,
        4,
    ]


def links(*told: dict[str, Any]) -> Any:
    pages = iter([envelope([number], **one) for number, one in enumerate(told, 1)])
    asked: list[Place] = []

    def ask(place: Place) -> Envelope:
        asked.append(place)
        return next(pages)

    ask.asked = asked  # type: ignore[attr-defined]
    return ask


@pytest.mark.parametrize(
    ("link", "asked"),
    [
        ("https://master.example/api/c?$skiptoken=2", "https://master.example/api/c?$skiptoken=2"),
        ("/api/c?page=2", "https://master.example/api/c?page=2"),
        ("https://p6.master.example/api/c?x=1", "https://master.example/api/c?x=1"),
        # What stands behind a proxy often believes that it is asked in clear.
        ("http://master.example/api/c?x=1", "https://master.example/api/c?x=1"),
    ],
)
def test_a_next_address_is_followed_at_home(link: str, asked: str):
    ask = links({"next": link}, {})
    paging = {"kind": "next", "from": "body:next", "aliases": ["*.master.example"]}
    assert listed(ask, **paging) == [1, 2]
    assert ask.asked[1].address == asked


def test_a_key_with_a_dot_in_it_may_hold_the_next_address():
    ask = links({"odata.nextLink": "/api/api/c?skip=2"}, {})
    assert listed(ask, **{"kind": "next", "from": "body:['odata.nextLink']"}) == [1, 2]


@pytest.mark.parametrize(
    "link",
    [
        "https://canary.invalid/api/c",
        "//canary.invalid/api/c",
        "https://master.example@canary.invalid/api",
        "https://master.example:8443/api/c",
        "https://evilmaster.example/api/c",
        "https://p6.master.example:99/api/c",
        "https://u@p6.master.example/api/c",
        "https://master.example/admin",
        "https://master.example/api/../admin",
        "\\\\canary.invalid/api",
        "https://[master.example/api",
    ],
)
def test_a_next_address_anywhere_else_is_refused(link: str):
    paging = {"kind": "next", "from": "body:next", "aliases": ["*.master.example"]}
    with pytest.raises(OriginRefused):
        listed(links({"next": link}, {}), **paging)


def test_a_link_header_leads_on_by_its_rel_next():
    told = '<https://master.example/api/c?page=9>; rel="last", </api/c?page=2>; rel="next"'
    ask = links({"headers": {"link": told}}, {"headers": {"link": '</api/c?page=1>; rel="prev"'}})
    assert listed(ask, **{"kind": "next", "from": "header:Link"}) == [1, 2]
    assert ask.asked[1].address == "https://master.example/api/c?page=2"


def test_a_token_may_come_in_a_header():
    ask = links({"headers": {"x-md-token": "t1"}}, {})
    assert listed(ask, **{"kind": "token", "from": "header:X-MD-TOKEN"}) == [1, 2]
    assert ask.asked[1].values["token"] == "t1"


@pytest.mark.parametrize("next_", [7, ["x"], {"a": 1}, True])
def test_a_next_address_that_is_none_is_a_bad_answer(next_: Any):
    with pytest.raises(BadAnswer):
        listed(links({"next": next_}, {}), **{"kind": "next", "from": "body:next"})


@pytest.mark.parametrize("number", range(1, 25))
def test_rows_read_twice_do_not_make_up_the_total(number: int):
    rows = Rows(number, total=number)

    found = listed(rows, kind="offset", size=5, overlap=2, stop=["total:total", "empty"])
    assert set(found) == set(range(1, number + 1))


@pytest.mark.parametrize("stop", ["empty", "total:total"])
def test_offset_pages_that_are_cut_short_are_told_not_passed_over(stop: str):
    rows = Rows(9, total=9)

    def cut(place: Place) -> Envelope:
        page = rows(place)
        return envelope([msgspec.json.decode(raw)["id"] for raw in page.records[:2]], total=9)

    with pytest.raises(BadAnswer, match="sends 2 customers a page where 4 were asked for"):
        listed(cut, kind="offset", size=4, stop=[stop])
