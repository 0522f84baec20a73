"""Sessions of signed-in staff, and the gate that asks for one before anything shows a customer.

Random tokens, kept hashed, that end by themselves. A row is what makes a session, so ending one
takes effect at the next request, everywhere.
"""

import secrets
from typing import NamedTuple
from urllib.parse import urlsplit

from flask import Flask, abort, g, redirect, request, url_for
from sqlalchemy import bindparam, delete, insert, null, select, update
from werkzeug.wrappers import Response as Answer

from mirror.ledger import Wanted, journal, session, user
from mirror.store.engine import Database, Prepared
from mirror.store.progress import now_us
from web.accounts.staff import PERSON, Person
from web.errors import wants_json
from web.security import WITHOUT_COOKIE
from web.shop import hashed, shop

PUBLIC = frozenset(
    {
        "login.form",
        "login.enter",
        "assets.serve",
        "status.health",
        "status.freshness",
        "health.ready",
        "installation.metrics",
    }
)
"""Endpoints without a session: none of them says anything about a customer."""

IDLE_S = 30 * 60
"""A session unused this long is over."""
ABSOLUTE_S = 12 * 3600
"""A session this old is over, however busy."""
_NOTE_EVERY_S = 60  # a write per click would cost more than the minute of idleness it measures
_SECOND = 1_000_000

_start = insert(session)
_sweep = delete(session).where(session.c.expires_at <= bindparam("now"))
_forget = update(session).where(session.c.seen_at <= bindparam("idle_since")).values(kept=null())
_find = Prepared(
    select(*PERSON, session.c.seen_at)
    .join(user, user.c.id == session.c.staff)
    .where(
        session.c.token_hash == bindparam("hashed"),
        session.c.expires_at > bindparam("now"),
        session.c.seen_at > bindparam("idle_since"),
        session.c.ended.is_(None),
        user.c.active,
    ),
    *("hashed", "now", "idle_since"),
)
_note = (
    update(session)
    .where(session.c.token_hash == bindparam("hashed"))
    .values(seen_at=bindparam("now"))
)
_end = delete(session).where(session.c.token_hash == bindparam("hashed"))
_whose = (
    select(user.c.login, user.c.active, session.c.ended, session.c.seen_at)
    .join(user, user.c.id == session.c.staff)
    .where(session.c.token_hash == bindparam("hashed"))
)


def new_token() -> str:
    """A token for a session that is to be started."""
    return secrets.token_urlsafe(32)


def start(db: Database, person: Person, token: str | None = None) -> str:
    """A new session of this person: the token for the cookie, which is stored nowhere."""
    token, now = token or new_token(), now_us()
    row = {
        "token_hash": hashed(token),
        "staff": person.id,
        "created_at": now,
        "seen_at": now,
        "expires_at": now + ABSOLUTE_S * _SECOND,
    }
    with db.writing() as connection:
        connection.execute(_sweep, {"now": now})
        connection.execute(_forget, {"idle_since": now - IDLE_S * _SECOND})
        connection.execute(_start, row)
    return token


def resume(db: Database, token: str, *, keep: bool = True) -> Person | None:
    """Whose session this is, keeping it awake if not told otherwise; None when it is over, unknown
    or the person's login was disabled.

    Idleness is measured to the minute: a session ends 29 to 30 minutes after its last use.
    """
    row_of, now = hashed(token), now_us()
    with db.prepared() as link:
        rows = _find.rows(link, row_of, now, now - IDLE_S * _SECOND)
    if not rows:
        return None
    number, login, name, role, active, seen_at = rows[0]
    if keep and seen_at <= now - _NOTE_EVERY_S * _SECOND:
        with db.writing() as connection:
            connection.execute(_note, {"hashed": row_of, "now": now})
    return Person(number, login, name, role, bool(active))


def end(db: Database, token: str) -> None:
    """End this session; an unknown token is nothing to end."""
    with db.writing() as connection:
        connection.execute(_end, {"hashed": hashed(token)})


class Over(NamedTuple):
    """A session that goes on no more."""

    login: str | None
    """Whose it was; None where the ledger knows it no more."""
    why: str
    """``idle``, the act that ended it (``password_set`` …), ``restore``, or ``over``."""


def over(db: Database, token: str) -> Over:
    """Why the session of this token is over, told as long as it could have lasted."""
    with db.reading() as connection:
        row = connection.execute(_whose, {"hashed": hashed(token)}).one_or_none()
    now = now_us()
    if row is None:
        since = Wanted(action="restore", since=now - ABSOLUTE_S * _SECOND)
        return Over(None, "restore" if journal.entries(db, since, limit=1) else "over")
    idle = row.seen_at <= now - IDLE_S * _SECOND
    why = row.ended or ("person_disabled" if not row.active else "idle" if idle else "over")
    return Over(row.login, why)


# The gate: whose request it is.


def register(app: Flask) -> None:
    """Put the gate in front of every view."""
    app.before_request(gate)


def cookie_name() -> str:
    """``__Host-`` where https lets the browser enforce it."""
    return "__Host-espelho" if shop().settings.secure_cookies else "espelho"


def gate() -> Answer | None:
    """Resume the session; without one, off to the door (401 for the page's script)."""
    g.person = g.token = None
    if request.path.startswith(WITHOUT_COOKIE) or (request.endpoint in PUBLIC and not _greets()):
        return None
    token = request.cookies.get(cookie_name())
    g.person = resume(shop().ledger, token, keep=not _greets()) if token else None
    g.token = token if g.person else None
    if g.person is not None or _greets():
        return _confirmed() if g.person and "confirm" in request.form else None
    if wants_json():
        abort(401)
    if request.endpoint == "customers.search" and token:
        from web.accounts.login import held_search  # which a session's end came between

        return held_search()
    after = request.full_path.rstrip("?") if request.method == "GET" else _page_of_form()
    return redirect(url_for("login.form", para=after if after != "/" else None), 303)


def _page_of_form() -> str | None:
    """The page of ours on which a form was that nobody is signed in for; None: unknown."""
    came = urlsplit(request.referrer or "")
    return came.path if came.netloc == request.host else None


def _confirmed() -> Answer | None:
    from web.accounts.login import confirm  # the few acts that a password comes with

    return confirm()


def _greets() -> bool:
    # Open to everybody, and says more to staff; open pages ask it all day: that is no use of them.
    return request.endpoint == "status.freshness"
