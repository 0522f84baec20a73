"""Pages travel compressed where the browser can: a list is 60 KB of very similar rows."""

import gzip

from flask import Flask, Response, request

_WORTH_IT = 1_400  # below one network packet there is nothing to gain
_LEVEL = 6


def register(app: Flask) -> None:
    """Compress HTML answers. JSON is left alone: a revealed value never meets a compressor."""
    app.after_request(compress)


def compress(answer: Response) -> Response:
    """The same answer, gzipped when it is a page, long enough, and the browser asked for it."""
    if answer.mimetype != "text/html" or answer.direct_passthrough:
        return answer
    answer.headers.add("Vary", "Accept-Encoding")
    body = answer.get_data()
    if len(body) > _WORTH_IT and request.accept_encodings.quality("gzip"):
        answer.set_data(gzip.compress(body, _LEVEL))
        answer.headers["Content-Encoding"] = "gzip"
    return answer
