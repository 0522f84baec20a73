"""The keyed chain of the audit journal: what makes a changed or missing row show.

Every row carries a keyed hash over itself and the hash before it, so whoever does not hold the root
key cannot change, insert, reorder or remove a row without `verify` naming the first id that no
longer fits. Rows cut off the *end* leave a shorter chain that is whole, and so does an older copy
of the file put back in place: nothing kept inside the ledger can show that, because it would be
cut or put back along with the rest. Only a head noted elsewhere can: `head` is the line to print or
send away (it holds no personal data), and `verify` checks against it. Whoever holds the root key
can rewrite everything that no such line covers.
"""

import re
from collections.abc import Callable, Iterator
from hashlib import blake2b
from typing import Any

import msgspec
from sqlalchemy import Connection, bindparam, desc, select

from mirror.database import Database
from mirror.ledger import audit
from mirror.sealing import Keyring

GENESIS = b"espelho audit 1"
"""What the first row chains from."""

FIELDS = tuple(column for column in audit.c if column.name != "chain")
"""What the hash of a row covers: everything else in it, id and time included."""

_BEFORE_ALL = -(2**63)
_CHUNK = 1000
_HEAD = re.compile(r"(\d{1,18}):([0-9a-f]{64})", re.ASCII)


class Verification(msgspec.Struct, frozen=True):
    """What walking the chain showed."""

    rows: int
    """Rows that fit, from the first on."""
    broken_at: int | None
    """The first id that is changed, missing or out of place; None when all fit."""
    head: str
    """The last row that fits, as `head` writes it."""

    @property
    def intact(self) -> bool:
        """True when no row was found wrong (see the module for what that proves)."""
        return self.broken_at is None


_last = select(audit.c.id, audit.c.chain).order_by(desc(audit.c.id)).limit(1)
_next_rows = (
    select(*FIELDS, audit.c.chain)
    .where(audit.c.id > bindparam("after"))
    .order_by(audit.c.id)
    .limit(_CHUNK)
)


def linker(keys: Keyring) -> Callable[[bytes, list[Any]], bytes]:
    """The function from (chain before, values of FIELDS) to a row's chain.

    MessagePack keeps neighbouring fields apart: ``ab, c`` never hashes like ``a, bc``.
    """
    key = keys.derive("audit chain")

    def link(before: bytes, row: list[Any]) -> bytes:
        return blake2b(msgspec.msgpack.encode((before, row)), digest_size=32, key=key).digest()

    return link


def last(connection: Connection) -> tuple[int, bytes]:
    """Id and chain of the newest row; 0 and GENESIS of an empty journal."""
    found = connection.execute(_last).one_or_none()
    return (found.id, found.chain) if found else (0, GENESIS)


def head(db: Database) -> str:
    """``<rows>:<chain in hex>`` of the newest row: note it elsewhere. An empty journal has none."""
    with db.reading() as connection:
        return _head(*last(connection))


def _head(number: int, chain: bytes) -> str:
    return f"{number}:{chain.hex()}" if number else ""


def verify(db: Database, noted: str = "") -> Verification:
    """Walk the whole chain; with ``noted`` (an earlier `head`), prove that it still leads there.

    Streams in short reads, so that a long journal holds up no writer. Raises ValueError when
    ``noted`` is not a head.
    """
    if noted and not _HEAD.fullmatch(noted):
        raise ValueError("A noted head is written <rows>:<64 hexadecimal digits>.")
    link = linker(db.keys)
    number, chain, passed = 0, GENESIS, not noted
    for *row, found in _walk(db):
        if found != link(chain, row):
            return Verification(number, number + 1, _head(number, chain))
        number, chain = row[0], found
        passed = passed or noted == _head(number, chain)
    broken_at = None if passed else min(number + 1, int(noted.partition(":")[0]))
    return Verification(number, broken_at, _head(number, chain))


def _walk(db: Database) -> Iterator[Any]:
    after = _BEFORE_ALL
    while True:
        with db.reading() as connection:
            rows = connection.execute(_next_rows, {"after": after}).all()
        if not rows:
            return
        yield from rows
        after = rows[-1].id
