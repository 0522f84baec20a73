"""Addresses, types and names of a master's are compared whole: what only looks alike is refused."""

import re

import msgspec
import pytest

from config.assemble import merged, preset
from connector.auth.credentials import Cookies, Sender
from connector.http import (
    AccessRefused,
    Answer,
    OriginRefused,
    Request,
    RequestRefused,
    WriteRefused,
)
from connector.http.client import checked_host, is_loopback, same_origin
from connector.mapping import values
from connector.mapping.values import Refused
from connector.sources.checks import definition
from connector.sources.rest.envelope import at_home, rel_next
from connector.sources.source_file import BadDefinition
from tests.connector.conftest import Open
from tests.fakes.hostile import hostile, reply

BASE = "https://master.example"
PAGE = b'{"items":[]}'


@pytest.mark.parametrize(
    "url",
    [
        "https://master.exampl/x", "https://master.example2/x", "https://master.example.evil/x",
        "https://aster.example/x", "https://xmaster.example/x", "https://evil/master.example",
        "https://master.example@evil/x", "https://evil@master.example/x",
        "https://master.example:8443/x", "https://master.example:4433/x", "http://master.example/x",
        "http://master.example:443/x", "httpss://master.example/x", "//master.example/x",
        "https:/master.example/x", "https://evil?https://master.example",
        "https://evil#https://master.example", "master.example/x", "https://", "",
    ],
)  # fmt: skip
def test_an_origin_is_the_same_as_a_whole(url: str) -> None:
    assert not same_origin(url, BASE)
    assert not same_origin(BASE, url)


@pytest.mark.parametrize(
    "url", ["https://master.example:443/x", "https://MASTER.example", "https://master.example?x"]
)
def test_the_same_origin_may_be_spelled_otherwise(url: str) -> None:
    assert same_origin(url, BASE)


@pytest.mark.parametrize(
    "host", ["localhos", "localhost2", "localhost.evil", "xlocalhost", "127.0.0.1.evil", "127.0.0",
             "127.0.0.1x", "::1x", "10.127.0.0.1", "0127.0.0.1", "127.0.0.1:80"]
)  # fmt: skip
def test_this_machine_is_named_whole(host: str) -> None:
    assert not is_loopback(host)


@pytest.mark.parametrize("scheme", ["http2", "httpsx", "xhttps", "htt", "https+x", ""])
def test_a_scheme_is_one_of_two_words(scheme: str) -> None:
    with pytest.raises(OriginRefused):
        checked_host(f"{scheme}://master.example", allow_insecure=True)


@pytest.mark.parametrize(
    "link",
    [
        "/erp2/c", "/er/c", "/erp.evil/c", "/erpx", "/xerp/c", "/c/erp/", "/ERP/c", "/erp/../c",
        "/erp%2f..%2fc", "https://master.example/erp2/c", "https://master.example.evil/erp/c",
        "https://xmaster.example/erp/c", "https://master.example@evil/erp/c",
        "https://evil@master.example/erp/c", "https://master.example:444/erp/c",
        "//evil/erp/c", "https://shop.example.evil/erp/c", "https://xshop.example/erp/c",
        "https://a.shop.example.evil/erp/c", "https://a.shop.example:444/erp/c",
        "http://a.shop.example/erp/c", "https://evil@a.shop.example/erp/c",
        "https://evil/a.shop.example/erp/c",
    ],
)  # fmt: skip
def test_a_next_address_lies_below_the_whole_base(link: str) -> None:
    with pytest.raises(OriginRefused):
        at_home(link, ["*.shop.example"], "loja", f"{BASE}/erp")


@pytest.mark.parametrize("link", ["/erp/c", "https://a.shop.example/erp/c", f"{BASE}/erp"])
def test_a_next_address_at_home_is_followed(link: str) -> None:
    aliases = ["*.other.example", "*.shop.example"]
    assert at_home(link, aliases, "loja", f"{BASE}/erp").startswith(f"{BASE}/erp")


@pytest.mark.parametrize(
    "rel",
    ['"nex"', '"nextpage"', '"next-archive"', '"prevnext"', '"previous"', "nextpage", "xnext",
     "nex", '"prev"; title="rel=next"', '"a-next b"'],
)  # fmt: skip
def test_a_link_of_another_relation_is_not_the_next(rel: str) -> None:
    assert rel_next(f"</c?page=2>; rel={rel}") is None
    assert rel_next(f'</c?page=2>; rel={rel}, </c?page=3>; rel="next"') == "/c?page=3"


def test_a_header_that_is_an_address_itself_is_the_next() -> None:
    assert rel_next(" https://master.example/c?page=2 ") == "https://master.example/c?page=2"
    assert rel_next(" ") is None


@pytest.mark.parametrize("name", ["xrel", "rels", "data-rel", "re"])
def test_a_relation_is_told_by_the_whole_word(name: str) -> None:
    assert rel_next(f'</c?page=2>; {name}="next"') is None


@pytest.mark.parametrize(
    "told",
    ['rel="next"', "rel=next", 'REL="NEXT"', 'rel="prev next"', 'rel="next last"',
     'type="x"; rel="next"', 'rel=next; type="x"', 'title="a"; rel=next'],
)  # fmt: skip
def test_the_next_is_told_in_any_of_the_ways(told: str) -> None:
    assert rel_next(f'</c?page=1>; rel="first", </c?page=2>; {told}') == "/c?page=2"
    assert rel_next(f'</c?page=2>;{told}, </c?page=9>; rel="last"') == "/c?page=2"


@pytest.mark.parametrize(
    "kind",
    ["application/jsonfoo", "application/json-seq", "application/jso", "xapplication/json",
     "text/application/json", "application/vnd.api+jsonx", "application/vnd.api+xjson; +json",
     "text/plain; application/json", "application/x-json", "json", "text/json"],
)  # fmt: skip
def test_words_about_a_refusal_are_heard_where_the_whole_type_is_json(
    fetcher: Open, kind: str
) -> None:
    heard: list[Answer] = []
    with hostile(reply(PAGE, 400, kind=kind)) as master, pytest.raises(RequestRefused):
        fetcher(master.url, judge=heard.append).send(Request("/"))
    assert heard == []


@pytest.mark.parametrize(
    "path", ["/searc", "/search/", "/search/1", "/search2", "/search?x=1", "/x/search", "/Search"]
)
def test_only_the_whole_address_of_a_question_is_posted_to(fetcher: Open, path: str) -> None:
    with hostile(PAGE) as master:
        made = fetcher(master.url, posts=frozenset({"/search"}))
        for method in ("POST", "post", "GETS", "PO"):
            with pytest.raises(WriteRefused):
                made.send(Request(path, method=method, json={}))
    assert master.asked == []


def test_a_cookie_is_taken_by_its_whole_name(fetcher: Open) -> None:
    cookies = "B1SESSION=evil, SESSION2=evil; SESSION=right; XSESSION=evil, ROUTE=r2, ROUTEID=evil"
    with hostile(reply(PAGE, Set_Cookie=cookies)) as master:
        made = fetcher(master.url, posts=frozenset({"/login"}))
        names = ["SESSION", "ROUTE"]
        Sender(made, Cookies(made, "/login", {}, names)).send(Request("/c"))
    assert master.asked[1].headers["cookie"] == "SESSION=right; ROUTE=r2"


@pytest.mark.parametrize(
    "cookies", ["SESSIONS=a", "SESSIO=a", "XSESSION=a", "x-SESSION=a", "a=SESSION"]
)
def test_a_cookie_of_another_name_is_none(fetcher: Open, cookies: str) -> None:
    with hostile(reply(PAGE, Set_Cookie=cookies)) as master:
        made = fetcher(master.url, posts=frozenset({"/login"}))
        with pytest.raises(AccessRefused, match="none of the cookies"):
            Sender(made, Cookies(made, "/login", {}, ["SESSION"])).send(Request("/c"))


@pytest.mark.parametrize(
    "code",
    ["7\n8", "7\t8", "7\x7f", "7\u202e8", "7\0", "\0", "../7", "7/..", "7/../8", "7/./8", "./7",
     "7\\..\\8", "..\\7", "..", ".", " .. ", "x" * 65, "ç" * 65, "", " ", "\n"],
)  # fmt: skip
def test_an_id_is_one_as_a_whole(code: str) -> None:
    with pytest.raises(Refused):
        values.external_id(code)


@pytest.mark.parametrize(
    "code",
    ["...", "..7", "7..", "7/8", "7/..8", "7../8", "7?", "7#", "7%2F", "%2e%2e", "a b", "ç", "客户",
     "x" * 64, "ç" * 64],
)  # fmt: skip
def test_an_id_that_only_looks_like_a_way_elsewhere_is_one(code: str) -> None:
    assert values.external_id(code) == values.external_id(f" {code}\n") == code


@pytest.mark.parametrize("name", ["lojas", "LOJA", "loj a", "loja/", "loja\n", "", "x" * 41, "l.a"])
def test_a_stream_of_a_source_is_told_by_whole_names(name: str) -> None:
    whole = merged(preset("omni"), {})
    with pytest.raises(BadDefinition, match="activit"):
        definition(merged(whole, {"activity": {name: whole["activity"]["orders"]}}), "loja")


@pytest.mark.parametrize(
    ("over", "told"),
    [
        ({"query": {"_method": "PUT"}}, True), ({"query": {"x-http-method": "PUT"}}, True),
        ({"headers": {"X-HTTP-Method-Override": "PUT"}}, True),
        ({"query": {"method_of_payment": "pix"}}, False), ({"query": {"the_method": "x"}}, False),
        ({"headers": {"X-Method-Name": "x"}}, False),
    ],
)  # fmt: skip
def test_a_parameter_that_changes_the_method_is_known_by_its_whole_name(
    over: dict[str, dict[str, str]], told: bool
) -> None:
    declared = merged(preset("omni"), {"stream": over})
    if not told:
        definition(declared, "loja")
        return
    with pytest.raises(BadDefinition, match="another method"):
        definition(declared, "loja")


@pytest.mark.parametrize("key", ["siz", "sizes", "Size", "kin", "kinds", "fro", "froms"])
def test_a_key_of_a_source_file_is_the_whole_word(key: str) -> None:
    declared = merged(preset("omni"), {"stream": {"page": {key: 5}}})
    with pytest.raises(BadDefinition, match=re.escape(key)):
        definition(declared, "loja")
    assert msgspec.json.encode(preset("omni"))
