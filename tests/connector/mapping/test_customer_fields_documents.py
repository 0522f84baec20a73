"""Documents: checked, never guessed; zeros come back only where they are known to be lost."""

from typing import Any

import pytest

from mirror.records import Document
from tests.fakes.translation import read


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
        ("PF", "cpf", 52998224725.0, Document("cpf", "52998224725")),
        ("PF", "cpf", "52998224725.0", Document("cpf", "52998224725")),
        ("PF", "cpf", "CPF52998224725", Document("cpf", "52998224725")),
        ("PF", "cpf", "٥٢٩٩٨٢٢٤٧٢٥", Document("cpf", "52998224725")),
        ("PF", "cpf", "1234567890", Document("cpf", "01234567890")),
        (None, "cpf", "1234567890.0", Document("cpf", "01234567890")),
        ("PF", "cpf", 1234567891, Document("other", "1234567891", False)),
        ("PF", "cpf", "52998224724", Document("cpf", "52998224724", False)),
        ("PF", "cpf", "111.111.111-11", Document("cpf", "11111111111", False)),
    ],
)
def test_a_document_is_read_and_checked(kind: str, field: str, value: Any, document: Document):
    found = read(person_type=kind, **{field: value})
    assert found.documents == (document,)
    lost = document.valid and document.value.startswith("0")
    assert found.flags == (
        ("document_zeros",) if lost else () if document.valid else ("document_invalid",)
    )


@pytest.mark.parametrize("kind", [None, "?", 7, "PF"])
def test_zeros_are_put_back_only_into_numbers_of_a_known_person(kind: object):
    (text,) = read(person_type=kind, cpf="191").documents
    assert (text.kind, text.value, text.valid) == ("other", "191", False)
    (number,) = read(person_type=kind, cpf=191).documents
    assert number.value == ("00000000191" if kind == "PF" else "191")


def test_padded_and_dotted_documents_are_found_by_the_whole_number():
    for sent in ("1.234.567.890", "00001234567890", 1234567890, "1234567890"):
        found = read(person_type=None, cpf=sent)
        assert found.documents == (Document("cpf", "01234567890"),)
        assert (found.kind, found.flags) == ("PF", ("document_zeros",))


@pytest.mark.parametrize("sent", ["CPF:52998224725", "CPF52998224725", "cpf. 52998224725"])
def test_a_label_makes_nobody_a_company(sent: str):
    assert read(person_type=None, cpf=sent).kind == "PF"
    assert read(person_type=None, cpf="RG123456789012").kind == "PF"
    assert read(person_type=None, cpf="ABCDEFGHIJ12KL").kind == "PF"
    assert read(person_type=None, cpf="11222333000180").kind == "PJ"  # digits only, one is wrong


def test_a_document_among_words_is_found_with_a_flag():
    found = read(cpf="CPF do titular 529.982.247-25")
    assert (found.documents, found.flags) == (
        (Document("cpf", "52998224725"),), ("document_words",),
    )  # fmt: skip


@pytest.mark.parametrize("value", [[["52998224725"]], True, "ver observação " * 40, {"a": {}}])
def test_what_no_document_can_be_is_left_out_and_the_customer_kept(value: Any):
    found = read(cpf=value)
    assert (found.name, found.documents) == ("Ana Souza", ())
    assert found.flags == ("document_invalid",)


def test_the_same_document_twice_is_one():
    assert len(read(cpf=["52998224725", "529.982.247-25"]).documents) == 1
