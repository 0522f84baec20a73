"""What a template may know of a customer on a list: everything masked, nothing to leak.

Templates never receive a Customer, so a slip in a template cannot show what the eye hides.
"""

from dataclasses import dataclass
from datetime import date

from mirror import masking
from mirror.opening import Found
from mirror.records import Customer
from web import words
from web.customers.fields import Hidden, Masks, hidden
from web.presenting import local_day

_TINTS = 6


@dataclass(frozen=True)
class Head:
    """Who a customer is, on a row and at the top of a page."""

    id: int
    code: str
    """The master's id; masked like the document where the master uses the document as its id."""
    version: int
    kind: str
    name: str
    trade_name: str | None
    initials: str
    tint: int
    registration: str
    registration_label: str
    category: str | None
    category_filter: str | None
    """The category as the list filters by it; None where it may stand in no address."""
    since: date | None
    last_purchase: date | None


@dataclass(frozen=True)
class Row:
    """One line of a list."""

    head: Head
    document: Hidden | None
    email: Hidden | None
    phone: Hidden | None


def head(found: Found, masks: Masks) -> Head:
    """The head of one found customer."""
    customer = found.customer
    texts = masking.texts_of(customer, masks.document)
    category = texts.maybe(customer.category)
    return Head(
        id=found.id,
        code=texts.code(found.external_id),
        version=found.version,
        kind=customer.kind,
        name=texts.text(customer.name or customer.trade_name or "Sem nome"),
        trade_name=texts.text(customer.trade_name) if customer.trade_name else None,
        initials=masking.initials(customer.name or customer.trade_name),
        tint=found.id % _TINTS,
        registration=customer.registration,
        registration_label=_registration(customer, texts),
        category=category,
        category_filter=category if category == customer.category else None,
        since=customer.customer_since,
        last_purchase=local_day(customer.last_purchase_at),
    )


def _registration(customer: Customer, texts: masking.Texts) -> str:
    received = texts.maybe(customer.registration_received)
    if customer.registration == "unknown" and received:
        return received
    return words.REGISTRATIONS[customer.registration]


def first(values: tuple[Hidden, ...]) -> Hidden | None:
    """The first of several, where there is one."""
    return values[0] if values else None


def row(found: Found, masks: Masks) -> Row:
    """One line of a list."""
    customer = found.customer
    return Row(
        head(found, masks),
        first(hidden(customer, "document", masks)),
        first(hidden(customer, "email", masks)),
        first(hidden(customer, "phone", masks)),
    )
