"""Asks for a page: its request made of templates, several ahead, an empty one a second time."""

import re
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any, Protocol
from urllib.parse import quote, urljoin

import msgspec

from connector.http import Answer, BadAnswer, Request, RequestRefused, Unreachable
from connector.sources.rest.envelope import Envelope
from connector.sources.rest.paging import COUNTED, Ask, Place, place_after
from connector.sources.source_file import Detail, Lookup, Paging, Since, Stream

# Templates of requests: ``{page}`` and the like filled in, what has no value yet left out.

_PLACE = re.compile(r"\{([a-z_]+)(?::([^{}]*))?\}")
_ID = re.compile(r"\{id\}")
_NOTHING = object()

Values = Mapping[str, Any]
"""What the places stand for; None and absent ones are not known yet."""


def filled(template: Any, values: Values) -> Any:
    """The template with its places filled; entries that need an unknown value are left out.

    A text that is one place and no more keeps its type: ``"{page}"`` becomes a number.
    """
    result = _filled(template, values)
    return {} if result is _NOTHING else result


def as_texts(template: Mapping[str, Any], values: Values) -> dict[str, str]:
    """The same for a query or headers: every value a text."""
    return {name: _text(value) for name, value in filled(dict(template), values).items()}


def names_in(template: Any) -> set[str]:
    """The places a template has."""
    if isinstance(template, str):
        return {name for name, _ in _PLACE.findall(template)}
    parts = template.values() if isinstance(template, Mapping) else template
    if isinstance(template, (Mapping, list)):
        return set().union(*(names_in(part) for part in parts))
    return set()


def _filled(template: Any, values: Values) -> Any:
    if isinstance(template, str):
        return _line(template, values)
    if isinstance(template, Mapping):
        entries = ((name, _filled(part, values)) for name, part in template.items())
        return {name: part for name, part in entries if part is not _NOTHING}
    if isinstance(template, list):
        return [part for part in (_filled(one, values) for one in template) if part is not _NOTHING]
    return template


def _line(template: str, values: Values) -> Any:
    places = _PLACE.findall(template)
    if any(values.get(name) is None for name, _ in places):
        return _NOTHING
    whole = _PLACE.fullmatch(template)
    if whole and not isinstance(values[whole[1]], datetime):
        return values[whole[1]]
    return _PLACE.sub(lambda match: _quoted(_written(values[match[1]], match[2]), match), template)


def _quoted(text: str, place: re.Match[str]) -> str:
    """The text for a place; between apostrophes, as OData has texts, one within is doubled."""
    around = place.string[max(0, place.start() - 1) : place.end() + 1]
    return text.replace("'", "''") if around[0] == around[-1] == "'" else text


def _written(value: Any, format_: str | None) -> str:
    if not isinstance(value, datetime):
        return str(value)
    if format_ in _EPOCHS:
        return str((value - _EPOCH) // _EPOCHS[format_])
    if format_ in (None, "iso"):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if format_ and format_.startswith("utc:"):
        return value.astimezone(UTC).strftime(format_.removeprefix("utc:"))
    return value.isoformat() if format_ == "offset" else value.strftime(str(format_))


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


_BEGINNING = datetime.min.replace(tzinfo=UTC)
_EPOCH = datetime.fromtimestamp(0, UTC)
_EPOCHS = {"epoch": timedelta(seconds=1), "epoch_ms": timedelta(milliseconds=1)}
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
    once = stream.page.only and "token" in place.values  # a scroll would be a page further
    if stream.method == "GET":
        return Request(stream.path, parameters, headers=headers, once=once), asked
    content = filled(_laid(_laid(stream.body, changes.body), body), known)
    if stream.body_format == "form":
        form = {name: str(value) for name, value in content.items()}
        return Request(stream.path, parameters, "POST", headers, form=form, once=once), asked
    return Request(stream.path, parameters, "POST", headers, json=content, once=once), asked


def about_one(detail: Detail, external_id: str, stream: Stream) -> Request:
    """What to send for one record of a stream; that there is none is an answer.

    Raises RequestRefused where its ids are numbers and this one is none.
    """
    path = _ID.sub(lambda place: quote(_quoted(external_id, place), safe=""), detail.path)
    query = as_texts(detail.query, {"id": external_id})
    headers = as_texts(stream.headers, {"id": external_id})  # those of pages have no size here
    accept = frozenset({200, 404})
    if not detail.body:
        return Request(path, query, headers=headers, accept=accept)
    number = int(external_id) if external_id.isascii() and external_id.isdigit() else None
    if number is None and "number" in names_in(detail.body):
        raise RequestRefused("This master's ids are numbers, and that is none: nobody has it.")
    content = filled(_laid(stream.body, detail.body), {"id": external_id, "number": number})
    return Request(path, query, "POST", headers, json=content, accept=accept)


def about_table(lookup: Lookup) -> Request:
    """What to send for a table of the master's own."""
    query = as_texts(lookup.query, {})
    if lookup.method == "GET":
        return Request(lookup.path, query, headers=lookup.headers)
    return Request(lookup.path, query, "POST", lookup.headers, json=dict(lookup.body))


def _alone(query: dict[str, Any], stream: Stream, place: Place) -> dict[str, Any]:
    """The token's parameter alone, for masters that want no other beside it."""
    if not (stream.page.only and "token" in place.values):
        return query
    return {name: value for name, value in query.items() if "token" in names_in(value)}


def _laid(under: Table, over: Table) -> dict[str, Any]:
    """A table laid on another, tables within tables and a table that begins a list too."""
    result = dict(under)
    for key, value in over.items():
        below = result.get(key)
        if isinstance(below, dict) and isinstance(value, dict):
            value = _laid(below, value)
        elif isinstance(below, list) and _begins(below) and _begins(value):
            value = [_laid(below[0], value[0]), *below[1:]]
        result[key] = value
    return result


def _begins(value: Any) -> bool:
    """Whether it is a list that begins with a table."""
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict)


# Fetches pages ahead, several at once, where their places do not depend on each other's answers.
#
# Pages still come in order, and no more are held than are fetched at once. Past the end of a long
# listing a few requests are made for nothing: what became of them is not looked at.


@contextmanager
def ahead(ask: Ask, paging: Paging, at_once: int) -> Iterator[Ask]:
    """``ask``, answered from what ``at_once`` threads fetched ahead, while the block runs."""
    if at_once == 1 or paging.kind not in COUNTED:
        yield ask
        return
    pool = ThreadPoolExecutor(at_once, "page")
    try:
        yield _Ahead(ask, paging, at_once, pool)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


class _Ahead:
    def __init__(self, ask: Ask, paging: Paging, at_once: int, pool: ThreadPoolExecutor) -> None:
        self._ask = ask
        self._paging = paging
        self._at_once = at_once
        self._pool = pool
        self._fetched: dict[object, Future[Envelope]] = {}

    def __call__(self, place: Place) -> Envelope:
        # The first page comes alone: most readings of changes have no second one.
        wanted = place
        for _ in range(1 if place.sign is None or place.alone else self._at_once):
            if wanted.sign not in self._fetched:
                self._fetched[wanted.sign] = self._pool.submit(self._ask, wanted)
            wanted = place_after(wanted, self._paging)
        return self._fetched.pop(place.sign).result()


# Where a listing may go on from another day, as text that is of no use to another source file.


def told_place(place: Place, shape: str) -> str | None:
    """The place as text for `place_told`; None where it is the beginning."""
    if place.sign is None:
        return None
    return msgspec.json.encode((shape, msgspec.structs.replace(place, alone=False))).decode()


def place_told(text: str, shape: str) -> Place | None:
    """The place that was told of a listing of the same shape."""
    declared, place = msgspec.json.decode(text, type=tuple[str, Place])
    sign = tuple(place.sign) if isinstance(place.sign, list) else place.sign
    return msgspec.structs.replace(place, sign=sign) if declared == shape else None


# Doubts an empty page: asked too much, some masters send one instead of saying so.
#
# Believed at once it would end a listing early, and a sweep would take the rest for gone.


class Pausing(Protocol):
    """What can wait between two requests."""

    def pause(self, seconds: float) -> None:
        """Ask nothing for so long."""


def doubting(ask: Ask, paging: Paging, pausing: Pausing, name: str, *, changes: bool) -> Ask:
    """``ask``, which asks for an empty page a second time after ``paging.again_s``; None: never.

    The page before must still be there by then, or Unreachable is raised, told of source ``name``.
    Of ``changes`` an empty page is believed where it comes first, or after one that was not full:
    every run that finds nothing new ends so, and the sweep finds what such a page may hide.
    """
    again_s = paging.again_s
    if again_s is None:
        return ask
    before: list[Place] = []
    full = False

    def asked(place: Place) -> Envelope:
        nonlocal full
        page = ask(place)
        if page.records:
            before[:], full = [place], len(page.records) >= paging.size
        if page.records or page.over or (changes and not full):
            return page
        pausing.pause(again_s)
        if before and not ask(before[0]).records:
            raise Unreachable(
                f"{name}: the master sends empty pages where it had records before. Is it asked "
                "too much, by others too? What was read is kept, and nobody is taken for gone."
            )
        return ask(place)

    return asked


def refuse_doubtful(paging: Paging, name: str) -> None:
    """Raise BadAnswer where an empty list, sent for one customer, is no proof of their end."""
    if paging.again_s is not None:
        raise BadAnswer(
            f"{name}: the master knows no such customer, or is asked too much. A sweep will tell."
        )
