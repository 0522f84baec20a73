"""Who belongs to a customer: the same person under another id, the company, those who work there.

Records that share a document point at each other and are never merged: two masters, or two rows of
one, may both be right.
"""

from collections.abc import Iterable

from sqlalchemy import bindparam, func, select

from mirror.database import Database
from mirror.opening import MOST_ID, Found, load
from mirror.prepared import Prepared, chunks
from mirror.tables import customer, lookup

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
