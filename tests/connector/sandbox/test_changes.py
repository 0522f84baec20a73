"""Changes: when they happen, to whom, and what they leave as it was."""

from itertools import pairwise

import httpx
import pytest
from stdnum.br import cpf

from connector.sandbox import Sandbox
from connector.sandbox.activity import spoil
from connector.sandbox.customers import customer
from connector.sandbox.population import Population

SEED = 7


def test_removed_customers_vanish_from_listing_and_lookup(reader):
    before = {item["id"] for item in reader.everybody()}
    state = reader.change(400)
    after = {item["id"] for item in reader.everybody()}
    missing = before - after
    assert state["deleted"] == len(missing) > 0
    assert state["customers"] == len(after)
    for gone in missing:
        assert reader.client.get(f"/api/v1/customers/{gone}").status_code == 404


def test_customers_are_created_and_return():
    population = Population(500, 7)
    removed = [population.change(1).deleted for _ in range(1500)]
    seen = population.listing(None, None, 1000).seen
    assert max(s.index for s in seen) > 500
    assert any(later < earlier for earlier, later in pairwise(removed))


def test_the_first_two_customers_always_stay(reader):
    reader.change(3000)
    assert {100_001, 100_002} <= {item["id"] for item in reader.everybody()}


def test_changes_fall_due_with_the_clock():
    now = [1_800_000_000.0]
    population = Population(500, 7, changes_per_minute=30, clock=lambda: now[0])
    assert population.state().changes == 0
    now[0] += 60
    assert population.state().changes == 30
    since = int(now[0] - 30.5) * 1_000_000
    assert 10 <= population.listing(since, None, 1000).total <= 16
    for jump in (-3600, 3600):
        now[0] += jump
        assert population.state().changes == 30


def test_a_sandbox_never_lists_two_changes_at_one_instant():
    population = Population(500, 7, clock=lambda: 1_800_000_000.0)
    population.change(200)
    seen = population.listing(1_800_000_000_000_000, None, 1000).seen
    assert len({s.updated_at for s in seen}) == len(seen) > 100


def test_a_single_customer_can_live_and_change():
    with Sandbox(customers=1, seed=7, token="t").running() as url:
        headers = {"Authorization": "Bearer t"}
        state = httpx.post(f"{url}/_sandbox/changes", json={"count": 50}, headers=headers).json()
        page = httpx.get(f"{url}/api/v1/customers", headers=headers).json()
    assert len(page["items"]) == page["total"] == state["customers"] > 1


def test_a_changed_customer_moves_to_the_end_with_the_next_version(reader):
    before = reader.everybody()[0]
    reader.change(1)
    after = reader.everybody()[-1]
    assert (after["id"], after["v"]) == (before["id"], before["v"] + 1)
    assert after["last_purchase_at"] > before["last_purchase_at"]


def test_same_changes_give_the_same_customers():
    def listed():
        population = Population(500, 7, clock=lambda: 1_800_000_000.0)
        population.change(500)
        return population.listing(None, None, 1000)

    assert listed() == listed()


def test_a_broken_record_is_mended_by_a_change():
    record = {"id": 1}
    spoil(record, 777, 2)
    assert record["id"] == 1
    spoil(record, 777, 1)
    assert record["id"] is None


@pytest.mark.parametrize(
    ("kind", "field"),
    [
        ("phone", "phones"),
        ("email", "emails"),
        ("address", "addresses"),
        ("status", "status"),
        ("name", "name"),
        ("purchase", "last_purchase_at"),
    ],
)
def test_a_change_changes_its_field_and_nothing_else(kind, field, seen):
    changed = 0
    for index in range(2, 60):
        before, now = customer(SEED, seen(index)), customer(SEED, seen(index, kind))
        differing = {f for f in before if before[f] != now[f]} - {"v", "updated_at"}
        assert differing <= {field, "trade_name", "loyalty"}
        changed += field in differing
    assert changed > 10


def test_a_correction_of_the_document_leaves_a_valid_one_of_ones_own(sound, seen):
    for index, record in enumerate(sound[:700]):
        if index > 1 and "cpf" in record:
            assert cpf.is_valid(customer(SEED, seen(index, "document"))["cpf"])
