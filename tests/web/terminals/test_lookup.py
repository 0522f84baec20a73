"""The terminals' API: exact, masked, written down, never in the way of a sale, never a write."""

import json
import logging
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from mirror.ledger import audit as audit_table
from mirror.ledger import journal as ledger_journal
from mirror.records import Customer, Document, Loyalty, Phone
from mirror.store import sqlite_file
from mirror.store.engine import Database
from mirror.store.progress import now_us
from mirror.store.sqlite import open_ledger
from web import terminals as room
from web.app import create_app
from web.look.formats import age
from web.settings import WebSettings, Wording
from web.shop import EXTENSION, Shop
from web.terminals import devices, lookup

FIELD_CASES = Path(__file__).parents[2] / "data/field_cases"
CPF, OTHER_CPF, CNPJ = "52998224725", "11144477735", "12ABC34501DE35"
WRONG_CPF, WRONG_CNPJ = "52998224726", "12ABC34501DE36"
PHONE, EMAIL = "+5511987654321", "maria.lima@exemplo.com.br"
MARIA = Customer(
    external_id="C-00123",
    version=3,
    name="Maria Lima",
    registration="active",
    documents=(Document("cpf", CPF),),
    emails=(EMAIL,),
    phones=(Phone(PHONE, "mobile"), Phone("+551131234567", "landline")),
    category="Ouro",
    loyalty=Loyalty(points=120, tier="Prata"),
    last_purchase_at=datetime(2026, 11, 20, 14, 30, tzinfo=UTC),
    updated_at=datetime(2026, 11, 21, 9, 0, tzinfo=UTC),
)
FIRM = Customer(
    external_id="C-00200",
    version=1,
    kind="PJ",
    name=f"José Silva {OTHER_CPF}",
    documents=(Document("cnpj", CNPJ),),
    phones=(Phone(PHONE, "mobile"),),
)
TYPO = Customer(external_id="C-3", version=1, documents=(Document("cpf", WRONG_CPF, False),))


@pytest.fixture
def token(ledger: Database) -> str:
    return devices.add(ledger, "caixa 1", "Centro")


@pytest.fixture
def api(mirror_with: Callable[..., Database], ledger: Database) -> Callable[..., FlaskClient]:
    """A client of the API over these customers and settings."""

    def client(*customers: Customer, **settings: Any) -> FlaskClient:
        return over(mirror_with(*customers), ledger, **settings)

    return client


def over(mirror: Database, ledger: Database, **settings: Any) -> FlaskClient:
    app = Flask("terminal")
    told = WebSettings(**settings)
    app.extensions[EXTENSION] = Shop(mirror, ledger, told, Wording())
    app.register_blueprint(room.blueprint(mirror, ledger, told))
    return app.test_client()


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def look(client: FlaskClient, token: str, **term: object) -> TestResponse:
    return client.post("/api/v1/lookup", json=term, headers=bearer(token))


def codes(answer: TestResponse) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [card["code"] for card in answer.json["customers"]]


def is_problem(answer: TestResponse, status: int, code: str) -> None:
    assert (answer.status_code, answer.json["code"]) == (status, code)
    assert answer.mimetype == "application/problem+json"
    assert answer.json["type"] == f"urn:espelho:problem:{code}"
    assert answer.json["status"] == status
    assert answer.json["title"]
    assert answer.json["detail"]


def journal(ledger: Database) -> list[ledger_journal.Recorded]:
    rows = ledger_journal.entries(ledger)[::-1]
    return [one for one in rows if one.actor_kind == "device"]


@pytest.mark.parametrize(
    ("term", "understood"),
    [
        ({"document": CPF}, ["cpf"]),
        ({"document": "529.982.247–25"}, ["cpf"]),
        ({"phone": "(11) 98765-4321"}, ["phone"]),
        ({"phone": "11 8765 4321"}, ["phone"]),
        ({"phone": "98765-4321"}, ["phone_tail"]),
        ({"email": " Maria.Lima@EXEMPLO.com.br"}, ["email"]),
        ({"code": "c-00123"}, ["code"]),
    ],
)
def test_a_customer_is_found_by_what_identifies_them_and_the_reading_is_told(
    api, token, term, understood
):
    answer = look(api(MARIA, TYPO), token, **term)

    assert codes(answer) == ["C-00123"]
    assert answer.json["understood"] == understood


def test_a_company_is_found_by_a_cnpj_with_letters_in_any_writing(api, token):
    assert codes(look(api(FIRM), token, document="12.abc.345/01de-35")) == ["C-00200"]


def test_a_foreign_document_is_found_by_its_characters(api, token):
    foreign = Customer(external_id="F", version=1, documents=(Document("other", "AB 123-456"),))
    assert codes(look(api(foreign), token, document="ab123456")) == ["F"]


def test_only_the_kind_asked_for_is_searched(api, token):
    """11 digits that are a CPF and a telephone; the terminal said which."""
    both = "11900000083"
    by_phone = Customer(external_id="P", version=1, phones=(Phone(f"+55{both}", "mobile"),))
    by_cpf = Customer(external_id="D", version=1, documents=(Document("cpf", both),))
    client = api(by_phone, by_cpf)

    assert codes(look(client, token, phone=both)) == ["P"]
    assert codes(look(client, token, document=both)) == ["D"]
    assert codes(look(client, token, code=both)) == []


def test_the_shops_area_code_completes_a_number(api, token):
    client = api(MARIA, default_ddd="11")
    assert "phone" in look(client, token, phone="98765-4321").json["understood"]


def test_a_card_tells_enough_to_greet_and_nothing_in_full(api, token):
    answer = look(api(MARIA), token, document=CPF)

    (card,) = answer.json["customers"]
    assert card | {"id": 0, "document": "", "phones": 2, "emails": 1} == {
        "id": 0,
        "source": "loja",
        "code": "C-00123",
        "kind": "PF",
        "name": "Maria Lima",
        "document": "",
        "phones": 2,
        "emails": 1,
        "registration": "active",
        "category": "Ouro",
        "points": 120,
        "tier": "Prata",
        "seller": None,
        "birthday": None,
        "standings": [],
        "limit": None,
        "overdue": [],
        "last_purchase_at": "2026-11-20T14:30:00Z",
        "updated_at": "2026-11-21T09:00:00Z",
        "brief": False,
    }
    assert (len(card["phones"]), len(card["emails"])) == (2, 1)
    assert card["document"] == "***.***.*47-**"
    for full in (CPF, "529.982", "98765", PHONE, "1131234567", "3123", EMAIL, "maria.lima"):
        assert full not in answer.text


def test_the_document_mask_is_the_shops_choice(api, token):
    client = api(MARIA, device_document_mask="staff")
    assert look(client, token, document=CPF).json["customers"][0]["document"] == "***.982.247-**"


def test_a_cpf_inside_a_company_name_or_used_as_code_is_masked_too(api, token):
    by_cpf = Customer(external_id=OTHER_CPF, version=1, documents=(Document("cpf", OTHER_CPF),))
    client = api(FIRM, by_cpf)

    company = look(client, token, document=CNPJ)
    person = look(client, token, document=OTHER_CPF)

    assert company.json["customers"][0]["name"].startswith("José Silva")
    assert len(person.json["customers"]) == 1
    assert OTHER_CPF not in company.text + person.text


def test_a_customer_with_nothing_but_an_id_has_a_card(api, token):
    (card,) = look(api(Customer(external_id="N", version=1)), token, code="N").json["customers"]
    empty = {name for name, value in card.items() if value in (None, [])}
    assert empty == {"name", "document", "phones", "emails", "category", "points", "tier",
                     "seller", "birthday", "standings", "limit", "overdue", "last_purchase_at",
                     "updated_at"}  # fmt: skip


def test_nobody_is_an_empty_list_that_keeps_no_sale_waiting(api, token):
    answer = look(api(MARIA), token, document=OTHER_CPF)

    assert codes(answer) == []
    assert answer.json["understood"] == ["cpf"]


def test_a_telephone_is_not_held_to_the_check_digits_of_a_cpf(api, token):
    assert codes(look(api(MARIA), token, phone="11912345670")) == []


def test_everybody_who_shares_a_telephone_is_answered(api, token):
    assert sorted(codes(look(api(MARIA, FIRM), token, phone=PHONE))) == ["C-00123", "C-00200"]


def test_an_answer_that_holds_not_everybody_says_so_and_how_many_there_are(api, token):
    """Field case 32: one number of a switchboard, given by everybody who works there."""
    case = json.loads((FIELD_CASES / "32_one_phone_of_many.json").read_text("utf-8"))
    many = int(case["customers"][0].partition(" ")[0])
    phone = Phone("+551133330000", "landline")
    everybody = [Customer(external_id=f"C-{n}", version=1, phones=(phone,)) for n in range(many)]
    client = api(*everybody, MARIA, FIRM)

    answer = look(client, token, **case["asked"]).json
    assert (len(answer["customers"]), answer["found"], answer["more"]) == (50, many, True)

    answer = look(client, token, phone=PHONE).json
    assert (len(answer["customers"]), answer["found"], answer["more"]) == (2, 2, False)


@pytest.mark.parametrize(
    ("shared", "asked"),
    [
        ({"emails": (EMAIL,)}, {"email": EMAIL.upper()}),
        ({"documents": (Document("cpf", OTHER_CPF),)}, {"document": OTHER_CPF}),
        ({"documents": (Document("cnpj", CNPJ),)}, {"document": "12.abc.345/01de-35"}),
        ({"phones": (Phone("33330000", "local"),)}, {"phone": "3333-0000"}),
    ],
)
@pytest.mark.parametrize("many", [50, 51, 120])
def test_whatever_many_share_is_answered_with_how_many(api, token, shared, asked, many):
    sharing = [Customer(external_id=f"C-{n}", version=1, **shared) for n in range(many)]
    answer = look(api(*sharing, MARIA), token, **asked).json
    found = many + (shared.get("emails") == (EMAIL,))  # whom it belongs to among them
    shown = len(answer["customers"])
    assert (shown, answer["found"], answer["more"]) == (50, found, found > 50)


def test_a_number_kept_without_its_area_is_found_by_the_whole_one_of_the_shop_s(api, token):
    local = Customer(external_id="L", version=1, phones=(Phone("987654321", "local"),))
    old = Customer(external_id="O", version=1, phones=(Phone("87654321", "local"),))
    away = Customer(external_id="A", version=1, phones=(Phone("+5521987654321", "mobile"),))

    here = api(local, old, away, default_ddd="11")
    assert sorted(codes(look(here, token, phone="(11) 98765-4321"))) == ["L", "O"]
    assert codes(look(here, token, phone="(21) 98765-4321")) == ["A"]
    assert codes(look(api(default_ddd=None), token, phone="(11) 98765-4321")) == []


@pytest.mark.parametrize(
    "code",
    ["C 0001", "C/001", "C0002&F", "Ção1", "{3F2504E0-4F89-11D3-9A0C-0305E82C3301}", "12",
     "gid://shopify/Customer/1", "VXNlcjox==", "fulano@exemplo.com.br"],
)  # fmt: skip
def test_every_code_is_found_as_it_is(api, token, code):
    client = api(Customer(external_id=code, version=1), MARIA)
    answer = look(client, token, code=code)
    assert (answer.status_code, len(answer.json["customers"])) == (200, 1)


@pytest.mark.parametrize(
    ("term", "code"),
    [
        ({"document": OTHER_CPF[:-1] + "0"}, "cpf_check_digits"),
        ({"document": "111.111.111-11"}, "cpf_check_digits"),
        ({"document": WRONG_CNPJ}, "cnpj_check_digits"),
        ({"document": "..."}, "nothing_understood"),
        ({"document": "maria"}, "nothing_understood"),
        ({"phone": "não tem"}, "nothing_understood"),
        ({"phone": "(20) 98765-4321"}, "phone_area_code"),
        ({"email": "maria@"}, "email_invalid"),
        ({"code": "a b"}, "nothing_understood"),
        ({"code": "' OR 1=1"}, "nothing_understood"),
        ({"code": "9" * 201}, "too_long"),
    ],
)
def test_a_term_that_cannot_be_right_is_said_not_swallowed(api, token, term, code):
    is_problem(look(api(MARIA), token, **term), 422, code)


def test_a_wrong_document_that_the_master_holds_is_found_all_the_same(api, token):
    assert codes(look(api(TYPO), token, document=WRONG_CPF)) == ["C-3"]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ("", 400, "body-not-json"),
        ("{", 400, "body-not-json"),
        ('{"document":"1"} x', 400, "body-not-json"),
        (b"\xff\xfe{\x00}\x00", 400, "body-not-json"),
        ('{"a":' * 600 + "1" + "}" * 600, 422, "one-key"),
        ("[" * 4000, 400, "body-not-json"),
        ("[]", 422, "one-key"),
        ("null", 422, "one-key"),
        ('"52998224725"', 422, "one-key"),
        ("{}", 422, "one-key"),
        ('{"document":"a","document":"b"}', 422, "one-key"),
        ('{"document":"a","phone":"b"}', 422, "one-key"),
        ('{"document":"a","limit":"b"}', 422, "one-key"),
        ('{"value":"a"}', 422, "one-key"),
        ('{"document":["x"]}', 422, "one-key"),
        ('{"document":{"$ne":null}}', 422, "one-key"),
        ('{"document":null}', 422, "one-key"),
        ('{"document":52998224725}', 422, "one-key"),
        ('{"document":NaN}', 422, "one-key"),
        ('{"email":"\\ud800@exemplo.com"}', 422, "one-key"),
        ('{"document":"%s"}' % ("9" * (4097 - 15)), 413, "body-too-large"),
    ],
)
def test_a_body_of_another_shape_is_refused_and_never_an_error_of_ours(
    api, token, ledger, body, status, code
):
    answer = api(MARIA).post(
        "/api/v1/lookup", data=body, content_type="application/json", headers=bearer(token)
    )

    is_problem(answer, status, code)
    assert journal(ledger) == []


def test_a_body_of_four_kilobytes_is_still_read(api, token):
    body = json.dumps({"document": CPF})
    answer = api(MARIA).post(
        "/api/v1/lookup",
        data=body.rjust(4096),
        content_type="application/json; charset=utf-8",
        headers=bearer(token),
    )
    assert codes(answer) == ["C-00123"]


@pytest.mark.parametrize("kind", [None, "text/plain", "application/x-www-form-urlencoded"])
def test_another_content_type_is_refused(api, token, kind):
    answer = api(MARIA).post(
        "/api/v1/lookup", data=json.dumps({"code": "1"}), content_type=kind, headers=bearer(token)
    )
    is_problem(answer, 415, "content-type")


def test_every_token_that_is_none_gets_one_and_the_same_answer(api, token, ledger):
    client = api(MARIA)
    revoked = devices.add(ledger, "caixa 2", "Norte")
    devices.revoke(ledger, "caixa 2")
    headers = ["", "Bearer", "Bearer x", "Bearer pdv_" + "A" * 43, f"Basic {token}", token,
               f"Bearer {token}x", f"Bearer {token} {token}", f"Bearer {revoked}",
               "Bearer esp_" + "A" * 43, "Bearer é"]  # fmt: skip

    answers = [
        client.post("/api/v1/lookup", json={"document": CPF}, headers={"Authorization": header})
        for header in headers
    ]
    answers.append(client.post("/api/v1/lookup", json={"document": CPF}))
    answers.append(client.get("/api/v1/freshness"))

    assert {(answer.status_code, answer.data, tuple(answer.headers)) for answer in answers} == {
        (401, answers[0].data, tuple(answers[0].headers))
    }
    is_problem(answers[0], 401, "unauthorized")
    assert answers[0].headers["WWW-Authenticate"] == "Bearer"
    assert [(one.actor, one.action, one.outcome) for one in journal(ledger)] == [
        ("?", "token_refused", "refused"),
        ("caixa 2", "token_refused", "refused"),
    ]


def test_a_revocation_holds_from_the_next_request_on(api, token, ledger):
    client = api(MARIA)
    assert codes(look(client, token, document=CPF)) == ["C-00123"]

    devices.revoke(ledger, "caixa 1")

    is_problem(look(client, token, document=CPF), 401, "unauthorized")


def test_the_scheme_of_a_token_has_no_case(api, token):
    answer = api(MARIA).get("/api/v1/freshness", headers={"Authorization": f"bearer  {token}"})
    assert answer.status_code == 200


def test_a_lookup_is_written_down_by_customer_and_kind_without_the_value(api, token, ledger, keys):
    look(api(MARIA), token, document=CPF)

    (row,) = journal(ledger)
    assert (row.actor_kind, row.actor, row.action) == ("device", "caixa 1", "lookup")
    assert (row.source, row.external_id) == ("loja", "C-00123")
    assert row.customer is not None
    assert row.detail == f"cpf hits=1 mark={ledger_journal.mark(keys, 'cpf', CPF)}"


def test_a_lookup_that_finds_nobody_or_is_wrong_is_written_down_too(api, token, ledger, keys):
    client = api(MARIA)
    look(client, token, email="outra@exemplo.com.br")
    look(client, token, document=WRONG_CPF)
    look(client, token, phone="x")

    mark = ledger_journal.mark(keys, "cpf", WRONG_CPF)
    assert [row.customer for row in journal(ledger)] == [None] * 3
    assert [row.detail for row in journal(ledger)][1:] == [f"cpf hits=0 mark={mark}", "none hits=0"]


def test_every_customer_found_has_a_row(api, token, ledger):
    third = Customer(external_id="C-4", version=1, phones=(Phone(PHONE, "mobile"),))
    look(api(MARIA, FIRM, third), token, phone=PHONE)

    rows = journal(ledger)
    assert [row.action for row in rows] == ["lookup", "also_found", "also_found"]
    assert {row.external_id for row in rows} == {"C-00123", "C-00200", "C-4"}
    assert (rows[0].detail or "").startswith("phone hits=3 ")


def test_no_value_of_a_term_or_customer_reaches_the_journal_or_a_log(
    api, token, ledger, caplog, capfd
):
    caplog.set_level(logging.DEBUG)
    client = api(MARIA, FIRM)
    for term in ({"document": CPF}, {"document": WRONG_CPF}, {"phone": PHONE}, {"email": EMAIL}):
        look(client, token, **term)
    client.get(f"/api/v1/customers?cpf={CPF}", headers=bearer(token))

    with ledger.reading() as connection:
        kept = str(connection.execute(select(audit_table)).all())
    written = kept + caplog.text + "".join(capfd.readouterr())
    for value in (CPF, WRONG_CPF, "987654321", "maria", "Maria", token):
        assert value not in written


def test_without_a_journal_there_is_no_answer(api, token, data_dir, keys, monkeypatch):
    client = api(MARIA)
    look(client, token, document=CPF)  # the terminal's own minute is noted
    monkeypatch.setattr(sqlite_file, "WAIT_S", 0)
    holder = open_ledger(data_dir, keys)

    with holder.writing():
        answer = look(client, token, document=CPF)

    is_problem(answer, 503, "unavailable")
    assert "C-00123" not in answer.text
    holder.close()


def test_a_mirror_that_cannot_be_read_says_so_without_quoting_the_question(ledger, token, caplog):
    client = over(ledger, ledger)  # a database without customers' tables

    answer = look(client, token, email=EMAIL)

    is_problem(answer, 503, "unavailable")
    assert "no such table" in caplog.text
    assert "maria" not in caplog.text


def test_a_failure_nobody_expected_is_ours_not_the_terminals(api, token, monkeypatch):
    monkeypatch.setattr(lookup, "hits", lambda *_: 1 / 0)

    is_problem(look(api(MARIA), token, document=CPF), 500, "internal-error")


def test_a_terminal_that_asks_too_often_is_told_when_to_come_back(api, token, ledger):
    client = api(MARIA, FIRM, lookups_per_minute=2)
    other = devices.add(ledger, "caixa 2", "Centro")
    assert len(codes(look(client, token, phone=PHONE))) == 2
    assert len(codes(look(client, token, phone=PHONE))) == 2

    refused = look(client, token, phone=PHONE)

    is_problem(refused, 429, "too-many-lookups")
    wait = int(refused.headers["Retry-After"])
    assert 0 < wait <= 60
    assert f"Tente de novo em {age(wait)}" in refused.json["detail"]
    assert sorted(one.outcome for one in journal(ledger)) == ["done"] * 4 + ["limited"]
    assert len(codes(look(client, other, phone=PHONE))) == 2


def test_a_token_whose_day_is_over_says_so_to_whom_it_concerns(api, ledger, monkeypatch):
    soon = now_us() + 60_000_000
    token = devices.add(ledger, "caixa 9", "Centro", expires_at=soon)
    client = api(MARIA)
    assert codes(look(client, token, document=CPF)) == ["C-00123"]
    monkeypatch.setattr(lookup, "now_us", lambda: soon)

    refused = look(client, token, document=CPF)

    is_problem(refused, 401, "token-expired")
    assert "venceu" in refused.json["detail"]
    assert (journal(ledger)[-1].action, journal(ledger)[-1].actor) == ("token_refused", "caixa 9")


@pytest.mark.parametrize("term", [{"code": "?"}, {"document": "x" * 300}, {"phone": "12"}])
def test_what_a_till_is_told_offers_no_search_by_name(api, token, term):
    assert "nome" not in look(api(MARIA), token, **term).json["detail"]


@pytest.mark.parametrize("address", ["", "/", "/7", "/7/", "/reveal", "/7/phones/1"])
@pytest.mark.parametrize("verb", ["post", "put", "patch", "delete"])
def test_nothing_can_be_written_and_the_answer_says_where_it_can(api, verb, address):
    client = api(MARIA, master_url="https://erp.exemplo.com.br/clientes")

    answer = getattr(client, verb)(f"/api/v1/customers{address}", json={"name": "X"})

    is_problem(answer, 405, "read-only")
    assert answer.headers["Allow"] == "GET"
    assert "read-only" in answer.json["title"]
    assert "sistema de origem" in answer.json["detail"]
    assert answer.json["master_url"] == "https://erp.exemplo.com.br/clientes"


def test_without_an_address_of_the_master_none_is_given(api):
    assert "master_url" not in api().delete("/api/v1/customers/7").json


def test_personal_data_in_an_address_is_refused_and_not_repeated(api, token):
    answer = api(MARIA).get(f"/api/v1/customers?cpf={CPF}", headers=bearer(token))

    is_problem(answer, 404, "no-listing")
    assert CPF not in answer.text + str(answer.headers)


@pytest.mark.parametrize(
    ("verb", "address", "allow"),
    [
        ("get", "/lookup", "POST"),
        ("put", "/lookup", "POST"),
        ("delete", "/lookup", "POST"),
        ("post", "/freshness", "GET"),
    ],
)
def test_a_question_asked_by_another_method_names_the_right_one(api, verb, address, allow):
    answer = getattr(api(), verb)(f"/api/v1{address}")

    is_problem(answer, 405, "method-not-allowed")
    assert answer.headers["Allow"] == allow


@pytest.mark.parametrize("address", ["/", "/nothing", "/lookup/x", "/customers/7", "/../x"])
def test_what_is_not_there_is_said_as_a_problem(api, address):
    is_problem(api().get(f"/api/v1{address}"), 404, "not-found")


def test_freshness_comes_with_every_answer_and_by_itself(api, token):
    client = api(MARIA)

    alone = client.get("/api/v1/freshness", headers=bearer(token)).json
    along = look(client, token, document=CPF).json["freshness"]

    assert set(alone) == set(along) == {"state", "age_s", "as_of"}
    assert alone["state"] == along["state"] == "fresh"
    assert abs((datetime.now(UTC) - datetime.fromisoformat(along["as_of"])).total_seconds()) < 600


def test_an_empty_mirror_says_so(mirror_db, ledger, token):
    answer = look(over(mirror_db, ledger), token, document=CPF)
    assert answer.json == {
        "customers": [],
        "found": 0,
        "more": False,
        "freshness": {"state": "empty", "age_s": None, "as_of": None},
        "understood": ["cpf"],
    }


@pytest.mark.parametrize(
    ("verb", "address"),
    [("post", "/lookup"), ("get", "/freshness"), ("get", "/lookup"), ("get", "/x"),
     ("delete", "/customers/1"), ("get", "/customers")],
)  # fmt: skip
@pytest.mark.parametrize("known", [True, False])
def test_no_answer_may_be_stored(api, token, verb, address, known):
    answer = getattr(api(MARIA), verb)(f"/api/v1{address}", headers=bearer(token) if known else {})
    assert answer.headers["Cache-Control"] == "no-store"


def test_inside_the_whole_application_the_api_answers_as_itself(mirror_with, ledger, token):
    """No login page, no HTML error, no session: a terminal is not a browser."""
    client = create_app(mirror_with(MARIA), ledger, WebSettings()).test_client()

    assert codes(look(client, token, document=CPF)) == ["C-00123"]
    is_problem(look(client, "esp_x", document=CPF), 401, "unauthorized")
    is_problem(client.delete("/api/v1/customers/1"), 405, "read-only")
    is_problem(client.get("/api/v1/x"), 404, "not-found")
    is_problem(look(client, token, document="9" * 5000), 413, "body-too-large")


def test_a_guesser_is_locked_and_told_in_the_words_of_the_till(api, token):
    client = api(MARIA)
    codes = [look(client, token, phone=f"119{n:04}{n:04}").status_code for n in range(1111, 1141)]
    assert codes == [200] * 26 + [403] * 4
    refused = look(client, token, document=CPF)
    assert (refused.status_code, refused.json["code"]) == (403, "locked")
    assert "bloqueado" in refused.json["detail"]


def test_at_the_end_of_a_day_found_and_not_found_are_answered_alike(api, token):
    client = api(MARIA, FIRM, terminal_customers_per_day=2)
    assert look(client, token, document=CPF).status_code == 200
    found, missing = look(client, token, document=CNPJ), look(client, token, document=OTHER_CPF)
    assert (found.status_code, found.data) == (429, missing.data)
    assert look(client, token, document=CPF).json["found"] == 1
