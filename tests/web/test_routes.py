"""Who may ask what: every address of the application, by every role and method, from one table."""

from collections.abc import Callable, Iterator
from functools import partial

import pytest
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from mirror.ledger import journal
from mirror.store.engine import Database
from tests.fakes.clientele import DEUZENIR
from tests.fakes.dealings import deal, order, payment
from tests.fakes.shopfront import Shopfront
from tests.web.active_shop import opener
from web.accounts.staff import ROLES
from web.shop import ALLOWED, allowed
from web.terminals import devices

ANYBODY, STAFF, TERMINAL, SECRET = "anybody", "staff", "terminal", "secret"
MACHINE = "machine"
"""This machine alone, or a token; everybody here asks from another one."""
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
OF_ONE = "/clientes/<int:customer_id>"
PAYMENT = f"{OF_ONE}/pagamentos/<int:payment_id>"

WHO_MAY = {
    "/entrar": ANYBODY,
    "/estatico/<digest>/<name>": ANYBODY,
    "/frescor": ANYBODY,
    "/health": ANYBODY,
    "/saude": ANYBODY,
    "/ready": ANYBODY,
    "/": STAFF,
    "/sair": STAFF,
    "/senha": STAFF,
    "/clientes": "browse",
    "/clientes/marca": "browse",
    "/clientes/busca": "search",
    "/clientes/busca/<ticket>": STAFF,
    "/clientes/busca/<ticket>/origem": "asked_origin",
    OF_ONE: "open",
    f"{OF_ONE}/contatos": "open",
    f"{OF_ONE}/dependentes": "open",
    f"{OF_ONE}/versao": STAFF,
    f"{OF_ONE}/acessos": "audit",
    f"{OF_ONE}/origem": "asked_origin",
    f"{OF_ONE}/revelar": "reveal",
    f"{OF_ONE}/copiar": "copy",
    f"{OF_ONE}/whatsapp": "whatsapp",
    f"{OF_ONE}/relacionamento": "open",
    f"{OF_ONE}/pedidos": "open",
    f"{OF_ONE}/pedidos/<int:order_id>": "open",
    f"{OF_ONE}/pedidos/<int:order_id>/arquivo.<ending>": "download",
    f"{OF_ONE}/pagamentos": "open",
    PAYMENT: "open",
    f"{PAYMENT}/revelar": "reveal",
    f"{PAYMENT}/copiar": "copy",
    f"{PAYMENT}/boleto": "boleto",
    f"{OF_ONE}/negocios": "open",
    f"{OF_ONE}/negocios/<int:deal_id>": "open",
    f"{OF_ONE}/visitas": "open",
    "/categorias": "browse",
    "/grupos": "browse",
    "/etiquetas": "browse",
    "/vendedores": "browse",
    "/perfis": "browse",
    "/campos/<path:label>": STAFF,
    "/cobrancas": "charges",
    "/assistente": "months",
    "/divergencias": "differences",
    "/configuracoes": STAFF,
    "/configuracoes/regras": "rules",
    "/operacao": "operations",
    "/metrics": MACHINE,
    "/equipe": "more_granted",
    "/auditoria": "audit",
    "/auditoria/conferir": "audit_verified",
    "/auditoria/arquivo.<ending>": "audit_exported",
    "/api/v1/lookup": TERMINAL,
    "/api/v1/freshness": TERMINAL,
    "/hooks/<source>": SECRET,
}
"""By address: what of `ALLOWED` it takes, or who else may. A new address that is not
here fails a test; so does one here that is no more."""
GRANT = {"login": "bia", "more": "10"}
SAYS_NO = "pdv.refusal_"
"""Endpoints by which the API answers everybody alike that there is nothing to be had."""
_FIELDS = {"reveal": "document-0", "copy": "document-0", "whatsapp": "phone-0"}


@pytest.fixture
def shop(mirror_with: Callable[..., Database], ledger: Database) -> Shopfront:
    did = (order(), payment(), deal())
    shop = opener(mirror_with, ledger)(did=did, reveals_per_hour=10_000, reveals_per_password=0)
    shop.hire(login="bia")
    return shop


def rules(shop: Shopfront) -> Iterator[Rule]:
    for rule in shop.app.url_map.iter_rules():
        if not rule.endpoint.startswith(SAYS_NO):
            yield rule


def address(shop: Shopfront, rule: str) -> str:
    """An address of the rule that somebody could ask for."""
    for name, value in (
        ("<int:customer_id>", str(shop.id_of(DEUZENIR))),
        *((f"<int:{one}_id>", "1") for one in ("order", "payment", "deal")),
        ("<ending>", "csv"),
    ):
        rule = rule.replace(name, value)
    for name in ("<digest>", "<name>", "<ticket>", "<source>", "<path:label>"):
        rule = rule.replace(name, "x")
    return rule


def ask(client: FlaskClient, shop: Shopfront, rule: str, method: str) -> int:
    """The status; 401 also where the way leads to the door."""
    in_payment = "payment_id" in rule
    wanted = WHO_MAY.get(rule, "")
    field = "code" if in_payment else _FIELDS.get(wanted, "document-0")
    data = (
        {"field": field, "reason": "nota", "q": "Deuzenir", **GRANT} if method == "POST" else None
    )
    elsewhere = {"REMOTE_ADDR": "192.0.2.9"}
    answer = client.open(address(shop, rule), method=method, data=data, environ_base=elsewhere)
    at_the_door = answer.status_code == 303 and answer.headers["Location"].startswith("/entrar")
    return 401 if at_the_door and rule != "/sair" else answer.status_code


def test_every_address_is_in_the_table(shop: Shopfront) -> None:
    assert {str(rule) for rule in rules(shop)} == set(WHO_MAY)
    assert set(WHO_MAY.values()) <= {
        ANYBODY,
        STAFF,
        TERMINAL,
        SECRET,
        MACHINE,
        *ALLOWED,
    }


@pytest.mark.parametrize("role", [None, *ROLES])
def test_whoever_may_not_is_refused_and_whoever_may_is_not(
    shop: Shopfront, role: str | None
) -> None:
    client = shop.signed_in(role) if role else shop.app.test_client()
    wrong = []
    # Who goes out comes in no more.
    for rule in sorted(rules(shop), key=lambda one: str(one) == "/sair"):
        wanted = WHO_MAY[str(rule)]
        for method in sorted((rule.methods or set()) & set(METHODS)):
            got = ask(client, shop, str(rule), method)
            if not _fits(wanted, role, got):
                wrong.append((str(rule), method, got))
    assert wrong == []


def _fits(wanted: str, role: str | None, got: int) -> bool:
    if wanted in (TERMINAL, SECRET):
        return got == 401  # a session opens nothing there
    if wanted == MACHINE:
        return got == 404
    if wanted == ANYBODY:
        return got in (200, 401, 404, 503)  # 401: a login that is none; 503: not ready
    if role is None:
        return got in (401, 303) if wanted == STAFF else got == 401
    if wanted == STAFF:
        return got in (200, 303, 404, 422)  # 422: a form that is filled in wrongly
    return got in ((200, 303) if allowed(role, wanted) else (403,))


@pytest.mark.parametrize("action", sorted(set(WHO_MAY.values()) & set(ALLOWED)))
def test_a_permission_that_is_taken_away_closes_every_address_and_each_refusal_is_a_row(
    shop: Shopfront, action: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = shop.signed_in("administrator")
    monkeypatch.setitem(ALLOWED, action, ())
    of_it = [
        (rule, method)
        for rule in rules(shop)
        for method in sorted((rule.methods or set()) & set(METHODS))
        if WHO_MAY[str(rule)] == action
    ]
    got = {(str(rule), method): ask(client, shop, str(rule), method) for rule, method in of_it}
    got.pop(("/clientes/busca", "GET"), None)  # leads back to the list

    assert set(got.values()) == {403}
    refused = [one for one in shop.journal() if one.outcome == journal.REFUSED]
    assert len(refused) == len(got)
    assert {(one.actor, one.action) for one in refused} == {("ana", action)}
    assert all(one.session and one.address for one in refused)


@pytest.mark.parametrize("role", [None, *ROLES])
def test_no_other_method_is_answered(shop: Shopfront, role: str | None) -> None:
    client = shop.signed_in(role) if role else shop.app.test_client()
    known: dict[str, set[str]] = {}
    for rule in rules(shop):
        known.setdefault(str(rule), set()).update(rule.methods or ())
    wrong = {}
    for place, methods in known.items():
        for method in set(METHODS) - methods:
            got = ask(client, shop, place, method)
            if got not in ((303, 401, 404, 405) if role is None else (404, 405)):
                wrong[place, method] = got
    assert wrong == {}


def test_a_terminal_asks_the_api_and_nothing_else(shop: Shopfront) -> None:
    token = devices.add(shop.ledger, "caixa 1", "Centro")
    bearer = {"Authorization": f"Bearer {token}"}
    client = shop.app.test_client()
    post = partial(client.post, "/api/v1/lookup", json={"code": "1"})

    assert post(headers=bearer).status_code == 200
    assert client.get("/api/v1/freshness", headers=bearer).status_code == 200
    assert client.get("/auditoria", headers=bearer).headers["Location"].startswith("/entrar")
    devices.revoke(shop.ledger, "caixa 1")
    assert post(headers=bearer).status_code == 401


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("place", ["customers", "customers/", "customers/7", "", "nada"])
def test_what_cannot_be_had_of_the_api_is_refused_to_everybody(
    shop: Shopfront, method: str, place: str
) -> None:
    token = devices.add(shop.ledger, "caixa 1", "Centro")
    for headers in ({}, {"Authorization": f"Bearer {token}"}):
        answer = shop.app.test_client().open(f"/api/v1/{place}", method=method, headers=headers)
        assert answer.status_code in (404, 405)
