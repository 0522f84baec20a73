"""What would end a listing is doubted: an empty page, a full one that names no next one."""

from collections.abc import Iterator
from typing import Any

import pytest

from connector.http import Unreachable
from connector.sources.rest.envelope import Envelope
from connector.sources.rest.paging import Habits, Place, Walk
from connector.sources.rest.request import doubting
from connector.sources.source_file import Paging
from tests.connector.sources.rest.test_paging import AT, BASE, encode, envelope, walked

PAGING = Paging(kind="page", size=2, stop=["empty"], again_s=60)


class Throttled:
    """Pages of ids that are empty so many times before they come."""

    def __init__(self, *pages: list[int], empty: dict[int, int]) -> None:
        self.pages = dict(enumerate(pages, 1))
        self.empty = empty
        self.waits: list[float] = []

    def __call__(self, place: Place) -> Envelope:
        number = place.values["page"]
        if self.empty.get(number):
            self.empty[number] -= 1
            return Envelope([], AT, tidy=True)
        raws = [encode({"id": one}) for one in self.pages.get(number, [])]
        return Envelope(raws, AT, tidy=True)

    def pause(self, seconds: float) -> None:
        self.waits.append(seconds)

    def listed(self, *, changes: bool) -> Iterator[int]:
        sure = doubting(self, PAGING, self, "loja", changes=changes)
        for page in Walk(sure, PAGING, "loja", BASE, Habits(first_seen=True), changes=changes):
            yield from (int(raw.split(b":")[1][:-1]) for raw in page.records)


@pytest.mark.parametrize("changes", [False, True])
def test_an_empty_page_in_the_middle_ends_no_listing(changes: bool):
    master = Throttled([1, 2], [3, 4], [5], empty={2: 1})

    assert list(master.listed(changes=changes)) == [1, 2, 3, 4, 5]
    assert master.waits == [60] * (1 if changes else 2)  # for the second page and for the end


def test_a_page_that_has_become_empty_too_fails_the_run():
    master = Throttled([1, 2], [3, 4], empty={2: 1})
    listing = master.listed(changes=False)
    assert [next(listing), next(listing)] == [1, 2]
    master.empty[1] = 1

    with pytest.raises(Unreachable, match="empty pages"):
        next(listing)


def test_a_full_listing_does_not_begin_with_an_empty_page_that_is_none():
    assert list(Throttled([1, 2], [3], empty={1: 1}).listed(changes=False)) == [1, 2, 3]


def test_that_nothing_changed_is_believed_at_once():
    master = Throttled(empty={})

    assert list(master.listed(changes=True)) == []
    assert master.waits == []


def test_what_the_master_says_in_words_is_believed_at_once():
    master = Throttled(empty={})
    over = Envelope([], AT, tidy=True, over=True)
    sure = doubting(lambda place: over, PAGING, master, "loja", changes=False)

    assert sure(Place({"page": 1})).over
    assert master.waits == []


def test_elsewhere_an_empty_page_is_one():
    master = Throttled([1, 2], [3], empty={2: 1})

    assert (
        doubting(master, Paging(), master, "loja", changes=False)(Place({"page": 2})).records == []
    )
    assert master.waits == []


class Linked:
    """Ids by pages that name where the next one begins, of a size that is heeded or not."""

    def __init__(
        self, number: int, *, size: int | None = None, end: Any = ..., most: int | None = None
    ) -> None:
        self.ids, self.size, self.end = list(range(number)), size, end
        self.shown = number if most is None else most
        """After so many it says nothing any more, whatever is there."""
        self.asked: list[tuple[int, int]] = []

    def __call__(self, place: Place) -> Envelope:
        start, size = int(place.values.get("token", 0)), self.size or place.values["size"]
        self.asked.append((start, size))
        there = min(start + size, len(self.ids))
        said = {} if self.end is ... else {"next": self.end}
        if there < min(self.shown, len(self.ids)):
            said = {"next": str(there)}
        return envelope(self.ids[start:there], **said)

    def doubt(self, **paging: Any) -> str | None:
        asked: dict[str, Any] = {"kind": "token", "from": "body:next", "size": 5} | paging
        found, doubt = walked(self, habits=Habits(sized=True), **asked)
        assert found == self.ids[: len(found)]
        assert doubt or found == self.ids
        return doubt


@pytest.mark.parametrize("number", [5, 10, 35])
@pytest.mark.parametrize("end", [..., None, ""], ids=["left out", "null", "empty"])
def test_a_full_last_page_is_the_last_where_one_fewer_says_where_the_last_one_is(
    number: int, end: Any
):
    master = Linked(number, end=end)
    assert master.doubt() is None
    assert master.asked[-2:] == [(number - 5, 4), (number - 1, 5)]


@pytest.mark.parametrize("changes", [True, False])
def test_an_end_that_is_not_full_costs_no_further_request(changes: bool):
    master = Linked(13)
    asked: dict[str, Any] = {"kind": "token", "from": "body:next", "size": 5}
    assert walked(master, changes=changes, **asked)[1] is None
    assert len(master.asked) == 3


@pytest.mark.parametrize("end", [..., None], ids=["left out", "null"])
@pytest.mark.parametrize("said_of", [0, 5, 10])
def test_a_master_that_stops_naming_the_next_page_is_doubted(end: Any, said_of: int):
    """Behind one fewer lie more than the last one, or it is silent there, too."""
    assert Linked(20, end=end, most=said_of).doubt()


@pytest.mark.parametrize(("end", "doubted"), [(..., True), (None, False), ("", False)])
def test_one_that_is_not_to_be_asked_for_fewer_is_taken_at_its_word(end: Any, doubted: bool):
    assert bool(Linked(15, size=5, end=end).doubt()) == doubted


@pytest.mark.parametrize("end", [..., None])
def test_of_one_full_page_alone_no_word_is_enough(end: Any):
    assert Linked(5, size=5, end=end).doubt()


@pytest.mark.parametrize(("number", "doubted"), [(1_000, True), (1_500, False), (10_000, True)])
def test_a_round_number_may_be_all_that_is_shown_to_anybody(number: int, doubted: bool):
    assert bool(Linked(number, end=None).doubt(size=500)) == doubted


@pytest.mark.parametrize(
    ("link", "doubted"),
    [('</api/c?0>; rel="first", </api/c?1>; rel="prev"', False), ("", True)],
)
def test_a_link_header_without_a_next_one_says_that_there_is_none(link: str, doubted: bool):
    def ask(place: Place) -> Envelope:
        first = place.address is None
        return envelope(
            [1, 2] if first else [3, 4], {"link": f'<{BASE}/c?1>; rel="next"' if first else link}
        )

    paging: dict[str, Any] = {"kind": "next", "from": "header:Link", "size": 2}
    assert bool(walked(ask, **paging)[1]) == doubted
