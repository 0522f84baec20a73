"""What waits for a person: too many gone at once, rows older than ours, a field that many lose.

Nothing on hold is carried out, nobody of it is lost, and the copy is not called fresh meanwhile. A
person looks at the master and takes its word (`release`); who is not in the hold shown is not let
go by it.
"""

from collections.abc import Collection, Iterable

import msgspec
from sqlalchemy import Connection, delete, select, update

from mirror.store.engine import Database, upsert
from mirror.store.progress import now_us
from mirror.store.tables import hold

GONE, OLDER = "gone", "older"
"""Kinds of holds; a further one is named as the field that is lost (`mirror.facets.FIELDS`)."""

_FEW, _MANY = 5, 50
_RELEASE_LASTS_US = 24 * 3600 * 1_000_000
_put = upsert(hold)


class Hold(msgspec.Struct, frozen=True):
    """Something that waits for a person."""

    source: str
    """The source, or the source and its stream: ``loja/orders``."""
    kind: str
    held_at: int
    missing: int
    """How many records it is about."""
    known: int
    """Of how many."""
    released_at: int | None

    @property
    def sentence(self) -> str:
        """What happened and what to do, in one line."""
        what = _SENTENCES.get(self.kind, _LOST)
        told = what.format(number=self.missing, known=self.known, kind=self.kind)
        return f"{told} Look at the master, then `espelho hold release {self.source}`."


_SENTENCES = {
    GONE: "{number:,} are missing at the master, too many to believe: held, nothing was removed.",
    OLDER: "{number:,} are older at the master than here (a backup put back, or versions that were "
    "wrong?): held, ours were left and nobody was removed.",
}
_LOST = (
    "{number:,} of the {known:,} that had it lose their {kind} at the master at once: held, they "
    "stay as they were."
)
_COLUMNS = tuple(hold.c[name] for name in Hold.__struct_fields__)


def too_many(some: int, known: int) -> bool:
    """Whether so many of so many need a person: more than max(50, 2 %), or half of a few."""
    return some > max(_MANY, known // 50) or some > max(_FEW, known // 2)


def put(connection: Connection, source: str, kind: str, ids: Collection[str], known: int) -> None:
    """Hold this of ``source`` from now on, or go on holding it; what was released is no more."""
    here = (hold.c.source == source) & (hold.c.kind == kind)
    since = connection.execute(select(hold.c.held_at).where(here)).scalar() or now_us()
    _put.one(connection, source, kind, since, len(ids), known, "\n".join(sorted(ids)), None)


def clear(connection: Connection, source: str, kind: str) -> None:
    """Nothing of this kind is on hold any more."""
    connection.execute(delete(hold).where(hold.c.source == source, hold.c.kind == kind))


def narrow(connection: Connection, source: str, kind: str, left: Collection[str]) -> None:
    """Of what is on hold only these are ``left``; who released it is not asked again."""
    here = (hold.c.source == source) & (hold.c.kind == kind)
    if not left:
        clear(connection, source, kind)
    else:
        some = {"missing": len(left), "ids": "\n".join(sorted(left))}
        connection.execute(update(hold).where(here, hold.c.missing > len(left)).values(some))


def standing(connection: Connection, source: str) -> dict[str, Hold]:
    """What is on hold of ``source``, by kind."""
    query = select(*_COLUMNS).where(hold.c.source == source)
    return {row.kind: Hold(*row) for row in connection.execute(query)}


def held(connection: Connection, source: str, kind: str, *, released: bool = False) -> set[str]:
    """The ids on hold; with ``released`` those whom a person let go within the last day."""
    query = select(hold.c.ids).where(hold.c.source == source, hold.c.kind == kind)
    if released:
        query = query.where(hold.c.released_at >= now_us() - _RELEASE_LASTS_US)
    return set((connection.execute(query).scalar() or "").split("\n")) - {""}


def holds(db: Database, source: str | None = None) -> list[Hold]:
    """Everything on hold, or all that is of one source and stream."""
    query = select(*_COLUMNS).order_by(hold.c.source, hold.c.kind)
    with db.reading() as connection:
        rows = connection.execute(query if source is None else query.where(hold.c.source == source))
        return [Hold(*row) for row in rows]


def release(db: Database, source: str, kinds: Iterable[str] | None = None) -> bool:
    """Let what is on hold go, of these kinds alone where some are named; False where nothing is."""
    chosen = hold.c.source == source
    if kinds is not None:
        chosen &= hold.c.kind.in_(list(kinds))
    with db.writing() as connection:
        done = connection.execute(update(hold).where(chosen).values(released_at=now_us()))
        return bool(done.rowcount)
