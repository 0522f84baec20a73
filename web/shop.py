"""What every view may reach, and what it does first: permission, budget, a durable row."""

from dataclasses import dataclass
from typing import cast

from flask import abort, current_app, g, request

from mirror.ledger import journal
from mirror.ledger.journal import Entry
from mirror.store.engine import Database
from mirror.store.sealed_rows import Found
from web.accounts import permissions
from web.accounts.staff import Person
from web.settings import WebSettings, Wording

EXTENSION = "espelho"


@dataclass(frozen=True)
class Shop:
    """One running application's own things; made once in ``create_app``."""

    mirror: Database
    ledger: Database
    settings: WebSettings
    wording: Wording


def shop() -> Shop:
    """The things of the application that answers this request."""
    return cast(Shop, current_app.extensions[EXTENSION])


def person() -> Person:
    """Who is signed in; only for views behind the session gate, which sets it."""
    return cast(Person, g.person)


# Nothing is shown before it is written down: permission, then budget, then a durable audit row.


def permit(action: str) -> None:
    """403 where the role of the person signed in may not do this."""
    if not permissions.allowed(person().role, action):
        abort(403)


def account(
    action: str,
    found: Found | None = None,
    *,
    field: str | None = None,
    reason: str | None = None,
    detail: str | None = None,
) -> None:
    """Allow and record one action of the person signed in, before its result is shown.

    403 where the role may not; raises audit.BudgetSpent and audit.AuditUnavailable, which the
    error pages turn into 429 and 503. ``detail`` holds kinds and counts, never a value.
    """
    permit(action)
    who = person()
    told = entry(action, found, field=field, reason=reason, detail=detail)
    limit = permissions.budget(who.role, action, shop().settings.reveals_per_hour)
    journal.record(shop().ledger, told, limit=limit)


def entry(action: str, found: Found | None = None, **said: str | None) -> Entry:
    """What the person signed in does, with the marks of their session and address."""
    return Entry(
        "staff",
        person().login,
        action,
        customer=found.id if found else None,
        source=found.source if found else None,
        external_id=found.external_id if found else None,
        session=session_mark(),
        address=address_mark(shop().ledger),
        **said,  # type: ignore[arg-type]
    )


def session_mark() -> str | None:
    """What the journal holds of the session of this request."""
    token = g.get("token")
    return journal.mark(shop().ledger.keys, "session", token) if token else None


def address_mark(ledger: Database) -> str | None:
    """What the journal holds of the address that this request came from."""
    address = request.remote_addr
    return journal.mark(ledger.keys, "address", address) if address else None
