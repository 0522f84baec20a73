"""What shows before the eye is pressed, and what never does."""

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mirror.identifiers import DDDS, cpf_valid, parse_document, parse_phone
from mirror.masking import (
    STYLES,
    initials,
    mask_address,
    mask_birth_date,
    mask_dependent,
    mask_document,
    mask_email,
    mask_phone,
    mask_shape,
    mask_text,
    masked_customer,
)
from mirror.records import (
    Address,
    Contact,
    Customer,
    Dependent,
    Document,
    Loyalty,
    Phone,
)

GOLDEN = json.loads((Path(__file__).parents[2] / "data" / "identifiers.json").read_text("utf-8"))


def golden(kind: str) -> list[dict[str, str]]:
    return [case for case in GOLDEN[kind] if case["masked"]]


@pytest.mark.parametrize("case", golden("cpf") + golden("cnpj"), ids=lambda case: case["raw"])
def test_golden_documents(case: dict[str, str]) -> None:
    document = parse_document(case["raw"])

    assert document is not None
    assert mask_document(document) == case["masked"]


@pytest.mark.parametrize("case", golden("phone"), ids=lambda case: case["raw"])
def test_golden_phones(case: dict[str, str]) -> None:
    phone = parse_phone(case["raw"], str(case["ddd"]) if case["ddd"] else None)

    assert phone is not None
    assert mask_phone(phone) == case["masked"]


@pytest.mark.parametrize("case", golden("email"), ids=lambda case: case["raw"])
def test_golden_emails(case: dict[str, str]) -> None:
    assert mask_email(case["key"]) == case["masked"]


def test_devices_see_less_of_a_document() -> None:
    assert mask_document(Document("cpf", "12345678909"), "device") == "***.***.*89-**"
    assert mask_document(Document("cnpj", "11222333000181"), "device") == "**.***.*33/****-**"


def test_an_unknown_style_is_refused() -> None:
    with pytest.raises(ValueError, match="staff, device"):
        mask_document(Document("cpf", "12345678909"), "none")


@pytest.mark.parametrize("style", ["staff", "device"])
def test_other_documents_show_their_end_at_most(style: str) -> None:
    assert mask_document(Document("other", "FB123456", False), style) == "****56"
    assert mask_document(Document("other", "1234567", False), style) == "****"
    assert mask_document(Document("cpf", "191", False), style) == "****"


@pytest.mark.parametrize(
    ("phone", "masked"),
    [
        (Phone("987654321", "local"), "9****-4321"),
        (Phone("31234567", "local"), "****-4567"),
        (Phone("+12025550123", "foreign"), "+1 ****0123"),
        (Phone("+351912345678", "foreign"), "+351 ****5678"),
        (Phone("08007012345", "toll_free"), "0800 701 2345"),
        (Phone("20987654321", "invalid_ddd"), "****21"),
        (Phone("1234567", "invalid"), "****"),
    ],
)
def test_phones_of_every_kind(phone: Phone, masked: str) -> None:
    assert mask_phone(phone) == masked


def test_short_and_broken_addresses() -> None:
    assert mask_email("jo@x.com") == "j***@x.com"
    assert mask_email("maria") == "****"


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("JOAO DA SILVA 52998224725", "JOAO DA SILVA ***.982.247-**"),
        ("CPF: 529.982.247-24, retirar", "CPF: ***.982.247-**, retirar"),
        ("CPF52998224725/ME", "CPF***.982.247-**/ME"),
        ("529 982 247 25", "***.982.247-**"),
        ("529982247-25", "***.982.247-**"),
        ("５２９.９８２.２４７-２５", "***.982.247-**"),
        ("52998224724", "52998224724"),
        ("Ligar (11) 98765-4321 ou 3123-4567.", "Ligar (11) 9****-4321 ou ****-4567."),
        ("zap 11987654321", "zap (11) 9****-4321"),
        ("zap +5511987654321!", "zap (11) 9****-4321!"),
        ("+55 11 98765 4321", "(11) 9****-4321"),
        ("(0xx11) 3123-4567", "(11) ****-4567"),
        ("(11) 9 8765-4321", "(11) 9****-4321"),
        ("(20) 98765-4321", "****21"),
        ("+1 (202) 555-0123", "+1 ****0123"),
        ("987654321", "9****-4321"),
        ("987654321 12", "9****-4321 12"),
        ("1234 3123-4567", "1234 ****-4567"),
        ("20 98765-4321 1234", "20 9****-4321 1234"),
        ("11987654321@x.com", "1***@x.com"),
        ("e-mail:Maria.Silva@x.com.br.", "e-mail:M***@x.com.br."),
        ("<a@x.com>", "<*@x.com>"),
        ("*52998224725*", "****.982.247-***"),
        ("***.982.247-** (11) 9****-4321 m***@x.com", "***.982.247-** (11) 9****-4321 m***@x.com"),
        ("11.222.333/0001-81", "**.222.333/****-**"),
        ("CEP 01310-100, nasc. 12/05/1990", "CEP 01310-100, nasc. 12/05/1990"),
        ("pedido 20240512 de R$ 1.234,56", "pedido 20240512 de R$ 1.234,56"),
        ("chave 35240512345678000195550010000012341000012345",) * 2,
        ("0800 701 2345", "0800 701 2345"),
        ("", ""),
    ],
)
def test_personal_numbers_inside_a_text(text: str, masked: str) -> None:
    assert mask_text(text) == masked


def test_devices_see_less_inside_a_text_too() -> None:
    assert mask_text("JOAO 52998224725", "device") == "JOAO ***.***.*47-**"


def test_a_long_text_is_masked_in_one_pass() -> None:
    text = "9" * 50_000 + "a" * 50_000 + "(" * 50_000 + "1 " * 50_000

    assert mask_text(text) == text


cpfs = st.text("0123456789", min_size=9, max_size=9).map(
    lambda body: next((f"{body}{n:02}" for n in range(100) if cpf_valid(f"{body}{n:02}")), "")
)
around = st.text(st.characters(exclude_categories=["Nd", "Cs"]), max_size=20)


@given(around, cpfs.filter(bool), around)
@example("CPF ", "52998224725", ", Ana")
def test_no_cpf_stays_in_a_text(before: str, cpf: str, after: str) -> None:
    assert cpf not in mask_text(before + cpf + after)


mobiles = st.builds(
    "({}) 9{}-{}".format,
    st.sampled_from(sorted(DDDS)),
    st.from_regex("[0-9]{4}", fullmatch=True),
    st.from_regex("[0-9]{4}", fullmatch=True),
)


@given(st.sampled_from(["", "tel ", "x", "(", "- ", "a@b ", "/"]), mobiles)
@example("tel ", "(11) 98765-4321")
def test_no_telephone_stays_in_a_text(before: str, phone: str) -> None:
    assert phone[6:] not in mask_text(before + phone)


def test_people() -> None:
    today = date(2026, 2, 28)
    assert mask_birth_date(date(1990, 5, 12)) == "**/**/1990"
    assert mask_address(Address(street="Rua A", city="São Paulo", state="SP")) == "São Paulo/SP"
    assert mask_address(Address(street="Rua A", city="Olinda")) == "Olinda"
    assert mask_address(Address(street="Rua A", postal_code="01310100")) == "****"
    assert mask_dependent(Dependent("João da Silva", None, date(2016, 3, 1)), today) == (
        "J. S., 9 anos"
    )
    assert mask_dependent(Dependent("Ana", None, date(2025, 2, 28)), today) == "A., 1 ano"
    assert mask_dependent(Dependent("Ana", None, date(2025, 3, 1)), today) == "A., menos de 1 ano"
    assert mask_dependent(Dependent("Ana", None, date(2027, 3, 1)), today) == "A."
    assert mask_dependent(Dependent("—"), today) == "?"


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Daniela Ferreira", "DF"),
        ("maria da silva e souza", "MS"),
        ("Álvaro", "Á"),
        ("João 👨\u200d👩\u200d👧", "J"),
        ("3M do Brasil", "MB"),
        ("(Padaria) 'Sol'", "PS"),
        ("ß", "S"),
        ("de", "?"),
        ("👨", "?"),
        ("", "?"),
        (None, "?"),
    ],
)
def test_initials(name: str | None, letters: str) -> None:
    assert initials(name) == letters


SECRETS = (
    "52998224725",
    "maria.silva",
    "98765",
    "rui@",
    "31239999",
    "Rua das Flores",
    "01310",
    "-05-12",
    "Joaquim",
    "12345678X",
    "private.example",
)
CUSTOMER = Customer(
    external_id="52998224725",
    version=7,
    kind="PJ",
    registration="active",
    name="MARIA SILVA 52998224725",
    documents=(Document("cpf", "52998224725"),),
    state_registration="12345678X",
    emails=("maria.silva@x.com",),
    phones=(Phone("+5511987654321", "mobile"),),
    loyalty=Loyalty(points=10),
    birth_date=date(1990, 5, 12),
    customer_since=date(2020, 1, 31),
    last_purchase_at=datetime(2026, 1, 2, 3, 4, tzinfo=UTC),
    notes="ligar (11) 98765-4321",
    extras={"Recado": "maria.silva@x.com"},
    addresses=(Address(street="Rua das Flores", city="Bauru", state="SP", postal_code="01310100"),),
    contacts=(Contact("Rui", email="rui@x.com", phone=Phone("+551131239999", "landline")),),
    dependents=(Dependent("Joaquim Silva", "filho", date(2016, 3, 1)),),
    master_url="https://private.example/52998224725",
)


@pytest.mark.parametrize("style", ["staff", "device"])
def test_nothing_personal_leaves_in_an_export(style: str) -> None:
    exported = json.dumps(masked_customer(CUSTOMER, style, date(2026, 2, 28)), ensure_ascii=False)

    assert [secret for secret in SECRETS if secret in exported] == []


def test_an_export_has_every_field_of_a_customer() -> None:
    exported = masked_customer(CUSTOMER, "staff", date(2026, 2, 28))

    assert set(exported) == set(Customer.__struct_fields__) - {"master_url", "left_out"}
    assert exported["external_id"] == "***.982.247-**"
    assert exported["name"] == "MARIA SILVA ***.982.247-**"
    assert exported["loyalty"]["points"] == 10
    assert exported["customer_since"] == "2020-01-31"
    assert exported["dependents"] == ["J. S., 9 anos"]
    assert exported["contacts"][0]["phone"] == "(11) ****-9999"


def test_an_empty_customer_can_be_exported() -> None:
    exported = masked_customer(Customer(external_id="1", version=1))

    assert exported["external_id"] == "1"
    assert exported["name"] is exported["birth_date"] is exported["state_registration"] is None


def test_initials_take_no_digit_of_a_document_inside_a_name() -> None:
    assert initials("JOÃO FERREIRA 712.076.814-55") == "JF"
    assert initials("98765432100") == "?"


def test_the_two_masks_together_show_what_staff_see_and_no_more():
    for document in (Document("cpf", "52998224725"), Document("cnpj", "11222333000181")):
        staff, device = (mask_document(document, style) for style in STYLES)
        assert all(two in ("*", one) for one, two in zip(staff, device, strict=True))


@pytest.mark.parametrize(
    ("value", "shape"),
    [
        ("529.982.247-25", "999.999.999-99"),
        ("Ana.S@Exemplo.com", "aaa.a@aaaaaaa.aaa"),
        ("José da Silva Ñ ①٣", "aaaa aa aaaaa a 99"),
        ("a\u0301\x00\n", "aaaa"),
        (["Zé"], '["aa"]'),
        ({"n": 52998224725}, '{"a": 99999999999}'),
        (True, "aaaa"),
        (12.5, "99.9"),
        ("", ""),
        (None, ""),
        ("x" * 41, "a" * 40 + "…"),
        ("x" * 40, "a" * 40),
    ],
)
def test_a_shape_shows_what_a_value_looks_like_and_nothing_of_it(value: object, shape: str) -> None:
    assert mask_shape(value) == shape


@given(st.text())
@example("Zuleica Prado, 529.982.247-25")
def test_no_letter_or_digit_of_a_value_is_in_its_shape(text: str) -> None:
    assert {one for one in mask_shape(text) if one.isalnum()} <= {"a", "9"}
