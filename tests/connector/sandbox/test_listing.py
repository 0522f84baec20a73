"""The listing is complete, ordered and without repetition, whatever changes while it is read."""

import re
from datetime import datetime

import pytest

from connector.sandbox.customers import customer
from connector.sandbox.population import Population
from connector.sandbox.timeline import FIRST, LAST, MOST_CUSTOMERS, Timeline


def position(item):
    return datetime.fromisoformat(item["updated_at"]), item["id"]


def test_every_customer_once_and_in_order(reader):
    items = reader.everybody(limit=37)
    assert [item["id"] for item in items] == list(range(100_001, 100_501))
    assert [position(item) for item in items] == sorted(position(item) for item in items)


def test_ties_cross_a_page_border_without_loss(reader):
    instants = [position(item)[0] for item in reader.everybody()]
    tied = next(i for i in range(1, 499) if instants[i] == instants[i - 1])
    first, second = list(reader.pages(limit=tied))[:2]
    assert position(first["items"][-1])[0] == position(second["items"][0])[0]
    assert len(reader.everybody(limit=tied)) == 500


def test_a_bulk_import_shares_one_instant_under_several_spellings():
    population = Population(10_000, 7)
    imported = population.find(100_001 + 4_700).updated_at
    seen = population.listing(imported, None, 1600).seen
    shared = [s for s in seen if s.updated_at == imported]
    assert [s.index for s in shared] == list(range(4_000, 5_500))
    assert len({customer(7, s)["updated_at"] for s in shared}) > 3


def test_spellings_of_instants_are_mixed(reader):
    texts = [item["updated_at"] for item in reader.everybody()]
    spelled = [re.fullmatch(r".{10}T.{8}(?:\.(\d+))?(Z|[+-].*)", text) for text in texts]
    assert {len(match[1] or "") for match in spelled} == {0, 3, 6}
    assert {match[2] for match in spelled} == {"-03:00", "-02:00", "Z", "+00:00"}


def test_changes_during_a_listing_lose_nobody_and_repeat_only_the_changed(reader):
    versions: dict[int, list[int]] = {}
    for page in reader.pages(limit=50):
        for item in page["items"]:
            versions.setdefault(item["id"], []).append(item["v"])
        if page["total"] < 1000 and len(versions) < 400:
            reader.change(15)
    now = {item["id"]: item["v"] for item in reader.everybody()}
    assert now.keys() <= versions.keys()
    assert {id_: seen[-1] for id_, seen in versions.items() if id_ in now} == now
    assert all(seen == sorted(set(seen)) for seen in versions.values())
    assert any(len(seen) > 1 for seen in versions.values())


def test_order_holds_after_changes(reader):
    reader.change(300)
    positions = [position(item) for item in reader.everybody(limit=41)]
    assert positions == sorted(set(positions))


@pytest.mark.parametrize("offset", ["-03:00", "+00:00", "Z", "+05:30"])
def test_updated_since_is_inclusive_as_an_instant(reader, offset):
    items = reader.everybody()
    moment = datetime.fromisoformat(items[300]["updated_at"])
    zone = datetime.fromisoformat(f"2020-01-01T00:00:00{offset}").tzinfo
    since = moment.astimezone(zone).isoformat()
    expected = [item["id"] for item in items if position(item)[0] >= moment]
    page = reader.page(updated_since=since, limit=1000)
    assert [item["id"] for item in page["items"]] == expected
    assert (page["since"], page["total"]) == (since, len(expected))


def test_updated_since_includes_the_customer_changed_just_then(reader):
    reader.change(20)
    changed = reader.everybody()[-5:]
    assert reader.everybody(updated_since=changed[0]["updated_at"]) == changed


def test_the_timeline_never_steps_back_even_for_the_largest_sandbox():
    for customers in (1_000, 1_000_000, MOST_CUSTOMERS):
        timeline = Timeline(customers, 7)
        for start in (0, customers // 2, customers - 1_000):
            instants = [timeline.at(index) for index in range(start, start + 1_000)]
            assert instants == sorted(instants)
        assert FIRST <= timeline.at(0) < timeline.at(customers - 1) < LAST


def test_updated_since_after_everything_is_an_empty_page(reader):
    page = reader.page(updated_since="2030-01-01T00:00:00Z")
    assert page == {
        "items": [],
        "next": None,
        "has_more": False,
        "since": "2030-01-01T00:00:00Z",
        "total": 0,
    }


def test_a_cursor_keeps_to_updated_since(reader):
    since = reader.everybody()[200]["updated_at"]
    begin = reader.page(limit=10)["next"]
    assert reader.page(limit=1, cursor=begin, updated_since=since)["items"][0]["id"] >= 100_190


def test_totals_count_what_is_listed(reader):
    reader.change(400)
    since = reader.everybody()[250]["updated_at"]
    for parameters in ({}, {"updated_since": since}):
        assert reader.page(**parameters)["total"] == len(reader.everybody(**parameters))


def test_numbered_pages_walk_the_same_listing(reader):
    reader.change(120)
    listed = reader.everybody()
    first = reader.page(page=1, limit=60)
    numbered = [
        item
        for number in range(1, first["pages"] + 1)
        for item in reader.page(page=number, limit=60)["items"]
    ]
    assert numbered == listed
    assert first["pages"] == -(-len(listed) // 60)
    assert reader.page(page=first["pages"] + 1, limit=60)["items"] == []


def test_one_customer_alone_is_the_record_of_the_listing(reader):
    for item in reader.page(limit=20)["items"]:
        assert reader.client.get(f"/api/v1/customers/{item['id']}").json() == item


@pytest.mark.parametrize("customers", [0, 10_000_001])
def test_impossible_sizes_are_refused(customers):
    with pytest.raises(ValueError, match="from 1 to 10000000"):
        Population(customers, 7)
