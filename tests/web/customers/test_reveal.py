"""The eye: permission, then budget, then a durable audit row, and only then the value."""

import re
from typing import Any

import msgspec
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from mirror.ledger import journal
from tests.fakes.clientele import (
    COMPANY,
    CPF_SHOWN,
    DEUZENIR,
    EMAIL,
    EVERYBODY,
    NOTE_CPF,
    PHONE_SHOWN,
)
from tests.fakes.shopfront import Shopfront, open_shop
from web.shop import ALLOWED

JSON = {"Accept": "application/json"}


def press(
    client: FlaskClient,
    shop: Shopfront,
    verb: str,
    field: str,
    customer: Any = DEUZENIR,
    **more: Any,
) -> TestResponse:
    data = {"field": field, "reason": more.pop("reason", "atendimento")}
    headers = more.pop("headers", JSON)
    return client.post(f"/clientes/{shop.id_of(customer)}/{verb}", data=data, headers=headers)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("document-0", CPF_SHOWN),
        ("email-0", EMAIL),
        ("email-1", "loja.dela@exemplo.com.br"),
        ("phone-0", PHONE_SHOWN),
        ("phone-1", "(11) 3333-4567"),
        ("birth_date-0", "09/04/1967"),
        ("state_registration-0", "12.345.678-9"),
        ("address-1", "Alameda Santos, 120, ap 31 · Jardins · São Paulo/SP · CEP 01310-100"),
        ("dependent-0", "Julia Aparecida Ferreira · 02/05/2017"),
        ("notes-0", f"Prefere contato à tarde. CPF do marido: {NOTE_CPF}."),
    ],
)
def test_each_field_is_revealed_in_full(shop: Shopfront, field: str, value: str) -> None:
    answer = press(shop.signed_in(), shop, "revelar", field)
    assert answer.json == {
        "value": value,
        "mailto": f"mailto:{value}" if field.startswith("email") else None,
        "seconds": 30,
        "left": 59,
    }
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("document-0", "11.222.333/0001-81"),
        ("contact_email-0", "ivo.prates@paoquente.exemplo"),
        ("contact_phone-0", "(21) 97654-0001"),
    ],
)
def test_a_companys_fields_are_revealed_too(shop: Shopfront, field: str, value: str) -> None:
    answer = press(shop.signed_in(), shop, "revelar", field, COMPANY)
    assert answer.json is not None
    assert answer.json["value"] == value


def test_every_button_of_a_page_reveals_something(mirror_with: Any, ledger: Any) -> None:
    shop = open_shop(mirror_with, ledger, *EVERYBODY, reveals_per_password=0)
    client = shop.signed_in("supervisor")
    for customer in (DEUZENIR, COMPANY):
        html = client.get(f"/clientes/{shop.id_of(customer)}").text
        fields = set(re.findall(r'name="field" value="(.*?)"', html))
        assert len(fields) >= 4
        for field in fields:
            assert press(client, shop, "revelar", field, customer).status_code == 200


def test_the_row_is_written_before_the_value_is_shown(shop: Shopfront) -> None:
    press(shop.signed_in(), shop, "revelar", "phone-1", reason="nota")
    (row,) = shop.journal()
    assert (row.action, row.field, row.reason) == ("reveal", "phone-1", "nota")
    assert (row.actor_kind, row.actor, row.external_id) == ("staff", "ana", "446735")
    assert row.detail is None


def test_copying_is_recorded_as_copying(shop: Shopfront) -> None:
    answer = press(shop.signed_in(), shop, "copiar", "document-0")
    assert answer.json is not None
    assert answer.json["value"] == CPF_SHOWN
    assert shop.journal()[0].action == "copy"


def test_whatsapp_is_recorded_and_then_opened(shop: Shopfront) -> None:
    answer = press(shop.signed_in(), shop, "whatsapp", "phone-0", headers={})
    assert (answer.status_code, answer.location) == (303, "https://wa.me/5511987654321")
    assert shop.journal()[0].action == "whatsapp"


def test_a_landline_has_no_whatsapp(shop: Shopfront) -> None:
    client = shop.signed_in()
    assert press(client, shop, "whatsapp", "phone-1").status_code == 404
    assert press(client, shop, "whatsapp", "email-0").status_code == 404
    assert shop.journal() == []


@pytest.mark.parametrize(
    "field", ["", "document", "document-9", "document--1", "name-0", "x-0", "phone-0-0", "phone-²"]
)
def test_a_field_that_does_not_exist_is_a_404_without_a_row(shop: Shopfront, field: str) -> None:
    assert press(shop.signed_in(), shop, "revelar", field).status_code == 404
    assert shop.journal() == []


def test_a_reason_outside_the_list_is_refused(shop: Shopfront) -> None:
    answer = press(shop.signed_in(), shop, "revelar", "document-0", reason="curiosidade")
    assert answer.status_code == 400
    assert CPF_SHOWN not in answer.text
    assert shop.journal() == []


def test_without_script_a_whole_page_shows_it_and_leaves_by_itself(shop: Shopfront) -> None:
    answer = press(shop.signed_in(), shop, "revelar", "document-0", headers={"Accept": "text/html"})
    assert CPF_SHOWN in answer.text
    assert answer.headers["Refresh"] == f"30; url=/clientes/{shop.id_of(DEUZENIR)}"
    assert answer.headers["Cache-Control"] == "no-store"


def test_an_email_can_be_written_to_only_once_revealed(shop: Shopfront) -> None:
    client = shop.signed_in()
    assert "mailto:" not in client.get(f"/clientes/{shop.id_of(DEUZENIR)}").text
    shown = press(client, shop, "revelar", "email-0", headers={"Accept": "text/html"})
    assert f'href="mailto:{EMAIL}"' in shown.text


@pytest.mark.parametrize("verb", ["revelar", "copiar", "whatsapp"])
def test_no_journal_no_value(shop: Shopfront, monkeypatch: pytest.MonkeyPatch, verb: str) -> None:
    def broken(*_: object, **__: object) -> None:
        raise journal.AuditUnavailable("disk full")

    client = shop.signed_in()
    monkeypatch.setattr(journal, "record", broken)
    answer = press(client, shop, verb, "phone-0")
    assert answer.status_code == 503
    assert "sem registro, nenhum dado é mostrado" in answer.json["error"]  # type: ignore[index]
    assert PHONE_SHOWN not in answer.text
    assert answer.location is None


@pytest.mark.parametrize("path", ["/clientes/{id}", "/clientes/busca"])
def test_no_journal_no_page(shop: Shopfront, monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    def broken(*_: object, **__: object) -> None:
        raise journal.AuditUnavailable("disk full")

    client = shop.signed_in()
    address = path.format(id=shop.id_of(DEUZENIR))
    monkeypatch.setattr(journal, "record", broken)
    answer = (
        client.post(address, data={"q": "ferreira"}) if "busca" in path else client.get(address)
    )
    assert answer.status_code == 503
    assert "Deuzenir" not in answer.text


def test_the_budget_is_shared_by_reveals_copies_and_whatsapp(mirror_with: Any, ledger: Any) -> None:
    shop = open_shop(mirror_with, ledger, DEUZENIR, reveals_per_hour=3)
    client = shop.signed_in()
    for verb in ("revelar", "copiar", "whatsapp"):
        assert press(client, shop, verb, "phone-0").status_code in (200, 303)
    answer = press(client, shop, "revelar", "document-0")
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 3000
    assert "libera em" in answer.json["error"]  # type: ignore[index]
    assert CPF_SHOWN not in answer.text
    assert [one.outcome for one in shop.journal()] == ["limited", "done", "done", "done"]
    assert len({(one.session, one.address) for one in shop.journal() if one.session}) == 1


def test_a_role_without_the_permission_sees_nothing(
    shop: Shopfront, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(ALLOWED, "reveal", ("supervisor",))
    answer = press(shop.signed_in("attendant"), shop, "revelar", "document-0")
    assert answer.status_code == 403
    assert CPF_SHOWN not in answer.text
    (row,) = shop.journal()
    assert (row.action, row.outcome) == ("reveal", "refused")
    assert row.external_id == DEUZENIR.external_id


def test_nothing_is_looked_up_for_a_stranger(shop: Shopfront) -> None:
    answer = press(shop.app.test_client(), shop, "revelar", "document-0")
    assert answer.status_code == 401
    assert CPF_SHOWN not in answer.text


def test_a_reveal_needs_a_post(shop: Shopfront) -> None:
    client = shop.signed_in()
    answer = client.get(f"/clientes/{shop.id_of(DEUZENIR)}/revelar?field=document-0")
    assert answer.status_code == 405


def test_what_is_revealed_is_what_the_master_says_now(shop: Shopfront) -> None:
    client = shop.signed_in()
    shop.write(msgspec.structs.replace(DEUZENIR, version=2, emails=("nova@exemplo.com.br",)))
    answer = press(client, shop, "revelar", "email-0")
    assert answer.json is not None
    assert answer.json["value"] == "nova@exemplo.com.br"


def test_an_address_gives_a_mail_program_no_parameters(shop: Shopfront) -> None:
    odd = "a?bcc=b&x@exemplo.com.br"
    shop.write(msgspec.structs.replace(DEUZENIR, version=2, emails=(odd,)))
    answer = press(shop.signed_in(), shop, "revelar", "email-0")
    assert answer.json is not None
    assert answer.json["value"] == odd
    assert answer.json["mailto"] == "mailto:a%3Fbcc%3Db%26x@exemplo.com.br"
