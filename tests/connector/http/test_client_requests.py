"""What leaves the connector: one origin, GET only, no cookies, no proxies, nothing unencoded."""

import socket
from urllib.parse import parse_qsl, urlsplit

import pytest

from connector.http import MasterProblem, OriginRefused, Request
from tests.connector.conftest import Open
from tests.fakes.hostile import hostile, reply

PAGE = reply(b"{}")


def test_a_request_is_a_get_that_says_who_asks_and_what_is_understood(fetcher: Open):
    with hostile(PAGE) as master:
        fetcher(master.url, headers={"Authorization": "Bearer t0ken"}).send(
            Request("/api/c", {"limit": "5"})
        )

    (asked,) = master.asked
    assert (asked.method, asked.target) == ("GET", "/api/c?limit=5")
    assert asked.headers["authorization"] == "Bearer t0ken"
    assert asked.headers["accept"] == "application/json"
    assert asked.headers["accept-encoding"] == "gzip"
    assert asked.headers["cache-control"] == "no-store"
    assert asked.headers["user-agent"].startswith("espelho/")


@pytest.mark.parametrize(
    "token",
    ["abc\r\nX-Evil: 1", "a&admin=1", "a#b", "a b", "ação\u202e", "%0d%0aX-Evil: 1", "a/../b"],
)
def test_whatever_a_token_holds_it_stays_one_value_of_the_query(fetcher: Open, token: str):
    with hostile(PAGE) as master:
        fetcher(master.url).send(Request("/api/c", {"cursor": token}))

    (asked,) = master.asked
    assert "x-evil" not in asked.headers
    assert urlsplit(asked.target).path == "/api/c"
    assert parse_qsl(urlsplit(asked.target).query, keep_blank_values=True) == [("cursor", token)]


def test_cookies_are_not_sent_back(fetcher: Open):
    cookies = reply(b"{}", Set_Cookie="sid=evil; Path=/")
    with hostile(cookies) as master:
        one = fetcher(master.url)
        for _ in range(3):
            one.send(Request("/"))
    assert [asked.headers.get("cookie") for asked in master.asked] == [None] * 3


def test_cookies_of_an_error_are_not_sent_back_either(fetcher: Open):
    with hostile(reply(b"{}", 503, Set_Cookie="sid=evil; Path=/")) as master:
        one = fetcher(master.url, attempts=3)
        with pytest.raises(MasterProblem, match="503"):
            one.send(Request("/"))
    assert [asked.headers.get("cookie") for asked in master.asked] == [None] * 3


def test_proxies_of_the_environment_are_ignored(fetcher: Open, monkeypatch: pytest.MonkeyPatch):
    with hostile(PAGE) as master, hostile(PAGE) as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.url)
        monkeypatch.delenv("NO_PROXY", raising=False)
        fetcher(master.url).send(Request("/"))
    assert (len(master.asked), len(proxy.asked)) == (1, 0)


def test_credentials_of_a_netrc_file_are_ignored(
    fetcher: Open, monkeypatch: pytest.MonkeyPatch, tmp_path
):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password secret\n")
    monkeypatch.setenv("NETRC", str(netrc))
    with hostile(PAGE) as master:
        fetcher(master.url).send(Request("/"))
    assert "authorization" not in master.asked[0].headers


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_ends_the_run_and_is_not_followed(fetcher: Open, status: int):
    with (
        hostile(PAGE) as canary,
        hostile(reply(b"", status, Location=canary.url)) as master,
        pytest.raises(OriginRefused, match=f"redirects .{status}."),
    ):
        fetcher(master.url, attempts=4, headers={"X-Api-Key": "s3cret"}).send(Request("/"))
    assert (len(master.asked), len(canary.asked)) == (1, 0)


@pytest.mark.parametrize(
    "location", ["/elsewhere", "//canary.invalid/", "http://169.254.169.254/", "http://[::1", ""]
)
def test_a_redirect_to_anywhere_is_no_better(fetcher: Open, location: str):
    with hostile(reply(b"", 302, Location=location)) as master, pytest.raises(MasterProblem):
        fetcher(master.url, attempts=2).send(Request("/"))
    assert {asked.target for asked in master.asked} == {"/"}


@pytest.mark.parametrize(
    "path", ["@canary.invalid/", ":81/", ".canary.invalid/", "\\canary.invalid", "0/"]
)
def test_a_path_that_would_lead_to_another_origin_is_not_asked(fetcher: Open, path: str):
    with hostile(PAGE) as master, pytest.raises((OriginRefused, ValueError)):
        fetcher(master.url).send(Request(path))
    assert master.asked == []


def test_a_path_with_two_slashes_is_a_path_of_the_same_origin(fetcher: Open):
    with hostile(PAGE) as master:
        fetcher(master.url).send(Request("//canary.invalid/"))
    assert [asked.target for asked in master.asked] == ["//canary.invalid/"]


@pytest.mark.parametrize(
    "url",
    [
        "http://somebody:secret@127.0.0.1:1",
        "https://somebody@master.example",
        "https://@master.example",
        "ftp://master.example",
        "file:///etc/passwd",
        "master.example",
        "https://",
        "https://[x",
        "https://master.example:99999",
        "https://master.example:port",
    ],
)
def test_an_address_that_is_no_plain_web_address_is_refused(fetcher: Open, url: str):
    with pytest.raises(OriginRefused, match=r"must be like https://master\.example") as told:
        fetcher(url)
    assert "secret" not in str(told.value)


@pytest.mark.parametrize(
    "url",
    [
        "http://master.example",
        "http://192.168.0.7:8080",
        "http://127.0.0.1.canary.invalid",
        "http://127.evil.example",
        "http://localhost.evil.example",
        "http://[::2]",
        "http://0.0.0.0",
    ],
)
def test_plain_http_beyond_this_machine_is_refused_unless_allowed(fetcher: Open, url: str):
    with pytest.raises(OriginRefused, match="allow_insecure = true"):
        fetcher(url)
    fetcher(url, allow_insecure=True)


@pytest.mark.parametrize(
    "url", ["http://localhost:1", "http://127.0.0.1:1", "http://[::1]:1", "https://master.example"]
)
def test_plain_http_to_this_machine_and_https_anywhere_are_accepted(fetcher: Open, url: str):
    fetcher(url)


def resolve_to_loopback(monkeypatch: pytest.MonkeyPatch, port: int) -> None:
    there = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: there)


def test_a_public_name_that_leads_to_a_private_address_is_not_read(
    fetcher: Open, monkeypatch: pytest.MonkeyPatch
):
    with hostile(PAGE) as master:
        port = int(master.url.rpartition(":")[2])
        one = fetcher(f"http://master.example:{port}", allow_insecure=True, attempts=3)
        resolve_to_loopback(monkeypatch, port)
        with pytest.raises(OriginRefused, match=r"private address.*allow_private = true"):
            one.send(Request("/"))
    assert master.asked == []


def test_a_private_address_is_read_where_the_settings_allow_it(
    fetcher: Open, monkeypatch: pytest.MonkeyPatch
):
    with hostile(PAGE) as master:
        port = int(master.url.rpartition(":")[2])
        url = f"http://master.example:{port}"
        one = fetcher(url, allow_insecure=True, allow_private=True)
        resolve_to_loopback(monkeypatch, port)
        assert one.send(Request("/")).body == b"{}"
