"""Other people's libraries as a second opinion, where they follow the same rules."""

import phonenumbers
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from stdnum.br import cnpj as stdnum_cnpj
from stdnum.br import cpf as stdnum_cpf
from validate_docbr import CNPJ, CPF

from mirror.identifiers import (
    DDDS,
    cnpj_valid,
    cpf_valid,
    format_document,
    parse_document,
    parse_email,
    parse_phone,
)
from mirror.identifiers.phones import country_code

DIGITS = "0123456789"
cpf_bodies = st.text(DIGITS, min_size=9, max_size=9).filter(int)  # zeros only: stdnum refuses
cnpj_bodies = st.text(DIGITS + "ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=12, max_size=12)


def _with_check_digits(body: str) -> str:
    return next(f"{body}{n:02}" for n in range(100) if stdnum_cpf.is_valid(f"{body}{n:02}"))


def _repeated(text: str) -> bool:
    return len(set(text)) == 1  # stdnum takes repeated digits for a CPF


@given(st.text(DIGITS, min_size=11, max_size=11))
@example("52998224725")
@example("11111111111")
def test_any_eleven_digits(number: str) -> None:
    assert cpf_valid(number) == (stdnum_cpf.is_valid(number) and not _repeated(number))
    assert cpf_valid(number) == CPF().validate(number)


@given(cpf_bodies)
@example("111111111")
def test_right_cpf_check_digits(body: str) -> None:
    number = _with_check_digits(body)

    assert cpf_valid(number) == (not _repeated(number))
    assert CPF().validate(number) == cpf_valid(number)
    document = parse_document(format_document("cpf", number))
    assert document is not None
    assert (document.kind, document.value, document.valid) == ("cpf", number, cpf_valid(number))


@given(cnpj_bodies)
@example("0" * 12)
def test_right_cnpj_check_digits(body: str) -> None:
    number = body + stdnum_cnpj.calc_check_digits(body)

    assert cnpj_valid(number) == (not _repeated(number))
    assert CNPJ().validate(number) == cnpj_valid(number)
    document = parse_document(format_document("cnpj", number).lower())
    assert document is not None
    assert (document.kind, document.value, document.valid) == ("cnpj", number, cnpj_valid(number))


@given(cnpj_bodies, st.text(DIGITS, min_size=2, max_size=2))
@example("112223330001", "81")
@example("12ABC34501DE", "35")
def test_any_cnpj_check_digits(body: str, checks: str) -> None:
    number = body + checks

    assert cnpj_valid(number) == (stdnum_cnpj.is_valid(number) and not _repeated(number))


@given(
    st.sampled_from(sorted(DDDS)),
    st.from_regex("9[0-9]{8}|[2-5][0-9]{7}", fullmatch=True),
    st.sampled_from(["{ddd}{n}", "({ddd}) {n}", "+55 {ddd} {n}", "+55{ddd}{n}", "0{ddd} {n}"]),
)
@example("11", "987654321", "({ddd}) {n}")
def test_brazilian_numbers(ddd: str, subscriber: str, form: str) -> None:
    ours = parse_phone(form.format(ddd=ddd, n=subscriber))
    theirs = phonenumbers.parse(f"+55{ddd}{subscriber}")
    landline = phonenumbers.PhoneNumberType.FIXED_LINE

    assert ours is not None
    if ours.kind == "invalid":
        assert _repeated(ddd + subscriber)
        return
    assert ours.number == phonenumbers.format_number(theirs, phonenumbers.PhoneNumberFormat.E164)
    if phonenumbers.is_valid_number(theirs):
        assert (phonenumbers.number_type(theirs) == landline) == (ours.kind == "landline")


@pytest.mark.parametrize("code", sorted(phonenumbers.COUNTRY_CODE_TO_REGION_CODE))
def test_country_codes(code: int) -> None:
    assert country_code(f"+{code}123456789") == str(code)


@given(st.text("0123456789 ()-+/", max_size=25), st.sampled_from([None, "11"]))
@example("(11) 98765-4321", None)
def test_a_number_read_once_is_read_the_same_again(raw: str, ddd: str | None) -> None:
    phone = parse_phone(raw, ddd)
    if phone and phone.kind in ("mobile", "landline", "toll_free", "foreign", "local"):
        again = parse_phone(phone.number)
        assert again is not None
        assert (again.number, again.kind) == (phone.number, phone.kind)


@given(st.integers(min_value=0, max_value=99).map("{:02}".format))
@example("11")
@example("20")
def test_area_codes(ddd: str) -> None:
    number = phonenumbers.parse(f"+55{ddd}987654321")

    assert phonenumbers.is_valid_number(number) == (ddd in DDDS)


@given(st.emails())
@example("Ana.Souza+loja@exemplo.com.br")
def test_an_address_by_the_standard_is_read_the_same_twice(address: str) -> None:
    key = parse_email(address)

    assert key is None or parse_email(key) == key


@given(st.text() | st.text("aé@.-İﬁßA１ \u200b", max_size=20))
@example("ANA@Exemplo.com.br")
def test_a_key_is_its_own_key(text: str) -> None:
    key = parse_email(text)

    assert key is None or parse_email(key) == key
    assert key is None or parse_email(f" {key.upper()}\u00a0") in (key, parse_email(key.upper()))
