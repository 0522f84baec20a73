"""The visit: its reason is asked once, who reveals is asked again, more is granted for an hour."""

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from mirror.store.engine import Database
from mirror.store.progress import now_us
from tests.fakes.clientele import COMPANY, CPF_SHOWN, DEUZENIR
from tests.fakes.shopfront import PASSWORD, Shopfront, open_shop
from web import shop as shops

JSON = {"Accept": "application/json"}
HTML = {"Accept": "text/html"}
MINUTE_US = 60_000_000


def press(
    client: FlaskClient, shop: Shopfront, customer: Any = DEUZENIR, **sent: Any
) -> TestResponse:
    address = f"/clientes/{shop.id_of(customer)}/revelar"
    headers = sent.pop("headers", JSON)
    return client.post(address, data={"field": "document-0", **sent}, headers=headers)


def look(client: FlaskClient, shop: Shopfront, customer: Any = DEUZENIR) -> str:
    return client.get(f"/clientes/{shop.id_of(customer)}").text


def reasons(shop: Shopfront) -> list[str | None]:
    return [one.reason for one in shop.journal() if one.action == "reveal"]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Moves the clock of visits on by so many minutes."""

    def on(minutes: int) -> None:
        monkeypatch.setattr(shops, "now_us", lambda: now_us() + minutes * MINUTE_US)

    return on


@pytest.mark.parametrize("headers", [JSON, HTML])
def test_without_a_reason_nothing_is_shown_and_a_sentence_says_so(
    shop: Shopfront, headers: dict[str, str]
) -> None:
    client = shop.signed_in()
    look(client, shop)
    answer = press(client, shop, headers=headers)
    assert answer.status_code == 400
    said = answer.json["error"] if answer.json else answer.text
    assert "Escolha o motivo antes de revelar" in said
    assert CPF_SHOWN not in answer.text
    assert reasons(shop) == []


def test_a_reason_holds_for_the_visit_and_every_row_has_it(shop: Shopfront) -> None:
    client = shop.signed_in()
    look(client, shop)
    assert press(client, shop, reason="nota").status_code == 200
    assert press(client, shop).status_code == 200
    look(client, shop)
    assert press(client, shop, reason="").status_code == 200
    assert reasons(shop) == ["nota", "nota", "nota"]


def test_the_page_of_a_visit_has_its_reason_chosen(shop: Shopfront) -> None:
    client = shop.signed_in()
    before = look(client, shop)
    press(client, shop, reason="nota")
    after = look(client, shop)
    assert "selected" not in before
    assert '<option value="nota" selected>' in after


def test_another_customer_is_another_visit(shop: Shopfront) -> None:
    client = shop.signed_in()
    press(client, shop, reason="nota")
    look(client, shop, COMPANY)
    assert press(client, shop, COMPANY).status_code == 400
    assert press(client, shop).status_code == 400


def test_a_quarter_of_an_hour_without_an_act_ends_a_visit(
    shop: Shopfront, clock: Callable[[int], None]
) -> None:
    client = shop.signed_in()
    press(client, shop, reason="nota")
    clock(14)
    assert press(client, shop).status_code == 200
    clock(16)
    assert press(client, shop).status_code == 400


def test_a_visit_is_one_persons(shop: Shopfront) -> None:
    press(shop.signed_in(), shop, reason="nota")
    assert press(shop.signed_in("supervisor", "rui"), shop).status_code == 400


def test_a_refused_reveal_gives_no_visit_a_reason(mirror_with: Any, ledger: Database) -> None:
    shop = open_shop(mirror_with, ledger, DEUZENIR, reveals_per_hour=0)
    client = shop.signed_in()
    assert press(client, shop, reason="nota").status_code == 429
    assert press(client, shop).status_code == 400


def test_what_a_session_keeps_is_sealed(shop: Shopfront, ledger: Database) -> None:
    client = shop.signed_in()
    press(client, shop, reason="nota")
    with ledger.reading() as connection:
        (kept,) = connection.exec_driver_sql("SELECT kept FROM session").scalars()
    assert kept
    assert DEUZENIR.external_id.encode() not in kept
    assert b"nota" not in kept


# The password again.


@pytest.fixture
def strict(mirror_with: Any, ledger: Database) -> Shopfront:
    return open_shop(mirror_with, ledger, DEUZENIR, reveals_per_password=2)


def spent(shop: Shopfront) -> FlaskClient:
    """Somebody who has revealed as much as goes without a password."""
    client = shop.signed_in()
    for _ in range(2):
        assert press(client, shop, reason="nota").status_code == 200
    return client


def test_after_so_many_reveals_the_password_is_asked_for(strict: Shopfront) -> None:
    client = spent(strict)
    answer = press(client, strict)
    assert answer.status_code == 403
    assert answer.json is not None
    assert answer.json["confirm"] is True
    assert CPF_SHOWN not in answer.text
    assert (strict.journal()[0].outcome, strict.journal()[0].detail) == (
        "limited",
        "limit=password",
    )


def test_with_the_password_the_same_act_goes_on_and_is_counted_anew(strict: Shopfront) -> None:
    client = spent(strict)
    assert press(client, strict, confirm=PASSWORD).status_code == 200
    assert press(client, strict).status_code == 200
    assert press(client, strict).status_code == 403


def test_a_wrong_password_shows_nothing_and_leaves_a_row(strict: Shopfront) -> None:
    client = spent(strict)
    answer = press(client, strict, confirm="outra senha qualquer")
    assert answer.status_code == 403
    assert "não confere" in answer.json["error"]  # type: ignore[index]
    assert (strict.journal()[0].action, strict.journal()[0].outcome) == ("login_refused", "refused")
    assert press(client, strict).status_code == 403


def test_without_script_a_page_asks_and_the_act_goes_on_from_it(strict: Shopfront) -> None:
    client = spent(strict)
    page = press(client, strict, reason="nota", headers=HTML)
    assert page.status_code == 403
    assert 'type="hidden" name="field" value="document-0"' in page.text
    assert f'action="/clientes/{strict.id_of(DEUZENIR)}/revelar"' in page.text
    wrong = press(client, strict, reason="nota", headers=HTML, confirm="errada demais")
    assert "errada demais" not in wrong.text
    shown = press(client, strict, reason="nota", headers=HTML, confirm=PASSWORD)
    assert CPF_SHOWN in shown.text


def test_the_shop_may_do_without(mirror_with: Any, ledger: Database) -> None:
    shop = open_shop(mirror_with, ledger, DEUZENIR, reveals_per_password=0)
    client = shop.signed_in()
    assert {press(client, shop, reason="nota").status_code for _ in range(12)} == {200}


# What is left, and more for an hour.


@pytest.fixture
def poor(mirror_with: Any, ledger: Database) -> Shopfront:
    return open_shop(mirror_with, ledger, DEUZENIR, reveals_per_hour=2)


def test_what_is_left_stands_beside_the_eye(poor: Shopfront) -> None:
    client = poor.signed_in()
    assert "data-left>2<" in look(client, poor)
    assert press(client, poor, reason="nota").json["left"] == 1  # type: ignore[index]
    assert "data-left>1<" in look(client, poor)


def test_a_supervisor_grants_more_on_record_and_both_see_it(poor: Shopfront) -> None:
    ana, rui = poor.signed_in(), poor.signed_in("supervisor", "rui")
    for _ in range(2):
        press(ana, poor, reason="nota")
    assert press(ana, poor).status_code == 429
    assert rui.post("/equipe", data={"login": "ana", "more": "10"}).status_code == 303
    row = poor.journal()[0]
    assert (row.actor, row.action, row.about, row.detail) == (
        "rui",
        "more_granted",
        "ana",
        "more=10",
    )
    assert press(ana, poor).json["left"] == 9  # type: ignore[index]
    assert "10 a mais por rui" in look(ana, poor)
    assert "10 a mais por rui" in rui.get("/equipe").text


def test_a_grant_is_over_after_an_hour(poor: Shopfront, monkeypatch: pytest.MonkeyPatch) -> None:
    ana, rui = poor.signed_in(), poor.signed_in("supervisor", "rui")
    rui.post("/equipe", data={"login": "ana", "more": "10"})
    assert "data-left>12<" in look(ana, poor)
    monkeypatch.setattr(shops, "now_us", lambda: now_us() + 61 * MINUTE_US)
    assert "data-left>2<" in look(ana, poor)


@pytest.mark.parametrize(
    ("role", "who", "more", "code"),
    [
        ("attendant", "rui", "10", 403),
        ("supervisor", "ana", "10", 400),
        ("supervisor", "ninguem", "10", 400),
        ("supervisor", "rui", "1000", 400),
    ],
)
def test_nobody_grants_themselves_nor_what_is_not_offered(
    poor: Shopfront, role: str, who: str, more: str, code: int
) -> None:
    poor.hire("attendant", "rui")
    client = poor.signed_in(role)
    assert client.post("/equipe", data={"login": who, "more": more}).status_code == code
    assert not [
        one for one in poor.journal() if (one.action, one.outcome) == ("more_granted", "done")
    ]
