"""Functions written for a map read what its readers read; what is not there costs no call."""

from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import example, given
from hypothesis import strategies as some

from connector.mapping import Map, customers
from connector.mapping.customers import Translator
from connector.mapping.expressions import Concat, keys_of
from connector.mapping.values import Refused
from tests.fakes.master import Master, source

MASTER = source(Master())
_MAP, DIALECT = MASTER._definition.lists["customers"][1], MASTER._dialect
assert isinstance(_MAP, Map)
MAP = _MAP
with patch.object(customers, "keys_of", lambda _: None):
    ASKED_EVERYTHING = Translator(MAP, DIALECT, "11")
WRITTEN = Translator(MAP, DIALECT, "11")

ODD = some.sampled_from(
    [None, False, True, "", "null", "N/A", 0, 7, 1.0, [], {}, [None], "x\ny", "x" * 300, {"a": "b"},
     ["a", "b"], [{"number": "(11) 98765-4321", "label": "x"}], [{"address": "a@b.com.br"}],
     "529.982.247-25", "a@b.com.br", "2024-05-01", "2024-05-01T10:00:00Z", "PF", "active",
     {"points": 3, "tier": "Ouro"}, {"Tamanho": "38", "x": None}, [{"name": "Ana", "phone": "1"}],
     [{"street": "Rua A", "city": "Natal", "main": True}]],
)  # fmt: skip
KEYS = [
    "person_type", "status", "name", "trade_name", "cpf", "cnpj", "rg", "state_registration",
    "birth_date", "gender", "category", "dependents", "contacts", "created_at", "emails", "phones",
    "addresses", "notes", "extra", "seller", "profile", "groups", "tags", "company_id",
    "relationship", "archived", "archived_on", "prospect_status", "customer_status",
    "ploomes_status", "last_purchase_at", "loyalty", "url", "payment_method", "payment_terms",
]  # fmt: skip


def read(translate: Translator, record: dict[str, Any]) -> Any:
    try:
        return translate(record, "7", 1, None)
    except Refused as why:
        return why.field, why.rule


@example({"name": "Ana", "cpf": "529.982.247-25", "extra": {"Tamanho": "38"}, "tags": ["a"]})
@given(some.dictionaries(some.sampled_from(KEYS), ODD))
def test_what_was_written_reads_what_the_readers_read(record: dict[str, Any]):
    assert read(WRITTEN, record) == read(ASKED_EVERYTHING, record)


@example({"name": "Ana", "loyalty": {"points": 3}}, "loyalty")
@given(some.dictionaries(some.sampled_from(KEYS), ODD), some.sampled_from(KEYS))
def test_no_other_field_knows_of_one_that_is_left_out(record: dict[str, Any], key: str):
    record = {"name": "Ana", **record}
    nothing = {**record, key: None}
    record.pop(key, None)
    assert read(WRITTEN, record) == read(WRITTEN, nothing)


@pytest.mark.parametrize(
    ("spec", "keys"),
    [
        ("name", ["name"]),
        ("a.b | trim", ["a"]),
        ("a[].b", ["a"]),
        ("a[k='x.y'].b", ["a"]),
        ("['a.b'].c", ["a.b"]),
        (["a", "b.c | digits"], ["a", "b"]),
        (Concat(["ddd", "numero"], " ", "digits"), ["ddd", "numero"]),
        (None, []),
        ("$", None),
        ("$.a", ["a"]),
        ("| const x", None),
        ("a | const x", None),
        (["a", "b | const x"], None),
        (Concat(["a"], "", "const x"), None),
        (Concat(["a", "b | const x"]), None),
    ],
)
def test_without_which_keys_nothing_is_found(spec: Any, keys: list[str] | None):
    assert keys_of([spec]) == keys


def test_a_field_that_makes_something_of_nothing_is_always_read():
    spec = Map(kind=MAP.kind, registration=MAP.registration, name="n", groups="| const Loja")
    assert read(Translator(spec, DIALECT), {}).groups == ("Loja",)


def test_what_a_map_says_is_nowhere_program():
    odd = 'x") or print(1) or ("'
    spec = Map(kind=MAP.kind, registration=MAP.registration, name=odd, notes=odd)
    assert read(Translator(spec, DIALECT), {odd: "Ana"}).name == "Ana"
