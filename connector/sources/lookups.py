"""Reads the master's own tables (statuses, types) that maps look ids up in."""

from collections.abc import Callable, Mapping
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
