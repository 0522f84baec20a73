"""Puts the parts together from plain settings: sources and databases."""

import os
from contextlib import AbstractContextManager, closing, nullcontext, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import structs

from config import sources
from config.databases import carry as carry
from config.databases import content, ledgers, said
from config.databases import has_mirror as has_mirror
from config.databases import ledger_of as ledger_of
from config.databases import make_databases as make_databases
from config.databases import make_places as make_places
from config.databases import mirror_of as mirror_of
from config.databases import writer_password as writer_password
from config.settings import BadSettings, Settings, SourceSettings
from config.sources import declared
from config.sources import merged as merged
from config.sources import preset as preset

# The web, the connector and the databases are imported by those who use them: what a command says
# of itself, and the commands that need no mirror, must not wait for SQLAlchemy.
if TYPE_CHECKING:
    from connector.http.transport import Route
    from connector.sources.checks import Declared
    from connector.sources.rest import RestSource
    from connector.sources.sell import SellSource
    from mirror.ledger.copies import Backup, Outside, Restored
    from mirror.ledger.journal import Entry
    from mirror.store.engine import Database
    from web.settings import Installed


def close_ledgers(settings: Settings) -> list[str]:
    """Close what a command opened: nothing waits in a log, and the journal's head is noted.

    A sentence where it could not be.
    """
    told = []
    mine = ledgers[settings.data_dir]  # another installation's head is none of this journal
    while mine:
        ledger = mine.pop()
        told.append(note_head(settings, ledger))
        ledger.close()
    return list(filter(None, told))


def outside_of(settings: Settings) -> "Outside":
    """Where the heads of the journal are noted."""
    from mirror.ledger.copies import Outside

    audit = settings.audit
    return Outside(settings.head_file, audit.head_syslog, audit.head_command or "")


def note_head(settings: Settings, ledger: "Database", *, restored: bool = False) -> str:
    """Note the journal's head outside; a sentence where that cannot be done, and why."""
    from subprocess import SubprocessError

    from mirror.store.faults import DatabaseProblem

    try:
        outside_of(settings).note(ledger, restored=restored)
    except (OSError, SubprocessError, DatabaseProblem) as problem:
        why = getattr(problem, "strerror", None) or problem
        return f"The head of the journal could not be noted in {settings.head_file}: {why}."
    return ""


def refuse_other_journal(settings: Settings, ledger: "Database") -> None:
    """Raise HeadProblem unless the journal leads to every head that was noted outside."""
    from mirror.ledger.copies import refuse_other_journal

    refuse_other_journal(ledger, outside_of(settings).noted())


def note_now(settings: Settings) -> list[str]:
    """Note the head of the journal as it is now; a sentence where that cannot be done."""
    ledger_of(settings)
    return close_ledgers(settings)


def settle(settings: Settings) -> list[str]:
    """At the end of whoever served: the journal's head is noted, and nothing left in a log."""
    problems = note_now(settings)
    mirror_of(settings, damaged=True).close()
    return problems


def back_up_ledger(settings: Settings, place: Path) -> "Backup":
    """Write a backup of the ledger, while whoever has it open goes on."""
    from mirror.ledger.copies import back_up
    from mirror.store.sealing import load_key
    from mirror.store.sqlite import open_copy

    _refuse_server(settings, "a backup")
    keys = load_key(settings.key_file)
    return back_up(ledger_of(settings), place, lambda file: open_copy(file, keys))


def restore_ledger(settings: Settings, file: Path, who: "Entry") -> "tuple[Restored, list[Path]]":
    """Put the ledger of a backup in place; what it is made of, and where the one before lies.

    Raises DatabaseProblem, with nothing changed, where the backup is not as it was written.
    """
    from mirror.ledger import copies
    from mirror.store.faults import Replaced
    from mirror.store.sealing import load_key
    from mirror.store.sqlite import LEDGER_FILE, RESTORING_FILE, take_in_ledger
    from mirror.store.sqlite_copies import put_in_place, remove

    _refuse_server(settings, "restoring")
    taken = settings.data_dir / RESTORING_FILE
    try:
        with closing(
            take_in_ledger(settings.data_dir, file, load_key(settings.key_file))
        ) as backup:
            copies.refuse_unsound(backup, file)
            ledger, alone = _in_place(settings)
            whole = ledger is not None and copies.is_whole(ledger)
            if ledger and whole and not alone and copies.of_one_line(ledger, backup):
                return copies.merge(ledger, backup, who), []
            readable = ledger if copies.is_readable(ledger) else None
            aside: list[Path] = []
            with suppress(Replaced), nullcontext() if alone else _kept_still(readable):
                restored = copies.carry(backup, readable, who, trusted=whole)
                backup.close()
                aside += put_in_place(taken, settings.data_dir / LEDGER_FILE)
            return restored, aside
    finally:
        remove(taken)


def restored_told(settings: Settings, restored: "Restored") -> list[str]:
    """What became of a restored ledger, in sentences; from here on its heads are noted anew."""
    from mirror.ledger.copies import lost, misfit

    ledger, noted = ledger_of(settings), outside_of(settings).noted()
    wrong = misfit(ledger, noted)
    told = [
        restored.sentence,
        "Every session has ended: everybody signs in again.",
        f"{lost(restored, noted)} Look through `espelho user list` and `espelho device list`: whom "
        "nobody knows to be disabled or revoked any more is let in again."
        if wrong
        else "",
        note_head(settings, ledger, restored=bool(wrong)),
    ]
    return list(filter(None, told))


def keep_ledger(settings: Settings, who: "Entry") -> "tuple[Restored, list[Path]]":
    """Go on with the ledger as it is; a log of another file beside it is set aside."""
    from mirror.ledger import copies
    from mirror.store.faults import DatabaseProblem
    from mirror.store.sqlite import LEDGER_FILE
    from mirror.store.sqlite_copies import set_log_aside

    aside: list[Path] = []
    try:
        ledger = ledger_of(settings)
    except DatabaseProblem:
        aside = set_log_aside(settings.data_dir / LEDGER_FILE)
        ledger = ledger_of(settings)
    return copies.as_it_is(ledger, who), aside


def _in_place(settings: Settings) -> "tuple[Database | None, bool]":
    """The ledger that is there, and whether it can only be read, without the log beside it."""
    from mirror.store.faults import DatabaseProblem
    from mirror.store.sealing import load_key
    from mirror.store.sqlite import LEDGER_FILE, open_copy
    from mirror.store.sqlite_log import wait_for_lost_log

    try:
        return ledger_of(settings), False
    except DatabaseProblem:
        file = settings.data_dir / LEDGER_FILE
        wait_for_lost_log(file)
        return (open_copy(file, load_key(settings.key_file)) if file.exists() else None), True


def _kept_still(ledger: "Database | None") -> "AbstractContextManager[Any]":
    """Nobody writes to it meanwhile: what was written would stay behind."""
    return ledger.writing() if ledger else nullcontext()


def _refuse_server(settings: Settings, act: str) -> None:
    """Of a ledger on a server copies are the server's business."""
    from mirror.store.faults import DatabaseProblem

    if settings.ledger.url:
        raise DatabaseProblem(
            f"The ledger lies on a PostgreSQL server (ledger.url), and {act} is done there: by "
            "base backups with WAL, or `pg_dump`. Then `espelho restore --as-it-is` goes on with "
            "what is there, on record."
        )


def table_of(settings: Settings, source: SourceSettings) -> dict[str, Any]:
    """What a source says of its master, unchecked; raises BadSettings where nothing can be read."""
    return sources.table_of(settings.file, source)


def source_of(settings: Settings, source: SourceSettings) -> "RestSource | SellSource":
    """A source ready to be read; raises BadSettings with every mistake."""
    from connector.http import OriginRefused

    defined = declared(settings.file, source, settings.sources)
    if defined.default_ddd is None and settings.web.default_ddd:  # of the shop, and so of its data
        defined = structs.replace(defined, default_ddd=settings.web.default_ddd)
    secrets = _secrets(settings, source)
    try:
        return _opened(settings, source, defined, secrets)
    except (OriginRefused, ValueError) as why:  # an address
        sentence = str(why).rstrip(".")
        raise BadSettings(f"sources.{source.name}: {sentence}.") from None


def _opened(
    settings: Settings, source: SourceSettings, defined: "Declared", secrets: dict[str, str]
) -> "RestSource | SellSource":
    """The source by the protocol that its definition is of."""
    from connector.sources.source_file import SellDefinition

    how: dict[str, Any] = {
        "interval_s": source.interval_s,
        "allow_insecure": source.allow_insecure,
        "allow_private": source.allow_private,
        "route": _route(settings, source, secrets),
        "spent": _spent(settings, source) if defined.limits.per_day else (),
    }
    if isinstance(defined, SellDefinition):
        from connector.sources.sell import open_sell

        return open_sell(source.name, defined, source.base_url, secrets, **how)
    from connector.auth.oauth import SealedFile
    from connector.sources.rest import open_source
    from mirror.store.sealing import load_key

    store = SealedFile(settings.data_dir / f"{source.name}.token", load_key(settings.key_file))
    return open_source(source.name, defined, source.base_url, secrets, store, **how)


def _route(settings: Settings, source: SourceSettings, secrets: dict[str, str]) -> "Route":
    """How the master of a source is reached."""
    from connector.http.transport import Route

    proxy, login = source.proxy, secrets.get("proxy")
    if proxy == "environment":
        proxy, told = _proxy_of_environment(source)
        login = login or told
    return Route(
        ca_file=str(settings.file.parent / source.ca_file) if source.ca_file else None,
        bundle=os.environ.get("SSL_CERT_FILE") or None,
        proxy=proxy or None,
        proxy_login=login if proxy else None,
    )


def _proxy_of_environment(source: SourceSettings) -> tuple[str, str | None]:
    """The proxy that the usual variables name for a source's master, and the login in it.

    Empty where they name none, or NO_PROXY excepts the master.
    """
    from urllib import request
    from urllib.parse import unquote, urlsplit

    parts, named = urlsplit(source.base_url), request.getproxies_environment()
    found = named.get(parts.scheme) or named.get("all") or ""
    excepted = request.proxy_bypass_environment(parts.netloc)  # type: ignore[attr-defined]
    if not found or excepted:
        return "", None
    address = urlsplit(found if "://" in found else f"http://{found}")
    login, _, host = address.netloc.rpartition("@")
    return f"{address.scheme}://{host}", unquote(login) or None


def _spent(settings: Settings, source: SourceSettings) -> "list[tuple[float, int]]":
    """What earlier processes asked the master of a source within the last day."""
    from mirror.store import progress

    if not has_mirror(settings):
        return []
    with (
        closing(mirror_of(settings, read_only=True)) as db,
        db.reading() as connection,
    ):
        return progress.asked_lately(connection, source.name)


def _secrets(settings: Settings, source: SourceSettings) -> dict[str, str]:
    """Every secret of a source; raises BadSettings naming all that cannot be read."""
    found, mistakes = {}, []
    for key in source.secrets:
        try:
            found[key] = secret_of(settings, source, key)
        except BadSettings as why:
            mistakes.append(str(why))
    if mistakes:
        raise BadSettings("\n".join(mistakes))
    return found


def secret_of(settings: Settings, source: SourceSettings, key: str) -> str:
    """The secret of a source that is named so; raises BadSettings where it cannot be read."""
    place = f"sources.{source.name}.secrets.{key}"
    write = f"`espelho source secret {source.name} {key}` writes it"
    return said(settings, source.secrets[key], place, write)


def token_of(settings: Settings) -> str:
    """What other machines show to read figures; empty where nobody may. Raises BadSettings."""
    if not settings.metrics_token:
        return ""
    file = settings.file.parent / settings.metrics_token
    found = content(file, "web.metrics_token")
    if not (found and found.isascii() and found.isprintable()):
        raise BadSettings(f"web.metrics_token: {file} must hold one line of plain ASCII.")
    return found


def installed_of(settings: Settings) -> "Installed":
    """Where the installation lies and what it may ask; raises BadSettings for the token's file."""
    from web.settings import Installed

    tables = {one.name: table_of(settings, one) for one in settings.sources}
    budgets = {name: one.get("limits", {}) for name, one in tables.items()}
    return Installed(
        settings.data_dir,
        settings.key_file,
        {name: limits["per_day"] for name, limits in budgets.items() if limits.get("per_day")},
        tuple(name for name, one in tables.items() if sources.is_asked_singly(one)),
        token_of(settings),
        outside_of(settings).noted,
    )
