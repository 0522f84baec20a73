"""The records no register is without: one in a thousand cannot be read as it stands.

They are spread evenly, at most one in any 500 neighbours; a change sets them right.
"""

from collections.abc import Callable
from typing import Any

Record = dict[str, Any]
_EVERY, _AT = 1000, 777
_ARABIC_INDIC = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")


def _garbled_time(record: Record, _lot: int) -> None:
    record["updated_at"] = "31/02/2025 25:61"


def _drifted_name(record: Record, lot: int) -> None:
    record["name"] = [record["name"]] if lot % 2 else 4711


def _lost_id(record: Record, _lot: int) -> None:
    record["id"] = None


def _linked_phone(record: Record, _lot: int) -> None:
    record["phones"] = [{"number": "5511987654321?text=x", "label": "WhatsApp"}]


def _foreign_digits(record: Record, _lot: int) -> None:
    field = "cpf" if record["person_type"] == "PF" else "cnpj"
    record[field] = (record[field] or "12345678909").translate(_ARABIC_INDIC)


def _crowd(record: Record, _lot: int) -> None:
    record["dependents"] = [
        {"name": f"Aluno {number}", "relation": "Outro", "birth_date": "2015-02-01"}
        for number in range(300)
    ]


_WAYS: tuple[Callable[[Record, int], None], ...] = (
    _garbled_time,
    _drifted_name,
    _lost_id,
    _linked_phone,
    _foreign_digits,
    _crowd,
)


def spoil(record: Record, index: int, version: int) -> None:
    """Break the record of customer ``index`` if it is one of the broken ones, never corrected."""
    if index % _EVERY == _AT and version == 1:
        lot = index // _EVERY
        _WAYS[lot % len(_WAYS)](record, lot // len(_WAYS))
