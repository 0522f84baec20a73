"""Readers for the fields a record has one of: texts, our words, dates, links, loyalty, extras."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec

from connector.mapping import (
    MEANINGS,
    PORTUGUESE,
    PORTUGUESE_STANDINGS,
    Map,
    Meant,
    Pairs,
    StandingWords,
    Words,
    values,
    vocabulary,
)
from connector.mapping.expressions import (
    BadPath,
    Dialect,
    Expression,
    Getter,
    One,
    nothing,
    parted,
    steps_of,
    texts_in,
)
from connector.mapping.strict_json import absent, no_day, written
from connector.mapping.values import Refused
from mirror.standing.rules import AXES
from mirror.text import clean

Reader = Callable[[dict[str, Any], list[str]], Any]
"""Reads one field of a record; may add flags; raises Refused."""

Whose = Callable[[dict[str, Any]], str | None]
"""Reads the customer whom a record names; raises Refused."""

RULES = "9"
"""Counted up when the reading of a field changes, so that stored records are read again."""

_MOST_WORDS = 50
_MOST_LABELS = 100


def notes(path: Expression, field: str, dialect: Dialect) -> Reader:
    """Free text with its line breaks."""
    get = dialect.getter(path)
    return lambda record, flags: values.notes(get(record), field, flags)


def first(paths: list[One], field: str, dialect: Dialect) -> Reader:
    """The first of several texts that is there."""
    getters = [dialect.getter(path) for path in paths]

    def read(record: dict[str, Any], flags: list[str]) -> str | None:
        for get in getters:
            if (received := get(record)) is None:
                continue
            for one in values.several(received, field, flags):
                if found := values.spared(one, field, flags):
                    return found
        return None

    return read


def texts(path: Expression, field: str, dialect: Dialect) -> Reader:
    """A list of words, at most fifty."""
    get = dialect.getter(path)

    def read(record: dict[str, Any], flags: list[str]) -> tuple[str, ...]:
        received = get(record)
        if not received:
            return ()
        found = values.several(received, field, flags, _MOST_WORDS)
        return tuple(text for item in found if (text := values.spared(item, field, flags)))

    return read


EVERY = "*"
"""In the place of a label: an object of which each key is one."""


def extras(map_: Map, field: str, dialect: Dialect) -> Reader:
    """The shop's own labels and values, each written out as text; at most a hundred."""
    ways = [_labelled(map_.extras, map_, dialect)] if map_.extras else []
    if map_.extra_pairs:
        ways.append(_paired(map_.extra_pairs, dialect))

    def read(record: dict[str, Any], flags: list[str]) -> dict[str, str]:
        found: dict[str, str] = {}
        for way in ways:
            for received_label, value in _labels(way(record), field, flags):
                if value is None:
                    continue
                label = values.label(received_label, field, flags)
                usual = type(value) is str and values.is_plain(value)
                shown = value if usual else _shown(value, field, flags)
                if label and shown:
                    found[label] = shown
        return found

    return read


def _labels(received: Any, field: str, flags: list[str]) -> list[tuple[str, Any]]:
    if received is None or absent(received):
        return []
    labelled = received if type(received) is dict else _put_together(values.items(received))
    if not labelled:
        flags.append(f"{field}_invalid")
        return []
    if len(labelled) > _MOST_LABELS:
        flags.append(f"{field}_truncated")
    return list(labelled.items())[:_MOST_LABELS]


def _put_together(objects: list[Any]) -> dict[str, list[Any]]:
    """The labels of several objects, each with all that they say of it."""
    found: dict[str, list[Any]] = {}
    for one in objects:
        for label, value in one.items() if type(one) is dict else ():
            found.setdefault(label, []).append(value)
    return found


def _labelled(spec: str | dict[str, One], map_: Map, dialect: Dialect) -> Getter:
    if isinstance(spec, str):
        return dialect.getter(spec)
    getters = [(label, dialect.getter(path)) for label, path in spec.items() if label != EVERY]
    every = dialect.getter(spec[EVERY]) if EVERY in spec else nothing
    known = _keys_read(map_, spec[EVERY]) if EVERY in spec else frozenset[str]()

    def read(record: dict[str, Any]) -> dict[str, Any]:
        found = every(record)
        own = found.items() if type(found) is dict else ()
        labels = {label: value for label, value in own if label not in known}
        return labels | {label: get(record) for label, get in getters}

    return read


def _keys_read(map_: Map, spec: One) -> frozenset[str]:
    """The keys of an object that the map reads already: a document is not an extra too."""
    at = steps_of(parted(spec)[0]) if isinstance(spec, str) and spec else []
    found: set[str] = set()
    for text in texts_in(msgspec.to_builtins(map_)):
        with suppress(BadPath):
            steps = steps_of(parted(text)[0])
            key = steps[len(at)] if at and steps[: len(at)] == at != steps else None
            found.update([key] if isinstance(key, str) else [])
    return frozenset(found)


def _paired(pairs: Pairs, dialect: Dialect) -> Getter:
    at, label_of = dialect.getter(pairs.at), dialect.getter(pairs.label)
    value_of = dialect.getter(pairs.value)

    def read(record: dict[str, Any]) -> dict[str, list[Any]]:
        found: dict[str, list[Any]] = {}
        for item in values.items(at(record)):
            if type(item) is not dict:
                continue
            if type(label := label_of(item)) is str:
                found.setdefault(label, []).append(value_of(item))
            elif label is None and pairs.label not in item:  # labels where pairs are expected
                found |= _put_together([item])
        return found

    return read


def _shown(value: Any, field: str, flags: list[str]) -> str | None:
    if type(value) is bool:
        return "sim" if value else "não"
    if type(value) is dict:  # an address, say: its parts
        value = list(value.values())
    if type(value) is list:
        shown = [_shown(item, field, flags) for item in value[:_MOST_WORDS]]
        return values.spared(", ".join(filter(None, shown)), field, flags, values.LONG)
    return values.spared(value, field, flags, values.LONG)


def link(path: Expression, field: str, dialect: Dialect) -> Reader:
    """A web address; anything but https is left out."""
    get = dialect.getter(path)

    def read(record: dict[str, Any], flags: list[str]) -> str | None:
        found = values.spared(get(record), field, flags, values.LONG)
        return found if found and found.startswith("https://") else None

    return read


def other_id(path: Expression, field: str, dialect: Dialect) -> Reader:
    """The master's id of another record; what is none is left out with a flag."""
    get = dialect.getter(path)

    def read(record: dict[str, Any], flags: list[str]) -> str | None:
        received = get(record)
        if received is None or absent(received):
            return None
        try:
            return values.external_id(received)
        except Refused:
            flags.append(f"{field}_invalid")
            return None

    return read


# Readers for words with a meaning of ours: kind, registration, states, standings.

Meaning = Callable[[dict[str, Any]], tuple[str, str | None]]
"""Our word for what a record says; with ``unknown`` the master's own, where there is one."""

_LONGEST = 40
"""Characters of a master's own word for a standing."""


def meaning(spec: Words, kind: type, field: str, dialect: Dialect) -> Meaning:
    """Reads one of our words of a field of that ``kind`` of map; raises Refused for what is none.

    ``unknown`` is the word, too, where nothing is said at all.
    """
    get = dialect.getter(spec.path)
    exact, meant = vocabulary(MEANINGS[kind, field], PORTUGUESE[kind, field], spec.words)
    usual = {word: (ours, None) for word, ours in exact.items() if word and ours}

    def read(record: dict[str, Any]) -> tuple[str, str | None]:
        received = get(record)
        if type(received) is str and (found := usual.get(received)):
            return found
        return unusual(received)

    def unusual(received: Any) -> tuple[str, str | None]:
        word, found = _understood(received, field, meant)
        return (found, None) if found else ("unknown", values.text(word[: values.SHORT], field))

    return read


def standings(specs: Mapping[str, StandingWords], dialect: Dialect) -> Reader:
    """What the master says of the relationship, by axis; a word that means "" says nothing."""
    axes = [(axis, _standing(axis, spec, dialect)) for axis, spec in specs.items()]

    def read(record: dict[str, Any], flags: list[str]) -> dict[str, str]:
        return {axis: said for axis, get in axes if (said := get(record))}

    return read


def _standing(axis: str, spec: StandingWords, dialect: Dialect) -> Getter:
    exact, meant = vocabulary(AXES[axis].values, PORTUGUESE_STANDINGS[axis], spec.words)
    by_field, aside = _said(spec.path, exact, meant, dialect), AXES[axis].aside
    if spec.native is None:
        return by_field
    native = _said(spec.native, exact, meant, dialect)
    return lambda record: aside if aside and native(record) == aside else by_field(record)


def _said(path: Expression, exact: Mapping[str, str], meant: Meant, dialect: Dialect) -> Getter:
    get = dialect.getter(path)

    def read(record: dict[str, Any]) -> str | None:
        received = get(record)
        if received is None:
            return None
        if type(received) is str and received in exact:
            return exact[received] if received else None
        word, said = _understood(received, "standings", meant)
        return _cut(word) if said is None else said

    return read


def standing_days(specs: Mapping[str, StandingWords], dialect: Dialect) -> Reader:
    """Since when the master says so, by axis; what is no day is left out with a flag."""
    days = [(axis, past_day(spec.since, "standing_since", dialect))
            for axis, spec in specs.items() if spec.since]  # fmt: skip

    def read(record: dict[str, Any], flags: list[str]) -> dict[str, date]:
        return {axis: found for axis, get in days if (found := get(record, flags))}

    return read


def _cut(word: str) -> str:
    return (clean(word) or "")[:_LONGEST].rstrip()


def _understood(received: Any, field: str, meant: Meant) -> tuple[str, str | None]:
    """What was said, and our word for it; of several that mean different things none is picked."""
    words = [received] if type(received) is str else _words(received, field)
    meanings = {meant(word) for word in words}
    return ", ".join(words), meanings.pop() if len(meanings) == 1 else None


def _words(received: Any, field: str) -> list[str]:
    # true, false and numbers are words too, as TOML's keys have them.
    if type(received) is bool:
        return [written(received)]
    found = values.several(received, field, [])
    texts = (written(one) if type(one) is bool else values.text(one, field) for one in found)
    return [text for text in texts if text]


# Readers for dates: those that count are right or refuse the record, others are left out.

_FIRST, _LAST = date(1890, 1, 1), date(2199, 12, 31)
"""A date outside of these stands for none (the years 1 and 9999 of many programs)."""
_AHEAD = timedelta(days=1)
"""Clocks and zones differ; what is further in the future has not happened."""

_Read = Callable[[Any, list[str]], Any]
"""Reads what was received, where something was; may add flags; raises Refused."""


def counting(path: Expression | None, field: str, dialect: Dialect) -> Reader:
    """The instant something happened, None where nothing is said; raises Refused for any other."""

    def read(received: Any, flags: list[str]) -> datetime:
        found = values.instant(received, field, dialect.zone)
        if not _FIRST.year <= found.year <= _LAST.year:
            raise Refused(field, "out_of_range", value=received)
        if found - datetime.now(UTC) > _AHEAD:
            raise Refused(field, "in_the_future", value=received)
        return found

    return _where_said(path, dialect, read)


def needed(path: Expression, field: str, dialect: Dialect) -> Reader:
    """The instant something happened; raises Refused where it is not said either."""
    known = counting(path, field, dialect)

    def read(record: dict[str, Any], flags: list[str]) -> datetime:
        found: datetime | None = known(record, flags)
        if found is None:
            raise Refused(field, "missing")
        return found

    return read


def mentioned(path: Expression | None, field: str, dialect: Dialect) -> Reader:
    """An instant that moves nothing: what is none is left out with a flag."""

    def read(received: Any, flags: list[str]) -> datetime | None:
        return _instant(received, field, dialect, flags)

    return _where_said(path, dialect, read)


def bought(path: Expression, field: str, dialect: Dialect) -> Reader:
    """The instant of the last purchase; one in the future is kept with a flag."""

    def read(received: Any, flags: list[str]) -> datetime | None:
        found = _instant(received, "last_purchase", dialect, flags)
        if found and found - datetime.now(UTC) > _AHEAD:
            flags.append("last_purchase_future")
        return found

    return _where_said(path, dialect, read)


def day(path: Expression, field: str, dialect: Dialect) -> Reader:
    """A calendar day, past or to come; what is none is left out with a flag."""
    return _day(path, field, dialect, lambda: _LAST)


def past_day(path: Expression, field: str, dialect: Dialect) -> Reader:
    """A calendar day between 1890 and tomorrow; any other is left out with a flag."""
    # A source stays open for weeks: tomorrow is reckoned from the day of reading.
    return _day(path, field, dialect, lambda: datetime.now(UTC).date() + _AHEAD)


def _day(path: Expression, field: str, dialect: Dialect, last: Callable[[], date]) -> Reader:
    zone = dialect.zone

    def read(received: Any, flags: list[str]) -> date | None:
        found = values.day(received, zone)
        if found is None or found < _FIRST or found > last():
            flags.append(f"{field}_invalid")
            return None
        return found

    return _where_said(path, dialect, read)


def _where_said(path: Expression | None, dialect: Dialect, read: _Read) -> Reader:
    get = dialect.getter(path or "")

    def reading(record: dict[str, Any], flags: list[str]) -> Any:
        received = get(record)
        if received is None or no_day(received):
            return None
        return read(received, flags)

    return reading


def _instant(received: Any, field: str, dialect: Dialect, flags: list[str]) -> datetime | None:
    try:
        found = values.instant(received, field, dialect.zone)
    except Refused:
        found = None
    if found is None or not _FIRST.year <= found.year <= _LAST.year:
        flags.append(f"{field}_invalid")
        return None
    return found
