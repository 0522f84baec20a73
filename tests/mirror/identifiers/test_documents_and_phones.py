"""The golden vectors: every identifier reads, refuses and formats as the rules say."""

import json
from pathlib import Path

import pytest

from mirror.identifiers import (
    IdentifierError,
    cnpj_valid,
    cpf_valid,
    format_document,
    format_phone,
    parse_document,
    parse_email,
    parse_phone,
    whatsapp_url,
)
from mirror.records import Document, Phone

GOLDEN = json.loads((Path(__file__).parents[2] / "data" / "identifiers.json").read_text("utf-8"))
KINDS = {
    "movel": "mobile",
    "fixo": "landline",
    "nao_geografico": "toll_free",
    "ddd_invalido": "invalid_ddd",
    "invalido": "invalid",
}
FLAGS = {
    "nono_digito": "ninth_digit",
    "ambiguo_sme": "sme_ambiguous",
    "operadora": "carrier_code",
    "ddd_padrao": "default_ddd",
}


@pytest.mark.parametrize("case", GOLDEN["cpf"] + GOLDEN["cnpj"], ids=lambda case: case["raw"])
def test_golden_documents(case: dict[str, str]) -> None:
    document = parse_document(case["raw"])

    assert document is not None
    assert document.valid is case["valid"]
    if case["valid"]:
        assert document.value == case["canon"]
        assert document.kind == ("cpf" if len(case["canon"]) == 11 else "cnpj")


@pytest.mark.parametrize("case", GOLDEN["phone"], ids=lambda case: case["raw"])
def test_golden_phones(case: dict[str, str]) -> None:
    phone = parse_phone(case["raw"], str(case["ddd"]) if case["ddd"] else None)

    assert phone is not None
    assert phone.kind == KINDS[case["kind"]]
    assert phone.flags == tuple(FLAGS[flag] for flag in case["flags"])
    assert (phone.number if phone.number.startswith("+") else None) == case["e164"]
    assert whatsapp_url(phone) == case["wa"]


@pytest.mark.parametrize("case", GOLDEN["email"], ids=lambda case: case["raw"])
def test_golden_emails(case: dict[str, str]) -> None:
    assert parse_email(case["raw"]) == case["key"]


@pytest.mark.parametrize("raw", ["", "  ", "--", ".", "\u00a0", "–"])
def test_a_document_of_punctuation_is_none(raw: str) -> None:
    assert parse_document(raw) is None


@pytest.mark.parametrize("raw", ["١٢٣٤٥٦٧٨٩٠١", "529982247²⁵", "１１１４４４７７７３５"])
def test_only_the_digits_0_to_9_are_digits(raw: str) -> None:
    with pytest.raises(IdentifierError) as refused:
        parse_document(raw)
    assert refused.value.code == "non_ascii_digits"
    assert raw not in str(refused.value)
    with pytest.raises(IdentifierError):
        parse_phone(raw)


@pytest.mark.parametrize(
    ("raw", "hint", "expected"),
    [
        ("529.982.247-24", None, Document("cpf", "52998224724", False)),
        ("111.111.111-11", None, Document("cpf", "11111111111", False)),
        ("52998224725\n", None, Document("cpf", "52998224725")),
        ("CPF: 529.982.247-25", None, Document("cpf", "52998224725")),
        ("cnpj nº 11.222.333/0001-81", None, Document("cnpj", "11222333000181")),
        ("12abc34501de35", None, Document("cnpj", "12ABC34501DE35")),
        ("12ABC34501DEA5", "PJ", Document("cnpj", "12ABC34501DEA5", False)),
        ("12ABC34501DEA5", "PF", Document("other", "12ABC34501DEA5", False)),
        ("naoinformadoxx", None, Document("other", "naoinformadoxx", False)),
        (" FB 123.456 ", "PF", Document("other", "FB 123.456", False)),
        ("191", "PF", Document("other", "191", False)),
        ("529.982.247-25á", None, Document("other", "529.982.247-25á", False)),
        ("5２9", None, None),
    ],
)
def test_documents_are_kept_as_the_master_has_them(
    raw: str, hint: str | None, expected: Document | None
) -> None:
    if expected is None:
        with pytest.raises(IdentifierError):
            parse_document(raw, hint)
    else:
        assert parse_document(raw, hint) == expected


def test_check_digits_refuse_other_lengths_and_alphabets() -> None:
    assert not cpf_valid("00000000000")
    assert not cpf_valid("1114447773")
    assert not cpf_valid("1114447773٥")
    assert not cnpj_valid("12abc34501de35")
    assert not cnpj_valid("00000000000000")


def test_documents_are_formatted_for_people() -> None:
    assert format_document("cpf", "12345678909") == "123.456.789-09"
    assert format_document("cnpj", "12ABC34501DE35") == "12.ABC.345/01DE-35"
    assert format_document("other", "FB123456") == "FB123456"


@pytest.mark.parametrize("raw", ["não tem", "-", "", "   ", "s/n"])
def test_a_phone_without_digits_is_none(raw: str) -> None:
    assert parse_phone(raw) is None


@pytest.mark.parametrize(
    "raw",
    [
        "1" * 31,
        "1" * 100_000,
        "11-9TELEFONE",
        "5511987654321?text=pague%20aqui&x=//canary.invalid",
        "11 98765-4321 (Maria)",
        "+55 11 98765=4321",
    ],
)
def test_what_is_more_than_a_number_is_refused(raw: str) -> None:
    with pytest.raises(IdentifierError) as refused:
        parse_phone(raw)
    assert refused.value.code == "phone_not_a_number"


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("011 98765 4321", Phone("+5511987654321", "mobile")),
        ("5511987654321", Phone("+5511987654321", "mobile")),
        ("\u202a+55 11 98765‑4321\u202c", Phone("+5511987654321", "mobile")),
        ("+55 (011) 98765-4321", Phone("+5511987654321", "mobile")),
        ("021 11 98765-4321", Phone("+5511987654321", "mobile", ("carrier_code",))),
        ("98765-4321", Phone("987654321", "local")),
        ("3123 4567", Phone("31234567", "local")),
        ("+55 98765-4321", Phone("987654321", "local")),
        ("1123-4567", Phone("11234567", "invalid")),
        ("55912345678", Phone("+5555912345678", "mobile", ("ddd_55",))),
        ("(55) 91234-5678", Phone("+5555912345678", "mobile")),
        ("055 91234-5678", Phone("+5555912345678", "mobile")),
        ("+1 (202) 555-0123", Phone("+12025550123", "foreign")),
        ("+55110988887777", Phone("+5511988887777", "mobile")),
        ("+55 11 0 3333-4444", Phone("+551133334444", "landline")),
        ("+5501133334444", Phone("+551133334444", "landline")),
        ("00351 912 345 678", Phone("+351912345678", "foreign")),
        ("+123456", Phone("123456", "invalid")),
        ("0800 701 2345", Phone("08007012345", "toll_free")),
        ("(20) 98765-4321", Phone("20987654321", "invalid_ddd")),
        ("11 0123-4567", Phone("1101234567", "invalid")),
        ("99999-9999", Phone("999999999", "invalid")),
        ("12", Phone("12", "invalid")),
        ("3123-4567/68", Phone("31234567", "local")),
        ("+351 91234 5678", Phone("+351912345678", "foreign")),
        ("+1 202 555 0123 / 0124", Phone("+12025550123", "foreign")),
        ("51 9876 5432 1", Phone("+5551987654321", "mobile")),
        ("(20) 98765-4321 / (11) 3123-4567", Phone("20987654321", "invalid_ddd")),
    ],
)
def test_phones_by_the_rules(raw: str, expected: Phone) -> None:
    assert parse_phone(raw) == expected


@pytest.mark.parametrize(
    "raw",
    [
        "+5511987654321 ramal 9",
        "(11) 98765-4321 r. 12",
        "11 98765-4321 ext. 12",
        "11 98765-4321, ramal: 12",
    ],
)
def test_the_extension_is_split_off_and_kept_as_the_label(raw: str) -> None:
    phone = parse_phone(raw)

    assert phone is not None
    assert (phone.number, phone.kind, phone.flags) == ("+5511987654321", "mobile", ("extension",))
    assert phone.label in ("ramal 9", "ramal 12")


@pytest.mark.parametrize(
    "raw",
    [
        "(11)98765-4321 / (11)3123-4567",
        "11 98765-4321; 11 3123-4567",
        "11987654321 1131234567",
        "(11) 98765-4321 - (11) 3123-4567",
        "(11) 98765-4321 ou 3123-4567",
        "+55 11 98765 4321 +55 11 3123 4567",
        "(11) 98765-4321/22",
        "11/98765-4321",
        "+55 11 98765 - 4321",
    ],
)
def test_of_two_numbers_the_first_is_read(raw: str) -> None:
    assert parse_phone(raw) == Phone("+5511987654321", "mobile")


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("+5511912345678", "(11) 91234-5678"),
        ("+551131234567", "(11) 3123-4567"),
        ("+12025550123", "+1 2025550123"),
        ("+351912345678", "+351 912345678"),
        ("+4420794609", "+44 20794609"),
        ("987654321", "98765-4321"),
        ("08007012345", "0800 701 2345"),
        ("20987654321", "20987654321"),
    ],
)
def test_phones_are_formatted_for_people(number: str, shown: str) -> None:
    assert format_phone(number) == shown


@pytest.mark.parametrize(
    ("raw", "key"),
    [
        ("\ufeff\uff4daria@ex.com\u00a0", "maria@ex.com"),
        ("MARIA@EX.COM\n", "maria@ex.com"),
        ("maria@@ex.com", None),
        ("maria@-ex.com", None),
        ("maria@ex-.com", None),
        ("maria@ex.c", None),
        ("ma..ria@ex.com", None),
        ("a" * 64 + "@ex.com", "a" * 64 + "@ex.com"),
        ("a@" + "b" * 64 + ".com", None),
        ("a@" + ".".join(["b" * 60] * 4) + ".com.br", "a@" + ".".join(["b" * 60] * 4) + ".com.br"),
        ("a@" + ".".join(["b" * 60] * 4) + ".comm.brasil", None),
        ("x" * 1_000_000, None),
        ("é" * 1_000_000, None),
    ],
)
def test_emails(raw: str, key: str | None) -> None:
    assert parse_email(raw) == key
