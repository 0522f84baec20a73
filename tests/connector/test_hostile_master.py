"""The catalogue of hostile answers: each is refused, quarantined or made harmless, as it says.

Transport, pagination and JSON, over a real socket, end to end into a mirror that has customers.
"""

import json
import re
from base64 import b64decode
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from connector.fetch import Fetcher, Limits
from connector.sources.rest import RestSource
from mirror.database import Database
from tests.connector.conftest import Follow
from tests.fakes.hostile import Hostile, hostile, reply
from tests.fakes.looking import everything, point, refused, versions
from tests.fakes.master import encode, record, source

CASES = json.loads((Path(__file__).parents[1] / "data/hostile_master.json").read_text("utf-8"))
WIRE = ("raw_json", "http", "text_list", "bytes_b64")
DECIDED = {
    # A repeated key costs its record, not the page: one bad record never stops the rest.
    "J05": "QUARANTINE_RECORD",
    # An expired token ends the run; the next one asks from the committed cursor, without a token.
    "P10": "ABORT_RUN",
}
REFUSED = ("REFUSE_REQUEST", "ABORT_RUN", "REJECT_PAGE")
PEOPLE = [record(101), record(102)]
LAST = encode({"items": [], "next": None, "has_more": False})


def cases() -> Iterator[Any]:
    for case in CASES["cases"]:
        wanted = case["category"] in ("transport", "pagination", "json")
        if wanted and case["payload"]["type"] in WIRE:
            for number, told in enumerate(answers(case["payload"])):
                expected = DECIDED.get(case["id"], case["expected"])
                name = f"{case['id']}.{number} {case['title']}"
                yield pytest.param(told, expected, id=name)


def answers(payload: dict[str, Any]) -> Iterator[bytes]:
    """The payload as whole HTTP answers."""
    if payload["type"] == "http":
        yield whole(payload)
    elif payload["type"] == "bytes_b64":
        yield reply(b64decode(payload["value"]))
    else:
        for text in payload.get("values", [payload.get("value")]):
            yield reply(dated(text).encode())


def whole(payload: dict[str, Any]) -> bytes:
    body = b64decode(payload["body_b64"]) if "body_b64" in payload else b""
    headers = {name.replace("-", "_"): text for name, text in payload.get("headers", {}).items()}
    kind = headers.pop("Content_Type", "application/json")
    told = reply(body or payload.get("body", "").encode(), payload["status"], kind=kind, **headers)
    if payload.get("close") and "Content_Length" not in headers:
        return re.sub(rb"Content-Length: \d+\r\n", b"", told)
    return told


def dated(text: str) -> str:
    """Give the records of the catalogue the instant that every record here must have."""
    return text.replace('{"id":', '{"updated_at":"2024-01-01T00:00:00Z","id":')


@pytest.fixture
def follow_at(mirror_db: Database, follow: Follow) -> Iterator[Callable[[str], Any]]:
    made: list[RestSource] = []

    def once(url: str) -> Any:
        headers = {"Authorization": "Bearer s3cret", "X-Api-Key": "s3cret"}
        fetcher = Fetcher(url, headers, Limits(timeout_s=5, attempts=2), sleep=lambda _: None)
        made.append(source(fetcher))
        return follow(made[-1])

    yield once
    for one in made:
        one.close()


@pytest.fixture
def master(follow_at: Callable[[str], Any]) -> Iterator[Hostile]:
    """A master whose customers are in the mirror already."""
    good = encode({"items": PEOPLE, "next": None, "has_more": False})
    with hostile(reply(good)) as served:
        assert follow_at(served.url).ok
        served.asked.clear()
        yield served


@pytest.mark.parametrize(("told", "expected"), list(cases()))
def test_a_hostile_answer_does_no_harm(
    mirror_db: Database,
    master: Hostile,
    follow_at: Callable[[str], Any],
    told: bytes,
    expected: str,
):
    before, cursor = versions(mirror_db), point(mirror_db).cursor
    refuses = expected in REFUSED
    master.script = lambda asked: told if refuses or "cursor=" not in asked.target else reply(LAST)

    report = follow_at(master.url)

    assert report.ok is not refuses, report.sentence
    assert before.items() <= versions(mirror_db).items()
    if refuses:
        assert len(master.asked) <= 2
        assert point(mirror_db).cursor == cursor
    assert bool(refused(mirror_db)) == (expected == "QUARANTINE_RECORD")
    if expected.startswith("ACCEPT") and b'"id":1,' in told:
        assert "1" in versions(mirror_db)
    assert all(asked.headers.get("cookie") is None for asked in master.asked)
    assert not re.search(r"s3cret|canary|p@ss|senha", report.sentence + repr(everything(mirror_db)))

    master.script = lambda asked: reply(encode({"items": [record(103)]}))
    assert follow_at(master.url).ok
    assert "103" in versions(mirror_db)


def test_the_catalogue_is_not_empty():
    assert len(list(cases())) > 25
