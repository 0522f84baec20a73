"""The tab of deals: a customer's opportunities, and for a company those of its people."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import abort, request, url_for

from mirror.masking import Texts
from mirror.reading.activity import Page, deals_of_company, get, of_customer
from mirror.reading.find import named
from mirror.records import Deal
from mirror.store.sealing import Found, Seen
from web.activity import bp
from web.activity.names import Link, is_of, notes
from web.look import words
from web.look.customer_page import opened, rendered, texts
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
