"""The audit page: who saw what, for those who answer for it."""

from html import unescape

from tests.fakes.clientele import CPF_SHOWN, DEUZENIR, SECRETS
from tests.fakes.shopfront import Shopfront


def busy_day(shop: Shopfront) -> None:
    ana = shop.signed_in("attendant", "ana")
    customer = shop.id_of(DEUZENIR)
    ana.post("/clientes/busca", data={"q": CPF_SHOWN})
    ana.get(f"/clientes/{customer}")
    ana.post(f"/clientes/{customer}/revelar", data={"field": "phone-1", "reason": "nota"})


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
    html = shop.signed_in("supervisor", "rui").get("/auditoria").text
    assert html.index("Revelou") < html.index("Abriu o cadastro") < html.index("Buscou")


def test_it_can_be_narrowed_to_one_person(shop: Shopfront) -> None:
    busy_day(shop)
    rui = shop.signed_in("supervisor", "rui")
    assert "Revelou" in rui.get("/auditoria?pessoa=ana").text
    assert "Revelou" not in rui.get("/auditoria?pessoa=rui").text


def test_an_attendant_may_not_read_it(shop: Shopfront) -> None:
    client = shop.signed_in("attendant")
    assert client.get("/auditoria").status_code == 403
    assert "/auditoria" not in client.get("/clientes").text
    assert shop.journal() == []
