"""What every answer promises a browser, and which writes are refused."""

import json
import re
from datetime import UTC
from pathlib import Path

import pytest
from faker import Faker

from mirror.records import REGISTRATIONS, Customer, Document, Phone
from tests.fakes.clientele import DEUZENIR
from tests.fakes.shopfront import Shopfront
from web import security

LOOK = Path(__file__).parents[2] / "web/look"
HOSTS = json.loads(
    (Path(__file__).parents[1] / "data/field_cases/27_host_and_origin.json").read_text("utf-8")
)


@pytest.mark.parametrize(
    "address", ["/entrar", "/clientes", "/clientes/1", "/nada", "/saude", "/frescor", "/auditoria"]
)
def test_every_answer_carries_the_headers(shop: Shopfront, address: str) -> None:
    answer = shop.signed_in().get(address)
    for name, value in security.HEADERS.items():
        assert answer.headers[name] == value
    assert answer.headers["Cache-Control"] == "no-store"


def test_the_policy_allows_no_inline_and_no_stranger() -> None:
    policy = dict(part.split(" ", 1) for part in security.CONTENT_SECURITY_POLICY.split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert "unsafe" not in security.CONTENT_SECURITY_POLICY


def test_no_page_has_inline_script_or_style(shop: Shopfront) -> None:
    client = shop.signed_in("supervisor")
    pages = ["/entrar", "/clientes", f"/clientes/{shop.id_of(DEUZENIR)}", "/auditoria", "/nada"]
    for address in pages:
        html = client.get(address).text
        assert not re.search(r"\son\w+=\"|\sstyle=|<style|<script(?! src=\"/estatico/)", html)


def test_nothing_is_loaded_from_elsewhere() -> None:
    sent = (*LOOK.glob("templates/**/*.html"), *LOOK.glob("static/**/*.*"))
    assert len(sent) > 40
    for file in sent:
        elsewhere = rb"(?:src|href)=\"https?:|url\((?!#|\"espelho-sans)|@import|fetch\('http"
        found = re.findall(elsewhere, file.read_bytes())
        assert not found, file.name


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({}, 303),
        ({"Origin": "http://localhost"}, 303),
        ({"Origin": "https://mal.exemplo"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://localhost.mal.exemplo"}, 403),
        ({"Origin": "http://localhost:81"}, 403),
        ({"Sec-Fetch-Site": "same-origin"}, 303),
        ({"Sec-Fetch-Site": "none"}, 303),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"}, 403),
    ],
)
def test_a_write_from_another_site_is_refused(
    shop: Shopfront, headers: dict[str, str], code: int
) -> None:
    answer = shop.signed_in().post("/sair", headers=headers)
    assert answer.status_code == code


@pytest.mark.parametrize("one", HOSTS, ids=lambda one: one["Host"])
def test_our_own_origin_is_ours_as_the_case_writes_it(shop: Shopfront, one: dict[str, str]) -> None:
    assert shop.signed_in().post("/sair", headers=one).status_code == 303


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("clientes.exemplo:80", "http://Clientes.Exemplo"),
        ("[2001:DB8::7]:443", "https://[2001:db8::7]"),
        ("clientes.exemplo", "https://clientes.exemplo:443"),
        ("clientes.exemplo:8443", "https://clientes.exemplo:8443"),
    ],
)
def test_our_own_origin_is_ours_however_host_and_port_are_written(
    shop: Shopfront, host: str, origin: str
) -> None:
    answer = shop.signed_in().post("/sair", headers={"Host": host, "Origin": origin})
    assert answer.status_code == 303


def test_a_refused_write_changes_nothing(shop: Shopfront) -> None:
    client = shop.signed_in()
    client.post("/sair", headers={"Sec-Fetch-Site": "cross-site"})
    assert client.get("/clientes").status_code == 200


def test_reading_from_another_site_is_a_plain_link(shop: Shopfront) -> None:
    answer = shop.signed_in().get("/clientes", headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 200


def test_the_terminals_api_is_not_judged_by_browser_headers(shop: Shopfront) -> None:
    answer = shop.app.test_client().post("/api/v1/lookup", headers={"Origin": "https://pdv.local"})
    assert answer.status_code == 401


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_a_customer_cannot_be_written(shop: Shopfront, method: str) -> None:
    client = shop.signed_in("administrator")
    for address in ("/clientes", f"/clientes/{shop.id_of(DEUZENIR)}"):
        answer = getattr(client, method)(address)
        assert answer.status_code == 405
        assert "somente leitura" in answer.text
        assert "GET" in answer.headers["Allow"]


def test_a_body_that_is_too_large_is_refused(shop: Shopfront) -> None:
    answer = shop.signed_in().post("/clientes/busca", data={"q": "x" * 20_000})
    assert answer.status_code == 413


def test_static_files_are_named_by_content_and_kept_for_a_year(shop: Shopfront) -> None:
    client = shop.app.test_client()
    html = client.get("/entrar").text
    addresses = re.findall(r"(?:src|href)=\"(/estatico/.*?)\"", html)
    assert len(addresses) == 7
    for address in addresses:
        answer = client.get(address)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["Cache-Control"]
        other = re.sub(r"estatico/\w+", "estatico/000000000000", address)
        assert client.get(other).status_code == 404
    assert client.get("/estatico/x/app.py").status_code == 404


STYLES_AND_SCRIPTS = re.compile(r'(?:src|href)="(/estatico/[^"#]*(?<!woff2))["#]')
"""What a page needs before it can be read: the typeface comes when it comes, and once a year."""


def test_the_typeface_is_one_small_file_that_styles_ask_for_by_its_content(
    shop: Shopfront,
) -> None:
    client = shop.app.test_client()
    html = client.get("/entrar").text
    asked = re.search(r'as="font" [^>]*href="(/estatico/\w+/espelho-sans.woff2)"', html)
    style = re.search(r'rel="stylesheet" href="(/estatico/\w+/espelho.css)"', html)
    assert asked
    assert style
    css = client.get(style[1]).text
    assert re.findall(r'url\("(.*?)"\)', css) == [asked[1].replace("/estatico", "..")]
    assert "font-display: swap" in css
    typeface = client.get(asked[1])
    assert (typeface.mimetype, typeface.data[:4]) == ("font/woff2", b"wOF2")
    assert len(typeface.data) < 16_000
    assert "SIL OPEN FONT LICENSE" in (LOOK / "static" / "font" / "OFL.txt").read_text()


def crowd(many: int) -> list[Customer]:
    """Customers as different from each other as real ones are."""
    fake = Faker("pt_BR")
    fake.seed_instance(1)
    return [
        Customer(
            external_id=str(fake.unique.random_number(8)),
            version=1,
            registration=fake.random_element(REGISTRATIONS),
            name=fake.name(),
            documents=(Document("cpf", fake.unique.cpf().replace(".", "").replace("-", "")),),
            emails=(fake.unique.free_email(),),
            phones=(Phone(f"+55119{fake.unique.random_number(8, fix_len=True)}", "mobile"),),
            customer_since=fake.date_between("-9y"),
            last_purchase_at=fake.date_time_between("-9y", tzinfo=UTC),
        )
        for _ in range(many)
    ]


@pytest.mark.parametrize("address", ["/clientes", "/clientes/{id}"])
def test_a_page_travels_in_10_kb_and_the_first_with_all_it_loads_in_24(
    shop: Shopfront, address: str
) -> None:
    shop.write(*crowd(60))
    client = shop.signed_in()
    packed = {"Accept-Encoding": "gzip"}
    address = address.format(id=shop.id_of(DEUZENIR))
    page = client.get(address, headers=packed)
    assert page.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in page.headers["Vary"]
    loaded = set(STYLES_AND_SCRIPTS.findall(client.get(address).text))
    sizes = [len(client.get(one, headers=packed).data) for one in loaded]
    assert len(sizes) == 6
    assert len(page.data) < 10_000
    assert len(page.data) + sum(sizes) < 24_000


def test_an_unexpected_failure_is_told_without_details(
    shop: Shopfront, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ValueError("529.982.247-25")

    client = shop.signed_in()
    monkeypatch.setattr("web.customers.listing.look", broken)
    answer = client.get("/clientes")
    assert answer.status_code == 500
    assert "O erro foi registrado" in answer.text
    assert "529" not in answer.text + caplog.text
    assert "ValueError" in caplog.text
