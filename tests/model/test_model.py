"""Whatever a master does and wherever the connector dies, the mirror ends up as the master is."""

import os

import pytest
from hypothesis.stateful import run_state_machine_as_test

from tests.model.conftest import AT_ONCE, profile
from tests.model.machine import Model

pytestmark = pytest.mark.timeout(600)
STEPS = int(os.environ.get("ESPELHO_STEPS", "600"))
"""Steps in all; thousands find what hundreds do not."""


@pytest.mark.parametrize("style", ["counter", "timed", "queue"])
def test_left_in_peace_the_mirror_is_the_master(style: str, machine: type[Model]) -> None:
    machine.styles = (style,)
    run_state_machine_as_test(machine, settings=profile(max(1, STEPS // AT_ONCE // 3)))
