"""No value of a customer with two and three of everything stands in clear on any masked way out."""

import json
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import unescape
from typing import Any
from urllib.parse import unquote_plus

import msgspec
import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from connector.preview import example_of
from mirror.masking import STYLES, masked_customer
from mirror.reading.listing import export
from mirror.records import Customer
from mirror.store.engine import Database
from tests.fakes.dealings import ALL_RULES, write
from tests.fakes.several import Numbers, doings, secrets, several
from tests.fakes.shopfront import Shopfront, open_shop
from tests.web.active_shop import JSON
from tests.web.activity.test_order_files import text_of
from web.terminals import devices

ROOMY: dict[str, Any] = {
    "reveals_per_hour": 10_000,
    "reveals_per_password": 0,
    "lookups_per_minute": 1_000_000,
}
_KEPT = re.compile(r"[^0-9A-Za-z@]")

_few = st.integers(0, 3)
_numbers = st.builds(
    Numbers, st.integers(1, 999), _few, _few, _few, _few, _few, _few, _few, _few, _few, _few
)
_bounded = settings(
    max_examples=int(os.environ.get("ESPELHO_EXAMPLES", "3")),
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),  # what is drawn is small as it is
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def leaked(told: str, values: set[str]) -> list[str]:
    """The values that a reader of ``told`` could see: as they are, parted by tags or by signs."""
    plain = unquote_plus(unescape(told))
    bare = re.sub(r"<[^>]*>", "", plain)
    digits = _KEPT.sub("", bare)
    return sorted(
        value
        for value in values
        if value in plain or value in bare or (_number(value) and _KEPT.sub("", value) in digits)
    )


def _number(value: str) -> bool:
    return sum(map(str.isdigit, value)) >= 8


def test_a_value_is_found_however_it_is_set_apart() -> None:
    values = {"529.982.247-25", "ana@x.exemplo", "Zuleica"}
    for told in (
        "529.982.247-25", "52998224725", "529 982 247 25", "<b>529</b>.982.247<i>-</i>25",
        "ana%40x.exemplo", "<em>ana@</em>x.exemplo", "de Zuleica", "ana&#64;x.exemplo",
    ):  # fmt: skip
        assert len(leaked(told, values)) == 1, told
    assert leaked("***.982.247-** a***@x.exemplo Z. W., 9 anos", values) == []


@dataclass
class Opened:
    """A shop with somebody and a device in it, which takes customers one after the other."""

    shop: Shopfront
    client: FlaskClient
    token: str
    versions: int = 0

    def take_in(self, customer: Customer, source: str = "loja") -> int:
        self.versions += 1
        customer = msgspec.structs.replace(customer, version=self.versions)
        self.shop.write(customer, source=source)
        return self.shop.id_of(customer)

    def lookup(self, **term: str) -> str:
        answer = self.shop.app.test_client().post(
            "/api/v1/lookup", json=term, headers={"Authorization": f"Bearer {self.token}"}
        )
        assert answer.status_code == 200, term
        return json.dumps(answer.json, ensure_ascii=False)


@pytest.fixture
def opened(mirror_with: Callable[..., Database], ledger: Database) -> Opened:
    shop = open_shop(mirror_with, ledger, **ROOMY)
    token = devices.add(ledger, "Caixa 1", "Centro")
    return Opened(shop, shop.signed_in("supervisor"), token)


TABS = (
    "", "/contatos", "/dependentes", "/pedidos", "/pagamentos", "/negocios", "/visitas",
    "/relacionamento",
)  # fmt: skip
LISTS = (
    "/clientes", "/clientes?tipo=PJ", "/categorias", "/grupos", "/etiquetas", "/vendedores",
    "/perfis", "/divergencias", "/divergencias?regras=ploomes", "/cobrancas?mes=2026-10",
    "/cobrancas?mes=2026-10&situacao=outras", "/auditoria", "/frescor",
)  # fmt: skip


def everywhere(opened: Opened, told: Numbers) -> Iterator[tuple[str, str]]:
    """Where something was shown, and all that was shown there, once people were taken in."""
    firm = several(told, "PJ", external_id=f"F-{told.person}")
    person = several(told, company=firm.external_id)
    row, firms_row = opened.take_in(person), opened.take_in(firm)
    opened.take_in(several(told, external_id=f"T-{told.person}"), "outra")
    write(opened.shop.mirror, *doings(told, person), rules=ALL_RULES)
    client = opened.client
    for address in (*_of(row, opened, told), *(f"/clientes/{firms_row}{tab}" for tab in TABS)):
        yield address, _page(client, address)
    for address in LISTS:
        yield address, _page(client, address)
    found = client.post("/clientes/busca", data={"q": "ana souza"}, follow_redirects=True)
    assert found.text.count("Ana Souza") >= 3
    yield "busca", found.text
    for field in ("document-1", "email-1", "phone-1"):
        yield f"{field} revealed", _beside(client, row, field)
    yield from _files(opened, row, told)
    yield from _terminals(opened, person)
    for line in export(opened.shop.mirror):
        yield "export", json.dumps(line, ensure_ascii=False)


def _of(row: int, opened: Opened, told: Numbers) -> Iterator[str]:
    yield from (f"/clientes/{row}{tab}" for tab in TABS)
    yield from (f"/clientes/{row}/pedidos/{one}" for one in _orders(opened, told))


def _orders(opened: Opened, told: Numbers) -> list[int]:
    html = _page(opened.client, f"/clientes/{opened.shop.id_of(several(told))}/pedidos")
    return sorted({int(one) for one in re.findall(r"/pedidos/(\d+)\"", html)})


def _page(client: FlaskClient, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return answer.text


def _beside(client: FlaskClient, row: int, field: str) -> str:
    """What a page says around the value that was asked for; nothing where there is none."""
    said = {"field": field, "reason": "atendimento"}
    value = client.post(f"/clientes/{row}/revelar", data=said, headers=JSON)
    page = client.post(f"/clientes/{row}/revelar", data=said).text
    if value.status_code == 404:
        return page
    shown = str((value.json or {})["value"])
    assert shown in page
    return page.replace(shown, "")


def _files(opened: Opened, row: int, told: Numbers) -> Iterator[tuple[str, str]]:
    for order in _orders(opened, told):
        for ending in ("csv", "json", "pdf"):
            address = f"/clientes/{row}/pedidos/{order}/arquivo.{ending}"
            answer = opened.client.post(address, data={"reason": "nota"})
            assert answer.status_code == 200, address
            yield address, text_of(answer.data) if ending == "pdf" else answer.text


def _terminals(opened: Opened, customer: Customer) -> Iterator[tuple[str, str]]:
    yield "code", opened.lookup(code=customer.external_id)
    for one in customer.documents:
        yield "document", opened.lookup(document=one.value)
    for email in customer.emails:
        yield "email", opened.lookup(email=email)
    for phone in customer.phones:
        yield "phone", opened.lookup(phone=phone.number)


@_bounded
@given(told=_numbers)
@example(told=Numbers(7))
@example(told=Numbers(8, spelling=1))
@example(told=Numbers(9, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2))
def test_nothing_of_a_customer_is_data_in_clear(told: Numbers) -> None:
    customer = several(told)
    for style in STYLES:
        masked = masked_customer(customer, style)
        for field, shown in masked.items():
            assert leaked(str(shown), secrets(told, customer)) == [], field


@_bounded
@given(told=_numbers)
@example(told=Numbers(7))
@example(told=Numbers(8, spelling=1))
def test_nothing_of_a_customer_is_an_example_of_its_field(told: Numbers) -> None:
    customer = several(told)
    for field in customer.__struct_fields__:
        value = getattr(customer, field)
        if value not in (None, (), {}):
            shown = example_of(field, value)
            assert leaked(shown, secrets(told, customer)) == [], field


@_bounded
@given(told=_numbers)
@example(told=Numbers(7))
@example(told=Numbers(8, spelling=1))
@example(told=Numbers(9, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2))
def test_nothing_of_a_customer_is_shown_in_clear(opened: Opened, told: Numbers) -> None:
    values = secrets(told, several(told))
    for where, text in everywhere(opened, told):
        assert leaked(text, values) == [], where
