"""Finds customers: by what was typed, by id, or page by page.

Every statement does bounded work, whatever the term and however many customers there are: keys are
exact, lists are walked by id, and a name that is too common is cut off, never sorted.
"""

from heapq import nlargest, nsmallest

import msgspec
from sqlalchemy import Connection, bindparam, func, select

from mirror import quarantine, tally
from mirror.database import Database
from mirror.identifiers import Query, Reading, name_words, phone_tail
from mirror.prepared import Prepared
from mirror.records import REGISTRATIONS, Customer
from mirror.rows import seal_row
from mirror.sealing import Keyring
from mirror.tables import customer, lookup
from mirror.tables import tally as tally_table

_decode = msgspec.msgpack.Decoder(Customer).decode
_ROW = select(
    customer.c.id,
    customer.c.source,
    customer.c.external_id,
    customer.c.version,
    customer.c.observed_at,
    customer.c.doc,
)
_by_key = Prepared(
    select(lookup.c.customer)
    .where(lookup.c.key == bindparam("k"))
    .order_by(lookup.c.customer.desc())
    .limit(bindparam("n")),
    "k",
    "n",
)
_sources = select(tally_table.c.source).distinct()
_by_code = Prepared(
    select(customer.c.id).where(
        customer.c.source.in_(_sources), customer.c.external_id == bindparam("code")
    ),
    "code",
)
_OTHER_AREAS = 100
"""So many customers may share the last eight digits with somebody in another area."""
_MOST_ID = 2**63 - 1  # an address may name any number; the database knows 64 bits
_NAME_SCAN = 20_000
"""At most this many holders of the rarest word are looked at: bounded work for any name."""


class Found(msgspec.Struct, frozen=True):
    """A customer as the mirror has it."""

    id: int
    source: str
    external_id: str
    version: int
    observed_at: int
    """When this version was written here, microseconds since 1970."""
    customer: Customer
    problem: tuple[str, str] | None = None
    """Field and rule of a newer row of the master that could not be read (see quarantine)."""


class Filters(msgspec.Struct, frozen=True):
    """What a list shows."""

    kind: str = "PF"
    registration: str | None = None
    category: str | None = None


class Page(msgspec.Struct, frozen=True):
    """A page of a list, newest first; ``older`` and ``newer`` are the cursors of its neighbours."""

    rows: list[Found]
    older: int | None
    newer: int | None


def find(db: Database, query: Query, limit: int = 50) -> list[Found]:
    """Every customer that any reading of the query fits, newest first, at most ``limit``."""
    found: dict[int, Found] = {}
    with db.reading() as connection:
        for reading in query.readings:
            ids = _ids(connection, db.keys, reading, limit)
            rows = _load(connection, db.keys, [one for one in ids if one not in found])
            found.update((row.id, row) for row in rows if _fits(row.customer, reading))
    return [found[row_id] for row_id in nlargest(limit, found)]


def get(db: Database, customer_id: int) -> Found | None:
    """One customer by the mirror's own id, with what is wrong with its newer row, if any."""
    if not 0 < customer_id <= _MOST_ID:
        return None
    with db.reading() as connection:
        found = _load(connection, db.keys, [customer_id])
        if not found:
            return None
        row = found[0]
        problem = quarantine.problem(connection, row.source, row.external_id)
        return msgspec.structs.replace(row, problem=problem) if problem else row


def browse(
    db: Database,
    filters: Filters,
    *,
    before: int | None = None,
    after: int | None = None,
    limit: int = 50,
) -> Page:
    """A page of the list: what comes after the id ``before``, or before the id ``after``.

    Deep pages cost what the first costs: each is a walk along an index from where the last ended.
    """
    with db.reading() as connection:
        ids = _page_ids(connection, filters, before, after, limit + 1)
        more, ids = len(ids) > limit, ids[:limit]
        rows = _load(connection, db.keys, sorted(ids, reverse=True))
    if not rows:
        return Page([], None, None)
    backwards = after is not None
    older = rows[-1].id if more or backwards else None
    newer = rows[0].id if (more if backwards else before is not None) else None
    return Page(rows, older, newer)


def categories(db: Database) -> list[tuple[str, int]]:
    """Every category that has customers, and how many."""
    with db.reading() as connection:
        return tally.by_category(connection)


def counts(db: Database, filters: Filters) -> int:
    """How many customers a list with these filters has; always equal to its rows."""
    columns = tally_table.c
    conditions = [columns.kind == filters.kind]
    if filters.registration:
        conditions.append(columns.registration == filters.registration)
    if filters.category:
        conditions.append(columns.category == filters.category)
    with db.reading() as connection:
        return tally.count(connection, *conditions)


def open_row(keys: Keyring, source: str, external_id: str, version: int, doc: bytes) -> Customer:
    """The record inside a row; raises SealBroken when it was not sealed for this row."""
    return _decode(keys.open(doc, seal_row(source, external_id, version)))


def _ids(connection: Connection, keys: Keyring, reading: Reading, limit: int) -> list[int]:
    if reading.kind == "name":
        return _by_name(connection, keys, reading.value, limit)
    if reading.kind == "code":
        found = [
            *_by_code.one(connection, reading.value),
            *_by_key.one(connection, keys.blind("code", reading.value), limit),
        ]
    elif reading.kind == "phone":
        tail = keys.blind("phone_tail", phone_tail(reading.value))
        found = [*_by_key.one(connection, tail, limit + _OTHER_AREAS)]
    else:
        found = [*_by_key.one(connection, keys.blind(reading.kind, reading.value), limit)]
    return [row[0] for row in found]


def _fits(record: Customer, reading: Reading) -> bool:
    """Whether a whole phone number is really there: its key is only its last eight digits."""
    if reading.kind != "phone":
        return True
    phones = [*record.phones, *(contact.phone for contact in record.contacts if contact.phone)]
    return any(phone.number == reading.value for phone in phones)


def _by_name(connection: Connection, keys: Keyring, name: str, limit: int) -> list[int]:
    words = [keys.blind("name", word) for word in name_words(name)]
    if not words:
        return []
    rarest, *others = sorted(words, key=lambda word: _holders(connection, word))
    statement = select(lookup.c.customer).where(lookup.c.key == rarest)
    held = statement.order_by(lookup.c.customer.desc()).limit(_NAME_SCAN).subquery()
    matching = select(held.c.customer)
    for word in others:
        other = lookup.alias()
        matching = matching.join(
            other, (other.c.key == word) & (other.c.customer == held.c.customer)
        )
    return list(connection.scalars(matching.limit(limit)))


def _holders(connection: Connection, word: bytes) -> int:
    some = select(lookup.c.customer).where(lookup.c.key == word).limit(_NAME_SCAN).subquery()
    return int(connection.execute(select(func.count()).select_from(some)).scalar_one())


def _page_ids(
    connection: Connection, filters: Filters, before: int | None, after: int | None, limit: int
) -> list[int]:
    # One short walk per registration, merged here: no index serves several in the order of ids.
    wanted = (filters.registration,) if filters.registration else REGISTRATIONS
    walks = [_walk(connection, filters, state, before, after, limit) for state in wanted]
    ids = [row_id for walk in walks for row_id in walk]
    return nsmallest(limit, ids) if after is not None else nlargest(limit, ids)


def _walk(
    connection: Connection,
    filters: Filters,
    registration: str,
    before: int | None,
    after: int | None,
    limit: int,
) -> list[int]:
    columns = customer.c
    walk = select(columns.id).where(
        columns.kind == filters.kind, columns.registration == registration
    )
    if filters.category:
        walk = walk.where(columns.category == filters.category)
    if after is not None:
        walk = walk.where(columns.id > _bounded(after)).order_by(columns.id)
    else:
        walk = walk.order_by(columns.id.desc())
        walk = walk if before is None else walk.where(columns.id < _bounded(before))
    return list(connection.scalars(walk.limit(limit)))


def _bounded(place: int) -> int:
    return max(0, min(place, _MOST_ID))


def _load(connection: Connection, keys: Keyring, ids: list[int]) -> list[Found]:
    """The rows of these ids, in their order; ids that are no longer there are left out."""
    rows = connection.execute(_ROW.where(customer.c.id.in_(ids)))
    found = {
        row[0]: Found(*row[:5], open_row(keys, row[1], row[2], row[3], row[5])) for row in rows
    }
    return [found[row_id] for row_id in ids if row_id in found]
