"""Opens a declared source: its secrets put in place, its connections made."""

import time
from collections.abc import Callable, Mapping
from string import Template
from typing import NamedTuple
from urllib.parse import urlsplit

from connector.auth.definition import Auth, Basic, OAuth2, Session, Static
from connector.auth.oauth import Grant, Store, Tokens, basic
from connector.auth.sending import Credentials, Fixed, Sender
from connector.auth.session import Cookies
from connector.fetch import Fetcher, Judge
from connector.sources.definition import Definition
from connector.sources.errors import judge_of
from connector.sources.rest import RestSource
from mirror.activity.records import CUSTOMERS


class Clock(NamedTuple):
    """What requests are paced by."""

    sleep: Callable[[float], None] = time.sleep
    monotonic: Callable[[], float] = time.monotonic


class Switches(NamedTuple):
    """What a source may do that is unsafe elsewhere, and its clock."""

    insecure: bool
    private: bool
    clock: Clock


_OWN = Clock()
_GRANT = ("client_id", "client_secret", "username", "password", "refresh_token")


def open_source(
    name: str,
    definition: Definition,
    base_url: str,
    secrets: Mapping[str, str],
    store: Store,
    *,
    interval_s: int = 60,
    allow_insecure: bool = False,
    allow_private: bool = False,
    clock: Clock = _OWN,
) -> RestSource:
    """A source ready to be read; raises OriginRefused for an address that may not be used."""
    switches = Switches(allow_insecure, allow_private, clock)
    auth = definition.auth
    read = [definition.lists[name][0] for name in (CUSTOMERS, *definition.further)]
    posts = {stream.path for stream in read if stream.method == "POST"}
    if isinstance(auth, Session):
        posts.add(auth.path)
    judge = judge_of(definition.errors, name)
    fetcher = _fetcher(base_url, definition, posts, switches, judge)
    credentials = _credentials(auth, definition, fetcher, secrets, store, switches)
    sender = Sender(fetcher, credentials, clock.sleep)
    return RestSource(name, definition, sender, interval_s, base_url)


def _fetcher(
    base_url: str,
    definition: Definition,
    posts: set[str],
    switches: Switches,
    judge: Judge | None = None,
) -> Fetcher:
    return Fetcher(
        base_url,
        {},
        definition.limits,
        posts=frozenset(posts),
        judge=judge,
        allow_insecure=switches.insecure,
        allow_private=switches.private,
        sleep=switches.clock.sleep,
        monotonic=switches.clock.monotonic,
    )


def _credentials(
    auth: Auth | None,
    definition: Definition,
    fetcher: Fetcher,
    secrets: Mapping[str, str],
    store: Store,
    switches: Switches,
) -> Credentials:
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
            return _tokens(auth, definition, clear(auth.token_url), secrets, store, switches)
    return Fixed({})


def _tokens(
    auth: OAuth2,
    definition: Definition,
    token_url: str,
    secrets: Mapping[str, str],
    store: Store,
    switches: Switches,
) -> Tokens:
    parts = urlsplit(token_url)
    origin, path = f"{parts.scheme}://{parts.netloc}", parts.path or "/"
    fetcher = _fetcher(origin, definition, {path}, switches)
    values = {field: Template(getattr(auth, field)).substitute(secrets) for field in _GRANT}
    grant = Grant(path=path, grant=auth.grant, client_in=auth.client_in, scope=auth.scope, **values)
    return Tokens(fetcher, grant, store, switches.clock.monotonic)
