"""Payments: their states as of today, and the codes to pay by, shown and copied on record only."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from mirror.instants import ZONE
from mirror.ledger import journal
from mirror.records import PAYMENT_STATES
from mirror.store.engine import Database
from tests.fakes.clientele import COMPANY, DEUZENIR
from tests.fakes.dealings import BARCODE, BOLETO, CODE, PIX, order, payment
from tests.fakes.shopfront import Shopfront
from tests.web.active_shop import JSON, Busy, at, opener, rows
from web.shop import ALLOWED

CODES = {"code": CODE, "barcode": BARCODE, "pix": PIX}


@pytest.fixture
def busy(mirror_with: Callable[..., Database], ledger: Database) -> Busy:
    return opener(mirror_with, ledger)


def press(client: FlaskClient, shop: Shopfront, verb: str, field: str, **more: Any) -> TestResponse:
    address = at(shop, f"pagamentos/1/{verb}", more.pop("customer", DEUZENIR))
    data = {"field": field, "reason": more.pop("reason", "nota")}
    return client.post(address, data=data, headers=more.pop("headers", JSON))


def test_states_are_as_of_today_here(busy: Busy) -> None:
    today = datetime.now(ZONE).date()
    passed, coming = today - timedelta(days=1), today + timedelta(days=30)
    shop = busy(
        did=(
            payment("1", due_on=passed),
            payment("2", due_on=today),
            payment("3", due_on=coming, state="scheduled"),
            payment("4", due_on=passed, state="paid"),
            payment("5", due_on=coming, state="overdue"),
            payment("6", due_on=passed, state="deleted"),
            payment("7", due_on=None, issued_on=passed),
            payment("8", due_on=None),
            payment("9", due_on=coming, state="unknown", state_received="Em disputa"),
        )
    )
    found = {row[0].split()[3]: row[1] for row in rows(shop.signed_in(), at(shop, "pagamentos"))}
    assert found == {
        "1": "Em atraso",
        "2": "Emitida",
        "3": "Agendada",
        "4": "Paga",
        "5": "Em atraso",
        "6": "Excluída",
        "7": "Em atraso",
        "8": "Emitida",
        "9": "Em disputa",
    }


def test_no_code_is_in_the_page(busy: Busy) -> None:
    shop = busy(did=(payment(),))
    html = shop.signed_in().get(at(shop, "pagamentos")).text
    for code in CODES.values():
        assert code not in html
        assert code[:8] not in html
        assert code[-4:] in html


@pytest.mark.parametrize(("verb", "action"), [("copiar", "copy"), ("revelar", "reveal")])
def test_a_code_is_handed_out_on_record(busy: Busy, verb: str, action: str) -> None:
    shop = busy(did=(payment(),))
    client = shop.signed_in()
    for number, (field, value) in enumerate(CODES.items(), 1):
        answer = press(client, shop, verb, field)
        left = 60 - number
        assert answer.json == {"value": value, "mailto": None, "seconds": 30, "left": left}
        assert answer.headers["Cache-Control"] == "no-store"
        row = shop.journal()[0]
        assert (row.action, row.field, row.reason) == (action, f"payment_{field}", "nota")
        assert (row.external_id, row.detail) == ("446735", "pagamento 9001")


def test_without_script_a_whole_page_shows_it_and_leads_back(busy: Busy) -> None:
    shop = busy(did=(payment(),))
    answer = press(shop.signed_in(), shop, "revelar", "pix", headers={"Accept": "text/html"})
    assert PIX in answer.text
    assert "<h1>Pix copia e cola</h1>" in answer.text
    assert answer.headers["Refresh"] == f"30; url={at(shop, 'pagamentos')}"


def test_no_journal_no_code(busy: Busy, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise journal.AuditUnavailable("disk full")

    shop = busy(did=(payment(),))
    client = shop.signed_in()
    monkeypatch.setattr(journal, "record", broken)
    for verb in ("copiar", "revelar"):
        answer = press(client, shop, verb, "pix")
        assert answer.status_code == 503
        assert PIX not in answer.text


def test_what_is_not_there_is_refused_without_a_row(busy: Busy) -> None:
    shop = busy(DEUZENIR, COMPANY, did=(payment(pix=None), payment("9002", state="cancelled")))
    client = shop.signed_in()
    for field in ("pix", "link", "customer", "external_id", "__class__", ""):
        assert press(client, shop, "copiar", field).status_code == 404
    called_off = client.post(at(shop, "pagamentos/2/copiar"), data={"field": "code"})
    assert called_off.status_code == 404
    assert press(client, shop, "copiar", "code", customer=COMPANY).status_code == 404
    assert press(client, shop, "copiar", "code", reason="curiosidade").status_code == 400
    assert client.get(at(shop, "pagamentos/1/copiar")).status_code == 405
    assert shop.journal() == []


def test_the_permission_and_the_budget_are_those_of_copies(
    busy: Busy, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = busy(did=(payment(),), reveals_per_hour=1)
    client = shop.signed_in()
    assert press(client, shop, "copiar", "pix").status_code == 200
    assert press(client, shop, "copiar", "pix").status_code == 429
    monkeypatch.setitem(ALLOWED, "copy", ("supervisor",))
    refused = press(client, shop, "copiar", "pix")
    assert refused.status_code == 403
    assert PIX not in refused.text


def open_boleto(client: FlaskClient, shop: Shopfront, number: int = 1, **more: Any) -> TestResponse:
    address = at(shop, f"pagamentos/{number}/boleto", more.pop("customer", DEUZENIR))
    return client.post(address, data={"reason": "contato"}, **more)


def test_a_boleto_is_opened_on_record_and_its_address_is_in_no_page(busy: Busy) -> None:
    shop = busy(did=(order(), payment()))
    client = shop.signed_in("supervisor")
    opening = f'form="reveal" formaction="{at(shop, "pagamentos/1/boleto")}" formtarget="_blank"'
    for page in ("pagamentos", "pagamentos/1", "pedidos/1"):
        answer = client.get(at(shop, page))
        assert BOLETO.split("/")[2] not in answer.text, page
        assert answer.text.count(opening) == 1
        # Where a bank leads on to, a browser would hold against the form of this page.
        assert "form-action 'self' https:;" in answer.headers["Content-Security-Policy"]
    recorded = len(shop.journal())

    answer = open_boleto(client, shop)

    assert (answer.status_code, answer.location) == (303, BOLETO)
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert len(shop.journal()) == recorded + 1
    row = shop.journal()[0]
    assert (row.action, row.customer, row.external_id) == ("boleto", shop.id_of(DEUZENIR), "446735")
    assert (row.field, row.reason, row.detail) == (None, "contato", "pagamento 9001")
    assert "Abriu boleto" in client.get("/auditoria").text


def test_no_journal_no_boleto(busy: Busy, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise journal.AuditUnavailable("disk full")

    shop = busy(did=(payment(),))
    client = shop.signed_in()
    monkeypatch.setattr(journal, "record", broken)
    answer = open_boleto(client, shop)
    assert (answer.status_code, answer.location) == (503, None)
    assert BOLETO not in answer.text


def test_a_boleto_that_is_not_theirs_or_not_to_pay_is_refused_without_a_row(busy: Busy) -> None:
    did = (payment(), payment("9002", state="paid"), payment("9003", link=None))
    shop = busy(DEUZENIR, COMPANY, did=did)
    client = shop.signed_in()
    for answer in (
        open_boleto(client, shop, customer=COMPANY),
        *(open_boleto(client, shop, number) for number in (2, 3, 4)),
    ):
        assert (answer.status_code, answer.location) == (404, None)
    assert client.get(at(shop, "pagamentos/1/boleto")).status_code == 405
    stranger = {"Origin": "https://mal.exemplo"}
    assert open_boleto(client, shop, headers=stranger).status_code == 403
    assert open_boleto(shop.app.test_client(), shop).location != BOLETO
    assert [row.action for row in shop.journal()] == ["form_refused"]


def test_a_boleto_has_a_permission_and_spends_the_budget_of_reveals(
    busy: Busy, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = busy(did=(payment(),), reveals_per_hour=1)
    client = shop.signed_in()
    assert press(client, shop, "copiar", "pix").status_code == 200
    assert open_boleto(client, shop).status_code == 429
    monkeypatch.setitem(ALLOWED, "boleto", ("supervisor",))
    assert open_boleto(client, shop).status_code == 403


def test_every_state_has_its_word(busy: Busy) -> None:
    far = date(2999, 1, 1)
    shop = busy(did=tuple(payment(one, state=one, due_on=far) for one in PAYMENT_STATES))
    found = [row[1] for row in rows(shop.signed_in(), at(shop, "pagamentos"))]
    assert len(set(found)) == len(found) == len(PAYMENT_STATES)


def test_what_is_to_be_paid_comes_first_with_the_rest_of_its_order(busy: Busy) -> None:
    paid = {"state": "paid", "paid_at": datetime(2026, 11, 1, tzinfo=UTC)}
    shop = busy(
        did=(
            payment("new", order="B", due_on=date(2026, 11, 1), **paid),
            payment("old", order="A", due_on=date(2026, 1, 1), state="overdue"),
            payment("late", order="A", due_on=date(2026, 2, 1), **paid),
            *(payment(f"p{n}", due_on=date(2026, 5, 1), **paid) for n in range(25)),
        )
    )
    html = shop.signed_in().get(f"/clientes/{shop.id_of(DEUZENIR)}/pagamentos").text
    names = re.findall(r'<span class="aside num">(old|late|new|p\d+)<', html)
    assert names[:2] == ["old", "new"]
    assert "late" not in names, "it is on a later page"
    assert len(names) == 21


def test_of_more_than_a_first_page_holds_every_open_payment_is_on_some_page(
    busy: Busy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.activity.payments._MOST_OPEN", 30)
    days = {f"o{n}": date(2026, 1, 1) + timedelta(days=n) for n in range(35)}
    shop = busy(did=tuple(payment(one, state="issued", due_on=due) for one, due in days.items()))
    client, address = shop.signed_in(), f"/clientes/{shop.id_of(DEUZENIR)}/pagamentos"
    seen: list[str] = []
    while address:
        html = client.get(address).text
        seen += re.findall(r'<span class="aside num">(o\d+)<', html)
        older = re.search(r'href="([^"]*antes=\d+[^"]*)"', html)
        address = unescape(older[1]) if older else ""
    assert seen == sorted(days, key=days.__getitem__, reverse=True)
