"""Our own styles and scripts, named by content; templates without what is for their readers."""

import gzip
import hashlib
import mimetypes
import re
from dataclasses import dataclass
from pathlib import Path

from flask import Blueprint, Flask, Response, abort, current_app, request
from jinja2.ext import Extension
from markupsafe import Markup

ROOT = Path(__file__).parent / "static"

BUNDLES = {
    "espelho.css": (
        "css/tokens.css",
        "css/base.css",
        "css/components.css",
        "css/lists.css",
        "css/activity.css",
        "css/print.css",
    ),
    "porta.css": ("css/door.css",),
    "meses.css": ("css/months.css",),
    "operacao.css": ("css/operations.css",),
    "theme.js": ("js/theme.js",),
    "espelho.js": ("js/keys.js", "js/scan.js", "js/toast.js", "js/fresh.js"),
    "olho.js": ("js/reveal.js",),
    "espelho.svg": ("img/espelho.svg",),
    "icones.svg": ("img/icons.svg",),
}
"""What a page asks for and the files it is made of, in order: later rules win. Pages of months and
pages with an eye ask for their own besides: what all pages load stays light."""
TYPEFACE = "espelho-sans.woff2"

_LONG = "public, max-age=31536000, immutable"
bp = Blueprint("assets", __name__)


@dataclass(frozen=True)
class Asset:
    """One served file: its bytes, the same compressed, and its type."""

    name: str
    digest: str
    plain: bytes
    packed: bytes
    mimetype: str


def _load(name: str, parts: tuple[str, ...], typeface: Asset) -> Asset:
    plain = b"\n".join(_lean((ROOT / part).read_bytes()) for part in parts)
    there = f"../{typeface.digest}/{TYPEFACE}".encode()  # as addresses are, beside this one
    return _asset(name, plain.replace(TYPEFACE.encode(), there))


def _asset(name: str, plain: bytes) -> Asset:
    digest = hashlib.blake2b(plain, digest_size=6).hexdigest()
    mimetype = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return Asset(name, digest, plain, gzip.compress(plain, 9, mtime=0), mimetype)


def _lean(source: bytes) -> bytes:
    """Without comments and indentation: they are for readers of the source."""
    lines = map(bytes.strip, re.sub(rb"/\*.*?\*/", b"", source, flags=re.DOTALL).splitlines())
    return b"\n".join(line for line in lines if line and not line.startswith(b"//"))


def load() -> dict[str, Asset]:
    """Every bundle by name, and the typeface, which styles ask for."""
    typeface = _asset(TYPEFACE, (ROOT / "font" / TYPEFACE).read_bytes())
    bundles = {name: _load(name, parts, typeface) for name, parts in BUNDLES.items()}
    return bundles | {TYPEFACE: typeface}


def register(app: Flask) -> None:
    """Serve the bundles; templates know each one's address, draw icons, and are lean.

    ``assets[name]`` is the address of a bundle as it is now: another content is another address.
    """
    bundles = load()
    app.extensions["espelho.assets"] = bundles
    app.register_blueprint(bp)
    address = app.url_map.bind("").build
    addresses = {
        name: address("assets.serve", {"digest": one.digest, "name": name})
        for name, one in bundles.items()
    }
    app.jinja_env.globals["assets"] = addresses
    drawings = _drawings(bundles["icones.svg"], addresses["icones.svg"])
    app.jinja_env.globals["icon"] = drawings.__getitem__
    app.jinja_env.add_extension(Lean)


def _drawings(sheet: Asset, address: str) -> dict[str, Markup]:
    """What templates draw, by name: each stands in a sheet that a browser loads once."""
    form = Markup('<svg class="{}" aria-hidden="true"><use href="{}#i-{}"/></svg>')
    names = re.findall(rb'id="i-([\w-]+)"', sheet.plain)
    drawn = {name: form.format("icon", address, name) for name in map(bytes.decode, names)}
    return drawn | {kind: form.format(kind, address, "mark") for kind in ("mark", "mark big")}


@bp.get("/estatico/<digest>/<name>")
def serve(digest: str, name: str) -> Response:
    """One bundle; 404 for another content's hash, so that nothing wrong is cached for a year."""
    found: Asset | None = current_app.extensions["espelho.assets"].get(name)
    if found is None or found.digest != digest:
        abort(404)
    pack = request.accept_encodings.quality("gzip") > 0
    answer = Response(found.packed if pack else found.plain, mimetype=found.mimetype)
    answer.headers["Cache-Control"] = _LONG
    answer.headers["Vary"] = "Accept-Encoding"
    if pack:
        answer.headers["Content-Encoding"] = "gzip"
    return answer


# Pages travel light: without what is for readers of a template.

_wrapping = re.compile(r"(?<=\S)(?<![%#]\})\n[ \t]+(?=[^\s<{])")
_indentation = re.compile(r"\n[ \t]+")


class Lean(Extension):
    """Templates without indentation: a wrapped sentence or tag is one line again."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        """The source that is compiled, once for all pages."""
        return _indentation.sub("\n", _wrapping.sub(" ", source))
