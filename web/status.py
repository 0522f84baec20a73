"""How the copy is: for the badge of every page, for staff, and for whoever watches the service."""

import logging
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, Flask, Response, g, jsonify, render_template

from mirror import unread
from mirror.freshness import Freshness
from mirror.freshness import freshness as freshness_of
from web import permissions
from web.current import shop
from web.customers.unread import counted
from web.errors import wants_json
from web.presenting import freshness_label, freshness_sentence, moment

_log = logging.getLogger(__name__)
bp = Blueprint("status", __name__)
_FOR_ANYBODY = ("state", "label", "age_s")


def register(app: Flask) -> None:
    """Add the routes, and ``fresh`` to every template."""
    app.register_blueprint(bp)
    app.context_processor(lambda: {"fresh": now_fresh()})


def now_fresh() -> Freshness | None:
    """The freshness of this request; None where the mirror cannot be read: the page says so."""
    if "fresh" not in g:
        try:
            g.fresh = freshness_of(shop().mirror, datetime.now(UTC))
        except Exception as error:  # whatever the damage, the page that tells of it must appear
            _log.error("The mirror cannot be read: %s.", type(error).__name__)
            g.fresh = None
    found: Freshness | None = g.fresh
    return found


@bp.get("/frescor")
def freshness() -> Response | str:
    """How old the copy is: JSON for the badge, a page for people; to staff also why."""
    found = now_fresh()
    if wants_json():
        told = _told(found)
        return jsonify(told if g.person else {name: told[name] for name in _FOR_ANYBODY})
    return render_template(
        "freshness.html",
        found=found,
        as_of=found and found.as_of,
        settled_at=found and found.settled_at,
        source=found and found.source,
        cause=found and found.cause,
        unread=_unread() if found else None,
    )


def _unread() -> list[tuple[str, str]] | None:
    """Source and how many of its records of one stream wait in quarantine; None: not for them."""
    if not g.person or not permissions.allowed(g.person.role, "differences"):
        return None
    found = unread.numbers(shop().mirror)
    return [(source, counted(stream, some)) for source, stream, some in found]


def _told(found: Freshness | None) -> dict[str, Any]:
    if found is None:
        return {"state": "stopped", "label": "Cópia ilegível", "sentence": "", "age_s": None}
    return {
        "state": found.state,
        "age_s": found.age_s,
        "as_of": moment(found.as_of),
        "label": freshness_label(found),
        "sentence": freshness_sentence(found),
    }


@bp.get("/saude")
@bp.get("/health")
def health() -> tuple[Response, int]:
    """200 while the mirror can be read, 503 otherwise; says nothing about anybody."""
    found = now_fresh()
    if found is None:
        return jsonify(status="unavailable", freshness=None), 503
    state = {"state": found.state, "age_s": found.age_s, "source": found.source}
    return jsonify(status="ok", freshness=state), 200
