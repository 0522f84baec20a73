"""The audit page: who saw what, newest first, for those who answer for it."""

from flask import Blueprint, render_template, request

from mirror import audit
from web import people
from web.accounting import account
from web.current import shop

bp = Blueprint("journal", __name__)
MOST = 200


@bp.get("/auditoria")
def entries() -> str:
    """The newest entries, of one person where asked; looking is itself recorded."""
    actor = request.args.get("pessoa") or None
    account("audit")
    found = audit.entries(shop().ledger, actor=actor, limit=MOST)
    return render_template(
        "audit.html",
        rows=found,
        actor=actor,
        people=people.listing(shop().ledger),
        full=len(found) == MOST,
    )
