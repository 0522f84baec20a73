"""What waits for a person: too many gone at once, rows older than ours, a field that many lose.

Nothing on hold is carried out, nobody of it is lost, and the copy is not called fresh meanwhile. A
person looks at the master and takes its word (`release`); who is not in the hold shown is not let
go by it.
"""

import json
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec
from sqlalchemy import Connection, delete, select, update

from mirror.facets import FIELDS, OF_PEOPLE, Facet, minus, size, unpacked_ids
from mirror.store.engine import Database, engine_of, upsert
from mirror.store.progress import fact, now_us, set_fact
from mirror.store.tables import facet, hold
from mirror.writing import quarantine
from mirror.writing.quarantine import LOST, Refusal

if TYPE_CHECKING:
    from mirror.writing.customers import Arrival, Here

GONE, OLDER = "gone", "older"
"""Kinds of holds; a further one is named as the field that is lost, see `WATCHED`."""
_LABELS = ("seller", "group", "tag")
_NO_WORD = ("registration", "unknown")
WATCHED = (*FIELDS, *_LABELS, "registration")
"""What a customer can lose, as the kind of a hold calls it."""

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
    GONE: "{number:,} are missing at the master, too many to believe: held, nothing was removed. "
    "What sweeps removed within seven days counts with them.",
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
    # Of a few customers most may be within the fifty: a master that lost half is held too.
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


# A field that many customers lose at once: a key that lost rights, a form or a map that is wrong.
#
# What a customer lacks is among its facets, before and after: no record has to be opened. Who would
# lose the field waits in quarantine with everything that came, the others go on; a newer row that
# has it again ends the waiting by itself.


NOBODY: tuple[list[Refusal], set[str]] = ([], set())
"""What `Losses.keep_back` says where all may go on."""


class Losses:
    """Counts who loses which field of one source, in this run and today, and holds too many."""

    def __init__(self, source: str, known: Mapping[str, bytes] | None = None) -> None:
        """``known``: content hashes of what waits already (`quarantine.known`)."""
        self._source, self._known = source, known or {}
        self._ids: dict[Facet, int] = {}
        self._today: Counter[str] = Counter()
        self._noted: Counter[str] = Counter()
        self._values: dict[str, Counter[frozenset[int]]] = {}

    def keep_back(
        self, connection: Connection, accepted: "dict[str, Arrival]", present: "Mapping[str, Here]"
    ) -> tuple[list[Refusal], set[str]]:
        """Take out of ``accepted`` who would be among too many; what is new of them, and all."""
        changed = [name for name in accepted if name in present and present[name].facets]
        if not changed:
            return [], set()
        self._load(connection)
        lost = self._lost(changed, accepted, present)
        back: dict[str, str] = {}
        for field, names in lost.items():
            if self._holds(connection, field, names):
                back = dict.fromkeys(names, field) | back
        for field, names in lost.items():
            self._today[field] += sum(name not in back for name in names)
        if lost:
            told = json.dumps([_today(), self._today])
            set_fact(connection, self._fact, told)
        taken = [_refusal(accepted.pop(name), field) for name, field in back.items()]
        new = [one for one in taken if self._known.get(one.subject) != one.content_hash]
        return new, set(back)

    def count(
        self, connection: Connection, accepted: "dict[str, Any]", present: "Mapping[str, Any]"
    ) -> None:
        """Note who would lose what, of a run that writes nothing."""
        changed = [name for name in accepted if name in present and present[name].facets]
        if changed:
            self._load(connection)
            for field, names in self._lost(changed, accepted, present).items():
                self._noted[field] += len(names)

    def too_many(self, connection: Connection) -> dict[str, int]:
        """Of what was noted: which fields too many would lose, and how many."""
        found: dict[str, int] = {}
        for field, number in self._noted.items():
            some = number + self._today[field]
            known = self._had(connection, field) + self._today[field]
            if too_many(some, known) and not self._is_one_value(field, some, known):
                found[field] = some
        return found

    @property
    def _fact(self) -> str:
        return f"lost/{self._source}"

    def _load(self, connection: Connection) -> None:
        named = ("missing", "kind", "source", "registration", *_LABELS)
        wanted = select(facet).where(facet.c.name.in_(named))
        self._ids = {(row.name, row.value): row.id for row in connection.execute(wanted)}
        self._labels: dict[str, set[int]] = {field: set() for field in _LABELS}
        for (name, _), number in self._ids.items():
            if name in self._labels:
                self._labels[name].add(number)
        day, counted = json.loads(fact(connection, self._fact, '["", {}]'))
        self._today = Counter(counted if day == _today() else {})

    def _lost(
        self, names: list[str], accepted: "dict[str, Arrival]", present: "Mapping[str, Here]"
    ) -> dict[str, list[str]]:
        """By field who had it and has it no more."""
        found: dict[str, list[str]] = {}
        company = self._ids.get(("kind", "PJ"))
        for name in names:
            now = accepted[name].facets
            before = unpacked_ids(present[name].facets)
            for field in (field for kind, field in now if kind == "missing"):
                asked = field not in OF_PEOPLE or company not in before
                if asked and self._ids.get(("missing", field)) not in before:
                    found.setdefault(field, []).append(name)
            for field in self._unlabelled(now, before):
                found.setdefault(field, []).append(name)
        return {field: found[field] for field in WATCHED if field in found}

    def _unlabelled(self, now: tuple[Facet, ...], before: set[int]) -> Iterator[str]:
        """What one is no longer called by: their sellers, groups and tags, and the registration."""
        if _NO_WORD in now and self._ids.get(_NO_WORD) not in before:
            yield "registration"
        kept = {name for name, _ in now}
        for field in _LABELS:
            if field not in kept and (values := self._labels[field] & before):
                self._values.setdefault(field, Counter())[frozenset(values)] += 1
                yield field

    def _is_one_value(self, field: str, some: int, known: int) -> bool:
        """Whether it is one value alone that went, as a tag does or a seller, and not the field."""
        values = self._values.get(field)
        if values is None or 2 * some > known:
            return False
        one = max((number for value, number in values.items() if len(value) == 1), default=0)
        return not too_many(values.total() - one, known)

    def _holds(self, connection: Connection, field: str, names: list[str]) -> bool:
        released = held(connection, self._source, field, released=True)
        asked = [name for name in names if name not in released]
        waiting = held(connection, self._source, field) - released
        some = len(asked) + self._today[field]
        if not asked or (not waiting and some <= _FEW):
            return False
        known = self._had(connection, field) + self._today[field]
        if not waiting and (not too_many(some, known) or self._is_one_value(field, some, known)):
            return False
        put(connection, self._source, field, waiting.union(asked), known)
        return True

    def _had(self, connection: Connection, field: str) -> int:
        """How many of the source have the field now; of labels, as many as have one each."""
        engine = engine_of(connection)
        if field in _LABELS:
            return sum(engine.sizes(connection, facet.c.name == field).values())
        lacking = _NO_WORD if field == "registration" else ("missing", field)
        everybody, without = (
            engine.members(connection, self._ids[one]) if one in self._ids else {}
            for one in (("source", self._source), lacking)
        )
        return size(minus(everybody, without))


def end_losses(connection: Connection, source: str) -> None:
    """Who lost a field and was mended, removed or let go waits no more."""
    for kind in standing(connection, source).keys() & set(WATCHED):
        waiting = quarantine.breaking(connection, source, LOST)
        narrow(connection, source, kind, held(connection, source, kind) & waiting)


def released_losses(connection: Connection, source: str) -> set[str]:
    """Who may lose a field after all, as a person said."""
    kinds = standing(connection, source).keys() & set(WATCHED)
    return {name for kind in kinds for name in held(connection, source, kind, released=True)}


def _refusal(one: "Arrival", field: str) -> Refusal:
    name = one.external_id
    return Refusal(name, name, field, LOST, one.content_hash, one.raw, one.version)


def _today() -> str:
    return datetime.now(UTC).date().isoformat()
