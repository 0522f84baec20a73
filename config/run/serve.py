"""The web's side of a running installation: granian in front of the application of the settings."""

import logging
import os
import socket
from collections.abc import Callable
from contextlib import suppress
from threading import Thread
from time import sleep
from typing import Any

from cryptography.hazmat.primitives.ciphers import aead  # noqa: F401 - see below
from flask import Flask

from config.assemble import (
    installed_of,
    ledger_of,
    mirror_of,
    note_now,
    secret_of,
    settle,
    table_of,
)
from config.failures import told
from config.settings import VARIABLE, Settings, find_file, load
from config.sources import merged
from mirror.store.engine import Database, DatabaseProblem
from web.app import create_app
from web.operations.health import count_answers
from web.operations.hooks import Hook
from web.settings import SourceRules, Wording

# What opens records is imported when a record is first opened, which commands that open none are
# spared. Here it is imported at the start, so that nobody's first page waits for it.

_STOP_WORKERS_WITHIN_S = 3
"""A worker that is asked to end while it is still starting does not hear it, and would stay."""


_NOTE_EVERY_S = 3600
_LOOK_EVERY_S = 1
log = logging.getLogger("espelho.web")


class PortRefused(Exception):
    """The address to listen on cannot be had."""


def serve_web(settings: Settings) -> None:
    """Serve pages and API until SIGTERM or SIGINT."""
    from granian.constants import Interfaces
    from granian.log import LogLevels
    from granian.server import Server

    refuse_taken_port(settings.host, settings.port)
    os.environ[VARIABLE] = str(settings.file)  # the workers read the same settings
    Thread(target=_note_heads, args=(settings,), daemon=True).start()
    server = Server(
        "config.run.serve:wsgi",
        factory=True,
        interface=Interfaces.WSGI,
        address=settings.host,
        port=settings.port,
        workers=settings.workers,
        blocking_threads=8,  # one is fastest, but whoever sends slowly holds a thread
        respawn_failed_workers=True,
        workers_kill_timeout=_STOP_WORKERS_WITHIN_S,
        log_access=False,
        log_level=LogLevels.error,  # its warnings judge our choices at every start
    )
    try:
        server.serve()
    finally:
        _telling(settle, settings)


def _note_heads(settings: Settings) -> None:
    """Note the journal's head every hour, where what happens to the ledger does not reach it."""
    while True:
        sleep(_NOTE_EVERY_S)
        _telling(note_now, settings)


def _telling(act: Callable[[Settings], list[str]], settings: Settings) -> None:
    try:
        problems = act(settings)
    except Exception as problem:  # neither the hours to come nor the end of others wait for it
        problems = [told(problem)[0]]
    for sentence in problems:
        log.error("%s", sentence)


def refuse_taken_port(host: str, port: int, remedy: str = "set another port under [web]") -> None:
    """Raise PortRefused, with what to do, when another program has the address."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise PortRefused(
                f"{host}:{port} cannot be used ({error.strerror}): another program has it, or it "
                f"is not this machine's. Stop that program or {remedy}."
            ) from None


# Which sources may be told that something changed: those whose dialect says how, with a secret.

_SECRET = "hook"  # noqa: S105 -- the name of the secret, not the secret


def hooks_of(settings: Settings) -> dict[str, Hook]:
    """The hooks of the settings, by source; raises BadSettings for a secret that is not there."""
    hooks = {}
    for source in settings.sources:
        hook = table_of(settings, source).get("hook")
        if hook and _SECRET in source.secrets:
            secret = secret_of(settings, source, _SECRET)
            hooks[source.name] = Hook(hook["header"], secret, tuple(hook.get("id", ())))
    return hooks


# What the sources say of lists and standings, for the pages: filters, and the shop's own words.


def wording_of(settings: Settings) -> Wording:
    """Rules, filters and labels of all sources; where two name one value, the later one's word."""
    rules: dict[str, None] = {}
    filters: dict[str, None] = {}
    labels: dict[str, dict[str, str]] = {}
    sources = []
    for source in settings.sources:
        standing = table_of(settings, source).get("standing", {})
        sources.append(_rules_of(source.name, standing))
        rules |= dict.fromkeys(standing.get("rules", ()))
        filters |= dict.fromkeys(standing.get("filters", ()))
        labels = merged(labels, standing.get("labels", {}))
    return Wording(tuple(rules), tuple(filters), labels, tuple(sources))


def _rules_of(name: str, standing: dict[str, Any]) -> SourceRules:
    return SourceRules(
        name,
        tuple(standing.get("rules", ())),
        standing.get("days", SourceRules.days),
        tuple(standing.get("loss_reasons", ())),
        tuple(standing.get("filters", ())),
    )


# The web application of an installation: what a WSGI server imports.


def wsgi() -> Flask:
    """The application of the settings that ESPELHO_CONFIG names."""
    settings = load(find_file(None))
    mirror, ledger = mirror_of(settings, read_only=True), ledger_of(settings)
    hooks, wording = hooks_of(settings), wording_of(settings)
    app = create_app(mirror, ledger, settings.web, hooks, wording, installed_of(settings))
    Thread(target=_look_after, args=(ledger,), daemon=True).start()
    return count_answers(app)


def _look_after(ledger: Database) -> None:
    """Look at the ledger's file also while nobody asks: who holds a log that was deleted is the
    only one who can still put it into the file, and a restore waits for that."""
    while True:
        sleep(_LOOK_EVERY_S)
        with suppress(DatabaseProblem, OSError):  # whoever asks next is told
            ledger.look()
