"""Which role may do what: plain data; how often is said in `mirror.ledger.guard`."""

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
    "audit_verified": ("supervisor", "administrator"),
    "audit_exported": ("supervisor", "administrator"),
    "manage_people": ("administrator",),
    "manage_devices": ("administrator",),
}
"""Action → the roles that may. What is not written here nobody may."""


def allowed(role: str, action: str) -> bool:
    """Whether the role may do this; an unknown role or action never may."""
    return role in ALLOWED.get(action, ())
