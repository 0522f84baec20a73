"""E-mail addresses: one canonical key, or nothing.

Stricter than RFC 5321 where nobody's real address is lost (no quoted local parts, no address
literals, a dot in the domain); international letters pass (RFC 6531).
"""

import re
from unicodedata import normalize

from mirror.text import clean

_LONGEST = 254

# What nearly every address looks like; short enough that no part can be too long.
_is_usual = re.compile(
    r"[a-z0-9]++(?:[._+-][a-z0-9]++)*+@(?:[a-z0-9]++(?:-[a-z0-9]++)*+\.)++[a-z]{2,}"
).fullmatch
_LONGEST_USUAL = 60
_is_address = re.compile(
    r"(?=[^@]{1,64}@)[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*"
    r"@(?:[^\W_](?:(?:[^\W_]|-){0,61}[^\W_])?\.)+[^\W_](?:(?:[^\W_]|-){0,61}[^\W_])"
).fullmatch


def parse_email(raw: str) -> str | None:
    """The key an address is kept and found by (NFKC, lower case, trimmed); None if it is none."""
    text = raw.lower() if raw.isascii() else _fold(raw)
    if len(text) <= _LONGEST_USUAL and _is_usual(text):
        return text
    if len(text) > _LONGEST:
        return None
    if _is_address(text):
        return text
    trimmed = clean(text)
    return trimmed if trimmed and trimmed != text and _is_address(trimmed) else None


def _fold(raw: str) -> str:
    if len(raw) > 4 * _LONGEST:
        return raw
    folded = normalize("NFKC", normalize("NFKC", raw).lower())
    return clean(folded) or ""
