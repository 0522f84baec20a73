"""What several commands have in common: settings at hand, which customer is meant, answers."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from datetime import datetime, timedelta
from functools import wraps
from itertools import groupby
from typing import TYPE_CHECKING, Any, TypeVar

import click
import msgspec

from config.assemble import close_ledgers, ledger_of, mirror_of
from config.settings import BadSettings, Settings, SourceSettings, find_file, load
from mirror.instants import instant_of

if TYPE_CHECKING:
    from mirror.ledger.journal import Wanted
    from mirror.store.engine import Database
    from mirror.store.progress import Word

PORT = click.IntRange(1, 65_535)
COUNT = click.IntRange(min=1)

as_json = click.option(
    "--json", "as_json", is_flag=True, help="Print JSON, one object a line, for programs."
)


def with_settings(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give the command the settings as its first argument."""

    @click.pass_obj
    @wraps(command)
    def inner(named: str | None, *args: Any, **options: Any) -> Any:
        settings = load(find_file(named))
        try:
            return command(settings, *args, **options)
        finally:
            for told in close_ledgers(settings):
                click.echo(f"espelho: {told}", err=True)

    return inner


def sources_of(settings: Settings, name: str | None) -> tuple[SourceSettings, ...]:
    """The source of that name, or every one; raises BadSettings where there is none."""
    if not settings.sources:
        raise BadSettings(f"There is no source in {settings.file}: declare one as [sources.NAME].")
    return (settings.source(name),) if name else settings.sources


def write_down(settings: Settings, action: str, **said: Any) -> None:
    """Write into the journal what whoever runs this is about to do; raises AuditUnavailable.

    It stands there before anything is shown or changed: what cannot be written down is not done.
    """
    from mirror.ledger import journal

    with closing(ledger_of(settings)) as ledger:
        journal.record(ledger, journal.operator().did(action, **said))


_One = TypeVar("_One")


def print_json(row: Any) -> None:
    """One JSON object on a line of its own."""
    click.echo(msgspec.json.encode(row).decode())


def moment(us: int | None) -> str:
    """An instant of the databases in this machine's time, which it names, to the second."""
    if us is None:
        return "–"
    return instant_of(us).astimezone().strftime("%Y-%m-%d %H:%M:%S %Z")


def listing(
    found: Sequence[_One],
    titles: Sequence[str],
    row: Callable[[_One], Sequence[object]],
    *,
    as_json: bool,
    nothing: str,
) -> None:
    """What was found, one a line: each whole as JSON, or its ``row`` in a table."""
    if as_json:
        for one in found:
            print_json(one)
    else:
        table(titles, map(row, found), nothing=nothing)


def table(titles: Sequence[str], rows: Iterable[Sequence[object]], *, nothing: str) -> None:
    """A plain table as wide as its contents, or the sentence for an empty one."""
    # A line is a row: a cell with an end of line in it would be taken for another one.
    lines = [[str(cell).replace("\n", "\\n") for cell in row] for row in rows]
    if not lines:
        click.echo(nothing)
        return
    widths = [max(map(len, column)) for column in zip(titles, *lines, strict=True)]
    for line in (titles, *lines):
        cells = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        click.echo("  ".join(cells).rstrip())


# Which customer is meant: SOURCE/CODE, the master's own name for one, or the mirror's number.

_MOST_DIGITS = 18


# Words of a master's that the map does not know, each with what teaches it.


def tell_words(words: "Iterable[Word]", indent: str = "") -> None:
    """Print how many records have each, and for each place the lines to be added."""
    for _, here in groupby(words, key=lambda one: (one.source, one.stream, one.place)):
        from mirror.store.progress import lesson

        ones = list(here)
        lines = [*map(_told_of, ones), *(f"  {line}" for line in lesson(ones))]
        click.echo("\n".join(f"{indent}{line}" for line in lines))


def _told_of(one: "Word") -> str:
    records = f"{one.records:,} record{'' if one.records == 1 else 's'}"
    last = f", the last at {moment(one.seen_at)}" if one.seen_at else ""
    if one.word:
        return f"Unknown word: {one.place} {one.quoted} in {records} of {one.stream}{last}."
    return (
        f"No vocabulary: {one.place} in {records} of {one.stream}{last} is no short word, or a "
        "different one each time. Does its path hold one?"
    )


class Since(click.ParamType[datetime]):
    """Reads a day, or a day and an hour, of this machine's time: its beginning, or its end."""

    name = "time"

    def __init__(self, *, to_the_end: bool = False) -> None:
        self._to_the_end = to_the_end

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        """The instant; of a day without an hour its beginning, or the beginning of the next."""
        try:
            told = datetime.fromisoformat(value)
        except ValueError:
            return self.fail("write it as 2026-11-30 or 2026-11-30T14:30.")
        whole = len(value) <= len("2026-11-30") and self._to_the_end
        return (told + timedelta(days=whole)).astimezone()


class NoSuchCustomer(Exception):
    """Neither the mirror nor the journal knows the customer; what was typed is not repeated."""


class Whom(msgspec.Struct, frozen=True):
    """A customer as typed. A number is the mirror's: a mirror that is rebuilt gives others."""

    source: str | None = None
    code: str | None = None
    number: int | None = None


class WhomType(click.ParamType[Whom]):
    """Reads SOURCE/CODE or a number from the command line."""

    name = "customer"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Whom:
        """The customer meant; fails as wrong usage, without repeating what was typed."""
        source, slash, code = value.partition("/")
        if source and code:
            return Whom(source, code)
        if not slash and value.isascii() and value.isdigit() and len(value) <= _MOST_DIGITS:
            return Whom(number=int(value))
        return self.fail(
            "write SOURCE/CODE (the code is on the customer's page) or the number in the page's "
            "address."
        )


def about(whom: Whom | None, **asked: Any) -> "Wanted":
    """What of the journal is asked for: of a customer, and whatever else is said."""
    from mirror.ledger.journal import Wanted

    if whom is None:
        return Wanted(**asked)
    if whom.source and whom.code:
        return Wanted(code=(whom.source, whom.code), **asked)
    return Wanted(customer=whom.number, **asked)


def refuse_unknown(settings: Settings, ledger: "Database", whom: Whom) -> None:
    """Raise NoSuchCustomer, or BadSettings for an unknown source, where nobody knows ``whom``."""
    from mirror.ledger.journal import entries

    if entries(ledger, about(whom), limit=1):
        return
    if whom.source:
        sources_of(settings, whom.source)
    if not _mirrored(settings, whom):
        raise NoSuchCustomer(
            f"Neither mirror nor journal has {_told(whom)}. Write SOURCE/CODE; the code is on the "
            "customer's page."
        )


def _mirrored(settings: Settings, whom: Whom) -> bool:
    from mirror.reading.find import get
    from mirror.writing.customers import CUSTOMERS
    from mirror.writing.judgement import graves

    mirror = mirror_of(settings, read_only=True)
    if whom.source is None or whom.code is None:
        return get(mirror, whom.number or 0) is not None
    with mirror.reading() as connection:
        there = CUSTOMERS.hashes(connection, whom.source, [whom.code])
        return bool(there or graves(connection, whom.source, [whom.code]))


def _told(whom: Whom) -> str:
    return f"a customer of {whom.source} with that code" if whom.source else "that number"
