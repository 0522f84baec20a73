"""Gives customers their facets anew, from the sealed records: other fields are filters now."""

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, bindparam, select, update

from mirror.facets.labels import facets_of
from mirror.facets.stored import packed, unpacked
from mirror.facets.writing import Moves
from mirror.opening import open_row
from mirror.prepared import Prepared
from mirror.sealing import Keyring
from mirror.tables import customer

_ROWS = select(
    *(customer.c[name] for name in ("id", "source", "external_id", "version", "facets", "doc"))
)
_update = Prepared(
    update(customer).where(customer.c.id == bindparam("row")).values(facets=bindparam("now")),
    "now",
    "row",
)


def relabel(
    connection: Connection, keys: Keyring, ids: Sequence[int], extras: Iterable[str]
) -> None:
    """Give these rows the facets that their records have, ``extras`` being filters."""
    moves, changed = Moves(connection), []
    for row in connection.execute(_ROWS.where(customer.c.id.in_(ids))):
        record = open_row(keys, row.source, row.external_id, row.version, row.doc)
        facets = moves.ids(facets_of(row.source, record, extras))
        if packed(facets) != row.facets:
            moves.move(row.id, unpacked(row.facets), facets)
            changed.append((packed(facets), row.id))
    moves.flush()
    _update.many(connection, changed)
