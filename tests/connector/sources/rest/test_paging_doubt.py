"""An empty page under HTTP 200 is asked for again where it would end a listing."""

from collections.abc import Iterator

import pytest

from connector.http.errors import Unreachable
from connector.sources.rest.envelope import Envelope
from connector.sources.rest.paging import Habits, Place, Walk
from connector.sources.rest.request import doubting
from connector.sources.source_file import Paging
from tests.connector.sources.rest.test_paging import AT, BASE, encode

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
