"""The masks of one customer's texts, which know the customer's own numbers.

A master may write a document it holds, even one with wrong check digits, as its id, as a category
or into a name: compared by letters and digits alone, it is found there.
"""

from dataclasses import dataclass
from urllib.parse import unquote

from mirror.masking.free_text import mask_code, mask_text
from mirror.masking.hidden_documents import Own
from mirror.masking.numbers import mask_document, mask_phone
from mirror.records import Customer, Phone

_HIDDEN = "********"
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
    own = {_plain(one.value): mask_document(one, style) for one in customer.documents}
    for phone in (*customer.phones, *(contact.phone for contact in customer.contacts)):
        if phone:
            own |= dict.fromkeys(_spellings(phone), mask_phone(phone))
    if customer.state_registration:
        own[_plain(customer.state_registration)] = _HIDDEN
    own |= {key.lstrip("0"): shown for key, shown in own.items() if key.isdigit()}
    long = {key: shown for key, shown in own.items() if len(key) >= _SHORT}
    return Texts(style, long, {key: shown for key, shown in own.items() if key not in long})


def _spellings(phone: Phone) -> set[str]:
    digits = _plain(phone.number)
    if not phone.number.startswith(_BRAZIL):
        return {digits}
    national = digits[len(_BRAZIL) - 1 :]
    return {digits, national, national[2:]}


def _plain(text: str) -> str:
    return "".join(filter(str.isalnum, text)).upper()
