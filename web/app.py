"""The web application: an ordered list of what it is made of."""

from collections.abc import Mapping

from flask import Flask

from mirror.database import Database
from web import (
    activity,
    assets,
    charges,
    compressing,
    customers,
    differences,
    errors,
    journal,
    labels,
    login,
    months,
    pdv,
    permissions,
    presenting,
    security,
    status,
)
from web.current import EXTENSION, Shop
from web.hooks import Hook
from web.hooks import blueprint as receiving
from web.settings import WebSettings, Wording

_PLAIN = Wording()
_MOST_BODY = 16 * 1024


def create_app(
    mirror: Database,
    ledger: Database,
    settings: WebSettings,
    hooks: Mapping[str, Hook] | None = None,
    wording: Wording = _PLAIN,
) -> Flask:
    """A WSGI application over an open mirror and ledger; the mirror may be read-only.

    ``hooks``: the sources whose masters may say that something changed. ``wording``: what the
    sources say of lists and standings.
    """
    app = Flask(__name__, static_folder=None)
    app.extensions[EXTENSION] = Shop(mirror, ledger, settings, wording)
    app.config["MAX_CONTENT_LENGTH"] = _MOST_BODY
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(settings=settings, allowed=permissions.allowed)
    compressing.register(app)
    security.register(app)
    errors.register(app)
    presenting.register(app)
    assets.register(app)
    login.register(app)
    status.register(app)
    for part in (customers, activity, labels, differences, charges, months, journal):
        app.register_blueprint(part.bp)
    app.register_blueprint(pdv.blueprint(mirror, ledger, settings))
    app.register_blueprint(receiving(ledger, hooks or {}))
    return app
