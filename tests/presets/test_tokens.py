"""Tokens that change with every use: the newest is kept, and goes to nobody else."""

from collections.abc import Iterator

import pytest

from tests.connector.conftest import Follow
from tests.fakes.presets_bling import Bling
from tests.fakes.presets_erp import Granted
from tests.fakes.presets_tiny import TinyV3


@pytest.fixture(params=[Bling, TinyV3], ids=lambda kind: kind.preset)
def system(request: pytest.FixtureRequest) -> Iterator[Granted]:
    with request.param().running() as running:
        running.put(1)
        yield running


def test_one_token_serves_many_requests(follow: Follow, system: Granted):
    opened = system.source()
    assert follow(opened).ok
    assert follow(opened).ok

    assert len(system.issuer.calls) == 1


def test_another_process_goes_on_with_the_newest(follow: Follow, system: Granted):
    assert follow(system.source()).ok
    system.later(minutes=1)
    assert follow(system.source()).ok

    assert system.store.saved == ["refresh1", "refresh2"]
    used = [call.body["refresh_token"] for call in system.issuer.calls]
    assert used == ["refresh0", "refresh1"]


def test_a_token_is_renewed_before_it_ends(follow: Follow, system: Granted):
    opened = system.source()
    assert follow(opened).ok
    system.later(hours=6)
    assert follow(opened).ok

    assert len(system.issuer.calls) == 2


def test_a_token_that_was_revoked_is_renewed_once(follow: Follow, system: Granted):
    opened = system.source()
    assert follow(opened).ok
    system.issuer.given += 1
    system.store.save(f"refresh{system.issuer.given}")

    assert follow(opened).ok
    assert system.store.load() == "refresh3"


def test_a_refresh_token_that_is_no_more_is_told(follow: Follow, system: Granted):
    system.issuer.given = 7
    report = follow(system.source())

    assert not report.ok
    assert "Obtain it anew" in report.sentence


def test_the_master_and_the_issuer_hear_their_own_only(follow: Follow, system: Granted):
    assert follow(system.source()).ok

    assert not any("s3cret" in str((call.headers, call.query)) for call in system.calls)
    assert not any("refresh" in str((call.headers, call.query)) for call in system.calls)
    assert not any("access" in str((call.headers, call.body)) for call in system.issuer.calls)
