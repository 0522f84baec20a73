"""What a customer is found by, and that the search box finds it."""

from datetime import date

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mirror.identifiers import (
    classify,
    name_words,
    parse_document,
    parse_email,
    parse_phone,
    phone_tail,
    search_terms,
)
from mirror.identifiers.search_terms import narrowings, sound
from mirror.records import Address, Contact, Customer, Document, Phone
from mirror.store.sealing import BLIND_KINDS

CUSTOMER = Customer(
    external_id="C-00123",
    version=1,
    kind="PJ",
    name="Padaria Sant'Anna da Boa Vista Ltda",
    trade_name="Pães & Cia",
    documents=(Document("cnpj", "12ABC34501DE35"), Document("other", "FB 123.456", False)),
    emails=("ana@x.com",),
    phones=(Phone("+5511987654321", "mobile"), Phone("31234567", "local"), Phone("12", "invalid")),
    contacts=(
        Contact("Rui", email="rui@x.com", phone=Phone("+551131239999", "landline")),
        Contact("Eva"),
    ),
)


def looked_for(term: str, default_ddd: str | None = None) -> set[tuple[str, str]]:
    """The keys a search asks for; a whole number by its end, a name by each word."""
    keys = set()
    for reading in classify(term, default_ddd).readings:
        if reading.kind == "phone":
            keys.add(("phone_tail", phone_tail(reading.value)))
        else:
            words = reading.value.split() if reading.kind == "name" else [reading.value]
            keys.update((reading.kind, word) for word in words)
    return keys


def test_every_way_to_find_a_customer() -> None:
    assert sorted({term for term in search_terms(CUSTOMER) if term[0] != "phone"}) == [
        ("cnpj", "12ABC34501DE35"),
        ("code", "c-00123"),
        ("document", "FB123456"),
        ("email", "ana@x.com"),
        ("email", "rui@x.com"),
        ("name", "anna"),
        ("name", "boa"),
        ("name", "cia"),
        ("name", "ltda"),
        ("name", "padaria"),
        ("name", "paes"),
        ("name", "sant"),
        ("name", "santanna"),
        ("name", "vista"),
        ("phone_tail", "31234567"),
        ("phone_tail", "31239999"),
        ("phone_tail", "87654321"),
    ]


@pytest.mark.parametrize(
    "term",
    [
        "C-00123",
        "c-00123",
        "12.abc.345/01de-35",
        "fb123456",
        "FB 123456",
        "Ana@X.com ",
        "rui@x.com",
        "(11) 98765-4321",
        "011 8765-4321",
        "8765-4321",
        "98765 4321",
        "3123 4567",
        "padaria SANT'ANNA",
        "Santanna",
        "paes e cia",
    ],
)
def test_the_customer_is_found(term: str) -> None:
    assert set(search_terms(CUSTOMER)) & looked_for(term)


def test_a_document_that_is_only_words_is_no_key() -> None:
    customer = Customer(
        external_id="1", version=1, documents=(Document("other", "não informado", False),)
    )

    assert "document" not in dict(search_terms(customer))


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Maria José da Conceição e Silva", ("maria", "jose", "conceicao", "silva")),
        ("MARIA  maria", ("maria",)),
        ("Jose\u0301 Ñandú", ("jose", "nandu")),
        ("João 👨\u200d👩 3M", ("joao", "3m")),
        ("Strauß & Söhne", ("strauss", "sohne")),
        ("D'Ávila-Sá", ("avila", "sa")),
        ("A de O", ()),
        ("", ()),
        ("JOAO DA SILVA 12345678909", ("joao", "silva")),
        ("a1 a2 a3 a4 a5 a6 a7 a8 a9", tuple(f"a{n}" for n in range(1, 9))),
    ],
)
def test_the_words_of_a_name(name: str, words: tuple[str, ...]) -> None:
    assert name_words(name) == words


@given(st.text())
@example("José D'Ávila-Sá da Silva")
def test_words_are_their_own_words(name: str) -> None:
    assert name_words(name) == name_words(" ".join(name_words(name)))
    assert len(name_words(name)) <= 8


digits = st.text("0123456789", min_size=1, max_size=20)


@given(digits, st.sampled_from(["", "-", "."]))
@example("52998224725", ".")
@example("123", "-")
def test_whatever_document_the_master_holds_is_found_by_the_same_digits(
    number: str, mark: str
) -> None:
    document = parse_document(number[:3] + mark + number[3:])
    assert document is not None
    code, held = search_terms(Customer(external_id="x", version=1, documents=(document,)))

    assert held in {(reading.kind, reading.value) for reading in classify(number).readings}
    assert {code[0], held[0]} <= set(BLIND_KINDS)


@given(st.text("0123456789 ()-+/", max_size=20), st.sampled_from([None, "11", "55"]))
@example("(11) 98765-4321", None)
@example("3333-4444", "11")
def test_every_telephone_that_could_be_read_is_found_as_it_was_written(
    raw: str, ddd: str | None
) -> None:
    phone = parse_phone(raw, ddd)
    if phone is None or phone.kind in ("invalid", "invalid_ddd"):
        return
    held = set(search_terms(Customer(external_id="x", version=1, phones=(phone,))))
    asked = looked_for(raw, ddd)
    document_only = {kind for kind, _ in asked} <= {"cpf", "cnpj"}

    assert held & asked or document_only


def test_an_email_is_found_as_it_was_kept() -> None:
    key = parse_email("\ufeffMARIA@Ex.com")

    assert classify(" maria@EX.com").readings[0].value == key


def test_what_a_name_is_narrowed_by() -> None:
    customer = Customer(
        external_id="x",
        version=1,
        birth_date=date(1980, 5, 4),
        phones=(Phone("+5511987654321", "mobile"), Phone("31234567", "local")),
        addresses=(Address(city="São José do Rio Preto", state="SP"), Address(city="Olinda")),
    )
    assert narrowings(customer) == (
        "ddd 11", "city sao jose rio preto", "state sp", "city olinda", "born 1980",
    )  # fmt: skip
    assert (
        narrowings(Customer(external_id="x", version=1, phones=(Phone("+1202", "foreign"),))) == ()
    )


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("C&A Modas", ("ca", "modas")),
        ("H.S. Comércio", ("hs", "comercio")),
        ("3M do Brasil", ("3m", "brasil")),
        ("João P. Silva", ("joao", "silva")),
    ],
)
def test_single_letters_written_together_are_a_word(name: str, words: tuple[str, ...]) -> None:
    assert name_words(name) == words


@pytest.mark.parametrize(
    "alike",
    [
        "thiago tiago", "souza sousa", "wagner vagner", "raphael rafael", "rayssa raissa",
        "conceicao conceissao", "goncalves gonsalves", "luiz luis", "helena elena",
        "teixeira teicheira", "jeferson geferson", "anna ana", "mendonca mendonsa", "campos canpos",
        "wellington velington", "erick eric", "karina carina", "sylvia silvia", "limma lima",
        "christiane cristiane", "quelly kelly", "cecilia sessilia", "philipe filipe",
    ],
)  # fmt: skip
def test_words_that_are_taken_for_each_other_sound_alike(alike: str) -> None:
    one, other = alike.split()
    assert sound(one) == sound(other)


@pytest.mark.parametrize("other", ["ana ena", "silva selva", "carla clara", "malha mala", "ana"])
def test_other_words_sound_otherwise(other: str) -> None:
    one, _, two = other.partition(" ")
    assert sound(one) != sound(two)
