"""VTEX: a scroll by a token that goes alone and dies, people never changed, days that stay days."""

from collections.abc import Callable, Iterator
from datetime import date
from itertools import count
from typing import Any

import pytest

from mirror.store.engine import Database
from tests.connector.conftest import Follow
from tests.fakes.fake_master import Reply, Stranger
from tests.fakes.looking import customers, point, versions
from tests.fakes.presets_shop import cpf
from tests.fakes.presets_vtex import Vtex, stamp

PAGES: dict[str, Any] = {"stream": {"page": {"size": 5}}}


@pytest.fixture
def shop() -> Iterator[Vtex]:
    with Vtex(12).running() as made:
        yield made


@pytest.mark.parametrize("once", [True, False])
def test_after_the_first_page_the_token_goes_alone(shop: Vtex, follow: Follow, once: bool):
    shop.says_token_once = once
    assert follow(shop.source(**PAGES)).figures.added == 12
    begun = [call for call in shop.calls if "_token" not in call.query]
    later = [call for call in shop.calls if "_token" in call.query]
    assert begun[0] is shop.calls[0]
    assert all("userId" not in call.query["_fields"] for call in begun)
    # A listing whose rows may have moved is looked at twice: each look is a scroll of its own.
    assert [set(call.query) for call in later] == [{"_token"}] * 3 * len(begun)
    assert len(begun) == 2


def test_a_token_that_died_ends_the_run_and_the_next_begins_anew(
    shop: Vtex, follow: Follow, mirror_db: Database
):
    report = follow(shop.source(**PAGES), watch=lambda received: shop.time.sleep(1_300))
    assert not report.ok
    assert len(versions(mirror_db)) == 5
    assert point(mirror_db).cursor is None

    assert follow(shop.source(**PAGES)).figures.added == 7
    assert set(versions(mirror_db)) == set(shop.people)


def nth(number: int, fate: str) -> Callable[[], str]:
    """Of all pages the one of this number meets this fate."""
    pages = count(1)
    return lambda: fate if next(pages) == number else ""


def test_a_scroll_of_which_a_page_was_lost_is_begun_again(
    shop: Vtex, follow: Follow, mirror_db: Database
):
    shop.fate = nth(2, "lost")
    assert follow(shop.source(**PAGES)).ok
    assert set(versions(mirror_db)) == set(shop.people)


def test_a_scroll_that_loses_pages_again_and_again_removes_nobody(
    shop: Vtex, follow: Follow, mirror_db: Database
):
    follow(shop.source(**PAGES))
    del shop.people[next(iter(shop.people))]
    shop.fate = lambda: "lost"
    report = follow(shop.source(**PAGES), full=True)
    assert not report.ok
    assert len(versions(mirror_db)) == 12


def test_a_page_of_a_scroll_that_somebody_in_between_took_makes_nobody_gone(
    shop: Vtex, follow: Follow, mirror_db: Database
):
    follow(shop.source(**PAGES))
    shop.fate = nth(1, "twice")
    assert follow(shop.source(**PAGES), full=True).figures.gone == 0
    assert set(versions(mirror_db)) == set(shop.people)


def test_somebody_new_is_found_though_never_changed(
    shop: Vtex, follow: Follow, mirror_db: Database
):
    follow(shop.source())
    new = shop.add(500, createdIn=stamp(shop.time.wall))
    assert shop.people[new]["updatedIn"] is None

    assert follow(shop.source()).figures.added == 1
    assert shop.calls[-2].query["_where"].count("Z") == 2
    assert new in versions(mirror_db)


def test_a_token_that_is_an_address_leads_nowhere(shop: Vtex, follow: Follow):
    with Stranger().running() as elsewhere:
        lure = Reply([], headers={"X-VTEX-MD-TOKEN": f"{elsewhere.url}/scroll"})
        shop.faults = [("scroll", Reply([{"id": "a"}], headers=lure.headers))]
        report = follow(shop.source())
    assert not report.ok
    assert "another address" in report.sentence


def test_the_fields_of_a_person_and_of_a_company(shop: Vtex, follow: Follow, mirror_db: Database):
    shop.people.clear()
    shop.add(
        1,
        createdIn="2024-03-02T01:30:00.4199691Z",
        birthDate="1990-05-13T00:00:00Z",
        gender="female",
        homePhone="+551133334567",
        isNewsletterOptIn=True,
        email="Ana.Souza@Exemplo.com.br ",
    )
    shop.add(
        2,
        isCorporate=True,
        corporateName="Padaria Pão Quente Ltda",
        tradeName="Pão Quente",
        corporateDocument="11222333000181",
        document=None,
        stateRegistration="110.042.490.114",
        phone=None,
        email=None,
        approved=False,
    )
    follow(shop.source())

    person, company = sorted(customers(mirror_db), key=lambda one: one.kind)
    assert (person.kind, person.name, person.gender) == ("PF", "Ana Souza 1", "Feminino")
    assert person.birth_date == date(1990, 5, 13)
    assert person.customer_since == date(2024, 3, 1)  # half past ten in the evening there
    assert person.emails == ("ana.souza@exemplo.com.br",)
    assert [one.number for one in person.phones][1:] == ["+551133334567"]
    assert person.documents[0].value == cpf(1)
    assert person.extras == {"Aceita novidades por e-mail": "sim"}
    assert person.updated_at is not None
    assert (company.kind, company.name) == ("PJ", "Padaria Pão Quente Ltda")
    assert company.trade_name == "Pão Quente"
    assert [(one.kind, one.value) for one in company.documents] == [("cnpj", "11222333000181")]
    assert company.state_registration == "110.042.490.114"
    assert company.extras == {"Aprovado para compra corporativa": "não"}
    assert company.registration == "unknown"
    assert company.registration_received is None
