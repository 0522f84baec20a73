"""E-mail addresses: one canonical key each, whatever stands around them, or nothing.

Stricter than RFC 5321 where nobody's real address is lost (no quoted local parts, no address
literals, a dot in the domain); international letters pass (RFC 6531), and a domain has one key
whether it is written in them or as DNS knows it (``xn--``, RFC 3492).
"""

import re
from typing import NamedTuple
from unicodedata import normalize

from mirror.text import clean

_LONGEST = 254
_LONGEST_TEXT = 2_000
_MOST = 20

# What nearly every address looks like; short enough that no part can be too long.
_is_usual = re.compile(
    r"[a-z0-9]++(?:[._+-][a-z0-9]++)*+@(?:[a-z0-9]++(?:-[a-z0-9]++)*+\.)++[a-z]{2,}"
).fullmatch
_LONGEST_USUAL = 60
_is_address = re.compile(
    r"(?=[^@]{1,64}@)[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*"
    r"@(?:[^\W_](?:(?:[^\W_]|-){0,61}[^\W_])?\.)+[^\W_](?:(?:[^\W_]|-){0,61}[^\W_])"
).fullmatch
_in_words = re.compile(r"(?:mailto:)?([\w!#$%'*+^`{}~.-]+@[\w-]+(?:\.[\w-]+)*)")
"""An address in a text; the marks ``/ | & ? =`` set it apart from the next, and from parameters."""
_display_name = re.compile(r"[^@<>;,|]*<[^@<>]+@[^@<>]+>[\s;,.]*").fullmatch
_between = re.compile(r"\b(?:e|ou|and|or)\b|[^\w@]+")


class Addresses(NamedTuple):
    """What a text holds of e-mail addresses."""

    keys: tuple[str, ...]
    """Each once, in the text's order."""
    left_out: bool
    """Whether there were other words too, or what looks like an address and is none."""


def parse_email(raw: str) -> str | None:
    """The key an address is kept and found by (NFKC, lower case, trimmed); None if it is none."""
    text = raw.lower() if raw.isascii() else _fold(raw)
    if len(text) <= _LONGEST_USUAL and _is_usual(text) and "@xn--" not in text:
        return text if ".xn--" not in text else _spelled_out(text)
    if len(text) > _LONGEST:
        return None
    if _is_address(text):
        return _spelled_out(text)
    trimmed = (clean(text) or "").rstrip(".")
    return _spelled_out(trimmed) if trimmed != text and _is_address(trimmed) else None


def parse_emails(raw: str) -> Addresses:
    """Read every address of a text: several with any mark between, names around, ``Ana <a@b>``."""
    whole = parse_email(raw)
    if whole:
        return Addresses((whole,), False)
    text = _fold(raw[:_LONGEST_TEXT])
    found = [(one, parse_email(one[1])) for one in _in_words.finditer(text)][:_MOST]
    keys = tuple(dict.fromkeys(key for _, key in found if key))
    rest = text
    for one, key in reversed(found):
        if key:
            rest = f"{rest[: one.start()]} {rest[one.end() :]}"
    words = _between.sub("", rest) and not (len(keys) == 1 and _display_name(text))
    return Addresses(keys, bool(words) or len(raw) > _LONGEST_TEXT)


def _fold(raw: str) -> str:
    if len(raw) > 4 * _LONGEST_TEXT:
        return raw
    folded = normalize("NFKC", normalize("NFKC", raw).lower())
    return clean(folded) or ""


def _spelled_out(address: str) -> str:
    """The address with its domain in the letters that DNS's spelling of it stands for."""
    if "xn--" not in address:
        return address
    name, _, domain = address.rpartition("@")
    spelled = f"{name}@{'.'.join(map(_label, domain.split('.')))}"
    return spelled if _is_address(spelled) else address


def _label(label: str) -> str:
    if not label.startswith("xn--"):
        return label
    try:
        return normalize("NFKC", label[4:].encode("ascii").decode("punycode").lower())
    except UnicodeError:
        return label
