"""What the template of one customer's page may know: the sections of the screen, masked."""

from dataclasses import dataclass
from datetime import datetime

from msgspec.structs import replace

from mirror import masking
from mirror.masking import Texts
from mirror.opening import Found
from mirror.records import Customer, Loyalty, Phone
from web import words
from web.customers.fields import Hidden, Masks, hidden
from web.customers.view import Head, first, head
from web.presenting import instant


@dataclass(frozen=True)
class PhoneLine:
    """A phone with what is known about it."""

    hidden: Hidden
    label: str
    notes: tuple[str, ...]


@dataclass(frozen=True)
class ContactLine:
    """A person to talk to inside a company."""

    name: str
    role: str | None
    email: Hidden
    phone: Hidden


@dataclass(frozen=True)
class Sheet:
    """One customer's page."""

    head: Head
    documents: tuple[tuple[str, bool, Hidden], ...]
    """Label, whether the check digits are right, the masked number."""
    state_registration: Hidden | None
    emails: tuple[Hidden, ...]
    phones: tuple[PhoneLine, ...]
    birth_date: Hidden | None
    gender: str | None
    loyalty: Loyalty | None
    notes: Hidden | None
    extras: tuple[tuple[str, Hidden], ...]
    labels: tuple[tuple[str, str], ...]
    """What else the master says, label and text: groups, tags, seller, profile."""
    addresses: tuple[tuple[str, bool, Hidden], ...]
    """Label, whether it is the main one, the masked address; the main one first."""
    contacts: tuple[ContactLine, ...]
    dependents: tuple[tuple[str | None, Hidden], ...]
    """Relation and masked dependent."""
    warnings: tuple[str, ...]
    problem: tuple[str, str] | None
    source: str
    updated_at: datetime | None
    observed_at: datetime
    master_url: str | None


def sheet(found: Found, masks: Masks) -> Sheet:
    """One customer's page."""
    one = found.customer
    texts = masking.texts_of(one, masks.document)
    return Sheet(
        head=head(found, masks),
        documents=_documents(one, masks),
        state_registration=first(hidden(one, "state_registration", masks)),
        emails=hidden(one, "email", masks),
        phones=_phones(one, masks, texts),
        birth_date=first(hidden(one, "birth_date", masks)),
        gender=words.GENDERS.get((one.gender or "").casefold()) or texts.maybe(one.gender),
        loyalty=_loyalty(one.loyalty, texts) if one.loyalty else None,
        notes=first(hidden(one, "notes", masks)),
        extras=_extras(one, masks, texts),
        labels=_labels(one, texts),
        addresses=_addresses(one, masks, texts),
        contacts=_contacts(one, masks, texts),
        dependents=_dependents(one, masks, texts),
        warnings=tuple(_warning(flag) for flag in one.flags),
        problem=found.problem and (texts.word(found.problem[0]), texts.word(found.problem[1])),
        source=found.source,
        updated_at=one.updated_at,
        observed_at=instant(found.observed_at),
        master_url=safe_link(one.master_url, texts),
    )


def _documents(one: Customer, masks: Masks) -> tuple[tuple[str, bool, Hidden], ...]:
    pairs = zip(one.documents, hidden(one, "document", masks), strict=True)
    return tuple((words.DOCUMENTS[doc.kind], doc.valid, shown) for doc, shown in pairs)


def _phones(one: Customer, masks: Masks, texts: Texts) -> tuple[PhoneLine, ...]:
    pairs = zip(one.phones, hidden(one, "phone", masks), strict=True)
    return tuple(
        PhoneLine(shown, _phone_label(phone, texts), _notes(phone)) for phone, shown in pairs
    )


def _phone_label(phone: Phone, texts: Texts) -> str:
    kind = words.PHONES.get(phone.kind, phone.kind)
    return f"{texts.word(phone.label)} · {kind}" if phone.label else kind


def _notes(phone: Phone) -> tuple[str, ...]:
    return tuple(words.PHONE_NOTES[flag] for flag in phone.flags if flag in words.PHONE_NOTES)


def _loyalty(loyalty: Loyalty, texts: Texts) -> Loyalty:
    return replace(
        loyalty,
        tier=texts.maybe(loyalty.tier),
        next_tier=texts.maybe(loyalty.next_tier),
        status=texts.maybe(loyalty.status),
    )


def _extras(one: Customer, masks: Masks, texts: Texts) -> tuple[tuple[str, Hidden], ...]:
    pairs = zip(one.extras, hidden(one, "extra", masks), strict=True)
    return tuple((texts.word(label), shown) for label, shown in pairs)


def _labels(one: Customer, texts: Texts) -> tuple[tuple[str, str], ...]:
    said = (
        ("Vendedor", texts.maybe(one.seller)),
        ("Perfil", texts.maybe(one.profile)),
        ("Grupos", ", ".join(texts.words(one.groups))),
        ("Etiquetas", ", ".join(texts.words(one.tags))),
    )
    return tuple((label, text) for label, text in said if text)


def _addresses(one: Customer, masks: Masks, texts: Texts) -> tuple[tuple[str, bool, Hidden], ...]:
    pairs = zip(one.addresses, hidden(one, "address", masks), strict=True)
    lines = [(texts.maybe(a.label) or "Endereço", a.main, shown) for a, shown in pairs]
    return tuple(sorted(lines, key=lambda line: not line[1]))


def _contacts(one: Customer, masks: Masks, texts: Texts) -> tuple[ContactLine, ...]:
    emails = hidden(one, "contact_email", masks)
    phones = hidden(one, "contact_phone", masks)
    return tuple(
        ContactLine(texts.text(person.name), texts.maybe(person.role), email, phone)
        for person, email, phone in zip(one.contacts, emails, phones, strict=True)
    )


def _dependents(one: Customer, masks: Masks, texts: Texts) -> tuple[tuple[str | None, Hidden], ...]:
    pairs = zip(one.dependents, hidden(one, "dependent", masks), strict=True)
    return tuple((texts.maybe(person.relation), shown) for person, shown in pairs)


def safe_link(address: str | None, texts: Texts) -> str | None:
    """The master's web address where a page may lead to it; None where it may not."""
    # The master's word ends in an href: nothing but a web address may, and none that names anybody.
    if address and address.startswith("https://") and texts.tells_nobody(address):
        return address
    return None


def _warning(flag: str) -> str:
    return words.FLAGS.get(flag) or f"{words.FLAG_OTHER} ({flag})."
