"""Judges a master's HTTP answer: a page, worth another attempt, or the end of the run."""

import socket
import ssl
from collections.abc import Container, Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus

import httpx

from connector.http.errors import (
    AccessRefused,
    Again,
    BadAnswer,
    OriginRefused,
    RequestRefused,
    Unreachable,
)

_RETRIED = {408, 425, 429, 500, 502, 503, 504}


def check_status(response: httpx.Response, base: str, accept: Container[int]) -> None:
    """Return for an accepted status; raise Again or a MasterProblem for everything else."""
    status = response.status_code
    if status in accept:
        return
    if status in _RETRIED:
        problem = Unreachable(f"{base} answered {_named(status)} to every attempt.")
        raise Again(problem, _retry_after(response), declined=status in (429, 503))
    if status in (401, 403):
        raise AccessRefused(
            f"{base} refused the credentials ({status}). Check the secret that this source names."
        )
    if 300 <= status < 400:
        raise OriginRefused(f"{base} redirects ({status}); redirects are not followed.")
    raise RequestRefused(f"{base} answered {_named(status)}: not a page.")


def is_json(response: httpx.Response) -> bool:
    """Whether the body is said to be JSON."""
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    return bool(kind == "application/json" or kind.endswith("+json"))


def check_type(response: httpx.Response, base: str) -> None:
    """Raise Again unless the body is JSON."""
    if not is_json(response):
        raise Again(
            BadAnswer(
                f"{base} answered with something else than JSON: a login page or a "
                "proxy in between? Nothing of it was used."
            )
        )


def check_coding(response: httpx.Response, base: str) -> str:
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
    try:
        return max(0.0, (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError, OverflowError):
        return None


def clock_of(response: httpx.Response) -> datetime:
    """The master's clock, ours where it sends none."""
    try:
        return parsedate_to_datetime(response.headers["date"]).astimezone(UTC)
    except (KeyError, ValueError, TypeError, OverflowError):
        return datetime.now(UTC)


def why(error: httpx.HTTPError, base: str) -> str:
    """A transport failure as a sentence."""
    if isinstance(error, httpx.TimeoutException):
        return f"{base} did not answer in time."
    if not isinstance(error, httpx.ConnectError):
        return f"The connection to {base} broke off in the middle of an answer."
    causes = list(_causes(error))
    for kind, sentence in _CAUSES:
        if any(isinstance(cause, kind) for cause in causes):
            return f"{base} cannot be reached: {sentence}"
    return f"{base} cannot be reached. Is the address right and the master running?"


_CAUSES: tuple[tuple[type[BaseException], str], ...] = (
    (socket.gaierror, "no host of that name is known (DNS). Is the address right?"),
    (
        ssl.SSLCertVerificationError,
        "its TLS certificate is not valid (expired, of another name, or of an unknown authority). "
        "Nothing was sent.",
    ),
    (ssl.SSLEOFError, "it broke off the TLS handshake. Is it the right port?"),
    (ssl.SSLError, "what answers there does not speak TLS. Is it the right port, or plain http?"),
    (ConnectionRefusedError, "nothing listens there (connection refused). Is the master running?"),
)
"""From the particular to the general: a kind of certificate's failure is one of TLS too."""


def _causes(error: BaseException) -> Iterator[BaseException]:
    """What led to the failure, itself first."""
    seen: set[int] = set()
    cause: BaseException | None = error
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        yield cause
        cause = cause.__cause__ or cause.__context__
