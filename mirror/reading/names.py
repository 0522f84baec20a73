"""Finds people by their names: whole words, beginnings, one error, sound; ranked and narrowed.

What words there are, how rare and how alike, is answered in memory by the vocabulary; the keyed
index is asked for whole words only, and who holds what is intersected as sets. So no further key is
kept of anybody, and the work is bounded: by how many words one typed word may stand for, by how
many holders are read, and by how many of those who fit are looked at.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import reduce
from typing import Any, NamedTuple

from sqlalchemy import BindParameter, Connection, bindparam, select

from mirror.facets import Set, both, either, page, set_of, size
from mirror.identifiers import DDDS, name_words
from mirror.identifiers.search_terms import COMPANY_FORMS, narrowing
from mirror.reading.facets import Facets, had
from mirror.reading.vocabulary import (
    BEGINNING,
    ERROR,
    MOST_OF_A_WAY,
    SOUND,
    WHOLE,
    Holders,
    vocabulary,
)
from mirror.records import Customer
from mirror.store.engine import Database, Prepared
from mirror.store.progress import now_us
from mirror.store.sealing import BLIND_BYTES, Keyring, load
from mirror.store.tables import customer, lookup

_MOST_READ = 500_000
"""So many holders of words are read for one search, the newest of each; none of words kept."""
_ENOUGH = 100
"""Where so many fit, nobody is looked for who fits less well."""
_MOST_RANKED = 1_000
"""So many of those who have every word are told apart by what else their names have."""
_MOST_OPENED = 1_000
"""So many are opened to look at the end of their documents."""
_MOST_SOUGHT = 20_000
"""Among so many it is looked for who has a document that ends as it was typed."""
_MOST_TRIED = 4_000
"""Where there are no more pairs of a word and somebody who may hold it, each of them is tried."""
_TRIES = 10
"""To try one pair takes as long as to read so many holders."""
_TRIED_AT_ONCE = 500
_MOST_KEYS = 3 * MOST_OF_A_WAY + 1
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
_keys_of = Prepared(
    select(customer.c.id, customer.columns["keys"]).where(customer.c.id.in_(_ID_PLACES)),
    *(place.key for place in _ID_PLACES),
)


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
        self._holders = Holders(connection, db.keys, self._vocabulary, _MOST_READ)
        self._members: dict[str, tuple[int, Set]] = {}
        """By typed word: how many of the words that it may stand for are in the set, and who is."""
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
        cut = self._cut or self._holders.cut or len(ids) > self._most
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
        if all(self._fits[word] for word in meant.words):
            for one in self._fitting(meant):
                self._levels.setdefault(one, level)
                self._meant.setdefault(one, meant)

    def _fitting(self, meant: Meant) -> list[int]:
        """Who holds one of each and is narrowed so, the newest first."""
        found = self._chosen(meant)
        for word in sorted(meant.words, key=lambda one: self._holders.number(self._fits[one])):
            found = self._among(found, word)
            if not found:
                return []
        most = _MOST_SOUGHT if meant.ends else max(self._most, _MOST_RANKED)
        ids = page(found or {}, None, None, most + 1)
        return self._ending(ids, meant.ends) if meant.ends else ids

    def _chosen(self, meant: Meant) -> Set | None:
        """Whom it is narrowed to."""
        sets = [self._facets.of(self._keys.blind_facet(said)) for said in meant.narrow]
        return reduce(both, sets) if sets else None

    def _among(self, some: Set | None, typed: str) -> Set:
        """Who of these holds what the typed word may stand for; of everybody, where none."""
        words = list(self._fits[typed])
        if some is not None:
            pairs, unread = size(some) * len(words), self._holders.unread(words)
            if pairs <= _MOST_TRIED and unread > min(_TRIES * pairs, self._holders.left):
                return self._tried(some, words)
        known, members = self._members.get(typed, (0, {}))
        if known < len(words):  # what it stood for before stands first
            members = either(members, self._holders.of(words[known:]))
            self._members[typed] = len(words), members
        return members if some is None else both(some, members)

    def _tried(self, some: Set, words: list[str]) -> Set:
        keys, found = _filled(self._blind(words), _MOST_KEYS), list[int]()
        ids = page(some, None, None, size(some))
        for start in range(0, len(ids), _TRIED_AT_ONCE):
            part = _filled(ids[start : start + _TRIED_AT_ONCE], len(_ID_PLACES))
            found += [row[0] for row in _held_by.rows(self._connection, *keys, *part)]
        return set_of(found)

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
            part = _filled(ids[start : start + _TRIED_AT_ONCE], len(_ID_PLACES))
            for one, keys in _keys_of.rows(self._connection, *part):
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
