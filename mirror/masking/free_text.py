"""Hides CPFs, telephones and e-mail addresses inside a text: notes, own fields, company names.

Company names of older MEIs end in their owner's whole CPF. Hiding too much is the lesser error.
"""

import re
from collections.abc import Callable
from unicodedata import decimal

from mirror.identifiers import IdentifierError, cpf_valid, parse_phone
from mirror.masking.numbers import mask_document, mask_email, mask_phone
from mirror.records import Document

_email = re.compile(r"""[^\s@<>()\[\],;:"]{1,64}@[^\W_](?:[\w-]*[^\W_])?(?:\.[\w-]+)*""")
_cpf = re.compile(r"(?<!\d)\d{3}[. ]?\d{3}[. ]?\d{3}[. ]?[-–/]?[ ]?\d{2}(?!\d)")
_phone = re.compile(
    r"""
    (?<!\d)(?:
        (?:(?:\+|00)[ ]?\d{1,3}[ .-]?|55[ .-]?)?
        (?:\(?(?:0(?:xx)?[ ]?)?\d{2}\)?[ .-]{0,3})?
        (?:9[ .-]?)?\d{4}[ .–-]{0,3}\d{4}
        |(?:\+|00)[1-9](?:[ ().-]{0,2}\d){6,14}
    )(?!\d)
    """,
    re.VERBOSE | re.IGNORECASE,
)
_formatted_cpf = re.compile(r"\d{3}[. ]\d{3}[. ]\d{3}[-–. /]\d{2}").fullmatch
_READ = ("mobile", "landline", "local", "foreign")


def mask_text(text: str, style: str = "staff") -> str:
    """The text with every CPF, telephone and e-mail address in it masked.

    A CPF is one when formatted, even with wrong check digits, or when eleven digits check. Eight
    digits together are left: they are more often a date, a CEP or an order than a telephone.
    ``style`` is the document's, see ``mask_document``.
    """
    text = _replace(_email, mask_email, text)
    text = _replace(_cpf, lambda found: _masked_cpf(found, style), text)
    return _replace(_phone, _masked_phone, text)


def _replace(pattern: re.Pattern[str], mask: Callable[[str], str | None], text: str) -> str:
    """Like ``re.sub``, but what ``mask`` refuses is looked at again from its second character."""
    pieces, done, start = [], 0, 0
    while match := pattern.search(text, start):
        masked = mask(_ascii_digits(match[0]))
        if masked is None:
            start = match.start() + 1
        else:
            pieces += [text[done : match.start()], masked]
            done = start = match.end()
    return "".join((*pieces, text[done:]))


def _ascii_digits(text: str) -> str:
    if text.isascii():
        return text
    return "".join(str(decimal(c)) if c.isdecimal() else c for c in text)


def _masked_cpf(found: str, style: str) -> str | None:
    digits = "".join(filter(str.isdigit, found))
    if not (_formatted_cpf(found) or cpf_valid(digits)):
        return None
    return mask_document(Document("cpf", digits), style)


def _masked_phone(found: str) -> str | None:
    if len(found) == 8:
        return None
    try:
        phone = parse_phone(found)
    except IdentifierError:
        return None
    if phone and (phone.kind in _READ or (phone.kind == "invalid_ddd" and "(" in found)):
        return mask_phone(phone)
    return None
