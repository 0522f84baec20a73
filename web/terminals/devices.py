"""Terminals that read the mirror: a token each, shown once, kept hashed, revoked at once.

Every request looks its token up, so a revocation holds from the next request on. The look-up is by
the token's hash: what its time could tell is about the hash, which leads nobody to the token.
"""

import re
import secrets
from hashlib import sha256

import msgspec
from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError

from mirror.ledger import device
from mirror.store.engine import Database
from mirror.store.progress import now_us

PREFIX = "esp_"
"""What a leaked token is recognised by."""
_TOKEN = re.compile(r"esp_[A-Za-z0-9_-]{43}", re.ASCII)
_LONGEST_NAME = 60
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


_COLUMNS = tuple(device.c[name] for name in Device.__struct_fields__)
_find = select(*_COLUMNS).where(
    device.c.token_hash == bindparam("hashed"), device.c.revoked_at.is_(None)
)
_note = update(device).where(device.c.id == bindparam("which")).values(seen_at=bindparam("now"))
_revoke = (
    update(device)
    .where(device.c.name == bindparam("which"), device.c.revoked_at.is_(None))
    .values(revoked_at=bindparam("now"))
)


def add(db: Database, name: str, store: str) -> str:
    """The token of a new terminal, to be typed into it now: it cannot be shown again."""
    token = PREFIX + secrets.token_urlsafe(32)
    row = {
        "name": _text(name, "name"),
        "store": _text(store, "store"),
        "token_hash": _hashed(token),
        "created_at": now_us(),
    }
    try:
        with db.writing() as connection:
            connection.execute(insert(device).values(row))
    except IntegrityError:
        raise DeviceProblem(
            "name_taken", "A terminal has or had this name; the journal needs another one."
        ) from None
    return token


def authenticate(db: Database, token: str) -> Device | None:
    """The terminal of this token; None for an unknown, malformed or revoked one alike."""
    if not _TOKEN.fullmatch(token):
        return None
    with db.reading() as connection:
        row = connection.execute(_find, {"hashed": _hashed(token)}).one_or_none()
    if row is None:
        return None
    now = now_us()
    if row.seen_at is None or row.seen_at <= now - _NOTE_EVERY_US:
        with db.writing() as connection:
            connection.execute(_note, {"which": row.id, "now": now})
    return Device(*row)


def revoke(db: Database, name: str) -> None:
    """Refuse this terminal from its next request on; raises DeviceProblem for an unknown name."""
    with db.writing() as connection:
        if connection.execute(_revoke, {"which": name.strip(), "now": now_us()}).rowcount == 0:
            raise DeviceProblem("device_unknown", "No terminal in use has this name.")


def listing(db: Database) -> list[Device]:
    """Every terminal by name, the revoked included."""
    with db.reading() as connection:
        return [Device(*row) for row in connection.execute(select(*_COLUMNS).order_by("name"))]


def _text(value: str, field: str) -> str:
    value = value.strip()
    if not value or len(value) > _LONGEST_NAME or not value.isprintable():
        raise DeviceProblem(
            f"{field}_invalid", f"The {field} has 1 to {_LONGEST_NAME} printable characters."
        )
    return value


def _hashed(token: str) -> bytes:
    return sha256(token.encode()).digest()
