"""What every tab of a customer's page has: its head, the other tabs, the sections of its sheet."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import quote

from flask import Response, abort, jsonify, make_response, render_template, request, url_for
from msgspec.structs import replace
from werkzeug.wrappers import Response as Answer

from mirror import masking
from mirror.instants import instant_of, local_day, micros
from mirror.ledger.guard import Name, name_of
from mirror.masking import Texts, texts_of
from mirror.reading import freshness
from mirror.reading.activity import deals_number, numbers, overdue, served
from mirror.reading.find import get, named, staff_number
from mirror.reading.standings import standings
from mirror.records import STREAMS, Customer, Loyalty, Phone
from mirror.store.progress import now_us
from mirror.store.sealing import Found
from web.errors import wants_json
from web.look import words
from web.look.formats import day, number
from web.look.masked import Head, Hidden, Masks, first, head, hidden, masks, owed
from web.shop import account, allowance, allowed, kept, person, shop, visit_reason

# The tabs of one customer's page: which there are, how many things are under each.

_STREAM_TABS = {
    "orders": ("Pedidos", "activity.orders"),
    "payments": ("Pagamentos", "activity.payments"),
    "deals": ("Negócios", "activity.deals"),
    "visits": ("Visitas", "activity.visits"),
}


@dataclass(frozen=True)
class Tab:
    """One tab; ``number`` is None where there is nothing to count."""

    name: str
    label: str
    address: str
    number: int | None


def tabs(found: Found) -> list[Tab]:
    """The tabs that make sense for this customer and mirror; one alone is none."""
    one = found.customer
    everybody = staff_number(shop().mirror, found) if one.kind == "PJ" else 0
    made = [_tab(found, "summary", "Resumo", "customers.page"), *_streams(found, everybody)]
    if standings(shop().mirror, found.id, now_us()):
        made.append(_tab(found, "history", "Relacionamento", "activity.history"))
    people = len(one.contacts) + everybody
    if people or one.company:
        label = "Contatos" if people or one.kind == "PJ" else "Empresa"
        made.append(_tab(found, "contacts", label, "customers.contacts", people or None))
    if one.dependents:
        number = len(one.dependents)
        made.append(_tab(found, "dependents", "Dependentes", "customers.dependents", number))
    if allowed(person().role, "audit"):
        made.append(_tab(found, "seen", "Quem viu", "journal.seen"))
    return made if len(made) > 1 else []


def _streams(found: Found, everybody: int) -> list[Tab]:
    here = numbers(shop().mirror, found.source, found.external_id)
    if everybody:
        here["deals"] = deals_number(shop().mirror, found.source, found.external_id)
    there = set(STREAMS) if all(here.values()) else served(shop().mirror)
    return [
        _tab(found, stream, *_STREAM_TABS[stream], here[stream])
        for stream in STREAMS
        if here[stream] or stream in there
    ]


def _tab(found: Found, name: str, label: str, endpoint: str, number: int | None = None) -> Tab:
    return Tab(name, label, url_for(endpoint, customer_id=found.id), number)


# What a customer's page says of what could not be read: numbers and since when, never a value.

_NAMES = {
    "customers": ("cadastro", "cadastros"),
    "orders": ("pedido", "pedidos"),
    "payments": ("pagamento", "pagamentos"),
    "deals": ("negócio", "negócios"),
    "visits": ("visita", "visitas"),
}
"""What the records of a stream are called, one and several."""


@dataclass(frozen=True)
class Unread:
    """What of one customer could not be read."""

    since: datetime | None
    """Since when a newer version of the customer waits in quarantine; None where none does."""
    activities: str
    """``2 pedidos e 1 pagamento``; empty where all could be read."""


def unread_of(found: Found) -> Unread:
    """What of this customer waits in quarantine."""
    whose = (shop().mirror, found.source, found.external_id)
    since = freshness.unread_since(*whose)
    told = [counted(stream, some) for stream, some in freshness.unread_of_customer(*whose).items()]
    listed = " e ".join(filter(None, (", ".join(told[:-1]), *told[-1:])))
    return Unread(None if since is None else instant_of(since), listed)


def counted(stream: str, some: int) -> str:
    """``1 pedido``, ``2 pedidos``, ``mais de 1.000 pedidos``."""
    if some > freshness.MOST_UNREAD:
        return f"mais de {number(freshness.MOST_UNREAD)} {_NAMES[stream][1]}"
    return numbered(stream, some)


def numbered(stream: str, some: int) -> str:
    """``1 pedido``, ``2.000 pedidos``."""
    return f"{number(some)} {_NAMES[stream][some != 1]}"


# What is not paid in time: seen before anything else, on every tab.


@dataclass(frozen=True)
class Late:
    """What a customer owes."""

    amount: str
    """``R$ 2.463,00``, each currency by itself."""
    since: date | None
    """The first day that any of it was due; None where the master tells no day."""
    charges: int


def lateness(found: Found, today: date) -> Late | None:
    """What this customer has not paid in time; None where there is nothing."""
    whose = name_of(found)
    late = overdue(shop().mirror, [whose], today).get(whose, [])
    days = [date.fromisoformat(one.since) for one in late if one.since]
    amount, charges = owed(late), sum(one.charges for one in late)
    return Late(amount, min(days, default=None), charges) if amount else None


# What the template of one customer's page may know: the sections of the screen, masked.


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
class AddressLine:
    """A postal address with what the master calls it."""

    label: str
    main: bool
    situation: str | None
    hidden: Hidden


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
    """What else the master says, label and text: groups, tags, seller, profile, how they pay."""
    addresses: tuple[AddressLine, ...]
    """The main one first."""
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
        warnings=tuple(_warning(flag, one) for flag in one.flags),
        problem=found.problem and (texts.word(found.problem[0]), texts.word(found.problem[1])),
        source=found.source,
        updated_at=one.updated_at,
        observed_at=instant_of(found.observed_at),
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
        ("Forma de pagamento", texts.maybe(one.payment_method)),
        ("Prazo de pagamento", texts.maybe(one.payment_terms)),
        ("Grupos", ", ".join(texts.words(one.groups))),
        ("Etiquetas", ", ".join(texts.words(one.tags))),
    )
    return tuple((label, text) for label, text in said if text)


def _addresses(one: Customer, masks: Masks, texts: Texts) -> tuple[AddressLine, ...]:
    pairs = zip(one.addresses, hidden(one, "address", masks), strict=True)
    lines = [
        AddressLine(texts.maybe(a.label) or "Endereço", a.main, texts.maybe(a.situation), shown)
        for a, shown in pairs
    ]
    return tuple(sorted(lines, key=lambda line: not line.main))


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


def _warning(flag: str, one: Customer) -> str:
    if flag == "last_purchase_future" and one.last_purchase_at:
        said = day(local_day(micros(one.last_purchase_at)))
        return f"{words.FLAGS[flag]} O sistema de origem diz {said}."
    return words.FLAGS.get(flag) or f"{words.FLAG_OTHER} ({flag})."


def known(customer_id: int) -> Found:
    """The customer of this id; 404 where the mirror has none (any more)."""
    found = get(shop().mirror, customer_id)
    if found is None:
        abort(404, "Não está na cópia: saiu da origem, ou a cópia foi refeita. Procure de novo.")
    return found


def opened(customer_id: int, tab: str | None = None) -> Found:
    """The customer a tab is about; opening it is recorded first, with the tab's name."""
    found = known(customer_id)
    account("open", found, detail=tab)
    return found


def recent() -> list[Head]:
    """Whose pages this session opened last, who are still here; each opening has its row."""
    names, there = kept().recent, dict[Name, Found]()
    for source in {source for source, _ in names}:
        codes = [code for one, code in names if one == source]
        there |= {(source, code): one for code, one in named(shop().mirror, source, codes).items()}
    view = masks()
    return [head(there[name], view) for name in names if name in there]


def texts(found: Found) -> Texts:
    """The masks of everything the master says about a customer."""
    return texts_of(found.customer, shop().settings.document_mask)


def rendered(template: str, found: Found, tab: str, **shown: Any) -> str:
    """A tab's page, with the head and the other tabs."""
    view = masks()
    one = sheet(found, view)
    return render_template(
        template,
        one=one,
        late=lateness(found, view.today),
        origin=one.master_url or shop().settings.master_url,
        tabs=tabs(found),
        here=tab,
        unread=unread_of(found),
        archives="conta_base" in shop().wording.rules,
        given=visit_reason(found),
        **shown,
    )


def reason(found: Found) -> str:
    """Why somebody looks, as chosen now or before in this visit; 400 without, or off the list."""
    chosen = request.form.get("reason") or visit_reason(found)
    if not chosen:
        abort(400, _WHY)
    if chosen not in words.REASONS:
        abort(400, "Escolha um motivo da lista.")
    return chosen


_WHY = (
    "Escolha o motivo antes de revelar; nada foi mostrado. Ele vale para toda a visita a este "
    "cliente."
)


def shown(found: Found, value: str, field: str, back: str) -> Answer:
    """A value whose showing was recorded: JSON for the script, else a page that leads ``back``."""
    return _json(value, field) if wants_json() else _page(found, value, field, back)


def _json(value: str, field: str) -> Response:
    seconds = shop().settings.reveal_seconds
    left = allowance().left
    return jsonify(value=value, mailto=_mailto(value, field), seconds=seconds, left=left)


def _mailto(value: str, field: str) -> str | None:
    # A name may hold what a mail program takes for parameters: "a?bcc=b@x.com" is an address.
    return f"mailto:{quote(value, safe='@')}" if "email" in field else None


def _page(found: Found, value: str, field: str, back: str) -> Answer:
    seconds = shop().settings.reveal_seconds
    answer = make_response(
        render_template(
            "customers/revealed.html",
            head=head(found, masks()),
            value=value,
            mailto=_mailto(value, field),
            field=field,
            seconds=seconds,
            back=back,
        )
    )
    answer.headers["Refresh"] = f"{seconds}; url={back}"
    return answer
