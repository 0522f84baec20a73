"""The words of names in memory: which there are, how alike, how rare, and who holds them.

All of it is of one state of the mirror, read again where that is another: the words are opened once
each, the holders of those that many have are kept as sets, and all others are read when asked for.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from functools import reduce
from threading import Lock
from typing import Any
from weakref import WeakKeyDictionary

import msgspec
import sqlalchemy
from rapidfuzz import process
from rapidfuzz.distance import OSA
from sqlalchemy import Connection, String, bindparam, cast, func, literal_column, select

from mirror.facets import Set, either, set_of
from mirror.identifiers.search_terms import sound
from mirror.store.engine import Database, Prepared
from mirror.store.sealing import Keyring, word_seal
from mirror.store.tables import WORDS, lookup, meta, name_word

WHOLE, BEGINNING, SOUND, ERROR = range(4)
"""How a word of a name fits one that was typed, the nearest first."""
MOST_OF_A_WAY = 40
"""A typed word stands for so many words in each way at most, those most held."""
_MOST_KEPT = 20_000
"""Staff ask for the same words again and again: so many answers are kept."""
_SHORTEST_BEGINNING, _SHORTEST_ERROR = 2, 4
_COMMON = 2_000
"""Whoever holds a word that so many have is kept: the few words that most people bear."""
_MOST_SETS = 160
"""So many of those words at most; of a million customers a set takes 130 KB."""
_FACTS = ("epoch", "revision", WORDS)
_state = Prepared(
    select(meta.c.value)
    .where(meta.c.name.in_([bindparam(name) for name in _FACTS]))
    .order_by(meta.c.name),
    *_FACTS,
)
"""The facts that say of which state the mirror is: any change of any customer is another."""
_COUNTED = select(name_word.c.key, name_word.c.holders)
_newest = (
    select(lookup.c.customer)
    .where(lookup.c.key == bindparam("key"))
    .order_by(lookup.c.customer.desc())
    .limit(bindparam("most"))
    .subquery()
)
_COMMA: Any = literal_column("','")  # no value of the statement's: it is compiled once
# One text of all numbers, put together by the database, is read five times as fast as its rows.
_joined: Any = func.aggregate_strings
_holders_of = Prepared(select(_joined(cast(_newest.c.customer, String), _COMMA)), "key", "most")
_numbers = msgspec.json.Decoder(list[int])


class Vocabulary:
    """The words of names at one state of the mirror."""

    def __init__(
        self, version: str, words: dict[bytes, tuple[str, int]], before: "Vocabulary | None" = None
    ) -> None:
        """``before``: of the same mirror at an earlier state."""
        self.version = version
        self.words = words
        """By key: the word and how many hold it."""
        self.holders = dict(words.values())
        self.sets: dict[str, Set] = {}
        """Who holds a word that many have, as far as anybody asked."""
        self._asked: dict[tuple[str, int], list[str]] = {}
        self._sorted: list[str]
        self._by_length: dict[int, list[str]]
        self._by_sound: dict[str, list[str]]
        if before and before.words.keys() == words.keys():  # most changes bring no new word
            self._sorted, self._by_length = before._sorted, before._by_length
            self._by_sound = before._by_sound
        else:
            self._arrange()

    def _arrange(self) -> None:
        self._sorted = sorted(self.holders)
        self._by_length, self._by_sound = {}, {}
        for word in self._sorted:
            self._by_length.setdefault(len(word), []).append(word)
            self._by_sound.setdefault(sound(word), []).append(word)

    def fitting(self, typed: str, way: int) -> list[str]:
        """The words that a typed one may stand for in this way, those most held first."""
        if way == WHOLE:
            return [typed] if typed in self.holders else []
        found = self._asked.get((typed, way))
        if found is None:
            ways = {BEGINNING: self._beginning, SOUND: self._sounding, ERROR: self._with_an_error}
            found = sorted(ways[way](typed), key=self.holders.__getitem__, reverse=True)
            if len(self._asked) < _MOST_KEPT:
                self._asked[typed, way] = found[:MOST_OF_A_WAY]
        return found[:MOST_OF_A_WAY]

    def _beginning(self, typed: str) -> Iterator[str]:
        if len(typed) >= _SHORTEST_BEGINNING:
            place = bisect_left(self._sorted, typed)
            while place < len(self._sorted) and self._sorted[place].startswith(typed):
                yield self._sorted[place]
                place += 1

    def _sounding(self, typed: str) -> list[str]:
        return [] if any(map(str.isdigit, typed)) else self._by_sound.get(sound(typed), [])

    def _with_an_error(self, typed: str) -> Iterator[str]:
        if len(typed) < _SHORTEST_ERROR or typed.isdigit():
            return
        for length in (len(typed) - 1, len(typed), len(typed) + 1):
            near = process.extract(
                typed,
                self._by_length.get(length, ()),
                scorer=OSA.distance,
                score_cutoff=1,
                limit=None,
            )
            yield from (word for word, _, _ in near)


_kept: WeakKeyDictionary[sqlalchemy.Engine, Vocabulary] = WeakKeyDictionary()
_turn = Lock()


def vocabulary(db: Database, connection: Connection) -> Vocabulary:
    """The words as this snapshot has them; read again where they changed, opened once each."""
    version = " ".join(str(value) for (value,) in _state.rows(connection, *_FACTS))
    with _turn:
        found = _kept.get(db.engine)
        if found is None or found.version != version:
            words = _read(connection, db.keys, found.words if found else {})
            found = _kept[db.engine] = Vocabulary(version, words, found)
    return found


def _read(
    connection: Connection, keys: Keyring, known: dict[bytes, tuple[str, int]]
) -> dict[bytes, tuple[str, int]]:
    counted = {key: int(held) for key, held in connection.execute(_COUNTED)}
    new = counted.keys() - known.keys()
    if not new:
        return {key: (known[key][0], held) for key, held in counted.items()}
    opened = {
        key: keys.open(word, word_seal(key)).decode()
        for key, word in connection.execute(select(name_word.c.key, name_word.c.word))
        if key in new
    }
    return {key: (opened.get(key) or known[key][0], held) for key, held in counted.items()}


class Holders:
    """Who holds which words, in one snapshot, read for one search."""

    def __init__(self, connection: Connection, keys: Keyring, words: Vocabulary, most: int) -> None:
        """``most``: so many are read altogether, of words that are not kept."""
        self._connection, self._keys, self._words = connection, keys, words
        self.left = most
        """So many more may be read."""
        self.cut = False
        """Whether some were left out: too many hold what was asked for."""

    def number(self, words: Iterable[str]) -> int:
        """How many hold one of the words, whoever holds several counted as often."""
        return sum(map(self._words.holders.__getitem__, words))

    def unread(self, words: Iterable[str]) -> int:
        """How many of them would have to be read."""
        return self.number(word for word in words if word not in self._words.sets)

    def of(self, words: Sequence[str]) -> Set:
        """Everybody who holds one of the words."""
        sets = [self._words.sets[word] for word in words if word in self._words.sets]
        rare: list[int] = []
        for word in words:
            if word in self._words.sets:
                continue
            ids = self._read(word)
            if len(ids) >= _COMMON:
                sets.append(self._keep(word, set_of(ids)))
            else:
                rare += ids
        return reduce(either, sets, set_of(rare))

    def _read(self, word: str) -> list[int]:
        held = self._words.holders[word]
        most = min(held, self.left)
        self.cut |= most < held
        self.left -= most
        key = self._keys.blind_word(word)
        ((told,),) = _holders_of.rows(self._connection, key, most)
        return _numbers.decode(f"[{told or ''}]")

    def _keep(self, word: str, holders: Set) -> Set:
        if len(self._words.sets) < _MOST_SETS and not self.cut:
            self._words.sets[word] = holders
        return holders
