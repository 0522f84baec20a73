"""The only module that speaks HTTP to a master.

One origin, no redirects, no cookies, no proxies from the environment; a total deadline, a bounded
body, strict content types; retries with jitter that obey Retry-After; a budget of requests.
"""

import time
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Annotated, Any
from urllib.parse import parse_qsl, urlsplit

import msgspec
import tenacity
from msgspec import Meta

from connector.answers import (
    check_coding,
    check_status,
    check_type,
    clock_of,
    is_json,
    why,
)
from connector.budget import Budget
from connector.http import httpx
from connector.messages import Answer, Request
from connector.origins import checked_host, is_loopback, same_origin
from connector.problems import Again, BadAnswer, OriginRefused, Unreachable, WriteRefused
from connector.wire import (
    BoundedTransport,
    Broken,
    Deadline,
    PeerRefused,
    TooLarge,
    body_of,
    client_of,
)

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
    per_second: _Positive | None = None
    per_minute: _Positive = 600
    per_day: _Positive | None = None
    concurrency: Annotated[int, Meta(ge=1, le=8)] = 1
    """Requests at once, where pages are counted."""


Judge = Callable[[Answer], bool]
"""Reads a master's own account of what went wrong: whether it says "nothing here"; may raise."""


class Fetcher:
    """Reads JSON from one origin; several threads may ask at once."""

    def __init__(
        self,
        base_url: str,
        headers: Mapping[str, str],
        limits: Limits,
        *,
        posts: frozenset[str] = frozenset(),
        judge: Judge | None = None,
        allow_insecure: bool = False,
        allow_private: bool = False,
        sleep: Callable[[float], None] = time.sleep,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._base = base_url.rstrip("/")
        self._limits = limits
        self._questions = {("POST", path) for path in posts}
        self._judge = judge
        self._sleep = sleep
        self._budget = Budget(_windows(limits), sleep, monotonic)
        self.requests = 0
        """Requests sent so far."""
        self._deadline = Deadline()
        host = checked_host(self._base, allow_insecure)
        transport = BoundedTransport(
            self._deadline,
            secure=self._base.startswith("https:"),
            allow_private=allow_private or is_loopback(host),
        )
        self._client = client_of(transport, headers, limits.timeout_s)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def send(self, request: Request) -> Answer:
        """The master's answer, asked again while that makes sense; raises MasterProblem.

        Only GET, and POST to the paths that were declared as questions, leaves this program.
        """
        if request.method != "GET" and (request.method, request.path) not in self._questions:
            raise WriteRefused(f"{request.method} {request.path} is no question; it was not sent.")
        attempts = tenacity.Retrying(
            retry=tenacity.retry_if_exception(
                lambda one: isinstance(one, Again) and (one.declined or not request.once)
            ),
            stop=tenacity.stop_after_attempt(self._limits.attempts),
            wait=self._wait,
            sleep=self._sleep,
            reraise=True,
        )
        try:
            return attempts(self._once, request)
        except Again as again:
            raise again.problem from None

    def _once(self, request: Request) -> Answer:
        self.requests = self._budget.take()
        self._deadline.start(self._limits.timeout_s)
        try:
            with self._client.stream(**self._asked(request)) as response:
                return self._judged(request, response)
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
        except (httpx.InvalidURL, UnicodeEncodeError):
            raise BadAnswer(
                f"{self._base} gave a token, key or link that cannot be sent."
            ) from None
        except httpx.HTTPError as error:
            raise Again(Unreachable(why(error, self._base))) from None

    def _judged(self, request: Request, response: httpx.Response) -> Answer:
        """The answer; a master's own words about a failure come before its status."""
        if self._judge and is_json(response):
            answer = self._read(response)
            if self._judge(answer):
                return msgspec.structs.replace(answer, empty=True)
            check_status(response, self._base, request.accept)
            return answer
        check_status(response, self._base, request.accept)
        if response.status_code == HTTPStatus.NO_CONTENT:
            return Answer(b"", clock_of(response), response.status_code)
        check_type(response, self._base)
        return self._read(response)

    def _read(self, response: httpx.Response) -> Answer:
        encoding = check_coding(response, self._base)
        body = body_of(response.iter_raw(), encoding, self._limits.max_bytes)
        return Answer(body, clock_of(response), response.status_code, dict(response.headers))

    def _asked(self, request: Request) -> dict[str, Any]:
        url = self._url(request.path)
        query = {"params": dict(request.query)} if request.query else {}
        if query and "?" in url:  # httpx would drop what the address already asks
            kept = [pair for pair in parse_qsl(urlsplit(url).query) if pair[0] not in request.query]
            query["params"] = dict([*kept, *request.query.items()])
        body = {"json": request.json} if request.json is not None else {"data": request.form}
        return {
            "method": request.method,
            "url": url,
            "headers": dict(request.headers),
            **query,
            **({} if request.method == "GET" else body),
        }

    def _url(self, path: str) -> str:
        url = path if "://" in path else f"{self._base}{path}"
        if not same_origin(url, self._base) or "\\" in url:
            raise OriginRefused(f"A request would have left {self._base}; it was not sent.")
        return url

    def _wait(self, state: tenacity.RetryCallState) -> float:
        again = state.outcome.exception() if state.outcome else None
        asked = again.wait_s if isinstance(again, Again) else None
        jitter = tenacity.wait_random_exponential(multiplier=0.5, max=20)(state)
        return min(self._limits.longest_wait_s, (asked or 0) + jitter)


def _windows(limits: Limits) -> list[tuple[float, int]]:
    windows = ((1, limits.per_second), (60, limits.per_minute), (86_400, limits.per_day))
    return [(seconds, most) for seconds, most in windows if most]
