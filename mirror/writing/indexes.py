"""Moves customers between what lists and searches go by: their facets, and the words of names."""

from collections import Counter, defaultdict
from collections.abc import Collection, Generator, Iterable, Iterator, Sequence
from itertools import chain
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select, tuple_, update

from mirror.facets import CHUNK, Facet, facets_of, packed_ids, unpacked_ids
from mirror.identifiers import search_terms
from mirror.identifiers.search_terms import Term, narrowings
from mirror.records import Customer
from mirror.store.engine import Database, Prepared, engine_of, fenced, upsert
from mirror.store.progress import fact, set_fact
from mirror.store.rows import find_by_keys
from mirror.store.sealing import BLIND_BYTES, Keyring, open_customer, word_seal
from mirror.store.tables import PLACES, WORDS, customer, facet, lookup, name_word

_AT_ONCE = 500
_new = Prepared(insert(facet).returning(facet.c.id), "name", "value")


class Moves:
    """What one transaction does to the sets."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._ids: dict[Facet, int] = {}
        self._moves: defaultdict[int, dict[int, bool]] = defaultdict(dict)
        """By place, then by bit: whether the customer is in from now on; the last word holds."""

    def learn(self, facets: Iterable[Facet]) -> None:
        """Look up together what `ids` will ask for."""
        unknown = list(set(facets).difference(self._ids))
        for start in range(0, len(unknown), _AT_ONCE):
            asked = tuple_(facet.c.name, facet.c.value).in_(unknown[start : start + _AT_ONCE])
            for number, *one in self._connection.execute(select(facet).where(asked)):
                self._ids[one[0], one[1]] = number

    def ids(self, facets: Collection[Facet]) -> set[int]:
        """The ids of facets; new ones are given one."""
        known = self._ids
        try:
            return {known[one] for one in facets}
        except KeyError:
            self.learn(facets)
        return {known.get(one) or self._new(one) for one in facets}

    def move(self, customer: int, before: set[int], after: set[int]) -> None:
        """A customer's facets change from ``before`` to ``after``."""
        chunk, bit = divmod(customer, CHUNK)
        for one in after - before:
            self._moves[one * PLACES + chunk][bit] = True
        for one in before - after:
            self._moves[one * PLACES + chunk][bit] = False

    def flush(self) -> None:
        """Write every set that changed."""
        engine_of(self._connection).move(self._connection, self._moves)
        self._moves.clear()

    def _new(self, one: Facet) -> int:
        self._ids[one] = found = int(_new.one(self._connection, *one).scalar_one())
        return found


def facets_with_narrow(
    keys: Keyring, source: str, record: Customer, extras: Iterable[str] = ()
) -> tuple[Facet, ...]:
    """Everything a customer is listed by, and what searches for its name are narrowed by."""
    return (*facets_of(source, record, extras), *map(keys.blind_facet, narrowings(record)))


# Gives customers their facets anew, from the sealed records: other fields are filters now.

_ROWS = select(
    *(customer.c[name] for name in ("id", "source", "external_id", "version", "facets", "doc"))
)
_update = Prepared(
    update(customer).where(customer.c.id == bindparam("row")).values(facets=bindparam("now")),
    "now",
    "row",
)


def relabel(
    connection: Connection, keys: Keyring, ids: Sequence[int], extras: Iterable[str]
) -> None:
    """Give these rows the facets that their records have, ``extras`` being filters."""
    moves, changed = Moves(connection), []
    for row in connection.execute(_ROWS.where(customer.c.id.in_(ids))):
        record = open_customer(keys, row.source, row.external_id, row.version, row.doc)
        facets = moves.ids(facets_with_narrow(keys, row.source, record, extras))
        if packed_ids(facets) != row.facets:
            moves.move(row.id, unpacked_ids(row.facets), facets)
            changed.append((packed_ids(facets), row.id))
    moves.flush()
    _update.many(connection, changed)


# Search keys of a first load: written by lots, in the order of the keys.
#
# Random keys of one batch touch nearly every page of a large index; sorted by the hundred thousand
# they do not. Each row has its own keys, so that a lot is made of the rows, be it after a kill.
# Until it is in, a master that was never listed to its end says so (`mirror.reading.freshness`).

_KEYED_AT_ONCE = 40_000
"""Customers whose keys are sorted at once: 14 MiB."""
_GROWS_BY = 12
"""A lot is no smaller than this part of everybody: it touches nearly every page of the index."""
_UNKEYED = "unkeyed"
"""The fact that says from which row on customers may not be found by their keys yet."""


def key_later(connection: Connection, first: int) -> None:
    """Rows from ``first`` on are written without their search keys: `key_lots` is to follow."""
    if not fact(connection, _UNKEYED, ""):
        set_fact(connection, _UNKEYED, str(first))


def key_lots(db: Database, fence: int, *, rest: bool = False) -> Generator[None]:
    """Let whole lots be found by their keys; with ``rest`` everybody. A step for each transaction.

    Taken up again where it was left, at any step.
    """
    with db.reading() as connection:
        end = int(fact(connection, "next_id", "1"))
        waiting = fact(connection, _UNKEYED, "")
        there = sum(engine_of(connection).sizes(connection, facet.c.name == "source").values())
    first, size = int(waiting or end), max(_KEYED_AT_ONCE, there // _GROWS_BY)
    while first < end and (rest or first + size <= end):
        lot = range(first, min(first + size, end))
        yield from _key(db, fence, lot, -(-len(lot) // _KEYED_AT_ONCE))
        first = lot.stop
    if waiting and rest:
        with fenced(db, fence) as connection:
            set_fact(connection, _UNKEYED, "")


def _key(db: Database, fence: int, lot: range, parts: int) -> Iterator[None]:
    """One lot, by as many ranges of keys as keep each sort small."""
    ends = [(256 * part // parts).to_bytes(1, "big") for part in range(parts)]
    for low, below in zip(ends, [*ends[1:], b""], strict=True):
        with fenced(db, fence) as connection:
            find_by_keys(connection, lot, low, below)
            if seen := fact(connection, WORDS, ""):  # who holds a word is kept by whoever reads
                set_fact(connection, WORDS, str(int(seen) + 1))
            if not below:
                set_fact(connection, _UNKEYED, str(lot.stop))
        yield


# Keeps the vocabulary: each word of a name once, sealed, with the number of those who have it.
#
# In step with the search keys because it is moved by them: a word's row bears the key that the
# word is looked up by, so that whoever loses one is counted off without opening anything.

_KeyOf = tuple[bytes, int]
"""A search key and the row that gains or loses it."""
_add_holders = upsert(name_word, adding=("holders",), keeping=("word",))
_drop_holders = Prepared(
    update(name_word)
    .where(name_word.c.key == bindparam("k"))
    .values(holders=name_word.c.holders - bindparam("less")),
    "less",
    "k",
)
_forget = Prepared(
    delete(name_word).where(name_word.c.key == bindparam("k"), name_word.c.holders <= 0), "k"
)
ADD_KEY = Prepared(insert(lookup), "key", "customer")
DROP_KEY = Prepared(
    delete(lookup).where(lookup.c.key == bindparam("k"), lookup.c.customer == bindparam("row")),
    "k",
    "row",
)
_rekey = Prepared(
    update(customer).where(customer.c.id == bindparam("row")).values(keys=bindparam("now")),
    "now",
    "row",
)
_RECORDS = select(
    *(customer.c[name] for name in ("id", "source", "external_id", "version", "keys", "doc"))
).order_by(customer.c.id)
_OPENED_AT_ONCE = 5_000


def split_keys(keys: bytes) -> list[bytes]:
    """The search keys of a row, which it keeps end to end."""
    return [keys[start : start + BLIND_BYTES] for start in range(0, len(keys), BLIND_BYTES)]


def words_among(terms: Iterable[Term]) -> tuple[str, ...]:
    """The words of names in what a customer is found by, each once."""
    return tuple({text: None for kind, text in terms if kind == "name"})


class Words:
    """What one transaction does to the vocabulary."""

    def __init__(self, connection: Connection, keys: Keyring | None = None) -> None:
        self._connection = connection
        self._keys = keys
        self._known: dict[bytes, str] = {}
        self._gained: Counter[bytes] = Counter()

    def gain(self, words: Iterable[str]) -> None:
        """Somebody new has these."""
        assert self._keys is not None  # noqa: S101 - nobody comes without them
        for word in words:
            key = self._keys.blind_word(word)
            self._known[key] = word
            self._gained[key] += 1

    def learn(self, words: Iterable[str]) -> None:
        """What the keys to come may stand for."""
        if self._keys is not None:
            self._known.update((self._keys.blind_word(word), word) for word in words)

    def flush(self, gained: Iterable[_KeyOf], lost: Iterable[_KeyOf]) -> None:
        """Count whoever has a word from now on, and who has it no more; nobody's word goes.

        ``gained``: besides what `gain` was told.
        """
        seen = fact(self._connection, WORDS, "")
        moves, self._gained = self._gained, Counter()
        moves.update(key for key, _ in gained if key in self._known)
        moves.subtract(key for key, _ in lost)
        if not seen or not any(moves.values()):
            return  # a vocabulary that is not there yet is filled whole (`fill_words`)
        more = self._sealed(moves)
        fewer = sorted((key, -by) for key, by in moves.items() if by < 0)
        _add_holders.many(self._connection, more)
        fell = _drop_holders.many(self._connection, ((by, key) for key, by in fewer))
        _forget.many(self._connection, ((key,) for key, _ in fewer))
        if more or fell:  # most keys that are lost are no word's
            set_fact(self._connection, WORDS, str(int(seen) + 1))

    def _sealed(self, moves: Counter[bytes]) -> list[tuple[bytes, int, bytes]]:
        more = sorted((key, by) for key, by in moves.items() if by > 0)
        return [(key, by, self._seal(key)) for key, by in more]

    def _seal(self, key: bytes) -> bytes:
        assert self._keys is not None  # noqa: S101 - what is known was learnt by them
        return self._keys.seal(self._known[key].encode(), word_seal(key))


def fill_words(connection: Connection, keys: Keyring) -> None:
    """Make the vocabulary of a mirror that an earlier version wrote; all others have theirs.

    Opens every record once, in the caller's transaction: 20 µs a customer. Who was found by other
    words then is given the search keys of this version.
    """
    if fact(connection, WORDS, ""):
        return
    set_fact(connection, WORDS, "0")
    last, words = 0, Words(connection, keys)
    part = _RECORDS.limit(_OPENED_AT_ONCE)
    while rows := connection.execute(part.where(customer.c.id > last)).all():
        found = [_opened(keys, row, words) for row in rows]
        _key_anew(connection, rows, found)
        words.flush(chain.from_iterable(found), ())
        last = rows[-1].id


def _opened(keys: Keyring, row: Any, words: Words) -> list[_KeyOf]:
    record = open_customer(keys, row.source, row.external_id, row.version, row.doc)
    terms = search_terms(record)
    words.learn(words_among(terms))
    return [(key, row.id) for key in keys.blind_all(terms)]


def _key_anew(connection: Connection, rows: Iterable[Any], found: Iterable[list[_KeyOf]]) -> None:
    for row, wanted in zip(rows, found, strict=True):
        kept = [(key, row.id) for key in split_keys(row.keys)]
        if kept != wanted:
            DROP_KEY.many(connection, sorted(set(kept).difference(wanted)))
            ADD_KEY.many(connection, sorted(set(wanted).difference(kept)))
            _rekey.one(connection, b"".join(key for key, _ in wanted), row.id)


def keep_words(db: Database, fence: int) -> None:
    """Fill the vocabulary where an earlier version left none."""
    with db.reading() as connection:
        if fact(connection, WORDS, ""):
            return
    with fenced(db, fence) as connection:
        fill_words(connection, db.keys)
