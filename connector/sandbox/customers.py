"""A customer as the master sends it."""

from typing import Any

from connector.sandbox.story import Story
from connector.sandbox.timeline import spell


def customer(seed: int, index: int, story: Story, updated_at: int) -> dict[str, Any]:
    """The record of customer ``index`` after its ``story``."""
    return {"id": 100_001 + index, "v": story.version, "updated_at": spell(updated_at, index)}
