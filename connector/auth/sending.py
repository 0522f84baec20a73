"""Requests with credentials: put on last, renewed once when the master refuses them."""

import threading
import time
from collections.abc import Callable, Mapping
from typing import Protocol

import msgspec

from connector.fetch import Fetcher
from connector.messages import Answer, Request
from connector.problems import AccessRefused


class Credentials(Protocol):
    """What goes with every request."""

    def put(self, request: Request) -> Request:
        """The request with the credentials on it; raises MasterProblem where there are none."""

    def renew(self) -> bool:
        """Called after a refusal: whether new ones make another try worth it."""


class Fixed:
    """The same credentials for ever, by their places: ``header:``, ``query:`` or ``body:``."""

    def __init__(self, places: Mapping[str, str]) -> None:
        self._places = dict(places)

    def put(self, request: Request) -> Request:
        """See Credentials."""
        return placed(request, self._places)

    def renew(self) -> bool:
        """Nothing to renew."""
        return False


class Sender:
    """A fetcher whose requests carry credentials."""

    def __init__(
        self,
        fetcher: Fetcher,
        credentials: Credentials,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._fetcher = fetcher
        self._credentials = credentials
        self._sleep = sleep
        self._turn = threading.Lock()
        self._renewals = 0

    @property
    def requests(self) -> int:
        """Requests sent so far."""
        return self._fetcher.requests

    def send(self, request: Request) -> Answer:
        """See `connector.fetch.Fetcher.send`; refused credentials are renewed once."""
        dressed, renewals = self._dressed(request)  # a login that is refused is not tried twice
        try:
            return self._fetcher.send(dressed)
        except AccessRefused:
            if not self._renewed(renewals):
                raise
        return self._fetcher.send(self._dressed(request)[0])

    def _dressed(self, request: Request) -> tuple[Request, int]:
        with self._turn:
            return self._credentials.put(request), self._renewals

    def _renewed(self, since: int) -> bool:
        """Whether there are other credentials by now; of several threads one renews them."""
        with self._turn:
            if self._renewals == since and self._credentials.renew():
                self._renewals += 1
            return self._renewals > since

    def pause(self, seconds: float) -> None:
        """Ask nothing for so long."""
        self._sleep(seconds)

    def close(self) -> None:
        """Close the connections."""
        self._fetcher.close()


def placed(request: Request, places: Mapping[str, str]) -> Request:
    """The request with values put where their keys say."""
    headers, query = dict(request.headers), dict(request.query)
    body = dict(request.json or {})
    form = dict(request.form or {})
    for place, value in places.items():
        where, _, name = place.partition(":")
        if where == "header":
            headers[name] = value
        elif where == "query":
            query[name] = value
        elif request.form is not None:
            form[name] = value
        else:
            body[name] = value
    return msgspec.structs.replace(
        request,
        headers=headers,
        query=query,
        json=body or request.json,
        form=form if request.form is not None else None,
    )
