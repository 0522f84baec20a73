"""What every business system's preset keeps, from the wire to the sealed mirror."""

from collections.abc import Iterator
from typing import Any

import pytest

from mirror.store.engine import Database
from tests.connector.conftest import Follow
from tests.fakes.fake_master import Reply, Stranger
from tests.fakes.looking import customers, graves, versions
from tests.fakes.presets_bling import Bling
from tests.fakes.presets_erp import Erp
from tests.fakes.presets_omie import Omie
from tests.fakes.presets_protheus import Protheus
from tests.fakes.presets_tiny import TinyV2, TinyV3

SMALL: dict[str, Any] = {"stream": {"page": {"size": 100}}}
EVERYBODY = 295


@pytest.fixture(params=[Bling, TinyV2, TinyV3, Omie, Protheus], ids=lambda kind: kind.preset)
def system(request: pytest.FixtureRequest) -> Iterator[Erp]:
    with request.param().running() as running:
        yield running


def names(db: Database) -> list[str | None]:
    return [one.name and one.name.title() for one in customers(db)]


def test_everybody_arrives_once(mirror_db: Database, follow: Follow, system: Erp):
    system.put(*range(1, EVERYBODY + 1))
    report = follow(system.source(**SMALL))

    assert (report.ok, report.figures.added) == (True, EVERYBODY)
    assert sorted(names(mirror_db)) == sorted(f"Cliente {one}" for one in range(1, EVERYBODY + 1))


def test_what_is_common_is_read_right(mirror_db: Database, follow: Follow, system: Erp):
    system.put(7)
    assert follow(system.source()).ok

    (found,) = customers(mirror_db)
    (address,) = found.addresses
    assert [(one.kind, one.value, one.valid) for one in found.documents] == [
        ("cpf", "52998224725", True)
    ]
    assert "+5554999998888" in [one.number for one in found.phones]
    assert (found.kind, found.registration) == ("PF", "active")
    assert found.emails == ("cliente7@exemplo.com.br",)
    assert (address.postal_code, address.state, address.number) == ("95700000", "RS", "12")
    assert found.flags == ()


def test_a_run_that_finds_nothing_changed_asks_next_to_nothing(follow: Follow, system: Erp):
    system.put(*range(1, 151))
    system.later(hours=1)
    opened = system.source()
    follow(opened)
    system.later(hours=1)
    follow(opened)  # what is within the overlap comes again
    system.later(hours=1)
    begun = opened.requests
    report = follow(opened)

    assert (report.figures.added, report.figures.changed) == (0, 0)
    assert opened.requests - begun == system.idle


def test_who_changed_and_who_is_new_come_with_the_next_run(
    mirror_db: Database, follow: Follow, system: Erp
):
    system.put(*range(1, 151))
    opened = system.source()
    follow(opened)
    system.later(minutes=30)
    key = {"omie": "razao_social", "protheus": "name"}.get(system.preset, "nome")
    system.put(5, **{key: "Cliente Novo"})
    system.put(151)
    report = follow(opened)

    assert (report.figures.added, report.figures.changed) == (1, 1)
    assert {"Cliente Novo", "Cliente 151"} < set(names(mirror_db))


def test_a_sweep_finds_who_is_gone(mirror_db: Database, follow: Follow, system: Erp):
    system.put(*range(1, 151))
    opened = system.source()
    follow(opened)
    system.later(hours=1)
    system.delete(5)
    follow(opened)
    system.later(hours=1)
    report = follow(opened, full=True)

    assert report.ok
    flagged = [one.external_id for one in customers(mirror_db) if one.registration == "deleted"]
    assert len(flagged) + len(graves(mirror_db)) == 1
    assert len(versions(mirror_db)) - len(flagged) == 149


def test_wrong_credentials_are_told(mirror_db: Database, follow: Follow, system: Erp):
    system.put(1)
    report = follow(system.source(dict.fromkeys(system.secrets, "n0ne")))

    assert not report.ok
    assert "n0ne" not in report.sentence
    assert versions(mirror_db) == {}


def test_nobody_else_is_asked(mirror_db: Database, follow: Follow, system: Erp):
    system.put(1)
    with Stranger().running() as stranger:
        away = Reply({}, 302, {"Location": f"{stranger.url}/"})
        system.faults.append((".", away))
        report = follow(system.source())

    assert not report.ok
    assert "redirects" in report.sentence
    assert versions(mirror_db) == {}


def test_a_429_is_waited_out(follow: Follow, system: Erp):
    system.put(1, 2)
    system.faults.append((".", Reply({}, 429, {"Retry-After": "17"})))
    begun = system.time.now
    report = follow(system.source())

    assert (report.ok, report.figures.added) == (True, 2)
    assert system.time.now - begun >= 17
