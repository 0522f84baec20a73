"""The examples of the terminals' page are asked of the real API; its tables leave nothing out."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from flask.testing import FlaskClient

from config.assemble import preset
from connector.sandbox.customers import deuzenir, ipe
from connector.sandbox.timeline import Story
from connector.sources.checks import definition
from connector.sources.rest import open_source
from mirror.instants import micros
from mirror.records import Customer
from mirror.store.engine import Database
from tests.fakes.stores import Remembering
from tests.shape.reading_code import ROOT, fenced, rows
from web.app import create_app
from web.settings import WebSettings
from web.terminals import devices, lookup, problems
from web.terminals.lookup import Card

AT = datetime(2026, 11, 22, 12, tzinfo=UTC)

PAGE = ROOT / "docs/terminals.md"
QUESTIONS = re.findall(r"-d '(\{.+?\})'", PAGE.read_text("utf-8"))
ANSWERS = [json.loads(text) for text in fenced(PAGE, "json")]


@pytest.fixture
def ask(
    mirror_with: Callable[..., Database], ledger: Database, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], Any]:
    """Posts a body as a terminal on the page's day and returns the decoded answer."""
    monkeypatch.setattr(lookup, "now_us", lambda: micros(AT))
    app = create_app(mirror_with(*_fixed(), source="sandbox"), ledger, WebSettings())
    client: FlaskClient = app.test_client()
    headers = {
        "Authorization": f"Bearer {devices.add(ledger, 'caixa-1', 'Centro')}",
        "Content-Type": "application/json",
    }
    return lambda body: client.post("/api/v1/lookup", data=body, headers=headers).json


def _fixed() -> list[Customer]:
    """The two customers of every sandbox, read as the connector reads them."""
    omni = open_source(
        "sandbox",
        definition(preset("omni"), "sandbox"),
        "http://127.0.0.1:1",
        {"token": "x"},
        Remembering(),
    )
    about = ({"id": 100_001, **deuzenir(Story())}, {"id": 100_002, **ipe()})
    raws = [json.dumps({"v": 1, "updated_at": "2026-11-22T00:57:10-03:00", **one}) for one in about]
    customers: list[Any] = [
        omni.translate(json.loads(raw), omni.head(raw.encode(), AT), "customers") for raw in raws
    ]
    omni.close()
    return customers


def test_the_example_answer_is_what_the_api_answers(ask):
    documented, answered = ANSWERS[0], ask(QUESTIONS[0])

    assert answered["customers"] == documented["customers"]
    assert answered["understood"] == documented["understood"]
    assert list(answered) == list(documented)
    assert list(answered["freshness"]) == list(documented["freshness"]) == list(ANSWERS[1])


@pytest.mark.parametrize("question", QUESTIONS)
def test_every_example_question_finds_its_customer(ask, question):
    assert [found["code"] for found in ask(question)["customers"]] in (["100001"], ["100002"])


def test_the_example_problem_is_what_the_api_answers(ask):
    assert ask('{"document": "123.456.789-00"}') == ANSWERS[2]


def test_the_tables_name_every_field_and_every_problem():
    fields = re.findall(r"`(\w+)`", "".join(row[0] for row in rows(PAGE, "## Who is this?")))
    codes = re.findall(
        r"`([\w-]+)`", "".join(row[1] for row in rows(PAGE, "## When something cannot be done")[1:])
    )

    beside = {"found", "more", "understood", "freshness"}
    assert set(fields) == {*Card.__struct_fields__, *beside}
    assert set(problems.PROBLEMS) <= set(codes)


def test_there_are_examples_of_every_kind():
    kinds = {next(iter(json.loads(question))) for question in QUESTIONS}

    assert kinds == {"document", "phone", "email", "code"}
    assert len(ANSWERS) == 3
