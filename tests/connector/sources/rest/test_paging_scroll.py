"""A scroll: one token stands for all of its pages, and the same page never comes twice."""

from typing import Any

import msgspec
import pytest

from connector.http import BadAnswer, NoProgress
from connector.sources.rest.envelope import Envelope
from connector.sources.rest.paging import Place, Walk
from connector.sources.source_file import Paging
from tests.connector.sources.rest.test_paging import BASE, envelope

SCROLL = msgspec.convert(
    {"kind": "token", "from": "header:X-Token", "only": True, "stop": ["empty"], "size": 2}, Paging
)


class Pages:
    """Serves page after page, whatever is asked; headers as given for each."""

    def __init__(self, *pages: tuple[list[int], str | None]) -> None:
        self.rest = list(pages)
        self.asked: list[Any] = []

    def __call__(self, place: Place) -> Envelope:
        self.asked.append(place.values.get("token"))
        ids, token = self.rest.pop(0)
        return envelope(ids, {"x-token": token} if token else {})


def listed(pages: Pages) -> list[int]:
    found = Walk(pages, SCROLL, "loja", BASE)
    return [msgspec.json.decode(raw)["id"] for page in found for raw in page.records]


@pytest.mark.parametrize("later", ["t1", None])
def test_a_token_that_stays_the_same_or_unsaid_leads_to_the_empty_page(later: str | None):
    pages = Pages(([1, 2], "t1"), ([3, 4], later), ([5], later), ([], later))
    assert listed(pages) == [1, 2, 3, 4, 5]
    assert pages.asked == [None, "t1", "t1", "t1"]


def test_a_token_that_changes_is_the_one_to_send():
    pages = Pages(([1], "t1"), ([2], "t2"), ([], None))
    assert listed(pages) == [1, 2]
    assert pages.asked == [None, "t1", "t2"]


def test_a_scroll_that_serves_the_same_page_again_is_a_loop():
    with pytest.raises(NoProgress, match="repeat"):
        listed(Pages(([1, 2], "t"), ([3, 4], "t"), ([1, 2], "t"), ([5], "t")))


def test_a_first_page_without_a_token_is_the_whole_of_it():
    assert listed(Pages(([1], None))) == [1]
    with pytest.raises(BadAnswer):
        listed(Pages(([1], "t" * 5_000)))
