"""`espelho serve`: pages, API and the connector's schedule, until stopped."""

import os
from dataclasses import replace

import click

from config.assemble import (
    close_ledgers,
    ledger_of,
    mirror_of,
    refuse_other_journal,
    source_of,
)
from config.cli.options import PORT, sources_of, with_settings
from config.settings import Settings, doubts


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
    settings = replace(settings, host=host or settings.host, port=port or settings.port)
    to_stderr("WARNING" if quiet else "INFO")
    _warn(settings)
    _open_once(settings, sources=only != "web")
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
    if sources:
        from config.run.follow import open_or_rebuild

        open_or_rebuild(settings)
    mirror_of(settings, read_only=True).close()
    refuse_other_journal(settings, ledger_of(settings))
    for told in close_ledgers(settings):
        click.echo(f"espelho: {told}", err=True)
    for source in settings.sources if sources else ():
        source_of(settings, source).close()


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
