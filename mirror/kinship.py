"""The same person under another id: records that share a document point at each other.

They are never merged: two masters, or two rows of one, may both be right.
"""

from sqlalchemy import bindparam, select

from mirror.database import Database
from mirror.opening import Found, load
from mirror.prepared import Prepared
from mirror.tables import lookup

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
