"""Strict JSON, tidy text: one look at a record's bytes settles what is true of all its values.

msgspec refuses NaN, lone surrogates and anything but UTF-8; it does not refuse a key that occurs
twice. Counting keys finds those at a tenth of the price of a second parser: with nothing escaped
and no space follows a quote, every ``":`` ends one key. In the same way a text is tidy
(`mirror.text`) when the whole record is, and that is one check instead of fifty.
"""

import codecs
import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from mirror.text import clean

LARGEST = 256_000
"""Bytes of one record; the usual is a thousand."""


class NotStrict(ValueError):
    """The bytes are not JSON as this connector accepts it; the message is a rule's name."""


_PRINTABLE = bytes(range(0x20, 0x7F))
_COMPOSED = re.compile("[\xa1-\xac\xae-\u02af]*")
_decode = msgspec.json.Decoder().decode
_ENTITY = r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z]{2,31}[0-9]{0,2});"
_entity = re.compile(_ENTITY)
"""What a web form left in a text (``Souza &amp; Filhos``): decoded once, as it was put in once."""
_raw_entity = re.compile(_ENTITY.encode()).search


def decode_object(
    raw: bytes, *, tidy: bool = False, odd: Callable[[], None] = lambda: None
) -> dict[str, Any]:
    """A JSON object without repeated keys, its texts tidied; raises NotStrict with the rule broken.

    Line breaks inside a text stay: only the field knows whether it may have them. ``tidy``: the
    whole page was found tidy already. ``odd`` is called for one that had to be put into UTF-8.
    """
    if len(raw) > LARGEST:
        raise NotStrict("too_large")
    try:
        return _checked(raw, tidy or is_tidy(raw))
    except UnicodeDecodeError:
        odd()
        return decode_object(in_utf8(raw))
    except msgspec.DecodeError:
        raise NotStrict("not_json") from None
    except RecursionError:
        raise NotStrict("nested_too_deep") from None


def in_utf8(raw: bytes) -> bytes:
    """The same text in UTF-8: bytes that are none are read as Windows-1252.

    Whatever a master says of its encoding: what is right UTF-8 stays, so that one byte of an old
    database costs its own letter and not those of the rest.
    """
    return raw.decode("utf-8", _AS_WINDOWS).encode()


def _windows(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeDecodeError)  # noqa: S101 - nothing else is asked of it
    if half := _HALF.match(error.object, error.start):
        return "", half.end()
    one = error.object[error.start : error.start + 1]
    return one.decode("cp1252", "replace"), error.start + 1


_HALF = re.compile(rb"\xed[\xa0-\xbf][\x80-\xbf]")
"""Half of a letter of two units, such as an emoji, where programs write each by itself."""
_AS_WINDOWS = "espelho.windows-1252"
codecs.register_error(_AS_WINDOWS, _windows)


# Mends what makes a whole page unreadable and is the fault of one text on it.

_INSIDE = rb'(?:[^"\\]|\\.)'
_PART = re.compile(
    rb'(?P<text>"%b*"(?=\s*(?:[,:}\]]|\Z)))'  # as it should end
    rb'|(?P<open>"%b*?\\"(?=\s*[,}\]]))'  # at its end a backslash that took the mark for a letter
    rb'|"%b*+'
    rb"|(?P<none>-?\b(?:NaN|Infinity)\b)"
    rb"|(?<![\w.+-])(?P<code>0\d+)\b(?!\.)" % ((_INSIDE,) * 3),
    re.DOTALL,
)
_WRONG = re.compile(rb'[\x00-\x1f]|\\(?!["\\/bfnrt]|u[0-9a-fA-F]{4})|\\.', re.DOTALL)


def mended(body: bytes) -> bytes:
    """JSON with every text as it was meant, where programs write texts without escaping them.

    A raw control character and a lone backslash are escaped, half an emoji goes, a number that is
    none (NaN, Infinity) is nothing, a code with leading zeros is a text. What is right stays byte
    for byte; what cannot be mended is returned as it is, for its reader to refuse.
    """
    return without_half_characters(_PART.sub(_meant, body))


def _meant(match: re.Match[bytes]) -> bytes:
    if match["none"]:
        return b"null"
    if match["code"]:
        return b'"%b"' % match["code"]
    text = match["text"] or (match["open"] and match["open"][:-2] + b'\\\\"')
    if not text:
        return match[0]
    return b'"%b"' % _WRONG.sub(_escaped, text[1:-1])


def _escaped(match: re.Match[bytes]) -> bytes:
    found = match[0]
    if len(found) == 2:  # an escape that is one
        return found
    return b"\\\\" if found == b"\\" else b"\\u%04x" % found[0]


_ESCAPE = re.compile(
    rb"\\(?:u[dD][89abAB]..\\u[dD][c-fC-F]..|(?P<lone>u[dD][89a-fA-F]..)|.)", re.DOTALL
)


def without_half_characters(body: bytes) -> bytes:
    """JSON without the half emoji of programs that cut texts at so many units: worth no page."""
    return _ESCAPE.sub(lambda match: b"" if match["lone"] else match[0], body)


def refuse_repeated_keys(raw: bytes) -> None:
    """Parse again, slowly, and raise NotStrict when an object has a key twice."""
    try:
        json.loads(raw, object_pairs_hook=_unique, parse_int=str, parse_float=str)
    except RecursionError:
        raise NotStrict("nested_too_deep") from None


def _checked(raw: bytes, tidy: bool) -> dict[str, Any]:
    value = _decode(raw)
    if not isinstance(value, dict):
        raise NotStrict("not_an_object")
    if tidy and raw.count(b'":') == _keys_in(value):
        return value
    refuse_repeated_keys(raw)
    return value if tidy else tidied(value)


def _keys_in(value: dict[str, Any]) -> int:
    number = len(value)
    for child in value.values():
        if type(child) is dict:
            number += _keys_in(child)
        elif type(child) is list:
            for item in child:
                if type(item) is dict:
                    number += _keys_in(item)
    return number


def is_tidy(raw: bytes) -> bool:
    """Whether every text inside these JSON bytes is tidy already; False where that takes work."""
    # No escapes, no double or edge spaces anywhere: then no text inside has any either. What is
    # left of the bytes without printable ASCII is the accented letters, all composed ones.
    if b"\\" in raw or b"  " in raw or b'" ' in raw or b' "' in raw:
        return False
    if b"&" in raw and _raw_entity(raw):
        return False
    return _COMPOSED.fullmatch(raw.translate(None, _PRINTABLE).decode()) is not None


def tidied(value: Any) -> Any:
    """The value with every text in it tidy: no controls, no HTML entities, blanks once."""
    if type(value) is str:
        plain = _entity.sub(_as_read, value) if "&" in value else value
        return clean(plain, lines=True) or ""  # a text still, as it is where all is tidy
    if type(value) is dict:
        return {key: tidied(child) for key, child in value.items()}
    if type(value) is list:
        return [tidied(child) for child in value]
    return value


def _as_read(entity: re.Match[str]) -> str:
    from html import unescape  # its two thousand names are for the few registers that need them

    return unescape(entity[0])


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise NotStrict("repeated_key")
    return result


# By what a master says nothing: programs write "null" and false where nothing is known.

ABSENT = frozenset({"", "null", "NULL", "n/a", "N/A", "None", "none", "undefined", "NaN", "nan"})
LONGEST_ABSENT = 9
"""Texts by which programs say nothing, and how long the longest is."""


def absent(value: Any) -> bool:
    """Whether a master says nothing by it: null, false, "", [], {}, "null", "N/A" and the like.

    Zero is a number. Where true and false are the words of a field, its map says so.
    """
    if type(value) is str:
        return len(value) <= LONGEST_ABSENT and value in ABSENT
    return value is None or value is False or value == [] or value == {}


_NO_DAYS = frozenset({"0000-00-00", "0001-01-01", "1899-12-30", "1899-12-31", "1900-01-01"})
"""The days that programs write for none: zero, the first of all, a spreadsheet's and a server's."""


def no_day(value: Any) -> bool:
    """Whether a date says nothing: absent, or a day that programs write for none, at any time."""
    if type(value) is str:
        return value[:10] in _NO_DAYS or value in ABSENT
    return value is None or absent(value)


def texts_below(value: Any) -> Iterator[str]:
    """Every text and number in a value, keys that are numbers among them."""
    if type(value) is str:
        yield value
    elif type(value) is int or type(value) is float:
        yield str(value).removesuffix(".0")
    elif type(value) is list:
        for one in value:
            yield from texts_below(one)
    elif type(value) is dict:
        for key, one in value.items():
            yield from (key,) if key.isdigit() else ()
            yield from texts_below(one)


_EXACT = 2**53
"""Beyond it a number of JSON has lost digits on its way."""


def whole_number(value: Any) -> Any:
    """``12.0`` as 12, as some programs write every number; anything else as it is."""
    if type(value) is float and value.is_integer() and abs(value) < _EXACT:
        return int(value)
    return value


def written(value: Any) -> str:
    """A value as a map's words have it: ``true`` and ``false``, a number without ``.0``."""
    return str(value).lower() if type(value) is bool else str(whole_number(value))
