"""The model finds what is broken: a model that no broken connector can fail proves nothing."""

import pytest
from hypothesis import Phase
from hypothesis.stateful import run_state_machine_as_test

from tests.model.broken import BROKEN, Break
from tests.model.conftest import profile
from tests.model.machine import Model
from tests.model.watching import Diverged

pytestmark = pytest.mark.timeout(600)
ENOUGH = 100
"""Lives within which each mistake shows; the same ones every time."""


def live(machine: type[Model]) -> None:
    settled = profile(ENOUGH, derandomize=True, database=None, phases=(Phase.generate,))
    run_state_machine_as_test(machine, settings=settled)


@pytest.mark.parametrize(
    ("broken", "style", "reads_cursor"), BROKEN, ids=[one[0].__name__ for one in BROKEN]
)
def test_a_broken_connector_is_found(
    broken: Break,
    style: str,
    reads_cursor: bool,
    machine: type[Model],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    machine.styles, machine.reads_cursor = (style,), reads_cursor
    broken(monkeypatch, lambda: machine.latest.now)
    with pytest.raises(Diverged):
        live(machine)
