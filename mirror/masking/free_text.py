"""Hides numbers of people inside a text: documents, cards, telephones, e-mail addresses.

Company names of older MEIs end in their owner's whole CPF, and a master may put a number wherever
it likes. Hiding too much is the lesser error.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping

from mirror.identifiers import cnpj_valid, cpf_valid, parse_phone
from mirror.masking.identifiers import mask_document, mask_email, mask_phone
from mirror.records import Document
from mirror.text import in_ascii

# Finds CPFs and CNPJs in a text however their digits are set apart, and masks them.
#
# A number starts and ends where a group of digits does: the eleven digits in the middle of a
# longer number, an invoice's key for example, are nobody's CPF.

Own = Mapping[str, str]
"""A customer's own numbers, digits and letters only (`alone`) → how each is shown."""
HIDDEN = "********"
"""How a number is shown of which nobody knows what it is."""

_SHAPES = {(3, 3, 3, 2): "cpf", (2, 3, 3, 4, 2): "cnpj"}
_LENGTHS = {11: "cpf", 14: "cnpj"}
_PADDED = 19  # registers of fixed width put zeros in front; cards are as long without
_LONGEST = 40
_COUNTRY = "55"
_SHORTEST_OWN = 6  # a shorter number inside a text is as likely somebody's flat
_run = re.compile(r"\d(?:[\s._/,·•‐-―−|;+=~#()\[\]'\"\\-]{0,3}\d|:\d)+")
_group = re.compile(r"\d+")
_labelled = re.compile(
    r"(?:C\.?P\.?F|C\.?N\.?P\.?J)\W{0,3}(?:n[.oº°ª]{0,2}\W{0,3})?\Z", re.IGNORECASE
)
_LONGEST_LABEL = 18
_cnpj_with_letters = re.compile(
    r"(?<![0-9A-Z])[0-9A-Z]{2}[._-]?[0-9A-Z]{3}[._-]?[0-9A-Z]{3}[._/-]?[0-9A-Z]{4}[._-]?\d{2}"
    r"(?![0-9A-Z])",
    re.IGNORECASE,
)
_formatted_cnpj = re.compile(r"\w{2}\.\w{3}\.\w{3}/\w{4}-\d{2}").fullmatch


def alone(text: str) -> str:
    """Letters and digits only: by them a number is the same however it is written."""
    return "".join(filter(str.isalnum, text)).upper()


def mask_documents(text: str, style: str, own: Own, *, strict: bool) -> str:
    """The text with every document in it masked; its digits must be ASCII.

    A document is what has the shape of one, follows its name ("CPF 123…") or has right check
    digits, and whatever is in ``own``. ``strict``: so is every number of eleven or fourteen digits.
    """
    if of_letters := _own_with_letters(text, own):
        text = of_letters.sub(lambda found: own[alone(found[0])], text)
    text = _cnpj_with_letters.sub(lambda found: _with_letters(found[0], style), text)
    return _run.sub(lambda found: _Run(found, style, own, strict).masked(), text)


def own_number(plain: str, own: Own) -> str | None:
    """How this number, all letters and digits, is shown; None where it is not the customer's."""
    bare = plain.lstrip("0")
    return own.get(plain) or own.get(bare) or own.get(bare.removeprefix(_COUNTRY))


def _own_with_letters(text: str, own: Own) -> re.Pattern[str] | None:
    """Finds the numbers of a customer that are not all digits (a passport, a CNPJ typed wrong).

    None where none can be in the text: to compile a pattern costs more than all the rest.
    """
    keys = {key for key in own if len(key) >= _SHORTEST_OWN and not key.isdigit()}
    if keys and text.isascii():  # other letters may be the same to a pattern
        plain = alone(text)
        keys = {key for key in keys if key in plain}
    if not keys:
        return None
    whole_first = sorted(keys, key=len, reverse=True)
    each = "|".join(r"[\s._/-]{0,3}".join(map(re.escape, key)) for key in whole_first)
    return re.compile(rf"(?<![^\W_])(?:{each})(?![^\W_])", re.IGNORECASE)


# What could not be read of a customer's numbers, kept so that it can be hidden: digits, no words.

_MOST_NUMBERS, _MOST_GROUPS, _MOST_TOGETHER = 100, 24, 7
_LONGEST_READ = 2_000
_word_with_digits = re.compile(
    r"(?:(?<![A-Z])[A-Z]{1,4})?[0-9](?:[0-9]|[A-Z]{1,4}(?=[0-9]))*(?:[A-Z]{1,3}\b)?"
)
_groups = re.compile("[0-9]+|[A-Z]+").findall
_words_between = re.compile(r"[A-Z]{2,}").search


def numbers_in(texts: Iterable[str]) -> tuple[str, ...]:
    """The numbers of texts, each as the groups it was written in; words around stay out."""
    found: dict[str, None] = {}
    for text in texts:
        plain = in_ascii(text[:_LONGEST_READ]).upper()
        found |= dict.fromkeys(alone(one) for one in _cnpj_with_letters.findall(plain))
        for number in _set_apart(plain):
            if len(number) >= _SHORTEST_OWN:
                found[number] = None
    return tuple(found)[:_MOST_NUMBERS]


def _set_apart(plain: str) -> Iterator[str]:
    """Groups with digits in them, those together that no word stands between."""
    together: list[str] = []
    end = 0
    for one in _word_with_digits.finditer(plain):
        if together and (len(together) == _MOST_GROUPS or _words_between(plain, end, one.start())):
            yield " ".join(together)
            together = []
        together.append(one[0])
        end = one.end()
    yield " ".join(together)


def every_reading(numbers: Iterable[str]) -> Iterator[str]:
    """Whatever may be one number of those that `numbers_in` found: groups one after the other."""
    for number in numbers:
        groups = _groups(number)
        for begin in range(len(groups)):
            for end in range(begin + 1, min(begin + _MOST_TOGETHER, len(groups)) + 1):
                joined = "".join(groups[begin:end])
                digits = sum(map(str.isdigit, joined))
                if len(joined) >= _SHORTEST_OWN and 2 * digits >= len(joined):
                    yield joined


def _with_letters(found: str, style: str) -> str:
    value = "".join(filter(str.isalnum, found)).upper()
    if value.isdigit() or not (_formatted_cnpj(found) or cnpj_valid(value)):
        return found
    return mask_document(Document("cnpj", value), style)


class _Run:
    """Groups of digits with nothing but separators between them."""

    def __init__(self, found: re.Match[str], style: str, own: Own, strict: bool) -> None:
        self.text, self.style, self.own, self.strict = found[0], style, own, strict
        self.groups = list(_group.finditer(self.text))
        before = found.string[max(0, found.start() - _LONGEST_LABEL) : found.start()]
        self.labelled = _labelled.search(before) is not None
        self.longest = min(_LONGEST, max((_PADDED, *(len(_COUNTRY + one) for one in own))))

    def masked(self) -> str:
        pieces, done, place = [], 0, 0
        while place < len(self.groups):
            after, shown = self._number_at(place)
            if shown is not None:
                pieces += [self.text[done : self.groups[place].start()], shown]
                done = self.groups[after - 1].end()
            place = after
        return "".join((*pieces, self.text[done:]))

    def _number_at(self, place: int) -> tuple[int, str | None]:
        """The longest number that starts at this group: the place after it, and its mask."""
        digits, shape = "", tuple[int, ...]()
        best: tuple[int, str | None] = (place + 1, None)
        for after in range(place + 1, min(place + self.longest, len(self.groups)) + 1):
            group = self.groups[after - 1][0]
            digits, shape = digits + group, (*shape, len(group))
            if len(digits) > self.longest:
                break
            shown = self._mask(digits, shape, sure=self.labelled and place == 0)
            best = (after, shown) if shown is not None else best
        return best

    def _mask(self, digits: str, shape: tuple[int, ...], sure: bool) -> str | None:
        if len(digits) >= _SHORTEST_OWN and (shown := own_number(digits, self.own)):
            return shown
        kind = _SHAPES.get(shape)
        if sure or (self.strict and len(shape) == 1):
            kind = kind or _LENGTHS.get(len(digits))
        if kind:
            return mask_document(Document(kind, digits), self.style)
        return self._by_check_digits(digits) or masked_card(digits)

    def _by_check_digits(self, digits: str) -> str | None:
        zeros, last = digits[:-11], digits[-11:]
        if not zeros.strip("0") and cpf_valid(last):
            return mask_document(Document("cpf", last), self.style)
        zeros, last = digits[:-14], digits[-14:]
        if not zeros.strip("0") and cnpj_valid(last):
            return mask_document(Document("cnpj", last), self.style)
        return None


# Numbers that are somebody's by what stands before them, and cards by their own digits.

_CARD = re.compile(
    r"4\d{12}(?:\d{3}){0,2}|(?:5[0-9]|2[2-7]|6[0-9])\d{14}|3[47]\d{13}|3[0689]\d{12}"
)
"""The beginnings and lengths of those that are in use (ISO/IEC 7812)."""
_DOUBLED = str.maketrans("0123456789", "0246813579")
_named = re.compile(
    r"""
    (?<![^\W_])(?P<name>
        (?:PIS(?:\W{0,3}PASEP)?|PASEP|NI[ST]|RG|CNH|identidade)
        |(?P<code>CVV2?|CVC2?|CVN|c[oó]d(?:igo|\.)?[ ]de[ ]seguran[cç]a)
    )(?P<between>(?:\W{0,3}(?:n(?:[.oº°ª]{1,2}|[uú]mero)?|[eé]|do\ cart[aã]o))?\W{0,3})
    (?P<number>(?(code)\d{3,4}(?!\d)|\d(?:[\s./|:_-]{0,2}[\dxX](?![^\W\dxX])){4,13}))
    """,
    re.VERBOSE | re.IGNORECASE,
)


def masked_card(digits: str) -> str | None:
    """``****1111`` of a payment card's number: the length and beginning of one, Luhn's check."""
    if not _CARD.fullmatch(digits):
        return None
    doubled = digits[-2::-2].translate(_DOUBLED)
    right = sum(map(int, digits[-1::-2] + doubled)) % 10 == 0
    return f"****{digits[-4:]}" if right else None


def _mask_named(text: str) -> str:
    return _named.sub(lambda found: f"{found['name']}{found['between']}****", text)


NOBODY: Own = {}
_email = re.compile(
    # The asterisks are those of documents hidden in it before. Where one domain runs into the next
    # address ("a@x.com-b@y.com") nobody can tell where: all of it is one.
    # What stands before the mark may be none that a server would take, and blanks beside it too.
    r"""(?:[^\s@<>()\[\],;:"][^\s<>()\[\],;:"]{0,63}|[^\s@]{0,63}[<>()\[\],;:"])"""
    r"""(?:[ ]{0,2}@[ ]{0,2}(?:[^\W_]|\*)(?:[\w*-]*(?:[^\W_]|\*))?(?:\.[\w*-]+)*)+"""
)
_phone = re.compile(
    r"""
    (?<!\d)(?:
        (?:(?:\+|00)[ ]?\d{1,3}[ ._-]?|55[ ._-]?)?
        (?:\(?(?:0(?:xx)?[ ]?)?\d{2}\)?[ ._-]{0,3})?
        (?:9[ ._-]?)?\d{4}[ ._-]{0,3}\d{4}
        |(?:\+|00)[1-9](?:[ ()._-]{0,2}\d){6,14}
    )(?!\d)
    """,
    re.VERBOSE | re.IGNORECASE,
)
_eight_digits = re.compile(r"(?:\D*+\d){8}").match  # what has fewer has no telephone and no CPF
_three_digits = re.compile(r"(?:\D*+\d){3}").match
_cnpj_s_end = re.compile(r"[\w./-]{12}\d\d").search  # but perhaps a CNPJ, nearly all letters
_LONGEST_NUMBER = 60
_READ = ("mobile", "landline", "local", "foreign")


def mask_text(text: str, style: str = "staff", own: Own = NOBODY, *, strict: bool = False) -> str:
    """The text with every CPF, CNPJ, card, telephone and e-mail address in it masked.

    So is what follows its name: a PIS, an RG, a CNH, the code on a card's back.
    See ``mask_documents`` for what a document is, for ``own`` and ``strict``. Eight digits together
    are left: they are more often a date, a CEP or an order than a telephone. Full-width and other
    digits and signs are read as what they stand for; where nothing is hidden the text is unchanged.
    """
    return _masked(text, lambda plain: _replace(_phone, _masked_phone, plain), style, own, strict)


def mask_code(code: str, style: str = "staff", own: Own = NOBODY) -> str:
    """Like ``mask_text`` for a number the master counts by, which may look like a telephone.

    So a telephone is hidden there only where it is one of the customer's ``own``.
    """
    return _masked(code, lambda plain: plain, style, own, strict=False)


def _masked(text: str, last: Callable[[str], str], style: str, own: Own, strict: bool) -> str:
    counts = _eight_digits(text)
    plain = in_ascii(text)
    if own and len(plain) <= _LONGEST_NUMBER and (whole := own_number(alone(plain), own)):
        return whole
    # Documents first: one may end in what would be an e-mail's beginning.
    some = counts or _three_digits(plain)
    hidden = _mask_named(plain) if some else plain
    if counts or (some and own) or _cnpj_s_end(plain):
        hidden = mask_documents(hidden, style, own, strict=strict)
    if "@" in hidden:
        hidden = _replace(_email, mask_email, hidden)
    if counts:
        hidden = last(hidden)
    return text if hidden == plain else hidden


def _replace(pattern: re.Pattern[str], mask: Callable[[str], str | None], text: str) -> str:
    """Like ``re.sub``, but what ``mask`` refuses is looked at again from its second character."""
    pieces, done, start = [], 0, 0
    while match := pattern.search(text, start):
        masked = mask(match[0])
        if masked is None:
            start = match.start() + 1
        else:
            pieces += [text[done : match.start()], masked]
            done = start = match.end()
    return "".join((*pieces, text[done:]))


def _masked_phone(found: str) -> str | None:
    if len(found) == 8:
        return None
    phone = parse_phone(found.replace("_", "-"))
    if phone and (phone.kind in _READ or (phone.kind == "invalid_ddd" and "(" in found)):
        return mask_phone(phone)
    return None
