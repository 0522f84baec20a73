"""A login call whose cookies go with every request; asked again when the master forgets them."""

import re
from collections.abc import Sequence
from typing import Any

from connector.auth.sending import placed
from connector.fetch import Fetcher
from connector.messages import Request
from connector.problems import AccessRefused, RequestRefused


class Cookies:
    """Credentials that a login gives."""

    def __init__(self, fetcher: Fetcher, path: str, body: Any, names: Sequence[str]) -> None:
        self._fetcher = fetcher
        self._login = Request(path, method="POST", json=body)
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
            raise AccessRefused("The master's login gave none of the cookies this source names.")
        return "; ".join(given)
