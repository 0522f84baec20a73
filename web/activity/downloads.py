"""Takes an order's information out as a file: asked for by POST, written down before a byte goes.

The customer stands in it masked as on the screen, and the codes of charges are left out.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime

from flask import Response, abort

from mirror.opening import Found
from web.accounting import account
from web.activity import bp, order_files
from web.activity.order_sheet import order_sheet
from web.activity.orders import order_of
from web.current import shop
from web.customers.fields import hidden, masks
from web.customers.frame import known, reason, texts
from web.customers.view import first, head

_is_plain = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,39}", re.ASCII).fullmatch

_Writer = Callable[[order_files.Paper], bytes]


def _pdf(paper: order_files.Paper) -> bytes:
    # Loaded where it is wanted: few processes ever set a page.
    from web.activity.order_pdf import order_pdf

    return order_pdf(paper)


_WRITERS: dict[str, tuple[str, _Writer]] = {
    "pdf": ("application/pdf", _pdf),
    "csv": ("text/csv; charset=utf-8", order_files.order_csv),
    "json": ("application/json", order_files.order_json),
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
    account("download", found, reason=reason(), detail=f"pedido {which} {ending}")
    paper = order_files.Paper(
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


def _customer(found: Found) -> order_files.Whose:
    document = first(hidden(found.customer, "document", masks()))
    shown = head(found, masks())
    return order_files.Whose(shown.name, shown.code, document.text if document else None)
