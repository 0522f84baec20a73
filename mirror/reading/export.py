"""The mirror's customers one by one, for export: masked, or clear for an audited reason."""

from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec.structs import replace
from sqlalchemy import Row, select

from mirror.instants import instant_of
from mirror.masking import masked_customer
from mirror.records import Customer
from mirror.store.engine import Database
from mirror.store.sealing import open_customer
from mirror.store.tables import customer

_AT_ONCE = 1_000


def export(
    db: Database, *, source: str | None = None, clear: bool = False
) -> Iterator[dict[str, Any]]:
    """Every customer in the mirror's order, as plain values ready for JSON.

    Documents, e-mails and phones are lists of canonical texts (CPF and CNPJ without punctuation,
    e-mail in lower case, phone in E.164); masked ones look as on the screen. The last purchase is
    that of the page: what the master says, or the newest order here where that is later.
    """
    for part in records(db, source):
        yield from (row(whose, record, clear) for _, whose, record in part)


def row(source: str, record: Customer, clear: bool) -> dict[str, Any]:
    """One customer as `export` yields them."""
    return clear_row(source, record) if clear else masked_row(source, record)


def clear_row(source: str, record: Customer) -> dict[str, Any]:
    """A customer with nothing hidden."""
    values = msgspec.structs.asdict(record)
    return _in_order(source, values) | {
        "documents": [document.value for document in record.documents],
        "emails": list(record.emails),
        "phones": [phone.number for phone in record.phones],
        **{
            name: [_named(item) for item in values[name]]
            for name in ("addresses", "contacts", "dependents")
        },
        "loyalty": _named(record.loyalty),
    }


def masked_row(source: str, record: Customer) -> dict[str, Any]:
    """A customer as staff see it before the eye is pressed."""
    return _in_order(source, masked_customer(record, "staff"))


def _in_order(source: str, values: dict[str, Any]) -> dict[str, Any]:
    first = (
        "external_id", "kind", "name", "trade_name", "documents", "emails", "phones",
        "registration", "category", "customer_since", "last_purchase_at", "version",
    )  # fmt: skip
    rest = (name for name in values if name not in first)
    return {"source": source} | {name: values.get(name) for name in (*first, *rest)}


def _named(item: msgspec.Struct | None) -> Any:
    if item is None:
        return None
    return {
        name: _named(value) if isinstance(value, msgspec.Struct) else value
        for name, value in msgspec.structs.asdict(item).items()
    }


def records(db: Database, source: str | None) -> Iterator[list[tuple[int, str, Customer]]]:
    """Everybody by a thousand at a time: the mirror's number, the source, the record."""
    columns = customer.c
    query = select(
        columns.id,
        columns.source,
        columns.external_id,
        columns.version,
        columns.doc,
        columns.last_purchase_at,
    ).order_by(columns.id)
    if source:
        query = query.where(columns.source == source)
    last = 0
    while True:
        with db.reading() as connection:
            rows = connection.execute(query.where(columns.id > last).limit(_AT_ONCE)).all()
        if not rows:
            return
        yield [_opened(db, one) for one in rows]
        last = rows[-1][0]


def _opened(db: Database, row: Row[*tuple[Any, ...]]) -> tuple[int, str, Customer]:
    number, source, code, version, doc, bought = row
    record = open_customer(db.keys, source, code, version, doc)
    return number, source, replace(record, last_purchase_at=bought and instant_of(bought))
