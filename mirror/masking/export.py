"""One customer as plain values, masked: what leaves the mirror as JSON without a reveal."""

from datetime import date
from typing import Any

import msgspec

from mirror.masking.free_text import mask_text
from mirror.masking.numbers import mask_document, mask_email, mask_phone
from mirror.masking.people import mask_address, mask_birth_date, mask_dependent
from mirror.records import Contact, Customer

_AS_THEY_ARE = (
    "version",
    "kind",
    "registration",
    "registration_received",
    "category",
    "gender",
    "customer_since",
    "last_purchase_at",
    "groups",
    "tags",
    "seller",
    "profile",
    "updated_at",
    "flags",
)
_HIDDEN = "********"


def masked_customer(
    customer: Customer, style: str = "staff", today: date | None = None
) -> dict[str, Any]:
    """Every field of the customer under its own name, JSON-ready; personal ones are masked texts.

    ``style`` is the document's mask, ``today`` the day dependents' ages are counted at (now, if not
    given). The link to the master is left out: it may hold anything. Raises ValueError for an
    unknown style.
    """
    loyalty = customer.loyalty
    exported = {name: getattr(customer, name) for name in _AS_THEY_ARE}
    exported["loyalty"] = msgspec.structs.asdict(loyalty) if loyalty else None
    exported |= _identity(customer, style) | _numbers(customer, style)
    exported |= _household(customer, today or date.today())
    json_ready: dict[str, Any] = msgspec.to_builtins(exported)
    return json_ready


def _identity(customer: Customer, style: str) -> dict[str, Any]:
    code = customer.external_id
    same = next((one for one in customer.documents if one.value == code), None)
    return {
        "external_id": mask_document(same, style) if same else code,
        "name": _text(customer.name, style),
        "trade_name": _text(customer.trade_name, style),
        "notes": _text(customer.notes, style),
        "extras": {label: mask_text(text, style) for label, text in customer.extras.items()},
    }


def _numbers(customer: Customer, style: str) -> dict[str, Any]:
    return {
        "documents": [mask_document(document, style) for document in customer.documents],
        "state_registration": _HIDDEN if customer.state_registration else None,
        "emails": [mask_email(email) for email in customer.emails],
        "phones": [mask_phone(phone) for phone in customer.phones],
        "contacts": [_contact(contact, style) for contact in customer.contacts],
    }


def _household(customer: Customer, today: date) -> dict[str, Any]:
    birth = customer.birth_date
    return {
        "birth_date": mask_birth_date(birth) if birth else None,
        "addresses": [mask_address(address) for address in customer.addresses],
        "dependents": [mask_dependent(dependent, today) for dependent in customer.dependents],
    }


def _contact(contact: Contact, style: str) -> dict[str, Any]:
    return {
        "name": mask_text(contact.name, style),
        "role": contact.role,
        "email": mask_email(contact.email) if contact.email else None,
        "phone": mask_phone(contact.phone) if contact.phone else None,
    }


def _text(text: str | None, style: str) -> str | None:
    return mask_text(text, style) if text else None
