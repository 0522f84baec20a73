"""The only module that speaks HTTP to a master.

One origin, no redirects, no cookies, no proxies from the environment; a total deadline, a bounded
body, strict content types; retries with jitter that obey Retry-After; a budget of requests.
"""

import ipaddress
import time
from collections import deque
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Annotated
from urllib.parse import urlsplit

import msgspec
import tenacity
from msgspec import Meta

from connector.answers import Again, check_status, check_type, clock_of, why
from connector.http import httpx
from connector.problems import BadAnswer, OriginRefused, Unreachable
from connector.wire import BoundedTransport, Broken, Deadline, PeerRefused, TooLarge, body_of

_AGENT = "espelho/0.1 (read-only customer mirror)"

_Positive = Annotated[int, Meta(ge=1)]


class Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How far the connector goes for one master."""

    timeout_s: Annotated[float, Meta(gt=0)] = 30.0
    """Total time of one request, connection and body included."""
    max_bytes: _Positive = 8_000_000
    """Largest body, inflated."""
    attempts: _Positive = 4
    longest_wait_s: Annotated[float, Meta(ge=0)] = 60.0
    """Longest wait between attempts, whatever Retry-After asks."""
    per_minute: _Positive = 600


class Answer(msgspec.Struct, frozen=True):
    """A 2xx answer with a JSON body, not yet decoded."""

    body: bytes
    at: datetime
    """The master's clock (its Date header), ours where it sends none."""


class Fetcher:
    """Reads JSON from one origin. Not for use by several threads at once."""

    def __init__(
        self,
        base_url: str,
        headers: Mapping[str, str],
        limits: Limits,
        *,
        allow_insecure: bool = False,
        allow_private: bool = False,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._base = base_url.rstrip("/")
        self._limits = limits
        self._sleep = sleep
        self._sent: deque[float] = deque()
        self._deadline = Deadline()
        host = _checked_host(self._base, allow_insecure)
        transport = BoundedTransport(
            self._deadline,
            secure=self._base.startswith("https:"),
            allow_private=allow_private or _is_loopback(host),
        )
        self._client = _client(transport, headers, limits)
        self.requests = 0

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def get(self, path: str, query: Mapping[str, str]) -> Answer:
        """GET ``path`` under the base URL, retried while that makes sense; raises MasterProblem."""
        attempts = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(Again),
            stop=tenacity.stop_after_attempt(self._limits.attempts),
            wait=self._wait,
            sleep=self._sleep,
            reraise=True,
        )
        try:
            return attempts(self._once, path, query)
        except Again as again:
            raise again.problem from None

    def _once(self, path: str, query: Mapping[str, str]) -> Answer:
        self._keep_budget()
        self._deadline.start(self._limits.timeout_s)
        self.requests += 1
        try:
            with self._client.stream("GET", self._url(path), params=dict(query)) as response:
                self._client.cookies.clear()
                check_status(response, self._base)
                check_type(response, self._base)
                encoding = response.headers.get("content-encoding", "identity").lower()
                body = body_of(response.iter_raw(), encoding, self._limits.max_bytes)
                return Answer(body, clock_of(response))
        except PeerRefused as refused:
            raise OriginRefused(
                f"{refused}: not read. If the master really is inside your network, set "
                "allow_private = true for this source."
            ) from None
        except TooLarge:
            raise Again(
                BadAnswer(
                    f"{self._base} sent a page larger than {self._limits.max_bytes:,} bytes. "
                    "Nothing of it was used; ask for smaller pages."
                )
            ) from None
        except Broken:
            raise Again(BadAnswer(f"{self._base} sent a page that does not inflate.")) from None
        except httpx.HTTPError as error:
            raise Again(Unreachable(why(error, self._base))) from None

    def _url(self, path: str) -> str:
        url = f"{self._base}{path}"
        if _origin(url) != _origin(self._base) or "\\" in url:
            raise OriginRefused(f"A request would have left {self._base}; it was not sent.")
        return url

    def _wait(self, state: tenacity.RetryCallState) -> float:
        again = state.outcome.exception() if state.outcome else None
        asked = again.wait_s if isinstance(again, Again) else None
        jitter = tenacity.wait_random_exponential(multiplier=0.5, max=20)(state)
        return min(self._limits.longest_wait_s, (asked or 0) + jitter)

    def _keep_budget(self) -> None:
        """Wait until another request fits into the last minute."""
        now = time.monotonic()
        while self._sent and self._sent[0] <= now - 60:
            self._sent.popleft()
        if len(self._sent) >= self._limits.per_minute:
            self._sleep(self._sent[0] + 60 - now)
        self._sent.append(time.monotonic())


def _client(
    transport: BoundedTransport, headers: Mapping[str, str], limits: Limits
) -> httpx.Client:
    own = {"User-Agent": _AGENT, "Accept": "application/json", "Accept-Encoding": "gzip"}
    return httpx.Client(
        transport=transport,
        headers={**own, "Cache-Control": "no-store", **headers},
        timeout=limits.timeout_s,
        follow_redirects=False,
        trust_env=False,
    )


def _checked_host(base_url: str, allow_insecure: bool) -> str:
    try:
        parts = urlsplit(base_url)
        host = parts.hostname if parts.port != 0 else None
    except ValueError:  # a port that is none, half a bracket
        host = None
    if not host or parts.scheme not in ("http", "https") or parts.username is not None:
        raise OriginRefused(
            "base_url must be like https://master.example, without a user name in it."
        )
    if parts.scheme == "http" and not (_is_loopback(host) or allow_insecure):
        raise OriginRefused(
            f"{base_url} is plain http: credentials and customers would cross the network "
            "readable. Use https, or set allow_insecure = true for this source."
        )
    return host


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _origin(url: str) -> tuple[str, str | None, int | None, str | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port, parts.username
