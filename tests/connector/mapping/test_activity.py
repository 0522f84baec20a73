"""What customers did: every field read, every state word, what is refused and what is flagged."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from connector.mapping import (
    PORTUGUESE,
    VOCABULARY,
    ActivityMap,
    DealMap,
    Map,
    OrderMap,
    PaymentMap,
    VisitMap,
)
from connector.mapping.activity import ActivityTranslator
from mirror.records import Deal, Item, Order, Payment, Visit
from tests.fakes.activity_maps import CHANGED, SAO_PAULO, plain, read, rule

KINDS = (OrderMap, PaymentMap, DealMap, VisitMap)
LONG_AGO = "1889-12-31T12:00:00Z"
TEN = datetime(2024, 4, 30, 13, tzinfo=UTC)


def test_an_order_with_everything():
    items = [{"name": "Bicicleta", "quantity": 2, "amount": 1250.5, "total": "2501.00"}]
    found = read(
        OrderMap,
        customer=105,
        kind="quote",
        number="P-1",
        amount="2501.00",
        currency="BRL",
        items=items,
        seller="Vendedora Um",
    )

    assert found == Order(
        external_id="7",
        version=1,
        customer="105",
        state="done",
        amount=250_100,
        updated_at=CHANGED,
        kind="quote",
        number="P-1",
        placed_at=TEN,
        items=(Item("Bicicleta", "2", 125_050, 250_100),),
        seller="Vendedora Um",
    )


def test_a_payment_with_everything():
    found = read(
        PaymentMap,
        customer="105",
        state="paid",
        order=42,
        description="Parcela 1 de 3",
        issued_on="2024-04-01",
        due_on="2024-05-10",
        paid_at="2024-04-30T10:00:00",
        amount=10,
        paid_amount=10.25,
        currency="USD",
        link="https://boleto.example/1",
        code="34191.79001",
        barcode="3419179001",
        pix="000201",
    )

    assert found == Payment(
        external_id="7",
        version=1,
        customer="105",
        state="paid",
        currency="USD",
        amount=1_000,
        flags=("foreign_currency",),
        updated_at=CHANGED,
        order="42",
        description="Parcela 1 de 3",
        issued_on=date(2024, 4, 1),
        due_on=date(2024, 5, 10),
        paid_at=TEN,
        paid_amount=1_025,
        link="https://boleto.example/1",
        code="34191.79001",
        barcode="3419179001",
        pix="000201",
    )


def test_a_deal_with_everything():
    found = read(
        DealMap,
        customer="105",
        state="lost",
        title="Frota de bicicletas",
        opened_at="2024-04-01",
        closed_at="2024-04-30T13:00:00Z",
        amount=10,
        loss_reason="Preço",
        stage="Negociação",
        pipeline="Vendas",
    )

    assert found == Deal(
        external_id="7",
        version=1,
        customer="105",
        state="lost",
        amount=1_000,
        updated_at=CHANGED,
        title="Frota de bicicletas",
        opened_at=datetime(2024, 4, 1, 3, tzinfo=UTC),
        closed_at=TEN,
        loss_reason="Preço",
        stage="Negociação",
        pipeline="Vendas",
    )


def test_a_visit_with_everything():
    found = read(VisitMap, customer="105", order=42)

    assert found == Visit(
        external_id="7",
        version=1,
        customer="105",
        updated_at=CHANGED,
        page="/bicicletas",
        visited_at=TEN,
        order="42",
    )


@pytest.mark.parametrize("kind", KINDS)
def test_next_to_nothing_is_enough(kind: type[ActivityMap]):
    found = read(kind)

    assert (found.customer, found.amount, found.currency, found.flags) == (None, 0, "BRL", ())


# --- words -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "field", "word"), [(*k, w) for k, v in VOCABULARY.items() for w in v]
)
def test_every_word_of_ours_stands_for_itself(kind: type[ActivityMap], field: str, word: str):
    found = read(kind, **{field: word})

    assert getattr(found, field) == word
    assert found.state_received is None


@pytest.mark.parametrize("kind", [OrderMap, PaymentMap, DealMap])
def test_an_unknown_state_is_kept_as_it_was_sent(kind: type[ActivityMap]):
    assert (read(kind, state="talvez").state, read(kind, state="talvez").state_received) == (
        "unknown",
        "talvez",
    )
    assert (read(kind, state=9).state, read(kind, state=9).state_received) == ("unknown", "9")
    assert (read(kind, state=None).state, read(kind, state="").state_received) == ("unknown", None)


def test_the_master_s_own_word_is_kept_beside_ours():
    words = {"em separação": "open", "3": "cancelled", "true": "done"}
    over = {"state": {"path": "state", "words": words}}

    def told(state: Any) -> tuple[str, str | None]:
        found = read(OrderMap, over, state=state)
        return found.state, found.state_received

    assert told("em separação") == ("open", "em separação")
    assert told(3) == ("cancelled", None)  # a number is no word that anybody knows
    assert told(True) == ("done", None)


@pytest.mark.parametrize(
    ("kind", "field", "word"), [(*k, w) for k, v in PORTUGUESE.items() for w in v if k[0] != Map]
)
def test_every_map_knows_the_articles_own_words(kind: type[ActivityMap], field: str, word: str):
    shouted = " ".join(f" {word.upper()} ".split(" "))
    assert getattr(read(kind, **{field: shouted}), field) == PORTUGUESE[kind, field][word]


def test_a_type_of_order_keeps_the_shop_s_own_name():
    over = {"kind": {"path": "kind", "words": {"Venda balcão": "order", "Troca": "return"}}}

    def told(kind: str) -> tuple[str, str | None]:
        found = read(OrderMap, over, kind=kind)
        return found.kind, found.kind_received

    assert told("Venda balcão") == ("order", "Venda balcão")
    assert told("TROCA") == ("return", "TROCA")
    assert told("Consignação") == ("unknown", "Consignação")
    assert told("Orçamento") == ("quote", None)  # what everybody calls it
    assert told("order") == ("order", None)


def test_a_state_that_is_no_word_is_refused():
    assert rule(DealMap, state={"a": "won", "b": "x"}) == "state: not_text"
    assert rule(OrderMap, kind={"is": "order", "was": "quote"}) == "kind: not_text"


@pytest.mark.parametrize("sent", [["won"], {"id": 3, "name": "won"}, ["won", "Ganho"]])
def test_a_list_of_states_is_what_all_of_them_mean(sent: Any):
    assert read(DealMap, state=sent).state == "won"
    several = read(DealMap, state=["won", "lost"])
    assert (several.state, several.state_received) == ("unknown", "won, lost")


@pytest.mark.parametrize(
    ("map_", "field", "kept"),
    [
        (DealMap, "title", "x" * 1000),
        (PaymentMap, "description", "x" * 1000),
        (PaymentMap, "pix", None),
    ],
)
def test_a_text_too_long_costs_no_record(map_: type[ActivityMap], field: str, kept: str | None):
    found = read(map_, **{field: "x" * 1_001})
    assert (getattr(found, field), found.flags) == (kept, (f"{field}_too_long",))


def test_without_a_kind_in_the_map_all_are_orders():
    assert read(OrderMap, {"kind": None}, kind="quote").kind == "order"


# --- money -----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [OrderMap, PaymentMap, DealMap])
def test_a_negative_amount_is_refused(kind: type[ActivityMap]):
    assert rule(kind, amount=-0.01) == "amount: negative_amount"
    assert rule(kind, amount="dez") == "amount: not_a_number"
    assert read(kind, amount=0).amount == 0


def test_a_return_may_be_negative_and_lines_of_an_order_may():
    line = {"name": "Desconto", "amount": -5, "total": -5}

    assert read(OrderMap, kind="return", amount=-50).amount == -5_000
    assert read(OrderMap, items=[line]).items == (Item("Desconto", "1", -500, -500),)
    assert rule(PaymentMap, paid_amount=-1) == "paid_amount: negative_amount"


@pytest.mark.parametrize("kind", [OrderMap, PaymentMap, DealMap])
def test_another_currency_is_told(kind: type[ActivityMap]):
    assert read(kind, currency="EUR").currency == "EUR"
    assert read(kind, currency="EUR").flags == ("foreign_currency",)
    assert read(kind, currency=7).flags == ("foreign_currency", "currency_invalid")


def test_texts_with_commas_and_cents_are_read_by_filters():
    assert read(DealMap, {"amount": "amount | decimal"}, amount="1.234,56").amount == 123_456
    assert read(DealMap, {"amount": "amount | cents"}, amount=123_456).amount == 123_456
    assert rule(DealMap, amount="1.234,56") == "amount: not_a_number"


# --- dates -----------------------------------------------------------------------------------

COUNTING = [
    (OrderMap, "placed_at", {}),
    (VisitMap, "visited_at", {}),
    (PaymentMap, "paid_at", {"state": "paid"}),
]


@pytest.mark.parametrize(("kind", "field", "also"), COUNTING)
@pytest.mark.parametrize(
    ("sent", "told"),
    [
        ("ontem", "not_a_date"),
        (1714482000, "not_a_date"),
        (LONG_AGO, "out_of_range"),
        ("9999-12-31T00:00:00Z", "out_of_range"),
        ("2150-01-01T00:00:00Z", "in_the_future"),
    ],
)
def test_a_date_that_counts_is_right_or_refuses_the_record(
    kind: type[ActivityMap], field: str, also: dict[str, Any], sent: Any, told: str
):
    assert rule(kind, **also, **{field: sent}) == f"{field}: {told}"


@pytest.mark.parametrize(("kind", "field", "also"), COUNTING)
def test_clocks_may_differ_by_hours(kind: type[ActivityMap], field: str, also: dict[str, Any]):
    soon = datetime.now(UTC) + timedelta(hours=23)

    assert getattr(read(kind, **also, **{field: soon.isoformat()}), field) == soon


NO_DATES = (None, "", False, "0000-00-00T00:00:00", "0000-00-00", "0001-01-01T00:00:00Z")


@pytest.mark.parametrize("sent", NO_DATES)
def test_an_order_or_a_visit_without_a_date_is_refused(sent: object):
    assert rule(OrderMap, placed_at=sent) == "placed_at: missing"
    assert rule(VisitMap, visited_at=sent) == "visited_at: missing"


@pytest.mark.parametrize("sent", NO_DATES)
def test_a_payment_that_was_made_without_a_date_counts_from_its_last_change(sent: object):
    found = read(PaymentMap, state="paid", paid_at=sent)

    assert (found.paid_at, found.flags) == (CHANGED, ("paid_without_date",))
    assert read(PaymentMap, state="issued").paid_at is None


@pytest.mark.parametrize(
    ("kind", "field"),
    [
        (PaymentMap, "paid_at"),
        (PaymentMap, "issued_on"),
        (PaymentMap, "due_on"),
        (DealMap, "opened_at"),
    ],
)
@pytest.mark.parametrize("sent", [LONG_AGO, "9999-12-31", "ontem", 7])
def test_any_other_date_is_left_out_with_a_flag(kind: type[ActivityMap], field: str, sent: Any):
    found = read(kind, **{field: sent})

    assert (getattr(found, field), found.flags) == (None, (f"{field}_invalid",))


def test_a_charge_may_be_due_in_years():
    assert read(PaymentMap, due_on="2099-05-10").due_on == date(2099, 5, 10)


def test_a_deal_that_closes_before_it_opens_is_kept_with_a_flag():
    opened = {"opened_at": "2024-04-02T00:00:00Z", "state": "won"}
    early = read(DealMap, **opened, closed_at="2024-04-01T00:00:00Z")

    assert (early.closed_at, early.flags) == (
        datetime(2024, 4, 1, tzinfo=UTC),
        ("closed_before_opened",),
    )
    assert read(DealMap, **opened, closed_at=opened["opened_at"]).flags == ()


def test_an_open_deal_was_never_closed():
    said = {"opened_at": "2024-04-02T00:00:00Z", "closed_at": "2024-04-01T00:00:00Z"}

    assert (read(DealMap, **said).closed_at, read(DealMap, **said).flags) == (None, ())
    assert read(DealMap, state="talvez", **said).closed_at is not None


# --- the rest --------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_a_customer_that_is_no_id_is_refused(kind: type[ActivityMap]):
    assert rule(kind, customer="x" * 65) == "customer: not_an_id"
    assert rule(kind, customer=True) == "customer: not_an_id"
    assert read(kind, customer="").customer is None


@pytest.mark.parametrize("kind", [PaymentMap, VisitMap])
def test_an_order_that_is_no_id_is_left_out(kind: type[ActivityMap]):
    assert (read(kind, order="x" * 65).order, read(kind, order="x" * 65).flags) == (
        None,
        ("order_invalid",),
    )


def test_only_links_that_are_safe_are_kept():
    assert read(PaymentMap, link="http://boleto.example").link is None
    assert read(PaymentMap, link="javascript:alert(1)").link is None


def test_a_visit_of_nothing_is_refused():
    assert rule(VisitMap, page=None) == "page: missing"
    assert rule(VisitMap, page="\u200b") == "page: missing"


def test_items_are_bounded_and_those_without_a_name_left_out():
    many = [{"name": f"Item {number}"} for number in range(101)]

    assert (len(read(OrderMap, items=many).items), read(OrderMap, items=many).flags) == (
        100,
        ("items_truncated",),
    )
    assert read(OrderMap, items=[{"amount": 1}, {"name": "Sino"}]).items == (Item("Sino"),)
    assert rule(OrderMap, items=[{"name": "Sino", "quantity": "dois"}]) == "items: not_a_number"
    named = read(OrderMap, items=["Sino", True])
    assert (named.items, named.flags) == ((Item("Sino"),), ("items_invalid",))


@pytest.mark.parametrize("kind", [OrderMap, PaymentMap, DealMap])
def test_nothing_of_a_record_is_read_that_the_map_does_not_name(kind: type[ActivityMap]):
    over = {"currency": None, "amount": None}

    assert read(kind, over, currency="USD", amount=-5).flags == ()
    assert read(kind, over, currency="USD", amount=-5).amount == 0


def test_stored_records_are_read_again_when_a_map_changes():
    def made(kind: type[ActivityMap], **over: Any) -> bytes:
        return ActivityTranslator(plain(kind, **over), SAO_PAULO).fingerprint

    prints = [made(kind) for kind in KINDS] + [made(DealMap, title="name")]

    assert len({*prints}) == 5
    assert made(DealMap) == made(DealMap)
