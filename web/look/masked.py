"""What a template may know of a customer: everything masked, nothing to leak.

Templates never receive a Customer, so a slip in a template cannot show what the eye hides.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from mirror import masking
from mirror.facets import facets_of
from mirror.identifiers import format_document, format_phone, whatsapp_url
from mirror.instants import ZONE, instant_of
from mirror.reading.activity import Overdue
from mirror.records import Address, Customer, Dependent, Document, Phone
from mirror.store.sealing import Found
from web.look import words
from web.look.formats import day, local_day, money, spoken
from web.shop import shop

# Which fields hide behind the eye: how each is masked, and what it says once revealed.
#
# One table serves both, so nothing can be masked that cannot be revealed, and nothing revealed
# that was not masked. A field's key is its kind and place: ``document-0``, ``phone-1``,
# ``birth_date-0``.


@dataclass(frozen=True)
class Masks:
    """What masking depends on besides the value: document style, day, the customer's numbers."""

    document: str
    today: date
    own: Mapping[str, str] = field(default_factory=dict)


def masks() -> Masks:
    """How this shop masks, today."""
    return Masks(shop().settings.document_mask, datetime.now(UTC).astimezone(ZONE).date())


@dataclass(frozen=True)
class Hidden:
    """One field as a page may show it."""

    key: str
    text: str
    whatsapp: bool = False
    whole: bool = False
    """True where the mask hides nothing: the page then offers no eye."""


@dataclass(frozen=True)
class Veil:
    """One kind of field: where its values are, its mask, its full text."""

    values: Callable[[Customer], Sequence[Any]]
    mask: Callable[[Any, Masks], str]
    full: Callable[[Any], str]
    phone: Callable[[Any], Phone | None] = lambda _: None


def _some(value: Any) -> tuple[Any, ...]:
    return () if value is None else (value,)


def postal(address: Address) -> str:
    """An address on one line, as on an envelope."""
    code = address.postal_code
    parts = (
        ", ".join(filter(None, (address.street, address.number, address.complement))),
        address.district,
        "/".join(filter(None, (address.city, address.state))),
        f"CEP {code[:5]}-{code[5:]}" if code else None,
        address.country,
    )
    return " · ".join(filter(None, parts))


def _dependent(one: Dependent) -> str:
    return " · ".join(filter(None, (one.name, day(one.birth_date) if one.birth_date else None)))


def _document(one: Document) -> str:
    return format_document(one.kind, one.value)


def _text(value: str, masks: Masks) -> str:
    return masking.mask_text(value, masks.document, masks.own)


def _phone_veil(values: Callable[[Customer], Sequence[Phone | None]]) -> Veil:
    return Veil(
        values,
        lambda one, _: masking.mask_phone(one) if one else "",
        lambda one: format_phone(one.number) if one else "",
        lambda one: one,
    )


def _email_veil(values: Callable[[Customer], Sequence[str | None]]) -> Veil:
    return Veil(
        values, lambda one, _: masking.mask_email(one) if one else "", lambda one: one or ""
    )


VEILS: dict[str, Veil] = {
    "document": Veil(
        lambda c: c.documents, lambda one, m: masking.mask_document(one, m.document), _document
    ),
    "email": _email_veil(lambda c: c.emails),
    "phone": _phone_veil(lambda c: c.phones),
    "birth_date": Veil(
        lambda c: _some(c.birth_date), lambda one, _: masking.mask_birth_date(one), day
    ),
    "address": Veil(lambda c: c.addresses, lambda one, _: masking.mask_address(one), postal),
    "dependent": Veil(
        lambda c: c.dependents, lambda one, m: masking.mask_dependent(one, m.today), _dependent
    ),
    "state_registration": Veil(
        lambda c: _some(c.state_registration), lambda one, _: "********", str
    ),
    "contact_email": _email_veil(lambda c: tuple(one.email for one in c.contacts)),
    "contact_phone": _phone_veil(lambda c: tuple(one.phone for one in c.contacts)),
    "notes": Veil(lambda c: _some(c.notes), _text, str),
    "extra": Veil(lambda c: tuple(c.extras.values()), lambda one, m: spoken(_text(one, m)), spoken),
}


def hidden(customer: Customer, kind: str, masks: Masks) -> tuple[Hidden, ...]:
    """Every value of one kind, masked, in the customer's order; a missing one has an empty text."""
    veil = VEILS[kind]
    masks = replace(masks, own=masking.texts_of(customer, masks.document).own)
    return tuple(
        _hidden(veil, f"{kind}-{place}", value, masks)
        for place, value in enumerate(veil.values(customer))
    )


def _hidden(veil: Veil, key: str, value: Any, masks: Masks) -> Hidden:
    text, said = veil.mask(value, masks), veil.full(value)
    phone = veil.phone(value)
    dialable = phone is not None and whatsapp_url(phone) is not None
    return Hidden(key, text, dialable, whole=not said or said == text)


def full(customer: Customer, key: str) -> str | None:
    """The unmasked text of one field; None where the customer has no such field."""
    found = _value(customer, key)
    return None if found is None else found[0].full(found[1]) or None


def whatsapp(customer: Customer, key: str) -> str | None:
    """The wa.me address of a phone field; None where it is no mobile phone."""
    found = _value(customer, key)
    phone = None if found is None else found[0].phone(found[1])
    return None if phone is None else whatsapp_url(phone)


def _value(customer: Customer, key: str) -> tuple[Veil, Any] | None:
    kind, _, place = key.rpartition("-")
    veil = VEILS.get(kind)
    if veil is None or not (place.isascii() and place.isdigit() and len(place) <= 3):
        return None
    values = veil.values(customer)
    return (veil, values[int(place)]) if int(place) < len(values) else None


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
    standing: tuple[str, str, str | None] | None = None
    """Along which axis, what the customer is there, and why that is not set here where the rules'
    own system lets people set it on its list."""
    overdue: str | None = None
    """What is not paid in time: ``R$ 2.463,00``, each currency by itself."""


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
        last_purchase=None if bought is None else local_day(instant_of(bought)),
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
    standing: tuple[str, str, str | None] | None = None,
    late: Sequence[Overdue] = (),
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
        owed(late),
    )


def owed(late: Sequence[Overdue]) -> str | None:
    """``R$ 2.463,00``, each currency by itself; None where nothing is late."""
    return " + ".join(money(one.amount, one.currency) for one in late) or None


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


_LIMITS = ("limite de crédito", "limite de credito", "limite")
_is_amount = re.compile(r"\d{1,9}(?:\.\d{1,2})?", re.ASCII).fullmatch


def credit_limit(one: Customer) -> int | None:
    """How much may be bought on credit, in hundredths, where a field of *Outros Dados* says so."""
    for label, value in one.extras.items():
        if label.casefold() in _LIMITS and _is_amount(value):
            return int(Decimal(value) * 100)
    return None
