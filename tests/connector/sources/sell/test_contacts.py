"""What a contact of Zendesk Sell becomes: a person or a company in the mirror's own words."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from config.assemble import merged, preset
from connector.http.client import Fetcher, Limits
from connector.mapping.strict_json import decode_object
from connector.mapping.values import Refused
from connector.sources.checks import sell_definition
from connector.sources.sell import SellSource
from connector.sources.sell.client import head_of, weighed
from mirror.facets import facets_of
from mirror.records import Address, Customer, Document
from tests.fakes.sell import contact

NOW = datetime(2026, 11, 22, tzinfo=UTC)
PAYLOAD = Path(__file__).parents[3] / "data/sell_contacts.json"


def read(over: dict[str, Any] | None = None, **fields: Any) -> Customer:
    return _read(contact(7, **fields), over)


def _read(record: dict[str, Any], over: dict[str, Any] | None = None) -> Customer:
    definition = sell_definition(merged(preset("sell"), over or {}), "loja")
    source = SellSource("loja", definition, Fetcher("http://127.0.0.1:9", {}, Limits()))
    raw = msgspec.json.encode(record)
    found: Any = source.translate(decode_object(raw), source.head(raw, NOW), "customers")
    return found


def test_a_person_with_everything():
    person = read(
        name="Ana Prado",
        contact_id=135906700,
        prospect_status="current",
        customer_status="past",
        email="Ana.Prado@acme.example",
        phone="+55 11 3842-6671",
        mobile="(11) 98765-4321",
        address={
            "line1": "Av. Paulista 1000",
            "city": "São Paulo",
            "postal_code": "01310-100",
            "state": "SP",
            "country": "Brazil",
        },
        tags=["vip"],
        custom_fields={"CPF": "529.982.247-25", "Apelido": "Aninha"},
    )

    assert (person.external_id, person.kind, person.name) == ("7", "PF", "Ana Prado")
    assert person.documents == (Document("cpf", "52998224725"),)
    assert person.emails == ("ana.prado@acme.example",)
    assert [phone.number for phone in person.phones] == ["+5511987654321", "+551138426671"]
    assert person.addresses == (
        Address(
            street="Av. Paulista 1000",
            city="São Paulo",
            state="SP",
            postal_code="01310100",
            country="Brazil",
        ),
    )
    assert person.tags == ("vip",)
    assert person.standings == {"sell_prospect": "current", "sell_customer": "past"}
    assert person.company == "135906700"
    assert person.extras == {"Apelido": "Aninha", "Empresa": "135906700"}
    assert person.updated_at == datetime(2026, 2, 1, 0, 7, tzinfo=UTC)
    assert (person.registration, person.registration_received) == ("unknown", None)


def test_a_page_as_sell_sends_it():
    page = msgspec.json.decode(PAYLOAD.read_bytes())
    person, company = (_read(item["data"]) for item in page["items"])

    assert (person.external_id, person.kind, person.name) == ("135906739", "PF", "Ana Prado")
    assert person.documents == (Document("cpf", "52998224725"),)
    assert [phone.number for phone in person.phones] == ["+5511987654321", "+551138426671"]
    assert (person.customer_since, person.tags) == (date(2025, 7, 19), ("vip",))
    assert person.extras == {
        "Loja": "Centro",
        "Nascimento": "1990-05-17",
        "Interesses": "Tênis, Corrida",
        "Pontos": "120",
        "Aceita e-mail": "sim",
        "Entrega": "Rua Augusta 20, São Paulo",
        "Empresa": "135906700",
    }
    assert person.standings == {"sell_prospect": "current", "sell_customer": "none"}
    assert (company.kind, company.name, company.extras) == ("PJ", "Acme Ltda", {})
    assert company.documents == (Document("cnpj", "11222333000181"),)
    assert company.customer_since == date(2024, 1, 1)  # in São Paulo it was the day before


def test_a_custom_field_is_told_apart_by_the_settings():
    over = {"map": {"extras": {"*": "", "Time": "custom_fields['Time do coração']"}}}

    assert read(over, custom_fields={"Time do coração": "Bahia", "Loja": "Centro"}).extras == {
        "Time": "Bahia"
    }


def test_a_custom_field_is_a_filter_by_its_name():
    person = read(custom_fields={"Loja": "Centro", "CPF": "529.982.247-25"})

    assert ("extra.Loja", "Centro") in facets_of("loja", person, ("Loja",))


def test_a_company():
    company = read(
        is_organization=True, name="Padaria Ltda", custom_fields={"CNPJ": "12.ABC.345/01DE-35"}
    )

    assert (company.kind, company.name) == ("PJ", "Padaria Ltda")
    assert company.documents == (Document("cnpj", "12ABC34501DE35"),)
    assert (company.company, company.extras) == (None, {})


def test_a_pair_of_statuses_that_should_not_occur_is_kept_as_received():
    standings = read(prospect_status="lost", customer_status="current").standings

    assert standings == {"sell_prospect": "lost", "sell_customer": "current"}


def test_a_status_that_nobody_knows_is_kept_and_one_that_is_not_there_says_nothing():
    assert read(prospect_status="frozen", customer_status=None).standings == {
        "sell_prospect": "frozen"
    }


def test_a_name_in_two_parts():
    assert read(name=None, first_name="Ana", last_name="Prado").name == "Ana Prado"
    assert read(name="", first_name=None, last_name="Prado").name == "Prado"


def test_a_custom_field_with_a_dot_in_its_name():
    over = {"map": {"documents": ["custom_fields['Fiscal.CPF (novo)']"]}}

    assert read(over, custom_fields={"Fiscal.CPF (novo)": "52998224725"}).documents


@pytest.mark.parametrize("empty", [None, {}, {"line1": None, "city": "", "country": None}])
def test_an_address_without_anything_is_none(empty: Any):
    assert read(address=empty).addresses == ()


@pytest.mark.parametrize("custom", [None, {}, {"CPF": None}, {"CPF": ""}, {"cpf": "52998224725"}])
def test_without_a_document_there_is_none(custom: Any):
    assert read(custom_fields=custom).documents == ()


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        (b"null", "record: not_an_object"),
        (b"[1]", "record: not_an_object"),
        (b'{"updated_at":"2026-02-19T10:20:08Z"}', "id: missing"),
        (b'{"id":true}', "id: not_an_id"),
    ],
)
def test_who_cannot_be_told_is_refused(raw: bytes, told: str):
    with pytest.raises(Refused, match=told):
        head_of(raw, 1, NOW)


SECONDS = ("2026-02-19T10:20:08Z", "2026-02-19T10:20:09Z")
FUTURE = "2099-01-01T00:00:00Z"


def version(stamp: object, revision: int, at: datetime = NOW) -> int:
    return head_of(msgspec.json.encode({"id": 1, "updated_at": stamp}), revision, at).version


@pytest.mark.parametrize("stamp", ["ontem", None, "", 0, FUTURE, "9999-12-31T23:59:59Z"])
def test_a_stamp_that_is_none_or_of_the_future_costs_the_stamp_and_not_the_record(stamp: object):
    at = datetime.now(UTC)
    head = head_of(msgspec.json.encode({"id": 7, "updated_at": stamp}), 3, at)

    assert (head.external_id, head.instant) == ("7", None)
    unreadable = "unreadable" if stamp in ("ontem", 0) else "undated"
    assert head.doubt == ("future" if str(stamp)[:1] in "29" and stamp else unreadable)
    assert head.version == version(f"{at:%Y-%m-%dT%H:%M:%SZ}", 3)


def test_the_later_second_is_newer_and_within_one_the_higher_revision():
    versions = [
        version(SECONDS[0], 0),
        version(SECONDS[0], 7),
        version(SECONDS[0], 8),
        version(SECONDS[1], 0),
        version(SECONDS[1], 3),
    ]

    assert versions == sorted(set(versions))


def test_no_date_and_no_revision_is_too_large_for_a_column():
    at = datetime(9999, 12, 31, tzinfo=UTC)
    assert version("9999-12-31T23:59:59Z", 10**30, at) == 2**63 - 1


@pytest.mark.parametrize("came", SECONDS)
@pytest.mark.parametrize("here", SECONDS)
def test_where_both_have_a_revision_no_second_decides(came: str, here: str):
    before = version(here, 5)

    assert weighed(version(came, 4), before) < before
    assert weighed(version(came, 6), before) > before


def test_what_a_list_shows_is_newer_by_its_second_and_keeps_the_revision():
    before = version(SECONDS[0], 5)
    later = weighed(version(SECONDS[1], 0), before)

    assert weighed(version(SECONDS[0], 0), before) == before
    assert weighed(before, version(SECONDS[1], 0)) > version(SECONDS[1], 0)
    assert later > before
    assert weighed(version(SECONDS[0], 0), later) < later
    assert weighed(version(SECONDS[0], 4), later) < later
    assert weighed(version(SECONDS[0], 6), later) > later


def test_a_second_of_the_future_that_is_here_keeps_nothing_out():
    # From before stamps of the future were told apart.
    ahead = version(FUTURE, 5, datetime(2099, 1, 1, tzinfo=UTC))

    assert weighed(version(SECONDS[0], 0), ahead) >= ahead
    assert weighed(version(SECONDS[0], 6), ahead) > ahead
    assert weighed(version(SECONDS[0], 4), ahead) < ahead
