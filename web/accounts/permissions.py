"""Which role may do what, and how often: plain data, with the budget of what is revealed."""

from mirror.ledger.journal import Limit

ROLES = ("attendant", "supervisor", "administrator")

ALLOWED = {
    "browse": ("attendant", "supervisor", "administrator"),
    "search": ("attendant", "supervisor", "administrator"),
    "open": ("attendant", "supervisor", "administrator"),
    "reveal": ("attendant", "supervisor", "administrator"),
    "copy": ("attendant", "supervisor", "administrator"),
    "whatsapp": ("attendant", "supervisor", "administrator"),
    "boleto": ("attendant", "supervisor", "administrator"),
    "charges": ("attendant", "supervisor", "administrator"),
    "months": ("supervisor", "administrator"),
    "differences": ("supervisor", "administrator"),
    "rules": ("supervisor", "administrator"),
    "download": ("attendant", "supervisor", "administrator"),
    "audit": ("supervisor", "administrator"),
    "operations": ("administrator",),
    "manage_people": ("administrator",),
    "manage_devices": ("administrator",),
}
"""Action → the roles that may. What is not written here nobody may."""

REVEALING = ("reveal", "copy", "whatsapp", "boleto")
"""The actions that show or hand out a full value; they share one budget."""

SHARES = {"attendant": 1, "supervisor": 5, "administrator": 1}
"""Role → how many times the shop's `reveals_per_hour` it may reveal in any hour."""

SEARCHES = 4
"""Searches for each reveal allowed: a mask leaves a thousand CPFs, searching would tell which."""

_HOUR_S = 3600


def allowed(role: str, action: str) -> bool:
    """Whether the role may do this; an unknown role or action never may."""
    return role in ALLOWED.get(action, ())


def budget(role: str, action: str, reveals_per_hour: int = 60) -> Limit | None:
    """How often in a sliding hour; None: no limit.

    By default 60, 300 and 60 reveals, and 240, 1200 and 240 searches.
    """
    if action == "search":
        return Limit(("search",), SEARCHES * SHARES.get(role, 0) * reveals_per_hour, _HOUR_S)
    if action not in REVEALING:
        return None
    return Limit(REVEALING, SHARES.get(role, 0) * reveals_per_hour, _HOUR_S)
