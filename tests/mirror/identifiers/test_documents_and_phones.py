"""The golden vectors: every identifier reads, refuses and formats as the rules say."""

import json
from pathlib import Path

import pytest

from mirror.identifiers import (
    cnpj_valid,
    cpf_valid,
    format_document,
    format_phone,
    parse_document,
    parse_email,
    parse_emails,
    parse_phone,
    parse_phones,
    whatsapp_url,
)
from mirror.identifiers.documents import canonical_document, restored_document
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


@pytest.mark.parametrize(
    "raw", ["١١١٤٤٤٧٧٧٣٥", "１１１４４４７７７３５", "１１１．４４４．７７７－３５"]
)
def test_digits_of_every_script_are_digits(raw: str) -> None:
    assert parse_document(raw) == Document("cpf", "11144477735")
    assert parse_phone("١١ ٩٨٧٦٥-٤٣٢١") == Phone("+5511987654321", "mobile")
    assert parse_phone("１１ ９８７６５－４３２１") == Phone("+5511987654321", "mobile")


def test_a_footnotes_small_digits_are_none() -> None:
    assert parse_document("529982247²⁵") == Document("other", "529982247²⁵", False)
    assert parse_phone("11 98765-432¹") == Phone("1198765432", "invalid")


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
        ("5２9", None, Document("other", "5２9", False)),
    ],
)
def test_documents_are_kept_as_the_master_has_them(
    raw: str, hint: str | None, expected: Document
) -> None:
    assert parse_document(raw, hint) == expected


@pytest.mark.parametrize("number", ["52998224725", "529.982.247-25"])
@pytest.mark.parametrize(
    "form",
    ["CPF:{}", "CPF{}", "cpf.{}", "cpf. {}", "C.P.F. {}", "CPF/CNPJ: {}", "CPF/MF nº {}", "CIC {}",
     "cpf n° {}", "CPF nº{}", "(CPF) {}", "doc {}", "documento: {}", "{} CPF", "{} (CPF)",
     "CPF={}"],
)  # fmt: skip
def test_what_a_document_is_called_is_no_part_of_it(number: str, form: str) -> None:
    assert parse_document(form.format(number)) == Document("cpf", "52998224725")


@pytest.mark.parametrize("form", ["CNPJ{}", "C.N.P.J.: {}", "cnpj.{}", "CNPJ(MF) nº {}", "CGC {}"])
def test_nor_of_a_company_s(form: str) -> None:
    assert parse_document(form.format("11222333000181")) == Document("cnpj", "11222333000181")


def test_a_company_s_own_letters_are_no_label() -> None:
    body = "CPF123456789"
    with_checks = [f"{body}{n:02}" for n in range(100) if cnpj_valid(f"{body}{n:02}")]
    assert [parse_document(one) for one in with_checks] == [Document("cnpj", with_checks[0])]
    assert parse_document("CPFABC34501D35") == Document("cnpj", "CPFABC34501D35", False)


def test_an_rg_is_no_cnpj_whatever_its_length() -> None:
    assert parse_document("RG123456789012") == Document("other", "RG123456789012", False)
    assert canonical_document("RG 12.345.678-9") == canonical_document("12.345.678-9")


@pytest.mark.parametrize("raw", ["52998224725.0", "52998224725.0 "])
def test_a_number_s_fraction_is_no_digit_of_a_document(raw: str) -> None:
    assert parse_document(raw) == Document("cpf", "52998224725")
    assert parse_document("1234567890.0") == Document("other", "1234567890.0", False)


@pytest.mark.parametrize(
    ("raw", "kind", "expected"),
    [
        ("1234567890", None, "01234567890"),
        ("1.234.567.890", None, "01234567890"),
        ("1234567890.0", "PF", "01234567890"),
        ("00012345678909", None, "12345678909"),
        ("00012345678909", "PF", "12345678909"),
        ("394460000141", None, "00394460000141"),
        ("11222333181", "PJ", None),
        ("011222333000181", None, "11222333000181"),
        ("1234567891", None, None),  # the check digits do not agree
        ("191", "PF", None),  # it may be any number
        ("12.345.678-9", None, None),
    ],
)
def test_lost_zeros_come_back_where_the_check_digits_agree(
    raw: str, kind: str | None, expected: str | None
) -> None:
    document, flag = restored_document(raw, kind)
    assert document is not None
    assert (document.valid, flag) == (bool(expected), "document_zeros" if expected else None)
    if expected:
        assert document.value == expected


def test_a_cpf_typed_wrong_never_becomes_a_company() -> None:
    wrong = [f"529{number:08}" for number in range(2_000)]
    kinds = {restored_document(one, kind)[0] for one in wrong for kind in (None, "PF")}
    assert {one.kind for one in kinds if one} == {"cpf"}


@pytest.mark.parametrize("raw", ["CPF do titular 529.982.247-25", "52998224725 (Maria)"])
def test_a_document_among_words_is_found(raw: str) -> None:
    found = Document("cpf", "52998224725"), "document_words"
    assert restored_document(raw, None) == found
    assert restored_document("52998224725 e 11144477735 (mãe)", None)[1] is None  # which?


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
    ["1" * 31, "1" * 100_000, "11-9TELEFONE", "22/05/2019", "a@1.com", "CPF 529.982.247-25",
     "CEP 70765-030", "recado com Ana"],
)  # fmt: skip
def test_what_holds_no_number_says_so(raw: str) -> None:
    assert parse_phone(raw) is None
    assert parse_phones(raw) == ((), True)


@pytest.mark.parametrize(
    "raw",
    [
        "5511987654321?text=pague%20aqui&x=//canary.invalid",
        "11 98765-4321 (Maria)",
        "11 98765-4321 recado",
        "Maria 11 98765-4321",
        "whatsapp: 11987654321",
        "tel:+5511987654321",
        "desde 12/05/2019 11987654321",
        "ana@1198765.com (11) 98765-4321",
        "(11) 98765-4321 até 18h" + "." * 1_000,
        "11987654321Maria",
    ],
)
def test_the_number_is_read_whatever_stands_beside(raw: str) -> None:
    assert parse_phones(raw) == ((Phone("+5511987654321", "mobile"),), True)


@pytest.mark.parametrize(
    ("raw", "numbers"),
    [
        ("(11)98765-4321 / (11)3123-4567", ["+5511987654321", "+551131234567"]),
        ("11987654321 1131234567", ["+5511987654321", "+551131234567"]),
        ("11 98765-4321; 21 3123-4567 e 31 3123-4567",
         ["+5511987654321", "+552131234567", "+553131234567"]),
        ("Ana 11 98765-4321, Rui 11 98888-7777", ["+5511987654321", "+5511988887777"]),
        ("11 98765-4321 / 11 98765-4321", ["+5511987654321"]),
        ("3123-45 / (11) 98765-4321", ["+5511987654321"]),
        ("(20) 98765-4321 / (11) 3123-4567", ["20987654321", "+551131234567"]),
    ],
)  # fmt: skip
def test_every_number_of_a_text_is_read(raw: str, numbers: list[str]) -> None:
    assert [phone.number for phone in parse_phones(raw).phones] == numbers


def test_the_second_number_is_of_the_first_one_s_area() -> None:
    _, second = parse_phones("(21) 98765-4321 ou 3123-4567", "11").phones
    assert (second.number, second.flags) == ("+552131234567", ("same_ddd",))
    (alone,) = parse_phones("3123-4567", "11").phones
    assert (alone.number, alone.flags) == ("+551131234567", ("default_ddd",))


@pytest.mark.parametrize(
    "raw",
    ["(11) 98765-432", "91 9876-543", "(91) 9876-543", "+55 91 9876-543", "+55987654321",
     "21 3123-456", "(21) 3123-45", "+55 21 98765-432", "55 91 98765-432", "98765-432"],
)  # fmt: skip
def test_a_number_one_digit_short_is_nobody_s(raw: str) -> None:
    for ddd in (None, "11", "91"):
        phone = parse_phone(raw, ddd)
        assert phone is not None
        assert phone.kind == "invalid"
        assert whatsapp_url(phone) is None


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
        ("+55 0800 701 2345", Phone("08007012345", "toll_free")),
        ("+55 800 701 2345", Phone("08007012345", "toll_free")),
        ("8007012345", Phone("08007012345", "toll_free")),
        ("0303 701 2345", Phone("03037012345", "toll_free")),
        ("4004-1234", Phone("40041234", "toll_free")),
        ("3003 1234", Phone("30031234", "toll_free")),
        ("4020-1234", Phone("40201234", "toll_free")),
        ("(11) 4004-1234", Phone("+551140041234", "landline")),
        ("(11) 0 98888-7777", Phone("+5511988887777", "mobile")),
        ("5511031234567", Phone("+551131234567", "landline")),
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
        ("03037012345", "0303 701 2345"),
        ("40041234", "4004-1234"),
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
        ("fulano@exemplo.com.br.", "fulano@exemplo.com.br"),
        ("ana@xn--caf-dma.com.br", "ana@café.com.br"),
        ("ANA@XN--CAF-DMA.com.br", "ana@café.com.br"),
        ("ana@xn--.com", None),
        ("x" * 1_000_000, None),
        ("é" * 1_000_000, None),
    ],
)
def test_emails(raw: str, key: str | None) -> None:
    assert parse_email(raw) == key


@pytest.mark.parametrize(
    ("raw", "keys", "left_out"),
    [
        ("a@x.com;b@x.com", ("a@x.com", "b@x.com"), False),
        ("a@x.com, b@x.com", ("a@x.com", "b@x.com"), False),
        ("a@x.com / b@x.com", ("a@x.com", "b@x.com"), False),
        ("a@x.com/b@x.com|c@x.com", ("a@x.com", "b@x.com", "c@x.com"), False),
        ("a@x.com e b@x.com", ("a@x.com", "b@x.com"), False),
        ("a@x.com\nb@x.com", ("a@x.com", "b@x.com"), False),
        ("Fulano de Tal <a@x.com>", ("a@x.com",), False),
        ("<a@x.com>;", ("a@x.com",), False),
        ("a@x.com.; b@x.com.", ("a@x.com", "b@x.com"), False),
        ("A@X.com, a@x.com", ("a@x.com",), False),
        ("mailto:a@x.com?bcc=z@y.com", ("a@x.com", "z@y.com"), True),
        ("a@x.com (trabalho)", ("a@x.com",), True),
        ("a@x.com; b@", ("a@x.com",), True),
        ("a@x.com; b@x", ("a@x.com",), True),
        ("a@café.com, b@xn--caf-dma.com", ("a@café.com", "b@café.com"), False),
        ("não tem", (), True),
        ("a@b@c.com", (), True),
        ("ma..ria@x.com", (), True),
    ],
)
def test_every_address_of_a_text_is_read(raw: str, keys: tuple[str, ...], left_out: bool) -> None:
    assert parse_emails(raw) == (keys, left_out)
