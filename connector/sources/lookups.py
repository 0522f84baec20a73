"""Reads the master's own tables (statuses, types) that maps look ids up in."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import msgspec

from connector.maps.expressions import Dialect
from connector.maps.paths import steps_of
from connector.messages import Answer, Request
from connector.problems import BadAnswer
from connector.sources.definition import Lookup
from connector.sources.envelope import value_at
from connector.sources.template import as_texts

Tables = dict[str, dict[str, Any]]


def needed(lookups: Mapping[str, Lookup], *specs: msgspec.Struct) -> dict[str, Lookup]:
    """Those in which parts of a source file, or lookups that these need, look something up."""
    names = _named_in(specs)
    while more := _named_in(lookups[name] for name in names if name in lookups) - names:
        names |= more
    return {name: lookup for name, lookup in lookups.items() if name in names}


def _named_in(specs: Iterable[msgspec.Struct]) -> set[str]:
    filters = (
        one.strip().partition(" ")
        for spec in specs
        for text in _texts(msgspec.to_builtins(spec))
        for one in text.split("|")
    )
    return {argument for name, _, argument in filters if name == "lookup"}


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    parts = value.values() if isinstance(value, dict) else value
    for part in parts if isinstance(value, dict | list) else ():
        yield from _texts(part)


def refresh(
    tables: Tables,
    lookups: Mapping[str, Lookup],
    send: Callable[[Request], Answer],
    dialect: Dialect,
    name: str,
) -> None:
    """Read every table anew, in place: whoever holds one sees what it says now."""
    for table, lookup in lookups.items():
        answer = send(Request(lookup.path, as_texts(lookup.query, {}), headers=lookup.headers))
        try:
            rows = value_at(answer.body, steps_of(lookup.records))
        except (msgspec.DecodeError, ValueError, RecursionError):
            rows = None
        if not isinstance(rows, list) or not rows:
            raise BadAnswer(f"{name}: the lookup {table!r} is no list of rows.")
        key, value = dialect.getter(lookup.key), dialect.getter(lookup.value)
        read = {str(key(row)): value(row) for row in rows if isinstance(row, dict)}
        tables[table].clear()
        tables[table].update(read)
