"""The records and the activity no register is without: what cannot be read as it stands.

They are spread evenly: a record in any 500 neighbours, the first entry of one customer in 150. A
change sets them right.
"""

from collections.abc import Callable
from typing import Any

from connector.sandbox.activity import Entry, Record
from connector.sandbox.timeline import FIRST_ID

Sent = dict[str, Any]
_RECORD_EVERY, _RECORD_AT = 1000, 777
_ARABIC_INDIC = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")


def _garbled_time(record: Sent, _lot: int) -> None:
    record["updated_at"] = "31/02/2025 25:61"


def _drifted_name(record: Sent, lot: int) -> None:
    record["name"] = [record["name"]] if lot % 2 else 4711


def _lost_id(record: Sent, _lot: int) -> None:
    record["id"] = None


def _linked_phone(record: Sent, _lot: int) -> None:
    record["phones"] = [{"number": "5511987654321?text=x", "label": "WhatsApp"}]


def _foreign_digits(record: Sent, _lot: int) -> None:
    field = "cpf" if record["person_type"] == "PF" else "cnpj"
    record[field] = (record[field] or "12345678909").translate(_ARABIC_INDIC)


def _crowd(record: Sent, _lot: int) -> None:
    record["dependents"] = [
        {"name": f"Aluno {number}", "relation": "Outro", "birth_date": "2015-02-01"}
        for number in range(300)
    ]


_RECORD_WAYS: tuple[Callable[[Sent, int], None], ...] = (
    _garbled_time,
    _drifted_name,
    _lost_id,
    _linked_phone,
    _foreign_digits,
    _crowd,
)


def spoil(record: Sent, index: int, version: int) -> None:
    """Break the record of customer ``index`` if it is one of the broken ones, never corrected."""
    if index % _RECORD_EVERY == _RECORD_AT and version == 1:
        lot = index // _RECORD_EVERY
        _RECORD_WAYS[lot % len(_RECORD_WAYS)](record, lot // len(_RECORD_WAYS))


# The activity no register is without: about one in five hundred is not what it should be.
#
# Spread evenly over the customers, the first entry of one in 150; a change sets it right.

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
