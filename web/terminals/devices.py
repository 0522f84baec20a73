"""Terminals that read the mirror: a token each, shown once, kept hashed, revoked at once.

Every request looks its token up, so a revocation holds from the next request on. The look-up is by
the token's hash: what its time could tell is about the hash, which leads nobody to the token.
"""

import re
import secrets
from collections.abc import Iterable, Sequence
from hashlib import sha256

import msgspec
from sqlalchemy import Connection, bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError

from mirror.facets import Facet, labels
from mirror.ledger import device, journal, user
from mirror.ledger.journal import Actor, Entry
from mirror.reading.find import MOST_COUNTED, Hits
from mirror.store.engine import Database, Prepared
from mirror.store.progress import now_us
from mirror.store.sealing import Found
from web.accounts.staff import canonical

PREFIX = "esp_"
"""What a leaked token is recognised by."""
_TOKEN = re.compile(r"esp_[A-Za-z0-9_-]{43}", re.ASCII)
_LONGEST_NAME = 60
_SCOPED = ("source", "seller", "group", "tag", "category", "profile")
MOST_SHOWN = 50
"""Customers in one answer."""
_NOTE_EVERY_US = 60_000_000  # a lookup must not cost a second write


class DeviceProblem(Exception):
    """A terminal cannot be added or revoked; says why."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


class Device(msgspec.Struct, frozen=True):
    """A terminal; instants in microseconds since 1970, UTC."""

    id: int
    name: str
    store: str
    created_at: int
    revoked_at: int | None
    seen_at: int | None
    """When it last asked, to the minute."""
    expires_at: int | None = None
    """From when on its token is refused; None: not by itself."""
    scope: str | None = None
    """Whom it may ask for, ``name=value`` a line; None: everybody."""

    def has_expired(self, now: int) -> bool:
        """Whether its token holds no more."""
        return self.expires_at is not None and self.expires_at <= now

    @property
    def limits(self) -> tuple[Facet, ...]:
        """Name and value of everything that its scope goes by."""
        pairs = (line.partition("=") for line in (self.scope or "").splitlines())
        return tuple((name, value) for name, _, value in pairs)

    def may_see(self, found: Found) -> bool:
        """Whether somebody is in its scope: of each name in it they have one of the values."""
        if not self.scope:
            return True
        customer = found.customer
        has = {("source", found.source), *labels(customer, customer.extras)}
        within = {name for name, value in self.limits if (name, value) in has}
        return within == {name for name, _ in self.limits}

    @property
    def looks_at(self) -> int:
        """How many whom a term fits have to be looked at."""
        return MOST_COUNTED if self.scope else MOST_SHOWN

    def reach(self, fitting: Hits) -> tuple[Hits, list[Found]]:
        """Of whom a term fits those whom it may be told of, and the others."""
        if not self.scope:
            return fitting, []
        seen: list[Found] = []
        beyond: list[Found] = []
        for one in fitting.found:
            (seen if self.may_see(one) else beyond).append(one)
        return Hits(seen[:MOST_SHOWN], len(seen)), beyond


_COLUMNS = tuple(device.c[name] for name in Device.__struct_fields__)
_find = Prepared(
    select(*_COLUMNS).where(
        device.c.token_hash == bindparam("hashed"), device.c.revoked_at.is_(None)
    ),
    "hashed",
)
_note = update(device).where(device.c.id == bindparam("which")).values(seen_at=bindparam("now"))
_revoke = (
    update(device)
    .where(device.c.name == bindparam("which"), device.c.revoked_at.is_(None))
    .values(revoked_at=bindparam("now"))
)


def add(
    db: Database,
    name: str,
    store: str,
    by: Actor | None = None,
    *,
    stores: Sequence[str] = (),
    expires_at: int | None = None,
    scope: Iterable[Facet] = (),
) -> str:
    """The token of a new terminal, to be typed into it now: it cannot be shown again.

    ``by``: who does it, written down with it; where not told, whoever runs this process.
    ``stores``: those there are; none: any. ``expires_at``: microseconds since 1970, to come.
    ``scope``: facets (`mirror.facets.labels`, and ``source``) of whom it may ask for; none: all.
    """
    token = PREFIX + secrets.token_urlsafe(32)
    name, store = _text(name, "name"), _store(_text(store, "store"), stores)
    if expires_at is not None and expires_at <= now_us():
        raise DeviceProblem("expiry_past", "A token expires on a day to come.")
    limits = "\n".join(sorted(f"{name}={_facet(name, value)}" for name, value in scope))
    row = {
        "expires_at": expires_at,
        "scope": limits or None,
        "name": name,
        "store": store,
        "token_hash": _hashed(token),
        "created_at": now_us(),
    }
    try:
        with db.writing() as connection:
            _refuse_logins(connection, name)
            connection.execute(insert(device).values(row))
            detail = " ".join(filter(None, (store, limits.replace("\n", " "))))
            told = _did(by, "device_added", name, detail)
            journal.append(connection, db.keys, told)
    except IntegrityError:
        raise DeviceProblem(
            "name_taken", "A terminal has or had this name; the journal needs another one."
        ) from None
    return token


def authenticate(db: Database, token: str) -> Device | None:
    """The terminal of this token, expired or not; None for an unknown, malformed or revoked one."""
    if not _TOKEN.fullmatch(token):
        return None
    with db.prepared() as link:
        rows = _find.rows(link, _hashed(token))
    if not rows:
        return None
    found, now = Device(*rows[0]), now_us()
    if found.has_expired(now):
        return found
    if found.seen_at is None or found.seen_at <= now - _NOTE_EVERY_US:
        with db.writing() as connection:
            connection.execute(_note, {"which": found.id, "now": now})
    return found


def revoked(db: Database, token: str) -> str | None:
    """Which terminal had this token, where it was revoked."""
    query = select(device.c.name).where(device.c.token_hash == _hashed(token))
    with db.reading() as connection:
        name: str | None = connection.execute(query.where(device.c.revoked_at > 0)).scalar()
    return name


def revoke(db: Database, name: str, by: Actor | None = None) -> None:
    """Refuse this terminal from its next request on; raises DeviceProblem for an unknown name."""
    name = name.strip()
    with db.writing() as connection:
        if connection.execute(_revoke, {"which": name, "now": now_us()}).rowcount == 0:
            raise DeviceProblem("device_unknown", "No terminal in use has this name.")
        journal.append(connection, db.keys, _did(by, "device_revoked", name))


def _did(by: Actor | None, action: str, name: str, store: str | None = None) -> Entry:
    return (by or journal.operator()).did(action, about=name, detail=store)


def _refuse_logins(connection: Connection, name: str) -> None:
    # In the journal both stand by name: no terminal may look like a person.
    if canonical(name) in connection.execute(select(user.c.login)).scalars().all():
        raise DeviceProblem("name_taken", "Somebody's login is this name; choose another one.")


def listing(db: Database) -> list[Device]:
    """Every terminal by name, the revoked included."""
    with db.reading() as connection:
        return [Device(*row) for row in connection.execute(select(*_COLUMNS).order_by("name"))]


def _store(store: str, stores: Sequence[str]) -> str:
    if stores and store not in stores:
        raise DeviceProblem(
            "store_unknown",
            f"No store is called so; there are: {', '.join(stores)} (`stores` in [web]).",
        )
    return store


def _facet(name: str, value: str) -> str:
    if name not in _SCOPED and not name.startswith("extra."):
        raise DeviceProblem(
            "scope_unknown",
            f"A terminal's scope goes by {', '.join(_SCOPED)} or extra.NAME, not by {name!r}.",
        )
    return _text(value, "scope's value")


def _text(value: str, field: str) -> str:
    value = value.strip()
    if not value or len(value) > _LONGEST_NAME or not value.isprintable():
        raise DeviceProblem(
            f"{field}_invalid", f"The {field} has 1 to {_LONGEST_NAME} printable characters."
        )
    return value


def _hashed(token: str) -> bytes:
    return sha256(token.encode()).digest()
