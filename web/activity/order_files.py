"""Takes an order's information out as CSV, JSON or PDF, written down before a byte goes.

The customer stands in it masked as on the screen, and the codes of charges are left out.
"""

import csv
import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import msgspec
from flask import Response, abort

from mirror.store.sealing import Found
from web.activity import bp
from web.activity.orders import ItemRow, OrderSheet, order_of, order_sheet
from web.activity.payments import PaymentRow
from web.look.customer_page import known, reason, texts
from web.look.formats import inert, local, moment
from web.look.masked import first, head, hidden, masks
from web.shop import account, shop

# An order's information as CSV and JSON: exact amounts, texts that no program runs.

_COLUMNS = (
    *("pedido", "tipo", "situacao", "criado_em", "cliente", "cliente_id", "documento", "moeda"),
    *("item", "quantidade", "valor_unitario", "valor_do_item", "valor_do_pedido"),
)


@dataclass(frozen=True)
class Whose:
    """The customer as the screen shows one."""

    name: str
    code: str
    document: str | None


@dataclass(frozen=True)
class Paper:
    """What a file is written from; everything in it is masked."""

    shop: str
    customer: Whose
    order: OrderSheet
    external_id: str
    at: datetime
    """When somebody asked for it."""


def order_csv(paper: Paper) -> bytes:
    """A line an item, parted by semicolons, decimals with a comma, UTF-8 with its mark.

    That is how spreadsheets in pt-BR write them. A text that begins like a formula gets an
    apostrophe before it. An order without items is one line.
    """
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n", quoting=csv.QUOTE_ALL)
    writer.writerow(_COLUMNS)
    writer.writerows(_lines(paper))
    return out.getvalue().encode("utf-8-sig")


def _lines(paper: Paper) -> Iterator[list[str]]:
    row, whose = paper.order.row, paper.customer
    told = (row.name, row.kind, row.situation, moment(row.placed_at), whose.name, whose.code)
    same = [*map(inert, (*told, whose.document or "", row.currency))]
    for item in paper.order.items or (None,):
        yield [*same, *_cells(item), _decimal(row.amount)]


def _cells(item: ItemRow | None) -> list[str]:
    if item is None:
        return ["", "", "", ""]
    return [inert(item.name), inert(item.quantity), _decimal(item.amount), _decimal(item.total)]


def _decimal(amount: int | None) -> str:
    if amount is None:
        return ""
    return _plain(amount).replace(".", ",")


def _plain(amount: int) -> str:
    sign, cents = "-" if amount < 0 else "", abs(amount)
    return f"{sign}{cents // 100}.{cents % 100:02}"


def _exact(amount: int | None) -> str | None:
    # A text: as a number, many a program would read it with an error in the last place.
    return None if amount is None else _plain(amount)


def order_json(paper: Paper) -> bytes:
    """One object; amounts are texts like ``239.60`` in the currency told, instants are ISO 8601."""
    row = paper.order.row
    body = {
        "order": row.name,
        "id": paper.external_id,
        "kind": row.kind,
        "situation": row.situation,
        "placed_at": local(row.placed_at),
        "currency": row.currency,
        "amount": _exact(row.amount),
        "customer": {
            "id": paper.customer.code,
            "name": paper.customer.name,
            "document": paper.customer.document,
        },
        "items": [_item(item) for item in paper.order.items],
        "payments": [_payment(one) for one in paper.order.payments],
        "taken_at": local(paper.at),
    }
    return msgspec.json.format(msgspec.json.encode(body))


def _item(item: ItemRow) -> dict[str, Any]:
    return {
        "name": item.name,
        "quantity": item.plain_quantity,
        "amount": _exact(item.amount),
        "total": _exact(item.total),
    }


def _payment(one: PaymentRow) -> dict[str, str | date | datetime | None]:
    return {
        "payment": one.name,
        "situation": one.situation,
        "due_on": one.due,
        "paid_at": local(one.paid_at) if one.paid_at else None,
        "currency": one.currency,
        "amount": _exact(one.amount),
        "paid_amount": _exact(one.paid_amount),
    }


_is_plain = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,39}", re.ASCII).fullmatch

_Writer = Callable[[Paper], bytes]


def _pdf(paper: Paper) -> bytes:
    # Loaded where it is wanted: few processes ever set a page.
    from web.activity.order_pdf import order_pdf

    return order_pdf(paper)


_WRITERS: dict[str, tuple[str, _Writer]] = {
    "pdf": ("application/pdf", _pdf),
    "csv": ("text/csv; charset=utf-8", order_csv),
    "json": ("application/json", order_json),
}
"""By the ending: the type, and what writes it."""


@bp.post("/clientes/<int:customer_id>/pedidos/<int:order_id>/arquivo.<ending>")
def download(customer_id: int, order_id: int, ending: str) -> Response:
    """One order as a PDF, CSV or JSON file."""
    if ending not in _WRITERS:
        abort(404, "Os formatos são PDF, CSV e JSON.")
    found = known(customer_id)
    seen, own = order_of(found, order_id), texts(found)
    which = own.code(seen.external_id)
    account("download", found, reason=reason(found), detail=f"pedido {which} {ending}")
    paper = Paper(
        shop=shop().settings.shop_name,
        customer=_customer(found),
        order=order_sheet(found, seen, own),
        external_id=which,
        at=datetime.now(UTC),
    )
    mimetype, write = _WRITERS[ending]
    name = which if _is_plain(which) else str(seen.id)
    answer = Response(write(paper), content_type=mimetype)
    answer.headers["Content-Disposition"] = f'attachment; filename="pedido-{name}.{ending}"'
    return answer


def _customer(found: Found) -> Whose:
    document = first(hidden(found.customer, "document", masks()))
    shown = head(found, masks())
    return Whose(shown.name, shown.code, document.text if document else None)
