"""Every kind of dirty input in a table: what the field cases bring, and two further of each."""

import json
import tomllib
from collections.abc import Callable
from datetime import UTC, datetime
from importlib import import_module
from math import prod
from typing import Any

import pytest

from connector.mapping.strict_json import decode_object
from connector.sources.checks import definition
from connector.sources.rest import RestSource
from mirror.records import CUSTOMERS, Customer
from tests.connector.test_dirty_register import Paper
from tests.fakes.master import NOW
from tests.shape.reading_code import ROOT

CASES = ROOT / "tests/data/field_cases"
USUAL = {"id": 1, "updated_at": "2026-11-01T10:00:00-03:00", "name": "Pessoa 1", "type": "F"}
Told = Callable[[Customer], Any]


def _phones(one: Customer) -> Any:
    return [phone.number for phone in one.phones], one.flags


def _emails(one: Customer) -> Any:
    return list(one.emails), one.flags


def _documents(one: Customer) -> Any:
    return [document.value for document in one.documents], one.flags


def _nothing(one: Customer) -> Any:
    said = (one.phones, one.emails, one.documents, one.birth_date, one.addresses)
    return [part for part in said if part], one.flags


def _dates(one: Customer) -> Any:
    return one.updated_at and one.updated_at.isoformat(), one.birth_date, one.flags


MOBILE, OTHER = "+5511988887777", "+551133334444"
A, B = "a@exemplo.com.br", "b@exemplo.com.br"
WORDS, ZEROS = ("phone_words",), ("document_zeros",)
UNDATED = (None, None, ())
DATED = "2026-11-01T13:00:00+00:00"

KINDS: dict[str, tuple[Told, list[Any], list[tuple[dict[str, Any], Any]]]] = {
    "03_phone_with_a_word": (_phones, [([MOBILE], WORDS)] * 5, [
        ({"phone": "11 98888-7777 falar com a Bia, 2º andar"}, ([MOBILE], WORDS)),
        ({"phone": "fixo 11 3333-4444 / zap 11988887777"}, ([OTHER, MOBILE], WORDS)),
    ]),
    "04_false_for_nothing": (_nothing, [([], ())], [
        ({"phone": "N/A", "email": [], "document": "null", "birth": "", "addr": {}}, ([], ())),
        ({"phone": [False], "email": None, "document": False, "addr": [None]}, ([], ())),
    ]),
    "09_mails_with_another_mark": (_emails, [
        ([A, B], ()), ([A, B], ()), (["fulano@exemplo.com.br"], ()),
        (["fulano@exemplo.com.br"], ()), ([A, B], ()),
    ], [
        ({"email": f"{A} | {B}"}, ([A, B], ())),
        ({"email": f'"Ana, da loja" <{A.upper()}>'}, ([A], ("email_words",))),
        ({"email": f"mailto:{A}?subject=oi"}, ([A], ("email_words",))),
    ]),
    "11_cpf_without_its_zero": (_documents, [
        (["01234567890"], ZEROS), (["01234567890"], ZEROS), (["12345678909"], ZEROS),
        (["01234567890"], ZEROS),
    ], [
        ({"document": "1234567890.0"}, (["01234567890"], ZEROS)),
        ({"document": "0000001234567890"}, (["01234567890"], ZEROS)),
    ]),
    "12_ids_of_other_letters": (lambda one: one.external_id, [
        "C 0001", "C/001", "C0002&F", "Ção1", "{3F2504E0-4F89-11D3-9A0C-0305E82C3301}",
        "gid://shopify/Customer/1", "VXNlcjox==", "fulano@exemplo.com.br", "12",
    ], [
        ({"id": " 00 12#3 "}, "00 12#3"),
        ({"id": "客户/7?x=1"}, "客户/7?x=1"),
    ]),
    "28_zero_dates": (_dates, [(DATED, None, ())] * 2, [
        ({"birth": "0001-01-01T00:00:00"}, (DATED, None, ())),
        ({"birth": "1900-01-01"}, (DATED, None, ())),
    ]),
    "29_vtex_phone": (lambda one: _phones(one)[0], [[MOBILE]], [
        ({"phone": "+55 (11) 0 98888-7777"}, [MOBILE]),
        ({"phone": "0 11 03333-4444"}, [OTHER]),
    ]),
    "13_customers_without_any_date": (_dates, [UNDATED] * 2, [
        ({"updated_at": "0000-00-00 00:00:00"}, UNDATED),
        ({"updated_at": "ontem"}, (None, None, ("updated_at_invalid",))),
    ]),
    "34_stamp_of_next_year": (_dates, [(None, None, ("updated_at_future",))], [
        ({"updated_at": "2199-12-31T23:59:59Z"}, (None, None, ("updated_at_future",))),
        ({"updated_at": "9999-12-31"}, (None, None, ("updated_at_future",))),
    ]),
}  # fmt: skip
"""By file: what is looked at, what each of its records becomes, and further ones with theirs."""

ELSEWHERE = {
    "01_protheus_status_document_ddd": (
        "presets/test_field_cases.py",
        "test_protheus_blocked_is_blocked_and_active_active",
        "test_protheus_status_document_and_area_in_other_writings",
    ),
    "05_page_in_windows_1252": (
        "connector/sources/rest/test_odd_pages.py",
        "test_a_page_in_windows_1252_is_read_as_such_whatever_is_said_of_it",
        "test_other_letters_of_windows_1252_are_read_too",
    ),
    "07_page_smaller_than_asked": (
        "connector/test_everybody.py",
        "test_pages_smaller_than_asked_bring_everybody",
        "test_other_pages_smaller_than_asked_bring_everybody_or_are_refused",
    ),
    "15_every_value_lost_at_once": (
        "connector/test_lost_fields.py",
        "test_every_field_of_the_case_is_held",
        "test_values_that_become_unreadable_for_many_are_lost_too",
    ),
    "16_json_under_another_type": (
        "connector/http/test_client_bounds.py",
        "test_json_is_read_under_whatever_type_it_comes",
        "test_json_under_further_types_is_read",
    ),
    "20_omie_blocked_for_invoicing": (
        "presets/test_field_cases.py",
        "test_omie_who_must_not_be_invoiced_is_blocked",
        "test_omie_nobody_is_active_whose_block_is_written_otherwise",
    ),
    "21_nuvemshop_company": (
        "presets/test_field_cases.py",
        "test_nuvemshop_a_company_has_its_own_fields",
        "test_nuvemshop_a_company_that_says_less_of_itself",
    ),
    "22_epoch_stamps": (
        "connector/test_field_kinds.py",
        "test_a_stamp_in_seconds_is_an_instant",
        "test_stamps_in_other_units_and_writings_are_instants_too",
    ),
    "25_ploomes_new_without_update": (
        "presets/test_field_cases.py",
        "test_ploomes_who_is_new_and_was_never_changed_comes_with_the_next_run",
        "test_ploomes_others_that_are_new_and_were_never_changed_come_too",
    ),
    "26_half_a_word_of_a_name": (
        "mirror/reading/test_names.py",
        "test_half_a_word_of_a_name_finds_whom_it_begins",
        "test_other_beginnings_of_names_find_them_too",
    ),
    "27_host_and_origin": (
        "web/test_security.py",
        "test_our_own_origin_is_ours_as_the_case_writes_it",
        "test_our_own_origin_is_ours_however_host_and_port_are_written",
    ),
    "30_private_authority": (
        "config/test_follow.py",
        "test_a_private_authority_is_believed_by_its_setting_or_the_variable",
        "test_a_private_authority_is_believed_however_it_is_written",
    ),
    "32_one_phone_of_many": (
        "web/terminals/test_lookup.py",
        "test_an_answer_that_holds_not_everybody_says_so_and_how_many_there_are",
        "test_whatever_many_share_is_answered_with_how_many",
    ),
    "35_magento_document_elsewhere": (
        "presets/test_field_cases.py",
        "test_magento_a_document_is_found_where_the_shop_keeps_it",
        "test_magento_other_places_of_a_document",
    ),
}
"""The others, seen as a page, a preset or an answer: where, the case, and the further ones."""


def case(name: str) -> Any:
    return json.loads((CASES / f"{name}.json").read_text("utf-8"))


def read(record: dict[str, Any], stamp: str = "updated_at") -> Customer:
    table = tomllib.loads((CASES / "generic.toml").read_text("utf-8"))
    table["stream"]["records"]["stamp"] = stamp
    source = RestSource("loja", definition(table, "loja"), Paper())
    raw = json.dumps(record).encode()
    found = source.translate(decode_object(raw), source.head(raw, NOW), CUSTOMERS)
    assert isinstance(found, Customer)
    return found


@pytest.mark.parametrize("name", KINDS)
def test_every_record_of_a_case_becomes_what_is_right(name: str):
    told, right, _ = KINDS[name]
    assert [told(read({"type": "F"} | record)) for record in case(name)] == right


@pytest.mark.parametrize(
    ("name", "fields", "right"),
    [(name, *one) for name, (_, _, further) in KINDS.items() for one in further],
)
def test_further_ones_of_the_kind_become_what_is_right(name: str, fields: Any, right: Any):
    assert KINDS[name][0](read(USUAL | fields)) == right


def test_a_stamp_in_seconds_is_an_instant():
    found = read(case("22_epoch_stamps")[0], "updated_at | epoch")
    assert found.updated_at == datetime(2026, 11, 1, 13, tzinfo=UTC)


@pytest.mark.parametrize(
    ("stamp", "unit"),
    [("1793538000", "epoch"), (1793538000.0, "epoch"), (" 1793538000.000 ", "epoch"),
     (1793538000000, "epoch_ms"), ("1793538000000", "epoch_ms"), (1793538e6, "epoch_ms")],
)  # fmt: skip
def test_stamps_in_other_units_and_writings_are_instants_too(stamp: Any, unit: str):
    found = read(USUAL | {"updated_at": stamp}, f"updated_at | {unit}")
    assert (found.updated_at, found.flags) == (datetime(2026, 11, 1, 13, tzinfo=UTC), ())


def test_every_case_is_seen_by_a_test():
    files = {file.stem for file in CASES.iterdir() if file.stem[:2].isdigit()}
    assert files == {*KINDS, *ELSEWHERE}
    assert [case for file, case, _ in ELSEWHERE.values() if not callable(found(file, case))] == []


@pytest.mark.parametrize("name", [*KINDS, *ELSEWHERE])
def test_each_kind_has_two_further_inputs(name: str):
    further = len(KINDS[name][2]) if name in KINDS else inputs(*ELSEWHERE[name])
    assert further >= 2


def found(file: str, test: str) -> Any:
    module = import_module(f"tests.{file.removesuffix('.py').replace('/', '.')}")
    return getattr(module, test, None)


def inputs(file: str, case: str, test: str) -> int:
    """With how many inputs a test runs that is not the case's own."""
    marks = getattr(found(file, test), "pytestmark", [])
    given = [len(mark.args[1]) for mark in marks if mark.name == "parametrize"]
    return prod(given) if given and test != case else 0
