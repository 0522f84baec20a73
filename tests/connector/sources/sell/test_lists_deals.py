"""Deals of Zendesk Sell: what their ids mean, how they come with contacts and are not mixed up."""

import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from connector import sync
from connector.http import BadAnswer
from connector.mapping.strict_json import decode_object
from connector.sources import Page
from connector.sources.sell import SellSource
from mirror.records import Deal
from mirror.standing import Rules
from mirror.store.engine import Database
from mirror.store.lease import lease
from mirror.store.tables import quarantine
from tests.connector.conftest import Follow
from tests.fakes.looking import doings, graves, point, refused, standings, versions
from tests.fakes.sell import Refusal, Sell, contact, deal
from tests.fakes.sell_queue import item
from tests.fakes.sell_source import source

pytestmark = pytest.mark.engines

TABLES = ["GET /v2/stages?per_page=100", "GET /v2/loss_reasons?per_page=100"]


@pytest.fixture
def sell() -> Iterator[Sell]:
    with Sell().running() as account:
        yield account


def one_deal(sell: Sell, **fields: Any) -> Deal:
    sell.put(contact(1))
    sell.put_deals(deal(5, **fields))
    made = source(sell)
    (found,) = [
        made.translate(decode_object(raw), made.head(raw, page.at), page.stream)
        for page in made.pages(None)
        for raw in page.records
        if page.stream == "deals"
    ]
    assert isinstance(found, Deal)
    return found


# --- what one says ---------------------------------------------------------------------------


def test_whose_a_deal_is_can_be_read_where_the_deal_cannot(
    sell: Sell, follow: Follow, mirror_db: Database
):
    sell.put(contact(1))
    sell.put_deals(deal(5, value="-1.00"))
    follow(source(sell))
    with mirror_db.reading() as connection:
        (row,) = connection.execute(select(quarantine)).all()
    assert (row.source, row.subject, row.customer) == ("loja/deals", "5", "5")


def test_a_lost_deal_is_read_whole(sell: Sell):
    found = one_deal(sell, stage_id=14, loss_reason_id=21, organization_id=7)

    assert found == Deal(
        external_id="5",
        version=found.version,
        customer="5",
        state="lost",
        amount=120_050,
        updated_at=datetime(2026, 2, 1, 0, 5, tzinfo=UTC),
        title="Negócio 5",
        opened_at=datetime(2026, 1, 10, 10, tzinfo=UTC),
        closed_at=datetime(2026, 1, 20, 10, tzinfo=UTC),
        loss_reason="Preço",
        stage="Perdido",
    )


@pytest.mark.parametrize(
    ("stage", "state", "received"),
    [
        (11, "open", "incoming"),
        (12, "open", "in_progress"),
        (13, "won", None),
        (14, "lost", None),
        (15, "unqualified", None),
        (99, "unknown", "99"),
        (None, "unknown", None),
    ],
)
def test_a_stage_s_category_is_the_state(
    sell: Sell, stage: int | None, state: str, received: str | None
):
    found = one_deal(sell, stage_id=stage)

    assert (found.state, found.state_received) == (state, received)
    assert (found.closed_at is None) == (state == "open")


@pytest.mark.parametrize(("value", "amount"), [("1200.50", 120_050), (0, 0), ("0", 0), (None, 0)])
def test_a_value_is_a_text_or_a_number(sell: Sell, value: Any, amount: int):
    assert one_deal(sell, value=value).amount == amount


def test_another_currency_is_told(sell: Sell):
    assert one_deal(sell, currency="USD").flags == ("foreign_currency",)


def test_sell_s_own_rules_are_in_force(sell: Sell):
    made = source(sell)

    assert (made.rules, made.streams, made.activities) == (
        Rules(("sell",)),
        ("customers", "deals"),
        (),
    )


# --- the queue -------------------------------------------------------------------------------


def test_contacts_and_deals_come_together_on_pages_of_their_own(sell: Sell):
    sell.size = 10
    sell.put(contact(1), contact(2))
    sell.put_deals(deal(1), deal(3))

    def told(page: Page) -> tuple[str, int, int]:
        return page.stream, len(page.records), len(page.gone)

    assert [told(page) for page in source(sell).pages(None) if page.records] == [
        ("customers", 2, 0),
        ("deals", 2, 0),
    ]


def test_a_contact_and_a_deal_may_have_the_same_id(mirror_db: Database, follow: Follow, sell: Sell):
    sell.put(contact(1), contact(2))
    sell.put_deals(deal(1), deal(2))
    follow(source(sell))
    sell.delete_deals(1)
    sell.delete(2)
    report = follow(source(sell))

    assert (report.ok, report.figures.gone) == (True, 2)
    assert (versions(mirror_db).keys(), doings(mirror_db, "deals").keys()) == ({"1"}, {"2"})
    assert graves(mirror_db) == {"2": "master"}


def test_a_deal_of_a_later_revision_does_not_make_a_contact_old_news(
    mirror_db: Database, follow: Follow, sell: Sell
):
    sell.queues.extra = [item("deal", deal(1), 9), item("contact", {"id": 3}, 9, gone=True)]
    sell.put(contact(1))
    sell.put_deals(deal(3))

    assert follow(source(sell)).ok
    assert versions(mirror_db).keys() == {"1"}
    assert doings(mirror_db, "deals").keys() == {"1", "3"}


def test_stages_and_loss_reasons_are_read_once_a_run_and_only_with_deals(
    follow: Follow, sell: Sell
):
    sell.put(contact(1))
    sell.put_deals(*(deal(number) for number in range(1, 8)))
    made = source(sell)
    follow(made)
    assert sell.paths("GET /v2/stages") + sell.paths("GET /v2/loss") == TABLES

    del sell.asked[:]
    sell.put(contact(2))
    follow(made)
    sell.delete_deals(3)
    follow(made)
    assert sell.paths("GET /v2/stages") == []

    sell.put_deals(deal(4, stage_id=13))
    follow(made)
    assert sell.paths("GET /v2/stages") == TABLES[:1]


def test_a_new_name_of_a_stage_is_read_into_old_deals_by_a_sweep(
    mirror_db: Database, follow: Follow, sweep: Follow, sell: Sell
):
    sell.put(contact(1))
    sell.put_deals(deal(1))
    follow(source(sell))
    sell.stages = [{**one, "name": "Outra"} for one in sell.stages]
    report = sweep(source(sell))

    assert doings(mirror_db, "deals")["1"].stage == "Outra"
    assert (report.figures.changed, report.figures.unchanged) == (1, 1)


def test_nothing_is_acknowledged_before_it_is_committed(
    mirror_db: Database, follow: Follow, sell: Sell, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sync, "_BATCH_RECORDS", 1)
    sell.size = 20
    sell.put(*(contact(number) for number in range(1, 4)))
    sell.put_deals(*(deal(number) for number in range(11, 14)))
    there: list[bool] = []

    def look() -> None:
        keys = [
            k
            for _, path, body in sell.asked
            if path.endswith("ack")
            for k in body["data"]["ack_keys"]
        ]
        asked = [tuple(key.split("-")[:2]) for key in keys]
        kept = {("Contact", one) for one in versions(mirror_db)}
        kept |= {("Deal", one) for one in doings(mirror_db, "deals")}
        there.append(set(asked) <= kept)

    sell.before["POST /v2/sync/ack"] = look

    assert follow(source(sell)).ok
    assert there == [True, True]
    assert sell.queues.waiting(str(point(mirror_db).cursor)) == []


def test_without_stages_the_run_fails_and_nothing_of_the_deals_is_acknowledged(
    mirror_db: Database, follow: Follow, sell: Sell
):
    sell.size, sell.stages = 20, []
    sell.put(contact(1))
    sell.put_deals(deal(1))
    report = follow(source(sell))

    assert not report.ok
    assert "lists no stage" in report.sentence
    assert doings(mirror_db, "deals") == {}

    sell.stages = [{"id": 12, "name": "Proposta", "category": "in_progress"}]
    assert follow(source(sell)).ok
    assert doings(mirror_db, "deals").keys() == {"1"}


def test_a_deal_that_the_queue_failed_to_bring_is_read_by_its_id(
    mirror_db: Database, follow: Follow, sell: Sell
):
    sell.put(contact(1))
    sell.put_deals(deal(1), deal(2))
    sell.queues.failing_deals = {2, 9}

    assert follow(source(sell)).ok
    assert doings(mirror_db, "deals").keys() == {"1", "2"}
    assert sell.paths("GET /v2/deals") == ["GET /v2/deals/2"]


def test_a_sweep_that_cannot_read_a_deal_removes_nothing(
    mirror_db: Database, follow: Follow, sweep: Follow, sell: Sell
):
    sell.put(contact(1), contact(2))
    sell.put_deals(deal(1), deal(2))
    follow(source(sell))
    sell.queues.failing_deals = {2}
    sell.contacts.pop(2)
    del sell.queues.objects["contact", 2]
    sell.refusals["GET /v2/deals/2"] = Refusal(500, times=99)
    report = sweep(source(sell))

    assert "(the first: 2, of deals)" in report.sentence
    assert versions(mirror_db).keys() == {"1", "2"}
    assert doings(mirror_db, "deals").keys() == {"1", "2"}


def test_deals_alone_are_no_account_with_customers(follow: Follow, sell: Sell):
    sell.put_deals(deal(1))

    assert "no customer at all" in follow(source(sell)).sentence


def test_a_deal_that_cannot_be_read_waits_in_quarantine_and_costs_itself(
    mirror_db: Database, follow: Follow, sell: Sell
):
    sell.put(contact(1))
    sell.put_deals(deal(1), deal(2, value="muito"), deal(3, value="-5"))

    assert follow(source(sell)).ok
    assert refused(mirror_db) == {"2": "amount: not_a_number", "3": "amount: negative_amount"}
    assert doings(mirror_db, "deals").keys() == {"1"}


@pytest.mark.parametrize("over", [{"deals": None}, {"streams": []}])
def test_deals_that_are_not_wanted_are_acknowledged_unread(
    mirror_db: Database, follow: Follow, sell: Sell, over: dict[str, Any]
):
    sell.put(contact(1))
    sell.put_deals(deal(1))
    sell.queues.failing_deals = {1}
    made = source(sell, **over)

    assert made.streams == ("customers",)
    assert follow(made).figures.received == 1
    assert doings(mirror_db, "deals") == {}
    assert sell.paths("GET /v2/stages") == sell.paths("GET /v2/deals") == []


def test_a_table_that_is_none_fails_with_a_sentence(sell: Sell):
    sell.put(contact(1))
    sell.put_deals(deal(1))
    sell._listed = lambda *_: (200, {"items": [{"data": 7}]})  # type: ignore[method-assign]

    with pytest.raises(BadAnswer, match="/v2/stages cannot be read"):
        list(source(sell).pages(None))


# --- lists -----------------------------------------------------------------------------------


@pytest.fixture
def listed() -> Iterator[Sell]:
    with Sell(plan_has_sync=False).running() as account:
        account.put(*(contact(number) for number in range(1, 121)))
        account.put_deals(*(deal(number) for number in range(1, 131)))
        yield account


def test_without_sync_deals_are_listed_after_contacts(
    mirror_db: Database, follow: Follow, listed: Sell
):
    report = follow(source(listed))

    assert (report.ok, report.figures.added) == (True, 250)
    assert len(doings(mirror_db, "deals")) == 130
    assert point(mirror_db).cursor == deal(130)["updated_at"]


def test_changes_of_both_are_read_down_to_what_is_known(
    mirror_db: Database, follow: Follow, listed: Sell
):
    follow(source(listed))
    listed.put(contact(121, updated_at=contact(131)["updated_at"]))
    listed.put_deals(deal(4, stage_id=13, updated_at=contact(132)["updated_at"]))
    del listed.asked[:]
    report = follow(source(listed))

    assert (report.figures.added, report.figures.changed) == (1, 1)
    assert doings(mirror_db, "deals")["4"].state == "won"
    assert len(listed.paths("GET /v2/contacts")) == len(listed.paths("GET /v2/deals")) == 1
    assert point(mirror_db).cursor == contact(132)["updated_at"]


def test_a_contact_that_changes_while_deals_are_listed_is_read_the_next_time(
    mirror_db: Database, follow: Follow, listed: Sell
):
    hours: dict[str, Any] = {"overlap_s": 0}
    follow(source(listed, **hours))
    now = datetime.now(UTC)
    stamp, late = (f"{at:%Y-%m-%dT%H:%M:%SZ}" for at in (now, now + timedelta(minutes=2)))

    def moves() -> None:  # both while the deals are listed; the deal's date is the later one
        listed.before.clear()
        listed.put(contact(3, name="Nova", updated_at=stamp))
        listed.put_deals(deal(3, stage_id=13, updated_at=late))

    listed.before["GET /v2/deals"] = moves
    follow(source(listed, **hours))
    assert doings(mirror_db, "deals")["3"].state == "won"
    assert point(mirror_db).cursor == deal(130)["updated_at"]

    assert follow(source(listed, **hours)).figures.changed == 1


def test_a_sweep_of_lists_finds_what_is_gone_of_both(
    mirror_db: Database, follow: Follow, sweep: Follow, listed: Sell
):
    follow(source(listed))
    listed.delete(7)
    listed.delete_deals(7, 8)

    assert sweep(source(listed)).figures.gone == 3
    assert graves(mirror_db) == {"7": "sweep"}
    assert doings(mirror_db, "deals").keys() == {str(n) for n in range(1, 131)} - {"7", "8"}


def test_what_a_device_brings_can_be_held_against_what_a_list_brought(
    mirror_db: Database, follow: Follow, listed: Sell
):
    follow(source(listed))
    listed.plan_has_sync, listed.size = True, 100
    listed.put_deals(deal(4, stage_id=13, updated_at=contact(140)["updated_at"]))
    report = follow(source(listed))

    assert (report.figures.changed, report.figures.stale) == (1, 0)
    assert isinstance(source(listed), SellSource)


# --- into standings --------------------------------------------------------------------------

Cycle = Callable[[SellSource], None]


@pytest.fixture
def cycle(mirror_db: Database, data_dir: Path) -> Cycle:
    """Follows an account as the program does: what a first listing brought is judged at its end."""

    def once(made: SellSource) -> None:
        with lease(mirror_db, data_dir) as fence:
            assert all(report.ok for report in sync.follow(mirror_db, made, fence))

    return once


SILENT = {"prospect_status": None, "customer_status": None}
"""Sell says nothing of these itself: what their deals make of them is seen."""


def history() -> list[dict[str, Any]]:
    """Everything that ever happened to three deals, the last of which each queue brings anyway."""
    stages = (11, 14, 12, 13)
    first = [item("deal", deal(1, stage_id=one), number) for number, one in enumerate(stages, 1)]
    second = [item("deal", deal(2), 1), item("deal", {"id": 2}, 3, gone=True)]
    return [*first, *second, item("deal", deal(3, stage_id=11), 1)]


@pytest.mark.parametrize("seed", range(4))
def test_any_order_and_any_repetition_end_in_the_same_standings(
    mirror_db: Database, cycle: Cycle, sell: Sell, seed: int
):
    sell.order = random.Random(seed)
    sell.size = 3
    sell.put(contact(1, **SILENT), contact(2, **SILENT))
    sell.put(contact(3, contact_id=4, **SILENT), contact(4, is_organization=True, **SILENT))
    sell.queues.objects["deal", 1] = 4, deal(1, stage_id=13)
    sell.queues.objects["deal", 2] = 3, None
    sell.queues.objects["deal", 3] = 2, deal(3)
    sell.put_deals(deal(6))  # its contact has not come yet
    sell.queues.extra = sell.order.sample(history() * 2, 14)
    cycle(source(sell))

    sell.put(contact(6, **SILENT))
    sell.queues.extra = sell.order.sample(
        history()[:4], 4
    )  # an end that is acknowledged is told once
    cycle(source(sell))

    assert {name: one.state for name, one in doings(mirror_db, "deals").items()} == {
        "1": "won",
        "3": "open",
        "6": "open",
    }
    assert {
        name: derived for name, (_, derived) in standings(mirror_db, "sell_prospect").items()
    } == {
        "1": "none",
        "2": "none",
        "3": "current",
        "4": "current",
        "6": "current",
    }
    assert standings(mirror_db, "sell_customer")["1"] == (None, "current")
    assert refused(mirror_db) == {}


def test_what_sell_says_itself_is_shown_beside_what_its_deals_say(
    mirror_db: Database, cycle: Cycle, sell: Sell
):
    sell.put(contact(1, customer_status="none"))
    sell.put_deals(deal(1, stage_id=13))
    cycle(source(sell))

    assert standings(mirror_db, "sell_customer") == {"1": ("none", "current")}
