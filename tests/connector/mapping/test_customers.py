"""A record becomes a customer: what the map names, normalised; no more and no guesses."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from config.assemble import preset
from connector.mapping.customers import Translator
from connector.mapping.expressions import Dialect
from connector.sources.checks import definition
from mirror.records import Address, Contact, Customer, Dependent, Document, Loyalty, Phone
from tests.fakes.translation import OMNI, read, translator


def test_a_full_record_becomes_a_full_customer():
    found = read(
        person_type="PF",
        status="blocked",
        name="  Ana   Souza ",
        trade_name="Aninha",
        cpf="529.982.247-25",
        rg="12.345.678-9 SSP/SP",
        emails=[{"address": "Ana@Exemplo.com.BR"}],
        phones=[{"number": "(11) 98765-4321", "label": "WhatsApp"}],
        category="Ouro",
        birth_date="1978-05-23",
        gender="F",
        created_at="2015-03-14T23:30:00-03:00",
        last_purchase_at="2023-10-06T01:30:00Z",
        notes="one\ntwo",
        extra={"Camiseta": "M", "VIP": True, "Não": False, "Crédito": 1500.5, "Cores": ["azul", 3]},
        addresses=[
            {"label": "Trabalho", "street": "Rua B", "postal_code": "70765030", "main": False},
            {"street": "Rua A", "number": 12, "city": "Recife", "postal_code": "50030-230",
             "main": True},
        ],
        contacts=[{"name": "Rui", "role": "Filho", "email": "RUI@x.com", "phone": "1133224455"}],
        dependents=[{"name": "Davi", "relation": "Filho", "birth_date": "2018-11-30"}],
        groups=["A", "", "B"],
        tags=["vip"],
        seller="Paula",
        profile="Loja",
        loyalty={"points": "1250", "tier": "Prata", "next_tier": "Ouro", "points_to_next": 250.0,
                 "status": "Ativo"},
        url="https://master.example/clientes/7",
    )  # fmt: skip
    assert found == Customer(
        external_id="7",
        version=1,
        kind="PF",
        registration="blocked",
        name="Ana Souza",
        trade_name="Aninha",
        documents=(Document("cpf", "52998224725"),),
        state_registration="12.345.678-9 SSP/SP",
        emails=("ana@exemplo.com.br",),
        phones=(Phone("+5511987654321", "mobile", (), "WhatsApp"),),
        category="Ouro",
        loyalty=Loyalty(1250, "Prata", "Ouro", 250, "Ativo"),
        birth_date=date(1978, 5, 23),
        gender="F",
        customer_since=date(2015, 3, 14),
        last_purchase_at=datetime(2023, 10, 6, 1, 30, tzinfo=UTC),
        notes="one\ntwo",
        extras={"Camiseta": "M", "VIP": "sim", "Não": "não", "Crédito": "1500.5",
                "Cores": "azul, 3"},
        addresses=(
            Address(street="Rua A", number="12", city="Recife", postal_code="50030230", main=True),
            Address("Trabalho", "Rua B", postal_code="70765030"),
        ),
        contacts=(Contact("Rui", "Filho", "rui@x.com", Phone("+551133224455", "landline")),),
        dependents=(Dependent("Davi", "Filho", date(2018, 11, 30)),),
        groups=("A", "B"),
        tags=("vip",),
        seller="Paula",
        profile="Loja",
        updated_at=datetime(2026, 11, 22, tzinfo=UTC),
        master_url="https://master.example/clientes/7",
    )  # fmt: skip


def test_an_empty_record_becomes_an_empty_customer():
    found = OMNI({}, "7", 3, None)
    assert found == Customer(external_id="7", version=3)


def test_nulls_and_blanks_are_nothing():
    names = ("name", "trade_name", "cpf", "cnpj", "rg", "emails", "phones", "category", "loyalty")
    more = ("birth_date", "gender", "created_at", "last_purchase_at", "notes", "extra", "groups")
    rest = ("addresses", "contacts", "dependents", "tags", "seller", "profile", "url")
    blank = read(**dict.fromkeys((*names, *more, *rest)))
    assert blank == Customer(
        external_id="7",
        version=1,
        registration="active",
        updated_at=datetime(2026, 11, 22, tzinfo=UTC),
    )
    assert read(name="   ", rg="\u00a0", notes="\n\n", emails=[], birth_date="").name is None


def test_what_the_map_does_not_name_is_dropped():
    found = read(
        senha="p@ss", novo_campo={"x": 1}, __proto__={"admin": True}, constructor={"prototype": {}}
    )
    assert found == read()
    assert "p@ss" not in repr(found)


@pytest.mark.parametrize("word", ["active", "inactive", "blocked", "deleted"])
def test_a_known_status_is_a_registration(word: str):
    found = read(status=word)
    assert (found.registration, found.registration_received) == (word, None)


@pytest.mark.parametrize(
    ("status", "received"), [("zumbi", "zumbi"), (7, "7"), (None, None), ("", None)]
)
def test_an_unknown_status_is_unknown_and_kept_as_received(status: object, received: str | None):
    found = read(status=status)
    assert (found.registration, found.registration_received) == ("unknown", received)


def test_a_word_too_long_for_one_is_cut_and_refuses_nobody():
    found = read(status="x" * 201, person_type="y" * 5_000)

    assert (found.registration, len(found.registration_received or "")) == ("unknown", 200)
    assert (found.kind, len(found.kind_received or "")) == ("PF", 200)


@pytest.mark.parametrize(
    ("status", "registration"),
    [
        ("Active", "active"),
        ("  BLOCKED ", "blocked"),
        ("Ativo", "active"),
        ("INATIVA", "inactive"),
        ("bloqueado", "blocked"),
        ("Excluido", "deleted"),
        ("EXCLUÍDO", "deleted"),
    ],
)
def test_words_are_alike_without_case_accents_and_blanks(status: str, registration: str):
    found = read(status=status)
    assert (found.registration, found.registration_received) == (registration, None)


def test_the_map_s_own_words_are_folded_too_and_go_before_what_every_map_knows():
    words = {"Em Análise": "inactive", "Ativo": "blocked"}
    shop = translator(registration={"path": "status", "words": words})

    told = {word: read(shop, status=word).registration for word in ("EM  ANALISE", "ativo")}

    assert told == {"EM  ANALISE": "inactive", "ativo": "blocked"}


def test_two_words_that_read_alike_and_mean_two_things_are_told_apart_as_written():
    words = {"B": "blocked", "b": "inactive"}
    shop = translator(registration={"path": "status", "words": words})

    told = [read(shop, status=word).registration for word in ("B", "b")]

    assert told == ["blocked", "inactive"]


def test_a_kind_nobody_knows_is_guessed_and_kept_as_received():
    person, company = read(person_type="MEI"), read(person_type="MEI", cnpj="11222333000181")

    assert (person.kind, person.kind_received) == ("PF", "MEI")
    assert (company.kind, company.kind_received) == ("PJ", "MEI")
    assert read(person_type="Pessoa Jurídica").kind == "PJ"
    assert read(person_type="pj").kind_received is None


def test_a_number_without_its_zeros_is_filled_up_by_whatever_kind_is_meant():
    found = read(person_type="pessoa fisica", cpf=191)
    assert found.documents == (Document("cpf", "00000000191"),)


def test_a_standing_is_read_as_the_articles_call_it():
    found = read(
        ploomes_status="DESCARTADA",
        customer_status="Cliente passado",
        prospect_status="Talvez",
        relationship="",
    )

    assert found.standings == {
        "ploomes": "discarded", "sell_customer": "past", "sell_prospect": "Talvez"
    }  # fmt: skip


def test_the_master_s_own_words_are_translated_by_the_map():
    german = translator(
        registration={"path": "status", "words": {"gesperrt": "blocked"}},
        kind={"path": "art", "words": {"Firma": "PJ", "Mensch": "PF"}},
    )
    found = read(german, status="gesperrt", art="Firma", cnpj=11222333000181)
    assert (found.registration, found.kind) == ("blocked", "PJ")
    assert found.documents == (Document("cnpj", "11222333000181"),)


def test_a_person_of_unknown_kind_is_a_company_where_it_has_a_cnpj():
    assert read(person_type=None, cnpj="11222333000181").kind == "PJ"
    assert read(person_type="?", cpf="52998224725").kind == "PF"
    assert read(person_type="PF", cnpj="11222333000181").kind == "PF"


def test_another_map_has_another_fingerprint():
    prints = {
        translator().fingerprint,
        translator("11").fingerprint,
        translator(name="full_name").fingerprint,
        translator(registration={"path": "status", "words": {"x": "active"}}).fingerprint,
        Translator(
            definition(preset("omni"), "loja").map, Dialect(ZoneInfo("America/Manaus"))
        ).fingerprint,
    }
    assert len(prints) == 5
    assert translator().fingerprint == translator().fingerprint
