"""The preset ``omni`` in front of the sandbox: every word of its activity is understood."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from config.assemble import merged, preset
from connector.mapping.strict_json import decode_object
from connector.mapping.values import Refused
from connector.sandbox import Sandbox
from connector.sources.checks import definition
from connector.sources.rest import RestSource, open_source
from mirror.records import DEAL_STATES, ORDER_KINDS, ORDER_STATES, PAYMENT_STATES, STREAMS
from mirror.standing.rules import AXES
from tests.fakes.stores import Remembering

PEOPLE = 600


@pytest.fixture(scope="module")
def streams() -> Iterator[dict[str, RestSource]]:
    with Sandbox(customers=PEOPLE, seed=7, token="t").running() as url:
        made = definition(merged(preset("omni"), {"limits": {"per_minute": 10**6}}), "loja")
        opened = open_source("loja", made, url, {"token": "t"}, Remembering(), allow_insecure=True)
        yield {one.streams[0]: one for one in (opened, *opened.activities)}
        opened.close()


class Seen:
    """Everything of one stream, as it was read."""

    def __init__(self, source: RestSource) -> None:
        self.records: list[Any] = []
        self.refused: Counter[str] = Counter()
        for page in source.pages(None):
            for raw in page.records:
                try:
                    head = source.head(raw, page.at)
                    record = source.translate(decode_object(raw), head, page.stream)
                except Refused as why:
                    self.refused[str(why)] += 1
                else:
                    self.records.append(record)

    def words(self, field: str) -> set[str]:
        return {getattr(one, field) for one in self.records}

    def flags(self) -> set[str]:
        return {flag for one in self.records for flag in one.flags}


def test_all_of_them_are_served_in_order(streams: dict[str, RestSource]):
    assert tuple(streams) == ("customers", *STREAMS)


def test_orders(streams: dict[str, RestSource]):
    seen = Seen(streams["orders"])

    assert len(seen.records) > PEOPLE
    assert seen.words("kind") == set(ORDER_KINDS) - {"unknown"}
    assert seen.words("state") == set(ORDER_STATES)
    assert seen.refused.keys() <= {"amount: negative_amount", "placed_at: not_a_date"}
    assert all(one.customer and one.number and one.items for one in seen.records)
    lines = ((one, sum(item.total for item in one.items)) for one in seen.records)
    assert all(abs(one.amount) == abs(total) for one, total in lines)
    assert {one.amount < 0 for one in seen.records if one.kind == "return"} == {True}


def test_payments(streams: dict[str, RestSource]):
    seen = Seen(streams["payments"])

    assert seen.words("state") >= set(PAYMENT_STATES) - {"unknown"}
    assert seen.refused.keys() <= {"amount: negative_amount", "paid_at: not_a_date"}
    assert all(one.order and one.issued_on and one.due_on for one in seen.records)
    assert {one.paid_at is None for one in seen.records if one.state == "paid"} == {False}
    assert {bool(one.link and one.code and one.barcode) for one in seen.records} == {True, False}
    assert any(one.pix for one in seen.records)


def test_deals(streams: dict[str, RestSource]):
    seen = Seen(streams["deals"])

    assert seen.words("state") >= set(DEAL_STATES) - {"unknown"}
    assert seen.flags() <= {"closed_before_opened", "foreign_currency"}
    assert {bool(one.closed_at) for one in seen.records if one.state == "open"} == {False}
    assert all(one.title and one.opened_at and one.stage for one in seen.records)


def test_visits(streams: dict[str, RestSource]):
    seen = Seen(streams["visits"])

    assert seen.refused.keys() <= {"visited_at: not_a_date"}
    assert {one.page[:1] for one in seen.records} == {"/"}
    assert any(one.order for one in seen.records)


def test_what_the_shop_decided_is_a_standing_of_every_axis(streams: dict[str, RestSource]):
    seen = Seen(streams["customers"])
    said = {axis: word for one in seen.records for axis, word in one.standings.items()}

    assert said.keys() == AXES.keys()
    assert all(word in AXES[axis].values for axis, word in said.items())
    assert {word for one in seen.records if (word := one.standings.get("azata"))} == {
        "contact",
        "inactive",
    }
    assert any(one.company for one in seen.records)
    assert streams["customers"].rules.names == ()  # the settings choose
