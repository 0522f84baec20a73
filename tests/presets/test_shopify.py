"""Shopify: questions by POST and never a mutation, points that run out, oldest change first."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from connector.refresh import ask_one
from mirror.store.engine import Database
from mirror.store.lease import lease
from tests.connector.conftest import Follow
from tests.fakes.fake_master import Reply, Stranger
from tests.fakes.looking import customers, point, versions
from tests.fakes.presets_shop import came, cpf
from tests.fakes.presets_shopify import Shopify, stamp


@pytest.fixture
def shop() -> Iterator[Shopify]:
    with Shopify(40).running() as made:
        yield made


def _failing(code: str) -> Reply:
    return Reply({"data": None, "errors": [{"message": "No.", "extensions": {"code": code}}]})


def test_what_is_posted_is_a_question(shop: Shopify, follow: Follow):
    follow(shop.source())
    for call in shop.calls:
        assert call.body["query"].strip().startswith("query ")
        assert "mutation" not in call.body["query"]
        assert set(call.body) == {"query", "variables"}


def test_pages_of_the_usual_size_never_run_out_of_points(
    shop: Shopify, follow: Follow, mirror_db: Database
):
    for number in range(41, 401):
        shop.add(number)
    assert follow(shop.source()).ok
    assert shop.throttled == 0
    assert shop.points > 900
    assert len(versions(mirror_db)) == 400


def test_a_question_that_costs_too_much_at_once_is_asked_again(
    shop: Shopify, follow: Follow, mirror_db: Database
):
    for number in range(41, 401):
        shop.add(number)
    assert follow(shop.source(stream={"page": {"size": 60}})).ok
    assert shop.throttled > 0
    assert len(versions(mirror_db)) == 400


def test_a_right_that_lacks_is_told_though_the_status_is_200(shop: Shopify, follow: Follow):
    shop.faults = [("", _failing("ACCESS_DENIED"))]
    report = follow(shop.source())
    assert not report.ok
    assert "refused the credentials" in report.sentence


def test_a_listing_that_breaks_off_goes_on_where_it_was(
    shop: Shopify, follow: Follow, mirror_db: Database
):
    source = shop.source()
    seen: list[int] = []

    def watch(received: int) -> None:
        seen.append(received)
        if received == 18:
            shop.faults = [("", _failing("MAX_COST_EXCEEDED"))]

    assert not follow(source, watch=watch).ok
    oldest = sorted(person["updatedAt"] for person in shop.people.values())
    assert point(mirror_db).cursor == oldest[17]

    before = len(shop.calls)
    assert follow(shop.source()).ok
    assert set(versions(mirror_db)) == set(shop.people)
    asked = shop.calls[before].body["variables"]["query"]
    assert asked < f"updated_at:>='{oldest[17]}'"
    assert asked > f"updated_at:>='{oldest[16]}'"
    assert len(shop.calls) - before == 3


def test_a_cursor_that_is_an_address_leads_nowhere(shop: Shopify, follow: Follow):
    with Stranger().running() as elsewhere:
        info = {"hasNextPage": True, "endCursor": f"{elsewhere.url}/graphql"}
        page = {"edges": [], "pageInfo": info}
        shop.faults = [("", Reply({"data": {"customers": page}}))]
        report = follow(shop.source())
    assert not report.ok
    assert "another address" in report.sentence


def test_who_changes_while_the_list_is_read_comes_as_changed(
    shop: Shopify, follow: Follow, mirror_db: Database
):
    def watch(received: int) -> None:
        if received == 9:
            shop.become(39, 1_039)  # the second oldest: its page was read already
            shop.become(2, 1_002)

    report = follow(shop.source(), watch=watch)
    assert report.ok
    found = {one.external_id: one.documents[0].value for one in customers(mirror_db)}
    assert len(found) == 40
    assert found[shop.name_of(39)] == cpf(1_039)
    assert found[shop.name_of(2)] == cpf(1_002)


def test_the_fields_of_a_person_and_of_a_company(
    shop: Shopify, follow: Follow, mirror_db: Database
):
    shop.people.clear()
    shop.add(
        1,
        state="ENABLED",
        note="Cliente desde a feira.",
        tags=["vip", "atacado"],
        createdAt="2024-03-02T01:30:00Z",
        defaultAddress={
            "address1": "Alameda Santos, 120",
            "address2": "ap 31",
            "city": "São Paulo",
            "provinceCode": "SP",
            "zip": "01310-100",
            "countryCodeV2": "BR",
            "phone": "(11) 3333-4567",
            "company": None,
        },
    )
    shop.add(
        2,
        document={"value": "11.222.333/0001-81"},
        defaultEmailAddress=None,
        defaultPhoneNumber=None,
        updatedAt=stamp(came(0)),
    )
    shop.add(3, document=None)
    follow(shop.source())

    found = {one.external_id: one for one in customers(mirror_db)}
    person, company, third = (found[shop.name_of(number)] for number in (1, 2, 3))
    assert person.customer_since == date(2024, 3, 1)
    assert person.tags == ("vip", "atacado")
    assert person.notes == "Cliente desde a feira."
    assert [one.number for one in person.phones][1:] == ["+551133334567"]
    (address,) = person.addresses
    assert (address.street, address.state, address.postal_code) == (
        "Alameda Santos, 120",
        "SP",
        "01310100",
    )
    assert person.extras == {"Conta na loja": "ativa", "Novidades por e-mail": "aceita"}
    assert (company.kind, company.documents[0].value) == ("PJ", "11222333000181")
    assert company.extras == {"Conta na loja": "inativa"}
    assert company.emails == company.phones == ()
    assert third.documents == ()


def test_one_alone_is_asked_for_by_a_question_and_nobody_is_gone_for_want_of_one(
    mirror_db: Database, follow: Follow, data_dir: Path, shop: Shopify
):
    follow(shop.source())
    changed = shop.become(2, 50)
    del shop.people[shop.name_of(3)]

    with lease(mirror_db, data_dir) as fence:
        brought = ask_one(mirror_db, shop.source(), fence, changed)
        same = ask_one(mirror_db, shop.source(), fence, shop.name_of(1))
        gone = ask_one(mirror_db, shop.source(), fence, shop.name_of(3))

    assert (brought.changed, same.unchanged, gone.gone) == (1, 1, 1)
    assert shop.name_of(3) not in versions(mirror_db)
    assert not shop.strays
