"""By which way a master is reached: whose certificates are believed, through which proxy."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from connector.http import MasterProblem, Request, Unreachable
from connector.http.transport import Route, checked_proxy
from tests.connector.conftest import Open
from tests.fakes.hostile import Hostile, hostile, reply
from tests.fakes.routes import Authority, proxy

PAGE = reply(b'{"items":[]}')


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path / "shop")


@contextmanager
def served(by: Authority, **how: timedelta | str) -> Iterator[Hostile]:
    with hostile(PAGE, tls=by.server(**how)) as master:  # type: ignore[arg-type]
        yield master


def asked(fetcher: Open, master: Hostile, route: Route) -> bytes:
    return fetcher(master.url, route=route).send(Request("/")).body


def refused(fetcher: Open, master: Hostile, route: Route) -> str:
    with pytest.raises(MasterProblem) as problem:
        asked(fetcher, master, route)
    assert master.asked == []
    return str(problem.value)


# Certificates of an authority that nobody knows.


@pytest.mark.parametrize("named", ["pem", "der"])
def test_an_authority_that_is_named_is_believed(fetcher: Open, authority: Authority, named: str):
    with served(authority) as master:
        told = refused(fetcher, master, Route())
        assert "Name its file in ca_file of this source" in told
        assert asked(fetcher, master, Route(ca_file=str(getattr(authority, named))))


def test_the_variable_names_authorities_too(fetcher: Open, authority: Authority):
    with served(authority) as master:
        assert asked(fetcher, master, Route(bundle=str(authority.pem)))


def test_one_that_is_named_is_believed_besides_those_of_the_variable(
    fetcher: Open, authority: Authority, tmp_path: Path
):
    another = Authority(tmp_path / "another")
    both = Route(bundle=str(another.pem), ca_file=str(authority.pem))
    for one in (another, authority):
        with served(one) as master:
            assert asked(fetcher, master, both)


def test_another_authority_is_none(fetcher: Open, authority: Authority, tmp_path: Path):
    another = Authority(tmp_path / "another")
    with served(authority) as master:
        assert "ca_file" in refused(fetcher, master, Route(ca_file=str(another.pem)))
        assert "ca_file" in refused(fetcher, master, Route(bundle=str(another.pem)))


def test_an_authority_below_another_is_believed_by_itself(fetcher: Open, tmp_path: Path):
    below = Authority(tmp_path / "below", above=Authority(tmp_path / "root"))
    with served(below) as master:
        assert asked(fetcher, master, Route(ca_file=str(below.pem)))


def test_what_is_believed_must_still_be_of_that_name_and_day(fetcher: Open, authority: Authority):
    route = Route(ca_file=str(authority.pem))
    with served(authority, host="erp.loja.example") as master:
        assert "base_url must be the name that stands in it" in refused(fetcher, master, route)
    with served(authority, ends_in=timedelta(days=-1)) as master:
        assert "has expired" in refused(fetcher, master, route)


@pytest.mark.parametrize("where", ["ca_file", "bundle"])
@pytest.mark.parametrize("content", [None, b"", b"nothing of the kind", b"-----BEGIN CERTIFICATE"])
def test_a_file_without_a_certificate_is_told_before_anything_is_asked(
    fetcher: Open, tmp_path: Path, where: str, content: bytes | None
):
    file = tmp_path / "ca.pem"
    if content is not None:
        file.write_bytes(content)
    called = {"ca_file": "ca_file", "bundle": "SSL_CERT_FILE"}[where]
    with pytest.raises(ValueError, match=rf"{called}: .*ca\.pem cannot be read \("):
        fetcher("https://master.example", route=Route(**{where: str(file)}))


# A forward proxy.


def test_a_proxy_leads_to_a_master_over_tls(fetcher: Open, authority: Authority):
    with served(authority) as master, proxy() as between:
        route = Route(ca_file=str(authority.pem), proxy=between.url)
        assert asked(fetcher, master, route)
        assert between.led == [f"CONNECT {master.url.removeprefix('https://')} HTTP/1.1"]
        assert "ca_file" in refused_by(fetcher, master, Route(proxy=between.url))


def refused_by(fetcher: Open, master: Hostile, route: Route) -> str:
    with pytest.raises(Unreachable) as problem:
        asked(fetcher, master, route)
    return str(problem.value)


def test_a_proxy_leads_to_a_master_of_this_machine_too(fetcher: Open):
    with hostile(PAGE) as master, proxy() as between:
        assert asked(fetcher, master, Route(proxy=between.url))
        assert between.led == [f"GET {master.url}/ HTTP/1.1"]


def test_a_login_goes_to_the_proxy_and_not_to_the_master(fetcher: Open, authority: Authority):
    with served(authority) as master, proxy(login="loja:s3gredo") as between:
        known = Route(ca_file=str(authority.pem), proxy=between.url, proxy_login="loja:s3gredo")
        assert asked(fetcher, master, known)
        assert "proxy-authorization" not in master.asked[0].headers
        told = refused_by(fetcher, master, Route(proxy=between.url))
    assert f"The proxy {between.url} does not lead to {master.url} (it answered 407)" in told
    assert "secrets.proxy" in told


def test_a_proxy_s_own_words_are_not_repeated(fetcher: Open, authority: Authority):
    words = b"HTTP/1.1 502 CPF 529.982.247-25\r\nContent-Length: 0\r\n\r\n"
    with served(authority) as master, proxy(refusal=words) as between:
        told = refused_by(fetcher, master, Route(proxy=between.url))
    assert "it answered 502" in told
    assert "529.982" not in told


def test_a_proxy_that_is_not_there_is_told_by_its_setting(fetcher: Open, authority: Authority):
    with proxy() as between:
        pass
    with served(authority) as master:
        told = refused(fetcher, master, Route(proxy=between.url))
    assert f"through the proxy {between.url} (setting proxy): nothing listens there" in told


@pytest.mark.parametrize("name", ["HTTP_PROXY", "https_proxy", "ALL_PROXY"])
def test_a_proxy_of_the_environment_is_never_used(
    fetcher: Open, authority: Authority, monkeypatch: pytest.MonkeyPatch, name: str
):
    with served(authority) as master, proxy() as between:
        monkeypatch.setenv(name, between.url)
        assert asked(fetcher, master, Route(ca_file=str(authority.pem)))
        assert between.led == []


@pytest.mark.parametrize(
    "address",
    ["proxy.example:3128", "https://proxy.example", "socks5://proxy.example", "http://",
     "http://user:word@proxy.example", "http://proxy.example/x", "http://proxy.example:0",
     "http://proxy.example:x", "http://proxy.example?x", "http://proxy example", "http://[::1"],
)  # fmt: skip
def test_a_proxy_that_cannot_be_one_is_refused(address: str):
    with pytest.raises(ValueError, match=r"proxy must be like .* secrets\.proxy"):
        checked_proxy(address)
