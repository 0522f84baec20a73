"""What a terminal may know of a customer: enough to greet and choose, nothing in full."""

from datetime import datetime

import msgspec

from mirror import masking
from mirror.opening import Found
from mirror.records import Customer, Document


class Card(msgspec.Struct, frozen=True):
    """One customer, masked; instants are ISO 8601 in UTC."""

    id: int
    source: str
    code: str
    """The master's id; masked like the document where the master uses the document as its id."""
    kind: str
    name: str | None
    document: str | None
    phones: tuple[str, ...]
    emails: tuple[str, ...]
    registration: str
    category: str | None
    points: int | None
    tier: str | None
    last_purchase_at: datetime | None
    updated_at: datetime | None


def card(found: Found, document_mask: str) -> Card:
    """The card of one found customer, its document masked in this style."""
    customer, loyalty = found.customer, found.customer.loyalty
    texts = masking.texts_of(customer, document_mask)
    return Card(
        id=found.id,
        source=found.source,
        code=texts.code(found.external_id),
        kind=customer.kind,
        name=_name(customer, texts),
        document=_document(customer.documents[:1], document_mask),
        phones=tuple(map(masking.mask_phone, customer.phones)),
        emails=tuple(map(masking.mask_email, customer.emails)),
        registration=customer.registration,
        category=texts.maybe(customer.category),
        points=loyalty.points if loyalty else None,
        tier=texts.maybe(loyalty.tier) if loyalty else None,
        last_purchase_at=customer.last_purchase_at,
        updated_at=customer.updated_at,
    )


def _name(customer: Customer, texts: masking.Texts) -> str | None:
    # The names of small companies often end in their owner's CPF.
    name = customer.name or customer.trade_name
    return texts.text(name) if name else None


def _document(documents: tuple[Document, ...], style: str) -> str | None:
    return masking.mask_document(documents[0], style) if documents else None
