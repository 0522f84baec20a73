"""Reads what a terminal asks for: one strict JSON object, one term, of a kind it names itself."""

import json
import re
from collections.abc import Callable

from flask import Request
from werkzeug.exceptions import RequestEntityTooLarge

from mirror.identifiers import (
    LONGEST_TERM,
    IdentifierError,
    Query,
    Reading,
    classify,
    parse_document,
    parse_email,
)
from mirror.identifiers.documents import canonical_document, number_like
from mirror.identifiers.terms import code_key
from web.problems import Problem

LARGEST_BODY = 4096

_NOTHING = Query((), "nothing_understood")
_is_code = re.compile("[A-Za-z0-9_.:-]{1,64}").fullmatch
_has_surrogate = re.compile("[\ud800-\udfff]").search  # JSON can write them, UTF-8 cannot


def asked(request: Request, default_ddd: str | None) -> Query:
    """The query in the body of this request.

    Raises Problem where the body is not one JSON object with one of document, phone, email, code;
    a term that is none of its kind is a Query with a problem and no readings.
    """
    key, term = _single(_json(request))
    if len(term) > LONGEST_TERM:
        return Query((), "too_long")
    try:
        return KINDS[key](term, default_ddd)
    except IdentifierError as error:
        return Query((), error.code)


def _json(request: Request) -> object:
    if request.mimetype != "application/json":
        raise Problem("content-type")
    request.max_content_length = LARGEST_BODY
    try:
        # Pairs, not a dict: a repeated key must be seen. An object is a tuple, an array a list.
        return json.loads(request.get_data().decode(), object_pairs_hook=tuple)
    except RequestEntityTooLarge:
        raise Problem("body-too-large") from None
    except (ValueError, RecursionError):
        raise Problem("body-not-json") from None


def _single(body: object) -> tuple[str, str]:
    if isinstance(body, tuple) and len(body) == 1:
        key, term = body[0]
        if key in KINDS and isinstance(term, str) and not _has_surrogate(term):
            return key, term
    raise Problem("one-key")


def _document(term: str, _: str | None) -> Query:
    document = parse_document(term)
    if document is None:
        return _NOTHING
    if document.kind != "other":
        problem = None if document.valid else f"{document.kind}_check_digits"
        return Query((Reading(document.kind, document.value, ""),), problem)
    number = canonical_document(term)
    return Query((Reading("document", number, ""),), None) if number_like(number) else _NOTHING


def _phone(term: str, default_ddd: str | None) -> Query:
    query = classify(term, default_ddd)
    readings = tuple(one for one in query.readings if one.kind in ("phone", "phone_tail"))
    if not readings:
        return _NOTHING
    wrong = query.problem == "phone_area_code"  # other problems are of other readings
    return Query(readings, query.problem if wrong else None)


def _email(term: str, _: str | None) -> Query:
    email = parse_email(term)
    return Query((Reading("email", email, ""),), None) if email else Query((), "email_invalid")


def _code(term: str, _: str | None) -> Query:
    code = term.strip()
    return Query((Reading("code", code_key(code), ""),), None) if _is_code(code) else _NOTHING


KINDS: dict[str, Callable[[str, str | None], Query]] = {
    "document": _document,
    "phone": _phone,
    "email": _email,
    "code": _code,
}
"""The key of a request → how its term is read."""
