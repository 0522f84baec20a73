"""The ledger: its tables, who may ask, and what is written down of what people did.

Instants are integers, microseconds since 1970 in UTC. The ledger belongs to the web and lies in a
database of its own: it is written through to the disk, and a long write to the mirror never holds
up a login.
"""

import os
import pwd
from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Float,
    Index,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from mirror.store.tables import RowId

ledger = MetaData()

user = Table(
    "staff",
    ledger,
    Column("id", RowId, primary_key=True),
    Column("login", String(60), nullable=False, unique=True),
    Column("full_name", String(120), nullable=False),
    Column("role", String(20), nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("created_at", BigInteger, nullable=False),
)

door = Table(
    "door",
    ledger,
    Column("login", String(60), primary_key=True),
    Column("address", String(16), primary_key=True),  # a keyed mark
    Column("failures", SmallInteger, nullable=False),  # in a row
    Column("until", BigInteger, nullable=False),  # no password is looked at before
    Column("at", BigInteger, nullable=False),  # of the last try
    Column("known", Boolean, nullable=False),  # the right password came from there
)

session = Table(
    "session",
    ledger,
    Column("token_hash", LargeBinary(32), primary_key=True),
    Column("staff", BigInteger, nullable=False, index=True),
    Column("created_at", BigInteger, nullable=False),
    Column("seen_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("kept", LargeBinary),  # sealed: the visit, whom the person saw last
    Column("ended", String(20)),  # which act ended it before its time
)

device = Table(
    "device",
    ledger,
    Column("id", RowId, primary_key=True),
    Column("name", String(60), nullable=False, unique=True),
    Column("store", String(60), nullable=False),
    Column("token_hash", LargeBinary(32), nullable=False, unique=True),
    Column("created_at", BigInteger, nullable=False),
    Column("revoked_at", BigInteger),
    Column("seen_at", BigInteger),
    Column("expires_at", BigInteger),
    Column("scope", Text),  # facets of whom it may ask for; none: everybody
)

audit = Table(
    "audit",
    ledger,
    Column("id", RowId, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("actor_kind", String(10), nullable=False),  # staff, device, command
    Column("actor", String(60), nullable=False),  # login, device name, operating-system user
    Column("action", String(20), nullable=False),
    Column("customer", BigInteger),
    Column("source", String(40)),
    Column("external_id", String(64)),
    Column("field", String(40)),
    Column("reason", String(200)),
    Column("detail", Text),  # counts and kinds, never a value
    Column("outcome", String(10)),  # done, refused, limited; none in rows of before
    Column("about", String(60)),  # login, terminal or setting that an administrative act is about
    Column("session", String(16)),  # keyed marks: equal for equal ones, mute without the key
    Column("address", String(16)),
    Column("chain", LargeBinary(32), nullable=False),
    Index("audit_actor", "actor_kind", "actor", "action", "at"),
    Index("audit_customer", "source", "external_id"),
    Index("audit_action", "action", "id"),
    Index("audit_at", "at"),
)

trace = Table(
    "trace",
    ledger,
    Column("owner", String(71), primary_key=True),  # actor's kind and name; the mark of a mask
    Column("kind", String(10), primary_key=True),  # met, listed, coded, full, missed, asked, form
    Column("mark", String(16), primary_key=True),  # keyed: whom or which term, never a value
    Column("at", BigInteger, nullable=False),
    Index("trace_at", "at"),
)

watch = Table(
    "watch",
    ledger,
    Column("owner", String(71), primary_key=True),
    Column("score", Float, nullable=False),  # evidence that somebody guesses
    Column("rule", String(20), nullable=False),  # the last whose end was reached; or empty
    Column("at", BigInteger, nullable=False),
    Column("locked", Boolean, nullable=False),
)

hint = Table(
    "hint",
    ledger,
    Column("id", RowId, primary_key=True),
    Column("source", String(40), nullable=False),
    Column("subject", String(64), nullable=False),  # a master's id; "" where none was named
    Column("received_at", BigInteger, nullable=False),
    UniqueConstraint("source", "subject"),
)


# What is written down of an act, and who acts.

_LONGEST_ACTOR = 60
DONE, REFUSED, LIMITED = "done", "refused", "limited"


class Entry(msgspec.Struct, frozen=True):
    """One thing somebody did. ``detail`` holds kinds, counts and marks, never a value."""

    actor_kind: str
    """``staff device command``."""
    actor: str
    action: str
    customer: int | None = None
    source: str | None = None
    external_id: str | None = None
    field: str | None = None
    reason: str | None = None
    detail: str | None = None
    outcome: str = DONE
    """``done``, or why it was not: ``refused`` (by permission or password), ``limited``."""
    about: str | None = None
    """The login, terminal or setting that an administrative act is about."""
    session: str | None = None
    """`mark` of the session it was done in; equal for equal ones."""
    address: str | None = None
    """`mark` of the address it was asked from."""


class Actor(msgspec.Struct, frozen=True):
    """Who does something, and the marks of where."""

    kind: str
    name: str
    session: str | None = None
    address: str | None = None

    def did(self, action: str, **said: Any) -> Entry:
        """The entry of an act of theirs; ``said`` are further fields of it."""
        where = {"session": self.session, "address": self.address}
        return Entry(self.kind, self.name, action, **(where | said))


def operator() -> Actor:
    """Whoever runs this process: the real user, and whom sudo says to have become that one.

    Never what the environment calls a login: anybody may set it.
    """
    name = _name_of(os.getuid())
    behind = os.environ.get("SUDO_UID", "")
    if behind.isascii() and behind.isdigit() and int(behind) != os.getuid():
        name = f"{name} (sudo from {_name_of(int(behind))})"
    return Actor("command", name[:_LONGEST_ACTOR])


def _name_of(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except (KeyError, OverflowError):
        return f"uid {uid}"


class Recorded(Entry, frozen=True, kw_only=True):
    """An entry as it stands in the journal; ``at`` in microseconds since 1970, UTC."""

    id: int
    at: int


class AuditUnavailable(Exception):
    """The journal cannot be written: nothing may be shown."""


class BudgetSpent(Exception):
    """The actor has done this as often as allowed: a row says so, once a minute."""

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(f"The limit is reached. Try again in {retry_after_s} seconds.")
        self.retry_after_s = retry_after_s


class Limit(msgspec.Struct, frozen=True):
    """At most ``most`` rows of these actions, together, by one actor in the last ``within_s``."""

    actions: tuple[str, ...]
    most: int
    within_s: int


class Verdict(NamedTuple):
    """What is made of an act before it is written down."""

    stop: Exception | None = None
    """Raised once the act is written down as not done."""
    rule: str = ""
    """By which rule."""
    rows: tuple[Entry, ...] = ()
    """To be written down behind the act's own."""


Weigh = Callable[[Connection, Entry, int], Verdict]
"""Judges an act within the transaction that writes it, at that instant."""


class Wanted(msgspec.Struct, frozen=True):
    """Which rows are asked for; nothing said of a field: all. Instants as in `Recorded`."""

    actor: str | None = None
    """Who did it, or (a person, a terminal) whom it was done about."""
    kind: str | None = None
    """What ``actor`` is, where a user of the machine may have the same name."""
    action: str | None = None
    customer: int | None = None
    code: tuple[str, str] | None = None
    """Source and the master's id."""
    since: int | None = None
    until: int | None = None
    """Before this instant."""

    @property
    def said(self) -> str:
        """Which of them are asked for, for the row of the reading: names, never values."""
        told = {name: getattr(self, name) for name in self.__struct_fields__}
        if self.action:
            told["action"] = None
        names = [name for name, value in told.items() if value is not None]
        return " ".join([*names, *([f"action={self.action}"] if self.action else [])])


ALL = Wanted()
