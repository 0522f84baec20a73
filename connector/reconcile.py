"""What the master no longer has: the sweep, the hold, and the proof that both sides are the same.

Absence is believed only after a listing that reached its end, and only for a few: more than
max(50, 2 %), or half of them, waits on hold for a person (promise 4).
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import Connection

from connector.mapping.values import Refused
from connector.page_reader import LISTED_BYTES, Reading, Stored
from connector.sources import Page, Source
from mirror.instants import instant_of
from mirror.records import CUSTOMERS
from mirror.standing import Rules
from mirror.store.engine import Database, fenced
from mirror.store.progress import Figures, fact, feed, load_checkpoint, now_us, set_fact
from mirror.store.sealing import load
from mirror.writing import BY_NAME, Stream, holds, quarantine
from mirror.writing.holds import GONE, OLDER
from mirror.writing.judgement import RAW_HASH_BYTES

_AT_ONCE = 2_000
_AHEAD = "updated_at_future"
_TOGETHER_US = 7 * 24 * 3600 * 1_000_000
"""Sweeps of so long count together: fifty that go every night are a mass removal, too."""
_SWEPT = "swept {}"


class Census:
    """Who of one source was seen in a sweep: one bit a customer, a megabyte for eight million."""

    def __init__(
        self, connection: Connection, source: str, stream: Stream, refused: Iterable[str]
    ) -> None:
        self.source, self.stream = source, stream
        self.unseen_refused = set(refused)
        """Subjects in quarantine before the sweep that did not occur in it, read or not."""
        self.left: set[str] = set()
        """Who is listed and stays away: what the master has is no newer than what was removed."""
        self._end = stream.shelf.end(connection)
        self._seen = bytearray(self._end // 8 + 1)
        self._older: set[int] = set()
        self.began: datetime | None = None
        """The master's clock when the listing began."""
        self.late = 0
        """How many of those missing stay since they changed but a moment before."""
        self.known = stream.shelf.number(connection, source)
        """How many records of the source there were when the sweep began."""

    @property
    def feed(self) -> str:
        """What quarantine and holds call the stream."""
        return feed(self.source, self.stream.name)

    def take(self, reading: Reading, stored: Stored, at: datetime) -> None:
        """Who is on a page, answered then, read or refused."""
        self.began = self.began or at
        self.see(stored, reading.older)
        self.see_refused(head.external_id for head in reading.heads)
        self.see_refused(reading.refused)

    def see(self, stored: Stored, older: Iterable[str]) -> None:
        """The rows of a page, those among them of which the master's is ``older`` than ours."""
        behind = {stored[name][0] for name in older}
        self._older |= behind
        for row_id, _, _ in stored.values():
            if row_id < self._end and row_id not in behind:
                self._seen[row_id >> 3] |= 1 << (row_id & 7)

    def see_refused(self, subjects: Iterable[str]) -> None:
        """These occurred: whether they stay in quarantine is decided where they are written."""
        self.unseen_refused.difference_update(subjects)

    def misses(self, row_id: int) -> bool:
        """Whether the row was there before the sweep and was not seen by it, in any state."""
        # Of every row this is asked, so that it costs no second call.
        unseen = row_id < self._end and not self._seen[row_id >> 3] & 1 << (row_id & 7)
        return unseen and row_id not in self._older

    def is_older(self, row_id: int) -> bool:
        """Whether the master's row was never seen but older than ours."""
        return row_id in self._older and self._unseen(row_id)

    @property
    def some_older(self) -> bool:
        """Whether any row was seen older than ours."""
        return bool(self._older)

    def _unseen(self, row_id: int) -> bool:
        return row_id < self._end and not self._seen[row_id >> 3] & 1 << (row_id & 7)


class Absent(msgspec.Struct, frozen=True):
    """What a complete sweep says of who is gone, before anything is done about it."""

    missing: list[str]
    older: set[str]
    """Whose row at the master is older than ours."""
    swept: list[tuple[int, int]]
    """When sweeps removed how many that count with these."""
    released: bool
    """They are too many to believe, and a person let these very ones go."""
    held: bool
    """They are too many to believe."""


def absent(db: Database, census: Census, overlap: timedelta) -> Absent:
    """Whom a complete sweep did not see, and whether they wait for a person; no write.

    ``overlap``: how late a change may become visible at the master.
    """
    missing = _believed(db, census, list(_missing(db, census)), overlap)
    older = census.left | set(_older(db, census))
    with db.reading() as connection:
        swept = _swept(connection, census.feed)
    before = sum(number for _, number in swept) if missing else 0
    doubtful = bool(older and missing) or holds.too_many(
        len(missing) + before, census.known + before
    )
    released = doubtful and _released(db, census.feed, missing)
    return Absent(missing, older, swept, released, doubtful and not released)


def settle(db: Database, census: Census, rules: Rules, fence: int, overlap: timedelta) -> Figures:
    """Remove whom a complete sweep did not see, or put the removal on hold.

    What it did not see leaves quarantine too: the record is gone, or has an id by now.
    """
    source, where, found = census.source, census.feed, absent(db, census, overlap)
    missing, older = found.missing, len(found.older)
    _settle_older(db, census, found.older, fence)
    if found.held:
        with fenced(db, fence) as connection:
            holds.put(connection, where, GONE, missing, census.known)
        return Figures(held=len(missing) + older)
    for start in range(0, len(missing), _AT_ONCE):
        with fenced(db, fence) as connection:
            part = missing[start : start + _AT_ONCE]
            census.stream.remove(connection, source, part, "sweep", rules)
    with fenced(db, fence) as connection:
        holds.clear(connection, where, GONE)
        quarantine.clear(connection, where, census.unseen_refused)
        if missing:  # whom a person let go count no more
            swept = [] if found.released else [*found.swept, (now_us(), len(missing))]
            set_fact(connection, _SWEPT.format(where), msgspec.json.encode(swept).decode())
    return Figures(gone=len(missing), held=older)


def _believed(
    db: Database, census: Census, missing: list[tuple[str, int]], overlap: timedelta
) -> list[str]:
    """Whose absence is believed; who changed just before the listing began stays for now.

    Replicas are behind: who was made a moment ago is here, and on no page of theirs. Removed, the
    tombstone would refuse them when the next runs of changes bring them.
    """
    began, late = census.began, set[int]()
    if began is None or census.stream.name != CUSTOMERS:  # what they did comes again by itself
        return [name for name, _ in missing]
    for start in range(0, len(missing), _AT_ONCE):
        ids = [row_id for _, row_id in missing[start : start + _AT_ONCE]]
        with db.reading() as connection:
            for one in load(connection, db.keys, ids):
                changed = one.customer.updated_at
                if _AHEAD in one.customer.flags:  # such a date says nothing of when
                    changed = instant_of(one.observed_at)
                if changed is not None and abs(changed - began) <= overlap:
                    late.add(one.id)
    census.late = len(late)
    return [name for name, row_id in missing if row_id not in late]


def _swept(connection: Connection, where: str) -> list[tuple[int, int]]:
    """When sweeps removed how many, within a week and since a person last let some go."""
    told = msgspec.json.decode(fact(connection, _SWEPT.format(where), "[]"))
    return [(at, number) for at, number in told if at > now_us() - _TOGETHER_US]


def _settle_older(db: Database, census: Census, older: set[str], fence: int) -> None:
    """Hold whose row at the master is older than ours, or hold nobody for that any more."""
    with db.reading() as connection:
        before = OLDER in holds.standing(connection, census.feed)
    if not (older or before):
        return
    with fenced(db, fence) as connection:
        if older:
            holds.put(connection, census.feed, OLDER, older, census.known)
        else:
            holds.clear(connection, census.feed, OLDER)


def unproven(doubt: str) -> str:
    """That a listing may lack somebody, and why, in a sentence."""
    return f"Whether that is everybody cannot be told: {doubt}."


def missing(db: Database, census: Census) -> int:
    """How many the mirror has that were not seen by the listing so far."""
    return sum(1 for _ in _missing(db, census))


def _missing(db: Database, census: Census) -> Iterator[tuple[str, int]]:
    rows = census.stream.shelf.everything(db, census.source)
    return (row[:2] for row in rows if census.misses(row[1]))


def _older(db: Database, census: Census) -> Iterator[str]:
    rows = census.stream.shelf.everything(db, census.source) if census.some_older else ()
    return (row[0] for row in rows if census.is_older(row[1]))


def _released(db: Database, source: str, missing: list[str]) -> bool:
    """Whether a person let these very customers go, within the last day."""
    with db.reading() as connection:
        return set(missing) <= holds.held(connection, source, GONE, released=True)


# Proves that the mirror has what the master has: a listing against the rows, bucket by bucket.
#
# Both sides fall into 1,024 buckets by a keyed hash of the id; each bucket has a count and the sum
# of keyed hashes of id and content. Equal buckets hold the same customers with the same bytes.
# Nothing is written, and a million customers take no more memory than a thousand, except where a
# master's pages may repeat somebody.

BUCKETS = 1_024
_MODULUS = 2**64

Member = tuple[str, bytes]
"""An external id and the keyed hash of what the master sent of it."""
_CLOCK_DRIFT = timedelta(minutes=5)


_HELD = " {:,} wait for a person before that: see `espelho hold list`, `espelho hold release {}`."


class Proof(msgspec.Struct, frozen=True):
    """What the comparison found."""

    source: str
    listed: int
    mirrored: int
    """Customers in the mirror, and those waiting in quarantine."""
    differing: int
    """Buckets that are not the same."""
    suspects: list[str]
    """Ids that are on one side only, or differ; at most as many as were asked for."""
    held: int = 0
    """Records that wait for a person: no sync brings those in step."""
    younger: int = 0
    """Who differs because the master changed it since the copy's last run: that is its next's."""
    doubt: str | None = None
    """Why the listing may lack somebody, so that nothing is proven; see `Source.doubt`."""

    @property
    def same(self) -> bool:
        """Whether nobody differs who should not, of a listing that has everybody."""
        return not self.suspects and self.doubt is None

    @property
    def sentence(self) -> str:
        """The proof, or what to do."""
        equal = f"{BUCKETS - self.differing:,} of {BUCKETS:,} buckets are the same"
        if self.doubt:
            equal = f"{unproven(self.doubt)} Of what was listed {equal}"
        if self.differing == 0:
            return (
                f"{equal}: the mirror has the {self.listed:,} customers that {self.source} lists, "
                "byte for byte."
            )
        both = (
            f"{equal}: {self.source} lists {self.listed:,} customers, the mirror has "
            f"{self.mirrored:,}."
        )
        moved = f" {self.younger:,} changed there since the last run, which the next one brings."
        both += moved if self.younger else ""
        if not self.suspects:
            return f"{both} Nobody else differs, looked at twice."
        return f"{both} `espelho sync --full --source {self.source}` brings the rest in step." + (
            _HELD.format(self.held, self.source) if self.held else ""
        )


class _Buckets:
    def __init__(self, bucket_of: Callable[[bytes], bytes]) -> None:
        self._hash = bucket_of
        self.counts = [0] * BUCKETS
        self.sums = [0] * BUCKETS

    def number(self, name: str) -> int:
        return int.from_bytes(self._hash(name.encode())[:2]) % BUCKETS

    def add(self, members: Iterable[Member]) -> "_Buckets":
        for name, content in members:
            place = self.number(name)
            self.counts[place] += 1
            mark = int.from_bytes(self._hash(name.encode() + b"\0" + content)[:8])
            self.sums[place] = (self.sums[place] + mark) % _MODULUS
        return self


def prove(db: Database, source: Source, most: int = 20) -> Proof:
    """Compare a complete listing of the master with the mirror; raises MasterProblem."""
    bucket_of = db.keys.fingerprint("bucket")
    there = _Buckets(bucket_of).add(_listed(db, source))
    doubt = source.doubt
    here = _Buckets(bucket_of).add(_mirrored(db, source))
    differing = {
        place
        for place in range(BUCKETS)
        if (there.counts[place], there.sums[place]) != (here.counts[place], here.sums[place])
    }
    suspects, younger = set[str](), set[str]()
    if differing:
        suspects, younger = _suspects(db, source, lambda name: here.number(name) in differing)
    listed, mirrored = sum(there.counts), sum(here.counts)
    held = sum(one.missing for one in holds.holds(db, source.name))
    named, moved = sorted(suspects)[:most], len(younger)
    return Proof(source.name, listed, mirrored, len(differing), named, held, moved, doubt)


def _suspects(
    db: Database, source: Source, wanted: Callable[[str], bool]
) -> tuple[set[str], set[str]]:
    """Who still differs at a second look; and of those apart, whom the copy cannot have yet.

    A master at work changes somebody between any two looks: what it dates after the copy's last
    run is not late.
    """
    with db.reading() as connection:
        at = load_checkpoint(connection, source.name, source.streams[0]).succeeded_at
    changed: dict[str, datetime | None] = {}
    there = {member for member in _listed(db, source, changed) if wanted(member[0])}
    here = {member for member in _mirrored(db, source) if wanted(member[0])}
    apart = {name for name, _ in there ^ here}
    since = None if at is None else instant_of(at) - _CLOCK_DRIFT
    dated = {name: changed.get(name) for name in apart}
    younger = {name for name, then in dated.items() if since and then and then > since}
    return apart - younger, younger


def _listed(
    db: Database, source: Source, changed: dict[str, datetime | None] | None = None
) -> Iterator[Member]:
    members = (member for page in _pages(source) for member in _members(db, source, page, changed))
    return iter(_met(db, source, changed).items()) if source.repeats else members


def _met(
    db: Database, source: Source, changed: dict[str, datetime | None] | None
) -> dict[str, bytes]:
    """The last word on everybody, where a listing may bring somebody twice or tell of their end."""
    found: dict[str, bytes] = {}
    for page in _pages(source):
        found.update(_members(db, source, page, changed))
        for name in page.gone:
            found.pop(name, None)
    return found


def _pages(source: Source) -> Iterator[Page]:
    for page in source.pages(None):
        if page.confirm:  # nothing of it is kept, nor is its place in the listing
            source.confirm()
        if page.stream == source.streams[0]:
            yield page


def _members(
    db: Database, source: Source, page: Page, changed: dict[str, datetime | None] | None
) -> Iterator[Member]:
    fingerprint, length = db.keys.fingerprint("content"), _length(source)
    for raw in page.records:
        content = fingerprint(raw)[:length]
        try:
            head = source.head(raw, page.at)
            name = head.external_id
            if changed is not None:
                changed[name] = head.instant
        except Refused as why:
            name = why.external_id or f"hash:{fingerprint(raw)[:RAW_HASH_BYTES].hex()}"
        yield name, content


def _mirrored(db: Database, source: Source) -> Iterator[Member]:
    length, shelf = _length(source), BY_NAME[source.streams[0]].shelf
    with db.reading() as connection:
        known = quarantine.known(connection, feed(source.name, source.streams[0]))
    refused = {name: content[:length] for name, content in known.items()}
    yield from refused.items()
    rows = shelf.everything(db, source.name)
    yield from ((name, content[:length]) for name, _, content in rows if name not in refused)


def _length(source: Source) -> int:
    # Of a detailed record the list shows a part, and half of the hash is of that part.
    return LISTED_BYTES if source.detailed else RAW_HASH_BYTES


_TAKES_MORE = "a sweep takes more requests than: {}"


def note_sweep(connection: Connection, source: str, spent: int, declared: str) -> None:
    """A sweep took more than so many requests; 0: it came to its end."""
    set_fact(connection, _TAKES_MORE.format(source), f"{spent} {declared}")


def sweep_fits(db: Database, source: str, left: int, declared: str) -> bool:
    """Whether a sweep may come to its end with so many requests: one with no more did not.

    ``declared``: how the master was then, and is now; declared otherwise, it may take fewer.
    """
    with db.reading() as connection:
        told = fact(connection, _TAKES_MORE.format(source), "0 ")
    spent, _, then = told.partition(" ")
    return left > int(spent) or spent == "0" or then != declared
