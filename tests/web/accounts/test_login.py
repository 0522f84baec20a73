"""The door: who comes in, what a refusal says, and that everything else is behind it."""

import pytest

from mirror.ledger import journal
from mirror.store.engine import Database
from tests.fakes.clientele import CPF_SHOWN
from tests.fakes.shopfront import PASSWORD, Shopfront, open_shop
from web.accounts import session
from web.security import WITHOUT_COOKIE


def enter(shop: Shopfront, **form: str):  # type: ignore[no-untyped-def]
    client = shop.app.test_client()
    return client, client.post("/entrar", data={"login": "ana", "password": PASSWORD, **form})


def test_the_right_password_opens_the_list(shop: Shopfront) -> None:
    shop.hire()
    client, answer = enter(shop)
    assert (answer.status_code, answer.location) == (303, "/clientes")
    html = client.get("/clientes").text
    assert "Ana Lima" in html
    assert "Atendente" in html


def test_the_cookie_is_out_of_reach_of_scripts_and_strangers(shop: Shopfront) -> None:
    shop.hire()
    cookie = enter(shop)[1].headers["Set-Cookie"]
    assert cookie.startswith("espelho=")
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Secure" not in cookie


def test_behind_https_the_cookie_is_bound_to_the_host(mirror_with, ledger) -> None:  # type: ignore[no-untyped-def]
    shop = open_shop(mirror_with, ledger, secure_cookies=True)
    shop.hire()
    cookie = enter(shop)[1].headers["Set-Cookie"]
    assert cookie.startswith("__Host-espelho=")
    assert "Secure" in cookie
    assert "Path=/" in cookie


@pytest.mark.parametrize("form", [{"login": "ninguem"}, {"password": "errada"}, {"login": ""}])
def test_wrong_and_unknown_hear_the_same(shop: Shopfront, form: dict[str, str]) -> None:
    shop.hire()
    answer = enter(shop, **form)[1]
    assert answer.status_code == 401
    assert "Usuário ou senha não conferem." in answer.text
    assert "Depois de 5 tentativas erradas" in answer.text
    assert "Set-Cookie" not in answer.headers


def test_a_refusal_keeps_the_login_and_never_the_password(shop: Shopfront) -> None:
    answer = enter(shop, login='ana"><b>', password="segredo-errado")[1]
    assert 'value="ana&#34;&gt;&lt;b&gt;"' in answer.text
    assert "segredo-errado" not in answer.text


PAGES = (
    "/",
    "/assistente",
    "/auditoria",
    "/operacao",
    "/categorias",
    "/clientes",
    "/clientes/busca",
    "/clientes/marca",
    "/cobrancas",
    "/configuracoes",
    "/configuracoes/regras",
    "/divergencias",
    "/equipe",
    "/etiquetas",
    "/grupos",
    "/perfis",
    "/senha",
    "/vendedores",
)


def test_every_page_is_among_those_that_strangers_are_refused(shop: Shopfront) -> None:
    shut = [one for one in shop.app.url_map.iter_rules() if one.endpoint not in session.PUBLIC]
    pages = {one.rule for one in shut if "GET" in (one.methods or ()) and "<" not in one.rule}

    assert {one for one in pages if not one.startswith(WITHOUT_COOKIE)} == set(PAGES)


@pytest.mark.parametrize("address", [*PAGES, "/clientes/1", "/nada"])
def test_everything_is_behind_the_door(shop: Shopfront, address: str) -> None:
    answer = shop.app.test_client().get(address)
    assert answer.status_code == 303
    assert (answer.location or "").startswith("/entrar")


def test_only_these_endpoints_are_open(shop: Shopfront) -> None:
    known = {rule.endpoint for rule in shop.app.url_map.iter_rules()}
    assert known >= session.PUBLIC
    assert not any(name.startswith(("customers.", "journal.")) for name in session.PUBLIC)


def test_a_search_by_a_stranger_leaves_no_trace_in_the_address(shop: Shopfront) -> None:
    answer = shop.app.test_client().post("/clientes/busca", data={"q": CPF_SHOWN})
    assert answer.location == "/entrar"


def test_after_the_door_comes_what_was_asked(shop: Shopfront) -> None:
    shop.hire()
    assert shop.app.test_client().get("/clientes?tipo=PJ").location == (
        "/entrar?para=/clientes?tipo%3DPJ"
    )
    assert enter(shop, after="/clientes?tipo=PJ")[1].location == "/clientes?tipo=PJ"


@pytest.mark.parametrize(
    "after", ["https://mal.exemplo", "//mal.exemplo", "/\\mal.exemplo", "javascript:1", "/\nx", "x"]
)
def test_the_door_leads_nowhere_else(shop: Shopfront, after: str) -> None:
    shop.hire()
    assert enter(shop, after=after)[1].location == "/clientes"


def test_leaving_ends_the_session_on_the_server(shop: Shopfront) -> None:
    client = shop.signed_in()
    token = client.get_cookie("espelho").value  # type: ignore[union-attr]
    assert client.post("/sair").location == "/entrar"
    client.set_cookie("espelho", token)
    assert client.get("/clientes").status_code == 303


def test_a_script_whose_session_is_over_is_told_so(shop: Shopfront) -> None:
    answer = shop.app.test_client().get(
        "/clientes/1/versao", headers={"Accept": "application/json"}
    )
    assert answer.status_code == 401
    assert "Entre de novo" in answer.json["error"]  # type: ignore[index]


def test_who_came_and_who_was_refused_is_written_down_but_not_what_else_was_typed(
    shop: Shopfront, ledger: Database
) -> None:
    shop.hire()
    client, _ = enter(shop)
    enter(shop, password="não é esta")
    enter(shop, login="529.982.247-25")
    client.post("/sair", headers={"Origin": "http://localhost"})

    rows = shop.journal()

    assert [(one.actor, one.action, one.outcome) for one in rows] == [
        ("ana", "logout", "done"),
        ("?", "login_refused", "refused"),
        ("ana", "login_refused", "refused"),
        ("ana", "login", "done"),
    ]
    assert rows[0].session == rows[3].session is not None
    assert len({one.address for one in rows} - {None}) == 1
    mark = journal.mark(ledger.keys, "login", "529.982.247-25")
    assert [one.detail for one in rows] == [None, f"mark={mark}", None, None]


def test_a_new_login_ends_the_session_the_browser_had(shop: Shopfront, ledger: Database) -> None:
    shop.hire()
    client, _ = enter(shop)
    before = client.get_cookie("espelho")
    assert before is not None

    client.post("/entrar", data={"login": "ana", "password": PASSWORD})

    assert session.resume(ledger, before.value) is None


NEW = "tres palavras minhas"


def changed(client, current: str = PASSWORD, new: str = NEW, again: str = NEW):  # type: ignore[no-untyped-def]
    return client.post("/senha", data={"current": current, "password": new, "again": again})


def test_who_changes_their_password_goes_on_here_and_nowhere_else(shop: Shopfront) -> None:
    client = shop.signed_in()
    other = enter(shop)[0]
    assert changed(client).status_code == 303
    assert client.get("/clientes").status_code == 200
    assert other.get("/clientes").status_code == 303
    assert enter(shop)[1].status_code == 401
    assert enter(shop, password=NEW)[1].status_code == 303
    rows = [(row.actor, row.action, row.about) for row in shop.journal()]
    assert ("ana", "password_set", "ana") in rows


@pytest.mark.parametrize(
    ("form", "status", "said"),
    [
        ({"current": "errada"}, 422, "A senha atual não confere"),
        ({"again": "outra senha qualquer"}, 422, "são diferentes"),
        ({"new": "curta", "again": "curta"}, 422, "ao menos 10"),
        ({"new": "Senha@12345", "again": "Senha@12345"}, 422, "fácil de adivinhar"),
    ],
)
def test_a_password_is_changed_by_who_knows_it_to_one_that_is_none_of_the_usual(
    shop: Shopfront, form: dict[str, str], status: int, said: str
) -> None:
    client = shop.signed_in()
    answer = changed(client, **form)
    assert (answer.status_code, said in answer.text) == (status, True)
    assert client.get("/clientes").status_code == 200
