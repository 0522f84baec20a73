"""The audit page: who saw what, newest first, for those who answer for it."""

from dataclasses import dataclass

from flask import Blueprint, render_template, request

from mirror import audit
from mirror.masking import mask_text
from web import people, words
from web.accounting import account
from web.current import shop
from web.presenting import audit_detail, field_label

bp = Blueprint("journal", __name__)
MOST = 200


@dataclass(frozen=True)
class Line:
    """One entry as a page shows it; what it does not say is empty."""

    at: int
    who: str
    did: str
    customer: int | None
    code: str
    """The master's id, masked: it may be the document."""
    field: str
    reason: str
    detail: str


@bp.get("/auditoria")
def entries() -> str:
    """The newest entries, of one person where asked; looking is itself recorded."""
    actor = request.args.get("pessoa") or None
    account("audit")
    found = audit.entries(shop().ledger, actor=actor, limit=MOST)
    return render_template(
        "audit.html",
        rows=[_line(one) for one in found],
        actor=actor,
        people=people.listing(shop().ledger),
        full=len(found) == MOST,
    )


def _line(one: audit.Recorded) -> Line:
    code = one.external_id or str(one.customer)
    return Line(
        at=one.at,
        who=one.actor,
        did=words.ACTIONS.get(one.action, one.action),
        customer=one.customer,
        code=mask_text(code, shop().settings.document_mask, strict=True),
        field=field_label(one.field),
        reason=words.REASONS.get(one.reason or "", one.reason or ""),
        detail=audit_detail(one.detail) if one.detail else "",
    )
