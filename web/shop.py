"""What every view may reach, and what it does first: permission, budget, a durable row."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from flask import abort, current_app, g, request
from sqlalchemy.exc import SQLAlchemyError

from mirror.ledger import guard, journal
from mirror.ledger.guard import Name, Traces, Who, name_of
from mirror.ledger.journal import REFUSED, Actor, AuditUnavailable, Entry
from mirror.store.engine import Database
from mirror.store.sealing import Found
from web.accounts.staff import Person
from web.settings import Installed, WebSettings, Wording

_log = logging.getLogger(__name__)
EXTENSION = "espelho"
_TURNING = ("antes", "depois", "pagina")
"""Parameters by which the pages of one list differ."""


@dataclass(frozen=True)
class Shop:
    """One running application's own things; made once in ``create_app``."""

    mirror: Database
    ledger: Database
    settings: WebSettings
    wording: Wording
    installed: Installed = field(default_factory=Installed)


def shop() -> Shop:
    """The things of the application that answers this request."""
    return cast(Shop, current_app.extensions[EXTENSION])


def person() -> Person:
    """Who is signed in; only for views behind the session gate, which sets it."""
    return cast(Person, g.person)


# Which role may do what: plain data. How often is said in `mirror.ledger.guard`.

ALLOWED = {
    "browse": ("attendant", "supervisor", "administrator"),
    "search": ("attendant", "supervisor", "administrator"),
    "open": ("attendant", "supervisor", "administrator"),
    "reveal": ("attendant", "supervisor", "administrator"),
    "copy": ("attendant", "supervisor", "administrator"),
    "whatsapp": ("attendant", "supervisor", "administrator"),
    "boleto": ("attendant", "supervisor", "administrator"),
    "charges": ("attendant", "supervisor", "administrator"),
    "months": ("supervisor", "administrator"),
    "differences": ("supervisor", "administrator"),
    "rules": ("supervisor", "administrator"),
    "download": ("attendant", "supervisor", "administrator"),
    "audit": ("supervisor", "administrator"),
    "operations": ("administrator",),
    "audit_verified": ("supervisor", "administrator"),
    "audit_exported": ("supervisor", "administrator"),
    "manage_people": ("administrator",),
    "manage_devices": ("administrator",),
}
"""Action → the roles that may. What is not written here nobody may."""


def allowed(role: str, action: str) -> bool:
    """Whether the role may do this; an unknown role or action never may."""
    return role in ALLOWED.get(action, ())


# Nothing is shown before it is written down: permission, then budget, then a durable audit row.


def permit(action: str, found: Found | None = None) -> None:
    """403, and a row of it, where the role of the person signed in may not do this."""
    if not allowed(person().role, action):
        refused(action, found)
        abort(403)


def refused(action: str, found: Found | None = None) -> None:
    """Write down that somebody was refused; where that cannot be, they still are."""
    try:
        journal.record(shop().ledger, entry(action, found, outcome=REFUSED))
    except AuditUnavailable:
        _log.error("A refusal could not be written down.")


def listed(action: str, found: Sequence[Name]) -> None:
    """Allow and record a page of a list: how many it shows, a mark of what it is filtered by."""
    keys = shop().ledger.keys
    filters = sorted(one for one in request.args.items(multi=True) if one[0] not in _TURNING)
    mark = journal.mark(keys, "list", f"{request.path} {filters}")
    seen = guard.shown(keys, found, "listed")
    account(action, detail=f"list hits={len(found)} mark={mark}", seen=seen)


def account(
    action: str,
    found: Found | None = None,
    *,
    field: str | None = None,
    reason: str | None = None,
    detail: str | None = None,
    seen: Traces | None = None,
) -> None:
    """Allow and record one action of the person signed in, before its result is shown.

    403 where the role may not; raises BudgetSpent, Locked and AuditUnavailable, which the error
    pages turn into 429, 403 and 503. ``detail`` holds kinds and counts, never a value; ``seen``:
    whom the act shows or asks for, where it is not ``found`` alone.
    """
    permit(action, found)
    who, caps = Who("staff", person().login, person().role), shop().settings
    act = seen or guard.shown(shop().ledger.keys, [name_of(found)] if found else [])
    journal.record(
        shop().ledger,
        entry(action, found, field=field, reason=reason, detail=detail),
        limit=guard.hourly(who, action, caps),
        weigh=guard.weighing(who, act, caps),
    )


def stranger(action: str, ledger: Database, kind: str = "staff", name: str = "?") -> None:
    """Write down, once a minute, that somebody who is not let in tried; they stay outside anyway.

    ``name``: only one that is known here, for else it may be a password or somebody's CPF.
    """
    who = Actor(kind, name, address=address_mark(ledger))
    try:
        journal.note(ledger, who.did(action, outcome=REFUSED))
    except SQLAlchemyError:
        _log.error("A refusal could not be written down.")


def actor() -> Actor:
    """The person signed in, with the marks of their session and address."""
    return Actor("staff", person().login, session_mark(), address_mark(shop().ledger))


def entry(action: str, found: Found | None = None, **said: Any) -> Entry:
    """What the person signed in does, and to whom."""
    keys = shop().ledger.keys
    whom = journal.whose(keys, found.id, found.source, found.customer) if found else {}
    who = actor()
    marks: dict[str, Any] = {"session": who.session, "address": who.address}
    return Entry(who.kind, who.name, action, **marks, **whom, **said)


def session_mark() -> str | None:
    """What the journal holds of the session of this request."""
    token = g.get("token")
    return journal.mark(shop().ledger.keys, "session", token) if token else None


def address_mark(ledger: Database) -> str | None:
    """What the journal holds of the address that this request came from."""
    address = request.remote_addr
    return journal.mark(ledger.keys, "address", address) if address else None
