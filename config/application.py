"""The web application of an installation: what a WSGI server imports."""

from flask import Flask

from config.assemble import ledger_of, mirror_of
from config.hooking import hooks_of
from config.settings import find_file, load
from config.wording import wording_of
from web.app import create_app


def wsgi() -> Flask:
    """The application of the settings that ESPELHO_CONFIG names."""
    settings = load(find_file(None))
    mirror, ledger = mirror_of(settings, read_only=True), ledger_of(settings)
    return create_app(mirror, ledger, settings.web, hooks_of(settings), wording_of(settings))
