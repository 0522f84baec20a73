"""One customer as plain values, masked: what leaves the mirror as JSON without a reveal."""

from datetime import date
from typing import Any

import msgspec

from mirror.masking.numbers import mask_document, mask_email, mask_phone
from mirror.masking.people import mask_address, mask_birth_date, mask_dependent
from mirror.masking.texts import Texts, texts_of
from mirror.records import Contact, Customer, Loyalty

_AS_THEY_ARE = (
    "version",
    "kind",
    "registration",
    "customer_since",
    "last_purchase_at",
    "updated_at",
    "flags",
)
_WORDS = ("registration_received", "category", "gender", "seller", "profile")
_HIDDEN = "********"


def masked_customer(
    customer: Customer, style: str = "staff", today: date | None = None
) -> dict[str, Any]:
    """Every field of the customer under its own name, JSON-ready; personal ones are masked texts.

    ``style`` is the document's mask, ``today`` the day dependents' ages are counted at (now, if not
    given). The link to the master is left out: it may hold anything. Raises ValueError for an
    unknown style.
    """
    texts = texts_of(customer, style)
    exported = {name: getattr(customer, name) for name in _AS_THEY_ARE}
    exported |= {name: texts.maybe(getattr(customer, name)) for name in _WORDS}
    exported |= _identity(customer, texts) | _numbers(customer, texts)
    exported |= _household(customer, today or date.today())
    json_ready: dict[str, Any] = msgspec.to_builtins(exported)
    return json_ready


def _identity(customer: Customer, texts: Texts) -> dict[str, Any]:
    return {
        "external_id": texts.code(customer.external_id),
        "name": _text(customer.name, texts),
        "trade_name": _text(customer.trade_name, texts),
        "notes": _text(customer.notes, texts),
        "extras": {texts.word(label): texts.text(text) for label, text in customer.extras.items()},
        "groups": texts.words(customer.groups),
        "tags": texts.words(customer.tags),
        "standings": {axis: texts.word(word) for axis, word in customer.standings.items()},
        "company": texts.code(customer.company) if customer.company else None,
        "loyalty": _loyalty(customer.loyalty, texts) if customer.loyalty else None,
    }


def _loyalty(loyalty: Loyalty, texts: Texts) -> dict[str, Any]:
    words = {name: texts.maybe(getattr(loyalty, name)) for name in ("tier", "next_tier", "status")}
    return msgspec.structs.asdict(loyalty) | words


def _numbers(customer: Customer, texts: Texts) -> dict[str, Any]:
    return {
        "documents": [mask_document(document, texts.style) for document in customer.documents],
        "state_registration": _HIDDEN if customer.state_registration else None,
        "emails": [mask_email(email) for email in customer.emails],
        "phones": [mask_phone(phone) for phone in customer.phones],
        "contacts": [_contact(contact, texts) for contact in customer.contacts],
    }


def _household(customer: Customer, today: date) -> dict[str, Any]:
    birth = customer.birth_date
    return {
        "birth_date": mask_birth_date(birth) if birth else None,
        "addresses": [mask_address(address) for address in customer.addresses],
        "dependents": [mask_dependent(dependent, today) for dependent in customer.dependents],
    }


def _contact(contact: Contact, texts: Texts) -> dict[str, Any]:
    return {
        "name": texts.text(contact.name),
        "role": texts.maybe(contact.role),
        "email": mask_email(contact.email) if contact.email else None,
        "phone": mask_phone(contact.phone) if contact.phone else None,
    }


def _text(text: str | None, texts: Texts) -> str | None:
    return texts.text(text) if text else None
