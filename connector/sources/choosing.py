"""Which records of a list are customers at all: the others are left unread."""

from collections.abc import Callable
from typing import Any

import msgspec

from connector.maps import values
from connector.maps.expressions import Dialect
from connector.sources.stream import Where

_OBJECT = msgspec.json.Decoder(dict[str, Any]).decode
Choose = Callable[[list[bytes]], list[bytes]]


def chooser(where: Where | None, dialect: Dialect) -> Choose:
    """Keeps the records that fit the condition; all of them where there is none."""
    if where is None:
        return list
    get, wanted = dialect.getter(where.path), where.values

    def fits(raw: bytes) -> bool:
        try:
            found = get(_OBJECT(raw))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return True  # refused where it is read, not overlooked
        return any(one in wanted for one in values.items(found))

    return lambda records: [raw for raw in records if fits(raw)]
