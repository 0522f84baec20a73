"""What tests of settings and commands start from: the installations of `tests/faults`."""

from tests.faults.conftest import _template, master, synced

__all__ = ["_template", "master", "synced"]
