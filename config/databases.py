"""Opens mirror and ledger where the settings say that they lie: in files, or on a server."""

import os
from collections import defaultdict
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any

from config.settings import BadSettings, Settings

# Databases are imported by those who use them, and each engine by those who chose it.
if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection, MetaData, Table

    from mirror.store.engine import Database


def mirror_of(settings: Settings, *, read_only: bool = False, damaged: bool = False) -> "Database":
    """The mirror; raises KeyProblem, DatabaseProblem, BadSettings for a password's place.

    ``damaged``: also a file that is, or is of another key, for whoever waits for a sound one; that
    the key is right they know by the ledger.
    """
    from mirror.store.sealing import load_key

    keys, place = load_key(settings.key_file), settings.mirror
    if place.url:
        from mirror.store import postgres

        urls = (place.read_url or (place.url,)) if read_only else (place.url,)
        which = "read_password" if read_only else "password"
        password = _password(settings, "mirror", which)
        return postgres.open_mirror(urls, password, keys, read_only=read_only)
    from mirror.store.sqlite import open_mirror

    return open_mirror(settings.data_dir, keys, read_only=read_only, damaged=damaged)


def ledger_of(settings: Settings) -> "Database":
    """The ledger; raises as `mirror_of`."""
    from mirror.store.sealing import load_key

    keys, url = load_key(settings.key_file), settings.ledger.url
    if url:
        from mirror.store import postgres

        ledger = postgres.open_ledger((url,), _password(settings, "ledger"), keys)
    else:
        from mirror.store.sqlite import open_ledger

        ledger = open_ledger(settings.data_dir, keys)
    ledgers[settings.data_dir].append(ledger)
    return ledger


def writer_password(settings: Settings) -> str:
    """The password of whoever owns the mirror on a server."""
    return _password(settings, "mirror")


def _password(settings: Settings, table: str, key: str = "password") -> str:
    """What stands where the settings say; empty where the server asks for none."""
    where = getattr(getattr(settings, table), key)
    return said(settings, where, f"{table}.{key}") if where else ""


ledgers: "defaultdict[Path, list[Database]]" = defaultdict(list)


def make_databases(settings: Settings) -> None:
    """Create both databases or bring them to this program's schema; safe to repeat."""
    from mirror.store.sealing import load_key
    from mirror.store.sqlite import FILES, bring_up

    keys = load_key(settings.key_file)
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name, file in FILES.items():
        if url := getattr(settings, name).url:
            from mirror.store import postgres, postgres_setup

            reader = _user(settings.mirror.read_url[:1]) or postgres.READER
            postgres_setup.bring_up(name, url, _password(settings, name), keys, reader)
        else:
            bring_up(settings.data_dir / file, name, keys)


def make_places(settings: Settings, admin: str) -> None:
    """Make the databases and roles that the settings name, by an administrator's address."""
    from mirror.store.postgres import LEDGER, READER, WRITER
    from mirror.store.postgres_setup import make_place

    mirror, ledger = settings.mirror, settings.ledger
    if mirror.url:
        owner = _user((mirror.url,)) or WRITER, _password(settings, "mirror")
        guest = _user(mirror.read_url[:1]) or READER, _password(settings, "mirror", "read_password")
        make_place(admin, "mirror", mirror.url, (owner, guest))
    if ledger.url:
        owner = _user((ledger.url,)) or LEDGER, _password(settings, "ledger")
        make_place(admin, "ledger", ledger.url, (owner,))


def _user(urls: tuple[str, ...]) -> str:
    from urllib.parse import unquote, urlsplit

    return unquote(urlsplit(urls[0]).username or "") if urls else ""


def has_mirror(settings: Settings) -> bool:
    """Whether there is a mirror already, be it one that does not open."""
    place = settings.mirror
    if place.url:
        from mirror.store import postgres_setup

        password = _password(settings, "mirror", "read_password")
        return postgres_setup.holds_mirror(place.read_url or (place.url,), password)
    from mirror.store.sqlite import holds_mirror

    return holds_mirror(settings.data_dir)


def said(settings: Settings, where: dict[str, str], place: str, write: str = "") -> str:
    """What an environment variable or a file says; raises BadSettings naming the setting."""
    if name := where.get("env"):
        value = os.environ.get(name, "")
        told = f"the environment variable {name}"
    else:
        file = settings.file.parent / where["file"]
        value = content(file, place, write)
        told = str(file)
    if not value:
        raise BadSettings(f"{place}: {told} is empty or not set.")
    if not (value.isascii() and value.isprintable()):
        raise BadSettings(f"{place}: {told} must hold one line of plain ASCII.")
    return value


def content(file: Path, place: str, advice: str = "") -> str:
    """What a file says, without spaces around it; raises BadSettings naming the setting."""
    try:
        return file.read_bytes().decode("utf-8", "replace").strip()
    except OSError as error:
        told = "; ".join(filter(None, (error.strerror, advice)))
        raise BadSettings(f"{place}: {file} cannot be read ({told}).") from None


# From one place to another: every row of both databases, and proof that it is the same there.

_AT_ONCE = 5_000


def carry(here: Settings, there: Settings) -> dict[str, int]:
    """Write all rows of mirror and ledger to where other settings say; how many, by database.

    What is written is read again and compared before it counts. Nobody writes to either meanwhile.
    Raises DatabaseProblem, with nothing changed, where somebody is there already.
    """
    from mirror.ledger import ledger
    from mirror.store.tables import mirror

    return {
        "mirror": _carried(mirror_of(here), mirror_of(there), mirror, "customer"),
        "ledger": _carried(ledger_of(here), ledger_of(there), ledger, "audit"),
    }


def _carried(source: "Database", target: "Database", known: "MetaData", telling: str) -> int:
    from sqlalchemy import delete, select

    from mirror.store.engine import engine_of
    from mirror.store.faults import DatabaseProblem

    rows = 0
    with source.writing() as here, target.writing() as there:
        if there.execute(select(known.tables[telling]).limit(1)).first():
            raise DatabaseProblem(f"There are rows of {telling} where they are to be moved to.")
        for table in known.sorted_tables:
            there.execute(delete(table))
            found, digest = _written(here, there, table)
            if _digest(there, table) != digest:
                raise DatabaseProblem(f"{table.name} is not the same there: nothing was moved.")
            rows += found
        own = engine_of(there)
        own.renew(there, engine_of(here).stamp(here).generation)
    source.close()
    target.close()
    return rows


def _written(here: "Connection", there: "Connection", table: "Table") -> tuple[int, bytes]:
    from sqlalchemy import insert

    from mirror.store.engine import Prepared

    put, rows, digest = Prepared(insert(table), *table.columns.keys()), 0, b""
    for part in _parts(here, table):
        put.many(there, part)
        rows, digest = rows + len(part), _chained(digest, part)
    return rows, digest


def _digest(connection: "Connection", table: "Table") -> bytes:
    digest = b""
    for part in _parts(connection, table):
        digest = _chained(digest, part)
    return digest


def _parts(connection: "Connection", table: "Table") -> "Iterator[list[tuple[Any, ...]]]":
    """All rows in the order of their key, which is the same on every engine."""
    from sqlalchemy import select, tuple_

    key = list(table.primary_key.columns)
    places = [list(table.columns).index(one) for one in key]
    ordered = select(table).order_by(*key).limit(_AT_ONCE)
    part = [tuple(row) for row in connection.execute(ordered)]
    while part:
        yield part
        last = tuple(part[-1][place] for place in places)
        part = [tuple(row) for row in connection.execute(ordered.where(tuple_(*key) > last))]


def _chained(before: bytes, rows: "list[tuple[Any, ...]]") -> bytes:
    import msgspec

    return blake2b(msgspec.msgpack.encode((before, rows)), digest_size=32).digest()
