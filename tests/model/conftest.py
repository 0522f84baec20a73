"""What the tests of the model start from: a machine over an initialised data directory."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from tests.model.machine import Model

AT_ONCE = 30
"""Steps of one master's life, at most."""


@pytest.fixture
def machine(_template: Path) -> type[Model]:
    """A machine of this test alone, with empty databases to start from."""

    class Here(Model):
        template = _template

    return Here


def profile(examples: int, **more: Any) -> settings:
    """So many masters' lives; a life that is slow, or long, is none the worse for it."""
    return settings(
        max_examples=examples,
        stateful_step_count=AT_ONCE,
        suppress_health_check=list(HealthCheck),
        **more,
    )
