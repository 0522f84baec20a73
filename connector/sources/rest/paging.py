"""From one page to the next, by whichever way a master pages, and never for ever."""

import fnmatch
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from itertools import pairwise
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit, urlunsplit

import msgspec

from connector.http.errors import BadAnswer, NoProgress, OriginRefused
from connector.sources.rest.envelope import Envelope
from connector.sources.source_file import Paging

# Addresses of next pages: found in a header, followed only within the base address.

_REL_NEXT = re.compile(
    r"""<([^<>]+)>\s*;(?:[^<,]*[;\s])?rel=(?:"(?:[^"<]*\s)?next(?:\s[^"<]*)?"|next(?![^\s;,]))""",
    re.IGNORECASE,
)


def rel_next(header: str) -> str | None:
    """The address of the next page in a Link header (RFC 8288), or in one that is an address."""
    if "<" not in header:
        return header.strip() or None
    match = _REL_NEXT.search(header)
    return match[1] if match else None


def at_home(link: str, aliases: Iterable[str], name: str, base: str) -> str:
    """The link as an address of the base origin; raises OriginRefused for any other.

    A link without host and leading slash stays as it is: it lies beside the list it came from.
    """
    home = urlsplit(base)
    try:
        there = urlsplit(link)
        port = there.port
    except ValueError:
        raise OriginRefused(f"{name}: the next page has a broken address; refused.") from None
    alias = there.hostname and any(fnmatch.fnmatch(there.hostname, one) for one in aliases)
    plain = not (there.username or there.password or port) and there.scheme in ("", home.scheme)
    if there.netloc and there.netloc != home.netloc and not (alias and plain):
        raise OriginRefused(
            f"{name}: the next page would be at another address; refused. If that host is the same "
            "master, name it in stream.page.aliases."
        )
    beside = not (there.scheme or there.netloc) and there.path[:1] not in ("", "/")
    path = unquote(there.path)
    inside = beside or path == home.path or path.startswith(home.path.rstrip("/") + "/")
    if not inside or "\\" in path or ".." in path:
        raise OriginRefused(
            f"{name}: the next page lies outside the base address; refused. Is base_url too long?"
        )
    if beside:
        return link
    return urlunsplit((home.scheme, home.netloc, there.path, there.query, ""))


# What two pages in a row must not be: the same one twice, or one cut short before another.


def check_neighbours(
    before: Sequence[bytes], records: Sequence[bytes], paging: Paging, name: str
) -> None:
    """Raise NoProgress or BadAnswer, told of source ``name``, for pages that show a listing broken.

    A master that sends fewer than it was asked for, and goes on at the offset it was asked for,
    passes over those in between: only a smaller page brings them.
    """
    if not records or not before:
        return
    if records == before and paging.kind in ("page", "offset"):
        raise NoProgress(f"{name}: two pages hold the same records; stopped.")
    if paging.kind == "offset" and len(before) < paging.size:
        raise BadAnswer(
            f"{name}: the master sends {len(before):,} customers a page where {paging.size:,} were "
            f"asked for. Set stream.page.size to {len(before):,} or less."
        )


_EMPTY_IN_A_ROW = 5
_LONGEST_TOKEN = 4_096


class Place(msgspec.Struct, frozen=True):
    """Where in a listing a page lies: what fills its template, or the address it has."""

    values: Mapping[str, Any] = {}
    address: str | None = None
    sign: Any = None
    """What no two pages of a listing share."""


class _Step(msgspec.Struct, frozen=True):
    """What is known once a page has come."""

    place: Place
    page: Envelope
    received: int


def walk(
    ask: Callable[[Place], Envelope], paging: Paging, name: str, base: str
) -> Iterator[Envelope]:
    """Every page of a listing; raises NoProgress, told of source ``name``, where it has no end."""
    place = _first(paging)
    seen, empty, received = {place.sign}, 0, 0
    before: list[bytes] = []
    for _ in range(paging.most):
        page = ask(place)
        received += len(page.records)
        check_neighbours(before, page.records, paging, name)
        step = _Step(place, page, received)
        following = None if page.over else _following(step, paging, name, base)
        yield page
        if following is None:
            return
        before = page.records
        empty = 0 if page.records else empty + 1
        if following.sign in seen or empty > _EMPTY_IN_A_ROW:
            raise NoProgress(f"{name}: the pages repeat or stay empty; stopped.")
        seen.add(following.sign)
        place = following
    raise NoProgress(f"{name}: more than {paging.most:,} pages; stopped.")


def _first(paging: Paging) -> Place:
    values: dict[str, Any] = {"size": paging.size}
    if paging.kind == "page":
        values["page"] = paging.first
    if paging.kind == "offset":
        values |= {"offset": 0, "end": paging.size}
    if paging.begin is not None:
        values["key"] = paging.begin
    return Place(values)


def _following(step: _Step, paging: Paging, name: str, base: str) -> Place | None:
    try:
        return _after(step, paging, name, base)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise BadAnswer(
            f"{name}: what the answer says of its next page cannot be read, so the answer "
            "promises more pages but no usable token."
        ) from None


def _after(step: _Step, paging: Paging, name: str, base: str) -> Place | None:
    if paging.kind == "none" or _stops(step, paging, name):
        return None
    return _WAYS[paging.kind](step, paging, name, base)


def _stops(step: _Step, paging: Paging, name: str) -> bool:
    page = step.page  # rows that are read twice count once
    begin = step.place.values.get("offset", step.received - len(page.records))
    for rule in paging.stop:
        word, _, path = rule.partition(":")
        found = _said(page, path) if path else None
        if word == "empty" and not page.records:
            return True
        if word == "short" and len(page.records) < paging.size:
            return True
        if word == "total" and type(found) is int and begin + len(page.records) >= found:
            return True
        if word == "total_pages" and type(found) is int and step.place.values["page"] >= found:
            return True
        if word == "more" and not _more(step, paging, found, name):
            return True
    return False


def _said(page: Envelope, path: str) -> Any:
    """What the body says at a path, or the number in ``header:Name``."""
    if not path.startswith("header:"):
        return page.value(path)
    text = page.header(path.removeprefix("header:")) or ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None


def _more(step: _Step, paging: Paging, said: Any, name: str) -> bool:
    if said is None and paging.kind == "token":
        # Unsaid is not "no": the rest of a listing would be taken for gone.
        return _token_of(step, paging) not in (None, "")
    if said not in (True, False):
        raise BadAnswer(f"{name}: the answer does not say whether more pages follow.")
    return bool(said)


COUNTED = ("page", "offset")
"""Kinds of pages whose places are known without the answers before them."""


def place_after(place: Place, paging: Paging) -> Place:
    """The place after another, by number or offset."""
    if paging.kind == "page":
        number = place.values["page"] + 1
        return Place({"size": paging.size, "page": number}, sign=number)
    offset = place.values["offset"] + paging.size - paging.overlap
    values = {"size": paging.size, "offset": offset, "end": offset + paging.size}
    return Place(values, sign=offset)


def _counted(step: _Step, paging: Paging, name: str, base: str) -> Place:
    return place_after(step.place, paging)


def _by_key(step: _Step, paging: Paging, name: str, base: str) -> Place | None:
    if paging.source and (linked := _by_address(step, paging, name, base)):
        return linked
    if not step.page.records:
        return None
    keys = step.page.each(str(paging.key))
    if not all(type(key) in (int, str) for key in keys):
        raise BadAnswer(f"{name}: a record has no key to go on from.")
    numbers = [key for key in keys if type(key) is int]
    earlier = step.place.values.get("key")
    backwards = any(after < before for before, after in pairwise(numbers))
    if backwards or (numbers and type(earlier) is int and numbers[-1] <= earlier):
        raise NoProgress(f"{name}: the keys of a listing go backwards; stopped.")
    return Place({"size": paging.size, "key": keys[-1]}, sign=keys[-1])


def _token_of(step: _Step, paging: Paging) -> Any:
    place, _, path = str(paging.source).partition(":")
    return step.page.header(path) if place == "header" else step.page.value(path)


def _by_token(step: _Step, paging: Paging, name: str, base: str) -> Place | None:
    token = _token_of(step, paging)
    if paging.only and token in (None, ""):  # a scroll: its first token stands for all its pages
        token = step.place.values.get("token")
    if token in (None, "") and not any(rule.startswith("more:") for rule in paging.stop):
        return None
    if type(token) not in (str, int) or not 0 < len(str(token)) <= _LONGEST_TOKEN:
        raise BadAnswer(f"{name}: the answer promises more pages but no usable token.")
    token = str(token)
    if "://" in token or token.startswith("//"):
        raise OriginRefused(f"{name}: the next page would be at another address; refused.")
    sign = hash(tuple(step.page.records)) if paging.only else token
    return Place({"size": paging.size, "token": token}, sign=sign)


def _by_address(step: _Step, paging: Paging, name: str, base: str) -> Place | None:
    link = _token_of(step, paging)
    if link and str(paging.source).startswith("header:"):
        link = rel_next(str(link))
    if link in (None, ""):
        return None
    if type(link) is not str or len(link) > _LONGEST_TOKEN:
        raise BadAnswer(f"{name}: the next page has no usable address.")
    address = at_home(link, paging.aliases, name, base)
    return Place({"size": paging.size}, address=address, sign=link)


_Way = Callable[[_Step, Paging, str, str], Place | None]
_WAYS: dict[str, _Way] = {
    **dict.fromkeys(COUNTED, _counted),
    "keyset": _by_key,
    "token": _by_token,
    "next": _by_address,
}


# Fetches pages ahead, several at once, where their places do not depend on each other's answers.
#
# Pages still come in order, and no more are held than are fetched at once. Past the end of a long
# listing a few requests are made for nothing: what became of them is not looked at.

AskAhead = Callable[[Place], Envelope]


@contextmanager
def ahead(ask: AskAhead, paging: Paging, at_once: int) -> Iterator[AskAhead]:
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
    def __init__(
        self, ask: AskAhead, paging: Paging, at_once: int, pool: ThreadPoolExecutor
    ) -> None:
        self._ask = ask
        self._paging = paging
        self._at_once = at_once
        self._pool = pool
        self._fetched: dict[object, Future[Envelope]] = {}

    def __call__(self, place: Place) -> Envelope:
        # The first page comes alone: most readings of changes have no second one.
        wanted = place
        for _ in range(1 if place.sign is None else self._at_once):
            if wanted.sign not in self._fetched:
                self._fetched[wanted.sign] = self._pool.submit(self._ask, wanted)
            wanted = place_after(wanted, self._paging)
        return self._fetched.pop(place.sign).result()


# Doubts an empty page: asked too much, some masters send one instead of saying so.
#
# Believed at once it would end a listing early, and a sweep would take the rest for gone.

Ask = Callable[[Place], Envelope]


class Pausing(Protocol):
    """What can wait between two requests."""

    def pause(self, seconds: float) -> None:
        """Ask nothing for so long."""


def doubting(ask: Ask, paging: Paging, pausing: Pausing, name: str, *, changes: bool) -> Ask:
    """``ask``, which asks for an empty page a second time after ``paging.again_s``; None: never.

    The page before must still be there by then, or BadAnswer is raised, told of source ``name``.
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
            raise BadAnswer(
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
