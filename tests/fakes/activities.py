"""Writes what customers do into a mirror, as if it had just been translated."""

from datetime import date
from typing import Any

from mirror.records import Activity, Payment
from mirror.standing import Rules
from mirror.store.engine import Database
from mirror.writing import BY_NAME

NO_RULES = Rules()


def write(
    db: Database, stream: str, *records: Activity, source: str = "loja", rules: Rules = NO_RULES
) -> None:
    """All of them in one transaction; a record wins over what is there by its version."""
    kind = BY_NAME[stream]
    arrivals = []
    for record in records:
        raw = repr(record).encode()
        content_hash = db.keys.fingerprint("content")(raw)[:12] + b"map1"
        one = kind.arrival(db.keys, source, record, content_hash, raw, rules, is_new=True)
        arrivals.append(one)
    with db.writing() as connection:
        kind.apply(connection, db.keys, source, arrivals, counter=True, rules=rules)


def remove(db: Database, stream: str, *names: str, source: str = "loja") -> None:
    """As a sweep removes what the master no longer has; of customers, erases the texts too."""
    with db.writing() as connection:
        BY_NAME[stream].remove(connection, source, names, "sweep", NO_RULES)


def charge(
    name: str, due: str | None = "2026-02-10", state: str = "issued", **more: Any
) -> Payment:
    """A charge of ten reais, issued and due on a day."""
    day = date.fromisoformat(due) if due else None
    usual: dict[str, Any] = {
        "external_id": name,
        "version": 1,
        "due_on": day,
        "state": state,
        "amount": 1_000,
    }
    return Payment(**(usual | more))
