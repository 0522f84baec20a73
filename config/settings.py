"""Reads `espelho.toml`: once, whole, every mistake told at the same time.

Paths are relative to the file. Secrets are never in it: each is named by an environment variable
or a file.
"""

import os
import stat
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from config.sources import BadSettings as BadSettings
from config.sources import SourceSettings as SourceSettings
from config.sources import lined, missing, mistakes_of, refusal, source_from, table_at
from connector.validation import Mistake, fitted
from web.settings import WebSettings

FILE = "espelho.toml"
VARIABLE = "ESPELHO_CONFIG"


class _Top(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What stands at the top of the file; each table below it is read by itself."""

    data_dir: str = "data"
    key_file: str = "espelho.key"
    rebuild_damaged_mirror: bool = False
    """Whether the connector may set a damaged mirror aside and read the masters from nothing."""
    web: Any = {}
    audit: Any = {}
    mirror: Any = {}
    ledger: Any = {}
    sources: Any = {}


class Audit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the journal's heads are noted, outside the data directory."""

    head_file: str | None = None
    head_syslog: bool = False
    head_command: str | None = None


class LedgerPlace(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the ledger lies: in a file of the data directory, or on a PostgreSQL server."""

    url: str = ""
    password: dict[str, str] | None = None
    """``env`` or ``file``, as of a source's secrets."""


class MirrorPlace(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the mirror lies, and from which servers it is read."""

    url: str = ""
    password: dict[str, str] | None = None
    read_url: tuple[str, ...] = ()
    """Standbys, asked in this order; without them whoever reads asks the server of ``url``."""
    read_password: dict[str, str] | None = None


class Server(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Of [web], what is not the pages' business: where they are served and by how many."""

    host: str = "127.0.0.1"
    port: Annotated[int, Meta(ge=1, le=65_535)] = 8700
    workers: Annotated[int, Meta(ge=1, le=64)] = 2
    metrics_token: str = ""
    """The file of what other machines show at /metrics; without it only this one may ask."""


@dataclass(frozen=True)
class Settings:
    """Everything that was chosen, as plain values."""

    file: Path
    data_dir: Path
    key_file: Path
    host: str = "127.0.0.1"
    port: int = 8700
    workers: int = 2
    metrics_token: str = ""
    web: WebSettings = field(default_factory=WebSettings)
    sources: tuple[SourceSettings, ...] = ()
    rebuild_damaged_mirror: bool = False
    audit: Audit = field(default_factory=Audit)
    mirror: MirrorPlace = field(default_factory=MirrorPlace)
    ledger: LedgerPlace = field(default_factory=LedgerPlace)

    @property
    def head_file(self) -> Path:
        """Beside the data directory, where the settings name no other place."""
        if self.audit.head_file:
            return self.file.parent / self.audit.head_file
        data = self.data_dir.resolve()
        return data.with_name(f"{data.name}.head")

    def source(self, name: str) -> SourceSettings:
        """The source of that name; raises BadSettings naming those there are."""
        for source in self.sources:
            if source.name == name:
                return source
        names = ", ".join(source.name for source in self.sources) or "none"
        raise BadSettings(f"There is no source {name!r} in {self.file}; there are: {names}.")


def find_file(named: str | None) -> Path:
    """The settings file: as named, by ESPELHO_CONFIG, or `espelho.toml` here."""
    return Path(named or os.environ.get(VARIABLE) or FILE).absolute()


def load(file: Path) -> Settings:
    """Read and check; raises BadSettings with every mistake."""
    try:
        content = tomllib.loads(file.read_text("utf-8"))
    except FileNotFoundError:
        raise BadSettings(
            f"There is no {file}. `espelho init` writes one here; `--config FILE` or "
            f"{VARIABLE} names another; `espelho demo` needs none."
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise BadSettings(f"{file} cannot be read: {error}.") from None
    settings, mistakes = _settings(file, content)
    mistakes += (told for one in settings.sources for told in missing(file, one))
    if mistakes:
        raise refusal(file, [lined(one, file) for one in mistakes] + _others(settings))
    return settings


def _others(settings: Settings) -> list[str]:
    """The mistakes of sources too, which are otherwise looked at when a source is opened."""
    there = (one for one in settings.sources if not missing(settings.file, one))
    named = (one for one in there if bool(one.preset) != bool(one.file))
    return [told for one in named for told in mistakes_of(settings.file, one)]


def _settings(file: Path, content: dict[str, Any]) -> tuple[Settings, list[Mistake]]:
    top, mistakes = fitted(content, _Top)
    tables = table_at(top.sources, ("sources",), mistakes)
    audit, wrong = fitted(table_at(top.audit, ("audit",), mistakes), Audit, at=("audit",))
    mistakes += wrong
    mirror, wrong = fitted(table_at(top.mirror, ("mirror",), mistakes), MirrorPlace, at=("mirror",))
    mistakes += [*wrong, *_addresses("mirror", (mirror.url, *mirror.read_url))]
    ledger, wrong = fitted(table_at(top.ledger, ("ledger",), mistakes), LedgerPlace, at=("ledger",))
    mistakes += [*wrong, *_addresses("ledger", (ledger.url,))]
    mistakes += _of_both(mirror, ledger)
    settings = Settings(
        file=file,
        data_dir=file.parent / top.data_dir,
        key_file=file.parent / top.key_file,
        rebuild_damaged_mirror=top.rebuild_damaged_mirror,
        sources=tuple(source_from(name, table, mistakes) for name, table in tables.items()),
        audit=audit,
        mirror=mirror,
        ledger=ledger,
        **_web(top.web, mistakes),
    )
    if settings.head_file.resolve().is_relative_to(settings.data_dir.resolve()):
        told = "lies in data_dir: what happens to the ledger there would happen to it too"
        mistakes.append(Mistake(("audit", "head_file"), told))
    return settings, mistakes


def _addresses(table: str, urls: tuple[str, ...]) -> Iterator[Mistake]:
    """What is wrong with addresses of servers; the first is `url`, the others `read_url`."""
    for place, url in enumerate(urls):
        at = (table, "read_url", place - 1) if place else (table, "url")
        if url and (told := _wrong_address(url)):
            yield Mistake(at, told)
    if len(urls) > 1 and not urls[0]:
        yield Mistake((table, "read_url"), "needs mirror.url: somebody writes what is read.")


def _wrong_address(url: str) -> str:
    from urllib.parse import parse_qs, urlsplit

    parts, example = urlsplit(url), "postgresql://db.example/espelho_mirror"
    if parts.scheme not in ("postgresql", "postgres") or not parts.path.strip("/"):
        return f'must be like "{example}": a server and the name of a database.'
    asked = parse_qs(parts.query)
    if parts.password or "password" in asked:
        return "has a password in it: name the variable or file that holds it (password)."
    from mirror.store.postgres_link import is_local  # imports the driver, which few need

    mode = asked.get("sslmode", ["verify-full"])[0]
    if not is_local(url) and mode != "verify-full":
        return (
            f"says sslmode={mode}, and this machine is not its server: only verify-full keeps "
            "others from listening in and from answering in its place."
        )
    return ""


def _of_both(mirror: MirrorPlace, ledger: LedgerPlace) -> Iterator[Mistake]:
    if mirror.url and mirror.url == ledger.url:
        told = "is the mirror's: each needs a database of its own, since one is made anew at times"
        yield Mistake(("ledger", "url"), f"{told}.")
    for table, place in (("mirror", mirror), ("ledger", ledger)):
        for name in ("password", "read_password"):
            where = getattr(place, name, None)
            if where and (len(where) != 1 or not {"env", "file"} & where.keys()):
                yield Mistake((table, name), 'must be { env = "NAME" } or { file = "PATH" }.')


def _web(received: Any, mistakes: list[Mistake]) -> dict[str, Any]:
    """What [web] says, to the pages and to their server."""
    table = table_at(received, ("web",), mistakes)
    names = Server.__struct_fields__
    of_server = {name: table.pop(name) for name in names if name in table}
    server, wrong = fitted(of_server, Server, at=("web",))
    web, more = fitted(table, WebSettings, names, at=("web",))
    mistakes += [*wrong, *more, *_no_networks(web.trusted_proxies)]
    return {"web": web, **msgspec.structs.asdict(server)}


def _no_networks(proxies: tuple[str, ...]) -> Iterator[Mistake]:
    for place, one in enumerate(proxies):
        from ipaddress import ip_network

        try:
            ip_network(one, strict=False)
        except ValueError:
            at = ("web", "trusted_proxies", place)
            yield Mistake(at, f"must be an address or a network; {one} is none.")


# Settings that can be used and that nobody would choose who knew what they do: told at the start.

_MOST_REVEALS = 1_000
_MOST_LOOKUPS = 6_000
_MOST_A_MINUTE = 6_000
_LONGEST_INTERVAL_S = 3_600
_LOOPBACK = ("127.", "::1", "localhost")
_PROXIES = ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy")


def doubts(settings: Settings, host: str | None = None) -> list[str]:
    """What is foolish or dangerous in these settings, a sentence each; ``host``: the one served."""
    return [
        *_of_web(settings, host or settings.host),
        *_of_files(settings),
        *(told for one in settings.sources for told in _of_source(settings, one)),
    ]


def _of_web(settings: Settings, host: str) -> Iterator[str]:
    web = settings.web
    if not host.startswith(_LOOPBACK):
        yield (
            f"web.host: plain http on {host} crosses the network readable, passwords included. "
            "Listen on 127.0.0.1 and put a proxy with TLS in front."
        )
    if web.reveals_per_hour > _MOST_REVEALS:
        yield (
            f"web.reveals_per_hour = {web.reveals_per_hour:,} is no limit: nobody reads so much in "
            "an hour, and whoever copies customers does. 60 is the default."
        )
    if web.lookups_per_minute > _MOST_LOOKUPS:
        yield (
            f"web.lookups_per_minute = {web.lookups_per_minute:,} is no limit: no till asks so "
            "often, and whoever guesses does. 120 is the default."
        )
    if any(one.endswith("/0") for one in web.trusted_proxies):
        yield (
            "web.trusted_proxies: every address is a proxy's, so that whoever asks may say to be "
            "anybody. Name the proxy's own."
        )
    cores = os.cpu_count() or 1
    if settings.workers > 4 * cores:
        yield f"web.workers = {settings.workers}: this machine has {cores} cores; one a core."


def _of_files(settings: Settings) -> Iterator[str]:
    here = settings.file.parent
    named = {"data_dir": settings.data_dir, "this file": settings.file}
    named |= {f"{table}.{key}": here / file for table, key, file in _password_files(settings)}
    if settings.metrics_token:
        named["web.metrics_token"] = here / settings.metrics_token
    for one in settings.sources:
        for key, where in one.secrets.items():
            if "file" in where:
                named[f"sources.{one.name}.secrets.{key}"] = here / where["file"]
    for name, place in named.items():
        mode = _mode(place)
        writes_only = name == "this file"  # whoever may write it says where secrets go
        if mode & (0o022 if writes_only else 0o077):
            right = "700" if place.is_dir() else "600"
            yield (
                f"{name}: {place} may be used by others (mode {mode:04o}): `chmod {right} {place}`."
            )


def _password_files(settings: Settings) -> Iterator[tuple[str, str, str]]:
    for table, place in (("mirror", settings.mirror), ("ledger", settings.ledger)):
        for key in ("password", "read_password"):
            if file := (getattr(place, key, None) or {}).get("file"):
                yield table, key, file


def _mode(place: Path) -> int:
    try:
        return stat.S_IMODE(place.stat().st_mode)
    except OSError:  # what is not there is told by whoever needs it
        return 0


def _of_source(settings: Settings, one: SourceSettings) -> Iterator[str]:
    at = f"sources.{one.name}"
    limits = one.overrides.get("limits", {})
    if one.allow_insecure and one.base_url.startswith("http:"):
        yield (
            f"{at}.allow_insecure: credentials and customers cross the network readable. Use https."
        )
    if one.interval_s > _LONGEST_INTERVAL_S:
        yield (
            f"{at}.interval: a copy read every {one.interval_s:,} s is called fresh for three "
            "times as long. Minutes are usual."
        )
    asked = limits.get("per_minute") if isinstance(limits, dict) else None
    if isinstance(asked, int) and asked > _MOST_A_MINUTE:
        yield f"{at}.limits.per_minute = {asked:,} is no limit, and may have this account shut out."
    told = next((name for name in _PROXIES if os.environ.get(name)), None)
    if told and not one.proxy and one.base_url.startswith("https:"):
        yield (
            f'{at}: {told} is set and not used. `proxy = "environment"` uses it; '
            "leave it out where the master is reached directly."
        )
