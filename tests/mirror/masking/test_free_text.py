"""Numbers of people hidden in texts, however they are written and wherever the master puts them."""

import json
from datetime import date

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mirror.identifiers import cnpj_valid, cpf_valid
from mirror.masking import mask_text, masked_customer, texts_of
from mirror.records import Address, Contact, Customer, Dependent, Document, Loyalty, Phone

SPELLINGS = (
    "52998224725",
    "529.982.247-25",
    "CPF 529.982.247-25",
    "CPF nº 52998224725",
    "529-982-247-25",
    "529_982_247_25",
    "529/982/247/25",
    "5 2 9 9 8 2 2 4 7 2 5",
    "52 99 82 24 72 5",
    "529 . 982 . 247 - 25",
    "５２９９８２２４７２５",
    "５２９．９８２．２４７－２５",
    "00052998224725",
    "٥٢٩٩٨٢٢٤٧٢٥",
)
DIGITS = st.text("0123456789", min_size=9, max_size=9)


def cpf_of(body: str) -> str:
    return next((f"{body}{n:02}" for n in range(100) if cpf_valid(f"{body}{n:02}")), "")


def cnpj_of(body: str) -> str:
    return next((f"{body}{n:02}" for n in range(100) if cnpj_valid(f"{body}{n:02}")), "")


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_cpf_is_found_in_every_spelling(spelling: str) -> None:
    assert mask_text(spelling) in ("***.982.247-**", "CPF ***.982.247-**", "CPF no ***.982.247-**")


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("CPF 52998224724", "CPF ***.982.247-**"),
        ("cliente 77 52998224725 3", "cliente 77 ***.982.247-** 3"),
        ("11222333000181", "**.222.333/****-**"),
        ("11 222 333 0001 81", "**.222.333/****-**"),
        ("12.ABC.345/01DE-35", "**.ABC.345/****-**"),
        ("12abc34501de35", "**.ABC.345/****-**"),
        ("CNPJ AB.CDE.FGH/IJKL-80", "CNPJ **.CDE.FGH/****-**"),
        ("ABCDEFGH000195", "**.CDE.FGH/****-**"),
        ("maria＠x.com", "m***@x.com"),
        ("zap 11\u201198765\u20114321", "zap (11) 9****-4321"),
        ("98765\u20104321", "9****-4321"),
        ("11 \u2014 98765 \u2212 4321", "(11) 9****-4321"),
        ("zap_11_98765_4321", "zap_(11) 9****-4321"),
        ("52998224725²", "***.982.247-**²"),
        ("529|982|247|25", "***.982.247-**"),
        ("529;982;247;25", "***.982.247-**"),
        ("529:982:247=25", "***.982.247-**"),
        ("(529)(982)(247)(25)", "(***.982.247-**)"),
        ("C.P.F. nº 52998224724", "C.P.F. no ***.982.247-**"),
        ("cartão 4111111111111111 val 12/28", "cartão ****1111 val 12/28"),
        ("4111 1111 1111 1111", "****1111"),
        ("4111-1111-1111-1111", "****1111"),
        ("4111.1111|1111:1111", "****1111"),
        ("3782 822463 10005", "****0005"),
        ("5555555555554444 cvv 123", "****4444 cvv ****"),
        ("CVV: 1234", "CVV: ****"),
        ("cód. de segurança 123", "cód. de segurança ****"),
        ("PIS 120.12345.67-8", "PIS ****"),
        ("PIS/PASEP nº 12012345678", "PIS/PASEP no ****"),
        ("NIT:12012345678", "NIT:****"),
        ("RG 12.345.678-9 SSP/SP", "RG **** SSP/SP"),
        ("rg: 12345678X", "rg: ****"),
        ("RG MG-12.345.678", "RG MG-12.345.678"),
        ("CNH 12345678900", "CNH ****"),
    ],
)
def test_other_numbers_of_people_in_a_text(text: str, masked: str) -> None:
    assert mask_text(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "pedido 52998224724",
        "11222333000180",
        "12345678901234567890",
        "chave 35240512345678000195550010000012341000012345",
        "tamanhos 34 36 38 40 42 44",
        "Ｌｏｊａ　１２",
        "12ABC34501DE36",
        "¼ de 1.500,00",
        "cartão 4111111111111112",
        "pedido 7111111111111111",
        "cvv",
        "energia 123",
        "org 12345678",
        "RGB 255 255 255",
    ],
)
def test_ordinary_numbers_stay_as_they_are(text: str) -> None:
    assert mask_text(text) == text


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("CPF 5299822472 5@loja", "CPF ****@loja"),
        ("52998224725@loja.com", "****@loja.com"),
        ("ana@52998224725.com", "a***@***.982.247-**.com"),
        ("52998224725 ana@loja.com", "***.982.247-** a***@loja.com"),
        ("ana@loja.com*joana@loja.com", "a***@loja.com"),
        ("ana@loja.com-joana@loja.com", "a***@loja.com"),
        ("ana@loja.com.joana@loja.com fim", "a***@loja.com fim"),
        ("ana@loja.com, joana@loja.com", "a***@loja.com, j***@loja.com"),
    ],
)
def test_a_number_and_an_address_that_run_into_each_other(text: str, masked: str) -> None:
    assert mask_text(text) == masked


separators = st.lists(st.text(". -/_|;=~#", max_size=3), min_size=13, max_size=13)
beside = st.text(st.characters(exclude_categories=["Nd", "Cs"]), max_size=12)


@given(beside, DIGITS.map(cpf_of).filter(bool), separators, beside)
@example("CPF ", "52998224725", ["", "", ".", "", "", ".", "", "", "-", ""] + [""] * 3, " de Ana")
def test_no_separators_hide_a_cpf(before: str, cpf: str, between: list[str], after: str) -> None:
    written = "".join(a + b for a, b in zip(cpf, [*between[:10], ""], strict=True))
    left = "".join(filter(str.isdecimal, mask_text(before + written + after)))
    assert cpf not in left
    assert len(left) <= 8


@given(st.text("0123456789", min_size=12, max_size=12).map(cnpj_of).filter(bool), separators)
@example("11222333000181", ["", ".", "", "", ".", "", "", "/", "", "", "", "-", ""])
def test_no_separators_hide_a_cnpj(cnpj: str, between: list[str]) -> None:
    written = "".join(a + b for a, b in zip(cnpj, [*between, ""], strict=True))
    assert cnpj not in "".join(filter(str.isdecimal, mask_text(written)))


orders = st.text("0123456789", min_size=11, max_size=13).map("70{}".format)


@given(orders.filter(lambda order: not cnpj_valid(order)))
@example("7000000123456")
def test_an_order_s_number_is_left(order: str) -> None:
    assert mask_text(f"pedido {order}") == f"pedido {order}"


@given(st.text("0123456789.-/_ @abcP", max_size=60))
@example("CPF 529.982.247-25 ab@x.com 11 98765-4321")
def test_masking_twice_changes_nothing_more(text: str) -> None:
    once = mask_text(text)
    assert mask_text(once) == once


@pytest.mark.parametrize("piece", ["1 ", "1", "52998224725 ", "9-", "a@", "CPF ", "1.1.1", "AB1"])
def test_a_cpf_at_the_end_of_a_very_long_text_is_found(piece: str) -> None:
    long = mask_text(piece * (50_000 // len(piece)) + ": 390.533.447-05")
    assert long.endswith("***.533.447-**")


OWN_BAD = "52998224726"
ODD = Customer(
    external_id=OWN_BAD,
    version=1,
    documents=(Document("cpf", OWN_BAD, False),),
    phones=(Phone("+5511987654321", "mobile"),),
    state_registration="12.345.678-9",
    name=f"Ana {OWN_BAD}",
)


@pytest.mark.parametrize(
    ("code", "shown"),
    [
        (OWN_BAD, "***.982.247-**"),
        ("529-982-247-26", "***.982.247-**"),
        ("C-52998224726", "C-***.982.247-**"),
        ("00052998224726", "***.982.247-**"),
        ("5511987654321", "(11) 9****-4321"),
        ("11987654321", "(11) 9****-4321"),
        ("987654321", "(11) 9****-4321"),
        ("123456789", "********"),
        ("39053344705", "***.533.447-**"),
        ("21999998888", "21999998888"),
        ("1732276800", "1732276800"),
        ("912345678", "912345678"),
        ("446735", "446735"),
    ],
)
def test_an_id_that_is_a_number_of_the_customer_s_is_masked(code: str, shown: str) -> None:
    assert texts_of(ODD).code(code) == shown


def test_an_id_is_a_document_whatever_its_length() -> None:
    short = Customer(external_id="191", version=1, documents=(Document("cpf", "191", False),))
    assert texts_of(short).code("191") == "****"
    assert texts_of(short).text("apto 191") == "apto 191"


def test_a_wrong_document_of_the_customer_s_own_is_known_in_its_texts() -> None:
    texts = texts_of(ODD, "device")
    assert texts.text(f"Ana {OWN_BAD}") == "Ana ***.***.*47-**"
    assert texts.word("39053344706") == "***.***.*47-**"
    assert texts.words(("1001", "2002", "300")) == ("1001", "2002", "300")
    assert texts.maybe(None) is None


@pytest.mark.parametrize(
    ("address", "clean"),
    [
        ("https://origem.exemplo/clientes/446735", True),
        ("https://origem.exemplo/clientes/912345678", True),
        ("https://origem.exemplo/clientes/529.982.247-25", False),
        ("https://origem.exemplo/clientes/529%2E982%2E247%2D25", False),
        ("https://origem.exemplo/?cpf=52998224726", False),
        ("https://origem.exemplo/?e=ana%40x.com", False),
    ],
)
def test_an_address_that_tells_who_somebody_is_is_known(address: str, clean: bool) -> None:
    assert texts_of(ODD).tells_nobody(address) is clean


def riddled(number: str) -> Customer:
    """A customer whose master writes the number wherever a text fits."""
    return Customer(
        external_id="1",
        version=1,
        name=number,
        trade_name=number,
        registration="unknown",
        registration_received=number,
        category=number,
        gender=number,
        seller=number,
        profile=number,
        notes=number,
        extras={number: number},
        tags=(number, number),
        groups=(number,),
        loyalty=Loyalty(1, number, number, 2, number),
        phones=(Phone("+5511987654321", "mobile", (), number),),
        addresses=(Address(label=number, city=number, state=number),),
        contacts=(Contact(number, number),),
        dependents=(Dependent(number, number),),
    )


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_no_field_of_an_export_shows_a_cpf(spelling: str) -> None:
    exported = masked_customer(riddled(spelling), "staff", date(2026, 2, 28))
    assert spelling not in json.dumps(exported, ensure_ascii=False)


def test_an_id_in_an_export_is_compared_by_digits() -> None:
    exported = masked_customer(msgspec.structs.replace(ODD, external_id="55-11-98765-4321"))
    assert exported["external_id"] == "(11) 9****-4321"
    assert exported["name"] == "Ana ***.982.247-**"
