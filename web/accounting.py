"""Nothing is shown before it is written down: permission, then budget, then a durable audit row."""

from flask import abort

from mirror import audit
from mirror.opening import Found
from web import permissions
from web.current import person, shop


def permit(action: str) -> None:
    """403 where the role of the person signed in may not do this."""
    if not permissions.allowed(person().role, action):
        abort(403)


def account(
    action: str,
    found: Found | None = None,
    *,
    field: str | None = None,
    reason: str | None = None,
    detail: str | None = None,
) -> None:
    """Allow and record one action of the person signed in, before its result is shown.

    403 where the role may not; raises audit.BudgetSpent and audit.AuditUnavailable, which the
    error pages turn into 429 and 503. ``detail`` holds kinds and counts, never a value.
    """
    permit(action)
    who = person()
    audit.record(
        shop().ledger,
        audit.Entry(
            actor_kind="staff",
            actor=who.login,
            action=action,
            customer=found.id if found else None,
            source=found.source if found else None,
            external_id=found.external_id if found else None,
            field=field,
            reason=reason,
            detail=detail,
        ),
        limit=permissions.budget(who.role, action, shop().settings.reveals_per_hour),
    )
