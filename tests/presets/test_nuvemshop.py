"""Nuvemshop: links that are followed at home only, a 404 that means nothing, a bucket in ms."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from mirror.store.engine import Database
from tests.connector.conftest import Follow
from tests.fakes.fake_master import Stranger
from tests.fakes.looking import customers, versions
from tests.fakes.presets_nuvemshop import Nuvemshop
from tests.fakes.presets_shop import cpf

PAGES: dict[str, Any] = {"stream": {"page": {"size": 5}}}


@pytest.fixture
def shop() -> Iterator[Nuvemshop]:
    with Nuvemshop(12).running() as made:
        yield made


@pytest.mark.parametrize("host", [None, "http://api.tiendanube.com", "http://api.nuvemshop.com.br"])
def test_links_are_followed_at_home_whichever_of_its_names_they_have(
    shop: Nuvemshop, follow: Follow, mirror_db: Database, host: str | None
):
    shop.links_to = host
    assert follow(shop.source(**PAGES)).ok
    assert set(versions(mirror_db)) == set(shop.people)
    assert [call.query["page"] for call in shop.calls][:3] == ["1", "2", "3"]


def test_every_request_says_who_asks_in_the_masters_own_words(shop: Nuvemshop, follow: Follow):
    follow(shop.source(**PAGES))
    for call in shop.calls:
        assert call.headers["authentication"] == "bearer SEGREDO"
        assert "authorization" not in call.headers
        assert call.headers["user-agent"] == "Espelho (ti@loja.exemplo)"


def test_a_link_to_another_server_is_not_followed(
    shop: Nuvemshop, follow: Follow, mirror_db: Database
):
    with Stranger().running() as elsewhere:
        shop.links_to = elsewhere.url
        report = follow(shop.source(**PAGES))
    assert not report.ok
    assert "another address" in report.sentence
    assert len(versions(mirror_db)) == 0  # the page that leads astray is not used


def test_a_404_means_that_nothing_is_there(shop: Nuvemshop, follow: Follow, mirror_db: Database):
    follow(shop.source())
    shop.time.sleep(86_400)
    shop.people.clear()
    report = follow(shop.source())
    assert report.ok
    assert report.figures.received == 0
    assert len(versions(mirror_db)) == 12


def test_a_shop_that_has_not_paid_is_told_and_deletes_nobody(
    shop: Nuvemshop, follow: Follow, mirror_db: Database
):
    follow(shop.source())
    shop.unpaid = True
    report = follow(shop.source(), full=True)
    assert not report.ok
    assert "402 Payment Required" in report.sentence
    assert len(versions(mirror_db)) == 12


def test_a_bucket_that_others_filled_is_waited_for(shop: Nuvemshop, follow: Follow):
    source, begin = shop.source(), shop.time.now
    shop.others, shop._filled_at = 40.0, begin
    assert follow(source).ok
    assert 20 <= shop.time.now - begin < 25
    assert len(shop.calls) == 3  # the last one for fewer: would it say where it goes on?


def test_the_fields_of_a_person_and_of_a_company(
    shop: Nuvemshop, follow: Follow, mirror_db: Database
):
    shop.people.clear()
    shop.add(
        1,
        phone=None,
        note="Prefere retirar na loja.",
        extra={"Tamanho": "M", "aceita_sms": True},
        created_at="2013-09-05T01:59:19+0000",
        updated_at="2024-04-05T17:59:19+0000",
        addresses=[
            {
                "address": "Praça Roberto Gomes Pedrosa",
                "number": "1",
                "floor": None,
                "locality": "Morumbi",
                "city": "São Paulo",
                "province": "São Paulo",
                "zipcode": "05653-070",
                "country": "BR",
                "phone": "11 3749-8000",
                "default": True,
            }
        ],
    )
    shop.add(2, identification="11.222.333/0001-81", name="Pão Quente Ltda")
    follow(shop.source())

    person, company = sorted(customers(mirror_db), key=lambda one: one.kind)
    assert person.customer_since == date(2013, 9, 4)
    assert person.notes == "Prefere retirar na loja."
    assert person.extras == {"Tamanho": "M", "aceita_sms": "sim"}
    assert [(one.number, one.kind) for one in person.phones] == [("+551137498000", "landline")]
    (address,) = person.addresses
    assert (address.street, address.number, address.district) == (
        "Praça Roberto Gomes Pedrosa",
        "1",
        "Morumbi",
    )
    assert (address.postal_code, address.main) == ("05653070", True)
    assert person.documents[0].value == cpf(1)
    assert (company.kind, company.documents[0].value) == ("PJ", "11222333000181")
