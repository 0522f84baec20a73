"""What proves or names something is compared whole: its beginning or a continuation is refused."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from msgspec.structs import replace

from mirror.ledger import hints
from mirror.records import Customer
from mirror.store.engine import Database
from tests.fakes.clientele import DEUZENIR, EMAIL
from tests.fakes.dealings import order, write
from tests.fakes.shopfront import PASSWORD, Shopfront, open_shop
from web.accounts import session, staff
from web.accounts.staff import ROLES
from web.app import create_app
from web.look import assets
from web.look.masked import full
from web.operations.hooks import Hook
from web.settings import WebSettings
from web.shop import ALLOWED, allowed
from web.terminals import devices


def parts(whole: str) -> Iterator[str]:
    """What is not it: its beginnings and ends, what goes on after or before it, other letters."""
    yield from (whole[:-1], whole[1:], whole[: len(whole) // 2], whole[len(whole) // 2 :])
    yield from (f"{whole}A", f"A{whole}", f"{whole}{whole}", whole.swapcase(), "")


@pytest.mark.parametrize(
    "origin",
    [
        "http://localhos", "http://ocalhost", "http://localhost2", "http://localhost.mal.exemplo",
        "http://localhost@mal.exemplo", "http://mal.exemplo@localhost", "http://localhost:8700",
        "http://mal.exemplo/localhost", "http://mal.exemplo?localhost", "http://mal.exemplo#localhost",
        "http://xlocalhost", "localhost", "", "http://", "//", "http://local", "ftp://localhost",
        "chrome-extension://localhost", "http://localhost:443", "https://localhost:80", "http://[::1",
        "http://localhost:x", "http://localhost:99999",
    ],
)  # fmt: skip
def test_an_origin_that_only_looks_like_ours_is_refused(shop: Shopfront, origin: str) -> None:
    answer = shop.signed_in().post("/sair", headers={"Origin": origin})
    assert answer.status_code == 403


@pytest.mark.parametrize("origin", ["http://loja.exemplo:87", "http://loja.exemplo"])
def test_a_host_with_a_port_is_compared_with_it(shop: Shopfront, origin: str) -> None:
    told = {"Host": "loja.exemplo:8700", "Origin": origin}
    assert shop.signed_in().post("/sair", headers=told).status_code == 403


@pytest.mark.parametrize("site", ["same", "same-origin2", "same-sit", "origin", "nonesuch", ""])
def test_a_fetch_site_is_one_of_the_words(shop: Shopfront, site: str) -> None:
    answer = shop.signed_in().post("/sair", headers={"Sec-Fetch-Site": site})
    assert answer.status_code == 403


@pytest.mark.parametrize(
    "address", ["/api", "/apiario", "/api-2/x", "/hooks", "/hooksy/loja", "/x/api/", "/x/hooks/y"]
)
def test_only_below_the_programs_addresses_no_session_is_asked_for(
    shop: Shopfront, address: str
) -> None:
    client = shop.app.test_client()
    foreign = client.post(address, headers={"Sec-Fetch-Site": "cross-site"})
    assert foreign.status_code == 403
    assert (client.get(address).location or "").startswith("/entrar")


def test_a_part_of_a_sessions_token_is_nobodys(shop: Shopfront) -> None:
    person = shop.hire()
    token = session.start(shop.ledger, person)
    for other in parts(token):
        assert session.resume(shop.ledger, other) is None, other
        session.end(shop.ledger, other)
    assert session.resume(shop.ledger, token) == person


@pytest.mark.parametrize("name", ["espelh", "espelho2", "spelho", "__Host-espelho", "ESPELHO"])
def test_a_session_is_in_the_cookie_of_the_whole_name(shop: Shopfront, name: str) -> None:
    client = shop.app.test_client()
    client.set_cookie(name, session.start(shop.ledger, shop.hire()))
    assert client.get("/clientes").status_code == 303


def test_a_part_of_a_terminals_token_is_no_terminals(shop: Shopfront) -> None:
    token = devices.add(shop.ledger, "Caixa 1", "Centro")
    client = shop.app.test_client()
    for other in (*parts(token), f"{token} x", f"x {token}", token.removeprefix("esp_")):
        assert devices.authenticate(shop.ledger, other) is None, other
        told = {"Authorization": f"Bearer {other}"}
        assert client.get("/api/v1/freshness", headers=told).status_code == 401, other
    for scheme in ("Bear", "Bearers", "XBearer", "Basic"):
        told = {"Authorization": f"{scheme} {token}"}
        assert client.get("/api/v1/freshness", headers=told).status_code == 401, scheme
    assert devices.authenticate(shop.ledger, f"{token}\n") is None
    assert devices.authenticate(shop.ledger, token)


def test_the_terminal_of_the_whole_name_is_revoked(ledger: Database) -> None:
    names = ("caixa 1", "caixa 10", "caixa", "a caixa 1", "Caixa 1")
    tokens = {name: devices.add(ledger, name, "Centro") for name in names}
    devices.revoke(ledger, "caixa 1")
    for name, token in tokens.items():
        assert (devices.authenticate(ledger, token) is None) == (name == "caixa 1"), name


def test_a_login_and_a_password_are_the_whole_ones(shop: Shopfront) -> None:
    ana, other = shop.hire(login="ana"), shop.hire(login="ana.maria")
    for login in ("an", "na", "ana.", "ana.mari", "ana.maria2", "anA.Maria.x", "%", "a_a"):
        assert staff.authenticate(shop.ledger, login, PASSWORD) is None, login
    for word in (PASSWORD[:-1], PASSWORD[1:], f"{PASSWORD} ", PASSWORD.upper()):
        assert staff.authenticate(shop.ledger, "ana", word) is None, word
    assert staff.authenticate(shop.ledger, "ana", PASSWORD) == ana
    staff.disable(shop.ledger, "ana")
    assert staff.authenticate(shop.ledger, "ana.maria", PASSWORD) == other


@pytest.mark.parametrize("role", ROLES)
def test_a_role_and_an_action_are_the_whole_words(role: str) -> None:
    for action in ALLOWED:
        for other in parts(action):
            if other not in ALLOWED:
                assert not allowed(role, other), other
        for other in parts(role):
            assert not allowed(other, action), other
    assert not allowed(" ".join(ROLES), "open")


@pytest.fixture
def hooked(mirror_db: Database, ledger: Database) -> Callable[..., int]:
    hooks = {
        name: Hook("X-Validation-Key", f"s3cret of {name}", ("New.Id", "ResourceId"))
        for name in ("ploomes", "ploomes2", "ploo")
    }
    client = create_app(mirror_db, ledger, WebSettings(), hooks).test_client()

    def post(name: str, secret: str, body: object = None, header: str = "X-Validation-Key") -> int:
        return client.post(f"/hooks/{name}", json=body, headers={header: secret}).status_code

    return post


def test_a_part_of_a_hooks_secret_is_wrong(hooked: Callable[..., int], ledger: Database) -> None:
    right = "s3cret of ploomes"
    for other in parts(right):
        assert hooked("ploomes", other) == 401, other
    for header in ("X-Validation", "X-Validation-Key2", "Validation-Key"):
        assert hooked("ploomes", right, header=header) == 401, header
    assert hints.waiting(ledger) == set()
    assert hooked("ploomes", right) == 202


def test_a_hook_is_the_whole_names(hooked: Callable[..., int], ledger: Database) -> None:
    for name in ("ploome", "ploomes22", "loomes", "PLOOMES", "ploomes2", "ploo"):
        assert hooked(name, "s3cret of ploomes") == 401, name
    for path in ("ploomes/x", "x/ploomes"):
        assert hooked(path, "s3cret of ploomes") == 404, path
    assert hooked("ploo", "s3cret of ploo") == 202
    assert hints.waiting(ledger) == {"ploo"}


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({"New": {"Id": "7", "Idx": "8"}, "ResourceId2": "9"}, ["7"]),
        ({"New": {"Idx": "8"}, "NewId": "8", "ResourceId2": "9"}, []),
        ({"New": {"Idx": "8"}, "ResourceId": "9"}, ["9"]),
        ({"New": {"Id": "7\t8"}, "ResourceId": "9\n"}, []),
        ({"New": {"Id": "a/../7"}, "ResourceId": "9/.."}, []),
        ({"New": {"Id": ".."}, "ResourceId": "."}, []),
        ({"New": {"Id": "..."}}, ["..."]),
        ({"New": {"Id": "x" * 65}, "ResourceId": ""}, []),
    ],
)
def test_an_id_in_a_hint_is_one_as_a_whole(
    hooked: Callable[..., int], ledger: Database, body: dict[str, Any], named: list[str]
) -> None:
    assert hooked("ploomes", "s3cret of ploomes", body) == 202
    assert hints.taken(ledger, "ploomes").ids == named


@pytest.mark.parametrize(
    "kind",
    ["application/jsonfoo", "application/json-seq", "application/jso", "xapplication/json",
     "application/x-json", "text/application/json", "application/ld+json", "json", "text/json", ""],
)  # fmt: skip
def test_a_terminal_asks_in_json_and_in_nothing_like_it(shop: Shopfront, kind: str) -> None:
    token = devices.add(shop.ledger, "Caixa 1", "Centro")
    told = {"Authorization": f"Bearer {token}", "Content-Type": kind}
    client, body = shop.app.test_client(), f'{{"email": "{EMAIL}"}}'
    assert client.post("/api/v1/lookup", data=body, headers=told).status_code == 415
    told["Content-Type"] = "application/json; charset=utf-8"
    assert client.post("/api/v1/lookup", data=body, headers=told).status_code == 200


@pytest.mark.parametrize("key", ["mail", "e-mail", "emails", "Email", "email ", "documento", "cod"])
def test_a_term_is_of_a_kind_named_whole(shop: Shopfront, key: str) -> None:
    token = devices.add(shop.ledger, "Caixa 1", "Centro")
    told = {"Authorization": f"Bearer {token}"}
    answer = shop.app.test_client().post("/api/v1/lookup", json={key: EMAIL}, headers=told)
    assert (answer.status_code, (answer.json or {})["code"]) == (422, "one-key")


def test_a_static_file_is_named_whole(shop: Shopfront) -> None:
    client = shop.app.test_client()
    for name, bundle in assets.load().items():
        for digest in parts(bundle.digest):
            assert client.get(f"/estatico/{digest}/{name}").status_code != 200, digest
        for other in (*parts(name), f"./{name}", f"x/../{name}", f"css/{name}"):
            assert client.get(f"/estatico/{bundle.digest}/{other}").status_code != 200, other
        assert client.get(f"/estatico/{bundle.digest}/{name}").status_code == 200


@pytest.mark.parametrize("ending", ["pd", "df", "pdfx", "xpdf", "PDF", "pdf.pdf", "csv;", "jso"])
def test_a_file_has_one_of_the_endings(
    mirror_with: Callable[..., Database], ledger: Database, ending: str
) -> None:
    shop = open_shop(mirror_with, ledger, DEUZENIR)
    write(shop.mirror, order())
    client, row = shop.signed_in(), shop.id_of(DEUZENIR)
    address = f"/clientes/{row}/pedidos/1/arquivo."
    assert client.post(address + ending, data={"reason": "nota"}).status_code == 404
    assert client.post(f"{address}pdf", data={"reason": "nota"}).status_code == 200
    assert client.post(f"{address}pdf", data={"reason": "not"}).status_code == 400
    assert client.post(f"{address}pdf", data={"reason": "notas"}).status_code == 400


@pytest.mark.parametrize(
    "field",
    ["phone", "phone-", "hone-0", "xphone-0", "phone-0-0", "phone-0x", "phone-x0", "phones-0",
     "phone-10", "phone-2", "phone--1", "phone-0 ", "contact_phon-0", "document-1", "-0", "0"],
)  # fmt: skip
def test_a_field_to_reveal_is_named_whole(field: str) -> None:
    assert full(DEUZENIR, "phone-1")
    assert full(DEUZENIR, field) is None


@pytest.mark.parametrize(
    ("parameter", "filters"),
    [
        ("status=ativo", True), ("status=ativ", False), ("status=ativos", False),
        ("statu=ativo", False), ("statuses=ativo", False), ("categoria=Consultor", True),
        ("categori=Consultor", False), ("categorias=Consultor", False),
    ],
)  # fmt: skip
def test_a_filter_is_named_whole(shop: Shopfront, parameter: str, filters: bool) -> None:
    html = shop.signed_in().get(f"/clientes?tipo=PF&{parameter}").text
    assert ("Remover filtro" in html) == filters


@pytest.mark.parametrize("value", ["Consulto", "Consultores", "onsultor", "CONSULTOR", "Cons%"])
def test_a_label_filters_as_a_whole(shop: Shopfront, value: str) -> None:
    html = shop.signed_in().get("/clientes", query_string={"categoria": value}).text
    assert not re.search(r'id="n\d+"', html)


@pytest.mark.parametrize(
    ("address", "led"),
    [
        ("https://origem.exemplo/7", True), ("https:origem.exemplo", False),
        ("http://origem.exemplo/7", False), ("httpsx://origem.exemplo", False),
        (" https://origem.exemplo", False), ("javascript:https://origem.exemplo", False),
    ],
)  # fmt: skip
def test_only_a_whole_https_address_is_led_to(
    mirror_with: Callable[..., Database], ledger: Database, address: str, led: bool
) -> None:
    shop = open_shop(mirror_with, ledger, _at(address), required=("gender",))
    client = shop.signed_in()
    for page in (f"/clientes/{shop.id_of(DEUZENIR)}", "/clientes?incompletos=sim"):
        assert (f'href="{address}"' in client.get(page).text) == led, page


def _at(address: str) -> Customer:
    return replace(DEUZENIR, master_url=address, gender=None)
