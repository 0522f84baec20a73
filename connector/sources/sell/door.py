"""Asks Zendesk Sell: what may be sent, and which refusals mean something of their own.

Nothing but GET leaves, apart from the two requests that the Sync protocol cannot do without.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from connector.fetch import Fetcher
from connector.messages import Answer, Request
from connector.problems import AccessRefused, MasterProblem, RequestRefused
from mirror.activity.records import CUSTOMERS

START, ACK = "/v2/sync/start", "/v2/sync/ack"
LISTS: Mapping[str, str] = {CUSTOMERS: "/v2/contacts", "deals": "/v2/deals"}
"""Where the records of each stream are, as a list and one by one."""


class Forbidden(AccessRefused):
    """The token may not do this: no ``sync`` scope, or a plan without Sync."""


class NotThere(RequestRefused):
    """Nothing (any more) at this address: a record, a session, or the whole account."""


class SourceEnded(MasterProblem):
    """The account is closed; the last copy stays as it is."""


class Incomplete(MasterProblem):
    """A full listing of which something is known to be missing: it removes nobody."""


_REFUSALS: Mapping[int, tuple[type[MasterProblem], str]] = {
    401: (
        AccessRefused,
        "does not accept the token (401): it was revoked or belongs elsewhere. Put a new one where "
        "secrets.token of this source points.",
    ),
    403: (
        Forbidden,
        "does not let this token in (403): it lacks a scope, or the plan lacks what was asked for.",
    ),
    404: (NotThere, "has nothing where it was asked (404)."),
    410: (NotThere, "no longer has what it was asked for (410)."),
}


class Door(Fetcher):
    """A fetcher that knows Sell's refusals, and its 202 without a body or a type of one."""

    def _judged(self, request: Request, response: Any) -> Answer:
        status = int(response.status_code)
        if status in request.accept and status == HTTPStatus.ACCEPTED:
            return Answer(b"", datetime.now(UTC), status)
        if status in _REFUSALS and status not in request.accept:
            problem, sentence = _REFUSALS[status]
            raise problem(f"{self._base} {sentence}")
        return super()._judged(request, response)
