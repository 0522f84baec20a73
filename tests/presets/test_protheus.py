"""Following Protheus: everybody each time, keys in either casing, slowly."""

from collections.abc import Iterator
from typing import Any

import pytest

from mirror.store.engine import Database
from tests.connector.conftest import Follow
from tests.fakes.looking import customers, versions
from tests.fakes.presets_protheus import Protheus


@pytest.fixture
def protheus() -> Iterator[Protheus]:
    with Protheus().running() as installation:
        installation.put(*range(1, 151))
        yield installation


def test_code_and_store_are_the_id(mirror_db: Database, follow: Follow, protheus: Protheus):
    protheus.put(7, code="000007 ", storeId="02")
    follow(protheus.source())

    assert {"000001-01", "000007-02"} < set(versions(mirror_db))


def test_keys_with_capitals_are_read_the_same(
    mirror_db: Database, follow: Follow, protheus: Protheus
):
    opened = protheus.source()
    follow(opened)
    before = customers(mirror_db)
    protheus.capital = True
    report = follow(opened)

    def said(found: list[Any]) -> list[object]:
        return [
            (one.external_id, one.name, one.documents, one.phones, one.addresses) for one in found
        ]  # type: ignore[attr-defined]

    assert report.ok
    assert said(list(customers(mirror_db))) == said(list(before))


def test_an_unchanged_installation_writes_nothing(follow: Follow, protheus: Protheus):
    opened = protheus.source()
    follow(opened)
    report = follow(opened)

    assert (report.figures.changed, report.figures.added) == (0, 0)


def test_a_company_is_one(mirror_db: Database, follow: Follow, protheus: Protheus):
    protheus.rows.clear()
    taxes = [
        {"name": "INSCRICAO ESTADUAL", "id": "110042490114", "scope": "State"},
        {"name": "CNPJ", "id": "11222333000181", "scope": "Federal"},
    ]
    protheus.put(9, entityType="Company", registerSituation="1", governmentalInformation=taxes)
    follow(protheus.source())

    (found,) = customers(mirror_db)
    assert (found.kind, found.registration) == ("PJ", "blocked")
    assert [one.value for one in found.documents] == ["11222333000181"]
    assert found.state_registration == "110042490114"
    assert found.trade_name == "CLI 9"
