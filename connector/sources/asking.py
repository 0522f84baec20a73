"""Makes the request for a page: the stream's templates filled in by the place and the cursor."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any, Protocol
from urllib.parse import quote, urljoin

from connector.messages import Answer, Request
from connector.sources.paging import Place
from connector.sources.stream import Detail, Since, Stream
from connector.sources.template import as_texts, filled, names_in

_BEGINNING = datetime.min.replace(tzinfo=UTC)
Table = Mapping[str, Any]


class Sending(Protocol):
    """What asks the master."""

    @property
    def requests(self) -> int:
        """Requests sent so far."""

    def send(self, request: Request) -> Answer:
        """The answer; raises MasterProblem."""

    def pause(self, seconds: float) -> None:
        """Ask nothing for so long."""

    def close(self) -> None:
        """Close the connections."""


def asked_from(cursor: datetime, since: Since, zone: tzinfo) -> datetime:
    """The instant to ask from: the cursor less the overlap, in the master's zone."""
    overlap = min(timedelta(seconds=since.overlap_s), cursor - _BEGINNING)
    try:
        return (cursor - overlap).astimezone(zone)
    except OverflowError:  # the beginning of time has no other zone
        return cursor - overlap


def question(
    stream: Stream, place: Place, since: datetime | None, query: Table, body: Table
) -> tuple[Request, dict[str, str]]:
    """What to send for a page, and which of it was asked since the cursor.

    ``query`` and ``body`` are laid on the stream's own.
    """
    known = {**place.values, "since": since}
    changes = stream.since if since is not None and stream.since else Since()
    asked = as_texts(changes.query, known)
    headers = as_texts(stream.headers | changes.headers, known)
    if place.address:
        return Request(urljoin(stream.path, place.address), headers=headers), asked
    parameters = as_texts(_alone({**stream.query, **query, **changes.query}, stream, place), known)
    if stream.method == "GET":
        once = stream.page.only and "token" in place.values  # a scroll would be a page further
        return Request(stream.path, parameters, headers=headers, once=once), asked
    content = filled(_laid(_laid(stream.body, changes.body), body), known)
    if stream.body_format == "form":
        form = {name: str(value) for name, value in content.items()}
        return Request(stream.path, parameters, "POST", headers, form=form), asked
    return Request(stream.path, parameters, "POST", headers, json=content), asked


def about_one(detail: Detail, external_id: str) -> Request:
    """What to send for one record; that there is none is an answer."""
    path = detail.path.replace("{id}", quote(external_id, safe=""))
    query = as_texts(detail.query, {"id": external_id})
    return Request(path, query, accept=frozenset({200, 404}))


def _alone(query: dict[str, Any], stream: Stream, place: Place) -> dict[str, Any]:
    """The token's parameter alone, for masters that want no other beside it."""
    if not (stream.page.only and "token" in place.values):
        return query
    return {name: value for name, value in query.items() if "token" in names_in(value)}


def _laid(under: Table, over: Table) -> dict[str, Any]:
    """A table laid on another, tables within tables and the first entry of lists too."""
    result = dict(under)
    for key, value in over.items():
        below = result.get(key)
        if isinstance(below, dict) and isinstance(value, dict):
            value = _laid(below, value)
        elif isinstance(below, list) and isinstance(value, list) and below and value:
            value = [_laid(below[0], value[0]), *below[1:]]
        result[key] = value
    return result
