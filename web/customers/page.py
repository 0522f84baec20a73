"""One customer's page, and the small answer it asks for to notice a newer version."""

from flask import Response, abort, jsonify, render_template

from mirror.finding import get
from mirror.kinship import kin
from mirror.opening import Found
from web.accounting import account
from web.current import shop
from web.customers import bp
from web.customers.listing import masks
from web.customers.sheet import sheet
from web.customers.view import head


def known(customer_id: int) -> Found:
    """The customer of this id; 404 where the mirror has none (any more)."""
    found = get(shop().mirror, customer_id)
    if found is None:
        abort(404, "Este cliente não está na cópia: pode ter saído do sistema de origem.")
    return found


@bp.get("/clientes/<int:customer_id>")
def page(customer_id: int) -> str:
    """Everything the mirror knows of one customer, masked; opening it is recorded first."""
    found = known(customer_id)
    account("open", found)
    others = [(head(one, masks()), one.source) for one in kin(shop().mirror, found)]
    return render_template("customers/page.html", one=sheet(found, masks()), others=others)


@bp.get("/clientes/<int:customer_id>/versao")
def version(customer_id: int) -> Response:
    """``{"version": n}``: a page that shows another number is out of date."""
    return jsonify(version=known(customer_id).version)
