"""Documents: checked, never guessed; zeros come back only where they are known to be lost."""

from typing import Any

import pytest

from mirror.records import Document
from tests.fakes.translation import read, rule


@pytest.mark.parametrize(
    ("kind", "field", "value", "document"),
    [
        ("PF", "cpf", 52998224725, Document("cpf", "52998224725")),
        ("PF", "cpf", 1234567890, Document("cpf", "01234567890")),
        ("PF", "cpf", 191, Document("cpf", "00000000191")),
        ("PJ", "cnpj", 191, Document("cnpj", "00000000000191")),
        ("PJ", "cnpj", 11222333000181, Document("cnpj", "11222333000181")),
        ("PJ", "cnpj", "12.abc.345/01de-35", Document("cnpj", "12ABC34501DE35")),
        ("PF", "cpf", "529.982.247-25\n", Document("cpf", "52998224725")),
        ("PF", "cpf", "52998224724", Document("cpf", "52998224724", False)),
        ("PF", "cpf", "111.111.111-11", Document("cpf", "11111111111", False)),
    ],
)
def test_a_document_is_read_and_checked(kind: str, field: str, value: Any, document: Document):
    found = read(person_type=kind, **{field: value})
    assert found.documents == (document,)
    assert found.flags == (() if document.valid else ("document_invalid",))


@pytest.mark.parametrize("kind", [None, "?", 7, "PF"])
def test_zeros_are_put_back_only_into_numbers_of_a_known_person(kind: object):
    (text,) = read(person_type=kind, cpf="191").documents
    assert (text.kind, text.value, text.valid) == ("other", "191", False)
    (number,) = read(person_type=kind, cpf=191).documents
    assert number.value == ("00000000191" if kind == "PF" else "191")


def test_digits_of_other_scripts_refuse_the_record():
    assert rule(cpf="٥٢٩٩٨٢٢٤٧٢٥") == "documents: non_ascii_digits"


def test_the_same_document_twice_is_one():
    assert len(read(cpf=["52998224725", "529.982.247-25"]).documents) == 1
