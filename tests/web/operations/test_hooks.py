"""`POST /hooks/SOURCE`: a right secret is a reason to look; nothing a master says is data."""

import json

import pytest
from flask.testing import FlaskClient

from mirror.ledger import hints
from mirror.store.engine import Database
from web.app import create_app
from web.operations.hooks import Hook
from web.settings import WebSettings

SECRET = {"X-Validation-Key": "s3cret"}
HOOK = Hook("X-Validation-Key", "s3cret", ("New.Id", "ResourceId"))


@pytest.fixture
def client(mirror_db: Database, ledger: Database) -> FlaskClient:
    app = create_app(mirror_db, ledger, WebSettings(), {"ploomes": HOOK})
    return app.test_client()


def ids(ledger: Database, source: str = "ploomes") -> list[str]:
    return hints.taken(ledger, source).ids


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({"Entity": "Contacts", "New": {"Id": 105402001, "Name": "x"}}, ["105402001"]),
        ({"ResourceId": "C-7"}, ["C-7"]),
        ({"New": None, "ResourceId": 7}, ["7"]),
        ({"New": {"Id": "<script>"}}, []),
        ({"New": {"Id": "C 0001"}}, ["C 0001"]),
        ({"New": {"Id": "gid://shopify/Customer/1"}}, ["gid://shopify/Customer/1"]),
        ({"New": {"Id": "../../x"}}, []),
        ({"New": {"Id": "a\0b"}}, []),
        ({"New": {"Id": True}}, []),
        ({"New": {"Id": [1]}}, []),
        ([1, 2], []),
        ("text", []),
        (None, []),
    ],
)
def test_a_right_secret_is_a_reason_to_look(
    client: FlaskClient, ledger: Database, body: object, named: list[str]
):
    assert client.post("/hooks/ploomes", json=body, headers=SECRET).status_code == 202
    assert hints.waiting(ledger) == {"ploomes"}
    assert ids(ledger) == named


@pytest.mark.parametrize("body", [b"", b"\xff\xfe", b"{", b"[" * 10_000])
def test_what_cannot_be_read_is_still_a_reason_to_look(
    client: FlaskClient, ledger: Database, body: bytes
):
    assert client.post("/hooks/ploomes", data=body, headers=SECRET).status_code == 202
    assert hints.waiting(ledger) == {"ploomes"}


@pytest.mark.parametrize("headers", [{}, {"X-Validation-Key": "wrong"}, {"X-Validation-Key": ""}])
@pytest.mark.parametrize("source", ["ploomes", "nope", "%00"])
def test_a_wrong_secret_and_an_unknown_source_are_answered_alike(
    client: FlaskClient, ledger: Database, headers: dict[str, str], source: str
):
    answer = client.post(f"/hooks/{source}", json={"ResourceId": 7}, headers=headers)
    assert (answer.status_code, answer.data) == (401, b"")
    assert hints.waiting(ledger) == set()


def test_an_unknown_source_has_no_secret_that_fits(client: FlaskClient):
    answer = client.post("/hooks/nope", headers={"X-Hook-Secret": "\0", "X-Validation-Key": "\0"})
    assert answer.status_code == 401


def test_it_needs_no_origin_and_no_cookie(client: FlaskClient):
    told = SECRET | {"Origin": "https://elsewhere.example", "Sec-Fetch-Site": "cross-site"}
    assert client.post("/hooks/ploomes", json={}, headers=told).status_code == 202


def test_it_is_only_for_posting(client: FlaskClient):
    assert client.get("/hooks/ploomes", headers=SECRET).status_code == 405


def test_a_body_beyond_sense_is_a_reason_to_look_too(client: FlaskClient, ledger: Database):
    answer = client.post("/hooks/ploomes", data=b"x" * 200_000, headers=SECRET)
    assert answer.status_code == 202
    assert hints.waiting(ledger) == {"ploomes"}


def test_the_same_hint_again_is_no_second_one(client: FlaskClient, ledger: Database):
    for _ in range(3):
        client.post("/hooks/ploomes", data=json.dumps({"ResourceId": 7}), headers=SECRET)
    assert ids(ledger) == ["7"]


def test_a_flood_of_hints_stays_bounded(ledger: Database, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(hints, "MOST", 5)
    for number in range(20):
        hints.put(ledger, "ploomes", str(number))
    assert len(ids(ledger)) == 5
    assert hints.waiting(ledger) == {"ploomes"}


def test_hints_that_were_looked_into_are_forgotten_and_later_ones_stay(ledger: Database):
    for name in ("1", "2", None):
        hints.put(ledger, "ploomes", name)
    hints.put(ledger, "loja", "9")
    done = hints.taken(ledger, "ploomes")
    hints.put(ledger, "ploomes", "3")
    hints.settle(ledger, done, left=["2"])
    assert ids(ledger) == ["2", "3"]
    assert ids(ledger, "loja") == ["9"]
