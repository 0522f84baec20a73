"""Reads one page: who is in it, what did not change, which words nobody knows, what is refused.

The hash of a record's own bytes is compared first, so that only what changed is decoded.
"""

from collections import Counter
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any, Generic

import msgspec
from sqlalchemy import Connection

from connector.beside import AHEAD, Beside, beside
from connector.mapping import activity, customers, likely
from connector.mapping.strict_json import LARGEST, NotStrict, decode_object
from connector.mapping.values import Refused
from connector.sources import LOST_DATE, SAME_ID, Head, Page, Source
from mirror.records import CUSTOMERS, UNDATED
from mirror.store.engine import Database
from mirror.store.progress import Word, count_words, forget_words
from mirror.store.sealing import Keyring
from mirror.writing import BY_NAME, Stream
from mirror.writing.judgement import RAW_HASH_BYTES, Arriving, Incoming, Kept, Weights, graves
from mirror.writing.quarantine import Refusal

_BEYOND_READING = (ArithmeticError, ValueError, LookupError, TypeError, RecursionError)
"""What a value that nobody foresaw does to its reader: it costs that record."""
LISTED_BYTES = RAW_HASH_BYTES // 2
"""Of a detailed record half the hash is of what a list shows, half of the whole."""

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


class Unread(msgspec.Struct, frozen=True, array_like=True):
    """A record that changed; whoever reads it needs nothing else of its page."""

    head: Head
    raw: bytes
    content_hash: bytes
    is_new: bool
    tidy: bool
    whole: bytes = b""
    """Everything the master has of it, where its list shows a part."""


class Found(msgspec.Struct, Generic[Arriving], array_like=True):
    """What came of them."""

    arrivals: list[Arriving]
    refusals: list[Refusal]
    words: list[tuple[str, str]]
    """Each field in whose place is a word that the map does not know, and the word."""
    odd: int = 0
    """How many are not in UTF-8."""


_FOUND: Any = Found
_NOBODY = Head("", UNDATED, None, None)
_encode = msgspec.msgpack.Encoder().encode
_unread = msgspec.msgpack.Decoder(list[Unread]).decode


def words_of(read: Any, stream: str) -> Iterable[tuple[str, str]]:
    """Each field of a record in whose place is a word that its map does not know, and the word."""
    return customers.unknown_words(read) if stream == CUSTOMERS else activity.unknown_words(read)


class Records:
    """Reads records by themselves: strict JSON, the map, the seal."""

    def __init__(self, source: Source, keys: Keyring, stream: Stream) -> None:
        self._source, self._keys, self._stream = source, keys, stream

    def read(self, wanted: list[Unread]) -> Found[Incoming]:
        """What comes of each; none costs the others."""
        found: Found[Incoming] = Found([], [], [])
        for one in wanted:
            self._read(one, found)
        return found

    def answer(self, asked: bytes) -> bytes:
        """The same, in the bytes that processes tell each other."""
        return _encode(self.read(_unread(asked)))

    def _read(self, one: Unread, found: Found[Incoming]) -> None:
        def note_odd() -> None:
            found.odd += 1

        source, head, raw = self._source, one.head, one.whole or one.raw
        try:
            record = decode_object(raw, tidy=one.tidy, odd=note_odd)
            read = source.translate(record, head, self._stream.name)
        except _BEYOND_READING as why:
            found.refusals.append(self.refusal(why, head.external_id, one, head.version))
            return
        found.words += words_of(read, self._stream.name)
        ready, keys, rules = self._stream.arrival, self._keys, source.rules
        found.arrivals.append(
            ready(keys, source.name, read, one.content_hash, raw, rules, is_new=one.is_new)
        )

    def refusal(
        self, why: Exception, name: str | None, one: Unread, version: int | None = None
    ) -> Refusal:
        """A record that cannot be read: its field and rule, never a value."""
        field, shape, rule = "record", "", "beyond_reading"
        if isinstance(why, Refused):
            field, rule, shape = why.field, why.rule, why.shape
        elif isinstance(why, NotStrict):
            rule = str(why)
        subject = name or f"hash:{one.content_hash[:RAW_HASH_BYTES].hex()}"
        kept = one.raw if len(one.raw) <= LARGEST else b""  # five of any size come on every page
        whose = self._whose(one.whole or one.raw)
        return Refusal(subject, name, field, rule, one.content_hash, kept, version, whose, shape)

    def _whose(self, raw: bytes) -> str | None:
        if self._stream.name == CUSTOMERS:
            return None
        try:
            return self._source.whose(decode_object(raw))
        except _BEYOND_READING:  # Refused and NotStrict are among them
            return None


_MOST_WORDS = 10_000


class Unheard:
    """The words of one stream that its map does not know, as one run meets them."""

    def __init__(self, source: Source, stream: str) -> None:
        self._source, self._stream = source, stream
        self._fingerprint: bytes | None = None
        self._new: Counter[tuple[str, str]] = Counter()
        self.places: Counter[str] = Counter()
        """By place in the map: how many records of the run had such a word."""

    def begin(self) -> None:
        """A page is to be read: by the map as it is now."""
        self._fingerprint = self._source.fingerprint

    def note(self, words: Iterable[tuple[str, str]]) -> None:
        """Take the words of records that were read, each with its field."""
        for field, said in words:
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


class Look(msgspec.Struct):
    """A page of which is known who is on it and who did not change; the others are to be read."""

    page: Page
    reading: Reading
    stored: Stored
    """What the mirror has of its records."""
    unread: list[Unread]
    beside: bool = False
    """They are being read by the process beside this one."""


_WORTH = 2_000
"""Records that a listing of everything has brought anew: another process is worth its price."""


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
        self._stream, self._source, self._db = stream, source, db
        self._fingerprint = db.keys.fingerprint("content")
        self._refused_before = refused_before
        self._weights = Weights(source.weigh)
        self._believed = believed
        self._records = Records(source, db.keys, stream)
        self._beside: Beside | None = None
        self._number, self._handed = 0, set[str]()
        self._kind = _FOUND[stream.ready]
        self.unheard = Unheard(source, stream.name)
        self.since: datetime | None = None
        """What is dated later was not here before this run, which may bring it twice."""
        self._came = set[str]()
        self._mended = self._odd = 0

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

    @property
    def ahead(self) -> int:
        """How many pages may be looked at before the first of them is read to its end."""
        return AHEAD if self._beside else 0

    def read(self, page: Page) -> tuple[Reading, Stored]:
        """The page's records and what the mirror has of them; raises MasterProblem."""
        look = self.look(page)
        return self.finish(look), look.stored

    def look(self, page: Page) -> Look:
        """Who is on a page and who did not change; has the others read where that goes on beside.

        Raises MasterProblem.
        """
        gone, gone_at = self._ends(page)
        result = Reading([], [], [], 0, len(page.records), gone=gone, gone_at=gone_at)
        self.unheard.begin()
        pairs = []
        self._mended += page.mended
        for raw in page.records:
            content_hash = self._hash(raw)
            try:
                head = self._source.head(raw, page.at)
            except _BEYOND_READING as why:
                name = why.external_id if isinstance(why, Refused) else None
                one = Unread(_NOBODY, raw, content_hash, False, False)
                result.refusals.append(self._records.refusal(why, name, one))
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
        asked = (self._sorted(result, pair, stored, page) for pair in pairs)
        look = Look(page, result, stored, [one for one in asked if one is not None])
        self._handed.update(one.head.external_id for one in look.unread)
        self._begin(look)
        return look

    def finish(self, look: Look) -> Reading:
        """The page read to its end; raises MasterProblem where whoever reads beside has ended."""
        result, found = look.reading, None
        if look.beside and self._beside and (told := self._beside.answer()):
            found = msgspec.msgpack.decode(told, type=self._kind)
        found = found or self._records.read(look.unread)
        self.unheard.note(found.words)
        self._odd += found.odd
        if self.since:
            self._came.update(one.external_id for one in found.arrivals)
        result.arrivals += found.arrivals
        result.refusals += found.refusals
        result.refused = [refusal.subject for refusal in result.refusals]
        before = self._refused_before
        result.refusals = [r for r in result.refusals if before.get(r.subject) != r.content_hash]
        return result

    def written(self, names: Iterable[str]) -> None:
        """What was found of these is committed."""
        self._handed.difference_update(names)

    def close(self) -> None:
        """End the process beside this one, if there is one."""
        if self._beside:
            self._beside.close()
            self._beside = None

    def _begin(self, look: Look) -> None:
        """Have a page read beside, if it is worth it: a listing of everything has much to read."""
        source = self._source
        self._number += len(look.unread)
        everything = source.reads_ahead and self.since is None
        if self._beside is None and everything and self._number > _WORTH:
            self._beside = beside(self._records.answer)
        if self._beside:
            self._beside.ask(_encode(look.unread))
            look.beside = True

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

    def _sorted(self, result: Reading, pair: _Pair, stored: Stored, page: Page) -> Unread | None:
        """What is to be read of one; None where it did not change, is older or cannot be had."""
        head, raw, content_hash = pair
        name = head.external_id
        if name in stored and self._is_unchanged(stored[name][1], content_hash, name, page):
            result.unchanged += 1
            return None
        older = name in stored and UNDATED != head.version < stored[name][2]
        if older and name not in self._believed:
            result.older.append(name)  # whether it can be read says nothing of the newer one here
            if self.since and head.instant and head.instant > self.since and name not in self._came:
                result.back.append(name)
            return None
        if head.version == UNDATED and name in stored:  # its content alone says whether it changed
            head = msgspec.structs.replace(head, version=stored[name][2])
        is_new = name not in stored and name not in self._handed
        one = Unread(head, raw, content_hash, is_new, page.tidy)
        return self._whole(result, one) if self._source.detailed else one

    def _whole(self, result: Reading, one: Unread) -> Unread | None:
        name, version = one.head.external_id, one.head.version
        try:
            whole = self._source.whole(one.raw, one.head)
        except _BEYOND_READING as why:
            result.refusals.append(self._records.refusal(why, name, one, version))
        else:
            content = one.content_hash[:LISTED_BYTES] + self._hash(whole)[LISTED_BYTES:]
            tidy = one.tidy and whole is one.raw
            return msgspec.structs.replace(one, content_hash=content, tidy=tidy, whole=whole)
        return None

    def _stored(self, names: list[str]) -> Stored:
        with self._db.reading() as connection:
            return self._stream.shelf.hashes(connection, self._source.name, names)

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
