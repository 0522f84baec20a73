"""Against the sandbox over real HTTP: what the master has is what the mirror has, run after run."""

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from config.assemble import preset
from connector.sandbox import Sandbox
from connector.sources.checks import definition
from connector.sources.rest import RestSource, open_source
from mirror.identifiers import classify
from mirror.reading.find import find
from mirror.reading.listing import Filters, counts
from mirror.records import KINDS
from mirror.store.engine import Database
from tests.connector.conftest import Follow
from tests.fakes.looking import graves, refused, revision, versions
from tests.fakes.stores import Remembering

CUSTOMERS = 1_000
BROKEN = 1  # one in a thousand, until its next change


class Owner:
    """The sandbox seen past the connector."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._client = httpx.Client(
            base_url=url, headers={"Authorization": "Bearer sandbox"}, verify=False
        )

    def change(self, count: int) -> None:
        self._client.post("/_sandbox/changes", json={"count": count}).raise_for_status()

    def everybody(self) -> list[dict[str, Any]]:
        found, query = [], {"limit": "1000"}
        while True:
            page = self._client.get("/api/v1/customers", params=query).json()
            found += page["items"]
            if not page["has_more"]:
                return found
            query["cursor"] = page["next"]

    def versions(self) -> dict[str, int]:
        return {str(one["id"]): one["v"] for one in self.everybody() if one["id"] is not None}

    def close(self) -> None:
        self._client.close()


@pytest.fixture
def owner() -> Iterator[Owner]:
    with Sandbox(customers=CUSTOMERS, seed=3).running() as url:
        made = Owner(url)
        yield made
        made.close()


@pytest.fixture
def opened(owner: Owner) -> Iterator[Callable[[], RestSource]]:
    made: list[RestSource] = []

    def open_() -> RestSource:
        defined = definition(preset("omni"), "loja")
        made.append(open_source("loja", defined, owner.url, {"token": "sandbox"}, Remembering()))
        return made[-1]

    yield open_
    for one in made:
        one.close()


def test_run_after_run_the_mirror_has_what_the_master_has(
    mirror_db: Database,
    owner: Owner,
    opened: Callable[[], RestSource],
    follow: Follow,
    sweep: Follow,
):
    first = follow(opened())
    assert (first.mode, first.ok) == ("initial", True)
    assert (first.figures.received, first.figures.requests) == (CUSTOMERS, 2)
    assert (first.figures.added, first.figures.quarantined) == (CUSTOMERS - BROKEN, BROKEN)
    assert len(refused(mirror_db)) == BROKEN
    everybody = owner.versions()
    assert versions(mirror_db) == everybody
    assert sum(counts(mirror_db, Filters(kind)) for kind in KINDS) == CUSTOMERS - BROKEN

    before = revision(mirror_db)
    second = follow(opened())
    assert (second.mode, second.figures.requests) == ("changes", 1)
    assert second.figures.added == second.figures.changed == second.figures.quarantined == 0
    assert revision(mirror_db) == before

    owner.change(300)
    third = follow(opened())
    now = owner.versions()
    gone = set(versions(mirror_db)) - set(now)
    assert third.figures.received >= third.figures.changed > 150
    assert {name: version for name, version in versions(mirror_db).items() if name in now} == {
        name: version for name, version in now.items() if name not in refused(mirror_db)
    }
    assert 0 < len(gone) < 50

    fourth = sweep(opened())
    assert (fourth.mode, fourth.figures.gone) == ("sweep", len(gone))
    assert fourth.figures.added == fourth.figures.changed == 0
    assert set(graves(mirror_db)) == gone
    named = {one for one in refused(mirror_db) if not one.startswith("hash:")}
    assert versions(mirror_db).keys() | named == now.keys()


def test_the_person_of_the_manual_is_found_by_everything(
    mirror_db: Database, opened: Callable[[], RestSource], follow: Follow
):
    follow(opened())
    for term in ("123.456.789-09", "deuzenir.ferreira@exemplo.com.br", "(11) 98765-4321", "100001"):
        assert "Deuzenir Ferreira" in {
            one.customer.name for one in find(mirror_db, classify(term))
        }, term
    (company,) = find(mirror_db, classify("12.ABC.345/01DE-35"))
    assert company.customer.trade_name == "Boutique Ipê Amarelo"


def test_wrong_credentials_end_the_run_at_once(mirror_db: Database, owner: Owner, follow: Follow):
    defined = definition(preset("omni"), "loja")
    source = open_source("loja", defined, owner.url, {"token": "wrong"}, Remembering())
    report = follow(source)
    source.close()
    assert not report.ok
    assert "refused the credentials (401)" in report.sentence
    assert report.figures.requests == 1
    assert versions(mirror_db) == {}
