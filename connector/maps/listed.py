"""Lists of objects in a master's record: bounded, cut with a flag, read part by part."""

from collections.abc import Mapping
from typing import Any

from connector.maps import values
from connector.maps.expressions import Dialect, Expression
from connector.maps.paths import Getter

MOST_LISTED = 20
"""Phones, e-mails and addresses shown; a master's longer list is cut and flagged."""
_MOST_RECEIVED = 1_000


def listed(
    received: Any, field: str, flags: list[str], most: int = MOST_LISTED
) -> list[dict[str, Any]]:
    """The objects of a list, cut to what is shown; raises Refused for what is no such list."""
    if not received:
        return []
    found = values.objects(received, field, _MOST_RECEIVED)
    if len(found) > most:
        flags.append(f"{field}_truncated")
    return found[:most]


def parts_of(parts: Mapping[str, Expression], dialect: Dialect) -> dict[str, Getter]:
    """How to read each part of one object."""
    return {name: dialect.getter(spec) for name, spec in parts.items()}
