"""What is kept of the ledger outside its directory: backups, and the heads of its journal.

A backup is the whole ledger, encrypted as it is. Restoring one never takes anything back that the
ledger in place knows: its journal goes on, who was revoked stays revoked, and every session ends.
A head proves later that the journal still leads there: what the chain alone cannot show.
"""

import os
import re
import shlex
import subprocess
import syslog
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from msgspec import structs
from sqlalchemy import Connection, bindparam, delete, insert, select, update
from sqlalchemy.exc import SQLAlchemyError

from mirror.ledger import audit, device, journal, session, user
from mirror.ledger.journal import Entry
from mirror.store.engine import Database, OpenFile, engine_of
from mirror.store.faults import DatabaseProblem
from mirror.store.sealing import Keyring

RESTORE = "restore"
"""The action of the row that tells of a restored ledger, and the mark of its head."""
_WITHIN_S = 30


class HeadProblem(DatabaseProblem):
    """The journal does not lead to a head that was noted outside; the message says what is so."""


# Heads, noted outside.

_HEAD = re.compile(r"\d{1,18}:[0-9a-f]{64}", re.ASCII)
_NOTED = re.compile(r"(\S+) ((\d{1,18}):[0-9a-f]{64})( restore)?", re.ASCII)


@dataclass(frozen=True)
class Noted:
    """A head, and when it was noted."""

    when: str
    head: str

    @property
    def number(self) -> int:
        """The entry that it is of."""
        return int(self.head.partition(":")[0])

    @property
    def at(self) -> datetime | None:
        """When, where that is told by a clock."""
        return datetime.fromisoformat(self.when[3:]) if self.when[:3] == "on " else None


def given(head: str) -> Noted:
    """A head that somebody noted by hand; raises HeadProblem where it is none."""
    if not _HEAD.fullmatch(head):
        raise HeadProblem("A head is written <entry>:<64 hexadecimal digits>, as --verify does.")
    return Noted("by hand", head)


@dataclass(frozen=True)
class Outside:
    """Where heads are noted: lines are added to a file, sent to syslog, given to a command."""

    file: Path
    to_syslog: bool = False
    command: str = ""

    def note(self, ledger: Database, *, restored: bool = False) -> None:
        """Note the head of the journal now; nothing where it is the last one noted.

        Raises OSError, or subprocess.SubprocessError where a command fails.
        """
        head = journal.head(ledger)
        known = self.noted()
        if not head or (known and known[-1].head == head and not restored):
            return
        when = datetime.now(UTC).isoformat("T", "seconds")
        self._write(f"{when} {head}{f' {RESTORE}' if restored else ''}\n")
        if self.to_syslog:
            syslog.syslog(syslog.LOG_NOTICE, f"espelho: head of the journal {head}")
        if self.command:
            subprocess.run([*shlex.split(self.command), head], timeout=_WITHIN_S, check=True)  # noqa: S603 - the settings' own

    def _write(self, line: str) -> None:
        self.file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(self.file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            os.write(handle, line.encode())
            os.fsync(handle)
        finally:
            os.close(handle)

    def noted(self) -> list[Noted]:
        """What was noted since the ledger was last restored, the oldest first."""
        try:
            lines = self.file.read_text("utf-8", "replace").splitlines()
        except FileNotFoundError:
            return []
        found: list[Noted] = []
        for line in lines:
            if one := _NOTED.fullmatch(line):
                found = ([] if one[4] else found) + [Noted(f"on {one[1]}", one[2])]
        return found


def refuse_other_journal(ledger: Database, noted: list[Noted]) -> None:
    """Raise HeadProblem unless the journal leads through every head; a lookup for each."""
    if wrong := misfit(ledger, noted):
        raise HeadProblem(f"{wrong} {_DO}")


def misfit(ledger: Database, noted: Iterable[Noted]) -> str:
    """What is wrong with the journal by heads that were noted; empty where it leads to each."""
    wrong = unled(ledger, noted)
    return _misfit(*wrong) if wrong else ""


def unled(ledger: Database, noted: Iterable[Noted]) -> tuple[Noted, int] | None:
    """The first head that the journal does not lead to, and the number of its last entry."""
    with ledger.reading() as connection:
        number, _ = journal.last(connection)
        for one in noted:
            chain = connection.execute(_chain_of, {"number": one.number}).scalar()
            if chain is None or one.head != f"{one.number}:{chain.hex()}":
                return one, number
    return None


_chain_of = select(audit.c.chain).where(audit.c.id == bindparam("number"))


_DO = (
    "Restore the last backup with `espelho restore`; where there is none, `espelho restore "
    "--as-it-is` goes on with this ledger and writes that down."
)


def _misfit(one: Noted, number: int) -> str:
    noted = f"{one.when} entry {one.number:,} was noted outside"
    if number < one.number:
        return (
            f"The journal ends at entry {number:,}, but {noted}: entries were cut off, or an older "
            "ledger was put in its place."
        )
    return (
        f"The journal is another one than was noted: {noted}, and that entry reads differently "
        "now. Entries were changed or removed, or the ledger was replaced."
    )


# Backups.


@dataclass(frozen=True)
class Backup:
    """What a backup holds."""

    file: Path
    rows: int
    head: str


def back_up(ledger: Database, place: Path, opened: Callable[[Path], Database]) -> Backup:
    """Write a backup while others write the ledger; under a name of its own into a directory.

    It has its name when it is whole and was read again. Raises DatabaseProblem where that fails,
    and OSError.
    """
    now = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    file = place / f"espelho-{now}.ledger" if place.is_dir() else place
    part = file.with_name(f"{file.name}.part")
    if file.exists():
        raise DatabaseProblem(f"{file} exists already: a backup is never written over a file.")
    part.unlink(missing_ok=True)
    try:
        file_of(ledger).copy(part)
        with closing(opened(part)) as copy:
            refuse_unsound(copy, file)
            rows, head = journal.verify(copy).rows, journal.head(copy)
        part.rename(file)
    finally:
        part.unlink(missing_ok=True)
    return Backup(file, rows, head)


def file_of(ledger: Database) -> OpenFile:
    """The file behind an open ledger."""
    if ledger.file is None:
        raise DatabaseProblem("This ledger lies in no file of its own.")
    return ledger.file


def refuse_unsound(ledger: Database, file: Path) -> None:
    """Raise DatabaseProblem where a page, a table or the journal is not as it was written."""
    damage = ledger.damage()
    if damage:
        raise DatabaseProblem(f"{file} is damaged: {damage[0]}. Take another backup.")
    verdict = journal.verify(ledger)
    if not verdict.intact:
        raise DatabaseProblem(
            f"{file} is not as it was written: its journal is broken at entry {verdict.broken_at}."
        )


# Restoring.


@dataclass(frozen=True)
class Restored:
    """What a restored ledger is made of."""

    backup: str
    """The head of the backup; empty where its journal is."""
    found: str
    """That of the ledger that was in place; empty where there was none that could be read."""
    carried: int
    """Entries of the one that were added to those of the other."""
    kept: bool
    """The ledger in place went on; otherwise the backup took its place."""

    @property
    def sentence(self) -> str:
        """What was done."""
        if not self.backup and self.kept:
            return "The ledger goes on as it is."
        if self.kept:
            came = f"{self.carried:,} entries came from the backup"
            told = came if self.carried else "its journal lacks nothing that the backup has"
            return f"The ledger in place goes on; {told}."
        carried = f", with {self.carried:,} entries of the one that was there" * bool(self.carried)
        return f"The backup is in place{carried}."


def lost(restored: Restored, noted: Sequence[Noted]) -> str:
    """What of the heads noted outside a restored journal does not lead to, in a sentence."""
    ends = int((restored.backup or restored.found or "0").partition(":")[0])
    last = noted[-1]
    if last.number > ends:
        return (
            f"Entries {ends + 1:,} to {last.number:,} are lost: {last.when} the last of them was "
            "noted outside."
        )
    return (
        f"Not all that was noted outside is there: entry {last.number:,}, {last.when}, was another."
    )


def is_readable(ledger: Database | None) -> bool:
    """Whether who may come in can be read of a ledger, damaged or not."""
    if ledger is None:
        return False
    try:
        with ledger.reading() as connection:
            _revoked(connection)
            journal.last(connection)
    except (SQLAlchemyError, DatabaseProblem):
        return False
    return True


def is_whole(ledger: Database) -> bool:
    """Whether every page, table and entry is as it was written."""
    try:
        return not ledger.damage() and journal.verify(ledger).intact
    except (SQLAlchemyError, DatabaseProblem):
        return False


def of_one_line(one: Database, other: Database) -> bool:
    """Whether the journal of one goes on where the other's ends."""
    return is_ancestor(one, other) or is_ancestor(other, one)


def is_ancestor(ledger: Database, of: Database) -> bool:
    """Whether the journal of ``of`` begins with all of this one's."""
    with ledger.reading() as mine, of.reading() as theirs:
        number, chain = journal.last(mine)
        found = theirs.execute(_chain_of, {"number": number}).scalar()
        return number == 0 or found == chain


def merge(ledger: Database, backup: Database, who: Entry) -> Restored:
    """Bring into ``ledger`` what only ``backup`` knows, and end every session, in one transaction.

    One journal begins with the other's. People and terminals are as the longer one knows them.
    """
    heads = journal.head(backup), journal.head(ledger)
    newer = not is_ancestor(backup, of=ledger)
    with backup.reading() as known, ledger.writing() as connection:
        rows = list(_rows_after(known, journal.last(connection)[0])) if newer else []
        if rows:
            connection.execute(insert(audit), rows)
        _people(known, connection, over=newer)
        after = engine_of(known).stamp(known).generation
        _end(connection, ledger, who, Restored(*heads, len(rows), kept=True), after)
    return Restored(*heads, len(rows), kept=True)


def carry(backup: Database, ledger: Database | None, who: Entry, *, trusted: bool) -> Restored:
    """Make ``backup`` what takes the place of ``ledger``, which leads elsewhere or is not whole.

    Its entries that the backup has not are added behind the row that tells of it. Of one that is
    not ``trusted`` only who was revoked counts.
    """
    rows: list[dict[str, Any]] = []
    found, after = "", 0
    goes_on = ledger is not None and trusted and is_ancestor(backup, of=ledger)
    with backup.writing() as connection:
        gone = _revoked(connection)
        if ledger is not None:
            with ledger.reading() as known:
                after = engine_of(known).stamp(known).generation
                gone += _revoked(known)
                if trusted:
                    found = _head_of(known)
                    rows = list(_rows_after(known, _common(known, connection)))
                    _people(known, connection, over=True)
        _revoke(connection, gone)
        restored = Restored(_head_of(connection), found, len(rows), kept=False)
        if goes_on:  # then they are linked as they were
            _add(connection, backup.keys, rows)
        _end(connection, backup, who, restored, after)
        if not goes_on:
            _add(connection, backup.keys, rows)
    return restored


def as_it_is(ledger: Database, who: Entry) -> Restored:
    """Go on with a ledger whose journal does not lead to what was noted outside, on record."""
    restored = Restored("", journal.head(ledger), 0, kept=True)
    with ledger.writing() as connection:
        _end(connection, ledger, who, restored)
    return restored


def _end(
    connection: Connection, ledger: Database, who: Entry, what: Restored, after: int = 0
) -> None:
    """End all sessions, begin another generation, and write down that and what was restored."""
    connection.execute(delete(session))
    engine_of(connection).renew(connection, after)
    detail = f"backup={what.backup or '-'} found={what.found or '-'} carried={what.carried}"
    told = structs.replace(who, action=RESTORE, detail=detail)
    journal.append(connection, ledger.keys, told)


def _head_of(connection: Connection) -> str:
    number, chain = journal.last(connection)
    return f"{number}:{chain.hex()}" if number else ""


def _add(connection: Connection, keys: Keyring, rows: list[dict[str, Any]]) -> None:
    """Entries of another journal to the end of this one, as they stood there, linked anew."""
    link = journal.linker(keys)
    for row in rows:
        number, chain = journal.last(connection)
        row["id"] = number + 1
        linked = link(chain, [row[column.name] for column in journal.FIELDS])
        connection.execute(insert(audit), row | {"chain": linked})


def _rows_after(connection: Connection, number: int) -> Iterator[dict[str, Any]]:
    query = select(audit).where(audit.c.id > number).order_by(audit.c.id)
    return (dict(row) for row in connection.execute(query).mappings())


def _common(one: Connection, other: Connection) -> int:
    """The last entry up to which two journals are the same: found by halves, for each row's chain
    tells of all before it."""
    low, high = 0, min(journal.last(one)[0], journal.last(other)[0])
    while low < high:
        middle = (low + high + 1) // 2
        chains = [each.execute(_chain_of, {"number": middle}).scalar() for each in (one, other)]
        low, high = (middle, high) if chains[0] == chains[1] else (low, middle - 1)
    return low


_KEYS = {user: "login", device: "name"}
_NUMBERED = {"id"}


def _people(known: Connection, connection: Connection, *, over: bool) -> None:
    """Add the people and terminals who are not there; ``over``: those who are, as known there."""
    for table, key in _KEYS.items():
        there = {row[0] for row in connection.execute(select(table.c[key]))}
        for row in known.execute(select(table)).mappings():
            values = {name: value for name, value in row.items() if name not in _NUMBERED}
            if row[key] not in there:
                connection.execute(insert(table).values(values))
            elif over:
                connection.execute(update(table).where(table.c[key] == row[key]).values(values))


_Gone = list[tuple[str, int | None]]


def _revoked(connection: Connection) -> _Gone:
    """Who is let in no more: people, and terminals with when they were revoked."""
    people = connection.execute(select(user.c.login).where(~user.c.active))
    revoked = select(device.c.name, device.c.revoked_at).where(device.c.revoked_at.is_not(None))
    return [*((row[0], None) for row in people), *map(tuple, connection.execute(revoked))]


def _revoke(connection: Connection, gone: _Gone) -> None:
    for one, at in gone:
        if at is None:
            connection.execute(update(user).where(user.c.login == one).values(active=False))
        else:
            here = device.c.name == one, device.c.revoked_at.is_(None)
            connection.execute(update(device).where(*here).values(revoked_at=at))
