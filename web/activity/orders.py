"""The tab of orders, and the page of one: items, what they come to, payments, files to take."""

from flask import Response, abort, request

from mirror.activity.finding import get, of_customer
from mirror.activity.opening import Seen
from mirror.activity.related import purchases
from mirror.opening import Found
from web.activity import bp
from web.activity.order_sheet import order_row, order_sheet
from web.activity.records import is_of
from web.current import shop
from web.customers.frame import opened, rendered, texts
from web.security import with_boletos

PER_PAGE = 20


@bp.get("/clientes/<int:customer_id>/pedidos")
def orders(customer_id: int) -> str:
    """A page of a customer's orders, newest first, and what all of them come to."""
    found = opened(customer_id, "pedidos")
    before = request.args.get("antes", type=int)
    whose = (found.source, found.external_id)
    page = of_customer(shop().mirror, "orders", *whose, before=before, limit=PER_PAGE)
    own = texts(found)
    return rendered(
        "activity/orders.html",
        found,
        "orders",
        rows=[order_row(seen, own) for seen in page.rows],
        sums=purchases(shop().mirror, *whose),
        older=page.older,
        paged=before is not None,
    )


@bp.get("/clientes/<int:customer_id>/pedidos/<int:order_id>")
def order(customer_id: int, order_id: int) -> Response:
    """One order."""
    found = opened(customer_id, "pedidos")
    sheet = order_sheet(found, order_of(found, order_id), texts(found))
    return with_boletos(rendered("activity/order.html", found, "orders", order=sheet))


def order_of(found: Found, order_id: int) -> Seen:
    """This customer's order of that id; 404 where there is none."""
    seen = get(shop().mirror, "orders", order_id)
    if seen is None or not is_of(seen, found):
        abort(404, "Este pedido não está na cópia: pode ter saído do sistema de origem.")
    return seen
