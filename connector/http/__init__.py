"""What is asked of a master, what it answers, what can go wrong; the room of all HTTP."""

import sys
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from mirror.instants import ZONE

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


# What can go wrong with a master, each as a sentence a person can act on.
#
# No message holds a value of a record, a credential or a query string.


class MasterProblem(Exception):
    """A run cannot go on; what was committed stays, and the cursor with it."""


class Unreachable(MasterProblem):
    """No answer in time, or a server error that outlasted the retries."""


class Stopped(MasterProblem):
    """The program was asked to end; like a fault of the master it keeps what was read before."""


class LeftAlone(Unreachable):
    """The master, or the budget of its requests, wants no further one for so many seconds."""

    def __init__(self, sentence: str, wait_s: float) -> None:
        self.until = datetime.now(UTC) + timedelta(seconds=min(wait_s, _LONGEST_ALONE_S))
        super().__init__(f"{sentence} It is left alone until {clock(self.until)}.")


class DaySpent(LeftAlone):
    """The requests that a day allows are used up."""


def left_alone(source: str, wait_s: float) -> LeftAlone:
    """That a source was not asked anything, since its master asked for a pause before."""
    return LeftAlone(
        f"{source}: the master asked for a pause and was not asked anything (`espelho sync "
        "--insist` asks all the same).",
        wait_s,
    )


_LONGEST_ALONE_S = 86_400
"""Then it is asked again, and may say so again: an absurd wait must not silence a source."""


def clock(instant: datetime) -> str:
    """An instant as it is told to people here: ``2026-11-22 14:30 -03``."""
    return instant.astimezone(ZONE).strftime("%Y-%m-%d %H:%M %Z")


class BadAnswer(MasterProblem):
    """An answer that cannot be read as a page: nothing of it is used."""


class CutOff(BadAnswer):
    """By its two ends an answer was whole JSON, and is not: the next may be."""


class AccessRefused(MasterProblem):
    """The master does not accept the credentials."""


class RequestRefused(MasterProblem):
    """The master does not accept the request itself."""


class WriteRefused(MasterProblem):
    """A request that might change the master; it was not sent."""


class OriginRefused(MasterProblem):
    """A request would have left the configured origin; it was not sent."""


class NoProgress(MasterProblem):
    """Pages that never end or repeat."""


class MapBroken(MasterProblem):
    """Too many records of a page cannot be read: the map is wrong, or the master changed."""


class Again(Exception):
    """Worth another attempt; carries what to say when there are no more, and the wait asked for.

    ``declined``: the master did not begin with what it was asked for. Where it is not, a request
    that spends what it asks for (`Request.once`) must not be sent again.
    """

    def __init__(
        self, problem: MasterProblem, wait_s: float | None = None, *, declined: bool = False
    ) -> None:
        super().__init__()
        self.problem = problem
        self.wait_s = wait_s
        self.declined = declined


_HINTS = {
    400: " Does the master know all that stream.query, or its body, asks?",
    404: " Is stream.path right, below base_url?",
    405: " Is stream.method the one it wants?",
    413: " Lower stream.page.size.",
    422: " Does the master know all that stream.query, or its body, asks?",
    429: " Does this account allow less than limits.per_minute?",
}
_MOVED = (
    " Set base_url and stream.path to the address that answers, a slash at its end included; "
    "redirects are not followed, since credentials would go along."
)


def hint(status: int) -> str:
    """What of a source file to look at, by the status a master answered with; may be empty."""
    return _MOVED if 300 <= status < 400 else _HINTS.get(status, "")
