"""Acts, written down before anything is shown of them: one commit for all who wait for it.

Whoever comes while nobody writes begins a transaction, and writes down everybody who waits by the
time that it has begun: each act judged in turn, under the lock, in an order that its row keeps. So
a disk that takes a millisecond to keep a row keeps twenty in it. An act that fails takes nothing of
the others along; a commit that fails is everybody's.
"""

from bisect import insort
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import Context, copy_context
from hashlib import blake2b
from threading import Lock
from typing import Any
from weakref import WeakKeyDictionary

import msgspec
import sqlalchemy
from sqlalchemy import Connection, bindparam, desc, func, insert, select
from sqlalchemy.exc import SQLAlchemyError

from mirror.ledger import (
    DONE,
    LIMITED,
    AuditUnavailable,
    BudgetSpent,
    Entry,
    Limit,
    Verdict,
    Weigh,
    audit,
)
from mirror.records import Customer
from mirror.store.engine import Database, Link, Prepared
from mirror.store.faults import fault_of
from mirror.store.progress import now_us
from mirror.store.sealing import Keyring

GENESIS = b"espelho audit 1"
"""What the first row chains from."""
FIELDS = tuple(column for column in audit.c if column.name != "chain")
"""What the hash of a row covers: everything else in it, id and time included."""
_FIRST = 11
"""So many fields had the rows of the first schema, and their hashes still cover just these."""
TELL_EVERY_US = 60_000_000
"""A limit is told once in so long: a program that asks on and on must not fill the disk."""
_MOST_SINCE, _MOST_KNOWN = 1_000, 1_000
_MAY_BE_ABOUT = ("staff", "device")
CODED = "#"
"""What an id that is kept keyed begins with."""

_last = Prepared(select(audit.c.id, audit.c.chain).order_by(desc(audit.c.id)).limit(1))
_since = Prepared(
    select(audit.c.id, audit.c.chain, audit.c.actor_kind, audit.c.actor, audit.c.about)
    .where(audit.c.id >= bindparam("last"))
    .order_by(audit.c.id)
    .limit(bindparam("most")),
    *("last", "most"),
)
_COLUMNS = (*(column.name for column in FIELDS), "chain")
_append = Prepared(insert(audit).values({one: bindparam(one) for one in _COLUMNS}), *_COLUMNS)
_newest_of = Prepared(
    select(audit.c.at)
    .where(
        audit.c.actor_kind == bindparam("kind"),
        audit.c.actor == bindparam("actor"),
        audit.c.action == bindparam("did"),
        audit.c.at > bindparam("since"),
        func.coalesce(audit.c.outcome, DONE) == bindparam("outcome"),
    )
    .order_by(desc(audit.c.at))
    .limit(bindparam("most")),
    *("kind", "actor", "did", "since", "outcome", "most"),
)


def record(
    db: Database,
    entry: Entry,
    *more: Entry,
    limit: Limit | None = None,
    weigh: Weigh | None = None,
) -> None:
    """Write ``entry`` (and ``more``, of the same act) durably before returning.

    ``limit`` is counted and ``weigh`` asked in the same write transaction, against the actor of
    ``entry``: however many processes ask at once, no more than allowed are granted. Raises
    BudgetSpent when it is reached, what ``weigh`` says, and AuditUnavailable when the row is not
    certainly on disk: then nothing may be shown.
    """
    act = _Act((entry, *more), limit, weigh)
    _desk_of(db).settle(db, act)
    if isinstance(act.problem, SQLAlchemyError) and act.stop is None:  # a denial stays one
        fault = fault_of(act.problem)
        why = fault.sentence if fault else "Look at the disk of the data directory."
        said = f"The audit journal cannot be written, so nothing is shown. {why}"
        raise AuditUnavailable(said) from act.problem
    if act.problem is not None and not isinstance(act.problem, SQLAlchemyError):
        raise act.problem
    if act.stop is not None:
        raise act.stop from act.problem


class Known:
    """What is remembered of somebody who acts; what others wrote of them since makes it void."""

    __slots__ = ("kept", "times")

    def __init__(self) -> None:
        self.times: dict[tuple[tuple[str, ...], str], tuple[int, int, list[int]]] = {}
        """Actions, outcome → how many at most, since when; when the newest were, sorted."""
        self.kept: Any = None
        """For whoever judges acts (`mirror.ledger.guard`)."""

    def acts(self, entry: Entry, now: int) -> None:
        """They do something, at this instant."""
        for (actions, outcome), (most, _, times) in self.times.items():
            if entry.action in actions and entry.outcome == outcome:
                insort(times, now)
                del times[:-most]


class Memory:
    """What a process remembers of the ledger, so as not to ask again; for the write lock's holder.

    It begins anew wherever it may not be what the ledger has: where the row that was last seen is
    not there any more, or many came since, where the clock went back, where a group failed. Of whom
    others wrote, by the rows behind that one, it forgets what it knew: who writes down a trace or a
    lock writes a row of whom it is about.
    """

    def __init__(self) -> None:
        self.head = (0, GENESIS)
        """Id and chain of the newest row."""
        self.now = 0
        self._known: dict[tuple[str, str], Known] = {}

    def begin(self, link: Link) -> None:
        """Catch up with what others wrote, at the beginning of a transaction."""
        rows = _since.rows(link, self.head[0], _MOST_SINCE + 1) if self.head[0] else []
        if not rows or rows[0][:2] != self.head or len(rows) > _MOST_SINCE:
            self.forget()
            self.head = last(link)
            return
        self.head = rows[-1][:2]
        for _, _, kind, actor, about in rows[1:]:
            self.forget(kind, actor)
            for one in _MAY_BE_ABOUT if about else ():
                self.forget(one, about)

    def tick(self) -> int:
        """What time it is now; where the clock went back, nothing is known any more."""
        now = now_us()
        if now < self.now:
            self.forget()
        self.now = now
        return now

    def of(self, kind: str, name: str) -> Known:
        """What is known of somebody; nothing at first."""
        if len(self._known) >= _MOST_KNOWN:
            self.forget()
        return self._known.setdefault((kind, name), Known())

    def forget(self, kind: str = "", name: str = "") -> None:
        """What is known of somebody, or of everybody."""
        if kind:
            self._known.pop((kind, name), None)
        else:
            self._known.clear()


_MEMORY = "mirror.ledger.memory"


def memory_of(connection: Connection) -> Memory:
    """What is remembered within this transaction; nothing, where it is not a group's."""
    found: Memory | None = connection.info.get(_MEMORY)
    return found or Memory()


class _Act:
    """What somebody waits for to be written down, and what became of it."""

    __slots__ = ("context", "entries", "limit", "problem", "settled", "stop", "turn", "weigh")

    def __init__(
        self, entries: tuple[Entry, ...], limit: Limit | None, weigh: Weigh | None
    ) -> None:
        self.entries, self.limit, self.weigh = entries, limit, weigh
        self.context: Context = copy_context()  # another thread may do it, for this request
        self.stop: Exception | None = None
        """Why it is denied."""
        self.problem: BaseException | None = None
        """Why it is not written down."""
        self.settled = False
        self.turn = Lock()
        """Held while there is nothing to do for whoever waits: neither settled nor to lead."""
        self.turn.acquire()


class _Desk:
    """Where the acts of one process wait to be written down; one who waits writes for all."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._waiting: list[_Act] = []
        self._led = False
        self._memory = Memory()

    def settle(self, db: Database, act: _Act) -> None:
        """Have the act written down, with others or by others; what became of it stands in it."""
        with self._lock:
            self._waiting.append(act)
            leads, self._led = not self._led, True
        if not leads:
            act.turn.acquire()
        if not act.settled:
            self._lead(db)

    def _lead(self, db: Database) -> None:
        group: list[_Act] = []
        problem: BaseException | None = None
        try:
            with db.writing() as connection:
                group = self._taken()
                self._memory.begin(Link.behind(connection))
                with _remembering(connection, self._memory):
                    _settle(connection, db.keys, group, self._memory)
        except Exception as error:  # what nobody knows to be on the disk is written down nowhere
            problem = error
        except BaseException as error:
            problem = error
            raise
        finally:
            self._told(group or self._taken(), problem)

    def _taken(self) -> list[_Act]:
        """Everybody who waits by now."""
        with self._lock:
            group, self._waiting = self._waiting, []
        return group

    def _told(self, group: list[_Act], problem: BaseException | None) -> None:
        if problem is not None:
            self._memory = Memory()
        for act in group:
            act.problem = act.problem or problem
            act.settled = True
            act.turn.release()
        with self._lock:
            self._led = bool(self._waiting)
            if self._led:
                self._waiting[0].turn.release()


_desks: WeakKeyDictionary[sqlalchemy.Engine, _Desk] = WeakKeyDictionary()
_making = Lock()


def _desk_of(db: Database) -> _Desk:
    found = _desks.get(db.engine)
    if found is None:
        with _making:
            found = _desks.setdefault(db.engine, _Desk())
    return found


@contextmanager
def _remembering(connection: Connection, memory: Memory) -> Iterator[None]:
    connection.info[_MEMORY] = memory
    try:
        yield
    finally:
        connection.info.pop(_MEMORY, None)


def _settle(connection: Connection, keys: Keyring, group: list[_Act], memory: Memory) -> None:
    """Judge and write down one act after the other; who fails takes back what is theirs alone."""
    link = Link.behind(connection)
    if len(group) == 1:
        return _judge(connection, link, keys, group[0], memory)
    for act in group:
        head = memory.head
        link.rows("SAVEPOINT act")
        try:
            act.context.run(_judge, connection, link, keys, act, memory)
        except Exception as error:
            act.problem = error
            link.rows("ROLLBACK TO SAVEPOINT act")
            memory.forget()
            memory.head = head
        link.rows("RELEASE SAVEPOINT act")
    return None


def _judge(connection: Connection, link: Link, keys: Keyring, act: _Act, memory: Memory) -> None:
    entry, limit = act.entries[0], act.limit
    now = memory.tick()  # under the lock: times grow as the ids do
    wait_s = _wait_s(link, memory, entry, limit, now) if limit else 0
    asked = Verdict(BudgetSpent(wait_s)) if wait_s else Verdict()
    verdict = act.weigh(connection, entry, now) if act.weigh and not wait_s else asked
    act.stop = verdict.stop
    denied = act.stop is not None
    told = _limited(link, memory, entry, verdict.rule, now) if denied else ()
    write(link, keys, told if denied else (*act.entries, *verdict.rows), now, memory)


def _wait_s(link: Link, memory: Memory, entry: Entry, limit: Limit, now: int) -> int:
    """In how many seconds it would be allowed; 0 where it is."""
    if limit.most < 1:
        return limit.within_s
    within = limit.within_s * 1_000_000
    # Rows dated in the future (the clock was set back) still count: that earns nobody a new budget.
    counted = newest(link, memory, entry, limit.actions, now - within, limit.most - 1)
    return 0 if counted is None else -(-(counted + within - now) // 1_000_000)


def _limited(link: Link, memory: Memory, entry: Entry, rule: str, now: int) -> tuple[Entry, ...]:
    """The row that tells of a limit, where none of the last minute does."""
    detail = f"{entry.detail or ''} limit={rule}".strip() if rule else entry.detail
    told = msgspec.structs.replace(entry, outcome=LIMITED, detail=detail)
    since = now - TELL_EVERY_US
    is_told = newest(link, memory, told, (entry.action,), since, 0) is not None
    return () if is_told else (told,)


def newest(
    link: Link, memory: Memory, like: Entry, actions: tuple[str, ...], since: int, place: int
) -> int | None:
    """When the actor's row at that place was written, of these actions and with that outcome."""
    who = like.actor_kind, like.actor
    known, asked = memory.of(*who).times, (actions, like.outcome)
    most, asked_since, times = known.get(asked, (0, since, []))
    if most <= place or since < asked_since:
        most = max(most, place + 1)
        found = (_newest_of.rows(link, *who, one, since, like.outcome, most) for one in actions)
        times = sorted(row[0] for rows in found for row in rows)[-most:]
        known[asked] = most, since, times
    at = times[-place - 1] if len(times) > place else None
    return at if at is not None and at > since else None


def write(link: Link, keys: Keyring, entries: tuple[Entry, ...], now: int, memory: Memory) -> None:
    """Write rows of this instant, behind the one that is remembered as the newest."""
    chained = linker(keys)
    number, chain = memory.head
    for entry in entries:
        number += 1
        row = {"id": number, "at": now, **msgspec.structs.asdict(entry)}
        row["external_id"] = kept_code(keys, entry.source, entry.external_id)
        values = [row[column.name] for column in FIELDS]
        chain = chained(chain, values)
        _append.rows(link, *values, chain)
        memory.of(entry.actor_kind, entry.actor).acts(entry, now)
    memory.head = number, chain


def last(within: Connection | Link) -> tuple[int, bytes]:
    """Id and chain of the newest row; 0 and GENESIS of an empty journal."""
    rows = _last.rows(within)
    return rows[0] if rows else (0, GENESIS)


def linker(keys: Keyring) -> Callable[[bytes, list[Any]], bytes]:
    """The function from (chain before, values of FIELDS) to a row's chain.

    MessagePack keeps neighbouring fields apart: ``ab, c`` never hashes like ``a, bc``. Fields that
    came with a later schema are covered as far as the last that says something: rows from before
    verify as they did, and one of them that is given something now does not.
    """
    key = keys.derive("audit chain")

    def link(before: bytes, row: list[Any]) -> bytes:
        said = row[: _said(row)]
        return blake2b(msgspec.msgpack.encode((before, said)), digest_size=32, key=key).digest()

    return link


def _said(row: list[Any]) -> int:
    length = len(row)
    while length > _FIRST and row[length - 1] is None:
        length -= 1
    return length


# Whom a row is about: by the master's id, which may be the document of whom it names.


def whose(keys: Keyring, number: int, source: str, record: Customer) -> dict[str, Any]:
    """The fields of an entry that say whom it is about; ``number``: the mirror's."""
    from mirror.masking import texts_of

    code = record.external_id
    if texts_of(record).code(code) != code:
        code = coded(keys, source, code)
    return {"customer": number, "source": source, "external_id": code}


def kept_code(keys: Keyring, source: str | None, code: str | None) -> str | None:
    """A master's id as the journal keeps it: keyed where it is a document or an e-mail address."""
    if not code or code.startswith(CODED):
        return code
    from mirror.masking.free_text import mask_code

    return code if mask_code(code) == code else coded(keys, source or "", code)


def coded(keys: Keyring, source: str, code: str) -> str:
    """What stands for an id that may not be kept."""
    return f"{CODED}{mark(keys, 'id', f'{source}/{code}')}"


def mark(keys: Keyring, kind: str, value: str) -> str:
    """What may stand for a searched term, a session, an address: equal for equal ones of a kind,
    mute without the key; 16 hexadecimal digits."""
    term = msgspec.msgpack.encode((kind, value))
    return blake2b(term, digest_size=8, key=keys.derive("audit search")).hexdigest()
