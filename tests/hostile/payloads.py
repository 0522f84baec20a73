"""The catalogue's payloads as whole HTTP answers, in the dialect the catalogue writes."""

import json
import re
from base64 import b64decode
from collections.abc import Iterator
from typing import Any

from tests.fakes.hostile import reply
from tests.fakes.master import encode

LAST = encode({"items": [], "next": None, "has_more": False})
STAMP = "2024-01-01T00:00:00Z"

DIALECT: dict[str, Any] = {
    "map": {
        "emails": ["email", "emails[].address"],
        "phones": ["phone"],
        "master_url": "site",
        "customer_since": "since",
        "last_purchase_at": "last_purchase",
        "loyalty": {"at": "$", "parts": {"points": "money"}},
    }
}
"""Laid on the preset ``omni``: the catalogue's short names for the fields of a customer."""


def answers(payload: dict[str, Any]) -> list[bytes]:
    """The payload as whole HTTP answers, one a value."""
    if payload["type"] == "http":
        return [_whole(payload)]
    if payload["type"] == "bytes_b64":
        return [reply(b64decode(payload["value"]))]
    return [reply(dated(text).encode()) for text in texts(payload)]


def sole(payload: dict[str, Any]) -> bytes:
    """The only answer of a payload."""
    (told,) = answers(payload)
    return told


def texts(payload: dict[str, Any]) -> list[str]:
    """The values of a payload that has one or several, or steps."""
    found: list[str] = payload.get("values") or payload.get("steps") or [payload["value"]]
    return found


def dated(text: str) -> str:
    """Give the records of the catalogue the instant that every record here must have."""
    return text.replace('{"id":', f'{{"updated_at":"{STAMP}","id":')


def page(*items: Any, **top: Any) -> bytes:
    """The last page of a listing, as a whole answer; ``top`` is laid on it."""
    return reply(encode({"items": list(items), "next": None, "has_more": False} | top))


def one(**fields: Any) -> dict[str, Any]:
    """The catalogue's usual record with these fields."""
    return {"id": 1, "v": 1, "updated_at": STAMP} | fields


def page_of(text: str) -> bytes:
    """A page whose only record is this JSON, undated records getting their instant."""
    stamped = text if "updated_at" in text else text.replace("{", f'{{"updated_at":"{STAMP}",', 1)
    return reply(b'{"items":[%b],"next":null,"has_more":false}' % stamped.encode())


def _whole(payload: dict[str, Any]) -> bytes:
    body = b64decode(payload["body_b64"]) if "body_b64" in payload else b""
    headers = {name.replace("-", "_"): text for name, text in payload.get("headers", {}).items()}
    kind = headers.pop("Content_Type", "application/json")
    told = reply(body or payload.get("body", "").encode(), payload["status"], kind=kind, **headers)
    if payload.get("close") and "Content_Length" not in headers:
        return re.sub(rb"Content-Length: \d+\r\n", b"", told)
    return told


_OURS = {"PF", "PJ", "active", STAMP}


def leaves(answer: bytes) -> Iterator[str]:
    """Every text in an answer's JSON that is long enough to be recognised elsewhere."""
    try:
        value = json.loads(answer.partition(b"\r\n\r\n")[2])
    except (ValueError, RecursionError):
        return
    for text in _texts_in(value):
        if len(text) >= 6 and text not in _OURS:
            yield text[:60]


def _texts_in(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    children = value.values() if isinstance(value, dict) else value
    if isinstance(value, dict | list):
        for child in children:
            yield from _texts_in(child)
