"""The terminals' API, ``/api/v1``: points of sale look customers up and can change nothing."""

import logging
from collections.abc import Callable, Iterator
from typing import NoReturn

from flask import Blueprint, Response
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException

from mirror.ledger.guard import Locked
from mirror.ledger.journal import AuditUnavailable, BudgetSpent
from mirror.store.engine import Database
from mirror.store.faults import Replaced
from mirror.store.sealing import SealBroken
from web.settings import WebSettings
from web.terminals import problems
from web.terminals.lookup import Terminals
from web.terminals.problems import Problem

_log = logging.getLogger(__name__)

_WRITING = ("POST", "PUT", "PATCH", "DELETE")
_EVERY = ("GET", *_WRITING)
_Refusal = Callable[..., NoReturn]


def blueprint(mirror: Database, ledger: Database, settings: WebSettings) -> Blueprint:
    """The API over an open mirror (may be read-only) and ledger; no answer may be stored.

    Every address below ``/api/v1`` is answered here, the unknown ones too, so that a terminal gets
    problem+json whatever goes wrong.
    """
    bp = Blueprint("pdv", __name__, url_prefix="/api/v1")
    terminals = Terminals(mirror, ledger, settings)
    bp.add_url_rule("/lookup", view_func=terminals.lookup, methods=("POST",))
    bp.add_url_rule("/freshness", view_func=terminals.freshness, methods=("GET",))
    for number, (rule, methods, refusal) in enumerate(_refusals(settings.master_url)):
        bp.add_url_rule(rule, f"refusal_{number}", refusal, methods=methods)
    bp.after_request(_unstored)
    _explain(bp)
    return bp


def _refusals(master_url: str | None) -> Iterator[tuple[str, tuple[str, ...], _Refusal]]:
    """Address, methods and answer of everything that cannot be done."""
    where = {"master_url": master_url} if master_url else {}
    for rule in ("/customers", "/customers/", "/customers/<path:_>"):
        yield rule, _WRITING, _refuse("read-only", allow="GET", **where)
    for rule in ("/customers", "/customers/"):
        yield rule, ("GET",), _refuse("no-listing")
    yield "/lookup", ("GET", "PUT", "PATCH", "DELETE"), _refuse("method-not-allowed", allow="POST")
    yield "/freshness", _WRITING, _refuse("method-not-allowed", allow="GET")
    for rule in ("/", "/<path:_>"):
        yield rule, _EVERY, _refuse("not-found")


def _refuse(code: str, allow: str | None = None, **members: str) -> _Refusal:
    headers = {"Allow": allow} if allow else {}

    def refuse(**_: str) -> NoReturn:
        raise Problem(code, headers=headers, **members)

    return refuse


def _explain(bp: Blueprint) -> None:
    bp.register_error_handler(Problem, problems.answer)
    bp.register_error_handler(HTTPException, problems.answer_http)
    bp.register_error_handler(BudgetSpent, _too_many)
    bp.register_error_handler(Locked, lambda _: problems.answer(Problem("locked")))
    for failure in (AuditUnavailable, Replaced, SQLAlchemyError, SealBroken):
        bp.register_error_handler(failure, _unavailable)


def _too_many(spent: BudgetSpent) -> Response:
    wait = {"Retry-After": str(spent.retry_after_s)}
    return problems.answer(Problem("too-many-lookups", headers=wait))


def _unavailable(error: Exception) -> Response:
    # The driver's own words name files and locks; a statement could quote what was asked.
    cause = getattr(error, "orig", None) or type(error).__name__
    _log.error("The terminals' API answers 503: %s", cause)
    return problems.answer(Problem("unavailable"))


def _unstored(answer: Response) -> Response:
    answer.headers["Cache-Control"] = "no-store"
    return answer
