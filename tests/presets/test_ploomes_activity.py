"""What Ploomes says of the relationship: its status, its deals and orders, by their own lists."""

import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from connector.http import Unreachable
from connector.mapping.strict_json import decode_object
from connector.sources.rest import RestSource
from connector.sync import follow
from mirror.records import Customer, Deal, Item, Order
from mirror.standing import Rules
from mirror.store.engine import Database
from mirror.store.lease import lease
from tests.fakes.looking import doings, standings
from tests.fakes.presets_ploomes import Ploomes, contact, deal, order, other, source

OWN_STATUS = "OtherProperties[FieldKey=contact_77AA-0002].ObjectValueName"


@pytest.fixture
def ploomes() -> Iterator[Ploomes]:
    with Ploomes().running() as account:
        yield account


def streams(ploomes: Ploomes, **over: Any) -> dict[str, RestSource]:
    made = source(ploomes, **over)
    return {one.streams[0]: one for one in (made, *made.activities)}


def read(made: RestSource, cursor: str | None = None) -> list[Any]:
    return [
        made.translate(decode_object(raw), made.head(raw, page.at), page.stream)
        for page in made.pages(cursor)
        for raw in page.records
    ]


def customer(ploomes: Ploomes, over: dict[str, Any] | None = None, **fields: Any) -> Customer:
    ploomes.put(contact(1, **fields))
    (found,) = read(streams(ploomes, **over or {})["customers"])
    assert isinstance(found, Customer)
    return found


# --- the status ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "standing"),
    [
        (10003456, "active"),
        (10003457, "inactive"),
        (10003458, "prospect"),
        (10003459, "discarded"),
        (10009999, "10009999"),
        (None, None),
    ],
)
def test_the_native_status_is_a_standing(ploomes: Ploomes, number: int | None, standing: str):
    assert customer(ploomes, StatusId=number).standings.get("ploomes") == standing


@pytest.mark.parametrize(
    ("sent", "standing"),
    [("Cliente ativo", "active"), ("Em recuperação", "Em recuperação"), (None, None)],
)
def test_a_field_of_the_shop_s_own_may_take_its_place(
    ploomes: Ploomes, sent: str | None, standing: str | None
):
    words = {"Cliente ativo": "active", "Sem compra há um ano": "inactive"}
    over = {"map": {"standings": {"ploomes": {"path": OWN_STATUS, "words": words}}}}
    rows = [other("contact_77AA-0002", ObjectValueName=sent)] if sent else []
    found = customer(ploomes, over, OtherProperties=rows)

    assert found.standings.get("ploomes") == standing


def test_a_person_works_for_a_company(ploomes: Ploomes):
    assert customer(ploomes, CompanyId=9).company == "9"
    assert customer(ploomes, CompanyId=None).company is None


def test_its_rules_are_in_force_and_losses_are_the_shop_s_to_name(ploomes: Ploomes):
    over: dict[str, Any] = {"standing": {"loss_reasons": ["Desistência"]}}

    assert source(ploomes).rules == Rules(("ploomes",))
    assert source(ploomes, **over).rules == Rules(("ploomes",), loss_reasons=("Desistência",))


# --- deals -----------------------------------------------------------------------------------


def one_deal(ploomes: Ploomes, **fields: Any) -> Deal:
    ploomes.put_deals(deal(5, **fields))
    (found,) = read(streams(ploomes)["deals"])
    assert isinstance(found, Deal)
    return found


def test_a_lost_deal_is_read_whole(ploomes: Ploomes):
    found = one_deal(
        ploomes,
        StatusId=3,
        FinishDate="2024-03-02T11:58:30.11-03:00",
        LossReasonId=10005216,
        LossReason={"Id": 10005216, "Name": "Desistência"},
    )

    assert found == Deal(
        external_id="5",
        version=found.version,
        customer="5",
        state="lost",
        amount=1_825_050,
        updated_at=datetime(2024, 3, 1, 3, 0, 5, tzinfo=UTC),
        title="Fornecimento 5",
        opened_at=datetime(2024, 1, 10, 13, tzinfo=UTC),
        closed_at=datetime(2024, 3, 2, 14, 58, 30, 110_000, tzinfo=UTC),
        loss_reason="Desistência",
        stage="Proposta",
        pipeline="Vendas",
    )


@pytest.mark.parametrize(
    ("number", "state", "received"),
    [(1, "open", None), (2, "won", None), (3, "lost", None), (4, "unknown", "4")],
)
def test_the_ids_of_a_deal_s_status_are_everybody_s(
    ploomes: Ploomes, number: int, state: str, received: str | None
):
    found = one_deal(ploomes, StatusId=number)

    assert (found.state, found.state_received) == (state, received)


def test_a_deal_in_another_currency_is_told(ploomes: Ploomes):
    found = one_deal(ploomes, CurrencyId=2, Currency={"Id": 2, "Code": "USD"})

    assert (found.currency, found.flags) == ("USD", ("foreign_currency",))


def test_a_deal_with_a_person_alone_is_the_person_s(ploomes: Ploomes):
    assert one_deal(ploomes, ContactId=8, PersonId=9).customer == "8"
    assert one_deal(ploomes, ContactId=None, PersonId=9).customer == "9"
    assert one_deal(ploomes, ContactId=None).customer is None


# --- orders ----------------------------------------------------------------------------------


def test_an_order_is_a_sale_with_its_lines(ploomes: Ploomes):
    ploomes.put_orders(order(6))
    (found,) = read(streams(ploomes)["orders"])

    assert found == Order(
        external_id="6",
        version=found.version,
        customer="6",
        state="done",
        amount=1_980,
        updated_at=datetime(2024, 3, 1, 3, 0, 6, tzinfo=UTC),
        number="1006",
        placed_at=datetime(2024, 2, 20, 3, tzinfo=UTC),
        items=(Item("Farinha", "2", 990, 1_980),),
        seller="Vendedora Um",
    )


def test_an_order_without_lines_or_a_date_of_its_own(ploomes: Ploomes):
    ploomes.put_orders(order(6, Products=[], Date=None, OrderNumber=None))
    (found,) = read(streams(ploomes)["orders"])

    assert (found.items, found.number, found.currency, found.flags) == ((), None, "BRL", ())
    assert found.placed_at == datetime(2024, 2, 20, 12, 12, 7, 400_000, tzinfo=UTC)


def test_stages_may_say_what_is_cancelled(ploomes: Ploomes):
    state = {"path": "Stage.Name", "words": {"Faturado": "done", "Cancelado": "cancelled"}}
    over: dict[str, Any] = {"activity": {"orders": {"map": {"state": state}}}}
    ploomes.put_orders(order(6), order(7, Stage={"Id": 9, "Name": "Cancelado"}))

    found = read(streams(ploomes, **over)["orders"])
    assert [(one.state, one.state_received) for one in found] == [
        ("done", "Faturado"),
        ("cancelled", "Cancelado"),
    ]


# --- the lists -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["deals", "orders"])
def test_each_list_goes_by_id_and_needs_no_table(ploomes: Ploomes, name: str):
    ploomes.put_deals(*(deal(number) for number in range(1, 351)))
    ploomes.put_orders(*(order(number) for number in range(1, 351)))
    found = read(streams(ploomes)[name])

    assert [int(one.external_id) for one in found] == list(range(1, 351))
    filters = [call.query["$filter"] for call in ploomes.calls]
    assert filters == ["Id gt 0", "Id gt 300", "Id gt 350", "Id gt 300", "Id gt 350"]


@pytest.mark.parametrize("name", ["deals", "orders"])
def test_changes_of_each_are_asked_for_by_date(ploomes: Ploomes, name: str):
    stamp = "2024-03-20T11:58:31.917-03:00"
    ploomes.put_deals(deal(1), deal(2, LastUpdateDate=stamp))
    ploomes.put_orders(order(1), order(2, LastUpdateDate=stamp))
    found = read(streams(ploomes)[name], stamp)

    assert [one.external_id for one in found] == ["2"]
    asked = ploomes.calls[0].query["$filter"]
    begin = "2024-03-20T11:48:31.917000-03:00"
    assert asked == f"Id gt 0 and (LastUpdateDate ge {begin} or CreateDate ge {begin})"


@pytest.mark.parametrize("name", ["deals", "orders"])
@pytest.mark.parametrize("host", ["", "http://public6-api2.ploomes.com"])
def test_links_of_each_lead_to_the_address_that_was_configured(
    ploomes: Ploomes, name: str, host: str
):
    ploomes.link_host, ploomes.most = host, 100
    ploomes.put_deals(*(deal(number) for number in range(1, 251)))
    ploomes.put_orders(*(order(number) for number in range(1, 251)))

    assert len(read(streams(ploomes)[name])) == 250


@pytest.mark.parametrize("name", ["deals", "orders"])
def test_an_empty_list_where_some_were_fails_and_takes_none_for_gone(ploomes: Ploomes, name: str):
    ploomes.put_deals(*(deal(number) for number in range(1, 351)))
    ploomes.put_orders(*(order(number) for number in range(1, 351)))

    def asked_too_much(call: Any) -> None:
        if "gt 300" in call.query["$filter"]:
            ploomes.deals, ploomes.orders = {}, {}

    ploomes.before = asked_too_much
    with pytest.raises(Unreachable, match=f"^loja, {name}: .*empty pages"):
        read(streams(ploomes)[name])


def test_all_lists_share_what_the_account_allows(ploomes: Ploomes):
    ploomes.put_deals(*(deal(number) for number in range(1, 200)))
    ploomes.put_orders(*(order(number) for number in range(1, 200)))
    over: dict[str, Any] = {
        "activity": {name: {"page": {"size": 3}} for name in ("deals", "orders")}
    }
    made = source(ploomes, **over)
    for one in made.activities:
        read(one)

    assert len(ploomes.calls) == made.requests > 130
    times = [call.at for call in ploomes.calls]
    assert max(sum(at - 60 < one <= at for one in times) for at in times) <= 96


# --- into the mirror -------------------------------------------------------------------------

LOST = {"StatusId": 3, "FinishDate": "2024-02-01T10:00:00-03:00"}
GAVE_UP = LOST | {"LossReason": {"Id": 1, "Name": "Desistência"}}
TOO_DEAR = LOST | {"LossReason": {"Id": 2, "Name": "Preço"}}


def arrivals(ploomes: Ploomes) -> list[Callable[[], None]]:
    """Customers of whom Ploomes says nothing, and what they do, each on its own."""
    people = [contact(number, StatusId=None) for number in range(1, 6)]
    came: list[Callable[[], None]] = [partial(ploomes.put, one) for one in people]
    came += [partial(ploomes.put_orders, order(number)) for number in (2, 9)]
    came += [
        partial(ploomes.put_deals, deal(3, **GAVE_UP)),
        partial(ploomes.put_deals, deal(4, **TOO_DEAR)),
        partial(ploomes.put_deals, deal(5, StatusId=2, FinishDate="2024-02-01T10:00:00-03:00")),
    ]
    return came


@pytest.mark.parametrize("seed", range(3))
def test_any_order_and_any_repetition_end_in_the_same_standings(
    mirror_db: Database, data_dir: Path, ploomes: Ploomes, seed: int
):
    dice = random.Random(seed)
    made = source(ploomes, standing={"loss_reasons": ["desistência"]})
    came = arrivals(ploomes)
    dice.shuffle(came)
    with lease(mirror_db, data_dir) as fence:
        while came:
            for arrive in [came.pop() for _ in range(min(len(came), dice.randint(1, 4)))]:
                arrive()
            assert all(one.ok for one in follow(mirror_db, made, fence, full=dice.random() < 0.3))

    assert standings(mirror_db, "ploomes") == {
        "1": (None, "prospect"),
        "2": (None, "active"),
        "3": (None, "inactive"),
        "4": (None, "prospect"),
        "5": (None, "active"),
    }
    assert doings(mirror_db, "orders").keys() == {"2", "9"}


def test_a_deal_that_ploomes_has_no_more_is_found_by_a_sweep_and_moves_its_customer_back(
    mirror_db: Database, data_dir: Path, ploomes: Ploomes
):
    for arrive in arrivals(ploomes):
        arrive()
    made = source(ploomes)
    with lease(mirror_db, data_dir) as fence:
        assert all(one.ok for one in follow(mirror_db, made, fence))
        del ploomes.deals[5]
        reports = list(follow(mirror_db, made, fence, full=True))

    assert [one.figures.gone for one in reports] == [0, 0, 1]
    assert standings(mirror_db, "ploomes")["5"] == (None, "prospect")


def test_what_ploomes_says_itself_is_shown(mirror_db: Database, data_dir: Path, ploomes: Ploomes):
    ploomes.put(contact(2, StatusId=10003459))
    ploomes.put_orders(order(2))
    with lease(mirror_db, data_dir) as fence:
        list(follow(mirror_db, source(ploomes), fence))

    assert standings(mirror_db, "ploomes") == {"2": ("discarded", "active")}
