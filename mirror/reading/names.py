"""Finds people by their names: whole words, beginnings, one error, sound; ranked and narrowed.

What words there are, how rare and how alike, is answered in memory by the vocabulary; the keyed
index is asked for whole words only. So no further key is kept of anybody, and the work is bounded:
by how many words one typed word may stand for, and by how many holders of the rarest are looked at.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import reduce
from threading import Lock
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import sqlalchemy
from rapidfuzz import process
from rapidfuzz.distance import OSA
from sqlalchemy import BindParameter, Connection, bindparam, select

from mirror.facets import CHUNK, Set, both, page, size
from mirror.identifiers import DDDS, name_words
from mirror.identifiers.search_terms import COMPANY_FORMS, narrowing, sound
from mirror.reading.facets import Facets, had
from mirror.records import Customer
from mirror.store.engine import Database, Prepared
from mirror.store.progress import fact, now_us
from mirror.store.sealing import BLIND_BYTES, Keyring, load, word_seal
from mirror.store.tables import WORDS, customer, lookup, name_word

WHOLE, BEGINNING, SOUND, ERROR = range(4)
"""How a word of a name fits one that was typed, the nearest first."""
_MOST_OF_A_WAY = 40
"""A typed word stands for so many words in each way at most, those most held."""
_MOST_KEPT = 20_000
"""Staff ask for the same words again and again: so many answers are kept."""
_SHORTEST_BEGINNING, _SHORTEST_ERROR = 2, 4
_MOST_SCANNED = 60_000
"""At most so many holders of the rarest word are looked at: the newest."""
_ENOUGH = 100
"""Where so many fit, nobody is looked for who fits less well."""
_MOST_RANKED = 1_000
"""So many of those who have every word are told apart by what else their names have."""
_MOST_OPENED = 1_000
"""So many are opened to look at the end of their documents."""
_MOST_TRIED = 40_000
"""So many pairs of a word and somebody who may hold it are tried."""
_TRIED_AT_ONCE = 500
_MOST_KEYS = 3 * _MOST_OF_A_WAY + 1
_LONGEST_CITY = 5
_MOST_WAYS = 12
_MOST_DIGITS = 6
_DIGITS_OF_A_YEAR = 4
_KEY_PLACES: list[BindParameter[bytes]] = [bindparam(f"key{place}") for place in range(_MOST_KEYS)]
_ID_PLACES: list[BindParameter[int]] = [bindparam(f"id{place}") for place in range(_TRIED_AT_ONCE)]
_held_by = Prepared(
    select(lookup.c.customer).where(
        lookup.c.key.in_(_KEY_PLACES), lookup.c.customer.in_(_ID_PLACES)
    ),
    *(place.key for place in _KEY_PLACES),
    *(place.key for place in _ID_PLACES),
)
_COUNTED = select(name_word.c.key, name_word.c.holders)
_KEYS_OF = select(customer.c.id, customer.columns["keys"])


# What of the vocabulary lies in memory: every word, with its holders, by its letters, by its sound.


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
                self._asked[typed, way] = found[:_MOST_OF_A_WAY]
        return found[:_MOST_OF_A_WAY]

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
    version = fact(connection, WORDS, "")
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


# How what was typed may be meant: which of it is the name, and which narrows it.


_Known = Callable[[str, str], list[str]]
"""What a value narrows by, where anybody has it."""


class Meant(NamedTuple):
    """One way to understand what was typed."""

    words: tuple[str, ...]
    narrow: tuple[str, ...] = ()
    """As `mirror.identifiers.search_terms.narrowing` writes them."""
    ends: tuple[str, ...] = ()
    """Last digits of a document."""


def _ways(connection: Connection, keys: Keyring, typed: Sequence[str]) -> list[Meant]:
    """Every way there is, that of more words of the name first."""

    def known(what: str, value: str) -> list[str]:
        said = narrowing(what, value)
        return [said] if said and had(connection, keys.blind_facet(said)) else []

    numbers = [word for word in typed if word.isdigit()]
    letters = [word for word in typed if not word.isdigit()]
    found = [Meant(words, narrow) for words, narrow in _places(letters, known)]
    for number in numbers:
        found = [more for one in found for more in _with_number(one, number, known)]
    return found[:_MOST_WAYS]


def _places(letters: list[str], known: _Known) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Names, with a city or a state or both behind them."""
    yield tuple(letters), ()
    state = known("state", letters[-1]) if len(letters) > 1 and len(letters[-1]) == 2 else []
    if state:
        yield tuple(letters[:-1]), tuple(state)
    for ending in ([], state) if state else ([],):
        rest = letters[: len(letters) - len(ending)]
        for words in range(1, min(_LONGEST_CITY, len(rest) - 1) + 1):
            for city in known("city", " ".join(rest[-words:])):
                yield tuple(rest[:-words]), (city, *ending)


def _with_number(one: Meant, number: str, known: _Known) -> Iterator[Meant]:
    yield one._replace(words=(*one.words, number))
    narrow = known("ddd", number) if number in DDDS else []
    if len(number) == _DIGITS_OF_A_YEAR:
        narrow = known("born", number)
    yield from (one._replace(narrow=(*one.narrow, said)) for said in narrow)
    if one.words and not narrow and 2 <= len(number) <= _MOST_DIGITS:
        yield one._replace(ends=(*one.ends, number))


# Looks for who fits: those who have every word first, then by beginnings, sound and one error.


class Names(NamedTuple):
    """Who fits a name, the nearest first; among equals the newest."""

    ids: list[int]
    levels: dict[int, int]
    """By id: the way in which the word fits that fits least well."""
    meant: dict[int, Meant]
    """By id: what was typed, as it fits them."""
    fits: dict[str, dict[str, int]]
    """By typed word: what it may stand for, and how."""
    unknown: list[str]
    """What was typed and is nobody's name, nor like one, nor narrows one."""
    cut: bool
    """Whether there may be others who were not looked at: too many hold even the rarest word."""
    stopped: bool
    """Whether enough fit so well that nobody was looked for who fits less well."""

    def told(self, found_id: int, record: Customer) -> list[tuple[str, str, int]]:
        """Of somebody found: every word typed, the word of theirs that it fits, and how."""
        own = {word for name in (record.name, record.trade_name) for word in name_words(name or "")}
        told = []
        for typed in self.meant[found_id].words:
            fits = [(way, word) for word, way in self.fits[typed].items() if word in own]
            told += [(typed, word, way) for way, word in sorted(fits)[:1]]
        return told


def search(db: Database, name: str, most: int) -> Names:
    """Everybody whom a name fits that was understood (`mirror.identifiers.Reading`)."""
    with db.reading() as connection:
        return _Search(db, connection, name.split(), most).names()


class _Search:
    def __init__(
        self, db: Database, connection: Connection, typed: Sequence[str], most: int
    ) -> None:
        self._connection, self._keys, self._most = connection, db.keys, most
        self._vocabulary = vocabulary(db, connection)
        self._facets = Facets(connection, now_us())
        self._fits: dict[str, dict[str, int]] = {word: {} for word in typed}
        self._ways = _ways(connection, db.keys, _said(typed))
        self._documents: dict[int, tuple[str, ...]] = {}
        self._cut = False
        self._levels: dict[int, int] = {}
        self._meant: dict[int, Meant] = {}

    def names(self) -> Names:
        """Level by level, until enough are found."""
        stopped = False
        for level in (WHOLE, BEGINNING, SOUND, ERROR):
            grown = self._grow(level)
            for meant in self._ways:
                if grown.intersection(meant.words):
                    self._keep(meant, level)
            stopped = level < ERROR and len(self._levels) >= _ENOUGH
            if stopped:
                break
        ids = self._in_order()
        cut = self._cut or len(ids) > self._most
        unknown = [word for word in _said(list(self._fits)) if not self._is_known(word)]
        kept = ids[: self._most], self._levels, self._meant
        return Names(*kept, self._fits, unknown, cut, stopped)

    def _is_known(self, word: str) -> bool:
        return bool(self._fits[word]) or any(word not in meant.words for meant in self._ways)

    def _grow(self, level: int) -> set[str]:
        """Let every typed word stand for more; which of them do."""
        grown = set()
        for typed, fits in self._fits.items():
            before = len(fits)
            for word in self._vocabulary.fitting(typed, level):
                fits.setdefault(word, level)
            if len(fits) > before:
                grown.add(typed)
        return grown

    def _keep(self, meant: Meant, level: int) -> None:
        options = [list(self._fits[word]) for word in meant.words]
        if all(options):
            for one in self._fitting(options, meant):
                self._levels.setdefault(one, level)
                self._meant.setdefault(one, meant)

    def _fitting(self, options: list[list[str]], meant: Meant) -> list[int]:
        """Who holds one of each and is narrowed so, the newest first."""
        options.sort(key=self._held)
        chosen = self._chosen(meant)
        fewest = _MOST_TRIED // max(map(len, options))
        if chosen is not None and size(chosen) <= min(fewest, self._held(options[0])):
            ids, rest = page(chosen, None, None, fewest), options
        elif all(len(words) == 1 for words in options[1:]):
            alone = len(options) == 1 and meant == Meant(meant.words)
            ids, rest = self._joined(options, self._most if alone else _MOST_SCANNED), []
            ids = ids if chosen is None else _within(ids, chosen)
        else:
            limit = _MOST_TRIED // len(options[1]) if chosen is None else _MOST_SCANNED
            ids, rest = self._joined(options[:1], limit), options[1:]
            ids = ids if chosen is None else _within(ids, chosen)
        for words in rest:
            ids = self._among(ids, words)
        return self._ending(ids, meant.ends) if meant.ends else ids

    def _held(self, words: list[str]) -> int:
        return sum(map(self._vocabulary.holders.__getitem__, words))

    def _chosen(self, meant: Meant) -> Set | None:
        """Whom it is narrowed to."""
        sets = [self._facets.of(self._keys.blind_facet(said)) for said in meant.narrow]
        return reduce(both, sets) if sets else None

    def _joined(self, options: list[list[str]], limit: int) -> list[int]:
        """Of those who hold the first, the newest ``limit``: who holds the others too."""
        self._cut |= self._held(options[0]) > limit
        held = select(lookup.c.customer).where(lookup.c.key.in_(self._blind(options[0])))
        some = held.order_by(lookup.c.customer.desc()).limit(limit).subquery()
        query = select(some.c.customer)
        for (word,) in options[1:]:
            other = lookup.alias()
            same = other.c.customer == some.c.customer
            query = query.join(other, same & (other.c.key == self._keys.blind_word(word)))
        return list(dict.fromkeys(row[0] for row in self._connection.execute(query).all()))

    def _among(self, ids: list[int], words: list[str]) -> list[int]:
        """Who of these holds one of the words."""
        most = _MOST_TRIED // len(words)
        self._cut |= len(ids) > most
        keys, found = _filled(self._blind(words), _MOST_KEYS), set[int]()
        for start in range(0, min(len(ids), most), _TRIED_AT_ONCE):
            part = ids[start : start + _TRIED_AT_ONCE]
            held = _held_by.one(self._connection, *keys, *_filled(part, len(_ID_PLACES))).all()
            found.update(row[0] for row in held)
        return [one for one in ids if one in found]

    def _blind(self, words: Iterable[str]) -> list[bytes]:
        return list(map(self._keys.blind_word, words))

    def _ending(self, ids: list[int], ends: tuple[str, ...]) -> list[int]:
        unknown = [one for one in ids if one not in self._documents]
        left = _MOST_OPENED - len(self._documents)
        self._cut |= len(unknown) > left
        for row in load(self._connection, self._keys, unknown[:left]):
            self._documents[row.id] = tuple(one.value for one in row.customer.documents)
        return [one for one in ids if _all_end(self._documents.get(one, ()), ends)]

    def _in_order(self) -> list[int]:
        """By level, then by how many further words their names have, then the newest first."""
        nearest = sorted(self._levels, key=lambda one: (self._levels[one], -one))
        first = nearest[:_MOST_RANKED]
        others = self._other_words(first)
        first.sort(key=lambda one: (self._levels[one], others.get(one, 0)))
        return first + nearest[_MOST_RANKED:]

    def _other_words(self, ids: list[int]) -> dict[int, int]:
        """By id; told by the search keys that stand in the row, so that nothing is opened."""
        fitting = {word for fits in self._fits.values() for word in fits}
        same = set(self._blind(fitting | COMPANY_FORMS))
        words, found = self._vocabulary.words, {}
        for start in range(0, len(ids), _TRIED_AT_ONCE):
            part = _KEYS_OF.where(customer.c.id.in_(ids[start : start + _TRIED_AT_ONCE]))
            for one, keys in self._connection.execute(part):
                own = (keys[at : at + BLIND_BYTES] for at in range(0, len(keys), BLIND_BYTES))
                found[one] = sum(key in words and key not in same for key in own)
        return found


def _said(typed: Sequence[str]) -> list[str]:
    """Without what a company is by law, unless that is all."""
    return [word for word in typed if word not in COMPANY_FORMS] or list(typed)


def _filled(some: list[Any], places: int) -> list[Any]:
    return some + some[-1:] * (places - len(some))  # many times null costs more


def _all_end(documents: tuple[str, ...], ends: tuple[str, ...]) -> bool:
    return all(any(one.endswith(end) for one in documents) for end in ends)


def _within(ids: list[int], chosen: Set) -> list[int]:
    chunks = {chunk: bits.to_bytes(CHUNK // 8, "little") for chunk, bits in chosen.items()}
    found = []
    for one in ids:
        chunk, bit = divmod(one, CHUNK)
        if (bits := chunks.get(chunk)) and bits[bit >> 3] >> (bit & 7) & 1:
            found.append(one)
    return found
