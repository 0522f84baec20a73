"""How facets and their sets are stored: ids in a row, the compressed bits of a chunk."""

import zlib
from array import array
from collections.abc import Iterable

from sqlalchemy import Connection, bindparam, select

from mirror.facets.labels import Facet
from mirror.facets.sets import CHUNK
from mirror.facets.tables import facet
from mirror.prepared import Prepared

_FASTEST = 1
_WHOLE = CHUNK // 8
_known = Prepared(
    select(facet.c.id).where(facet.c.name == bindparam("n"), facet.c.value == bindparam("v")),
    "n",
    "v",
)


def packed(ids: Iterable[int]) -> bytes:
    """Facet ids as a row keeps them."""
    return array("I", sorted(ids)).tobytes()


def unpacked(stored: bytes) -> set[int]:
    """Facet ids as a row keeps them."""
    return set(array("I", stored))


def opened(bits: bytes) -> bytes:
    """The bits of a chunk as it is stored."""
    return bits if len(bits) == _WHOLE else zlib.decompress(bits)


def stored_as(bits: bytearray) -> bytes:
    """The bits of a chunk as they are to be stored."""
    small = zlib.compress(bits, _FASTEST)
    return small if len(small) < _WHOLE // 2 else bytes(bits)  # opening costs more than it saves


def known_id(connection: Connection, one: Facet) -> int | None:
    """The id of a facet; None for one that nobody ever had."""
    row = _known.one(connection, *one).first()
    return None if row is None else int(row[0])
