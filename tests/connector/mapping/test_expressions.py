"""Expressions of maps: one way to say where a value lies and what is done to it."""

from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from connector.mapping.expressions import Concat, Dialect, Expression
from tests.fakes.translation import read, translator

DIALECT = Dialect(ZoneInfo("America/Sao_Paulo"), {"status": {"3": "Ativo"}})
RECORD: dict[str, Any] = {
    "ddd": "011",
    "number": "98765-4321",
    "fantasy": "",
    "legal": "Ipê Ltda",
    "status": 3,
    "mails": "a@x.com; b@x.com",
    "info": {"day": "02/03/2026", "time": "11:58:00"},
    "ids": [{"name": "CPF", "id": "1"}, {"name": "CNPJ", "id": "2"}],
    "odata.nextLink": "x",
}


@pytest.mark.parametrize(
    ("spec", "found"),
    [
        ("legal", "Ipê Ltda"),
        (" legal | lower ", "ipê ltda"),
        (["fantasy", "legal"], "Ipê Ltda"),
        (["missing", "fantasy"], None),
        ("status | lookup status", "Ativo"),
        ("mails | split ; | first", "a@x.com"),
        ("ids[name=CNPJ].id", "2"),
        ("['odata.nextLink']", "x"),
        ("| const PF", "PF"),
        (Concat(["ddd | digits | ltrim0", "number | digits"]), "11987654321"),
        (Concat(["missing", "fantasy"]), None),
        (
            Concat(["info.day", "info.time"], " ", "datetime %d/%m/%Y %H:%M:%S"),
            "2026-03-02T11:58:00-03:00",
        ),
        ([Concat(["missing"]), "ddd"], "011"),
    ],
    ids=str,
)
def test_an_expression_finds_its_value(spec: Expression, found: Any):
    assert DIALECT.getter(spec)(RECORD) == found


def test_a_plain_key_needs_no_function():
    assert DIALECT.key_or_getter("legal") == "legal"
    assert callable(DIALECT.key_or_getter("info.day"))
    assert callable(DIALECT.key_or_getter("legal | trim"))


def test_expressions_are_written_in_toml_as_texts_tables_and_lists():
    assert msgspec.convert({"concat": ["a", "b"]}, Expression) == Concat(["a", "b"])  # type: ignore[arg-type]
    mixed = msgspec.convert(["a", {"concat": ["b"], "sep": "-"}], Expression)  # type: ignore[arg-type]
    assert mixed == ["a", Concat(["b"], "-")]


def test_phones_may_lie_in_fields_of_the_record():
    made = translator(phones=["phone", {"concat": ["ddd | ltrim0", "number"]}])
    customer = read(made, phone="(11) 3842-6671", ddd="011", number="98765-4321")
    assert [phone.number for phone in customer.phones] == ["+551138426671", "+5511987654321"]


def test_an_address_may_lie_in_the_record_itself_and_none_is_made_of_nothing():
    parts = {"street": "street", "postal_code": "cep | cep"}
    made = translator(addresses={"at": "$", "parts": parts})
    (address,) = read(made, street="Rua A", cep=1310100).addresses
    assert (address.street, address.postal_code) == ("Rua A", "01310100")
    assert read(made).addresses == ()


def test_labelled_values_become_extras_and_repeated_labels_are_joined():
    pairs = {"at": "props", "label": "key", "value": ["text", "number"]}
    made = translator(extras={"Limite": "limit"}, extra_pairs=pairs)
    props = [{"key": "Cor", "text": "azul"}, {"key": "Cor", "number": 2}, {"key": "Vazio"}, {}]
    assert read(made, limit=10, props=props).extras == {"Limite": "10", "Cor": "azul, 2"}


def test_words_may_be_numbers_and_truths():
    kind = {"path": "type", "words": {"1": "PJ", "2": "PF", "true": "PJ"}}
    made = translator(kind=kind)
    assert [read(made, type=value).kind for value in (1, 2, "2", True)] == ["PJ", "PF", "PF", "PJ"]
