"""The web application: an ordered list of what it is made of."""

from collections.abc import Mapping

from flask import Flask

from mirror.store.engine import Database
from web import (
    activity,
    charges,
    customers,
    errors,
    months,
    operations,
    security,
    terminals,
)
from web.accounts import login, session
from web.customers import differences, labels
from web.look import assets, formats
from web.look.customer_page import recent
from web.operations import installation, journal
from web.operations.health import register as watch
from web.operations.hooks import Hook
from web.operations.hooks import blueprint as receiving
from web.settings import Installed, WebSettings, Wording
from web.shop import EXTENSION, Shop, allowance, allowed

_PLAIN = Wording()
_NOWHERE = Installed()
MOST_BODY = 16 * 1024
"""No form here is larger."""


def create_app(
    mirror: Database,
    ledger: Database,
    settings: WebSettings,
    hooks: Mapping[str, Hook] | None = None,
    wording: Wording = _PLAIN,
    installed: Installed = _NOWHERE,
) -> Flask:
    """A WSGI application over an open mirror and ledger; the mirror may be read-only.

    ``hooks``: the sources whose masters may say that something changed. ``wording``: what the
    sources say of lists and standings. ``installed``: where files lie, and who may ask for figures.
    """
    app = Flask(__name__, static_folder=None, template_folder="look/templates")
    app.extensions[EXTENSION] = Shop(mirror, ledger, settings, wording, installed)
    app.config["MAX_CONTENT_LENGTH"] = MOST_BODY
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(
        settings=settings, allowed=allowed, allowance=allowance, recent=recent
    )
    security.register(app)
    errors.register(app)
    formats.register(app)
    assets.register(app)
    session.register(app)
    login.register(app)
    app.register_blueprint(login.bp)
    operations.register(app)
    for part in (customers, activity, labels, differences, charges, months):
        app.register_blueprint(part.bp)
    app.register_blueprint(journal.bp)
    watch(app)
    app.register_blueprint(installation.bp)
    app.register_blueprint(terminals.blueprint(mirror, ledger, settings))
    app.register_blueprint(receiving(ledger, hooks or {}))
    return app
