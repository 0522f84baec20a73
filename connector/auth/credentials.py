"""Requests with credentials: fixed ones, or a session; put on last, renewed once when refused."""

import re
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import msgspec

from connector.http import AccessRefused, Answer, Request, RequestRefused
from connector.http.client import Fetcher
from connector.http.transport import ENDING


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
        sleep: Callable[[float], None] = ENDING.sleep,
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
        """See `connector.http.client.Fetcher.send`; refused credentials are renewed once."""
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
    body = request.json or {}
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
            body = _with(body, _STEP.findall(name), value)
    return msgspec.structs.replace(
        request,
        headers=headers,
        query=query,
        json=body or request.json,
        form=form if request.form is not None else None,
    )


_STEP = re.compile(r"\[(\d{1,3})\]|([^.\[\]]+)")


def _with(body: Any, steps: Sequence[tuple[str, str]], value: str) -> Any:
    """A copy of the body with the value where keys and ``[places]`` lead; what lacks is made."""
    if not steps:
        return value
    (place, key), *further = steps
    if key:
        below = body if isinstance(body, dict) else {}
        return {**below, key: _with(below.get(key), further, value)}
    number = int(place)
    items = list(body) if isinstance(body, list) else []
    items += [None] * (number + 1 - len(items))
    items[number] = _with(items[number], further, value)
    return items


# A login call whose cookies go with every request; asked again when the master forgets them.


class Cookies:
    """Credentials that a login gives."""

    def __init__(self, fetcher: Fetcher, path: str, body: Any, names: Sequence[str]) -> None:
        self._fetcher = fetcher
        self._login = Request(path, method="POST", json=body, bare=True)
        self._names = names
        self._cookie: str | None = None

    def put(self, request: Request) -> Request:
        """See Credentials."""
        if self._cookie is None:
            self._cookie = self._asked()
        return placed(request, {"header:Cookie": self._cookie})

    def renew(self) -> bool:
        """A session ends by itself: worth another login."""
        self._cookie = None
        return True

    def _asked(self) -> str:
        try:
            answer = self._fetcher.send(self._login)
        except (RequestRefused, AccessRefused):
            raise AccessRefused(
                "The master refused the login of this source. Check its user and password."
            ) from None
        told = answer.headers.get("set-cookie", "")
        found = [
            re.search(rf"(?:^|[,;\s]){re.escape(name)}=([^;,\s]+)", told) for name in self._names
        ]
        given = [
            f"{name}={match[1]}" for name, match in zip(self._names, found, strict=True) if match
        ]
        if not given:
            raise AccessRefused(
                "The master's login gave none of the cookies this source names (auth.cookies)."
            )
        return "; ".join(given)
