"""The tab of visits: the pages of the shop's site that a customer looked at."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import unquote

from flask import request

from mirror.masking import Texts
from mirror.reading.activity import named, of_customer
from mirror.records import Visit
from mirror.store.sealing import Found, Seen
from mirror.text import clean
from web.activity import bp
from web.activity.names import Link, notes, order_link
from web.look.customer_page import opened, rendered, safe_link, texts
from web.shop import shop

PER_PAGE = 40
_MOST_TIMES = 5


@dataclass(frozen=True)
class VisitRow:
    """One page looked at."""

    page: Link
    visited_at: datetime
    order: Link | None
    """The order it led to."""
    notes: tuple[str, ...]


@bp.get("/clientes/<int:customer_id>/visitas")
def visits(customer_id: int) -> str:
    """A page of a customer's visits, the latest first."""
    found = opened(customer_id, "visitas")
    before = request.args.get("antes", type=int)
    whose = (found.source, found.external_id)
    page = of_customer(shop().mirror, "visits", *whose, before=before, limit=PER_PAGE)
    rows = _rows(found, page.rows)
    paged = before is not None
    return rendered(
        "activity/visits.html", found, "visits", rows=rows, older=page.older, paged=paged
    )


def _rows(found: Found, page: Sequence[Seen]) -> list[VisitRow]:
    names = {seen.record.order for seen in page if seen.record.order}
    orders = named(shop().mirror, "orders", found.source, names) if names else {}
    own = texts(found)
    return [_row(found, seen, orders, own) for seen in page]


def _row(found: Found, seen: Seen, orders: dict[str, Seen], own: Texts) -> VisitRow:
    record: Visit = seen.record
    order = order_link(found, record.order, orders, own) if record.order else None
    return VisitRow(_page(record.page, own), record.visited_at, order, notes(seen))


def _plain(address: str) -> str:
    """Read as often as it was encoded: an address may hide somebody's number twice."""
    for _ in range(_MOST_TIMES):
        address, before = unquote(address), address
        if address == before:
            break
    return address


def _page(address: str, own: Texts) -> Link:
    plain = clean(_plain(address)) or address
    return Link(
        own.text(plain) or "—", safe_link(address, own) if own.tells_nobody(plain) else None
    )
