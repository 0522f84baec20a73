"""Hides CPFs, CNPJs, telephones and e-mail addresses inside a text: notes, own fields, names.

Company names of older MEIs end in their owner's whole CPF, and a master may put a number wherever
it likes. Hiding too much is the lesser error.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from unicodedata import decimal, normalize

from mirror.identifiers import IdentifierError, parse_phone
from mirror.masking.hidden_documents import Own, mask_documents, own_number
from mirror.masking.numbers import mask_email, mask_phone

NOBODY: Own = {}
_email = re.compile(
    # The asterisks are those of documents hidden in it before. Where one domain runs into the next
    # address ("a@x.com-b@y.com") nobody can tell where: all of it is one.
    r"""[^\s@<>()\[\],;:"][^\s<>()\[\],;:"]{0,63}"""
    r"""(?:@(?:[^\W_]|\*)(?:[\w*-]*(?:[^\W_]|\*))?(?:\.[\w*-]+)*)+"""
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
_cnpj_s_end = re.compile(r"[\w./-]{12}\d\d").search  # but perhaps a CNPJ, nearly all letters
_DASHES = "‐‑‒–—―−"
_LONGEST_NUMBER = 60
_READ = ("mobile", "landline", "local", "foreign")


def mask_text(text: str, style: str = "staff", own: Own = NOBODY, *, strict: bool = False) -> str:
    """The text with every CPF, CNPJ, telephone and e-mail address in it masked.

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
    plain = text if text.isascii() else _folded(text)
    if own and len(plain) <= _LONGEST_NUMBER and (whole := own_number(_alone(plain), own)):
        return whole
    # Documents first: one may end in what would be an e-mail's beginning.
    hidden = plain
    if counts or _cnpj_s_end(plain):
        hidden = mask_documents(plain, style, own, strict=strict)
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


def _alone(text: str) -> str:
    return "".join(filter(str.isalnum, text)).upper()


def _folded(text: str) -> str:
    return "".join(c if c.isascii() else _fold(c) for c in text)


@lru_cache(2048)
def _fold(character: str) -> str:
    """What a character stands for; not the small digit of a footnote, which is no digit more."""
    if character.isdecimal():
        return str(decimal(character))
    if character in _DASHES:
        return "-"
    folded = normalize("NFKC", character)
    return character if len(folded) != 1 or folded.isdecimal() else folded


def _masked_phone(found: str) -> str | None:
    if len(found) == 8:
        return None
    try:
        phone = parse_phone(found.replace("_", "-"))
    except IdentifierError:
        return None
    if phone and (phone.kind in _READ or (phone.kind == "invalid_ddd" and "(" in found)):
        return mask_phone(phone)
    return None
