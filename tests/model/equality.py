"""Holds a mirror that was left in peace against its master: here is what there is, and no more."""

from mirror.identifiers import classify
from mirror.reading.find import find
from mirror.reading.listing import clear_row, export
from mirror.records import Customer
from tests.model.master import Edit
from tests.model.watching import Seen, Watch, must


def check_followed(watch: Watch, seen: Seen) -> None:
    """After a run of changes: everybody's newest edit is here, or in quarantine if it is broken."""
    shown = watch.master.shown()
    for one in shown.values():
        if one.broken:
            must(one.name in seen.refused, f"{one.name} cannot be read and nobody is told")
        else:
            must(watch.serials.get(one.name) == one.serial, f"an edit of {one.name} is missing")
            must(one.name in seen.rows, f"{one.name} is missing")
            must(one.name not in seen.refused, f"{one.name} can be read and is in quarantine")
    if not watch.stamped:  # whose master tells of the gone, too
        _check_nobody_else(seen, shown)


def check_equal(watch: Watch, seen: Seen) -> None:
    """After a sweep too: nobody and nothing else is here, and all of it is found."""
    shown = watch.master.shown()
    check_followed(watch, seen)
    _check_nobody_else(seen, shown)
    broken = {one.name for one in shown.values() if one.broken}
    must(seen.refused == broken, "quarantine holds others than the broken ones")
    good = {one.name: _wanted(seen, one) for one in shown.values() if not one.broken}
    exported = {row["external_id"]: row for row in export(watch.db, clear=True)}
    must(exported.keys() == seen.rows.keys(), "the export is not the mirror")
    for name, record in good.items():
        must(exported[name] == clear_row(watch.source, record), f"{name} is exported otherwise")
        _check_found(watch, record)


def _check_nobody_else(seen: Seen, shown: dict[int, Edit]) -> None:
    there = {one.name for one in shown.values()}
    must(seen.rows.keys() <= there, "somebody is here who is gone from the master")
    must(seen.refused <= there, "somebody is in quarantine who is gone from the master")


def _wanted(seen: Seen, edit: Edit) -> Customer:
    record = edit.customer(seen.rows[edit.name].version)
    must(record.version in (edit.serial, _microseconds(edit)), f"{edit.name} has another version")
    return record


def _microseconds(edit: Edit) -> int:
    return int(edit.instant.timestamp()) * 1_000_000


def _check_found(watch: Watch, record: Customer) -> None:
    for term in (record.external_id, *record.emails):
        found = {one.external_id: one.customer for one in find(watch.db, classify(term))}
        must(found.get(record.external_id) == record, f"{record.external_id} is not found")
        for other in found.values():
            must(term in (other.external_id, *other.emails), "somebody is found by another's term")
