"""What masters hinted at: look again, perhaps at this customer. A reason to ask, never data.

Hints lie in the ledger, which the web may write; the connector takes them from there.
"""

import re
from collections.abc import Iterable

import msgspec
from sqlalchemy import delete, func, select

from mirror.ledger import hint
from mirror.store.engine import Database, upsert
from mirror.store.progress import now_us

MOST = 1_000
"""Hints kept a source; beyond it the next reading of changes has to do."""
is_id = re.compile(
    r"(?!(?:.*[/\\])?\.{1,2}(?:[/\\]|\Z))[^\s\x00-\x1f<>](?:[^\x00-\x1f<>]{0,62}[^\s\x00-\x1f<>])?"
).fullmatch
"""What may be an id of a master's: a line of any letters that leads nowhere in an address."""
_COLUMNS = ("source", "subject", "received_at")
_put = upsert(hint, _COLUMNS, by=("source", "subject"), keeping=("received_at",))


class Hint(msgspec.Struct, frozen=True):
    """One source's open hints."""

    source: str
    upto: int
    """Hints up to this number are in it."""
    ids: list[str]
    """Customers hinted at; a hint that named nobody is only a reason to look."""


def put(ledger: Database, source: str, external_id: str | None) -> None:
    """Keep a hint; the same one again is no second one."""
    with ledger.writing() as connection:
        kept = select(func.count()).select_from(hint).where(hint.c.source == source)
        subject = external_id or ""
        if subject and int(connection.execute(kept).scalar_one()) >= MOST:
            subject = ""
        _put.one(connection, source, subject, now_us())


def waiting(ledger: Database) -> set[str]:
    """Sources with hints that nobody has looked into yet."""
    with ledger.reading() as connection:
        return {row[0] for row in connection.execute(select(hint.c.source).distinct())}


def taken(ledger: Database, source: str) -> Hint:
    """The open hints of a source; they stay until `settle`."""
    with ledger.reading() as connection:
        rows = connection.execute(
            select(hint.c.id, hint.c.subject).where(hint.c.source == source).order_by(hint.c.id)
        ).all()
    return Hint(source, rows[-1][0] if rows else 0, [row[1] for row in rows if row[1]])


def settle(ledger: Database, done: Hint, left: Iterable[str] = ()) -> None:
    """Forget hints that were looked into; whoever is ``left`` waits for the next time."""
    stay = list(left)
    with ledger.writing() as connection:
        here = (hint.c.source == done.source, hint.c.id <= done.upto)
        connection.execute(delete(hint).where(*here, hint.c.subject.not_in(stay)))
