"""Expressions of maps: a path, filters behind bars, several parts put together, the first found.

``"cnpj_cpf"``, ``"fone | digits | ltrim0"``, ``["fantasia", "razao_social"]`` (the first that is
not empty), ``{ concat = ["ddd", "numero"], sep = " ", filter = "digits" }``.
"""

from collections.abc import Mapping
from datetime import tzinfo
from typing import Any

import msgspec

from connector.maps.filters import Filter, Lookups, filter_of
from connector.maps.paths import Getter, getter, is_key, nothing


class Concat(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Several parts as one text; nothing where every part is empty."""

    concat: list[str]
    sep: str = ""
    filter: str | None = None


One = str | Concat
Expression = One | list[One]


class Dialect(msgspec.Struct, frozen=True):
    """What expressions are read with: the master's zone and its own tables."""

    zone: tzinfo
    lookups: Lookups = {}

    def getter(self, spec: Expression) -> Getter:
        """A function from a record to the value of the expression; raises BadPath or BadFilter."""
        if isinstance(spec, list):
            return _first_of([self.getter(one) for one in spec])
        if isinstance(spec, Concat):
            return self._concat(spec)
        path, *filters = spec.split("|")
        get = getter(path.strip()) if path.strip() else nothing
        return _piped(get, [filter_of(one, self.zone, self.lookups) for one in filters])

    def key_or_getter(self, spec: Expression) -> str | Getter:
        """The key itself where the expression is no more than that, else a function."""
        return (
            spec
            if isinstance(spec, str) and "|" not in spec and is_key(spec)
            else self.getter(spec)
        )

    def lines(self, wanted: Mapping[str, Expression]) -> list[tuple[str, str | Getter]]:
        """What `values.lines` reads: each field with its key or its function."""
        return [(field, self.key_or_getter(spec)) for field, spec in wanted.items()]

    def _concat(self, spec: Concat) -> Getter:
        parts = [self.getter(one) for one in spec.concat]
        last = filter_of(spec.filter, self.zone, self.lookups) if spec.filter else None

        def read(record: dict[str, Any]) -> Any:
            texts = [str(value) for part in parts if (value := part(record)) not in (None, "")]
            joined = spec.sep.join(texts) or None
            return last(joined) if last else joined

        return read


def _first_of(parts: list[Getter]) -> Getter:
    def read(record: dict[str, Any]) -> Any:
        for part in parts:
            if (value := part(record)) not in (None, "", []):
                return value
        return None

    return read if len(parts) != 1 else parts[0]


def _piped(get: Getter, filters: list[Filter]) -> Getter:
    if not filters:
        return get

    def read(record: dict[str, Any]) -> Any:
        value = get(record)
        for one in filters:
            value = one(value)
        return value

    return read
