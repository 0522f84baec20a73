"""A session that ends in mid-flow: why is said at the door, and what was asked for goes on."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from mirror.ledger import journal
from mirror.store.engine import Database
from mirror.store.progress import now_us
from tests.fakes.clientele import COMPANY, CPF_SHOWN, DEUZENIR
from tests.fakes.shopfront import PASSWORD, Shopfront
from web.accounts import session, staff

MINUTE_US = 60_000_000


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Moves the sessions' clock on by so many minutes."""

    def on(minutes: int) -> None:
        monkeypatch.setattr(session, "now_us", lambda: now_us() + minutes * MINUTE_US)

    return on


def door(client: FlaskClient) -> str:
    return client.get("/entrar").text


def enter(client: FlaskClient, login: str = "ana", **sent: str) -> str:
    told = {"login": login, "password": PASSWORD, **sent}
    return client.post("/entrar", data=told).text


def test_whoever_never_was_inside_is_told_nothing(shop: Shopfront) -> None:
    assert "sessão" not in door(shop.app.test_client()).lower()


def test_an_idle_session_says_so(shop: Shopfront, later: Callable[[int], None]) -> None:
    client = shop.signed_in()
    later(31)
    assert "30 minutos sem uso" in door(client)


@pytest.mark.parametrize(
    ("ended", "said"),
    [
        (lambda db: staff.disable(db, "ana"), "desativado"),
        (lambda db: staff.set_role(db, "ana", "supervisor"), "perfil de acesso mudou"),
        (lambda db: staff.set_password(db, "ana", "grampo bateria lua"), "senha foi trocada"),
    ],
)
def test_what_somebody_else_did_is_said(
    shop: Shopfront, ledger: Database, ended: Callable[[Database], None], said: str
) -> None:
    client = shop.signed_in()
    ended(ledger)
    assert client.get("/clientes").status_code == 303
    assert said in door(client)


def test_a_restored_ledger_says_so(shop: Shopfront, ledger: Database) -> None:
    client = shop.signed_in()
    session.end(ledger, client.get_cookie("espelho").value)  # type: ignore[union-attr]
    assert "restaurado" not in door(client)
    journal.record(ledger, journal.operator().did("restore"))
    assert "restaurado" in door(client)


def test_the_search_goes_on_after_the_door(shop: Shopfront, later: Callable[[int], None]) -> None:
    client = shop.signed_in()
    later(31)
    asked = client.post("/clientes/busca", data={"q": CPF_SHOWN, "filtros": "status=ativo"})
    assert asked.status_code == 401
    assert asked.location is None
    assert f'name="q" value="{CPF_SHOWN}"' in asked.text
    assert CPF_SHOWN not in str(asked.headers)
    page = enter(client, q=CPF_SHOWN, filtros="status=ativo")
    assert 'action="/clientes/busca" data-go' in page
    assert f'name="q" value="{CPF_SHOWN}"' in page
    assert 'name="filtros" value="status=ativo"' in page
    found = client.post("/clientes/busca", data={"q": CPF_SHOWN})
    assert found.location == f"/clientes/{shop.id_of(DEUZENIR)}"


def test_a_wrong_password_keeps_the_search(shop: Shopfront, later: Callable[[int], None]) -> None:
    client = shop.signed_in()
    later(31)
    told = {"login": "ana", "password": "errada demais", "q": CPF_SHOWN}
    assert f'name="q" value="{CPF_SHOWN}"' in client.post("/entrar", data=told).text


def test_another_persons_search_does_not_go_on(
    shop: Shopfront, later: Callable[[int], None]
) -> None:
    client = shop.signed_in()
    shop.hire("supervisor", "rui")
    later(31)
    assert CPF_SHOWN not in enter(client, "rui", q=CPF_SHOWN)


def test_an_eye_without_script_leads_back_to_its_page(
    shop: Shopfront, later: Callable[[int], None]
) -> None:
    client = shop.signed_in()
    later(31)
    page = f"/clientes/{shop.id_of(DEUZENIR)}"
    sent = {"field": "document-0", "reason": "nota"}
    came = {"Referer": f"http://localhost{page}"}
    assert (
        client.post(f"{page}/revelar", data=sent, headers=came).location == f"/entrar?para={page}"
    )
    elsewhere = {"Referer": "http://outro.exemplo/x"}
    assert client.post(f"{page}/revelar", data=sent, headers=elsewhere).location == "/entrar"


# Whom somebody saw last.


def seen(client: FlaskClient) -> list[str]:
    part = client.get("/clientes").text.partition("Vistos por você")[2].partition("</details>")[0]
    return [one.partition("<")[0] for one in part.split("<bdi>")[1:]]


def test_whom_somebody_saw_last_is_on_the_list_newest_first(shop: Shopfront) -> None:
    client = shop.signed_in()
    assert seen(client) == []
    for customer in (DEUZENIR, COMPANY, DEUZENIR):
        client.get(f"/clientes/{shop.id_of(customer)}")
    assert len(seen(client)) == 2
    assert seen(client)[0] == DEUZENIR.name


def test_nobody_sees_whom_another_saw_nor_does_it_outlast_a_sign_out(shop: Shopfront) -> None:
    client = shop.signed_in()
    client.get(f"/clientes/{shop.id_of(DEUZENIR)}")
    assert seen(shop.signed_in("supervisor", "rui")) == []
    client.post("/sair")
    client.set_cookie("espelho", session.start(shop.ledger, staff.listing(shop.ledger)[0]))
    assert seen(client) == []


def test_what_an_ended_session_kept_is_forgotten(
    shop: Shopfront, ledger: Database, later: Callable[[int], None]
) -> None:
    client = shop.signed_in()
    client.get(f"/clientes/{shop.id_of(DEUZENIR)}")
    rui = shop.signed_in("supervisor", "rui")
    rui.get(f"/clientes/{shop.id_of(DEUZENIR)}")
    staff.disable(ledger, "ana")
    assert [bool(one) for one in _kept(ledger)] == [False, True]
    later(31)
    session.start(ledger, staff.listing(ledger)[1])
    assert _kept(ledger) == [None, None, None]


def _kept(ledger: Database) -> list[bytes | None]:
    with ledger.reading() as connection:
        found = connection.exec_driver_sql("SELECT kept FROM session ORDER BY created_at")
        return list(found.scalars())
