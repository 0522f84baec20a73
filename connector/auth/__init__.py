"""How a source shows who it is: the [auth] of a source file; ``${name}`` stands for a secret."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta


class _Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    pass


class Static(_Strict, frozen=True, tag_field="kind", tag="static"):
    """The same credentials on every request; ``${name}`` stands for the secret ``name``.

    Keys of ``put`` are ``header:Name``, ``query:name`` or ``body:key``; in JSON also
    ``body:a.b[0]``.
    """

    put: dict[str, str]


class Basic(_Strict, frozen=True, tag_field="kind", tag="basic"):
    """HTTP basic authentication."""

    user: str
    password: str


class OAuth2(_Strict, frozen=True, tag_field="kind", tag="oauth2"):
    """A token from a token address; a refresh token that comes back new is kept, sealed."""

    grant: Literal["client_credentials", "refresh_token", "password"]
    token_url: str
    client_id: str
    client_secret: str = ""
    client_in: Literal["basic", "body"] = "body"
    username: str = ""
    password: str = ""
    refresh_token: str = ""
    """The first one; later ones come from the master."""
    scope: str = ""


class Session(_Strict, frozen=True, tag_field="kind", tag="session"):
    """A login call whose cookies go with every request; asked again after a 401, once."""

    path: Annotated[str, Meta(pattern="^/", extra={"must": "begin with /"})]
    body: dict[str, Any]
    cookies: list[str]


Auth = Static | Basic | OAuth2 | Session
