"""OAuth 2: an access token, asked for anew before it runs out; its refresh token kept sealed.

Only the three grants that need nobody at a browser. A refresh token that comes back changed is kept
before the access token is used: the old one no longer works.
"""

import fcntl
import os
import time
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from string import Template
from typing import Any, Protocol
from urllib.parse import urlsplit

import msgspec

from connector.auth import Auth, Basic, OAuth2, Session, Static
from connector.auth.credentials import Cookies, Credentials, Fixed, placed
from connector.http import AccessRefused, BadAnswer, Request, RequestRefused
from connector.http.client import Fetcher
from mirror.store.sealing import Keyring, SealBroken

_EARLY_S = 60
"""So long before its end a token is taken for ended."""
_USUAL_S = 3_600


class Granted(msgspec.Struct, frozen=True):
    """What a token address answers."""

    access_token: str
    expires_in: int | float | str | None = None
    refresh_token: str | None = None


class Store(Protocol):
    """Keeps the refresh token between runs."""

    def load(self) -> str | None:
        """The token kept last."""

    def save(self, token: str) -> None:
        """Keep a token, durably."""

    def turn(self) -> AbstractContextManager[None]:
        """Nobody else uses the token while the block runs."""


class Grant(msgspec.Struct, frozen=True):
    """How tokens are asked for; every value clear."""

    path: str
    grant: str
    client_id: str
    client_secret: str
    client_in: str
    username: str
    password: str
    refresh_token: str
    scope: str


class Tokens:
    """Credentials that run out."""

    def __init__(
        self,
        fetcher: Fetcher,
        grant: Grant,
        store: Store,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._fetcher = fetcher
        self._grant = grant
        self._store = store
        self._monotonic = monotonic
        self._token: str | None = None
        self._unsaved: str | None = None
        """A refresh token that the disk refused: the only one that still works."""
        self._ends_at = 0.0

    def put(self, request: Request) -> Request:
        """See Credentials."""
        if self._token is None or self._monotonic() >= self._ends_at:
            self._ask()
        return placed(request, {"header:Authorization": f"Bearer {self._token}"})

    def renew(self) -> bool:
        """A token may have been revoked before its time: worth one more."""
        self._token = None
        return True

    def _ask(self) -> None:
        with self._store.turn():
            self._ask_in_turn()

    def _ask_in_turn(self) -> None:
        try:
            answer = self._fetcher.send(self._request())
            granted = msgspec.json.decode(answer.body, type=Granted)
        except (RequestRefused, AccessRefused):
            raise AccessRefused(
                f"The token address refused this source's {self._grant.grant}. Was it revoked, or "
                "is a secret wrong? Obtain it anew from the master and set it."
            ) from None
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise BadAnswer("The token address answered without an access token.") from None
        if granted.refresh_token and self._grant.grant == "refresh_token":
            self._unsaved = granted.refresh_token
            self._store.save(granted.refresh_token)
            self._unsaved = None
        self._token = granted.access_token
        self._ends_at = self._monotonic() + _lasts(granted.expires_in) - _EARLY_S

    def _request(self) -> Request:
        grant = self._grant
        form = {"grant_type": grant.grant}
        if grant.grant == "refresh_token":
            kept = self._unsaved or self._store.load()
            form["refresh_token"] = kept or grant.refresh_token
        if grant.grant == "password":
            form |= {"username": grant.username, "password": grant.password}
        if grant.scope:
            form["scope"] = grant.scope
        headers = {}
        if grant.client_in == "basic":
            headers["Authorization"] = basic(grant.client_id, grant.client_secret)
        else:
            form["client_id"] = grant.client_id
            if grant.client_secret:
                form["client_secret"] = grant.client_secret
        return Request(grant.path, method="POST", headers=headers, form=form)


def basic(user: str, password: str) -> str:
    """The value of an Authorization header (RFC 7617)."""
    return "Basic " + b64encode(f"{user}:{password}".encode()).decode()


def _lasts(expires_in: Any) -> float:
    try:
        return max(2.0 * _EARLY_S, float(expires_in))
    except (TypeError, ValueError):
        return _USUAL_S


# Keeps a refresh token between runs: sealed, in a file only the service reads.


class SealedFile:
    """One token in one file, replaced as a whole."""

    def __init__(self, file: Path, keys: Keyring) -> None:
        self._file = file
        self._keys = keys
        self._bound_to = f"token/{file.name}"

    def load(self) -> str | None:
        """The token kept last; None where there is none, or it is another key's."""
        try:
            return self._keys.open(self._file.read_bytes(), self._bound_to).decode()
        except (OSError, SealBroken):
            return None

    def save(self, token: str) -> None:
        """Keep a token: on the disk before this returns."""
        beside = self._file.with_suffix(".new")
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as stream:
            stream.write(self._keys.seal(token.encode(), self._bound_to))
            stream.flush()
            os.fsync(stream.fileno())
        beside.replace(self._file)
        folder = os.open(self._file.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Be the only process that uses this token: two at once would spend each other's."""
        handle = os.open(self._file.with_suffix(".turn"), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)


# The credentials that the [auth] of a source file asks for, with the secrets put in place.

_GRANT = ("client_id", "client_secret", "username", "password", "refresh_token")


def credentials_of(
    auth: Auth | None,
    fetcher: Fetcher,
    fetcher_at: Callable[[str, str], Fetcher],
    secrets: Mapping[str, str],
    store: Store,
    monotonic: Callable[[], float],
) -> Credentials:
    """What goes with every request of a master; ``fetcher_at`` asks another origin, at one path."""

    def clear(text: str) -> str:
        return Template(text).substitute(secrets)

    match auth:
        case Static(put=put):
            return Fixed({place: clear(value) for place, value in put.items()})
        case Basic(user=user, password=password):
            return Fixed({"header:Authorization": basic(clear(user), clear(password))})
        case Session(path=path, body=body, cookies=cookies):
            told = {key: clear(str(value)) for key, value in body.items()}
            return Cookies(fetcher, path, told, cookies)
        case OAuth2():
            parts = urlsplit(clear(auth.token_url))
            path = parts.path or "/"
            values = {field: clear(getattr(auth, field)) for field in _GRANT}
            grant = Grant(
                path=path, grant=auth.grant, client_in=auth.client_in, scope=auth.scope, **values
            )
            asked = fetcher_at(f"{parts.scheme}://{parts.netloc}", path)
            return Tokens(asked, grant, store, monotonic)
    return Fixed({})
