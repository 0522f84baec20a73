"""What is asked of a master and what it answers, as plain data; the room of all HTTP."""

import sys
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

# httpx imports its own command line, and with it rich and pygments, wherever those are installed:
# a third of the CPU time of a run that finds nothing changed. Said here, before any module of this
# room imports it.
sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]


class Request(msgspec.Struct, frozen=True):
    """One question. ``path`` follows the base URL; a whole address must be of the same origin."""

    path: str
    query: Mapping[str, str] = {}
    """Laid on the query the path has already."""
    method: str = "GET"
    headers: Mapping[str, str] = {}
    json: Any = None
    form: Mapping[str, str] | None = None
    accept: frozenset[int] = frozenset({200})
    """Statuses that are answers; a 204 has no body."""
    once: bool = False
    """Asked again it would bring something else: only worth it where the master declined."""
    bare: bool = False
    """An answer with nothing in it is one too: what it brings lies in its head."""


class Answer(msgspec.Struct, frozen=True):
    """An answer with a JSON body, not yet decoded."""

    body: bytes
    at: datetime
    """The master's clock (its Date header), ours where it sends none."""
    status: int = 200
    headers: Mapping[str, str] = {}
    """Names in lower case."""
    empty: bool = False
    """The master's own way of saying that there is nothing (more) there."""
