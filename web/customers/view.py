"""What a template may know of a customer on a list: everything masked, nothing to leak.

Templates never receive a Customer, so a slip in a template cannot show what the eye hides.
"""

from dataclasses import dataclass
from datetime import date

from mirror import masking
from mirror.facets.labels import facets_of
from mirror.opening import Found
from mirror.records import Customer
from web import words
from web.customers.fields import Hidden, Masks, hidden
from web.presenting import instant, local_day

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

    @property
    def document_label(self) -> str:
        """What the document of such a customer is called."""
        return "CNPJ" if self.kind == "PJ" else "CPF"


@dataclass(frozen=True)
class Row:
    """One line of a list."""

    head: Head
    document: Hidden | None
    email: Hidden | None
    phone: Hidden | None
    missing: tuple[str, ...] = ()
    """What the registration must have and lacks, in words."""
    mend: str | None = None
    """Where the master has this customer, for whom something is missing."""
    standing: tuple[str, str] | None = None
    """What the customer is, and by whose rules."""


def head(found: Found, masks: Masks) -> Head:
    """The head of one found customer."""
    customer, bought = found.customer, found.last_purchase_at
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
        last_purchase=None if bought is None else local_day(instant(bought)),
    )


def _registration(customer: Customer, texts: masking.Texts) -> str:
    received = texts.maybe(customer.registration_received)
    if customer.registration == "unknown" and received:
        return received
    return words.REGISTRATIONS[customer.registration]


def first(values: tuple[Hidden, ...]) -> Hidden | None:
    """The first of several, where there is one."""
    return values[0] if values else None


def row(
    found: Found,
    masks: Masks,
    required: tuple[str, ...] = (),
    standing: tuple[str, str] | None = None,
) -> Row:
    """One line of a list; ``required`` are the fields that a registration must have."""
    customer = found.customer
    lacks = _lacks(found, required)
    return Row(
        head(found, masks),
        first(hidden(customer, "document", masks)),
        first(hidden(customer, "email", masks)),
        first(hidden(customer, "phone", masks)),
        lacks,
        _master(customer, masks) if lacks else None,
        standing,
    )


def _lacks(found: Found, required: tuple[str, ...]) -> tuple[str, ...]:
    if not required:
        return ()
    facets = facets_of(found.source, found.customer)
    return tuple(words.MISSING[field] for field in required if ("missing", field) in facets)


def _master(customer: Customer, masks: Masks) -> str | None:
    # The master's word ends in an href: nothing but a web address may, and none that names anybody.
    address = customer.master_url or ""
    texts = masking.texts_of(customer, masks.document)
    safe = address.startswith("https://") and texts.tells_nobody(address)
    return address if safe else None
