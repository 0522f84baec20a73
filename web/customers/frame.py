"""What every tab of a customer's page begins with: who it is about, written down, and the head."""

from typing import Any

from flask import abort, render_template

from mirror.finding import get
from mirror.masking import Texts, texts_of
from mirror.opening import Found
from web.accounting import account
from web.current import shop
from web.customers.listing import masks
from web.customers.sheet import sheet
from web.customers.tabs import tabs
from web.customers.unread import unread_of


def known(customer_id: int) -> Found:
    """The customer of this id; 404 where the mirror has none (any more)."""
    found = get(shop().mirror, customer_id)
    if found is None:
        abort(404, "Este cliente não está na cópia: pode ter saído do sistema de origem.")
    return found


def opened(customer_id: int, tab: str | None = None) -> Found:
    """The customer a tab is about; opening it is recorded first, with the tab's name."""
    found = known(customer_id)
    account("open", found, detail=tab)
    return found


def texts(found: Found) -> Texts:
    """The masks of everything the master says about a customer."""
    return texts_of(found.customer, shop().settings.document_mask)


def rendered(template: str, found: Found, tab: str, **shown: Any) -> str:
    """A tab's page, with the head and the other tabs."""
    return render_template(
        template,
        one=sheet(found, masks()),
        tabs=tabs(found),
        here=tab,
        unread=unread_of(found),
        **shown,
    )
