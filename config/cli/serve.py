"""`espelho serve`: pages, API and the connector's schedule, until stopped."""

import os
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import replace

import click
import msgspec

from config.assemble import (
    close_ledgers,
    ledger_of,
    mirror_of,
    refuse_other_journal,
    source_of,
    table_of,
)
from config.cli.options import PORT, sources_of, with_settings
from config.settings import BadSettings, Settings, doubts

_MOST_SETTINGS = 10_000
_LONGEST_NAME = 60


@click.command()
@click.option(
    "--only",
    type=click.Choice(("web", "connector")),
    help="One of the two: for installations whose service manager runs them apart.",
)
@click.option("--host", help="Instead of the settings' web.host.")
@click.option("--port", type=PORT, help="Instead of the settings' web.port.")
@click.option("--quiet", is_flag=True, help="Log what needs attention, not every run.")
@with_settings
def serve(
    settings: Settings, only: str | None, host: str | None, port: int | None, quiet: bool
) -> None:
    """Serve the pages and the terminals' API, and follow the masters by schedule.

    Runs until Ctrl-C or SIGTERM. Web and connector are processes of their own: one that ends is
    started again and does not take the other with it. Plain http: put a reverse proxy with TLS in
    front of it for anything but this machine.
    """
    from config.failures import to_stderr

    if only == "connector":
        sources_of(settings, None)
    chosen = settings
    settings = replace(settings, host=host or settings.host, port=port or settings.port)
    to_stderr("WARNING" if quiet else "INFO")
    _warn(settings)
    _open_once(settings, sources=only != "web")
    _write_changes(chosen)
    if only == "web":
        from config.run.serve import serve_web

        serve_web(settings)
    elif only == "connector":
        from config.run.follow import follow

        follow(settings)
    else:
        _both(settings, ("--quiet",) if quiet else ())


def _warn(settings: Settings) -> None:
    import logging

    from config.run import WARNED

    if WARNED in os.environ:  # by the process that started this one
        return
    for one in doubts(settings):
        logging.getLogger("espelho.settings").warning(one)


def _open_once(settings: Settings, *, sources: bool) -> None:
    # Whatever is wrong with key, databases or sources is told here, in one sentence, before any
    # process: a child that cannot start would be started again and again.
    refuse_other_journal(settings, ledger_of(settings))  # first of all: by it the key is known
    if sources:
        from config.run.follow import open_or_rebuild

        open_or_rebuild(settings)
    # Pages of a damaged mirror say so, and show the next one as soon as there is one.
    mirror_of(settings, read_only=True, damaged=True).close()
    for told in close_ledgers(settings):
        click.echo(f"espelho: {told}", err=True)
    for source in settings.sources if sources else ():
        source_of(settings, source).close()


# Which settings are others than at the last start: by name, each value as a keyed mark.

_USUAL = "default"
"""What stands for a value that goes without saying."""


def _write_changes(settings: Settings) -> None:
    """A row for each setting that was changed, put in or taken out since the last start."""
    from mirror.ledger import journal

    with closing(ledger_of(settings)) as ledger:
        before: dict[str, str] = {}
        asked = journal.Wanted(action="setting_changed")
        for row in journal.entries(ledger, asked, limit=_MOST_SETTINGS):
            before.setdefault(row.about or "", row.detail or "")
        now = {name: journal.mark(ledger.keys, "setting", told) for name, told in _set(settings)}
        every = {name: now.get(name, _USUAL) for name in (*now, *before)}
        changed = {name: told for name, told in every.items() if before.get(name, _USUAL) != told}
        did = journal.operator().did
        rows = [did("setting_changed", about=one, detail=changed[one]) for one in changed]
        if rows:
            journal.record(ledger, *rows)


def _set(settings: Settings) -> Iterator[tuple[str, str]]:
    """Every setting that is not as usual, and what it says; of a secret only where it lies."""
    usual = dict(_leaves(Settings(settings.file, settings.data_dir, settings.key_file)))
    for name, told in _leaves(settings):
        if told != usual.get(name):
            yield name[:_LONGEST_NAME], told
    for source in settings.sources:
        with suppress(BadSettings):  # told where the source is opened
            table = msgspec.json.encode(table_of(settings, source), enc_hook=str, order="sorted")
            yield f"sources.{source.name}.map"[:_LONGEST_NAME], table.decode()


def _leaves(settings: Settings) -> Iterator[tuple[str, str]]:
    plain = msgspec.to_builtins(settings, enc_hook=str)
    parts = {"web": plain.pop("web")}
    parts |= {f"sources.{one['name']}": one for one in plain.pop("sources")}
    named = [*plain.items()]
    named += [
        (f"{part}.{key}", value) for part, table in parts.items() for key, value in table.items()
    ]
    for name, value in named:
        if value not in (None, "", [], {}):
            yield name, msgspec.json.encode(value, order="sorted").decode()


def _both(settings: Settings, how: tuple[str, ...]) -> None:
    from config.run import Child, Installation
    from config.run.serve import refuse_taken_port

    refuse_taken_port(settings.host, settings.port)
    address = ("--host", settings.host, "--port", str(settings.port))
    with Installation() as installation:
        installation.add(Child("web", ("serve", "--only", "web", *address, *how), settings.file))
        if settings.sources:
            connector = Child("connector", ("serve", "--only", "connector", *how), settings.file)
            installation.add(connector)
        click.echo(f"Espelho: http://{settings.host}:{settings.port}")
        installation.run()
