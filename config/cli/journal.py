"""`espelho audit`, `export`, `backup`, `restore`: who saw what, what is taken out and put back."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from config.assemble import (
    back_up_ledger,
    keep_ledger,
    ledger_of,
    mirror_of,
    outside_of,
    restore_ledger,
    restored_told,
)
from config.cli.options import (
    COUNT,
    Since,
    Whom,
    WhomType,
    about,
    as_json,
    listing,
    moment,
    print_json,
    refuse_unknown,
    sources_of,
    with_settings,
    write_down,
)
from config.failures import EXIT_FAILED
from config.settings import Settings
from mirror.instants import micros

if TYPE_CHECKING:
    from mirror.ledger.journal import Recorded, Wanted

_KINDS = {"person": "staff", "terminal": "device", "operator": "command"}
_COLUMNS = (
    *("entry", "when", "who", "what", "result", "about", "customer", "field", "why"),
    *("session", "address"),
)


@click.command()
@click.option("--actor", metavar="NAME", help="Only what this person, terminal or operator did.")
@click.option("--person", metavar="LOGIN", help="Only what this person did, or was done to them.")
@click.option("--terminal", metavar="NAME", help="The same of a terminal.")
@click.option("--operator", metavar="USER", help="The same of whoever ran commands.")
@click.option(
    "--customer",
    "whom",
    type=WhomType(),
    metavar="SOURCE/CODE",
    help="Only this customer; the number in the address of their page will do too.",
)
@click.option("--action", metavar="WHAT", help="Only this, as the column `what` has it.")
@click.option("--from", "since", type=Since(), metavar="DAY", help="From this day, or DAYThh:mm.")
@click.option("--to", "until", type=Since(to_the_end=True), metavar="DAY", help="Up to and with.")
@click.option("--before", type=COUNT, metavar="ENTRY", help="Only those older than this entry.")
@click.option("--after", type=COUNT, metavar="ENTRY", help="Only those newer than this entry.")
@click.option("--limit", type=COUNT, default=100, show_default=True, help="So many at a time.")
@click.option(
    "--export",
    "form",
    type=click.Choice(("csv", "ndjson")),
    help="All that fits, oldest first, with the journal's head; itself an entry.",
)
@click.option("--verify", is_flag=True, help="Check that no entry was altered or removed.")
@click.option(
    "--head",
    "heads",
    multiple=True,
    metavar="HEAD",
    help="With --verify: a head that you noted; once for each.",
)
@as_json
@with_settings
def audit(
    settings: Settings,
    whom: Whom | None,
    before: int | None,
    after: int | None,
    limit: int,
    form: str | None,
    verify: bool,
    heads: tuple[str, ...],
    as_json: bool,
    **asked: "str | datetime | None",
) -> None:
    """List who searched, opened, revealed, copied or exported, newest first.

    Entries name the customer and the field, never a value. To read is an entry too. Whoever wants
    more than --limit goes on with --before, as the last line says. With --verify every page and
    table of the ledger is checked, the chain of entries from its beginning, and that it leads to
    every head noted outside; exit code 1 when anything is wrong.
    """
    if verify:
        _verify(settings, ledger_of(settings), heads, as_json)
        return
    wanted = _wanted(whom, asked)
    if whom:
        refuse_unknown(settings, ledger_of(settings), whom)
    if form:
        _write_reading(settings, wanted, form)
        _export(settings, wanted, form)
        return
    _list(settings, wanted, (before, after), limit, as_json)


def _wanted(whom: Whom | None, asked: "dict[str, str | datetime | None]") -> "Wanted":
    kinds = {**_KINDS, "actor": None}
    named = [(kind, asked[option]) for option, kind in kinds.items() if asked[option]]
    if len(named) > 1:
        raise click.UsageError("Say one of --actor, --person, --terminal, --operator.")
    kind, actor = named[0] if named else (None, None)
    return about(
        whom,
        kind=kind,
        actor=actor,
        action=asked["action"],
        since=_us(asked["since"]),
        until=_us(asked["until"]),
    )


def _us(told: "str | datetime | None") -> int | None:
    return micros(told) if isinstance(told, datetime) else None


def _write_reading(settings: Settings, wanted: "Wanted", form: str | None) -> None:
    source, code = wanted.code or (None, None)
    write_down(
        settings,
        "audit_exported" if form else "audit",
        customer=wanted.customer,
        source=source,
        external_id=code,
        about=wanted.actor,
        detail=wanted.said or None,
    )


def _list(
    settings: Settings,
    wanted: "Wanted",
    between: tuple[int | None, int | None],
    limit: int,
    as_json: bool,
) -> None:
    from mirror.ledger.journal import entries

    before, after = between
    found = entries(ledger_of(settings), wanted, before=before, after=after, limit=limit)
    _write_reading(settings, wanted, None)  # durable before the first line is printed
    listing(found, _COLUMNS, _row, as_json=as_json, nothing="No entry fits.")
    if len(found) == limit and not as_json:
        click.echo(f"Older ones: --before {found[-1].id}.", err=True)


def _row(entry: "Recorded") -> tuple[object, ...]:
    return (
        entry.id,
        moment(entry.at),
        _who(entry),
        entry.action,
        entry.outcome,
        entry.about or "",
        f"{entry.source}/{entry.external_id}" if entry.external_id else entry.source or "",
        entry.field or "",
        " · ".join(filter(None, (entry.reason, entry.detail))),
        entry.session or "",
        entry.address or "",
    )


def _who(entry: "Recorded") -> str:
    """By what it is, so that nobody is taken for another of the same name."""
    what = {kind: option for option, kind in _KINDS.items()}.get(entry.actor_kind, "")
    return f"{what} {entry.actor}" if what != "person" else entry.actor


def _export(settings: Settings, wanted: "Wanted", form: str) -> None:
    from web.operations.journal import FORMS

    for part in FORMS[form](ledger_of(settings), wanted):
        click.echo(part, nl=False)


def _verify(settings, ledger, heads: tuple[str, ...], as_json: bool) -> None:  # type: ignore[no-untyped-def]
    from mirror.ledger import copies, journal

    damage, verdict = ledger.damage(), journal.verify(ledger)
    given = [copies.given(head) for head in heads]
    noted = outside_of(settings).noted()
    outside = copies.misfit(ledger, [*noted, *given])
    if as_json:
        row = {"rows": verdict.rows, "broken_at": verdict.broken_at, "head": verdict.head}
        print_json(row | {"damage": damage, "outside": outside or None, "heads": len(noted)})
    else:
        told = "intact" if verdict.intact else f"broken at entry {verdict.broken_at}"
        click.echo(f"{verdict.rows:,} entries checked: {told}. Head: {verdict.head}")
        for line in (*(f"The file is damaged: {one}." for one in damage), outside):
            click.echo(line, nl=bool(line))
        if not outside:
            click.echo(f"It leads to each of {len(noted) + len(given):,} heads noted outside.")
    if damage or outside or not verdict.intact:
        raise SystemExit(EXIT_FAILED)


# `espelho export`: the mirror's customers as NDJSON.


@click.command()
@click.option("--source", metavar="NAME", help="Only this source.")
@click.option("--clear", is_flag=True, help="Nothing masked; needs --reason.")
@click.option("--reason", metavar="TEXT", help="Why the export is made.")
@with_settings
def export(settings: Settings, source: str | None, clear: bool, reason: str | None) -> None:
    """Print the mirror's customers, one JSON object a line, masked unless --clear.

    Every export is written to the audit journal, with who and why, and so is each customer in it,
    before their line is printed: masked, it still holds their name.
    """
    from mirror.ledger.journal import operator
    from mirror.reading.listing import records, row

    if source:
        sources_of(settings, source)
    if clear and not (reason and reason.strip()):
        raise click.UsageError("A clear export needs --reason: it is written to the journal.")
    how = "clear" if clear else "masked"
    write_down(settings, "export", source=source, reason=reason, detail=how)
    ledger, some = ledger_of(settings), 0
    for part in records(mirror_of(settings, read_only=True), source):
        _write_each(ledger, part, reason=reason, detail=how)
        some += len(part)
        for _, whose, record in part:
            print_json(row(whose, record, clear))
    told = f"{some:,} customers left {how}, each an entry of the journal under {operator().name}."
    click.echo(told, err=True)


def _write_each(ledger, part, **said: str | None) -> None:  # type: ignore[no-untyped-def]
    """A row for each of them, all in one durable transaction."""
    from mirror.ledger import journal

    actor, keys = journal.operator(), ledger.keys
    journal.record(
        ledger,
        *(actor.did("exported", **journal.whose(keys, *one), **said) for one in part),
    )


# `espelho backup` and `espelho restore`: the ledger. A mirror is read from its masters again.


@click.command()
@click.argument("place", type=click.Path(path_type=Path))
@with_settings
def backup(settings: Settings, place: Path) -> None:
    """Write a backup of the ledger to PLACE: a new file, or a directory.

    Staff, terminals and the journal; encrypted as the ledger is, so keep the key elsewhere. The
    pages go on meanwhile. Of the mirror none is needed: its masters have everything.
    """
    write_down(settings, "backup")
    made = back_up_ledger(settings, place)
    click.echo(f"{made.file}: {made.rows:,} entries, read again: intact. Head: {made.head}")


@click.command()
@click.argument("file", required=False, type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--as-it-is", is_flag=True, help="No backup: go on with the ledger as it is, on record."
)
@with_settings
def restore(settings: Settings, file: Path | None, as_it_is: bool) -> None:
    """Restore the ledger from the backup FILE. The pages may go on meanwhile.

    Nothing that the ledger in place still knows is taken back: its journal goes on, whom it
    revoked or disabled stays so, and everybody has to sign in again. A ledger that leads elsewhere
    or cannot be read is set aside, not deleted. Both heads are written to the journal.
    """
    from mirror.ledger.journal import operator

    if (file is None) != as_it_is:
        raise click.UsageError("Name the backup, or say --as-it-is where there is none.")
    noted = outside_of(settings).noted()
    reason = f"last head noted outside: {noted[-1].head}" if noted else None
    who = operator().did("restore", reason=reason)
    if file is None:
        restored, aside = keep_ledger(settings, who)
    else:
        restored, aside = restore_ledger(settings, file, who)
    for one in aside:
        click.echo(f"Set aside: {one}")
    for line in restored_told(settings, restored):
        click.echo(line)
