"""How every answer leaves: headed, compressed; and which browsers' writes are refused.

The headers make injected markup inert and keep customers out of caches, frames and referrers; only
pages are compressed, never a revealed value.
Writes are checked by where the browser says they come from, so that no form needs a token.
"""

import gzip
from urllib.parse import urlsplit

from flask import Flask, Response, abort, make_response, request

from web.shop import shop, stranger

_FORMS = "form-action 'self' https://wa.me https://api.whatsapp.com https://web.whatsapp.com"
_FORMS_AND_BOLETOS = "form-action 'self' https:"

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "style-src 'self'",
        "font-src 'self'",
        "script-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        _FORMS,
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)

HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=(), "
    "browsing-topics=()",
    # Not no-referrer: that makes browsers send "Origin: null" with our own forms, and over plain
    # http in a store's network Origin is all there is to tell our forms from a stranger's.
    "Referrer-Policy": "same-origin",
}

_WORTH_IT = 1_400  # below one network packet there is nothing to gain
_LEVEL = 6
_PORTS = {"http": 80, "https": 443}
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
WITHOUT_COOKIE = ("/api/", "/hooks/")
"""Where programs ask: they prove who they are by a token, not by a session."""


def register(app: Flask) -> None:
    """Check every request, send off every answer."""
    app.before_request(refuse_strangers)
    app.after_request(send_off)


def refuse_strangers() -> None:
    """403 for a write that a browser says comes from elsewhere; programs send no cookie."""
    if request.method in _SAFE_METHODS or request.path.startswith(WITHOUT_COOKIE):
        return
    if _foreign():
        stranger("form_refused", shop().ledger)
        abort(403, "Este formulário veio de outro site e foi recusado.")


def _foreign() -> bool:
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site not in ("same-origin", "none")
    origin = request.headers.get("Origin")
    # Browsers that can be tricked into a cross-site write all send one of the two.
    return origin is not None and not _is_ours(origin, request.host)


def _is_ours(origin: str, host: str) -> bool:
    """Whether an origin is where the browser says that it asks: host and port, however written.

    The scheme is the proxy's business; it only tells which port goes without saying.
    """
    try:
        theirs, ours = urlsplit(origin), urlsplit(f"//{host}")
        usual = _PORTS.get(theirs.scheme)
        ports = theirs.port or usual, ours.port or usual
    except ValueError:  # a port that is none, half a bracket
        return False
    named = theirs.hostname and theirs.hostname == ours.hostname
    return bool(named and usual and ports[0] == ports[1] and theirs.username is None)


def with_boletos(page: str) -> Response:
    """The answer of a page whose buttons lead to boletos."""
    # Browsers hold every redirect of a form against its page, and at which addresses a bank keeps
    # what it issued is known to no one but the bank: here forms may lead to any https address.
    answer = make_response(page)
    policy = CONTENT_SECURITY_POLICY.replace(_FORMS, _FORMS_AND_BOLETOS)
    answer.headers["Content-Security-Policy"] = policy
    return answer


def send_off(answer: Response) -> Response:
    """The answer with its headers, and compressed where it is a page."""
    return compress(mark(answer))


def mark(answer: Response) -> Response:
    """The headers of every answer; nothing may keep a copy unless the view said for how long."""
    for name, value in HEADERS.items():
        answer.headers.setdefault(name, value)
    answer.headers.setdefault("Cache-Control", "no-store")
    return answer


def compress(answer: Response) -> Response:
    """The same answer, gzipped when it is a page, long enough, and the browser asked for it.

    JSON is left alone: a revealed value never meets a compressor.
    """
    if answer.mimetype != "text/html" or answer.direct_passthrough:
        return answer
    answer.headers.add("Vary", "Accept-Encoding")
    body = answer.get_data()
    if len(body) > _WORTH_IT and request.accept_encodings.quality("gzip"):
        answer.set_data(gzip.compress(body, _LEVEL))
        answer.headers["Content-Encoding"] = "gzip"
    return answer
