"""Finds customers by what was typed or by id, and who belongs to them.

Every statement does bounded work, whatever the term and however many customers there are: keys are
exact and lists are walked by id. Names are another matter: `mirror.reading.names`.
"""

from collections.abc import Iterable
from heapq import nlargest
from typing import TYPE_CHECKING, NamedTuple

import msgspec
from sqlalchemy import bindparam, func, select

from mirror.identifiers import Query, Reading, phone_tail
from mirror.reading import freshness
from mirror.records import Customer
from mirror.store.engine import Database, Link, Prepared, chunks
from mirror.store.sealing import MOST_ID, Found, Keyring, load
from mirror.store.tables import customer, facet, lookup

if TYPE_CHECKING:
    from mirror.reading.names import Names

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
MOST_HITS = 20_000
"""A search is walked to its end as far as this."""


MOST_COUNTED = 1_000
"""Whoever else fits is not counted any more: bounded work for any term."""


class Hits(NamedTuple):
    """Whom a query fits."""

    found: list[Found]
    """Newest first, at most as many as were asked for."""
    number: int
    """How many there are, counted to a thousand."""


class Matches(NamedTuple):
    """Everybody whom a query fits, as far as was looked."""

    ids: list[int]
    """Who has the number, code or address first, the newest of them first; then names by how well
    they fit."""
    names: "Names | None"
    """How names fit, where it may be one."""
    cut: bool
    """Whether there may be others."""


def find(db: Database, query: Query, limit: int = 50) -> list[Found]:
    """The first ``limit`` of whom any reading of the query fits, in the order of `matching`."""
    if any(reading.kind == "name" for reading in query.readings):
        ids = matching(db, query, limit).ids
        with db.prepared() as link:
            return load(link, db.keys, ids[:limit])
    with db.prepared() as link:  # one snapshot for both: what most searches are for
        found, _ = _fitting(link, db.keys, query, limit)
        return load(link, db.keys, sorted(found, reverse=True)[:limit])


def hits(db: Database, query: Query, limit: int = 50) -> Hits:
    """Whom the numbers, codes and addresses of a query fit, and how many there are besides."""
    fitting: set[int] = set()
    loaded: dict[int, Found] = {}
    with db.prepared() as link:
        for reading in query.readings:
            ids = set(_ids(link, db.keys, reading, MOST_COUNTED)) - fitting
            if reading.kind == "phone":  # its key is only its end: the record has to be looked at
                rows = load(link, db.keys, sorted(ids))
                loaded |= {row.id: row for row in rows}
                ids = {row.id for row in rows if _fits(row.customer, reading)}
            fitting |= ids
        newest = nlargest(limit, fitting)
        rows = load(link, db.keys, [one for one in newest if one not in loaded])
    loaded |= {row.id: row for row in rows}
    shown = [loaded[one] for one in newest if one in loaded]
    return Hits(shown, min(len(fitting), MOST_COUNTED))


def matching(db: Database, query: Query, most: int | None = None) -> Matches:
    """Everybody whom any reading of the query fits, at most ``most`` a reading."""
    most = MOST_HITS if most is None else most
    with db.prepared() as link:
        found, cut = _fitting(link, db.keys, query, most)
    names = _named(db, query, most)
    ranked = [one for one in names.ids if one not in found] if names else []
    return Matches(sorted(found, reverse=True) + ranked, names, cut or bool(names and names.cut))


def _fitting(link: Link, keys: Keyring, query: Query, most: int) -> tuple[set[int], bool]:
    """Whom the numbers, codes and addresses of a query fit, and whether there may be others."""
    found: set[int] = set()
    cut = False
    for reading in query.readings:
        if reading.kind == "phone":
            rows = load(link, keys, _ids(link, keys, reading, _SAME_TAIL))
            found.update(row.id for row in rows if _fits(row.customer, reading))
        elif reading.kind != "name":
            ids = _ids(link, keys, reading, most)
            cut |= len(ids) >= most
            found.update(ids)
    return found, cut


def _named(db: Database, query: Query, most: int) -> "Names | None":
    name = next((one.value for one in query.readings if one.kind == "name"), None)
    if name is None:
        return None
    from mirror.reading.names import search  # most searches are for a number

    return search(db, name, most)


def get(db: Database, customer_id: int) -> Found | None:
    """One customer by the mirror's own id, with what is wrong with its newer row, if any."""
    if not 0 < customer_id <= MOST_ID:
        return None
    with db.prepared() as link:
        found = load(link, db.keys, [customer_id])
        if not found:
            return None
        row = found[0]
        problem = freshness.unread_problem(link, row.source, row.external_id)
        return msgspec.structs.replace(row, problem=problem) if problem else row


def _ids(link: Link, keys: Keyring, reading: Reading, limit: int) -> list[int]:
    if reading.kind == "code":
        found = [
            *_by_code.rows(link, reading.value),
            *_by_key.rows(link, keys.blind("code", reading.value), limit),
        ]
    elif reading.kind == "phone":
        tail = keys.blind("phone_tail", phone_tail(reading.value))
        found = _by_key.rows(link, tail, limit + _OTHER_AREAS)
    else:
        found = _by_key.rows(link, keys.blind(reading.kind, reading.value), limit)
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
    with db.prepared() as link:
        ids = {
            row[0]
            for one in documents
            for row in _HOLDERS.rows(link, db.keys.blind(one.kind, one.value), _MOST)
        }
        return load(link, db.keys, sorted(ids - {found.id})[:_MOST])


def same_person(db: Database, found: Iterable[Found]) -> frozenset[int]:
    """The ids of those with a valid document that somebody else has too."""
    with db.prepared() as link:
        return frozenset(
            row.id
            for row in found
            for one in row.customer.documents
            if one.valid and len(_HOLDERS.rows(link, db.keys.blind(one.kind, one.value), 2)) > 1
        )


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
