"""Holds a mirror against the master it follows, after every step: what must never be."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from mirror.identifiers import search_terms
from mirror.records import Customer
from mirror.store import progress
from mirror.store.engine import Database
from mirror.store.sealing import open_customer
from mirror.store.tables import customer, tombstone
from mirror.writing import quarantine
from mirror.writing.indexes import split_keys
from tests.fakes import facet_sets, search_keys
from tests.model.master import Edit, Master
from tests.model.sources import OVERLAP


class Diverged(AssertionError):
    """The mirror is not what it must be."""


def must(condition: object, sentence: str) -> None:
    if not condition:
        raise Diverged(sentence)


@dataclass
class Seen:
    """The mirror of one source as it is committed."""

    rows: dict[str, Any]
    records: dict[str, Customer]
    graves: dict[str, Any]
    refused: set[str]
    cursor: str | None
    revision: int
    keyed: bool
    """Whether the search keys are those of the rows."""


def see(db: Database, source: str) -> Seen:
    """Everything the mirror has of its only source."""
    with db.reading() as link:
        rows = link.execute(select(customer).where(customer.c.source == source)).all()
        graves = link.execute(select(tombstone).where(tombstone.c.source == source)).all()
        _facets(db, link)
        return Seen(
            rows={row.external_id: row for row in rows},
            records={
                row.external_id: open_customer(
                    db.keys, source, row.external_id, row.version, row.doc
                )
                for row in rows
            },
            graves={row.external_id: row for row in graves},
            refused=set(quarantine.known(link, source)),
            cursor=progress.load_checkpoint(link, source).cursor,
            revision=int(progress.fact(link, "revision", "0")),
            keyed=search_keys.are_of(link, rows),
        )


def _facets(db: Database, link: Connection) -> None:
    try:
        facet_sets.check(db, link)
    except AssertionError:
        raise Diverged("the sets that lists are made of are not those of the rows") from None


@dataclass
class Watch:
    """What was seen last, and how far each customer had come."""

    db: Database
    master: Master
    source: str
    stamped: bool
    """Whether the cursor is a stamp of a record (and not the master's own account)."""
    reads_cursor: bool = True
    """Whether a wrong cursor is wrong already, or only what comes of it."""
    revision: int = -1
    serials: dict[str, int] = field(default_factory=dict)
    came: set[Edit] = field(default_factory=set)
    """Every edit that was here once, or was overtaken here, whatever has left since."""
    before: dict[str, tuple[Any, ...]] = field(default_factory=dict)

    def look(self) -> Seen:
        """See the mirror; raises Diverged."""
        seen = see(self.db, self.source)
        self._check_rows(seen)
        self.came.update(one for one in self.master.edits() if self.settled(seen, one))
        self._check_revisions(seen)
        self._check_counts(seen)
        self._check_graves(seen)
        if self.stamped and seen.cursor is not None:
            self._check_cursor(seen.cursor, seen)
        return seen

    def edit(self, record: Customer) -> Edit | None:
        """The edit of the master's that a record of the mirror shows."""
        edits = self.master.history.get(int(record.external_id), [])
        serial = int((record.name or "").rpartition(" ")[2])
        return next((one for one in edits if one.serial == serial), None)

    def _check_rows(self, seen: Seen) -> None:
        for name, record in seen.records.items():
            edit = self.edit(record)
            must(edit and edit.state == "good", f"{name} is nobody the master ever had")
            assert edit
            must(record == edit.customer(seen.rows[name].version), f"{name} is not as it was said")
            at_least = self.serials.get(name, 0)
            must(edit.serial >= at_least, f"{name} went back from edit {at_least} to {edit.serial}")
            self.serials[name] = edit.serial

    def _check_revisions(self, seen: Seen) -> None:
        now = {f"row {name}": tuple(row) for name, row in seen.rows.items()}
        now |= {f"grave {name}": tuple(row) for name, row in seen.graves.items()}
        new = [one for one, row in now.items() if self.before.get(one) != row]
        numbers = [row.revision for row in (*seen.rows.values(), *seen.graves.values())]
        must(len(set(numbers)) == len(numbers), "two changes have one revision")
        must(max(numbers, default=0) <= seen.revision, "a row is of a revision yet to come")
        changed = [seen.rows[one[4:]] if one[0] == "r" else seen.graves[one[6:]] for one in new]
        must(
            all(row.revision > self.revision for row in changed),
            "a change was committed under an old revision",
        )
        self.before, self.revision = now, seen.revision

    def _check_counts(self, seen: Seen) -> None:
        rows = seen.rows.values()
        must(seen.keyed, "the search keys are not those of the rows")
        for row in rows:
            terms = search_terms(seen.records[row.external_id])
            wanted = self.db.keys.blind_all(terms)
            must(split_keys(row.keys) == wanted, f"{row.external_id} is found by another's terms")

    def _check_graves(self, seen: Seen) -> None:
        must(not seen.graves.keys() & seen.rows.keys(), "somebody is here and gone")
        for name, grave in seen.graves.items():
            must(int(name) in self.master.history, f"{name} is gone and never was")
            told = repr(tuple(grave))
            must(
                "Cliente" not in told and "exemplo" not in told,
                f"the tombstone of {name} tells who",
            )

    def _check_cursor(self, cursor: str, seen: Seen) -> None:
        """It stands on a committed record; what no run asks for any more is here."""
        instant = datetime.fromisoformat(cursor)
        for one in self.master.shown().values():
            asked_for = one.instant >= instant - OVERLAP
            must(asked_for or self.settled(seen, one), f"{one.name} was left behind the cursor")
        if self.reads_cursor:
            stood = {one for one in self.master.edits() if one.stamp == cursor}
            must(stood, "the cursor is no stamp of the master's")
            must(instant <= self.master.now, "the cursor is in the future")
            # Who is gone by now leaves nothing to hold the cursor against, least of all one that
            # could never be read: no row, no tombstone, and after a sweep no quarantine either.
            must(stood & self.came, "the cursor is ahead of what was committed")

    def settled(self, seen: Seen, edit: Edit) -> bool:
        """Whether an edit, or a newer one of the same customer, has come."""
        if edit.name in seen.refused:
            said = self.master.history[edit.number]
            return any(one.broken and one.serial >= edit.serial for one in said)
        return self.serials.get(edit.name, 0) >= edit.serial and edit.name in seen.rows
