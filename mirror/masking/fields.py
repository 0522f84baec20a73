"""Masks of one customer's fields: texts, births, addresses, and the whole record for export.

A master may write a document it holds, even one with wrong check digits, as its id, as a category
or into a name: compared by letters and digits alone, it is found there.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import unquote

import msgspec

from mirror.identifiers.phones import country_code
from mirror.identifiers.search_terms import PARTICLES
from mirror.masking.free_text import HIDDEN, Own, alone, every_reading, mask_code, mask_text
from mirror.masking.identifiers import mask_document, mask_email, mask_phone
from mirror.records import Address, Contact, Customer, Dependent, Loyalty, Phone

_BRAZIL = "+55"
_SHORT = 5


@dataclass(frozen=True)
class Texts:
    """How every text of one customer is shown before the eye is pressed; none stays none."""

    style: str
    own: Own
    short: Own
    """Numbers so short that only an id of exactly these characters is taken for one."""

    def text(self, text: str) -> str:
        """Words and numbers of any kind: a name, a note, an own field."""
        return mask_text(text, self.style, self.own)

    def word(self, word: str) -> str:
        """A label or a word out of a list, where a long number has no business at all."""
        return mask_text(word, self.style, self.own, strict=True)

    def words(self, words: tuple[str, ...]) -> tuple[str, ...]:
        """Each by itself: numbers of neighbours are not one number."""
        return tuple(map(self.word, words))

    def maybe(self, word: str | None) -> str | None:
        """The same for a word that may be missing."""
        return self.word(word) if word else None

    def code(self, code: str) -> str:
        """The master's id; also one of three digits is hidden where it is a document."""
        return self.short.get(code) or mask_code(code, self.style, self.own)

    def tells_nobody(self, address: str) -> bool:
        """Whether a web address has no document, e-mail or number of the customer in it."""
        plain = unquote(address)
        return mask_code(plain, self.style, self.own) == plain


def texts_of(customer: Customer, style: str = "staff") -> Texts:
    """The masks of this customer's texts; ``style`` is the document's, see ``mask_document``."""
    own = dict.fromkeys(every_reading(customer.left_out), HIDDEN)
    own |= {alone(one.value): mask_document(one, style) for one in customer.documents}
    for phone in (*customer.phones, *(contact.phone for contact in customer.contacts)):
        if phone:
            own |= dict.fromkeys(_spellings(phone), mask_phone(phone))
    if customer.state_registration:
        own[alone(customer.state_registration)] = HIDDEN
    own |= {key.lstrip("0"): shown for key, shown in own.items() if key.isdigit()}
    long = {key: shown for key, shown in own.items() if len(key) >= _SHORT}
    return Texts(style, long, {key: shown for key, shown in own.items() if key not in long})


def _spellings(phone: Phone) -> set[str]:
    """The number with and without its country, its area and its ninth digit, as people write it."""
    digits = alone(phone.number)
    if phone.kind == "foreign":
        return {digits, digits.removeprefix(country_code(phone.number))}
    if not phone.number.startswith(_BRAZIL):
        return {digits}
    national = digits[len(_BRAZIL) - 1 :]
    old = {national[:2] + national[3:], national[3:]} if phone.kind == "mobile" else set[str]()
    return {digits, national, national[2:], *old}


# Masks of what is said about people: births, addresses, dependents, and the initials circle.


def initials(name: str | None) -> str:
    """The first letters of the first and the last word, ``DF``; ``?`` where there is no word."""
    return "".join(_first_letters(name)) or "?"


def _first_letters(name: str | None) -> list[str]:
    words = [word for word in (name or "").split() if word.casefold() not in PARTICLES]
    letters = ["".join(filter(str.isalpha, word))[:1].upper()[:1] for word in words]
    letters = [letter for letter in letters if letter]
    return letters[:1] + letters[1:][-1:]


def mask_birth_date(birth: date) -> str:
    """Only the year: ``**/**/1990``."""
    return f"**/**/{birth.year:04}"


def mask_address(address: Address) -> str:
    """Only where it is: ``São Paulo/SP``; ``****`` where neither city nor state is known."""
    where = filter(None, (address.city, address.state))
    return "/".join(mask_text(part, strict=True) for part in where) or "****"


def mask_dependent(dependent: Dependent, today: date) -> str:
    """Initials and age, ``J. S., 9 anos``: dependents are often minors (LGPD art. 14)."""
    letters = " ".join(f"{letter}." for letter in _first_letters(dependent.name)) or "?"
    age = _age(dependent.birth_date, today)
    return f"{letters}, {age}" if age else letters


def _age(birth: date | None, today: date) -> str | None:
    if birth is None or birth > today:
        return None
    had_birthday = (today.month, today.day) >= (birth.month, birth.day)
    years = today.year - birth.year - (not had_birthday)
    if years == 0:
        return "menos de 1 ano"
    return "1 ano" if years == 1 else f"{years} anos"


# One customer as plain values, masked: what leaves the mirror as JSON without a reveal.

_AS_THEY_ARE = (
    "version",
    "kind",
    "registration",
    "customer_since",
    "last_purchase_at",
    "updated_at",
    "flags",
    "standing_days",
)
_WORDS = (
    "kind_received",
    "registration_received",
    "category",
    "gender",
    "seller",
    "profile",
    "payment_method",
    "payment_terms",
)


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
        "state_registration": HIDDEN if customer.state_registration else None,
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
