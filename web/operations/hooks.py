"""`POST /hooks/SOURCE`: a master says that something changed.

What it says is never data: a right secret makes it a reason to ask the master, for the customer it
names or for what changed. A wrong secret and an unknown source get the same answer.
"""

import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, request
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import RequestEntityTooLarge

from mirror.ledger import hints
from mirror.store.engine import Database
from mirror.store.faults import Replaced


@dataclass(frozen=True)
class Hook:
    """How one source's hints are known to be its own."""

    header: str
    secret: str
    id_keys: tuple[str, ...] = ()
    """Where in the body the customer may be named: keys, dots between them; the first one there."""


def blueprint(ledger: Database, hooks: Mapping[str, Hook]) -> Blueprint:
    """Receives the hints of these sources."""
    bp = Blueprint("hooks", __name__, url_prefix="/hooks")

    @bp.post("/<source>")
    def hinted(source: str) -> Response:
        hook = hooks.get(source)
        if not _is_right(hook):
            return Response(status=401)
        try:
            hints.put(ledger, source, _named(hook, _body()) if hook else None)
        except (Replaced, SQLAlchemyError):
            return Response(status=503, headers={"Retry-After": "60"})
        return Response(status=202)

    return bp


def _body() -> bytes:
    try:
        return request.get_data()
    except RequestEntityTooLarge:  # too much to read is still a reason to look
        return b""


def _is_right(hook: Hook | None) -> bool:
    offered = request.headers.get(hook.header if hook else "X-Hook-Secret", "")
    # Compared also where there is no such source: the time taken tells nothing.
    same = hmac.compare_digest(offered.encode(), (hook.secret if hook else "-").encode())
    return same and hook is not None


def _named(hook: Hook, body: bytes) -> str | None:
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        return None
    for keys in hook.id_keys:
        found = _at(told, keys.split("."))
        if type(found) in (str, int) and hints.is_id(str(found)):
            return str(found)
    return None


def _at(told: Any, keys: list[str]) -> Any:
    for key in keys:
        told = told.get(key) if isinstance(told, dict) else None
    return told
