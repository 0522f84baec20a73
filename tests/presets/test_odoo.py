"""Following Odoo: one address for every question, failures under 200, false for nothing."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from config.assemble import merged, preset
from connector.http import RequestRefused
from connector.refresh import ask_one
from connector.sources.checks import checked
from mirror.store.engine import Database
from mirror.store.lease import lease
from tests.connector.conftest import Follow
from tests.fakes.looking import customers, versions
from tests.fakes.presets_odoo import Odoo, failure

COMPANY = {
    "name": "Loja Exemplo Ltda",
    "is_company": True,
    "vat": "BR11222333000181",
    "phone": "+55 11 3333-4444",
    "mobile": False,
    "street": "Rua das Acácias, 120",
    "zip": "01310-100",
    "city": "São Paulo",
    "state_id": [95, "São Paulo (BR)"],
    "country_id": [31, "Brasil"],
    "user_id": [2, "Vendedora Um"],
    "category_id": [3, 99],
    "website": "https://loja.exemplo",
    "comment": "<p>Paga <b>dia&nbsp;5</b></p>",
}


@pytest.fixture
def odoo() -> Iterator[Odoo]:
    with Odoo(5).running() as installation:
        yield installation


def by_id(db: Database) -> dict[str, Any]:
    return {one.external_id: one for one in customers(db)}


def test_what_points_elsewhere_has_its_name(odoo: Odoo, follow: Follow, mirror_db: Database):
    odoo.people["1"] |= COMPANY
    odoo.people["2"] |= {"parent_id": [1, "Loja Exemplo Ltda"], "function": "Compradora"}
    assert follow(odoo.source()).ok

    company, person = by_id(mirror_db)["1"], by_id(mirror_db)["2"]
    (address,) = company.addresses
    assert (company.kind, company.registration) == ("PJ", "active")
    assert [one.value for one in company.documents] == ["11222333000181"]
    assert [one.number for one in company.phones] == ["+551133334444"]
    assert (address.street, address.state, address.country) == (
        "Rua das Acácias, 120",
        "SP",
        "Brasil",
    )
    assert (company.seller, company.tags) == ("Vendedora Um", ("Atacado", "99"))
    assert company.notes == "Paga dia 5"
    assert company.extras == {"Site": "https://loja.exemplo"}
    assert (person.kind, person.company) == ("PF", "1")
    assert person.extras == {"Empresa": "Loja Exemplo Ltda", "Cargo": "Compradora"}


def test_false_is_nothing_in_every_field(odoo: Odoo, follow: Follow, mirror_db: Database):
    names = ("vat", "email", "mobile", "create_date")
    odoo.people["1"] |= dict.fromkeys(names, False)
    assert follow(odoo.source()).ok

    found = by_id(mirror_db)["1"]
    empty = ("documents", "emails", "phones", "addresses", "extras", "notes", "seller", "tags")
    assert found.name
    assert [name for name in (*empty, "customer_since", "flags") if getattr(found, name)] == []


def test_archived_is_inactive_and_stays(odoo: Odoo, follow: Follow, mirror_db: Database):
    follow(odoo.source())
    odoo.people["2"]["active"] = False
    odoo.touch(odoo.people["2"], odoo.time.wall)
    report = follow(odoo.source())

    assert (report.figures.changed, report.figures.gone) == (1, 0)
    assert by_id(mirror_db)["2"].registration == "inactive"


def test_what_changed_is_asked_for_in_the_masters_clock(
    odoo: Odoo, follow: Follow, mirror_db: Database
):
    odoo.people["4"]["write_date"] = "2024-05-02 01:20:23"
    odoo.people["4"]["create_date"] = "2024-05-02 01:20:23"
    follow(odoo.source())
    follow(odoo.source())
    args = odoo.calls[-1].body["params"]["args"]
    assert ["write_date", ">=", "2024-05-02 01:10:23"] in args[5][0]
    found = by_id(mirror_db)["4"]
    assert found.updated_at == datetime(2024, 5, 2, 1, 20, 23, tzinfo=UTC)
    assert found.customer_since == date(2024, 5, 1)


def test_a_shop_without_categories_is_no_fault(odoo: Odoo, follow: Follow):
    odoo.tags = []
    assert follow(odoo.source()).ok


def test_a_failure_under_200_is_told_and_costs_nobody(
    odoo: Odoo, follow: Follow, mirror_db: Database
):
    follow(odoo.source())
    del odoo.people["1"]["mobile"], odoo.people["1"]["phone"]  # as if Odoo 19 had answered
    for person in odoo.people.values():
        person.pop("mobile", None)
        person.pop("phone", None)
    report = follow(odoo.source(), full=True)

    assert not report.ok
    assert "its error builtins.ValueError" in report.sentence
    assert "message of" in report.sentence
    assert "mobile" not in report.sentence
    assert len(versions(mirror_db)) == 5


def test_what_collides_in_the_database_is_asked_again(odoo: Odoo, follow: Follow):
    name = "psycopg2.errors.SerializationFailure"
    odoo.faults.append(("POST", failure(name, "could not serialize access")))
    assert follow(odoo.source()).ok


@pytest.mark.parametrize("method", ["create", "write", "unlink", "copy"])
def test_a_method_that_writes_is_refused_before_it_is_sent(method: str):
    file = preset("odoo")
    args = [
        method if one == "search_read" else one for one in file["stream"]["body"]["params"]["args"]
    ]
    over = {"stream": {"body": {"params": {"args": args}}}}
    _, (mistake,) = checked(merged(file, over))

    assert f"stream.body has {method!r}, by which something is changed" in str(mistake)


def test_one_alone_is_asked_for_by_a_question_and_nobody_is_gone_for_want_of_one(
    mirror_db: Database, follow: Follow, data_dir: Path, odoo: Odoo
):
    follow(odoo.source())
    changed = odoo.become(2, 5)
    del odoo.people[odoo.name_of(3)]

    with lease(mirror_db, data_dir) as fence:
        brought = ask_one(mirror_db, odoo.source(), fence, changed)
        same = ask_one(mirror_db, odoo.source(), fence, odoo.name_of(1))
        gone = ask_one(mirror_db, odoo.source(), fence, odoo.name_of(3))
        with pytest.raises(RequestRefused, match="ids are numbers"):
            ask_one(mirror_db, odoo.source(), fence, "c-3")

    assert (brought.changed, same.unchanged, gone.gone) == (1, 1, 1)
    assert odoo.name_of(3) not in versions(mirror_db)
    assert not odoo.strays
