"""Asks Zendesk Sell, opens its answers, and tells who a contact is and which version is newer.

Nothing but GET leaves, apart from the two requests that the Sync protocol cannot do without.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any, TypeVar

import msgspec

from connector.http import AccessRefused, Answer, BadAnswer, MasterProblem, Request, RequestRefused
from connector.http.client import Fetcher
from connector.mapping import values
from connector.mapping.strict_json import in_utf8, mended, no_day
from connector.mapping.values import Refused
from connector.sources import Head, Page
from mirror.records import CUSTOMERS

START, ACK = "/v2/sync/start", "/v2/sync/ack"
LISTS: Mapping[str, str] = {CUSTOMERS: "/v2/contacts", "deals": "/v2/deals"}
"""Where the records of each stream are, as a list and one by one."""


class Forbidden(AccessRefused):
    """The token may not do this: no ``sync`` scope, or a plan without Sync."""


class NotThere(RequestRefused):
    """Nothing (any more) at this address: a record, a session, or the whole account."""


class SourceEnded(MasterProblem):
    """The account is closed; the last copy stays as it is."""


class Incomplete(MasterProblem):
    """A full listing of which something is known to be missing: it removes nobody."""


_REFUSALS: Mapping[int, tuple[type[MasterProblem], str]] = {
    401: (
        AccessRefused,
        "does not accept the token (401): it was revoked or belongs elsewhere. Put a new one where "
        "secrets.token of this source points.",
    ),
    403: (
        Forbidden,
        "does not let this token in (403): it lacks a scope, or the plan lacks what was asked for.",
    ),
    404: (NotThere, "has nothing where it was asked (404)."),
    410: (NotThere, "no longer has what it was asked for (410)."),
}


class Door(Fetcher):
    """A fetcher that knows Sell's refusals, and its 202 without a body or a type of one."""

    def _judged(self, request: Request, response: Any) -> Answer:
        status = int(response.status_code)
        if status in request.accept and status == HTTPStatus.ACCEPTED:
            return Answer(b"", datetime.now(UTC), status)
        if status in _REFUSALS and status not in request.accept:
            problem, sentence = _REFUSALS[status]
            raise problem(f"{self._base} {sentence}")
        return super()._judged(request, response)


# Opens Sell's answers so that one broken character costs at most the record it is in.

_BOM = b"\xef\xbb\xbf"

Answered = TypeVar("Answered")


def opened(body: bytes, decode: Callable[[bytes], Answered], problem: str) -> Answered:
    """The decoded answer; raises BadAnswer with ``problem`` as its sentence."""
    body = body.removeprefix(_BOM)
    try:
        try:
            return decode(body)
        except UnicodeDecodeError:
            return decode(in_utf8(body))
        except msgspec.DecodeError:
            return decode(in_utf8(mended(body)))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise BadAnswer(problem) from None


# Tells who a contact is and which of two versions is newer, whatever way it came.
#
# Sync counts revisions of each object but lists have none; dates are in both, and may be wrong. So
# a version is a second, then a revision. Held against the one that is here (`weighed`), revisions
# decide where both have one, and seconds where not: what came one way can be held against what
# came the other, and no second of a clock that was wrong keeps a later revision out.

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_AHEAD = timedelta(days=1)
"""A stamp further in the future than this is not believed."""
_REVISION_BITS = 30
_LAST_REVISION = (1 << _REVISION_BITS) - 1
_LAST_SECOND = (1 << 63 - _REVISION_BITS) - 1  # the year 2242: what a column of 64 bits can hold


class _Seen(msgspec.Struct, gc=False):
    id: Any = None
    updated_at: Any = None


_decode = msgspec.json.Decoder(_Seen).decode


def head_of(raw: bytes, revision: int, at: datetime) -> Head:
    """Id, version and instant of a record of an answer of instant ``at``; raises Refused.

    A stamp that is none, or of the future, costs the stamp: the record is as of when it was looked
    at. No stamp goes into a cursor: what to go on from is the device's name or the end of a walk.
    """
    seen = _seen(raw)
    external_id = values.external_id(seen.id)
    now = datetime.now(UTC)
    instant = _instant_of(seen.updated_at)
    nothing = no_day(seen.updated_at)
    doubt = "" if instant else "undated" if nothing else "unreadable"
    if instant is not None and instant - max(at, now) > _AHEAD:
        instant, doubt = None, "future"
    return Head(external_id, _version(instant or min(at, now), revision), instant, None, doubt)


def end_at(revision: int) -> int:
    """The version of a deletion, of which Sell says the revision alone."""
    return _version(_EPOCH, revision)


def weighed(version: int, before: int) -> int:
    """The version of what came, so that it is higher than ``before`` where the record is newer."""
    second, revision = divmod(version, _LAST_REVISION + 1)
    known_second, known = divmod(before, _LAST_REVISION + 1)
    if not revision:
        revision = known  # a list shows what there is now, whatever its revision
        second = known_second if known_second > _second(datetime.now(UTC) + _AHEAD) else second
    elif revision != known:
        second = (max if revision > known else min)(second, known_second)
    return (second << _REVISION_BITS) + revision


def id_of(raw: bytes) -> str | None:
    """The id alone, None where it cannot be read."""
    try:
        return values.external_id(_seen(raw).id)
    except Refused:
        return None


def stamp_of(raw: bytes) -> tuple[datetime, str] | None:
    """The instant of the last change and its own writing, None where it cannot be read."""
    try:
        stamp = _seen(raw).updated_at
    except Refused:
        return None
    instant = _instant_of(stamp)
    return None if instant is None else (instant, stamp)


def _instant_of(stamp: Any) -> datetime | None:
    try:
        return values.instant(stamp, "updated_at", UTC)
    except Refused:
        return None


def _seen(raw: bytes) -> _Seen:
    try:
        return _decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Refused("record", "not_an_object") from None


def _version(instant: datetime, revision: int) -> int:
    return (_second(instant) << _REVISION_BITS) + min(revision, _LAST_REVISION)


def _second(instant: datetime) -> int:
    return max(0, min((instant - _EPOCH) // timedelta(seconds=1), _LAST_SECOND))


# Reads one record by its id: what the queue failed to bring, or what a person asks for now.

_decode_one = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


def read_one(fetcher: Fetcher, stream: str, external_id: str, name: str) -> Page:
    """The page of one record; raises NotThere for one that is gone, MasterProblem for the rest."""
    if not (external_id.isascii() and external_id.isdecimal()):
        raise RequestRefused(f"{name}: Sell's ids are numbers; it was not asked.")
    answer = fetcher.send(Request(f"{LISTS[stream]}/{external_id}"))
    problem = f"{name}: what Sell answered for one record cannot be read."
    found = opened(answer.body, _decode_one, problem).get("data")
    if found is None:
        raise BadAnswer(problem)
    return Page([bytes(found)], answer.at, stream=stream)
