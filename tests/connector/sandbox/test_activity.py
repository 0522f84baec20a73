"""What customers do: believable, consistent with each other, and wrong as rarely as meant."""

from collections import Counter, defaultdict
from datetime import datetime, timedelta
from typing import Any

import pytest

from connector.sandbox.customers import customer
from connector.sandbox.listing import STREAMS
from connector.sandbox.population import Population
from tests.connector.sandbox.conftest import TODAY, listed

OPENED = datetime.fromisoformat("2027-01-15T00:00:00-03:00")
SEED, MANY = 7, 3_000


def cents(money):
    return round(money * 100)


def is_sound(item):
    return (item["id"] // 1_000_000 - 100_001) % 150 != 77


def moment(text):
    return datetime.fromisoformat(text)


@pytest.fixture(scope="module")
def population():
    return Population(MANY, SEED, clock=lambda: TODAY / 1e6 + 12 * 3600)


@pytest.fixture(scope="module")
def customers(population):
    seen = population.listing(None, None, MANY).seen
    return {100_001 + one.index: customer(SEED, one) for one in seen}


@pytest.fixture(scope="module")
def everything(population):
    return {stream: listed(population, stream) for stream in STREAMS}


@pytest.fixture(scope="module")
def sound(everything):
    return {stream: [i for i in items if is_sound(i)] for stream, items in everything.items()}


@pytest.fixture(scope="module")
def payments_of(sound):
    found = defaultdict(list)
    for payment in sound["payments"]:
        found[payment["order_id"]].append(payment)
    return found


def test_the_lines_of_an_order_add_up_and_only_returns_are_negative(sound):
    for order in sound["orders"]:
        assert cents(order["total"]) == sum(cents(item["total"]) for item in order["items"]) != 0
        for item in order["items"]:
            assert abs(cents(item["total"])) == item["quantity"] * cents(item["price"])
        assert (order["total"] < 0) == (order["type"] == "devolução")


def test_the_instalments_of_an_order_add_up_to_it(sound, payments_of):
    for order in sound["orders"]:
        if order["type"] == "pedido":
            amounts = [cents(payment["amount"]) for payment in payments_of[order["id"]]]
            assert sum(amounts) == cents(order["total"])
            assert 1 <= len(amounts) <= 3
        else:
            assert order["id"] not in payments_of


@pytest.mark.parametrize("changes", [0, 1_500])
def test_the_last_purchase_is_the_newest_order_that_is_one(changes):
    population = Population(400, SEED, clock=lambda: TODAY / 1e6 + 12 * 3600)
    if changes:
        population.change(changes)
    newest: dict[Any, Any] = {}
    for order in filter(is_sound, listed(population, "orders")):
        if order["type"] == "pedido" and order["status"] != "cancelado":
            at = order["placed_at"]
            newest[order["customer_id"]] = max(newest.get(order["customer_id"], ""), at)
    for one in population.listing(None, None, 1000).seen:
        if one.index % 150 != 77:
            bought_at = customer(SEED, one)["last_purchase_at"]
            assert newest.get(100_001 + one.index) == bought_at


def test_nothing_happened_before_registration_or_after_the_sandbox_opened(customers, sound):
    for order in sound["orders"]:
        assert customers[order["customer_id"]]["created_at"] <= order["placed_at"]
        assert moment(order["placed_at"]) < OPENED
    for payment in sound["payments"]:
        assert not payment["paid_at"] or payment["created_at"] <= payment["paid_at"]
        assert not payment["paid_at"] or moment(payment["paid_at"]) < OPENED
        assert payment["created_at"][:10] <= payment["issued_on"] <= payment["due_on"]
    for deal in sound["deals"]:
        assert customers[deal["customer_id"]]["created_at"] <= deal["opened_at"]
        assert not deal["closed_at"] or deal["opened_at"] <= deal["closed_at"]
        assert moment(deal["closed_at"] or deal["opened_at"]) < OPENED


def test_states_and_dates_agree(sound):
    today = OPENED.date().isoformat()
    for payment in sound["payments"]:
        assert (payment["status"] == "paga") == (payment["paid_at"] is not None)
        assert payment["paid_amount"] == (payment["amount"] if payment["paid_at"] else None)
        assert (payment["status"] == "em atraso") <= (payment["due_on"] < today)
        assert (payment["status"] == "emitida") <= (payment["issued_on"] <= today)
        assert (payment["status"] in ("emitida", "agendada")) <= (payment["due_on"] >= today)
        assert (payment["status"] == "agendada") <= (payment["issued_on"] > today)
    for deal in sound["deals"]:
        assert (deal["status"] == "aberto") == (deal["closed_at"] is None)
        assert (deal["status"] in ("perdido", "desqualificado")) == bool(deal["loss_reason"])


def test_every_word_is_used(sound):
    def words(stream, field="status"):
        return {item[field] for item in sound[stream]}

    assert words("orders", "type") == {"pedido", "orçamento", "devolução", "recibo"}
    assert words("orders") == {"aberto", "em separação", "faturado", "entregue", "cancelado"}
    open_ones = {"agendada", "emitida", "em atraso"}
    assert words("payments") == open_ones | {"paga", "cancelada", "excluída"}
    assert words("deals") == {"aberto", "ganho", "perdido", "desqualificado"}
    assert {"Preço", "Desistência", "Concorrência"} < words("deals", "loss_reason")


def test_boletos_have_a_link_and_a_code_and_pix_has_its_text(sound):
    for payment in sound["payments"]:
        kind = payment["description"].split()[0]
        assert (kind == "Boleto") == bool(payment["code"]) == bool(payment["barcode"])
        assert (kind == "Boleto") == str(payment["boleto_url"]).startswith("https://boleto.example")
        assert (kind == "Pix") == bool(payment["pix"])


def test_some_never_bought_many_paid_lately_and_more_long_ago(customers, sound):
    last: defaultdict[str, str] = defaultdict(str)
    for payment in sound["payments"]:
        if payment["paid_at"]:
            last[payment["customer_id"]] = max(last[payment["customer_id"]], payment["paid_at"])
    lately = sum(moment(text) > OPENED - timedelta(days=60) for text in last.values())
    assert 0.22 < sum(not one["last_purchase_at"] for one in customers.values()) / MANY < 0.28
    assert 0.2 < lately / MANY < 0.4
    assert 0.3 < (len(last) - lately) / MANY < 0.55
    each = Counter(order["customer_id"] for order in sound["orders"])
    assert 2.5 < each.total() / MANY < 4
    assert max(each.values()) == 20


def test_deals_are_made_with_companies_and_with_those_who_work_for_one(customers, sound):
    with_whom: Counter[Any] = Counter()
    for deal in sound["deals"]:
        who = customers[deal["customer_id"]]
        assert deal["company_id"] == who["company_id"]
        with_whom["PJ" if who["person_type"] == "PJ" else bool(deal["company_id"])] += 1
    assert with_whom["PJ"] > with_whom[True] > with_whom[False] > 0
    employers = {one["company_id"] for one in customers.values()} - {None}
    assert len(employers) > 50
    assert {customers[one]["person_type"] for one in employers} == {"PJ"}


def test_a_visit_that_led_to_an_order_came_just_before_it(sound):
    orders = {order["id"]: order for order in sound["orders"]}
    led = [visit for visit in sound["visits"] if visit["order_id"]]
    assert len(sound["visits"]) > len(led) > 100
    for visit in led:
        order = orders[visit["order_id"]]
        waited = moment(order["placed_at"]) - moment(visit["visited_at"])
        assert order["customer_id"] == visit["customer_id"]
        assert timedelta(0) <= waited < timedelta(minutes=30)
        assert visit["page"].startswith("/produto/")


def test_few_entries_are_broken_and_never_many_together(everything):
    for items in everything.values():
        spoilt = [place for place, item in enumerate(items) if _is_spoilt(item)]
        assert 1 / 2000 < len(spoilt) / len(items) < 1 / 100
        assert all(later - place > 60 for place, later in zip(spoilt, spoilt[3:], strict=False))


def _is_spoilt(item):
    started = item.get("opened_at", "")
    return (
        item["customer_id"] == 100_000
        or (item.get("total", 0) < 0) != (item.get("type") == "devolução")
        or item.get("amount", 0) < 0
        or "lua" in item.get("status", "")
        or item.get("currency", "BRL") != "BRL"
        or any(str(value).startswith("0000") for value in item.values())
        or bool(item.get("closed_at") and item["closed_at"] < started)
    )


def test_entries_are_broken_in_every_way(everything):
    items = [item for items in everything.values() for item in items]
    assert any(item["customer_id"] == 100_000 for item in items)
    assert any(item.get("total", 0) < 0 and item["type"] == "pedido" for item in items)
    assert any(item.get("amount", 0) < 0 for item in items)
    assert any("lua" in item.get("status", "") for item in items)
    assert any(item.get("currency") == "USD" for item in items)
    for field in ("placed_at", "paid_at", "visited_at"):
        assert any(str(item.get(field)).startswith("0000") for item in items)
    deals = [deal for deal in everything["deals"] if deal["closed_at"]]
    assert any(deal["closed_at"] < deal["opened_at"] for deal in deals)


def test_the_fixed_customers_did_the_same_in_every_sandbox(everything):
    population = Population(2, 99, clock=lambda: TODAY / 1e6)
    for stream in STREAMS:
        fixed = [i for i in everything[stream] if i["customer_id"] in (100_001, 100_002)]
        assert [i | {"updated_at": 0} for i in listed(population, stream)] == [
            i | {"updated_at": 0} for i in fixed
        ]


def test_the_first_customer_bought_lately_and_the_company_won_and_lost(customers, everything):
    def of(stream, who):
        return [item for item in everything[stream] if item["customer_id"] == who]

    assert {order["type"] for order in of("orders", 100_001)} == {
        "pedido",
        "orçamento",
        "devolução",
    }
    assert moment(customers[100_001]["last_purchase_at"]) > OPENED - timedelta(days=5)
    assert {"paga", "emitida", "agendada"} <= {one["status"] for one in of("payments", 100_001)}
    assert len(of("visits", 100_001)) > 4
    assert {deal["status"] for deal in of("deals", 100_002)} == {"ganho", "perdido", "aberto"}
    assert [one["person_type"] for one in customers.values() if one["company_id"] == 100_002] == [
        "PF"
    ]


def test_the_shops_own_people_decided_something_about_few(crowd):
    words = {
        "relationship": {None, "contato", "inativo"},
        "archived": {False, True},
        "prospect_status": {None, "lost"},
        "customer_status": {None, "past"},
        "ploomes_status": {None, "Descartado"},
    }
    for field, known in words.items():
        said = Counter(record[field] for record in crowd)
        assert said.keys() == known
        assert 0 < 1 - said.most_common(1)[0][1] / len(crowd) < 0.04
