"""What one customer is found by: the pairs that go into the blind index."""

import re
from functools import lru_cache
from unicodedata import combining, normalize

from mirror.identifiers.documents import canonical_document, number_like
from mirror.identifiers.emails import parse_email
from mirror.identifiers.phones import phone_tail
from mirror.records import Contact, Customer, Document, Phone

# The words a name is found by: without accents, particles or case.

PARTICLES = frozenset(("da", "das", "de", "do", "dos", "e"))
_MOST_WORDS = 8
_LONGEST_NAME = 1000

_words = re.compile(r"[^\W_]+").findall


def name_words(name: str) -> tuple[str, ...]:
    """The folded words of a name, in order, each once, at most eight; of two characters or more.

    Eleven digits together are the owner's CPF in an old MEI's company name: they are no word.
    """
    words: list[str] = []
    for token in name[:_LONGEST_NAME].split():
        words += _fold(token)
    return tuple(dict.fromkeys(words))[:_MOST_WORDS]


# Names are many, their words few: the cache holds a shop's whole vocabulary in a few megabytes.
@lru_cache(maxsize=16_384)
def _fold(token: str) -> tuple[str, ...]:
    folded = token.casefold()
    if not folded.isascii():
        folded = "".join(c for c in normalize("NFKD", folded) if not combining(c)).casefold()
    parts = _words(folded)
    if len(parts) > 1 and all(len(part) == 1 for part in parts):
        parts = ["".join(parts)]  # C&A, 3M written 3-M, S/A
    return tuple(word for word in parts if _counts(word))


def _counts(word: str) -> bool:
    return len(word) > 1 and word not in PARTICLES and not (len(word) == 11 and word.isdigit())


COMPANY_FORMS = frozenset(("ltda", "me", "eireli", "sa", "epp", "mei"))
"""What a company is by law and not by name: a search may say it or not."""

# How a word sounds in Brazil, as far as people write one sound in two ways. Put in this order.
_SOUNDS = tuple(
    (re.compile(pattern), sound)
    for pattern, sound in (
        ("ph", "f"),  # Raphael, Rafael
        ("ch(?=[rl])", "k"),  # Christiane, Cristiane
        ("ch|sh", "x"),  # Teixeira, Teicheira
        ("([ln])h", r"\1H"),  # lh and nh are sounds of their own
        ("h", ""),  # Thiago, Helena
        ("H", "h"),
        ("w", "v"),  # Wagner, Vagner
        ("y", "i"),  # Rayssa, Raissa
        ("ck|q(?=u)", "k"),  # Erick, Quelly
        (
            "s?c(?=[ei])|c(?=ao|oes|al(?:o|ves)\\b)|(?<=n)c(?=[ao]\\b)",
            "s",
        ),  # and what had a cedilla
        ("c", "k"),
        ("ku(?=[ei])", "k"),
        ("gu(?=[ei])", "G"),  # Guilherme
        ("g(?=[ei])", "j"),  # Jeferson, Geferson
        ("G", "g"),
        ("z", "s"),  # Souza, Sousa
        (r"(.)\1+", r"\1"),  # Anna, Vanessa
        ("m(?![aeiou])", "n"),  # Campos, Canpos
    )
)


@lru_cache(maxsize=65_536)
def sound(word: str) -> str:
    """How a folded word sounds: the same for words that people take for each other."""
    for pattern, said in _SOUNDS:
        word = pattern.sub(said, word)
    return word


Term = tuple[str, str]
"""A kind of ``mirror.store.sealing.BLIND_KINDS`` and the canonical value."""

_SHORTEST_PHONE = 8


def search_terms(customer: Customer) -> list[Term]:
    """Every (kind, canonical value) the customer answers to; repeated values may appear twice.

    A company's contacts lead to the company. What the tables find by themselves costs no key: a
    code without letters (its own index) and a whole phone number (its last eight digits, then the
    number itself).
    """
    terms: list[Term] = []
    if not customer.external_id.isdecimal():
        _add_code(terms, customer.external_id)
    for document in customer.documents:
        _add_document(terms, document)
    for email in customer.emails:
        terms.append(("email", email))
    for phone in customer.phones:
        _add_phone(terms, phone)
    for name in (customer.name, customer.trade_name):
        if name:
            terms += [("name", word) for word in _indexed_words(name)]
    for contact in customer.contacts:
        _add_contact(terms, contact)
    return terms


_code = re.compile(r"(?=.*[0-9_:/=&{}#$+])[^\s'\"()<>;]{1,64}").fullmatch
_code_with_blanks = re.compile(r"(?=.{1,64}\Z)[^\s'\"()<>;]+(?: [^\s'\"()<>;]+)+").fullmatch


def code_like(text: str) -> bool:
    """Whether a text may be the code of a customer: one word with a digit or a mark of codes in it,
    or several where half of all is digits ("C 0001")."""
    if _code(text):
        return True
    return bool(_code_with_blanks(text)) and number_like("".join(filter(str.isalnum, text)))


def code_key(external_id: str) -> str:
    """The form a customer code is searched by: identity is by bytes, search ignores case."""
    return external_id.lower()


def _add_code(terms: list[Term], external_id: str) -> None:
    terms.append(("code", code_key(external_id)))
    if "@" in external_id and (email := parse_email(external_id)):
        terms.append(("email", email))  # some masters count by it, and the box reads an address


# Adding to the list, not returning one: every record of a sync passes here.
def _add_document(terms: list[Term], document: Document) -> None:
    if document.kind != "other":
        terms.append((document.kind, document.value))
    elif number_like(value := canonical_document(document.value)):
        terms.append(("document", value))


def _add_phone(terms: list[Term], phone: Phone) -> None:
    if len(phone.number) >= _SHORTEST_PHONE:
        terms.append(("phone_tail", phone_tail(phone.number)))


def _add_contact(terms: list[Term], contact: Contact) -> None:
    if contact.email:
        terms.append(("email", contact.email))
    if contact.phone:
        _add_phone(terms, contact.phone)


# What a name is narrowed by when it is typed beside it: "maria silva 11", "maria silva campinas".


def narrowings(customer: Customer) -> tuple[str, ...]:
    """Area codes, cities, states and the year of birth, as `narrowing` writes them, each once."""
    found = [narrowing("ddd", one.number[3:5]) for one in customer.phones if _is_brazilian(one)]
    for address in customer.addresses:
        found.append(narrowing("city", address.city or ""))
        found.append(narrowing("state", address.state or ""))
    if customer.birth_date:
        found.append(narrowing("born", str(customer.birth_date.year)))
    return tuple({one: None for one in found if one})


@lru_cache(maxsize=16_384)  # places and years are few
def narrowing(what: str, value: str) -> str:
    """One of them: ``city sao jose rio preto``; empty where the value says nothing."""
    folded = " ".join(name_words(value))
    return f"{what} {folded}" if folded else ""


def _is_brazilian(phone: Phone) -> bool:
    return phone.number.startswith("+55") and len(phone.number) > _SHORTEST_PHONE + 3


def _indexed_words(name: str | None) -> tuple[str, ...]:
    """A name's words, and those it has when its apostrophes are left out (Sant'Anna, Santanna)."""
    if not name:
        return ()
    words = name_words(name)
    if "'" in name or "’" in name:
        return words + name_words(name.replace("'", "").replace("’", ""))
    return words
