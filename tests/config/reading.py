"""What a command printed for programs."""

import json
from typing import Any

from tests.faults.installation import Installation


def read_rows(made: Installation, *command: str) -> list[dict[str, Any]]:
    """One JSON object a line, and nothing else."""
    found = [json.loads(line) for line in made.must(*command).splitlines()]
    assert all(isinstance(row, dict) for row in found)
    return found
