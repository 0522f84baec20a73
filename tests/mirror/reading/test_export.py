"""Export: everybody, in order, masked as on the screen; or clear, in canonical forms."""

import json
from collections.abc import Callable

import msgspec
import pytest

from mirror.reading.listing import clear_row, export, masked_row
from mirror.records import Customer
from mirror.store.engine import Database
from mirror.writing.customers import remove
from tests.fakes.clientele import COMPANY, DEUZENIR, EVERYBODY, SECRETS
from tests.fakes.somebody import somebody

pytestmark = pytest.mark.engines

FIRST = (
    "source", "external_id", "kind", "name", "trade_name", "documents", "emails", "phones",
    "registration", "category", "customer_since", "last_purchase_at", "version",
)  # fmt: skip


def test_fields_come_in_one_order_and_all_of_them():
    clear, masked = clear_row("loja", DEUZENIR), masked_row("loja", DEUZENIR)
    assert tuple(clear)[: len(FIRST)] == tuple(masked)[: len(FIRST)] == FIRST
    assert set(clear) == {"source", *Customer.__struct_fields__}
    hidden_whole = {"master_url", "left_out"}  # a link may hold anything; digits of what was unread
    assert set(masked) == set(clear) - hidden_whole


def test_a_clear_row_has_canonical_forms():
    row = clear_row("loja", DEUZENIR)
    assert row["documents"] == ["52998224725"]
    assert row["emails"] == ["deuzenir.ferreira@exemplo.com.br", "loja.dela@exemplo.com.br"]
    assert row["phones"] == ["+5511987654321", "+551133334567"]
    assert row["addresses"][1]["postal_code"] == "01310100"
    assert row["dependents"][0]["name"] == "Julia Aparecida Ferreira"
    assert row["loyalty"]["points"] == 1250
    contact = clear_row("loja", COMPANY)["contacts"][0]
    assert contact["email"] == "ivo.prates@paoquente.exemplo"
    assert contact["phone"]["number"] == "+5521976540001"


def test_a_masked_row_hides_what_the_screen_hides():
    told = "".join(msgspec.json.encode(masked_row("loja", one)).decode() for one in EVERYBODY)
    assert [secret for secret in SECRETS if secret in told] == []
    assert "***" in told


def test_the_same_secrets_are_in_the_clear_rows():
    told = "".join(msgspec.json.encode(clear_row("loja", one)).decode() for one in EVERYBODY)
    for secret in ("52998224725", "5511987654321", "Alameda Santos", "Julia Aparecida"):
        assert secret in told


def test_every_row_becomes_json_and_back():
    for customer in EVERYBODY:
        for row in (clear_row("loja", customer), masked_row("loja", customer)):
            assert json.loads(msgspec.json.encode(row))["external_id"]


def test_nothing_missing_becomes_an_error():
    bare = clear_row("loja", Customer(external_id="1", version=1))
    assert (bare["loyalty"], bare["documents"], bare["contacts"]) == (None, [], [])
    assert masked_row("loja", Customer(external_id="1", version=1))["birth_date"] is None


def test_everybody_is_exported_once_in_the_mirror_s_order(
    mirror_with: Callable[..., Database], monkeypatch
):
    monkeypatch.setattr("mirror.reading.listing._AT_ONCE", 7)
    db = mirror_with(*(somebody(number) for number in range(30)))
    mirror_with(somebody(3), source="outra")
    with db.writing() as connection:
        remove(connection, "loja", ["C-5"], "sweep")

    everybody = [(row["source"], row["external_id"]) for row in export(db)]

    expected = [("loja", f"C-{number}") for number in range(30) if number != 5]
    assert everybody == [*expected, ("outra", "C-3")]
    assert [row["external_id"] for row in export(db, source="outra")] == ["C-3"]
    assert list(export(db, source="nenhuma")) == []


def test_it_is_masked_unless_asked_otherwise(mirror_with: Callable[..., Database]):
    db = mirror_with(somebody(1))
    (masked,), (clear,) = list(export(db)), list(export(db, clear=True))
    assert masked == masked_row("loja", somebody(1))
    assert clear == clear_row("loja", somebody(1))
    assert masked["documents"] != clear["documents"]


def test_customers_that_come_and_go_during_an_export_stop_nothing(
    mirror_with: Callable[..., Database], monkeypatch
):
    monkeypatch.setattr("mirror.reading.listing._AT_ONCE", 5)
    db = mirror_with(*(somebody(number) for number in range(20)))
    rows = export(db)
    seen = [next(rows)["external_id"] for _ in range(5)]
    with db.writing() as connection:
        remove(connection, "loja", ["C-0", "C-12"], "sweep")
    mirror_with(somebody(99))

    seen += [row["external_id"] for row in rows]

    assert seen == [f"C-{number}" for number in (*range(12), *range(13, 20), 99)]
