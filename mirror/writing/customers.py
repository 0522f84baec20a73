"""Writes batches of customers: the only module that adds, changes or removes one.

Every function works inside the caller's transaction, so that rows, search keys, words, facets,
standings, quarantine and cursor stand or fall together. There is one writer (`mirror.store.lease`).
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from itertools import chain
from typing import Any

import msgspec
from sqlalchemy import Connection, bindparam, delete, insert, update

from mirror.facets import Facet, packed_ids, unpacked_ids
from mirror.identifiers import search_terms
from mirror.instants import micros
from mirror.records import Customer
from mirror.standing import Rules
from mirror.standing.verdict import NOTHING, Verdict
from mirror.store.engine import Prepared, upsert
from mirror.store.progress import Figures, fact, now_us, set_fact
from mirror.store.rows import find_by_keys
from mirror.store.sealing import Keyring, customer_seal, open_customer
from mirror.store.tables import customer, tombstone
from mirror.writing import indexes, judgement, quarantine, standings
from mirror.writing.activity import erase_texts
from mirror.writing.holds import NOBODY, Losses
from mirror.writing.judgement import Incoming, Known, Plan, Shelf, Trust, figures, grave_name, plan
from mirror.writing.quarantine import Refusal, contradiction
from mirror.writing.standings import Person, Told, settle, told_of, verdicts

# What a customer is on its way into the mirror: sealed, blinded, with the facets it will have.

_NONE = Rules()
_encode = msgspec.msgpack.Encoder().encode
_encode_told = msgspec.json.Encoder().encode


class Arrival(Incoming, frozen=True, gc=False, array_like=True):
    """A customer ready to be written."""

    customer_since: str | None
    bought: int | None
    """The last purchase as the master says, microseconds since 1970; None for one in the future."""
    company: str | None
    told: str | None
    """What the master says of standings and purchases, as the row keeps it."""
    keys: bytes
    """Its lookup keys, end to end."""
    words: tuple[str, ...]
    """The words of its names."""
    facets: tuple[Facet, ...]
    is_new: bool = False
    """The reader has seen, as the only writer, that the mirror does not have it."""

    @property
    def person(self) -> Person:
        """What the rules of standing look at."""
        return Person(self.external_id, self.customer_since, told_of(self.told))


class Here(Known, frozen=True, array_like=True):
    """A customer that the mirror has."""

    keys: bytes
    facets: bytes
    company: str | None


CUSTOMERS = Shelf(customer, Here)
"""Where customers are."""


def arrival(
    keys: Keyring,
    source: str,
    record: Customer,
    content_hash: bytes,
    raw: bytes,
    rules: Rules = _NONE,
    *,
    is_new: bool = False,
) -> Arrival:
    """Seal a customer of ``source`` and blind its search terms.

    ``rules`` name the custom fields that are facets too.
    """
    since, bought, terms = record.customer_since, _bought(record), search_terms(record)
    told = Told(record.standings, bought, msgspec.to_builtins(record.standing_days))
    return Arrival(
        record.external_id,
        record.version,
        content_hash,
        keys.seal(_encode(record), customer_seal(source, record.external_id, record.version)),
        raw,
        None if since is None else since.isoformat(),
        bought,
        record.company,
        _encode_told(told).decode() if bought or record.standings else None,
        b"".join(keys.blind_all(terms)),
        indexes.words_among(terms),
        indexes.facets_with_narrow(keys, source, record, rules.extras),
        is_new,
    )


def _bought(record: Customer) -> int | None:
    instant = record.last_purchase_at
    if instant is None or "last_purchase_future" in record.flags:
        return None
    return micros(instant)


# Gathers the rows of one transaction and writes them table by table, in key order.

_COLUMNS = tuple(column.name for column in customer.columns)
_MUTABLE = _COLUMNS[3:]  # all but id, source, external_id
_insert = Prepared(insert(customer), *_COLUMNS)
_update = Prepared(
    update(customer)
    .where(customer.c.id == bindparam("row"), customer.c.version <= bindparam("at_most"))
    .values({name: bindparam(f"new_{name}") for name in _MUTABLE}),
    *(f"new_{name}" for name in _MUTABLE),
    "row",
    "at_most",
)
_remove = Prepared(delete(customer).where(customer.c.id == bindparam("row")), "row")
_bury = upsert(tombstone)
_bar = upsert(tombstone, keeping=("reason", "gone_at", "keys"))
_unbury = Prepared(
    delete(tombstone).where(
        tombstone.c.source == bindparam("src"), tombstone.c.external_id == bindparam("ext")
    ),
    "src",
    "ext",
)


class Rows:
    """What one transaction will do to one source's customers."""

    def __init__(
        self,
        connection: Connection,
        source: str,
        keys: Keyring | None = None,
        *,
        in_lots: bool = False,
    ) -> None:
        """``in_lots``: who is new is found by their keys later (`mirror.writing.indexes`)."""
        self._connection, self._source, self._in_lots = connection, source, in_lots
        self._now = now_us()
        self._revision = int(fact(connection, "revision", "0"))
        self._next_id = int(fact(connection, "next_id", "1"))
        self._new: list[tuple[Any, ...]] = []
        self._changed: list[tuple[Any, ...]] = []
        self._gone: list[tuple[int]] = []
        self._graves: list[tuple[Any, ...]] = []
        self._marks: list[tuple[Any, ...]] = []
        self._reborn: list[tuple[str, str]] = []
        self._new_keys: list[tuple[bytes, int]] = []
        self._dead_keys: list[tuple[bytes, int]] = []
        self._moves = indexes.Moves(connection)
        self._words = indexes.Words(connection, keys)
        self._judged: dict[int, Verdict] = {}
        self._judged_new: dict[int, Verdict] = {}

    def learn(self, arrivals: Iterable[Arrival]) -> None:
        """Look up together what `put` would look up for each."""
        self._moves.learn(chain.from_iterable(one.facets for one in arrivals))

    def put(
        self,
        arrival: Arrival,
        verdict: Verdict,
        before: Here | None,
        *,
        reborn: bool = False,
        over: int | None = None,
    ) -> None:
        """Add or change one customer; ``reborn`` ones leave their tombstone.

        ``over``: the newest version that it may be written over, if not its own.
        """
        self._revision += 1
        facets = self._moves.ids(arrival.facets)
        values = self._mutable(arrival, verdict, packed_ids(facets))
        if before is None:
            row_id = self._next_id
            self._next_id += 1
            self._new.append((row_id, self._source, arrival.external_id, *values))
            self._words.gain(arrival.words)
            self._moves.move(row_id, set(), facets)
            if verdict is not NOTHING:
                self._judged_new[row_id] = verdict
        else:
            row_id = before.id
            self._words.learn(arrival.words)
            at_most = arrival.version if over is None else over
            self._changed.append((*values, row_id, at_most))
            self._rekey(row_id, indexes.split_keys(before.keys), indexes.split_keys(arrival.keys))
            self._moves.move(row_id, unpacked_ids(before.facets), facets)
            self._judged[row_id] = verdict
        if reborn:
            name = grave_name(self._connection, self._source, arrival.external_id)
            self._reborn.append((self._source, name))

    def bury(self, gone: Here, reason: str, version: int) -> None:
        """Replace one customer by a tombstone: only what is newer than ``version`` comes back."""
        self._gone.append((gone.id,))
        self._graves.append(self._grave(gone.external_id, reason, version, gone.keys))
        self._rekey(gone.id, indexes.split_keys(gone.keys), [])
        self._moves.move(gone.id, unpacked_ids(gone.facets), set())
        self._judged[gone.id] = NOTHING

    def bar(self, name: str, reason: str, version: int) -> None:
        """Let one who is not here come only with what is newer than ``version``."""
        self._marks.append(self._grave(name, reason, version, b""))

    def _grave(self, name: str, reason: str, version: int, keys: bytes) -> tuple[Any, ...]:
        self._revision += 1
        kept = grave_name(self._connection, self._source, name)
        return self._source, kept, version, self._revision, reason, self._now, keys

    def flush(self) -> None:
        """Write everything."""
        connection = self._connection
        if not (self._new or self._changed or self._gone or self._marks):
            return
        _insert.many(connection, self._new)
        _update.many(connection, self._changed)
        _remove.many(connection, self._gone)
        _bury.many(connection, self._graves)
        _bar.many(connection, self._marks)
        _unbury.many(connection, self._reborn)
        indexes.DROP_KEY.many(connection, sorted(self._dead_keys))
        self._let_be_found()
        indexes.ADD_KEY.many(connection, sorted(self._new_keys))
        self._words.flush(self._new_keys, self._dead_keys)
        self._moves.flush()
        standings.keep(connection, self._judged, self._judged_new)
        set_fact(connection, "revision", str(self._revision))
        set_fact(connection, "next_id", str(self._next_id))

    def _mutable(self, arrival: Arrival, verdict: Verdict, facets: bytes) -> tuple[Any, ...]:
        return (
            arrival.version,
            self._revision,
            arrival.customer_since,
            standings.latest(arrival.bought, verdict.last_purchase_at),
            arrival.company,
            arrival.told,
            self._now,
            arrival.content_hash,
            arrival.keys,
            facets,
            arrival.doc,
        )

    def _let_be_found(self) -> None:
        """By their keys, whoever is new: now, or with a lot of others."""
        born = range(self._next_id - len(self._new), self._next_id)
        if self._in_lots and born:
            indexes.key_later(self._connection, born.start)
        elif born:
            find_by_keys(self._connection, born)

    def _rekey(self, row_id: int, old: list[bytes], new: list[bytes]) -> None:
        self._new_keys += [(key, row_id) for key in set(new).difference(old)]
        self._dead_keys += [(key, row_id) for key in set(old).difference(new)]


def apply(
    connection: Connection,
    keys: Keyring,
    source: str,
    arrivals: Sequence[Arrival],
    refusals: Sequence[Refusal] = (),
    *,
    counter: bool,
    trust: Trust | None = None,
    rules: Rules | None = _NONE,
    losses: Callable[[], Losses] | None = None,
    in_lots: bool = False,
) -> Figures:
    """Write what is new or newer, quarantine what was refused; how many of each.

    ``trust``: whose arrival is the master's latest word leaves quarantine also where nothing had to
    be written; see `mirror.writing.judgement.Trust`.
    ``counter``: see `mirror.writing.judgement.plan`. A customer in quarantine leaves it with a
    version that is written; an older one sent again (a replica behind) says nothing of the newer
    that is broken.
    ``rules``: by which standings follow from what is written.
    ``losses``: what holds too many that lose a field; None where nobody is held.
    ``in_lots``: see `Rows`.
    """
    names = [arrival.external_id for arrival in arrivals]
    trust = trust or Trust()
    judged, present, dead = _judge(connection, keys, source, arrivals, counter, trust)
    judgement.remember(connection, CUSTOMERS.table, judged.notes)
    count = losses() if losses and present else None  # who is new loses nothing
    waiting, back = count.keep_back(connection, judged.accepted, present) if count else NOBODY
    rows = Rows(connection, source, keys, in_lots=in_lots)
    _write(connection, keys, source, rows, judged, present, dead, rules or _NONE, trust.older)
    refused = [*refusals, *waiting, *map(contradiction, judged.contradictions)]
    healed = set(judged.accepted).union(filter(trust.latest, names)) - back
    quarantined = quarantine.settle(connection, keys, source, refused, healed, names)
    return figures(judged, present, quarantined - len(waiting), len(back))


def remove(
    connection: Connection,
    source: str,
    ids: Iterable[str],
    reason: str,
    rules: Rules = _NONE,
    versions: Mapping[str, int] | None = None,
) -> int:
    """Erase these customers and leave a tombstone of each; how many there were.

    A tombstone tells nobody who it was. Of what they did amounts, dates and states stay, no text.
    ``versions``: at which the master deleted them, if it says so; what is no newer stays away.
    """
    names = list(ids)
    if not names:
        return 0
    rows = Rows(connection, source)
    present = CUSTOMERS.known(connection, source, names)
    told = versions or {}
    for name, gone in present.items():
        rows.bury(gone, reason, max(gone.version, told.get(name, gone.version)))
    absent = [name for name in names if name in told and name not in present]
    dead = judgement.graves(connection, source, absent) if absent else {}
    for name in absent:
        if name not in dead or told[name] > dead[name]:
            rows.bar(name, reason, told[name])
    rows.flush()
    erase_texts(connection, source, present)
    _settle_companies(connection, source, present.values(), (), rules)
    quarantine.clear(connection, source, names)
    return len(present)


def judge(
    connection: Connection,
    keys: Keyring,
    source: str,
    arrivals: Sequence[Arrival],
    *,
    counter: bool,
) -> tuple[Plan[Arrival], dict[str, Here]]:
    """What `apply` would write, and what is there of it; no write."""
    return _judge(connection, keys, source, arrivals, counter, Trust())[:2]


def _judge(
    connection: Connection,
    keys: Keyring,
    source: str,
    arrivals: Sequence[Arrival],
    counter: bool,
    trust: Trust,
) -> tuple[Plan[Arrival], dict[str, Here], dict[str, int]]:
    def opened(name: str, version: int, doc: bytes) -> object:
        return open_customer(keys, source, name, version, doc)

    sought = (a.external_id for a in arrivals if not a.is_new)
    present = CUSTOMERS.known(connection, source, sought)
    absent = (a.external_id for a in arrivals if a.external_id not in present)
    dead = judgement.graves(connection, source, absent, trust.latest)
    judged = plan(arrivals, _written_whole(present), dead, counter=counter, trust=trust)
    judgement.settle(connection, CUSTOMERS.table, opened, judged, present)
    return judged, present, dead


def _write(
    connection: Connection,
    keys: Keyring,
    source: str,
    rows: Rows,
    judged: Plan[Arrival],
    present: Mapping[str, Here],
    dead: Mapping[str, int],
    rules: Rules,
    older: Collection[str],
) -> None:
    accepted = judged.accepted
    found: Mapping[str, Verdict] = {}
    if not standings.idle(connection, source, rules):
        found = verdicts(connection, source, rules, [one.person for one in accepted.values()])
    indexes.fill_words(connection, keys)
    rows.learn(accepted.values())
    for name, arrival in accepted.items():
        over = judgement.NEWEST if name in older else None
        verdict, here = found.get(name, NOTHING), present.get(name)
        rows.put(arrival, verdict, here, reborn=name in dead, over=over)
    rows.flush()
    known = (present[name] for name in accepted if name in present)
    _settle_companies(connection, source, known, accepted.values(), rules)


def _settle_companies(
    connection: Connection,
    source: str,
    before: Iterable[Here],
    after: Iterable[Arrival],
    rules: Rules,
) -> None:
    """What an employee's deals did to the company, where somebody came to it or left it."""
    if "sell" in rules.names:
        touched = {one.company for one in before} | {one.company for one in after}
        settle(connection, source, {name for name in touched if name}, rules)


def _written_whole(present: Mapping[str, Here]) -> dict[str, Here]:
    # A row from before there were facets is written again, whatever its version.
    return {
        name: row if row.facets else msgspec.structs.replace(row, version=row.version - 1)
        for name, row in present.items()
    }
