"""The audit page: who saw what, for those who answer for it."""

from html import unescape

from flask.testing import FlaskClient

from tests.fakes.clientele import CPF_SHOWN, DEUZENIR, SECRETS
from tests.fakes.shopfront import Shopfront


def busy_day(shop: Shopfront) -> None:
    ana = shop.signed_in("attendant", "ana")
    customer = shop.id_of(DEUZENIR)
    ana.post("/clientes/busca", data={"q": CPF_SHOWN})
    ana.get(f"/clientes/{customer}")
    ana.post(f"/clientes/{customer}/revelar", data={"field": "phone-1", "reason": "nota"})


def told(client: FlaskClient, address: str = "/auditoria", **asked: object) -> str:
    """The table alone: above it stand the names of all that may be chosen."""
    return unescape(client.get(address, query_string=asked).text).partition("<tbody")[2]


def test_a_supervisor_reads_who_did_what(shop: Shopfront) -> None:
    busy_day(shop)
    html = unescape(shop.signed_in("supervisor", "rui").get("/auditoria").text)
    for shown in ("Buscou", "CPF: 1 encontrado", "Abriu o cadastro", "Revelou"):
        assert shown in html
    for shown in ("Telefone 2", "Nota fiscal ou entrega", "ID 446735", "Consultou a auditoria"):
        assert shown in html
    assert not [secret for secret in SECRETS if secret in html]


def test_newest_comes_first(shop: Shopfront) -> None:
    busy_day(shop)
    html = told(shop.signed_in("supervisor", "rui"))
    assert html.index("Revelou") < html.index("Abriu o cadastro") < html.index("Buscou")


def test_it_can_be_narrowed_to_one_person(shop: Shopfront) -> None:
    busy_day(shop)
    rui = shop.signed_in("supervisor", "rui")
    assert "Revelou" in told(rui, pessoa="ana")
    assert "Revelou" not in told(rui, pessoa="rui")


def test_an_attendant_may_not_read_it(shop: Shopfront) -> None:
    client = shop.signed_in("attendant")
    assert client.get("/auditoria").status_code == 403
    assert "/auditoria" not in client.get("/clientes").text
    _, row = shop.journal()
    assert (row.actor, row.action, row.outcome) == ("ana", "audit", "refused")
