"""A hostile terminal, a full journal, a race for the budget: doors that must stay shut."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from werkzeug.test import TestResponse

from mirror.ledger import journal
from tests.hostile.catalogue import Case, Outcomes, plays
from tests.hostile.machine import full_disk
from tests.hostile.outcomes import DENIED
from tests.hostile.payloads import one, page, texts
from tests.hostile.scene import Scene

CPF, CPF_SHOWN = "52998224725", "529.982.247-25"
BUDGET = 30


@plays("U01")
def guessing(scene: Scene, case: Case) -> Outcomes:
    """Every guess is counted and written down, and who only misses is locked after twenty-six."""
    scene.taken(page(one(cpf=CPF)))
    guesses = [_cpf(number) for number in range(10**8, 10**8 + 80)]
    statuses = [scene.lookup(document=guess).status_code for guess in guesses]
    assert Counter(statuses) == {200: 26, 403: 54}
    assert statuses[-54:] == [403] * 54
    refused = scene.lookup(document=CPF)
    assert refused.status_code == 403  # nor is anybody found who is there
    rows = [(row.action, row.outcome) for row in journal.entries(scene.ledger, limit=200)]
    assert rows.count(("lookup", "done")) == 26
    assert rows.count(("alarm", "done")) == 1
    return DENIED


def _cpf(nine: int) -> str:
    digits = f"{nine:09d}"
    for _ in range(2):
        weighed = sum(
            int(d) * w for d, w in zip(digits, range(len(digits) + 1, 1, -1), strict=True)
        )
        digits += str(weighed * 10 % 11 % 10)
    return digits


@plays("U02")
def a_document_in_an_address(scene: Scene, case: Case) -> Outcomes:
    scene.taken(page(one(cpf=CPF)))
    client, path = scene.app.test_client(), "/api" + case["payload"]["path"]
    for headers in ({}, _bearer(scene)):
        answer = client.get(path, headers=headers)
        _denied(answer, 404, "no-listing")
        assert CPF not in answer.text + str(answer.headers)
        for method in ("PUT", "PATCH", "DELETE", "POST"):
            _denied(client.open(path, method=method, headers=headers), 405, "read-only")
            if method != "POST":
                wrong = client.open("/api/v1/lookup", method=method, headers=headers)
                _denied(wrong, 405, "method-not-allowed")
        _denied(client.get("/api/v1/lookup?document=" + CPF), 405, "method-not-allowed")
    return DENIED


@plays("U05")
def tokens_that_open_nothing(scene: Scene, case: Case) -> Outcomes:
    scene.taken(page(one(cpf=CPF)))
    half = f"Bearer {scene.device[:-1]}"
    shapes = set()
    for header in (
        *texts(case["payload"]),
        half,
        f"Basic {scene.device}",
        "Bearer é",
        "Bearer \x00",
    ):
        answer = scene.app.test_client().post(
            "/api/v1/lookup", json={"document": CPF}, headers={"Authorization": header}
        )
        _denied(answer, 401, "unauthorized")
        shapes.add(answer.text)
    assert len(shapes) == 1
    return DENIED


@plays("U07")
def bodies_that_are_no_question(scene: Scene, case: Case) -> Outcomes:
    values = texts(case["payload"])
    bodies = [*values, *(text.replace('"value"', '"document"') for text in values)]
    for text in bodies:
        _denied(_post(scene, text.encode()), 422, "one-key")
    deep = b'{"document":' + b"[" * 1_500 + b"]" * 1_500 + b"}"
    assert _post(scene, deep).status_code in (400, 422)
    _denied(_post(scene, b'{"document":"%b"}' % (b"9" * 1_000_000)), 413, "body-too-large")
    _denied(_post(scene, b'{"document":'), 400, "body-not-json")
    _denied(_post(scene, "{}".encode("utf-16")), 400, "body-not-json")
    return DENIED


@plays("U08")
def a_journal_without_room(scene: Scene, case: Case) -> Outcomes:
    """Neither the eye of the pages nor a terminal shows anything that cannot be written down."""
    scene.taken(page(one(cpf=CPF, name="Maria Lima")))
    customer = scene.lookup(code="1").json["customers"][0]["id"]  # type: ignore[index]
    with full_disk(scene.data_dir / "ledger.db-wal"):
        answers = [_reveal(scene, customer), scene.lookup(document=CPF)]
    for answer in answers:
        assert answer.status_code == 503
        assert not [text for text in (CPF, CPF_SHOWN, "Maria") if text in answer.text]
    shown = _reveal(scene, customer).json
    assert shown == {"value": CPF_SHOWN, "mailto": None, "seconds": 30, "left": BUDGET - 1}
    return DENIED


@plays("U10")
def a_race_for_the_budget(scene: Scene, case: Case) -> Outcomes:
    scene.taken(page(one(cpf=CPF)))
    customer = scene.lookup(code="1").json["customers"][0]["id"]  # type: ignore[index]
    with ThreadPoolExecutor(20) as pool:
        found = pool.map(lambda _: _reveal(scene, customer), range(100))
        granted = Counter(answer.status_code for answer in found)
    assert granted == {200: BUDGET, 429: 100 - BUDGET}
    rows = journal.entries(scene.ledger, limit=200)
    assert [(row.action, row.outcome) for row in rows].count(("reveal", "done")) == BUDGET
    return DENIED


def _reveal(scene: Scene, customer: int) -> TestResponse:
    return scene.browser().post(
        f"/clientes/{customer}/revelar",
        data={"field": "document-0", "reason": "atendimento"},
        headers={"Accept": "application/json"},
    )


def _post(scene: Scene, body: bytes) -> TestResponse:
    return scene.app.test_client().post(
        "/api/v1/lookup", data=body, content_type="application/json", headers=_bearer(scene)
    )


def _bearer(scene: Scene) -> dict[str, str]:
    return {"Authorization": f"Bearer {scene.device}"}


def _denied(answer: TestResponse, status: int, code: str) -> None:
    assert answer.json
    assert (answer.status_code, answer.json["code"]) == (status, code), answer.text
    assert answer.mimetype == "application/problem+json"
