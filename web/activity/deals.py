"""The tabs of deals and visits: what is talked about and looked at before anybody buys."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import unquote

from flask import abort, request, url_for

from mirror.masking import Texts
from mirror.reading import activity
from mirror.reading.activity import Page, deals_of_company, get, of_customer
from mirror.reading.find import named
from mirror.records import Deal, Visit
from mirror.store.sealing import Found, Seen
from mirror.text import clean
from web.activity import bp
from web.activity.names import Link, is_of, notes, order_link
from web.look import words
from web.look.customer_page import opened, rendered, safe_link, texts
from web.look.masked import head, masks
from web.shop import shop

PER_PAGE = 20
_TONES = {"won": "active", "lost": "blocked", "unqualified": "inactive"}


@dataclass(frozen=True)
class DealRow:
    """One opportunity."""

    id: int
    title: str
    situation: str
    tone: str
    amount: int
    currency: str
    opened_at: datetime | None
    closed_at: datetime | None
    loss_reason: str | None
    stage: str
    who: Link | None
    """The primary contact, where that is not the customer."""
    notes: tuple[str, ...]


@bp.get("/clientes/<int:customer_id>/negocios")
def deals(customer_id: int) -> str:
    """A page of a customer's deals, the latest opened first."""
    found = opened(customer_id, "negocios")
    before = request.args.get("antes", type=int)
    page = _page(found, before)
    return _rendered(found, page.rows, older=page.older, paged=before is not None)


@bp.get("/clientes/<int:customer_id>/negocios/<int:deal_id>")
def deal(customer_id: int, deal_id: int) -> str:
    """One deal by itself: where a step of a standing leads."""
    found = opened(customer_id, "negocios")
    seen = get(shop().mirror, "deals", deal_id)
    if seen is None or not is_of(seen, found):
        abort(404, "Este negócio não está na cópia: pode ter saído do sistema de origem.")
    return _rendered(found, [seen], paged=True)


def _page(found: Found, before: int | None) -> Page:
    whose = (found.source, found.external_id)
    if found.customer.kind == "PJ":
        return deals_of_company(shop().mirror, *whose, before=before, limit=PER_PAGE)
    return of_customer(shop().mirror, "deals", *whose, before=before, limit=PER_PAGE)


def _rendered(
    found: Found, page: Sequence[Seen], older: int | None = None, *, paged: bool = False
) -> str:
    others = {name for seen in page if (name := seen.record.customer) != found.external_id}
    people = named(shop().mirror, found.source, others) if others else {}
    rows = [_row(seen, found, people.get(seen.record.customer, found)) for seen in page]
    return rendered(
        "activity/deals.html",
        found,
        "deals",
        rows=rows,
        by_people=any(row.who for row in rows),
        older=older,
        paged=paged,
    )


def _row(seen: Seen, found: Found, whose: Found) -> DealRow:
    record: Deal = seen.record
    own = texts(whose)
    return DealRow(
        id=seen.id,
        title=own.text(record.title) if record.title else own.code(seen.external_id),
        situation=_situation(record, own),
        tone=_TONES.get(record.state, ""),
        amount=record.amount,
        currency=record.currency,
        opened_at=record.opened_at,
        closed_at=record.closed_at,
        loss_reason=own.maybe(record.loss_reason),
        stage=" · ".join(filter(None, map(own.maybe, (record.pipeline, record.stage)))),
        who=_who(whose) if whose.id != found.id else None,
        notes=notes(seen),
    )


def _situation(record: Deal, own: Texts) -> str:
    received = own.maybe(record.state_received) if record.state == "unknown" else None
    return received or words.DEAL_STATES[record.state]


def _who(whose: Found) -> Link:
    return Link(head(whose, masks()).name, url_for("customers.page", customer_id=whose.id))


# Visits: the pages of the shop's site that a customer looked at.

VISITS_PER_PAGE = 40
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
    page = of_customer(shop().mirror, "visits", *whose, before=before, limit=VISITS_PER_PAGE)
    rows = _visit_rows(found, page.rows)
    paged = before is not None
    return rendered(
        "activity/visits.html", found, "visits", rows=rows, older=page.older, paged=paged
    )


def _visit_rows(found: Found, page: Sequence[Seen]) -> list[VisitRow]:
    names = {seen.record.order for seen in page if seen.record.order}
    orders = activity.named(shop().mirror, "orders", found.source, names) if names else {}
    own = texts(found)
    return [_visit_row(found, seen, orders, own) for seen in page]


def _visit_row(found: Found, seen: Seen, orders: dict[str, Seen], own: Texts) -> VisitRow:
    record: Visit = seen.record
    order = order_link(found, record.order, orders, own) if record.order else None
    return VisitRow(_page_link(record.page, own), record.visited_at, order, notes(seen))


def _plain(address: str) -> str:
    """Read as often as it was encoded: an address may hide somebody's number twice."""
    for _ in range(_MOST_TIMES):
        address, before = unquote(address), address
        if address == before:
            break
    return address


def _page_link(address: str, own: Texts) -> Link:
    plain = clean(_plain(address)) or address
    return Link(
        own.text(plain) or "—", safe_link(address, own) if own.tells_nobody(plain) else None
    )
