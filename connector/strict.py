"""Strict JSON: what two readers could understand differently is refused.

msgspec refuses NaN, lone surrogates and anything but UTF-8; it does not refuse a key that occurs
twice. Counting keys finds those at a tenth of the price of a second parser: in compact JSON every
``":`` outside an escape ends one key.
"""

import json
from typing import Any

import msgspec


class NotStrict(ValueError):
    """The bytes are not JSON as this connector accepts it; the message is a rule's name."""


_decode = msgspec.json.Decoder().decode


def decode_object(raw: bytes) -> dict[str, Any]:
    """A JSON object without repeated keys; raises NotStrict with the rule it breaks."""
    try:
        value = _decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise NotStrict("not_json") from None
    except RecursionError:
        raise NotStrict("nested_too_deep") from None
    if not isinstance(value, dict):
        raise NotStrict("not_an_object")
    if raw.count(b'":') - raw.count(b'\\":') != _keys_in(value):
        refuse_repeated_keys(raw)
    return value


def _keys_in(value: dict[str, Any]) -> int:
    number = len(value)
    for child in value.values():
        if type(child) is dict:
            number += _keys_in(child)
        elif type(child) is list:
            number += sum(_keys_in(item) for item in child if type(item) is dict)
    return number


def refuse_repeated_keys(raw: bytes) -> None:
    """Parse again, slowly, and raise NotStrict when an object has a key twice."""
    try:
        json.loads(raw, object_pairs_hook=_unique)
    except RecursionError:
        raise NotStrict("nested_too_deep") from None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise NotStrict("repeated_key")
    return result
