"""What one customer is found by: the pairs that go into the blind index."""

from mirror.identifiers.documents import canonical_document, number_like
from mirror.identifiers.names import name_words
from mirror.identifiers.phone_forms import phone_tail
from mirror.records import Customer, Document, Phone

Term = tuple[str, str]
"""A kind of ``mirror.sealing.BLIND_KINDS`` and the canonical value."""

_SHORTEST_PHONE = 8


def search_terms(customer: Customer) -> list[Term]:
    """Every (kind, canonical value) the customer answers to; repeated values may appear twice.

    Codes are found whatever their case; a company's contacts lead to the company.
    """
    terms = [("code", code_key(customer.external_id))]
    for document in customer.documents:
        terms += _document_terms(document)
    terms += [("email", email) for email in customer.emails]
    for phone in customer.phones:
        terms += _phone_terms(phone)
    for name in (customer.name, customer.trade_name):
        if name:
            terms += [("name", word) for word in _indexed_words(name)]
    for contact in customer.contacts:
        if contact.email:
            terms.append(("email", contact.email))
        if contact.phone:
            terms += _phone_terms(contact.phone)
    return terms


def code_key(external_id: str) -> str:
    """The form a customer code is searched by: identity is by bytes, search ignores case."""
    return external_id.lower()


def _document_terms(document: Document) -> tuple[Term, ...]:
    if document.kind != "other":
        return ((document.kind, document.value),)
    value = canonical_document(document.value)
    return (("document", value),) if number_like(value) else ()


def _phone_terms(phone: Phone) -> tuple[Term, ...]:
    number = phone.number
    if len(number) < _SHORTEST_PHONE:
        return ()
    return ("phone", number), ("phone_tail", phone_tail(number))


def _indexed_words(name: str) -> tuple[str, ...]:
    """A name's words, and those it has when its apostrophes are left out (Sant'Anna, Santanna)."""
    words = name_words(name)
    if "'" in name or "’" in name:
        return words + name_words(name.replace("'", "").replace("’", ""))
    return words
