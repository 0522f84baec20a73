"""Credentials: put on every request, asked for anew when they run out, kept when they rotate."""

import json
from pathlib import Path
from threading import Thread
from urllib.parse import parse_qs

import pytest

from connector.auth.credentials import Cookies, Fixed, Sender
from connector.auth.oauth import Grant, SealedFile, Tokens, basic
from connector.http import AccessRefused, Request, WriteRefused
from connector.http.client import Fetcher, Limits
from mirror.store.sealing import Keyring
from tests.connector.conftest import Open
from tests.fakes.hostile import Asked, hostile, reply
from tests.fakes.stores import Remembering

PAGE = b'{"items":[]}'
GRANT = Grant("/token", "refresh_token", "id", "s3cret", "body", "", "", "first", "")


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def tokens(
    url: str, store: Remembering, grant: Grant = GRANT, clock: Clock | None = None
) -> Tokens:
    fetcher = Fetcher(url, {}, Limits(attempts=1), posts=frozenset({"/token"}))
    return Tokens(fetcher, grant, store, clock or Clock())


def granted(access: str, refresh: str | None = None, expires_in: object = 3600) -> bytes:
    told = {"access_token": access, "refresh_token": refresh, "expires_in": expires_in}
    return reply(json.dumps(told).encode())


def test_fixed_credentials_go_to_their_places(fetcher: Open):
    with hostile(reply(PAGE)) as master:
        made = Sender(fetcher(master.url), Fixed({"header:User-Key": "k", "query:token": "t"}))
        made.send(Request("/c", {"page": "1"}))
    (asked,) = master.asked
    assert asked.headers["user-key"] == "k"
    assert asked.target == "/c?page=1&token=t"


def test_credentials_go_into_a_body_as_deep_as_their_place_says(fetcher: Open):
    places = {"body:key": "k", "body:params.args[1]": "u", "body:params.db": "d"}
    with hostile(reply(PAGE)) as master:
        made = Sender(fetcher(master.url, posts=frozenset({"/rpc"})), Fixed(places))
        body = {"params": {"args": ["", "", "model"], "kind": "x"}}
        made.send(Request("/rpc", method="POST", json=body))
    (asked,) = master.asked
    params = {"args": ["", "u", "model"], "kind": "x", "db": "d"}
    assert json.loads(asked.body) == {"params": params, "key": "k"}
    assert body["params"]["args"] == ["", "", "model"]  # what was asked is not written into


def test_a_token_is_asked_for_once_and_again_before_it_ends(fetcher: Open):
    clock, store = Clock(), Remembering()
    with hostile(granted("a1")) as issuer, hostile(reply(PAGE)) as master:
        made = Sender(fetcher(master.url), tokens(issuer.url, store, clock=clock))
        made.send(Request("/c"))
        clock.now = 3_500
        made.send(Request("/c"))
        assert len(issuer.asked) == 1
        clock.now = 3_541
        made.send(Request("/c"))
    assert len(issuer.asked) == 2
    assert {asked.headers["authorization"] for asked in master.asked} == {"Bearer a1"}


def test_a_rotated_refresh_token_is_kept_before_the_access_token_is_used(fetcher: Open):
    store = Remembering()

    def script(asked: Asked) -> bytes:
        assert store.saved[-1:] == ["second"]
        return reply(PAGE)

    with hostile(granted("a1", "second")) as issuer, hostile(script) as master:
        Sender(fetcher(master.url), tokens(issuer.url, store)).send(Request("/c"))
        Sender(fetcher(master.url), tokens(issuer.url, store)).send(Request("/c"))
    bodies = [parse_qs(asked.body.decode()) for asked in issuer.asked]
    assert [body["refresh_token"] for body in bodies] == [["first"], ["second"]]
    assert bodies[0]["client_secret"] == ["s3cret"]


def test_a_token_revoked_before_its_time_is_renewed_once(fetcher: Open):
    issued = iter(["a1", "a2", "a3"])

    def script(asked: Asked) -> bytes:
        fresh = asked.headers["authorization"] == "Bearer a2"
        return reply(PAGE) if fresh else reply(b"{}", 401)

    with hostile(lambda asked: granted(next(issued))) as issuer, hostile(script) as master:
        made = Sender(fetcher(master.url), tokens(issuer.url, Remembering()))
        assert made.send(Request("/c")).body == PAGE
        master.script = lambda asked: reply(b"{}", 401)
        with pytest.raises(AccessRefused):
            made.send(Request("/c"))
    assert (len(master.asked), len(issuer.asked)) == (4, 3)


@pytest.mark.parametrize("status", [400, 401, 403])
def test_a_revoked_refresh_token_says_what_to_do_and_prints_no_secret(fetcher: Open, status: int):
    with hostile(reply(b'{"error":"invalid_grant"}', status)) as issuer, hostile(b"") as master:
        made = Sender(fetcher(master.url), tokens(issuer.url, Remembering()))
        with pytest.raises(AccessRefused, match="Obtain it anew") as refused:
            made.send(Request("/c"))
    assert not {"s3cret", "first"} & set(str(refused.value).split())
    assert master.asked == []


def test_the_client_may_be_named_in_a_header(fetcher: Open):
    grant = Grant("/token", "client_credentials", "id", "s3cret", "basic", "", "", "", "read")
    with hostile(granted("a1")) as issuer, hostile(reply(PAGE)) as master:
        Sender(fetcher(master.url), tokens(issuer.url, Remembering(), grant)).send(Request("/c"))
    (asked,) = issuer.asked
    assert asked.headers["authorization"] == basic("id", "s3cret")
    told = {"grant_type": ["client_credentials"], "scope": ["read"]}
    assert parse_qs(asked.body.decode()) == told


def test_a_session_is_opened_once_and_again_after_it_ended(fetcher: Open):
    def script(asked: Asked) -> bytes:
        if asked.target == "/login":
            number = sum(one.target == "/login" for one in master.asked)
            cookie = f"B1SESSION=s{number};HttpOnly, ROUTEID=.n1; path=/"
            return reply(b"{}", Set_Cookie=cookie)
        ended = asked.headers.get("cookie") == "B1SESSION=s1; ROUTEID=.n1" and len(master.asked) > 3
        return reply(b"{}", 401) if ended else reply(PAGE)

    with hostile(script) as master:
        opened = fetcher(master.url, posts=frozenset({"/login"}))
        made = Sender(opened, Cookies(opened, "/login", {"User": "u"}, ["B1SESSION", "ROUTEID"]))
        for _ in range(3):
            assert made.send(Request("/c")).body == PAGE
    assert [asked.target for asked in master.asked] == ["/login", "/c", "/c", "/c", "/login", "/c"]


def test_nothing_but_questions_can_be_posted(fetcher: Open):
    with hostile(reply(PAGE)) as master:
        made = fetcher(master.url, posts=frozenset({"/search"}))
        made.send(Request("/search", method="POST", json={}))
        for method, path in (("POST", "/c"), ("PUT", "/search"), ("DELETE", "/c"), ("PATCH", "/c")):
            with pytest.raises(WriteRefused):
                made.send(Request(path, method=method))
    assert len(master.asked) == 1


def test_a_refresh_token_is_kept_sealed_and_for_its_own_source(tmp_path: Path):
    keys = Keyring(b"k" * 32)
    store = SealedFile(tmp_path / "loja.token", keys)
    assert store.load() is None
    store.save("r3fresh")
    assert SealedFile(tmp_path / "loja.token", keys).load() == "r3fresh"
    assert b"r3fresh" not in (tmp_path / "loja.token").read_bytes()
    assert (tmp_path / "loja.token").stat().st_mode & 0o777 == 0o600
    (tmp_path / "loja.token").rename(tmp_path / "other.token")
    assert SealedFile(tmp_path / "other.token", keys).load() is None


def test_a_refresh_token_that_the_disk_refused_is_still_the_one_that_is_used(fetcher: Open):
    class Full(Remembering):
        def save(self, token: str) -> None:
            raise OSError(28, "No space left on device")

    with hostile(granted("a1", "second")) as issuer, hostile(reply(PAGE)) as master:
        made = Sender(fetcher(master.url), tokens(issuer.url, Full()))
        for _ in range(2):
            with pytest.raises(OSError, match="No space"):
                made.send(Request("/c"))
    asked = [parse_qs(asked.body.decode())["refresh_token"] for asked in issuer.asked]
    assert asked == [["first"], ["second"]]


def test_two_processes_do_not_spend_each_others_refresh_token(fetcher: Open, tmp_path: Path):
    valid = ["r0"]

    def issue(asked: Asked) -> bytes:
        offered = parse_qs(asked.body.decode())["refresh_token"][0]
        if offered != valid[-1]:
            return reply(b"{}", 400)
        valid.append(f"r{len(valid)}")
        return granted("a", valid[-1])

    keys = Keyring(b"k" * 32)
    SealedFile(tmp_path / "loja.token", keys).save("r0")
    failed: list[Exception] = []

    def use(issuer: str, master: str) -> None:
        store = SealedFile(tmp_path / "loja.token", keys)
        sender = Sender(fetcher(master), tokens(issuer, store))  # type: ignore[arg-type]
        try:
            sender.send(Request("/c"))
        except AccessRefused as problem:
            failed.append(problem)

    with hostile(issue) as issuer, hostile(reply(PAGE)) as master:
        threads = [Thread(target=use, args=(issuer.url, master.url)) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert failed == []
    assert len(valid) == 7
