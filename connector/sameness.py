"""Proves that the mirror has what the master has: a listing against the rows, bucket by bucket.

Both sides fall into 1,024 buckets by a keyed hash of the id; each bucket has a count and the sum
of keyed hashes of id and content. Equal buckets hold the same customers with the same bytes.
Nothing is written, and a million customers take no more memory than a thousand, except where a
master's pages may repeat somebody.
"""

from collections.abc import Callable, Iterable, Iterator

import msgspec

from connector.maps.values import Refused
from connector.reading import LISTED_BYTES
from connector.sources.source import Source
from mirror import quarantine
from mirror.database import Database
from mirror.planning import RAW_HASH_BYTES
from mirror.progress import feed
from mirror.streams import BY_NAME

BUCKETS = 1_024
_MODULUS = 2**64

Member = tuple[str, bytes]
"""An external id and the keyed hash of what the master sent of it."""


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

    @property
    def same(self) -> bool:
        """Whether every bucket is the same."""
        return self.differing == 0

    @property
    def sentence(self) -> str:
        """The proof, or what to do."""
        equal = f"{BUCKETS - self.differing:,} of {BUCKETS:,} buckets are the same"
        if self.same:
            return (
                f"{equal}: the mirror has the {self.listed:,} customers that {self.source} lists, "
                "byte for byte."
            )
        return (
            f"{equal}: {self.source} lists {self.listed:,} customers, the mirror has "
            f"{self.mirrored:,}. What changed meanwhile differs rightly; "
            f"`espelho sync --full --source {self.source}` brings the rest in step."
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
    here = _Buckets(bucket_of).add(_mirrored(db, source))
    differing = {
        place
        for place in range(BUCKETS)
        if (there.counts[place], there.sums[place]) != (here.counts[place], here.sums[place])
    }
    suspects: list[str] = []
    if differing:
        suspects = sorted(_suspects(db, source, lambda name: here.number(name) in differing))[:most]
    return Proof(source.name, sum(there.counts), sum(here.counts), len(differing), suspects)


def _suspects(db: Database, source: Source, wanted: Callable[[str], bool]) -> set[str]:
    there = {member for member in _listed(db, source) if wanted(member[0])}
    here = {member for member in _mirrored(db, source) if wanted(member[0])}
    return {name for name, _ in there ^ here}


def _listed(db: Database, source: Source) -> Iterator[Member]:
    members = _members(db, source)
    return iter(dict(members).items()) if source.shifting else members


def _members(db: Database, source: Source) -> Iterator[Member]:
    fingerprint, length = db.keys.fingerprint("content"), _length(source)
    mine = (page for page in source.pages(None) if page.stream == source.streams[0])
    for page in mine:
        for raw in page.records:
            content = fingerprint(raw)[:length]
            try:
                name = source.head(raw, page.at).external_id
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
