"""Looks through every stream of a master: what its map does not know, does not read, never finds.

Two pages of each list and what changed since the newest record on them. Of what is seen, places,
rules and numbers are told, and words of a vocabulary; never a value.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any, NamedTuple

import msgspec

from connector.http import MasterProblem
from connector.mapping import ActivityMap, Map, Pairs, Parts, Words
from connector.mapping.expressions import Concat, Expression, Step, parted, steps_of, walk
from connector.mapping.strict_json import NotStrict, decode_object
from connector.mapping.values import Refused, items
from connector.page_reader import Unheard, words_of
from connector.sources import Head, Page, Source
from connector.sources.checks import Declared
from connector.sources.sell import SellSource
from connector.sources.source_file import Definition, Stream
from mirror.identifiers import parse_document, parse_email, parse_phone
from mirror.records import CUSTOMERS
from mirror.store.progress import Word, shown
from mirror.text import fold, vocabulary

# Where the map looks: each part of it with its steps, from the record to the value.

Steps = list[Step]


class Part(NamedTuple):
    """A part of a map: its field, what it is called, where it looks, and how that is written."""

    field: str
    name: str
    ways: tuple[Steps, ...]
    written: str
    at: str
    """Of a list of objects, where that lies."""


def parts_of(map_: Map | ActivityMap) -> list[Part]:
    """Every part of a map that is filled in."""
    named = ((field, getattr(map_, field)) for field in map_.__struct_fields__)
    return [part for field, spec in named if spec for part in _parts(field, spec)]


def _parts(name: str, spec: Any) -> Iterator[Part]:
    if isinstance(spec, Words):
        yield _part(name, spec.path)
    elif isinstance(spec, Parts):
        for part, inner in spec.parts.items():
            yield _part(f"{name}.{part}", inner, spec.at)
    elif isinstance(spec, Pairs):
        yield _part(f"{name}.label", spec.label, spec.at)
        yield _part(f"{name}.value", spec.value, spec.at)
    elif isinstance(spec, dict):
        for label, inner in spec.items():
            yield from _parts(f"{name}.{label}", inner)
    else:
        yield _part(name, spec)


def _part(name: str, spec: Expression, at: Expression | None = None) -> Part:
    ways = [steps for text in _texts(spec) if (steps := _steps(text)) is not None]
    if at is not None:
        bases = [steps for text in _texts(at) if (steps := _steps(text)) is not None]
        ways = [[*base, None, *steps] for base in bases for steps in ways]
    field = name.partition(".")[0]
    return Part(field, name, tuple(ways), _written(spec), _written(at) if at else "")


def _written(spec: Expression) -> str:
    return ", ".join(dict.fromkeys(path for text in _texts(spec) if (path := parted(text)[0])))


def _texts(spec: Expression) -> Iterator[str]:
    for one in spec if isinstance(spec, list) else [spec]:
        yield from one.concat if isinstance(one, Concat) else [one]


def _steps(text: str) -> Steps | None:
    path, _ = parted(text)
    return steps_of(path) if path else None


def _finds(record: dict[str, Any], steps: Steps) -> bool:
    """Whether there is anything; an object is as good as a list of one."""
    values: list[Any] = [record]
    for part in _between_lists(steps):
        values = [one for value in values for one in items(walk(value, part))]
    return any(one not in (None, "", {}, []) for one in values)


def _between_lists(steps: Steps) -> list[Steps]:
    parts: list[Steps] = [[]]
    for step in steps:
        if step is None:
            parts.append([])
        else:
            parts[-1].append(step)
    return parts


Keys = tuple[str, ...]


def _keys(steps: Iterable[Step]) -> Keys:
    """The keys on the way, whatever is chosen of lists."""
    return tuple(step for step in steps if isinstance(step, str))


# What a map does not read, and what that looks like: by its name, or by all that lies there.

_NAMED = {
    "a document": r"cpf|cnpj|document|inscri|(^|_)(rg|ie)($|_)|tax.?(id|vat)|(^|_)vat|passport",
    "an e-mail": r"e?-?mail",
    "a telephone": r"f(o|)ne|phone|celular|(^|_)(cel|tel|fax|ddd)($|_|\d)|whats|mobile|telefone",
    "an address": r"endere|logradouro|street|(^|_)(cep|zip|bairro|cidade|city)($|_|code)|postal",
    "a word": r"status|situa|block|bloq|ativ[oa]|active|archiv|arquiv",
}
"""What keys are called, without case and accents."""
_PLAIN = re.compile(r"[@$]?[A-Za-z_][\w$.:-]{0,40}", re.ASCII)
_MANY_DIGITS = re.compile(r"(\d\D*){4}")
_DEEPEST, _WIDEST, _LONG_LIST = 6, 80, 20
_ENOUGH = 200
"""Records of which every key is looked at."""
_MOST_UNREAD = 15
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


class _Place:
    """What lies at one place of the records of a list."""

    def __init__(self) -> None:
        self.records = 0
        self.like: Counter[str] = Counter()
        self.words: Counter[str] = Counter()

    def take(self, values: list[Any]) -> None:
        self.records += 1
        for value in values[:_LONG_LIST]:
            text = str(value).lower() if type(value) is bool else str(value)
            self.like[_like(text)] += 1
            if len(self.words) < _ENOUGH:
                self.words[text] += 1

    def looks(self, path: str) -> str | None:
        """What it looks like; None where it is neither an identifier, a contact nor a word."""
        values = self.like.total()
        for kind in ("an e-mail", "a document", "a telephone"):
            if 2 * self.like[kind] > values:
                return kind
        name = fold(_CAMEL.sub("_", path.rpartition(".")[2].removesuffix("[]")))
        named = next((kind for kind, like in _NAMED.items() if re.search(like, name)), None)
        words = "" not in vocabulary(self.words)
        if named == "a word" or name.endswith("_id"):
            return named if words and named == "a word" else None
        if named == "an address":
            return named
        if words and 4 * len(self.words) <= values:
            numbers = all(word.replace(".", "").isdigit() for word in self.words)
            return "a word" if named or (len(self.words) > 1 and not numbers) else None
        return named


def _like(text: str) -> str:
    if "@" in text and parse_email(text):
        return "an e-mail"
    document, phone = parse_document(text), parse_phone(text)
    if document and document.valid and document.kind != "other":
        return "a document"
    return "a telephone" if phone and phone.kind in ("mobile", "landline") else ""


def _leaves(value: Any, path: str = "", keys: Keys = ()) -> Iterator[tuple[str, Keys, Any]]:
    """Every value that is there: its path, the keys on the way, and itself."""
    if isinstance(value, dict):
        for key, inner in value.items() if len(keys) < _DEEPEST and len(value) <= _WIDEST else ():
            if _PLAIN.fullmatch(key) and not _MANY_DIGITS.search(key):  # else it may say who it is
                name = f"['{key}']" if "." in key else key
                yield from _leaves(inner, f"{path}.{name}" if path else name, (*keys, key))
    elif isinstance(value, list):
        for inner in value[:_LONG_LIST]:
            yield from _leaves(inner, f"{path}[]", keys)
    elif value not in (None, ""):
        yield path, keys, value


# What is seen of one stream.


class Unread(msgspec.Struct, frozen=True):
    """A place in the records that the map does not read."""

    path: str
    looks: str
    """Like ``a document``, ``an e-mail``, ``a telephone``, ``an address``, ``a word``."""
    records: int


class Seen(msgspec.Struct, frozen=True):
    """What two pages of a stream, and what changed since, say of its map; never a value."""

    stream: str
    looked: int
    """Records looked at."""
    pages: int
    since: int | None
    """Of those, how many came as changes; None where the master is not asked for them."""
    refused: list[tuple[str, int]]
    """Each field and rule, and how many records broke it."""
    words: list[Word]
    """Those that the map does not know."""
    unread: list[Unread]
    """What looks like something that is wanted, and no part of the map reads it."""
    never: list[tuple[str, str]]
    """Parts of the map that never found anything, and where they look."""
    older: int
    """Of what came as changes, how many are older than what was asked for."""
    problem: str | None
    """Why not all of it could be read."""


class _Look:
    """One stream, while its pages come."""

    def __init__(self, source: Source, stream: str, declared: Declared) -> None:
        self._source, self._stream = source, stream
        listed, map_ = _declared(declared, stream)
        self._details = _MOST_DETAILS if listed and listed.detail else None
        self._parts = [part for part in parts_of(map_) if part.ways]
        self._never = {part.name: part for part in self._parts}
        self._read = {_keys(steps) for part in self._parts for steps in part.ways}
        self._read |= {_keys(steps) for steps in _asked_for(listed)}
        self._places: defaultdict[str, _Place] = defaultdict(_Place)
        self._came: set[bytes] = set()
        self._refused: Counter[str] = Counter()
        self._unheard = Unheard(source, stream)
        self.looked = self.pages = 0
        self.since: int | None = None
        self.floor: datetime | None = None
        """What is older cannot have been asked for."""
        self.older = 0
        self.problem: str | None = None
        self.newest: tuple[datetime, str] | None = None

    def take(self, page: Page) -> None:
        """Look at the records of a page."""
        self.pages += 1
        for raw in page.records[: self._details]:
            is_new = raw not in self._came  # it may be on a page, and again as a change
            self._came.add(raw)
            self.looked += is_new
            try:
                head = self._source.head(raw, page.at)
                self._see(head)
                if is_new:
                    self._record(raw, head, page)
            except _BEYOND_READING as why:
                known = isinstance(why, (Refused, NotStrict))
                self._refused[str(why) if known else "record: not_readable"] += is_new

    def _see(self, head: Head) -> None:
        if head.instant and self.floor:
            self.older += head.instant < self.floor
        if head.instant and head.stamp and (self.newest is None or head.instant > self.newest[0]):
            self.newest = head.instant, head.stamp

    def _record(self, raw: bytes, head: Head, page: Page) -> None:
        record = decode_object(self._source.whole(raw, head))
        self._look_at(record)
        found = self._source.translate(record, head, page.stream)
        self._unheard.note(words_of(found, page.stream))

    def _look_at(self, record: dict[str, Any]) -> None:
        for name, part in list(self._never.items()):
            if any(_finds(record, steps) for steps in part.ways):
                del self._never[name]
        if self.looked > _ENOUGH:
            return
        found: defaultdict[str, list[Any]] = defaultdict(list)
        for path, keys, value in _leaves(record):
            if not any(keys[: len(one)] == one for one in self._read):
                found[path].append(value)
        for path, values in found.items():
            self._places[path].take(values)

    def seen(self) -> Seen:
        """What was seen, as plain values."""
        return Seen(
            stream=self._stream,
            looked=self.looked,
            pages=self.pages,
            since=self.since,
            refused=[one for one in self._refused.most_common() if one[1]],
            words=shown(self._unheard.found()),
            unread=self._unread(),
            never=_together(self._parts, set(self._never)) if self.looked else [],
            older=self.older,
            problem=self.problem,
        )

    def _unread(self) -> list[Unread]:
        # What one record alone has is as likely a key that says whose it is.
        few = min(2, self.looked)
        found = [
            Unread(path, looks, place.records)
            for path, place in self._places.items()
            if place.records >= few and (looks := place.looks(path))
        ]
        order = list(_NAMED)
        found.sort(key=lambda one: (order.index(one.looks), -one.records, one.path))
        return found[:_MOST_UNREAD]


def _together(parts: list[Part], never: set[str]) -> list[tuple[str, str]]:
    """Parts that never found anything; a list of which nothing was found by its own name."""
    found: dict[str, str] = {}
    for one in parts:
        if one.name not in never:
            continue
        if one.at and all(other.name in never for other in parts if other.field == one.field):
            found[one.field] = one.at
        else:
            found[one.name] = one.written
    return list(found.items())


_MOST_DETAILS = 20
"""Records of a page looked at where each costs a request of its own."""
_BEYOND_READING = (ArithmeticError, ValueError, LookupError, TypeError, RecursionError)
"""What a record that cannot be read raises, `Refused` among it."""


def _declared(declared: Declared, stream: str) -> tuple[Stream | None, Map | ActivityMap]:
    if isinstance(declared, Definition):
        return declared.lists[stream]
    return None, declared.map if stream == CUSTOMERS or not declared.deals else declared.deals


def _asked_for(listed: Stream | None) -> Iterator[Steps]:
    """Where else a source file looks in a record: who it is, when it changed, which count."""
    if listed is None:
        return
    records, where = listed.records, listed.records.where
    for spec in (records.id, records.version, records.stamp, where and where.path):
        for text in _texts(spec) if spec else ():
            if (steps := _steps(text)) is not None:
                yield steps


# Goes through the streams.

_A_DAY = timedelta(days=1)
"""Many masters are asked for changes by the day, some in another zone."""
_PAGES = 2
_FIRST = 3
"""Pages of which one must have a record, as of a queue, or there is nothing new."""


def survey(source: Source, declared: Declared) -> list[Seen]:
    """Look at every stream of a master; what it refuses is told of the stream it is of."""
    if isinstance(source, SellSource):
        source = source.polled()
    found: list[Seen] = []
    for one in (source, *source.activities):
        looks = {stream: _Look(one, stream, declared) for stream in one.streams}
        _listed(one, looks)
        _changed(one, looks, declared)
        found += [look.seen() for look in looks.values()]
    return found


def _listed(source: Source, looks: Mapping[str, _Look]) -> None:
    try:
        for page in islice(source.pages(None), _PAGES):
            looks[page.stream].take(page)
    except MasterProblem as problem:
        looks[source.streams[0]].problem = str(problem)


def _changed(source: Source, looks: Mapping[str, _Look], declared: Declared) -> None:
    """What is new since the newest that was seen: the first page of each stream that has any."""
    first = looks[source.streams[0]]
    listed, _ = _declared(declared, source.streams[0])
    if first.problem or (listed and not listed.since):
        return
    newest = first.newest
    cursor = newest[1] if newest else datetime.now(UTC).isoformat()
    for look in looks.values():
        look.since = 0
    if newest and listed and listed.since:
        first.floor = newest[0] - timedelta(seconds=listed.since.overlap_s) - _A_DAY
    try:
        for page in islice(source.pages(cursor), _FIRST * len(looks)):
            look = looks[page.stream]
            if page.records and not look.since:
                look.take(page)
                look.since = len(page.records)
            if all(one.since for one in looks.values()):
                break
    except MasterProblem as problem:
        first.problem = f"Asked for what changed: {problem}"
