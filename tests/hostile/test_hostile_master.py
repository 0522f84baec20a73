"""The catalogue of hostile masters, case by case: each ends as it should and does no harm."""

import pytest

from tests.hostile import (  # noqa: F401
    brazil,
    environment,
    identity,
    pagination,
    records,
    strings,
    terminals,
    transport,
)
from tests.hostile.catalogue import CASES, DECIDED, NOT_YET, PARTLY, PLAYS, expected
from tests.hostile.guarding import guarded
from tests.hostile.scene import Scene

pytestmark = pytest.mark.filterwarnings("error::pytest.PytestUnhandledThreadExceptionWarning")


@pytest.mark.parametrize(
    "name", [pytest.param(name, id=f"{name} {CASES[name]['title']}") for name in PLAYS]
)
def test_a_hostile_master_does_no_harm(
    scene: Scene, caplog: pytest.LogCaptureFixture, looked_up: set[str], name: str
) -> None:
    case = CASES[name]
    with guarded(scene, caplog):
        assert expected(case) in PLAYS[name](scene, case)

    assert looked_up <= scene.hosts
    scene.converges()


def test_every_case_is_played_or_has_a_reason_not_to_be() -> None:
    assert PLAYS.keys() | NOT_YET.keys() == CASES.keys()
    assert not PLAYS.keys() & NOT_YET.keys()
    assert PARTLY.keys() <= PLAYS.keys()


def test_what_was_decided_otherwise_differs_from_the_catalogue_and_has_a_reason() -> None:
    for name, (outcome, reason) in DECIDED.items():
        assert outcome != CASES[name]["expected"]
        assert reason
