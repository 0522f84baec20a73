"""The only door to a master: one question at a time, within its limits, at its own address.

One origin, no redirects, no cookies; a total deadline, a bounded body that is JSON from end to end;
retries with jitter that obey Retry-After; a budget of requests.
"""

import ipaddress
import threading
import time
from collections import deque
from collections.abc import Callable, Container, Iterable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Annotated, Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import msgspec
import tenacity
from msgspec import Meta

from connector.http import (
    AccessRefused,
    Again,
    Answer,
    BadAnswer,
    DaySpent,
    LeftAlone,
    OriginRefused,
    Request,
    RequestRefused,
    Unreachable,
    WriteRefused,
    hint,
)
from connector.http.transport import (
    DIRECT,
    ENDING,
    BoundedTransport,
    Broken,
    Deadline,
    PeerRefused,
    Route,
    TooLarge,
    body_of,
    client_of,
    why,
)

_LONGEST_S = 600
"""A longer wait would hold up every other source."""


class Budget:
    """Keeps to the requests that a master allows a second, a minute, a day.

    ``windows``: seconds and how many requests they allow. ``spent``: how many seconds ago earlier
    processes ended, oldest first, and how many requests each sent.
    """

    def __init__(
        self,
        windows: Iterable[tuple[float, int]],
        sleep: Callable[[float], None] = ENDING.sleep,
        monotonic: Callable[[], float] = time.monotonic,
        spent: Iterable[tuple[float, int]] = (),
    ) -> None:
        self._taken = 0
        self._windows = list(windows)
        self._sent: deque[float] = deque(maxlen=max((most for _, most in self._windows), default=1))
        self._sleep = sleep
        self._turn = threading.Lock()
        self._monotonic = monotonic
        for ago, number in spent:
            self._sent.extend([monotonic() - ago] * min(number, self._sent.maxlen or 0))

    def take(self) -> int:
        """Return once a request may be sent, with its number; threads wait their turn."""
        with self._turn:
            if (wait := self._wait()) > _LONGEST_S:
                raise DaySpent(
                    "The day's requests of this source (limits.per_day) are used up. What was read "
                    "is kept. Where a whole listing needs more than a day's requests, raise "
                    "limits.per_day or stream.page.size.",
                    wait,
                )
            if wait:
                self._sleep(wait)
            self._sent.append(self._monotonic())
            self._taken += 1
            return self._taken

    def _wait(self) -> float:
        now, longest = self._monotonic(), 0.0
        for seconds, most in self._windows:
            if len(self._sent) >= most:
                longest = max(longest, self._sent[-most] + seconds - now)
        return longest


# Which addresses may be asked: one origin a source, https unless it is this machine.


def checked_host(base_url: str, allow_insecure: bool) -> str:
    """The host of an address that may be used; raises OriginRefused."""
    try:
        parts = urlsplit(base_url)
        host = parts.hostname if parts.port != 0 else None
    except ValueError:  # a port that is none, half a bracket
        host = None
    plain = not set("?#\\ ") & set(base_url) and base_url.isprintable()
    if not plain or not host or parts.scheme not in ("http", "https") or parts.username is not None:
        raise OriginRefused(
            "base_url must be like https://master.example, without a user name, ? or # in it."
        )
    if parts.scheme == "http" and not (is_loopback(host) or allow_insecure):
        raise OriginRefused(
            f"{base_url} is plain http: credentials and customers would cross the network "
            "readable. Use https, or set allow_insecure = true for this source."
        )
    return host


def is_loopback(host: str) -> bool:
    """Whether the host is this very machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def same_origin(url: str, base_url: str) -> bool:
    """Whether scheme, host, port and user name are the same."""
    return _origin(url) == _origin(base_url)


def _origin(url: str) -> tuple[str, str | None, int | None, str | None]:
    try:
        parts = urlsplit(url)
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    except ValueError:
        return "", None, None, None
    return parts.scheme, parts.hostname, port, parts.username


_Positive = Annotated[int, Meta(ge=1)]


class Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How far the connector goes for one master."""

    timeout_s: Annotated[float, Meta(gt=0)] = 30.0
    """Total time of one request, connection and body included."""
    max_bytes: _Positive = 8_000_000
    """Largest body, inflated."""
    attempts: _Positive = 4
    longest_wait_s: Annotated[float, Meta(ge=0)] = 60.0
    """Longest wait between attempts; a master that asks for a longer one is left alone for it."""
    per_second: _Positive | None = None
    per_minute: _Positive = 600
    per_day: _Positive | None = None
    """Within any 24 hours, by whichever process."""
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
        route: Route = DIRECT,
        spent: Iterable[tuple[float, int]] = (),
        sleep: Callable[[float], None] = ENDING.sleep,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """``spent`` is what earlier processes sent (see `Budget`); raises ValueError for a route.

        ``posts`` are the paths that may be asked by POST.
        """
        self._base = base_url.rstrip("/")
        self._limits = limits
        self._questions = {("POST", path) for path in posts}
        self._judge = judge
        self._sleep = sleep
        self._budget = Budget(_windows(limits), sleep, monotonic, spent)
        self.requests = 0
        """Requests sent so far."""
        self._deadline = Deadline()
        self._route = route
        host = checked_host(self._base, allow_insecure)
        transport = BoundedTransport(
            self._deadline,
            secure=self._base.startswith("https:"),
            allow_private=allow_private or is_loopback(host),
            route=route,
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
                lambda one: isinstance(one, Again) and self._worth_it(one, request)
            ),
            stop=tenacity.stop_after_attempt(self._limits.attempts),
            wait=self._wait,
            sleep=self._sleep,
            reraise=True,
        )
        try:
            return attempts(self._once, request)
        except Again as again:
            if again.wait_s and again.wait_s > self._limits.longest_wait_s:
                raise LeftAlone(
                    f"{self._base} asked for a longer pause than limits.longest_wait_s. Does this "
                    "account allow less than limits.per_minute?",
                    again.wait_s,
                ) from None
            raise again.problem from None

    def _worth_it(self, again: Again, request: Request) -> bool:
        """Whether asking once more makes sense, and the master wants it within a run's patience."""
        patient = (again.wait_s or 0) <= self._limits.longest_wait_s
        return patient and (again.declined or not request.once)

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
                    "Nothing of it was used; ask for smaller pages (stream.page.size) or raise "
                    "limits.max_bytes."
                )
            ) from None
        except Broken:
            raise Again(BadAnswer(f"{self._base} sent a page that does not inflate.")) from None
        except (httpx.InvalidURL, UnicodeEncodeError):
            raise BadAnswer(
                f"{self._base} gave a token, key or link that cannot be sent."
            ) from None
        except httpx.HTTPError as error:
            raise Again(Unreachable(why(error, self._base, self._route))) from None

    def _judged(self, request: Request, response: httpx.Response) -> Answer:
        """The answer; a master's own words about a failure come before its status."""
        heard = self._judge and _is_json(response)
        if response.status_code not in request.accept and not heard:
            _check_status(response, self._base, request.accept)
        if response.status_code == HTTPStatus.NO_CONTENT:
            return Answer(b"", _clock_of(response), response.status_code)
        answer = self._read(response, bare=request.bare)
        if self._judge and answer.body and self._judge(answer):
            return msgspec.structs.replace(answer, empty=True)
        _check_status(response, self._base, request.accept)
        return answer

    def _read(self, response: httpx.Response, *, bare: bool) -> Answer:
        encoding = _check_coding(response, self._base)
        body = body_of(response.iter_raw(), encoding, self._limits.max_bytes)
        if not (_is_json(response) and (bare or response.status_code >= 300)):
            _check_whole(body, response, self._base)
        return Answer(body, _clock_of(response), response.status_code, dict(response.headers))

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


# Judges an answer: a page, worth another attempt, or the end of the run.

_RETRIED = {408, 425, 429, 500, 502, 503, 504}


def _check_status(response: httpx.Response, base: str, accept: Container[int]) -> None:
    """Return for an accepted status; raise Again or a MasterProblem for everything else."""
    status = response.status_code
    if status in accept:
        return
    if status in _RETRIED:
        problem = Unreachable(f"{base} answered {_named(status)} to every attempt.{hint(status)}")
        raise Again(problem, _retry_after(response), declined=status in (429, 503))
    if status in (401, 403):
        raise AccessRefused(
            f"{base} refused the credentials ({status}). Check the secret that this source names."
        )
    if 300 <= status < 400:
        raise OriginRefused(f"{base} redirects ({status}): not followed.{hint(status)}")
    raise RequestRefused(f"{base} answered {_named(status)}: not a page.{hint(status)}")


def _is_json(response: httpx.Response) -> bool:
    """Whether the body is said to be JSON."""
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    return bool(kind == "application/json" or kind.endswith("+json"))


_ENDS = {b"{": b"}", b"[": b"]", b'"': b'"'}
_BLANK = b" \t\r\n\xef\xbb\xbf"
_LOOKED_AT = 4_096


def _check_whole(body: bytes, response: httpx.Response, base: str) -> None:
    """Raise Again unless the body is JSON from its beginning to its end, whatever it is called.

    Only the two ends are looked at: what is wrong in between is found by those who open it.
    """
    begin, end = body[:_LOOKED_AT].lstrip(_BLANK)[:1], body[-_LOOKED_AT:].rstrip(_BLANK)[-1:]
    status = _named(response.status_code)
    if not begin:
        problem = f"{base} answered {status} with nothing in it, to every attempt."
    elif begin in _ENDS:
        if _ENDS[begin] == end:
            return
        problem = (
            f"{base} answered with JSON that is cut off. Nothing of it was used; are smaller pages "
            "(stream.page.size) answered whole, or is a proxy in between?"
        )
    elif _is_json(response) and begin != b"<":
        return
    else:
        problem = (
            f"{base} answered with something else than JSON: a login page or a proxy in between, "
            "or is stream.path wrong? Nothing of it was used."
        )
    raise Again(BadAnswer(problem))


def _check_coding(response: httpx.Response, base: str) -> str:
    """The body's content coding; raises Again for one that was not asked for."""
    coding = str(response.headers.get("content-encoding", "identity")).lower()
    if coding not in ("identity", "gzip"):
        raise Again(BadAnswer(f"{base} sent a content coding that was not asked for."))
    return coding


def _named(status: int) -> str:
    # The standard's words, not the master's: those could say anything, on a terminal too.
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def _retry_after(response: httpx.Response) -> float | None:
    text = response.headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:  # by the master's own clock: ours may be wrong
        return max(0.0, (parsedate_to_datetime(text) - _clock_of(response)).total_seconds())
    except (ValueError, TypeError, OverflowError):
        return None


def _clock_of(response: httpx.Response) -> datetime:
    """The master's clock, ours where it sends none."""
    try:
        return parsedate_to_datetime(response.headers["date"]).astimezone(UTC)
    except (KeyError, ValueError, TypeError, OverflowError):
        return datetime.now(UTC)
