"""Small customers by number: the same number is always the same person."""

from datetime import UTC, date, datetime
from typing import Any

from mirror.records import Customer, Document, Phone

_WORDS = ("Ana", "Bento", "Caio", "Dulce", "Elias", "Flora", "Gil", "Hilda", "Igor", "Jandira")


def cpf(number: int) -> str:
    """A valid CPF made from ``number``."""
    digits = f"{number % 10**9:09d}"
    for _ in range(2):
        weights = range(len(digits) + 1, 1, -1)
        rest = sum(int(d) * w for d, w in zip(digits, weights, strict=True)) * 10 % 11
        digits += str(rest % 10)
    return digits


def somebody(number: int, version: int = 1, **fields: Any) -> Customer:
    """Customer ``C-number`` with one of everything that is searched by, or the fields given."""
    usual: dict[str, Any] = {
        "external_id": f"C-{number}",
        "version": version,
        "registration": "active",
        "name": f"{_WORDS[number % 10]} {_WORDS[number // 10 % 10]} Souza",
        "documents": (Document("cpf", cpf(100_000_000 + number)),),
        "emails": (f"pessoa{number}@exemplo.com.br",),
        "phones": (Phone(f"+55119{70_000_000 + number}", "mobile"),),
        "customer_since": date(2020, 1, 1),
        "last_purchase_at": datetime(2026, 5, 1, 12, tzinfo=UTC),
    }
    return Customer(**(usual | fields))
