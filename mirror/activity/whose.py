"""Whose activities are: the customers that a page of them names, in one look-up."""

from collections.abc import Iterable

import msgspec
from sqlalchemy import Connection, select, tuple_

from mirror.opening import open_row
from mirror.records import Customer
from mirror.sealing import Keyring
from mirror.tables import customer

Name = tuple[str, str]
"""A source, and the id by which that master knows a customer."""

_ROW = select(
    customer.c.id, customer.c.source, customer.c.external_id, customer.c.version, customer.c.doc
)


class Whose(msgspec.Struct, frozen=True):
    """A customer whose activity it is."""

    id: int
    """The mirror's own."""
    customer: Customer


def whose(connection: Connection, keys: Keyring, names: Iterable[Name]) -> dict[Name, Whose]:
    """The customers of these names; who has not arrived yet is left out.

    Work in proportion to the names, which are those of one page.
    """
    wanted = sorted(set(names))
    if not wanted:
        return {}
    here = tuple_(customer.c.source, customer.c.external_id).in_(wanted)
    return {
        (row[1], row[2]): Whose(row[0], open_row(keys, row[1], row[2], row[3], row[4]))
        for row in connection.execute(_ROW.where(here))
    }
