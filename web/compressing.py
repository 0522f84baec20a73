"""Pages travel light: without what is for readers of a template, compressed where a browser can."""

import gzip
import re

from flask import Flask, Response, request
from jinja2.ext import Extension

_WORTH_IT = 1_400  # below one network packet there is nothing to gain
_LEVEL = 6
_wrapping = re.compile(r"(?<=\S)(?<![%#]\})\n[ \t]+(?=[^\s<{])")
_indentation = re.compile(r"\n[ \t]+")


class Lean(Extension):
    """Templates without indentation: a wrapped sentence or tag is one line again."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        """The source that is compiled, once for all pages."""
        return _indentation.sub("\n", _wrapping.sub(" ", source))


def register(app: Flask) -> None:
    """Compress HTML answers. JSON is left alone: a revealed value never meets a compressor."""
    app.jinja_env.add_extension(Lean)
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
