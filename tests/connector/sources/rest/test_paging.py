"""From page to page: by number, offset, address, token or key, each to its own kind of end."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from config.assemble import merged, preset
from connector.http import (
    BadAnswer,
    NoProgress,
    OriginRefused,
    RequestRefused,
    Unreachable,
)
from connector.sources.checks import definition
from connector.sources.rest.envelope import Envelope
from connector.sources.rest.paging import Habits, Place, Walk
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


class Capped(Rows):
    """Sends at most so many a page, and goes on by the size asked for or by its own."""

    def __init__(self, number: int, most: int, *, by_ours: bool = False, **top: Any) -> None:
        super().__init__(number, **top)
        self.most, self.by_ours = most, by_ours

    def __call__(self, place: Place) -> Envelope:
        self.asked.append(place)
        asked = place.values
        size = min(asked["size"], self.most)
        start = (asked.get("page", 1) - 1) * (asked["size"] if self.by_ours else size)
        start = asked.get("offset", start)
        return envelope(self.ids[start : start + size], **self.top)


def walked(
    ask: Any, *, changes: bool = False, habits: Habits | None = None, **paging: Any
) -> tuple[list[int], str | None]:
    """The ids of every page, and what is to be doubted."""
    made = msgspec.convert(paging, Paging)
    pages = Walk(ask, made, "loja", BASE, habits or Habits(first_seen=True), changes=changes)
    found = [msgspec.json.decode(raw)["id"] for page in pages for raw in page.records]
    return found, pages.doubt


def listed(rows: Any, **paging: Any) -> list[int]:
    return walked(rows, **paging)[0]


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


@pytest.mark.parametrize("changes", [True, False])
@pytest.mark.parametrize("kind", ["page", "offset"])
@pytest.mark.parametrize("stop", ["total:total", "short"])
def test_only_of_changes_the_master_s_word_ends_a_listing_without_one_request_more(
    stop: str, kind: str, changes: bool
):
    rows = Rows(5, total=5)
    _, doubt = walked(rows, kind=kind, size=3, stop=[stop], changes=changes)
    assert (len(rows.asked), doubt) == (2 if changes else 3, None)


def test_a_number_of_pages_ends_a_reading_of_changes():
    rows = Rows(7, meta={"pages": 3})
    found, _ = walked(rows, kind="page", size=3, stop=["total_pages:meta.pages"], changes=True)
    assert (len(found), len(rows.asked)) == (7, 3)


@pytest.mark.parametrize("number", [1, 9, 10, 11, 40, 99, 100])
@pytest.mark.parametrize("stop", [["empty"], ["short"], ["total:total"], ["short", "total:total"]])
@pytest.mark.parametrize("by_ours", [True, False])
@pytest.mark.parametrize("kind", ["page", "offset"])
def test_a_master_that_sends_fewer_than_it_was_asked_for_is_read_to_its_end(
    kind: str, by_ours: bool, stop: list[str], number: int
):
    """It goes on by the size that was asked for, or by its own: nobody is passed over."""
    master = Capped(number, most=10, by_ours=by_ours, total=number)
    found, doubt = walked(master, kind=kind, size=50, stop=stop)
    assert (sorted(set(found)), doubt) == (master.ids, None)
    assert len(found) == number


@pytest.mark.parametrize("kind", ["page", "offset"])
def test_changes_beyond_a_page_as_large_as_any_are_asked_for(kind: str):
    master = Capped(35, most=10)
    found, _ = walked(master, kind=kind, size=50, stop=["short"], changes=True)
    assert found == master.ids


@pytest.mark.parametrize("kind", ["page", "offset", "keyset"])
@pytest.mark.parametrize("told", [0, 1, 3, 8])
def test_a_total_that_is_too_small_ends_no_listing(kind: str, told: int):
    rows = Rows(11, total=told)
    assert listed(rows, kind=kind, key="id", size=3, stop=["total:total"]) == rows.ids


@pytest.mark.parametrize("pages", [1, 2, "3"])
def test_a_number_of_pages_that_is_too_small_ends_no_listing(pages: int | str):
    rows = Rows(11, pages=pages)
    assert listed(rows, kind="page", size=3, stop=["total_pages:pages"]) == rows.ids


@pytest.mark.parametrize("stop", ["total:total", "total_pages:pages"])
def test_that_the_master_counts_more_than_it_lists_is_told(stop: str):
    rows = Rows(7, total=9, pages=5)
    found, doubt = walked(rows, kind="page", size=3, stop=["empty", stop])
    assert found == rows.ids
    assert doubt
    assert "there are" in doubt


@pytest.mark.parametrize("kind", ["token", "next"])
@pytest.mark.parametrize(
    ("number", "total", "doubted"),
    [(2, None, False), (3, None, True), (3, 3, False), (3, 9, True), (2, 9, True)],
)
def test_a_full_page_that_does_not_say_where_it_goes_on_is_no_end(
    kind: str, number: int, total: int | None, doubted: bool
):
    paging: dict[str, Any] = {"kind": kind, "from": "body:next", "size": 3}
    paging["stop"] = ["total:total"]
    found, doubt = walked(Rows(number, total=total), **paging)
    assert (len(found), bool(doubt)) == (number, doubted)


@pytest.mark.parametrize("kind", ["token", "next"])
@pytest.mark.parametrize("lost", [True, False])
def test_a_list_that_never_says_where_it_goes_on_is_noticed_by_asking_for_fewer(
    kind: str, lost: bool
):
    """Fewer came than were asked for: all there are, or all that it ever sends."""
    master = Capped(30, most=30 if lost else 50, next="/api/c?page=2")
    paging: dict[str, Any] = {"kind": kind, "from": "body:nxt" if lost else "body:next", "size": 50}

    def ask(place: Place) -> Envelope:
        page = master(place)
        return page if len(page.records) < 30 else envelope(master.ids)

    found, doubt = walked(ask, **paging, habits=Habits(sized=True))
    assert (len(found), bool(doubt), len(master.asked)) == (30, lost, 2)


@pytest.mark.parametrize(("number", "doubted"), [(0, False), (99, False), (100, True)])
def test_one_page_of_as_many_as_masters_put_on_one_may_be_the_first_of_several(
    number: int, doubted: bool
):
    found, doubt = walked(Rows(number), kind="none")
    assert (len(found), bool(doubt)) == (number, doubted)


@pytest.mark.parametrize("kind", ["none", "token"])
def test_a_link_header_that_goes_on_shows_that_the_list_does(kind: str):
    ask = links({"headers": {"link": '</api/c?page=2>; rel="next"'}})
    paging: dict[str, Any] = {"kind": kind, "from": "body:next"}
    _, doubt = walked(ask, **paging)
    assert doubt
    assert "Link" in doubt


@pytest.mark.parametrize("shown", [True, False])
def test_a_master_that_repeats_its_last_page_has_shown_its_end_where_pages_differ(shown: bool):
    rows = Rows(8 if shown else 2)

    def clamped(place: Place) -> Envelope:
        last = (len(rows.ids) - 1) // 3 + 1
        return rows(Place({**place.values, "page": min(place.values["page"], last)}))

    found, doubt = walked(clamped, kind="page", size=3, stop=["short"])
    assert (found, doubt is None) == (rows.ids, shown)


@pytest.mark.parametrize(
    ("number", "problem", "shown"),
    [
        (7, RequestRefused, True),
        (6, RequestRefused, False),
        (7, Unreachable, False),
        (6, BadAnswer, False),
    ],
)
@pytest.mark.parametrize("total", [None, 6, 7])
def test_a_refusal_behind_a_page_that_is_not_full_is_an_end(
    number: int, problem: type[Exception], shown: bool, total: int | None
):
    """Or one where as many came as the master counts; an outage shows nothing."""
    rows = Rows(number, pages=-(-number // 3), total=total)

    def ask(place: Place) -> Envelope:
        if place.values["page"] > 1 and not rows.ids[(place.values["page"] - 1) * 3 :]:
            raise problem("no such page")
        return rows(place)

    found, doubt = walked(ask, kind="page", size=3, stop=["total_pages:pages", "total:total"])
    assert (found, doubt is None) == (rows.ids, shown or total == number)


def test_pages_that_the_master_counts_from_another_number_are_noticed():
    rows = Rows(9)

    def from_zero(place: Place) -> Envelope:
        return rows(Place({**place.values, "page": place.values["page"] + 1}))

    with pytest.raises(BadAnswer, match=r"Set stream\.page\.first = 0"):
        walked(from_zero, kind="page", size=3, stop=["short"], habits=Habits())
    assert walked(from_zero, kind="page", size=3, stop=["short"], first=0)[0] == rows.ids


@pytest.mark.parametrize("stop", ["short", "empty", "total:total"])
def test_an_empty_page_before_the_first_ends_no_listing(stop: str):
    rows = Rows(9, total=9)

    def from_one(place: Place) -> Envelope:
        return rows(place) if place.values["page"] else envelope([])

    assert listed(from_one, kind="page", size=3, stop=[stop], first=0) == rows.ids


def test_a_first_page_that_comes_under_two_numbers_is_noticed():
    rows = Rows(9)

    def clamped(place: Place) -> Envelope:
        return rows(Place({**place.values, "page": max(1, place.values["page"])}))

    with pytest.raises(NoProgress, match=r"stream\.page\.first"):
        listed(clamped, kind="page", size=3, stop=["short"], first=0)


@pytest.mark.parametrize("first", [0, 1])
def test_what_lies_before_the_first_page_is_asked_once(first: int):
    habits, rows = Habits(), Rows(4)

    def ask(place: Place) -> Envelope:
        if place.values["page"] < first:
            rows.asked.append(place)
            raise RequestRefused("no such page")
        return rows(Place({**place.values, "page": place.values["page"] + 1 - first}))

    paging: dict[str, Any] = {"kind": "page", "size": 3, "stop": ["short"], "first": first}
    for _ in range(2):
        assert walked(ask, **paging, habits=habits)[0] == rows.ids
    assert sum(place.values["page"] < first for place in rows.asked) == first


def test_more_pages_promised_without_an_address_are_not_believed():
    paging = {"kind": "next", "from": "body:next", "stop": ["more:more"]}
    with pytest.raises(BadAnswer, match="no usable address"):
        listed(links({"more": True}), **paging)


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
