"""The activity no register is without: about one in five hundred is not what it should be.

Spread evenly over the customers, the first entry of one in 150; a change sets it right.
"""

from collections.abc import Callable

from connector.sandbox.activity import Entry
from connector.sandbox.story import FIRST_ID
from connector.sandbox.wire import Record

_EVERY, _AT = 150, 77
_NOBODY = FIRST_ID - 1
_YEAR_0 = "0000-01-01T00:00:00-03:00"
_ODD_STATUS = "aguardando lua cheia"


def _of_nobody(record: Record) -> None:
    record["customer_id"] = _NOBODY


def _negative(record: Record) -> None:
    field = "total" if "total" in record else "amount"
    record[field] = -abs(record[field])


def _odd_status(record: Record) -> None:
    record["status"] = _ODD_STATUS


def _foreign(record: Record) -> None:
    record["currency"] = "USD"


def _year_0(record: Record) -> None:
    field = next(name for name in ("placed_at", "paid_at", "visited_at") if name in record)
    record[field] = _YEAR_0


def _closed_before_opened(record: Record) -> None:
    record["closed_at"] = "2015-01-01T09:00:00-03:00"
    if record["status"] == "aberto":
        record["status"] = "ganho"


_WAYS: dict[str, tuple[Callable[[Record], None], ...]] = {
    "orders": (_of_nobody, _negative, _odd_status, _foreign, _year_0),
    "payments": (_negative, _odd_status, _foreign, _year_0),
    "deals": (_closed_before_opened, _odd_status, _foreign, _negative),
    "visits": (_of_nobody, _year_0),
}
_FIRST_NUMBERS = {"orders": 1, "payments": 11, "deals": 1, "visits": 1}


def misstep(stream: str, record: Record, index: int, entry: Entry) -> None:
    """Break an entry of customer ``index`` if it is one of the broken ones, never corrected."""
    first = entry.number == _FIRST_NUMBERS[stream] and entry.version == 1
    if first and index % _EVERY == _AT:
        ways = _WAYS[stream]
        ways[index // _EVERY % len(ways)](record)
