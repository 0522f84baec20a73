"""Puts the parts together from plain settings: sources and databases."""

import os
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import structs

from config import sources
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
    from mirror.store.engine import Database


def mirror_of(settings: Settings, *, read_only: bool = False) -> "Database":
    """The mirror; raises KeyProblem or DatabaseProblem."""
    from mirror.store.sealing import load_key
    from mirror.store.sqlite import open_mirror

    return open_mirror(settings.data_dir, load_key(settings.key_file), read_only=read_only)


def ledger_of(settings: Settings) -> "Database":
    """The ledger; raises KeyProblem or DatabaseProblem."""
    from mirror.store.sealing import load_key
    from mirror.store.sqlite import open_ledger

    return open_ledger(settings.data_dir, load_key(settings.key_file))


def make_databases(settings: Settings) -> None:
    """Create both databases or bring them to this program's schema; safe to repeat."""
    from mirror.store.sealing import load_key
    from mirror.store.sqlite import create_databases

    create_databases(settings.data_dir, load_key(settings.key_file))


def has_mirror(settings: Settings) -> bool:
    """Whether there is a mirror already, be it one that does not open."""
    from mirror.store.sqlite import holds_mirror

    return holds_mirror(settings.data_dir)


def table_of(settings: Settings, source: SourceSettings) -> dict[str, Any]:
    """What a source says of its master, unchecked; raises BadSettings where nothing can be read."""
    return sources.table_of(settings.file, source)


def source_of(settings: Settings, source: SourceSettings) -> "RestSource | SellSource":
    """A source ready to be read; raises BadSettings with every mistake."""
    from connector.http.errors import OriginRefused

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

    return Route(
        ca_file=str(settings.file.parent / source.ca_file) if source.ca_file else None,
        bundle=os.environ.get("SSL_CERT_FILE") or None,
        proxy=source.proxy or None,
        proxy_login=secrets.get("proxy") if source.proxy else None,
    )


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
    where = source.secrets[key]
    if name := where.get("env"):
        value = os.environ.get(name, "")
        told = f"the environment variable {name}"
    else:
        file = settings.file.parent / where["file"]
        value = _content(file, place)
        told = str(file)
    if not value:
        raise BadSettings(f"{place}: {told} is empty or not set.")
    if not (value.isascii() and value.isprintable()):
        raise BadSettings(f"{place}: {told} must hold one line of plain ASCII.")
    return value


def _content(file: Path, place: str) -> str:
    try:
        return file.read_bytes().decode("utf-8", "replace").strip()
    except OSError as error:
        raise BadSettings(f"{place}: {file} cannot be read ({error.strerror}).") from None
