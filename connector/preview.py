"""Reads a master as a cycle would, or saved pages, and tells what is seen; nothing is written."""

import re
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime
from itertools import islice
from typing import Any, cast

import msgspec

from connector.dry_run import DryRun
from connector.http import Answer, BadAnswer, MasterProblem, Request, left_alone
from connector.mapping.expressions import steps_of
from connector.mapping.strict_json import NotStrict, decode_object
from connector.mapping.values import Refused
from connector.page_reader import Unheard, words_of
from connector.reconcile import unproven
from connector.sources import Page, Source
from connector.sources.checks import Declared
from connector.sources.rest import RestSource
from connector.sources.rest.envelope import judge_of
from connector.sources.rest.request import about_table
from connector.sources.sell import SellSource
from connector.sources.source_file import Definition, Lookup, Paging, SellDefinition
from mirror.masking import mask_birth_date, mask_document, mask_email, mask_phone
from mirror.records import Customer, Document, Phone
from mirror.store import progress
from mirror.store.engine import Database
from mirror.store.progress import Figures, Word, feed, shown
from mirror.writing import BY_NAME

# Shows what a field holds without showing it: the shape of a value, its letters hidden.
#
# Stricter than the masks of `mirror.masking`: a wrong map may put anything into any field.

_WORD = re.compile(r"\w+")
_LONG = 4
"""Of a shorter word even the first letter would be much of it."""
_MOST, _SHOWN = 8, 72


def example_of(field: str, value: Any) -> str:
    """One value of a field of a customer, hidden; a list shows its first."""
    first = value[0] if isinstance(value, tuple) else value
    shown = _WAYS.get(field, _hidden)(first)
    return shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}…"


def _hidden(value: Any) -> str:
    if isinstance(value, msgspec.Struct):
        return _parts(value)
    if isinstance(value, dict):
        return ", ".join(f"{_hidden(label)}: {_hidden(one)}" for label, one in value.items())
    if isinstance(value, date):
        return mask_birth_date(value)
    return _WORD.sub(_word, str(value))


def _word(match: re.Match[str]) -> str:
    word = match[0]
    begins = word[0] if len(word) >= _LONG and word[0].isalpha() else "*"
    return begins + "*" * (min(len(word), _MOST) - 1)


def _parts(value: msgspec.Struct) -> str:
    """The parts that are filled, each with its shape."""
    filled = ((name, getattr(value, name)) for name in value.__struct_fields__)
    return ", ".join(f"{name} {_part(name, one)}" for name, one in filled if one not in (None, ""))


def _part(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return _WAYS.get(f"{name}s", _hidden)(value)


def _document(value: Document) -> str:
    right = "" if value.valid else ", wrong check digits"
    return f"{mask_document(value, 'device')} ({value.kind}{right})"


def _phone(value: Phone) -> str:
    # A toll-free number is shown by the masks of pages; here it may be anybody's.
    masked = _hidden(value.number) if value.kind == "toll_free" else mask_phone(value)
    return f"{masked} ({value.kind})"


def _email(value: str) -> str:
    name, _, domain = mask_email(value).partition("@")
    first, dot, rest = domain.partition(".")
    return f"{name}@{_hidden(first)}{dot}{rest}"


def _plain(value: Any) -> str:
    return str(value)


_WAYS: dict[str, Callable[[Any], str]] = {
    "kind": _plain,
    "registration": _plain,
    "flags": _plain,
    "documents": _document,
    "phones": _phone,
    "emails": _email,
    "master_url": lambda value: "https://…",
}
"""How fields are shown that have a way of their own; the first three hold our words only."""


# What a look at a master's records shows: how often a field was filled, by what, what was refused.
#
# Nothing of it is a value of a customer.

_FIELDS = tuple(one for one in Customer.__struct_fields__ if one != "left_out")
_WORDS = ("kind", "registration")
"""Fields of our own words: each is counted."""
MOST_DETAILS = 20
"""Records looked at where each costs a request of its own."""


class Look:
    """What was seen so far."""

    def __init__(self) -> None:
        self.received = 0
        self.looked = 0
        """Of those received; the others would have cost a request each."""
        self.size = 0
        """Bytes of the records looked at."""
        self.filled: Counter[str] = Counter(dict.fromkeys(_FIELDS, 0))
        self.refused: Counter[str] = Counter()
        """``field: rule`` of what would go to quarantine."""
        self.flags: Counter[str] = Counter()
        self.unheard: list[Word] = []
        """Words that the map does not know, page by page."""
        self._first: dict[str, str] = {}
        self._words: dict[str, Counter[str]] = {field: Counter() for field in _WORDS}

    def page(self, source: Source, page: Page, *, details: bool = True) -> None:
        """Look at the records of a page, with their ``details`` where lists leave something out."""
        self.received += len(page.records)
        whole, unheard = details and source.detailed, Unheard(source, page.stream)
        for raw in page.records[: MOST_DETAILS if whole else None]:
            self.looked += 1
            self._record(source, page, raw, whole, unheard)
        self.unheard += unheard.found()

    def examples(self) -> dict[str, str]:
        """Of each field that was filled, something to recognise it by."""
        counted = {
            field: ", ".join(f"{word} {number}" for word, number in words.most_common())
            for field, words in self._words.items()
        }
        return {**self._first, **{field: told for field, told in counted.items() if told}}

    def _record(
        self, source: Source, page: Page, raw: bytes, whole: bool, unheard: Unheard
    ) -> None:
        self.size += len(raw)
        try:
            head = source.head(raw, page.at)
            if whole:
                raw = source.whole(raw, head)
                self.size += len(raw)
            found = source.translate(decode_object(raw), head, page.stream)
            self._customer(cast(Customer, found))
            unheard.note(words_of(found, page.stream))
        except (Refused, NotStrict) as why:
            self.refused[str(why)] += 1

    def _customer(self, customer: Customer) -> None:
        self.flags.update(customer.flags)
        for field in _FIELDS:
            if value := getattr(customer, field):
                self.filled[field] += 1
                if field in _WORDS:
                    self._words[field][value] += 1
                elif field not in self._first:
                    self._first[field] = example_of(field, value)


_FIRST_PAGES = 3
"""So many may come without a record, as of a queue, before there is nothing to look at."""


class Rehearsal(msgspec.Struct, frozen=True):
    """What a cycle would have done."""

    source: str
    ok: bool
    figures: Figures
    problem: str | None
    words: list[Word] = []
    """Of what it would have written, those that the map does not know."""
    notes: list[str] = []
    """What a person would have to decide, and why somebody may be missing, a sentence each."""


def rehearse(
    db: Database, source: Source, *, full: bool = False, insist: bool = False
) -> Rehearsal:
    """A cycle without a single write: what would be added, changed, refused, removed or held.

    ``insist``: also of a master that asked to be left alone for longer.
    """
    where, figures = feed(source.name, source.streams[0]), Figures()
    with db.reading() as connection:
        point = progress.load_checkpoint(connection, source.name, source.streams[0])
        alone = progress.left_alone_until(connection, source.name)
        listing = full or point.listed_at is None
        parts = {
            name: DryRun(
                connection, db, source, BY_NAME[name], sweep=full and point.listed_at is not None
            )
            for name in source.streams
        }
    notes: list[str] = []
    try:
        if alone and not insist:
            raise left_alone(source.name, (alone - progress.now_us()) / 1e6)
        for page in source.pages(None if full else point.cursor):
            figures.add(parts[page.stream].take(page))
        notes += [unproven(source.doubt)] if source.doubt else []
        for one in parts.values():
            notes += one.settled(figures, listing=listing, doubted=bool(source.doubt))
    except MasterProblem as problem:
        return Rehearsal(where, False, figures, str(problem), _unheard(parts.values()))
    figures.requests = source.requests
    return Rehearsal(where, not notes, figures, None, _unheard(parts.values()), notes)


def _unheard(parts: Iterable[DryRun]) -> list[Word]:
    return shown(word for one in parts for word in one.reader.unheard.found())


class Inspection(msgspec.Struct, frozen=True):
    """What one page shows of how a master is understood; no value of any customer."""

    received: int
    looked: int
    """Of those received; fewer where each costs a request of its own."""
    at: datetime
    """The master's clock."""
    filled: list[tuple[str, int]]
    """Each field of a customer, and how many had it."""
    examples: dict[str, str]
    """Of each field that was filled, something to recognise it by."""
    refused: list[tuple[str, int]]
    """Each field and rule, and how many broke it."""
    flags: list[tuple[str, int]]
    """What was wrong but not wrong enough to refuse the record, and how often."""
    requests: int
    seconds: float
    """What the page took, waits for the master's limits included."""
    size: int
    """Bytes of the records looked at."""
    words: list[Word]
    """Those that the map does not know."""


def inspect(source: Source, monotonic: Callable[[], float] = time.monotonic) -> Inspection:
    """Read the first page of a master that has customers; raises MasterProblem."""
    look, at, begun = Look(), datetime.now(UTC), monotonic()
    for page in islice(source.pages(None), _FIRST_PAGES):
        at = page.at
        look.page(source, page)
        if page.records:
            break
    return inspection_of(look, at, source.requests, monotonic() - begun)


def inspection_of(look: Look, at: datetime, requests: int, seconds: float) -> Inspection:
    """What was seen, as plain values."""
    return Inspection(
        received=look.received,
        looked=look.looked,
        at=at,
        filled=list(look.filled.items()),
        examples=look.examples(),
        refused=list(look.refused.items()),
        flags=list(look.flags.items()),
        requests=requests,
        seconds=seconds,
        size=look.size,
        words=shown(look.unheard),
    )


# Reads saved pages as a master's: through envelope, heads and translation, without network.


class Saved:
    """Answers every question for a list with one body, those for details one after the other."""

    requests = 0

    def __init__(self, definition: Declared, name: str, body: bytes) -> None:
        self._body = body
        rest = definition if isinstance(definition, Definition) else None
        tables = rest.lookups.values() if rest else ()
        self._tables = [(about_table(one), _nothing_in(one)) for one in tables]
        self._judge = judge_of(rest.errors, name) if rest else None
        self._list = rest.stream.path if rest else None
        self.details: list[bytes] = []

    def send(self, request: Request) -> Answer:
        """The saved answer; raises MasterProblem where it tells of one."""
        answer = Answer(self._for(request), datetime.now(UTC))
        if self._judge and self._judge(answer):
            return msgspec.structs.replace(answer, empty=True)
        return answer

    def pause(self, seconds: float) -> None:
        """Nobody has to be spared."""

    def close(self) -> None:
        """Nothing is open."""

    def _for(self, request: Request) -> bytes:
        for asked, table in self._tables:
            if request == asked:
                return table
        if self._list in (None, request.path):
            return self._body
        if not self.details:
            raise BadAnswer("There are fewer saved details than records.")
        return self.details.pop(0)


def look_at_saved(
    look: Look, definition: Declared, name: str, body: bytes, details: Sequence[bytes] = ()
) -> None:
    """Add one saved page to what was seen; raises MasterProblem, told of source ``name``.

    ``details``: answers for single customers, in the order of the page's records.
    """
    saved = Saved(definition, name, body)
    saved.details = list(details)
    source = _source(name, definition, saved)
    for page in source.pages(None):
        look.page(source, page, details=bool(details))
        break


def _source(name: str, definition: Declared, saved: Saved) -> Source:
    if isinstance(definition, SellDefinition):
        polled = msgspec.structs.replace(definition, mode="polling", ended=False)
        return SellSource(name, polled, cast(Any, saved))
    # One page alone: where the next would lie, and what was asked, is not in the file.
    stream = msgspec.structs.replace(
        definition.stream, page=Paging(size=definition.stream.page.size), since=None, deleted=None
    )
    return RestSource(name, msgspec.structs.replace(definition, stream=stream), saved)


def _nothing_in(lookup: Lookup) -> bytes:
    """A table of the master's without any entry that means something."""
    table: Any = [{}]
    for step in reversed(steps_of(lookup.records)):
        table = {str(step): table}
    return msgspec.json.encode(table)
