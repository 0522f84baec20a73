"""The two questions a terminal may ask: who is this customer, and how old is the copy."""

import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Any

import msgspec
from flask import Request, Response, request
from werkzeug.exceptions import RequestEntityTooLarge

from mirror import masking
from mirror.identifiers import (
    LONGEST_TERM,
    Query,
    Reading,
    classify,
    parse_document,
    parse_emails,
)
from mirror.identifiers.documents import canonical_document, number_like
from mirror.identifiers.search_terms import code_key, code_like
from mirror.instants import instant_of, local_day
from mirror.ledger import guard, journal
from mirror.ledger.guard import TERMINAL, Who, name_of
from mirror.ledger.journal import Actor
from mirror.reading.activity import Overdue, overdue
from mirror.reading.find import Hits, hits
from mirror.reading.freshness import freshness
from mirror.reading.standings import standings
from mirror.records import Customer, Document
from mirror.store.engine import Database
from mirror.store.progress import now_us
from mirror.store.sealing import Found
from mirror.text import clean
from web.look.masked import credit_limit
from web.settings import WebSettings
from web.shop import address_mark, stranger
from web.terminals import devices
from web.terminals.devices import MOST_SHOWN, Device
from web.terminals.problems import Problem

# What a terminal may know of a customer: enough to greet and choose, nothing in full.


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
    seller: str | None
    birthday: str | None
    """``week`` or ``month`` where it is in this one, by the calendar; never the day itself."""
    standings: tuple["Called", ...]
    """What the relationship is called now, an axis each; none where no rules are in force."""
    limit: int | None
    """How much may be bought on credit, in hundredths; None where the master does not say."""
    overdue: tuple[Overdue, ...]
    """What was not paid in time, a currency each, in hundredths."""
    last_purchase_at: datetime | None
    """As on the page: what the master says, or the newest order here where that is later."""
    updated_at: datetime | None
    brief: bool = False
    """Found by a code alone, as many today: who it is, is told by initials only."""


class Called(msgspec.Struct, frozen=True):
    """One axis of a relationship."""

    axis: str
    value: str


def cards(mirror: Database, found: Sequence[Found], document_mask: str) -> list[Card]:
    """The cards of found customers, their documents masked in this style."""
    now = now_us()
    late = overdue(mirror, map(name_of, found), local_day(now)) if found else {}
    return [_card(mirror, one, document_mask, late.get(name_of(one), ()), now) for one in found]


def _card(
    mirror: Database, found: Found, document_mask: str, late: Iterable[Overdue], now: int
) -> Card:
    customer, loyalty = found.customer, found.customer.loyalty
    bought, today = found.last_purchase_at, local_day(now)
    texts = masking.texts_of(customer, document_mask)
    called = standings(mirror, found.id, now)
    return Card(
        id=found.id,
        source=found.source,
        code=texts.code(found.external_id),
        kind=customer.kind,
        name=_name(customer, texts),
        document=_card_document(customer.documents[:1], document_mask),
        phones=tuple(map(masking.mask_phone, customer.phones)),
        emails=tuple(map(masking.mask_email, customer.emails)),
        registration=customer.registration,
        category=texts.maybe(customer.category),
        points=loyalty.points if loyalty else None,
        tier=texts.maybe(loyalty.tier) if loyalty else None,
        seller=texts.maybe(customer.seller),
        birthday=birthday(customer, today),
        standings=tuple(Called(one.axis, texts.word(one.value)) for one in called),
        limit=credit_limit(customer),
        overdue=tuple(late),
        last_purchase_at=None if bought is None else instant_of(bought),
        updated_at=customer.updated_at,
    )


def brief(card: Card) -> Card:
    """What a till goes by, of whom anybody could have counted up the code: nobody is told by it."""
    return msgspec.structs.replace(
        card,
        name=masking.initials(card.name),
        document=None,
        phones=(),
        emails=(),
        seller=None,
        birthday=None,
        limit=None,
        overdue=(),
        last_purchase_at=None,
        updated_at=None,
        brief=True,
    )


def birthday(customer: Customer, today: date) -> str | None:
    """Whether a person's birthday is in this calendar week or month; None where it is in neither.

    By the calendar, Monday to Sunday: whoever asks every day learns the week and not the day.
    """
    born = customer.birth_date
    if born is None or customer.kind != "PF":
        return None
    monday = today - timedelta(days=today.weekday())
    week = {(day.month, day.day) for day in (monday + timedelta(days=n) for n in range(7))}
    if (born.month, born.day) in week:
        return "week"
    return "month" if born.month == today.month else None


def _name(customer: Customer, texts: masking.Texts) -> str | None:
    # The names of small companies often end in their owner's CPF.
    name = customer.name or customer.trade_name
    return texts.text(name) if name else None


def _card_document(documents: tuple[Document, ...], style: str) -> str | None:
    return masking.mask_document(documents[0], style) if documents else None


# Reads what a terminal asks for: one strict JSON object, one term, of a kind it names itself.

LARGEST_BODY = 4096

_NOTHING = Query((), "nothing_understood")
_is_word = re.compile(r"[\w.@-]{1,64}").fullmatch
_has_surrogate = re.compile("[\ud800-\udfff]").search  # JSON can write them, UTF-8 cannot


def asked(request: Request, default_ddd: str | None) -> Query:
    """The query in the body of this request.

    Raises Problem where the body is not one JSON object with one of document, phone, email, code;
    a term that is none of its kind is a Query with a problem and no readings.
    """
    key, term = _single(_json_body(request))
    if len(term) > LONGEST_TERM:
        return Query((), "too_long")
    return KINDS[key](term, default_ddd)


def _json_body(request: Request) -> object:
    if request.mimetype != "application/json":
        raise Problem("content-type")
    request.max_content_length = LARGEST_BODY
    try:
        # Pairs, not a dict: a repeated key must be seen. An object is a tuple, an array a list.
        return json.loads(request.get_data().decode(), object_pairs_hook=tuple)
    except RequestEntityTooLarge:
        raise Problem("body-too-large") from None
    except (ValueError, RecursionError):
        raise Problem("body-not-json") from None


def _single(body: object) -> tuple[str, str]:
    if isinstance(body, tuple) and len(body) == 1:
        key, term = body[0]
        if key in KINDS and isinstance(term, str) and not _has_surrogate(term):
            return key, term
    raise Problem("one-key")


def _document(term: str, _: str | None) -> Query:
    document = parse_document(term)
    if document is None:
        return _NOTHING
    if document.kind != "other":
        problem = None if document.valid else f"{document.kind}_check_digits"
        return Query((Reading(document.kind, document.value, ""),), problem)
    number = canonical_document(term)
    return Query((Reading("document", number, ""),), None) if number_like(number) else _NOTHING


def _phone(term: str, default_ddd: str | None) -> Query:
    query = classify(term, default_ddd)
    readings = tuple(one for one in query.readings if one.kind in ("phone", "phone_tail"))
    if not readings:
        return _NOTHING
    wrong = query.problem == "phone_area_code"  # other problems are of other readings
    return Query(readings, query.problem if wrong else None)


def _email(term: str, _: str | None) -> Query:
    readings = tuple(Reading("email", key, "") for key in parse_emails(term).keys)
    return Query(readings, None if readings else "email_invalid")


def _code(term: str, _: str | None) -> Query:
    code = clean(term) or ""
    if not (code_like(code) or _is_word(code)):
        return _NOTHING
    return Query((Reading("code", code_key(code), ""),), None)


KINDS: dict[str, Callable[[str, str | None], Query]] = {
    "document": _document,
    "phone": _phone,
    "email": _email,
    "code": _code,
}
"""The key of a request → how its term is read."""


LOOKUP = "lookup"
ALSO_FOUND = "also_found"
"""The action of the second and further customers of one lookup: only the first row is counted."""
OUT_OF_SCOPE = "out_of_scope"
"""The action of whoever was there, and was not told to a terminal limited to others."""


@dataclass(frozen=True)
class Terminals:
    """The views of one application."""

    mirror: Database
    ledger: Database
    settings: WebSettings

    def lookup(self) -> Response:
        """Every customer the term fits, masked; none is an empty list, for the sale never waits.

        A wrong check digit is a 422 only where nothing was found: masters hold such documents.
        """
        device = self._device()
        query = asked(request, self.settings.default_ddd)
        age = self._freshness()  # before anybody is looked for: what is found is no older than that
        fitting, beyond = device.reach(hits(self.mirror, query, device.looks_at))
        little = self._account(device, query, fitting, beyond)
        if query.problem and not fitting.found:
            raise Problem(query.problem)
        shown = cards(self.mirror, fitting.found, self.settings.device_document_mask)
        return _json(
            customers=[brief(one) if at in little else one for at, one in enumerate(shown)],
            found=fitting.number,
            more=fitting.number > len(fitting.found),
            freshness=age,
            understood=[reading.kind for reading in query.readings],
        )

    def freshness(self) -> Response:
        """How old the copy is."""
        self._device()
        return _json(**self._freshness())

    def _device(self) -> Device:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        bearer = scheme.lower() == "bearer"
        device = devices.authenticate(self.ledger, token.strip()) if bearer else None
        if device is None:
            name = devices.revoked(self.ledger, token.strip()) if bearer else None
            stranger("token_refused", self.ledger, "device", name or "?")
            raise Problem("unauthorized", headers={"WWW-Authenticate": "Bearer"})
        if device.has_expired(now_us()):
            stranger("token_refused", self.ledger, "device", device.name)
            raise Problem("token-expired", headers={"WWW-Authenticate": "Bearer"})
        return device

    def _account(
        self, device: Device, query: Query, fitting: Hits, beyond: Sequence[Found]
    ) -> frozenset[int]:
        """Write down who was found, before anything of them is answered; and who was not told of.

        Returns the places of those of whom little is told (`guard.in_brief`).
        To the terminal, and to what asking costs it, who is out of its scope is nobody.
        """
        actor = Actor("device", device.name, address=address_mark(self.ledger))
        keys = self.ledger.keys
        whom = [journal.whose(keys, one.id, one.source, one.customer) for one in fitting.found]
        first, *others = [actor.did(LOOKUP, **one) for one in whom] or [actor.did(LOOKUP)]
        lookup = msgspec.structs.replace(first, detail=self._detail(query, fitting.number))
        also = [msgspec.structs.replace(entry, action=ALSO_FOUND) for entry in others]
        away = (journal.whose(keys, one.id, one.source, one.customer) for one in beyond)
        also += (actor.did(OUT_OF_SCOPE, **one) for one in islice(away, MOST_SHOWN))
        who, caps = Who("device", device.name, TERMINAL), self.settings
        seen = guard.asked(self.ledger.keys, query, fitting.found)
        journal.record(
            self.ledger,
            lookup,
            *also,
            limit=guard.hourly(who, LOOKUP, caps),
            weigh=guard.weighing(who, seen, caps),
        )
        return guard.in_brief(self.ledger, who, seen)

    def _detail(self, query: Query, number: int) -> str:
        kinds = "+".join(reading.kind for reading in query.readings) or "none"
        told = f"{kinds} hits={number}"
        if not query.readings:
            return told
        term = query.readings[0]
        return f"{told} mark={journal.mark(self.ledger.keys, term.kind, term.value)}"

    def _freshness(self) -> dict[str, Any]:
        now = freshness(self.mirror, datetime.now(UTC))
        return {"state": now.state, "age_s": now.age_s, "as_of": now.as_of}


def _json(**body: Any) -> Response:
    return Response(msgspec.json.encode(body), mimetype="application/json")
