"""Finds customers by what was typed or by id, and who belongs to them.

Every statement does bounded work, whatever the term and however many customers there are: keys are
exact, lists are walked by id, and a name that is too common is cut off, never sorted.
"""

from collections.abc import Iterable
from heapq import nlargest
from typing import NamedTuple

import msgspec
from sqlalchemy import Connection, bindparam, func, select

from mirror.identifiers import Query, Reading, name_words, phone_tail
from mirror.reading import freshness
from mirror.records import Customer
from mirror.store.engine import Database, Prepared, chunks
from mirror.store.sealing import MOST_ID, Found, Keyring, load
from mirror.store.tables import customer, facet, lookup

_by_key = Prepared(
    select(lookup.c.customer)
    .where(lookup.c.key == bindparam("k"))
    .order_by(lookup.c.customer.desc())
    .limit(bindparam("n")),
    "k",
    "n",
)
_sources = select(facet.c.value).where(facet.c.name == "source")
_by_code = Prepared(
    select(customer.c.id).where(
        customer.c.source.in_(_sources), customer.c.external_id == bindparam("code")
    ),
    "code",
)
_OTHER_AREAS = 100
"""So many customers may share the last eight digits with somebody in another area."""
_SAME_TAIL = 1_000
"""So many who share the last eight digits are opened to see who has the whole number."""
_NAME_SCAN = 20_000
"""At most this many holders of the rarest word are looked at: bounded work for any name."""
MOST_HITS = _NAME_SCAN
"""A search is walked to its end as far as this: the newest of them."""


MOST_COUNTED = 1_000
"""Whoever else fits is not counted any more: bounded work for any term."""


class Hits(NamedTuple):
    """Whom a query fits."""

    found: list[Found]
    """Newest first, at most as many as were asked for."""
    number: int
    """How many there are, counted to a thousand."""


def find(db: Database, query: Query, limit: int = 50) -> list[Found]:
    """Every customer that any reading of the query fits, newest first, at most ``limit``."""
    return hits(db, query, limit).found


def hits(db: Database, query: Query, limit: int = 50) -> Hits:
    """The same, with how many there are besides."""
    fitting: set[int] = set()
    loaded: dict[int, Found] = {}
    with db.reading() as connection:
        for reading in query.readings:
            ids = set(_ids(connection, db.keys, reading, MOST_COUNTED)) - fitting
            if reading.kind == "phone":  # its key is only its end: the record has to be looked at
                rows = load(connection, db.keys, sorted(ids))
                loaded |= {row.id: row for row in rows}
                ids = {row.id for row in rows if _fits(row.customer, reading)}
            fitting |= ids
        newest = nlargest(limit, fitting)
        rows = load(connection, db.keys, [one for one in newest if one not in loaded])
    loaded |= {row.id: row for row in rows}
    shown = [loaded[one] for one in newest if one in loaded]
    return Hits(shown, min(len(fitting), MOST_COUNTED))


def matching(db: Database, query: Query) -> list[int]:
    """The ids of everybody whom any reading of the query fits, at most `MOST_HITS` a reading."""
    found: set[int] = set()
    with db.reading() as connection:
        for reading in query.readings:
            if reading.kind == "phone":
                rows = load(connection, db.keys, _ids(connection, db.keys, reading, _SAME_TAIL))
                found.update(row.id for row in rows if _fits(row.customer, reading))
            else:
                found.update(_ids(connection, db.keys, reading, MOST_HITS))
    return sorted(found, reverse=True)


def get(db: Database, customer_id: int) -> Found | None:
    """One customer by the mirror's own id, with what is wrong with its newer row, if any."""
    if not 0 < customer_id <= MOST_ID:
        return None
    with db.reading() as connection:
        found = load(connection, db.keys, [customer_id])
        if not found:
            return None
        row = found[0]
        problem = freshness.unread_problem(connection, row.source, row.external_id)
        return msgspec.structs.replace(row, problem=problem) if problem else row


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
    """Whether a whole phone number is really there: its key is only its last eight digits.

    One without its area code is also there where the master keeps it without the ninth digit.
    """
    phones = [*record.phones, *(contact.phone for contact in record.contacts if contact.phone)]
    if reading.value.startswith("+"):
        return any(phone.number == reading.value for phone in phones)
    tail = phone_tail(reading.value)
    return any(
        phone.number == reading.value or (phone.kind == "local" and phone.number[-8:] == tail)
        for phone in phones
    )


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


# Who belongs to a customer: the same person under another id, the company, those who work there.
#
# Records that share a document point at each other and are never merged: two masters, or two rows
# of one, may both be right.

_HOLDERS = Prepared(
    select(lookup.c.customer).where(lookup.c.key == bindparam("k")).limit(bindparam("n")), "k", "n"
)
_MOST = 20


def kin(db: Database, found: Found) -> list[Found]:
    """Other customers with a valid document of this one, at most twenty, in the mirror's order."""
    documents = [one for one in found.customer.documents if one.valid]
    with db.reading() as connection:
        ids = {
            row[0]
            for one in documents
            for row in _HOLDERS.one(connection, db.keys.blind(one.kind, one.value), _MOST)
        }
        return load(connection, db.keys, sorted(ids - {found.id})[:_MOST])


def named(db: Database, source: str, names: Iterable[str]) -> dict[str, Found]:
    """The customers of ``source`` with these ids of the master's; who is not here is left out."""
    column, found = customer.c.external_id, list[int]()
    with db.reading() as connection:
        for part in chunks(sorted(set(names))):
            query = select(customer.c.id).where(customer.c.source == source, column.in_(part))
            found += connection.scalars(query)
        return {one.external_id: one for one in load(connection, db.keys, found)}


def staff(
    db: Database, company: Found, *, before: int | None = None, limit: int = 20
) -> tuple[list[Found], int | None]:
    """Who works for a company, newest first, and the id behind which there are more."""
    last = MOST_ID if before is None else max(0, min(before, MOST_ID))
    here = customer.c.source == company.source, customer.c.company == company.external_id
    query = select(customer.c.id).where(*here, customer.c.id < last)
    with db.reading() as connection:
        ids = list(connection.scalars(query.order_by(customer.c.id.desc()).limit(limit + 1)))
        found = load(connection, db.keys, ids[:limit])
    return found, ids[limit - 1] if len(ids) > limit else None


def staff_number(db: Database, company: Found) -> int:
    """How many work for a company."""
    here = customer.c.source == company.source, customer.c.company == company.external_id
    with db.reading() as connection:
        return int(connection.execute(select(func.count()).where(*here)).scalar_one())
