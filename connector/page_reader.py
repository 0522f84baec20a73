"""Reads one page: who is in it, what did not change, which words nobody knows, what is refused.

The hash of a record's own bytes is compared first, so that only what changed is decoded.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection

from connector.mapping import activity, customers, likely
from connector.mapping.strict_json import LARGEST, NotStrict, decode_object
from connector.mapping.values import Refused
from connector.sources import Head, Page, Source
from mirror.records import CUSTOMERS, UNDATED, Customer, Record
from mirror.store.engine import Database
from mirror.store.progress import Word, count_words, forget_words
from mirror.writing import BY_NAME, Stream
from mirror.writing.holds import too_many
from mirror.writing.judgement import RAW_HASH_BYTES, Incoming, Kept, Weights, graves
from mirror.writing.quarantine import Refusal

_BEYOND = Refused("record", "beyond_reading")
_BEYOND_READING = (ArithmeticError, ValueError, LookupError, TypeError, RecursionError)
"""What a value that nobody foresaw does to its reader: it costs that record."""
LISTED_BYTES = RAW_HASH_BYTES // 2
"""Of a detailed record half the hash is of what a list shows, half of the whole."""

LOST_DATE, SAME_ID = "lost", "same id"
"""The doubts at a record that had a date before, and at one whose id another of its page has."""
_Pair = tuple[Head, bytes, bytes]
"""Of a record its head, its bytes and their hash."""
Stored = dict[str, Kept]
"""What the mirror has of records, by external id."""


class Reading(msgspec.Struct):
    """What came of one page."""

    heads: list[Head]
    arrivals: list[Incoming]
    refusals: list[Refusal]
    unchanged: int
    received: int
    older: list[str] = []
    """Ids of what is older than ours and was left."""
    back: list[str] = []
    """Those of them whose date is newer all the same: the master went back."""
    gone: list[str] = []
    """Ids of which the master said that it no longer has them."""
    gone_at: dict[str, int] = {}
    """The versions at which they went, where the master says so."""
    refused: list[str] = []
    """Subjects of all that could not be read, those refused before included."""
    doubts: dict[str, int] = {}
    """Why records have no date (`connector.sources.Head.doubt`), and how many."""

    def note_odd(self, pairs: list[_Pair], stored: Stored) -> None:
        """Count who had a date here and has none now, and who shares an id on one page."""
        if self.doubts:
            names = [head.external_id for head in self.heads if head.version == UNDATED]
            dated = (name in stored and stored[name][2] != UNDATED for name in names)
            self.doubts[LOST_DATE] = sum(dated)
        if len({head.external_id for head in self.heads}) < len(pairs):
            one: dict[str, bytes] = {}
            ids = ((head.external_id, read) for head, _, read in pairs)
            self.doubts[SAME_ID] = sum(one.setdefault(name, read) != read for name, read in ids)

    def passed_over(self, stored: Stored, earlier: datetime) -> int:
        """Of how many a listing begun ``earlier`` should have brought what comes only now."""
        instants = {head.external_id: head.instant for head in self.heads}
        found = ((one.external_id, instants[one.external_id]) for one in self.arrivals)
        return sum(name not in stored if at is None else at <= earlier for name, at in found)


_MOST_WORDS = 10_000


class Unheard:
    """The words of one stream that its map does not know, as one run meets them."""

    def __init__(self, source: Source, stream: str) -> None:
        self._source, self._stream = source, stream
        self._words_of: Callable[[Any], Iterable[tuple[str, str]]] = (
            customers.unknown_words if stream == CUSTOMERS else activity.unknown_words
        )
        self._fingerprint: bytes | None = None
        self._new: Counter[tuple[str, str]] = Counter()
        self.places: Counter[str] = Counter()
        """By place in the map: how many records of the run had such a word."""

    def begin(self) -> None:
        """A page is to be read: by the map as it is now."""
        self._fingerprint = self._source.fingerprint

    def note(self, found: Customer | Record) -> None:
        """Take the words of a record that was read."""
        for field, said in self._words_of(found):
            word = said if len(self._new) < _MOST_WORDS else ""  # nobody would read so many
            self._new[field, word] += 1
            self.places[self._source.place_of(self._stream, field)] += 1

    def found(self) -> list[Word]:
        """What was noted and not written yet."""
        name, stream, place_of = self._source.name, self._stream, self._source.place_of
        return [
            Word(name, stream, place_of(stream, field), word, likely(stream, field, word), number)
            for (field, word), number in self._new.items()
        ]

    def write(self, connection: Connection) -> None:
        """Add what was noted to what the mirror counts."""
        if self._new and self._fingerprint is not None:
            count_words(connection, self._fingerprint, self.found())
            self._new.clear()

    def settle(self, connection: Connection) -> None:
        """Everything was listed: what only another map did not know is forgotten."""
        forget_words(connection, self._source.name, self._stream, self._fingerprint)


class PageReader:
    """Reads the pages that one run brings of one stream."""

    def __init__(
        self,
        source: Source,
        db: Database,
        refused_before: dict[str, bytes],
        stream: Stream = BY_NAME[CUSTOMERS],
        believed: Collection[str] = (),
    ) -> None:
        """``believed``: of whom the master's row is read also where ours is newer."""
        self._stream = stream
        self._source = source
        self._db = db
        self._fingerprint = db.keys.fingerprint("content")
        self._refused_before = refused_before
        self._weights = Weights(source.weigh)
        self._believed = believed
        self.unheard = Unheard(source, stream.name)
        self.since: datetime | None = None
        """What is dated later was not here before this run, which may bring it twice."""
        self._came = set[str]()
        self._mended = 0
        self._odd = 0

    @property
    def notices(self) -> list[str]:
        """What a person should tell the master's maker, in sentences."""
        told = []
        if self._mended:
            told.append(
                f"{self._mended:,} of the pages were no right JSON (a raw control character, a "
                "lone backslash, NaN) and were mended."
            )
        if self._odd:
            told.append(f"{self._odd:,} records are not in UTF-8: read as Windows-1252.")
        return told

    def _note_odd(self) -> None:
        self._odd += 1

    def read(self, page: Page) -> tuple[Reading, Stored]:
        """The page's records and what the mirror has of them; raises MasterProblem."""
        gone, gone_at = self._ends(page)
        result = Reading([], [], [], 0, len(page.records), gone=gone, gone_at=gone_at)
        self.unheard.begin()
        pairs = []
        self._mended += page.mended
        for raw in page.records:
            content_hash = self._hash(raw)
            try:
                head = self._source.head(raw, page.at)
            except Refused as why:
                self._refuse(result, why, why.external_id, content_hash, raw)
            except _BEYOND_READING:
                self._refuse(result, _BEYOND, None, content_hash, raw)
            else:
                result.heads.append(head)
                if head.doubt:
                    result.doubts[head.doubt] = result.doubts.get(head.doubt, 0) + 1
                pairs.append((head, raw, content_hash))
        # Who cannot be read is still there: the sweep must not take them for gone.
        broken = [refusal.external_id for refusal in result.refusals if refusal.external_id]
        stored = self._stored([head.external_id for head in result.heads] + broken)
        if self._source.weigh is not None:
            pairs = self._weighed(pairs, stored)
            result.heads = [head for head, _, _ in pairs]
        result.note_odd([] if page.confirm else pairs, stored)
        for head, raw, content_hash in pairs:
            self._read_one(result, head, raw, content_hash, stored, page)
        result.refused = [refusal.subject for refusal in result.refusals]
        before = self._refused_before
        result.refusals = [r for r in result.refusals if before.get(r.subject) != r.content_hash]
        return result, stored

    def _ends(self, page: Page) -> tuple[list[str], dict[str, int]]:
        """Who is gone and at which version, without those who came back since."""
        here = self._stored(list(page.gone_at)) if page.gone_at else {}
        return self._weights.ends(page.gone, page.gone_at, here)

    def _weighed(self, pairs: list[_Pair], stored: Stored) -> list[_Pair]:
        """The same, each version weighed against the newest there is, or was of who is gone."""
        before = {name: kept[2] for name, kept in stored.items()}
        absent = [head.external_id for head, _, _ in pairs if head.external_id not in before]
        if absent and self._stream.name == CUSTOMERS:
            with self._db.reading() as connection:
                before |= graves(connection, self._source.name, absent)
        return [
            (msgspec.structs.replace(head, version=self._weights.of(*one, before)), raw, content)
            for head, raw, content in pairs
            for one in [(head.external_id, head.version)]
        ]

    def _read_one(
        self,
        result: Reading,
        head: Head,
        raw: bytes,
        content_hash: bytes,
        stored: Stored,
        page: Page,
    ) -> None:
        name = head.external_id
        if name in stored and self._is_unchanged(stored[name][1], content_hash, name, page):
            result.unchanged += 1
            return
        older = name in stored and UNDATED != head.version < stored[name][2]
        if older and name not in self._believed:
            result.older.append(name)  # whether it can be read says nothing of the newer one here
            if self.since and head.instant and head.instant > self.since and name not in self._came:
                result.back.append(name)
            return
        if head.version == UNDATED and name in stored:  # its content alone says whether it changed
            head = msgspec.structs.replace(head, version=stored[name][2])
        whole = raw
        try:
            whole, content_hash = self._whole(raw, head, content_hash)
            tidy = page.tidy and whole is raw
            record = decode_object(whole, tidy=tidy, odd=self._note_odd)
            found = self._source.translate(record, head, page.stream)
        except (Refused, NotStrict) as why:
            self._refuse(result, why, name, content_hash, raw, head.version, whole)
            return
        except _BEYOND_READING:
            self._refuse(result, _BEYOND, name, content_hash, raw, head.version, whole)
            return
        self.unheard.note(found)
        if self.since:
            self._came.add(name)
        result.arrivals.append(self._arrival(found, content_hash, whole, is_new=name not in stored))

    def _arrival(
        self, found: Customer | Record, content_hash: bytes, whole: bytes, *, is_new: bool
    ) -> Incoming:
        name, rules = self._source.name, self._source.rules
        ready = self._stream.arrival
        return ready(self._db.keys, name, found, content_hash, whole, rules, is_new=is_new)

    def _refuse(
        self,
        result: Reading,
        why: Refused | NotStrict,
        name: str | None,
        content_hash: bytes,
        raw: bytes,
        version: int | None = None,
        whole: bytes | None = None,
    ) -> None:
        found = _refusal(why, name, content_hash, raw, version)
        whose = self._whose(whole or raw)
        result.refusals.append(msgspec.structs.replace(found, customer=whose))

    def _whose(self, raw: bytes) -> str | None:
        if self._stream.name == CUSTOMERS:
            return None
        try:
            return self._source.whose(decode_object(raw))
        except _BEYOND_READING:  # Refused and NotStrict are among them
            return None

    def _stored(self, names: list[str]) -> Stored:
        with self._db.reading() as connection:
            return self._stream.shelf.hashes(connection, self._source.name, names)

    def _whole(self, raw: bytes, head: Head, content_hash: bytes) -> tuple[bytes, bytes]:
        if not self._source.detailed:
            return raw, content_hash
        whole = self._source.whole(raw, head)
        return whole, content_hash[:LISTED_BYTES] + self._hash(whole)[LISTED_BYTES:]

    def _hash(self, raw: bytes) -> bytes:
        return self._fingerprint(raw)[:RAW_HASH_BYTES] + self._source.fingerprint

    def _is_unchanged(self, before: bytes, now: bytes, name: str, page: Page) -> bool:
        if name in self._refused_before:
            return False
        if not self._source.detailed:
            return before == now
        if page.changed:  # it may be in what a list does not show
            return False
        return (
            before[:LISTED_BYTES] == now[:LISTED_BYTES]
            and before[RAW_HASH_BYTES:] == now[RAW_HASH_BYTES:]
        )


def _refusal(
    why: Refused | NotStrict,
    external_id: str | None,
    content_hash: bytes,
    raw: bytes,
    version: int | None = None,
) -> Refusal:
    field = why.field if isinstance(why, Refused) else "record"
    rule = why.rule if isinstance(why, Refused) else str(why)
    subject = external_id or f"hash:{content_hash[:RAW_HASH_BYTES].hex()}"
    kept = raw if len(raw) <= LARGEST else b""  # five of any size are allowed on every page
    shape = why.shape if isinstance(why, Refused) else ""
    return Refusal(subject, external_id, field, rule, content_hash, kept, version, shape=shape)


# What one transaction will write: the readings of several whole pages, the later word holding.


class Batch(msgspec.Struct):
    """Readings put together in the order they came."""

    arrivals: list[Incoming] = []
    refusals: list[Refusal] = []
    gone: list[str] = []
    gone_at: dict[str, int] = {}
    unchanged: int = 0
    stale: int = 0
    back: list[str] = []
    received: int = 0
    bytes: int = 0
    """Of what the master sent of them."""

    def add(self, reading: Reading) -> None:
        """Add a page's reading."""
        if self.gone:
            back = set(reading.refused).union(
                head.external_id for head in reading.heads if self._is_back(head)
            )
            self.gone = [name for name in self.gone if name not in back]
        self.gone += reading.gone
        self.gone_at |= reading.gone_at
        self.arrivals += reading.arrivals
        if self.refusals or reading.refusals:
            # Those of pages before were held against all that came with them.
            against = self.arrivals if reading.refusals else reading.arrivals
            self.refusals = _still([*self.refusals, *reading.refusals], against)
        self.unchanged += reading.unchanged
        self.stale += len(reading.older)
        self.back += reading.back
        self.received += reading.received
        self.bytes += sum(len(arrival.raw) for arrival in reading.arrivals)
        self.bytes += sum(len(refusal.raw) for refusal in reading.refusals)

    def _is_back(self, head: Head) -> bool:
        """Whether a record that follows a deletion of its customer is no older than that."""
        return head.version >= self.gone_at.get(head.external_id, head.version)


def _still(refusals: list[Refusal], arrivals: list[Incoming]) -> list[Refusal]:
    """Those of which nothing as new came that can be read: it is healed, or was never ill."""
    subjects = {one.subject for one in refusals}
    newest: dict[str, int] = {}
    for one in arrivals:
        if one.external_id in subjects:
            newest[one.external_id] = max(one.version, newest.get(one.external_id, one.version))
    return [one for one in refusals if _beyond(one.version, newest.get(one.subject))]


def _beyond(version: int | None, readable: int | None) -> bool:
    return readable is None or (version is not None and version > readable)


_TOO_MANY = {
    LOST_DATE: "{:,} of the {:,} that came lose the date of their last change at once (is "
    "stream.records.stamp written in another way now?)",
    SAME_ID: "{:,} of the {:,} that came have the id of another record of their page, and one of "
    "each is kept (does stream.records.id name one record?)",
}


def doubt_of(doubts: Mapping[str, int], came: int) -> str | None:
    """The doubt at a run in which too many lose their date, or share an id; they are written."""
    many = {why: doubts.get(why, 0) for why in _TOO_MANY}
    found = [_TOO_MANY[why].format(one, came) for why, one in many.items() if too_many(one, came)]
    return "; and ".join(found) or None


# What a run tells of records whose date is none, or cannot be true.

_UNDATED = {
    "undated": "{:,} without a date of their last change: compared by content.",
    "unreadable": "{:,} with a date of their last change that is none: the date was left out, the "
    "record kept and compared by content. Does `stream.records.stamp` need a filter, as "
    "`| datetime %d/%m/%Y`?",
    "future": "{:,} with a date of the future: the date was left out, the record kept.",
    SAME_ID: "{:,} with the id of another record of their page: one of each is kept.",
}


def undated(doubts: Mapping[str, int]) -> list[str]:
    """What a run tells of records without a date that can be true, by why there is none."""
    return [text.format(doubts[why]) for why, text in _UNDATED.items() if doubts.get(why)]
