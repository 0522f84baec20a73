"""The search box: every reading of a term, in order, and the problem that is said."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mirror.identifiers import LONGEST_TERM, classify
from mirror.store.sealing import BLIND_KINDS

Pairs = list[tuple[str, str]]


def understood(term: str, default_ddd: str | None = None) -> Pairs:
    return [(reading.kind, reading.value) for reading in classify(term, default_ddd).readings]


@pytest.mark.parametrize(
    ("term", "readings"),
    [
        ("123.456.789-09", [("cpf", "12345678909")]),
        ("12345678909", [("cpf", "12345678909")]),
        ("529 982 247 25", [("cpf", "52998224725")]),
        ("529.982.247–25\r\n", [("cpf", "52998224725")]),
        ("CPF: 529.982.247-25", [("cpf", "52998224725")]),
        ("11.222.333/0001-81", [("cnpj", "11222333000181")]),
        ("12abc34501de35", [("cnpj", "12ABC34501DE35")]),
        ("12.abc.345/01de-35", [("cnpj", "12ABC34501DE35")]),
        ("(11) 98765-4321", [("phone", "+5511987654321")]),
        ("11 98765-4321", [("phone", "+5511987654321")]),
        ("tel.: 11 98765-4321", [("phone", "+5511987654321")]),
        ("+55 11 98765-4321", [("phone", "+5511987654321")]),
        ("0055 11 98765-4321", [("phone", "+5511987654321")]),
        ("0 21 11 98765-4321", [("phone", "+5511987654321")]),
        ("0xx11 98765-4321", [("phone", "+5511987654321")]),
        ("\u202a+55 11 98765‑4321\u202c", [("phone", "+5511987654321")]),
        ("(61) 8123-4567", [("phone", "+5561981234567")]),
        ("+1 202 555-0123", [("phone", "+12025550123")]),
        ("0800 701 2345", [("phone", "08007012345")]),
        ("98765-4321", [("phone_tail", "87654321")]),
        ("31234567", [("phone_tail", "31234567"), ("code", "31234567"), ("document", "31234567")]),
        ("Ana@X.com", [("email", "ana@x.com")]),
        ("42", [("code", "42"), ("document", "42")]),
        ("C-00123", [("code", "c-00123"), ("document", "C00123")]),
        ("FB 123456",
         [("code", "fb 123456"), ("document", "FB123456"), ("name", "fb 123456")]),
        ("Maria", [("name", "maria")]),
        ("Zé de Ávila e Silva", [("name", "ze avila silva")]),
        ("Maria Souza 2024", [("name", "maria souza 2024")]),
        ("%%%% maria", [("name", "maria")]),
        ("Loja ²", [("name", "loja")]),
        ("٣٣٣٣", [("code", "3333"), ("document", "3333")]),
        ("５２９．９８２．２４７－２５", [("cpf", "52998224725")]),
        ("CPF52998224725", [("cpf", "52998224725")]),
        ("ana＠x.com", [("email", "ana@x.com")]),
        ("Ana <ana@x.com>; rui@x.com", [("email", "ana@x.com"), ("email", "rui@x.com")]),
        ("ana@xn--caf-dma.com.br", [("email", "ana@café.com.br")]),
        ("Maria 11 98765-4321",
         [("phone", "+5511987654321"), ("name", "maria 11 98765 4321")]),
        ("11 98765-4321 ou 21 3123-4567",
         [("phone", "+5511987654321"), ("phone", "+552131234567")]),
        ("JOSE DA SILVA 12345678909", [("cpf", "12345678909"), ("name", "jose silva")]),
        ("4004-1234", [("phone", "40041234")]),
        ("C 0001", [("code", "c 0001"), ("document", "C0001")]),
        ("C/001", [("code", "c/001"), ("document", "C001")]),
        ("C0002&F", [("code", "c0002&f"), ("document", "C0002F")]),
        ("C@1", [("code", "c@1")]),
        ("VXNlcjox==", [("code", "vxnlcjox=="), ("name", "vxnlcjox")]),
    ],
)  # fmt: skip
def test_a_term_is_understood(term: str, readings: Pairs) -> None:
    assert understood(term) == readings
    assert classify(term).problem is None


@pytest.mark.parametrize(
    ("term", "readings"),
    [
        ("ID: 100001", [("code", "100001"), ("document", "100001")]),
        ("id 100001", [("code", "100001"), ("document", "100001")]),
        ("ID:100001;",
         [("code", "id:100001"), ("code", "100001"), ("document", "100001")]),
        ("#100001", [("code", "#100001"), ("code", "100001"), ("document", "100001")]),
        ("Código: C-00123", [("code", "c-00123"), ("document", "C00123")]),
        ("cod. 100001", [("code", "100001"), ("document", "100001")]),
        ("Cliente: 100001", [("code", "100001"), ("document", "100001")]),
        ("Cliente: Maria Silva", [("name", "maria silva")]),
        ("cliente maria silva", [("name", "cliente maria silva")]),
        ("Nome: Maria Silva", [("name", "maria silva")]),
        ("Razão Social: Ipê Ltda", [("name", "ipe ltda")]),
        ("mailto:ana@x.com?subject=oi", [("email", "ana@x.com")]),
        ("https://wa.me/5511987654321", [("phone", "+5511987654321")]),
        ("wa.me/5511987654321?text=oi", [("phone", "+5511987654321")]),
        ("https://api.whatsapp.com/send?phone=5511987654321&text=oi",
         [("phone", "+5511987654321")]),
        ("tel:+5511987654321", [("phone", "+5511987654321")]),
        ("“529.982.247-25”", [("cpf", "52998224725")]),
        ("'52998224725',", [("cpf", "52998224725")]),
        ("[100001]",
         [("code", "[100001]"), ("code", "100001"), ("document", "100001")]),
        ("{3F25-04E0}",
         [("code", "{3f25-04e0}"), ("code", "3f25-04e0"), ("document", "3F2504E0"),
          ("name", "3f25 04e0")]),
        ("(100001)", [("code", "100001"), ("document", "100001")]),
        ("<ana@x.com>", [("email", "ana@x.com")]),
        ("«Maria Silva»", [("name", "maria silva")]),
        ("ＩＤ：１００００１", [("code", "100001"), ("document", "100001")]),
    ],
)  # fmt: skip
def test_what_is_pasted_is_understood_as_it_was_meant(term: str, readings: Pairs) -> None:
    assert understood(term) == readings
    assert classify(term).problem is None


@pytest.mark.parametrize(
    ("term", "readings"),
    [
        ("Ana", [("name", "ana")]),
        ("deuz", [("name", "deuz")]),
        ("3M", [("code", "3m"), ("document", "3M"), ("name", "3m")]),
        ("C&A", [("code", "c&a"), ("name", "ca")]),
        ("a1b", [("code", "a1b")]),
    ],
)
def test_a_short_name_is_one_and_a_short_code_is_none(term: str, readings: Pairs) -> None:
    assert understood(term) == readings


@pytest.mark.parametrize("term", ["11900000083", "11900000750", "11900001489"])
def test_eleven_digits_can_be_a_cpf_and_a_telephone(term: str) -> None:
    assert understood(term) == [("cpf", term), ("phone", f"+55{term}")]
    assert classify(term).problem is None


@pytest.mark.parametrize(
    ("term", "readings", "problem"),
    [
        ("529.982.247-24", [("cpf", "52998224724")], "cpf_check_digits"),
        ("111.111.111-11", [("cpf", "11111111111")], "cpf_check_digits"),
        ("11987654321", [("phone", "+5511987654321"), ("cpf", "11987654321")], "cpf_check_digits"),
        ("12.ABC.345/01DE-36", [("cnpj", "12ABC34501DE36")], "cnpj_check_digits"),
        ("12.ABC.345/01DE-3A", [("cnpj", "12ABC34501DE3A")], "cnpj_check_digits"),
        (
            "00551131234567",
            [("phone", "+551131234567"), ("cnpj", "00551131234567")],
            "cnpj_check_digits",
        ),
        (
            "mariasilva1985",
            [("cnpj", "MARIASILVA1985"), ("code", "mariasilva1985"), ("name", "mariasilva1985")],
            "cnpj_check_digits",
        ),
        ("(20) 98765-4321", [("phone", "20987654321")], "phone_area_code"),
        ("(00) 98765-4321", [("phone", "00987654321")], "phone_area_code"),
        ("(00) 3123-4567", [("phone", "0031234567")], "phone_area_code"),
    ],
)
def test_a_wrong_number_is_said_and_looked_for_all_the_same(
    term: str, readings: Pairs, problem: str
) -> None:
    assert understood(term) == readings
    assert classify(term).problem == problem


@pytest.mark.parametrize(
    ("term", "problem"),
    [
        ("", "empty"),
        (" \u200b ", "empty"),
        ("x" * (LONGEST_TERM + 1), "too_long"),
        ("maria\0silva", "control_characters"),
        ("\x1b[2J", "control_characters"),
        ("\ud800", "control_characters"),
        ("%%%%%%%", "nothing_understood"),
        ("(11) 0123", "nothing_understood"),
        ("a", "too_short"),
        ("z.", "too_short"),
        ("de", "only_particles"),
        ("De da dos", "only_particles"),
        ("@SUM(1)", "email_invalid"),
        ("maria@", "email_invalid"),
    ],
)
def test_what_is_not_understood_is_said(term: str, problem: str) -> None:
    query = classify(term)

    assert query.readings == ()
    assert query.problem == problem


def test_only_the_controls_of_a_keyboard_are_borne() -> None:
    controls = [chr(code) for code in (*range(0x20), *range(0x7F, 0xA0))]
    borne = {c for c in controls if classify(f"maria{c}").problem != "control_characters"}

    assert borne == set("\t\n\x0b\x0c\r\x85")


def test_the_default_area_code_adds_the_whole_number() -> None:
    readings = [("phone", "+5511987654321"), ("phone_tail", "87654321")]

    assert understood("98765-4321", "11") == readings


def test_a_whole_number_of_the_shop_s_area_also_finds_whom_the_master_keeps_without_it() -> None:
    whole = ("phone", "+5511987654321")

    assert understood("(11) 98765-4321", "11") == [whole, ("phone", "987654321")]
    assert understood("(11) 98765-4321", "21") == [whole]


def test_eleven_digits_from_55_may_lack_the_area_code() -> None:
    assert ("phone_tail", "12345678") in understood("55912345678")
    assert ("phone", "+5555912345678") in understood("55912345678")


def test_what_was_understood_is_said_in_portuguese() -> None:
    shown = [reading.shown for reading in classify("11900000083").readings]

    assert shown == ["CPF 119.000.000-83", "telefone (11) 90000-0083"]
    assert classify("87654321").readings[0].shown == "telefone com final 8765-4321"
    assert classify("C-1").readings[0].shown == "código C-1"
    assert classify("José").readings[0].shown == "nome jose"


anything = st.text() | st.text(
    alphabet="0123456789+-() ./\\%@abxXñ²٣\u200d\u202e\0 ,;", max_size=40
)


@given(anything, st.sampled_from([None, "11", "99", "20"]))
@example("11 90000-0083", "11")
def test_classify_answers_to_any_text(term: str, default_ddd: str | None) -> None:
    query = classify(term, default_ddd)

    assert query.readings or query.problem
    known = (*BLIND_KINDS, "phone")
    assert all(one.kind in known and one.value for one in query.readings)
    assert len(set(query.readings)) == len(query.readings)


@given(st.text("0123456789", min_size=1, max_size=64))
@example("11900000083")
def test_a_number_is_always_looked_for(external_id: str) -> None:
    assert classify(external_id).readings
