"""What every view may reach, and what it does first: permission, budget, a durable row."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from hashlib import sha256
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Any, NamedTuple, cast

import msgspec
from flask import abort, current_app, g, request
from sqlalchemy import Connection, bindparam, desc, func, or_, select, update
from sqlalchemy.exc import SQLAlchemyError

from mirror.instants import instant_of
from mirror.ledger import Verdict, Weigh, audit, guard, journal, session
from mirror.ledger.guard import Name, Traces, Who, name_of
from mirror.ledger.journal import REFUSED, Actor, AuditUnavailable, Entry
from mirror.store.engine import Database, Link, Prepared
from mirror.store.progress import now_us
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
    guard.ASKED_ORIGIN: ("attendant", "supervisor", "administrator"),
    guard.GRANTED: ("supervisor", "administrator"),
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
    about: str | None = None,
    seen: Traces | None = None,
) -> None:
    """Allow and record one action of the person signed in, before its result is shown.

    403 where the role may not; raises BudgetSpent, Locked and AuditUnavailable, which the error
    pages turn into 429, 403 and 503, and PasswordDue. ``detail`` holds kinds and counts, never a
    value; ``about``: the login that it is about; ``seen``: whom the act shows or asks for, where it
    is not ``found`` alone.
    """
    permit(action, found)
    who, caps = _who(person()), shop().settings
    act = seen or guard.shown(shop().ledger.keys, [name_of(found)] if found else [])
    weigh = guard.weighing(who, act, caps)
    more = 0
    if action in guard.REVEALING:
        with shop().ledger.prepared() as link:
            more = _granted(link, who.name).more
    journal.record(
        shop().ledger,
        entry(action, found, field=field, reason=reason, detail=detail, about=about),
        limit=guard.hourly(who, action, caps, more),
        weigh=_kept_in_step(weigh, name_of(found)) if found else weigh,
    )


# The hour: what is left of it, and what a supervisor granted on top, by the journal's own rows.

HOUR_US = 3_600_000_000


class Allowance(NamedTuple):
    """What somebody may still reveal in this hour."""

    left: int
    more: int = 0
    """What was granted on top of the hour's reveals."""
    by: str = ""
    """Who granted the last of it."""
    until: datetime | None = None
    """When the first of it ends."""


def allowance(who: Person | None = None) -> Allowance:
    """What ``who`` may still reveal in this hour; the person signed in, where not told."""
    asks = _who(who or person())
    with shop().ledger.prepared() as link:
        granted = _granted(link, asks.name)
        limit = guard.hourly(asks, guard.REVEALING[0], shop().settings, granted.more)
        ((spent,),) = _spent.rows(link, asks.name, now_us() - HOUR_US)
    return granted._replace(left=max(0, limit.most - spent) if limit else 0)


_spent = Prepared(
    select(func.count()).where(
        audit.c.actor_kind == "staff",
        audit.c.actor == bindparam("login"),
        or_(*(audit.c.action == one for one in guard.REVEALING)),
        audit.c.at > bindparam("since"),
        func.coalesce(audit.c.outcome, journal.DONE) == journal.DONE,
    ),
    *("login", "since"),
)
_grants = Prepared(
    select(audit.c.at, audit.c.actor, audit.c.detail)
    .where(
        audit.c.action == guard.GRANTED,
        audit.c.about == bindparam("login"),
        audit.c.at > bindparam("since"),
    )
    .order_by(desc(audit.c.id)),
    *("login", "since"),
)


def _granted(link: Link, login: str) -> Allowance:
    rows = _grants.rows(link, login, now_us() - HOUR_US)
    if not rows:
        return Allowance(0)
    more = sum(int((detail or "").removeprefix("more=")) for _, _, detail in rows)
    return Allowance(0, more, rows[0][1], instant_of(rows[-1][0] + HOUR_US))


def _who(who: Person) -> Who:
    return Who("staff", who.login, who.role)


# What a session keeps: the visit to one customer, and whom the person saw last. It lies sealed in
# the session's row and is gone with it; the row of an act and what the act changes here are one
# transaction.

VISIT_US = 15 * 60 * 1_000_000
"""A visit to a customer at whom nothing was done so long is over."""
MOST_RECENT = 6


class PasswordDue(Exception):
    """So much was revealed in this session that the person has to show again who they are."""


class Kept(msgspec.Struct, frozen=True):
    """What one session keeps from request to request."""

    whom: Name | None = None
    """Whose visit it is: source and the master's id."""
    reason: str | None = None
    """Why anything is revealed in it; None until it was asked."""
    at: int = 0
    """When something was last done in it, in microseconds since 1970, UTC."""
    revealed: int = 0
    """Reveals since the password was last typed."""
    recent: tuple[Name, ...] = ()
    """Whose pages were opened, the last first."""
    asked: tuple[Name, dict[str, bytes]] | None = None
    """Whom the master was asked for last, and a mark of each field as it was then."""
    sought: tuple[Name, ...] = ()
    """By which codes masters were asked last for somebody whom the copy does not have."""

    def visits(self, whom: Name, now: int) -> bool:
        """Whether the visit to this customer goes on."""
        return self.whom == whom and now - self.at < VISIT_US

    def after(self, whom: Name, act: Entry, now: int) -> "Kept":
        """The same once this was done to this customer."""
        reason = act.reason or (self.reason if self.visits(whom, now) else None)
        recent = self.recent
        if act.action == "open":
            recent = (whom, *(one for one in recent if one != whom))[:MOST_RECENT]
        revealed = self.revealed + (act.action in guard.REVEALING)
        return Kept(whom, reason, now, revealed, recent, self.asked, self.sought)


_find_kept = Prepared(
    select(session.c.kept).where(session.c.token_hash == bindparam("hashed")), "hashed"
)
_keep = (
    update(session)
    .where(session.c.token_hash == bindparam("hashed"))
    .values(kept=bindparam("sealed"))
)


def hashed(token: str) -> bytes:
    """By what a session's row is found; the token itself is stored nowhere."""
    return sha256(token.encode(errors="replace")).digest()


def kept() -> Kept:
    """What the session of this request keeps."""
    if "kept" not in g:  # a page asks for its visit, its recent ones, its answer
        with shop().ledger.prepared() as link:
            g.kept = _kept(link)
    found: Kept = g.kept
    return found


def visit_reason(found: Found) -> str | None:
    """The reason that was given in the visit to this customer, while it goes on."""
    here = kept()
    return here.reason if here.visits(name_of(found), now_us()) else None


def keep(**changed: Any) -> None:
    """Let the session of this request keep something else: fields of `Kept`."""
    with shop().ledger.writing() as connection:
        _put(connection, msgspec.structs.replace(_kept(connection), **changed))


def _kept(within: Connection | Link) -> Kept:
    row = hashed(g.token)
    found = _find_kept.rows(within, row)
    sealed = found[0][0] if found else None
    if not sealed:
        return Kept()
    return msgspec.msgpack.decode(shop().ledger.keys.open(sealed, _seal_of(row)), type=Kept)


def _put(connection: Connection, now: Kept) -> None:
    row = hashed(g.token)
    sealed = shop().ledger.keys.seal(msgspec.msgpack.encode(now), _seal_of(row))
    connection.execute(_keep, {"hashed": row, "sealed": sealed})
    g.pop("kept", None)


def _seal_of(row: bytes) -> str:
    return f"session {row.hex()}"


def _kept_in_step(weigh: Weigh, whom: Name) -> Weigh:
    """``weigh``, and the session's own rule and visit in the same transaction."""
    most = shop().settings.reveals_per_password

    def weighed(connection: Connection, act: Entry, now: int) -> Verdict:
        before = _kept(connection)
        if most and act.action in guard.REVEALING and before.revealed >= most:
            return Verdict(PasswordDue(), "password")
        verdict = weigh(connection, act, now)
        if verdict.stop is None:
            _put(connection, before.after(whom, act, now))
        return verdict

    return weighed


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
    address = came_from()
    return journal.mark(ledger.keys, "address", address) if address else None


def came_from() -> str | None:
    """The address that asks; of a proxy that the settings trust, the last that it was asked from.

    What whoever asks wrote into X-Forwarded-For stands before that, and is never reached.
    """
    came, trusted = request.remote_addr, _networks(shop().settings.trusted_proxies)
    said = request.headers.get("X-Forwarded-For", "").split(",") if trusted else []
    while came and said and any(ip_address(came) in one for one in trusted):
        told = _address(said.pop().strip())
        if told is None:
            break
        came = told
    return came


@cache
def _networks(trusted: tuple[str, ...]) -> tuple[IPv4Network | IPv6Network, ...]:
    return tuple(ip_network(one, strict=False) for one in trusted)


def _address(told: str) -> str | None:
    try:
        found = ip_address(told)
    except ValueError:
        return None
    return str(getattr(found, "ipv4_mapped", None) or found)
