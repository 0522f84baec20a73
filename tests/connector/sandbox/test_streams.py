"""Streams of activity: complete, ordered and without repetition, whatever changes meanwhile."""

from datetime import datetime
from typing import Any

import httpx
import pytest

from connector.sandbox import Sandbox
from connector.sandbox.listing import STREAMS, Stream
from connector.sandbox.population import Population
from connector.sandbox.timeline import Recency, Timeline
from tests.connector.sandbox.conftest import TODAY, listed

NOON = TODAY / 1e6 + 12 * 3600


def position(item):
    return datetime.fromisoformat(item["updated_at"]), item["id"]


def by_id(items):
    return {item["id"]: item for item in items}


@pytest.mark.parametrize("stream", STREAMS)
def test_every_entry_once_and_in_order_however_small_the_pages(reader, stream):
    reader.change(200)
    items = reader.everybody(stream, limit=17)
    positions = [position(item) for item in items]
    assert positions == sorted(set(positions))
    assert len(by_id(items)) == len(items) > 100
    assert items[:1000] == reader.page(stream, limit=1000)["items"]


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("stream", STREAMS)
def test_whatever_changed_after_an_instant_is_listed_since_that_instant(seed, stream):
    now, news = [NOON], 0
    population = Population(150, seed, clock=lambda: now[0])
    for round_ in range(3):
        before = by_id(listed(population, stream))
        now[0] += 3600
        population.change(200 + 100 * round_)
        after = by_id(listed(population, stream))
        changed = {id_ for id_ in after if after[id_] != before.get(id_)}
        since = listed(population, stream, int(now[0] * 1e6))
        assert {item["id"] for item in since} == changed
        news += len(changed)
        assert all(after[id_]["v"] > before[id_]["v"] for id_ in changed & before.keys())
    assert news > 10


@pytest.mark.parametrize("stream", STREAMS)
def test_changes_during_a_listing_lose_nothing(reader, stream):
    met: dict[Any, Any] = {}
    for page in reader.pages(stream, limit=40):
        met |= by_id(page["items"])
        if page["has_more"] and len(met) < 500:
            reader.change(12)
    now = by_id(reader.everybody(stream))
    assert now.items() <= met.items()


@pytest.mark.parametrize("stream", STREAMS)
def test_updated_since_is_inclusive_echoed_and_kept_by_the_cursor(reader, stream):
    items = reader.everybody(stream)
    since = items[len(items) // 2]["updated_at"]
    moment = datetime.fromisoformat(since)
    expected = [item for item in items if position(item)[0] >= moment]
    assert reader.everybody(stream, updated_since=since, limit=23) == expected
    page = reader.page(stream, updated_since=since, limit=1)
    assert page == {"items": expected[:1], "next": page["next"], "has_more": True, "since": since}
    early = reader.page(stream, limit=1)["next"]
    assert reader.page(stream, cursor=early, updated_since=since)["items"][0] == expected[0]


def test_a_purchase_is_seen_in_every_stream_at_one_instant(reader):
    seen_until = datetime.fromisoformat(reader.everybody()[-1]["updated_at"])
    reader.change(1)
    customer = reader.everybody()[-1]
    since = customer["updated_at"]
    assert datetime.fromisoformat(since) > seen_until
    (order,) = reader.everybody("orders", updated_since=since)
    payments = reader.everybody("payments", updated_since=since)
    assert order["customer_id"] == customer["id"] == 100_001
    assert order["placed_at"] == customer["last_purchase_at"]
    assert {payment["order_id"] for payment in payments} == {order["id"]}
    assert sum(round(payment["amount"] * 100) for payment in payments) == order["total"] * 100
    for visit in reader.everybody("visits", updated_since=since):
        assert visit["order_id"] == order["id"]


def test_orders_proceed_charges_are_paid_and_deals_come_to_an_end():
    population = Population(100, 7, clock=lambda: NOON)
    population.change(1_000)
    before = {stream: by_id(listed(population, stream)) for stream in STREAMS}
    population.change(1_000)
    moved = {
        stream: {
            (before[stream][item["id"]]["status"], item["status"])
            for item in listed(population, stream)
            if item["id"] in before[stream]
        }
        for stream in ("orders", "payments", "deals")
    }
    assert ("faturado", "entregue") in moved["orders"]
    assert {("emitida", "paga"), ("em atraso", "paga")} <= moved["payments"]
    assert {("aberto", "ganho"), ("aberto", "perdido")} <= moved["deals"]
    new = by_id(listed(population, "deals")).keys() - before["deals"].keys()
    assert new


def test_what_a_removed_customer_did_disappears_and_comes_back_with_the_customer():
    population, returned, removed = Population(40, 7, clock=lambda: NOON), 0, 0
    before, here = everything(population), present(population)
    for _ in range(60):
        population.change(6)
        after, still = everything(population), present(population)
        assert {item["customer_id"] for item in after.values()} <= still
        gone = {one for one, item in before.items() if item["customer_id"] in here - still}
        removed += len(gone)
        assert not gone & after.keys()
        for stream, one in after.keys() - before.keys():
            returned += after[stream, one]["v"] > 1
            assert population.entry(stream, one).entry.updated_at > TODAY
        before, here = after, still
    assert removed > returned > 10


def everything(population):
    return {(name, one["id"]): one for name in STREAMS for one in listed(population, name)}


def present(population):
    return {100_001 + seen.index for seen in population.listing(None, None, 1000).seen}


@pytest.mark.parametrize("stream", STREAMS)
def test_one_entry_alone_is_the_record_of_the_listing(reader, stream):
    reader.change(60)
    for item in reader.everybody(stream)[::40]:
        assert reader.client.get(f"/api/v1/{stream}/{item['id']}").json() == item


def test_only_customers_come_in_numbered_pages(reader):
    answer = reader.client.get("/api/v1/orders?page=1")
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "bad_parameter")


def test_sandboxes_opened_on_one_day_are_the_same_bytes():
    def bytes_of(seed, clock):
        with Sandbox(customers=200, seed=seed, token="t", clock=lambda: clock).running() as url:
            headers = {"Authorization": "Bearer t"}
            asked = (f"{url}/api/v1/{stream}?limit=1000" for stream in STREAMS)
            return [httpx.get(one, headers=headers, verify=False).content for one in asked]

    assert bytes_of(7, NOON) == bytes_of(7, NOON + 3600)
    assert bytes_of(7, NOON) != bytes_of(8, NOON)


@pytest.mark.parametrize("stream", STREAMS)
def test_a_page_of_millions_looks_at_few_customers_and_remembers_none(stream):
    population = Population(1_000_000, 7, clock=lambda: NOON)
    recency = Recency(1_000_000, int(NOON * 1e6))
    listing, looked_at = Stream(stream, 7, recency), []

    def sight(index):
        looked_at.append(index)
        return population.find(100_001 + index)

    for start in (2, 500_000, 990_000):
        looked_at.clear()
        assert len(listing.page(recency.at(start), (0, 0), 100, sight)) == 100
        assert looked_at == list(range(start, start + len(looked_at)))
        assert len(looked_at) < 1_500
    looked_at.clear()
    listing.page(TODAY, (0, 0), 100, sight)
    assert looked_at == [0, 1]


@pytest.mark.parametrize("customers", [1, 2, 3, 11, 1_000, 1_000_000])
def test_nobody_was_active_before_their_place_in_the_register_or_out_of_order(customers):
    recency, timeline = Recency(customers, int(NOON * 1e6)), Timeline(customers, 7)
    for start in range(2, customers, max(1, customers // 5)):
        some = range(start, min(customers, start + 300))
        instants = [recency.at(index) for index in some]
        assert instants == sorted(instants)
        assert all(timeline.at(index) <= recency.at(index) < TODAY for index in some)
        assert recency.first_at_or_after(instants[-1]) <= some[-1]
