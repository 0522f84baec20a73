"""Opens rows: a customer as the mirror has it, unsealed."""

import msgspec
from sqlalchemy import Connection, select

from mirror.records import Customer
from mirror.sealing import Keyring
from mirror.tables import customer

_decode = msgspec.msgpack.Decoder(Customer).decode
_ROW = select(
    customer.c.id,
    customer.c.source,
    customer.c.external_id,
    customer.c.version,
    customer.c.observed_at,
    customer.c.last_purchase_at,
    customer.c.company,
    customer.c.doc,
)

MOST_ID = 2**63 - 1
"""An address may name any number; the database knows 64 bits."""


class Found(msgspec.Struct, frozen=True):
    """A customer as the mirror has it."""

    id: int
    source: str
    external_id: str
    version: int
    observed_at: int
    """When this version was written here, microseconds since 1970."""
    last_purchase_at: int | None
    """As the master says, or the newest order's: microseconds since 1970."""
    company: str | None
    """External id of the company where a person works."""
    customer: Customer
    problem: tuple[str, str] | None = None
    """Field and rule of a newer row of the master that could not be read (see quarantine)."""


def seal_row(source: str, external_id: str, version: int) -> str:
    """What a customer's document is sealed to: it opens in no other row and at no other version."""
    return f"customer/{source}/{external_id}@{version}"


def open_row(keys: Keyring, source: str, external_id: str, version: int, doc: bytes) -> Customer:
    """The record inside a row; raises SealBroken when it was not sealed for this row."""
    return _decode(keys.open(doc, seal_row(source, external_id, version)))


def load(connection: Connection, keys: Keyring, ids: list[int]) -> list[Found]:
    """The rows of these ids, in their order; ids that are no longer there are left out."""
    rows = connection.execute(_ROW.where(customer.c.id.in_(ids)))
    found = {
        row[0]: Found(*row[:7], open_row(keys, row[1], row[2], row[3], row[7])) for row in rows
    }
    return [found[row_id] for row_id in ids if row_id in found]
