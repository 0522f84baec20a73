"""A master that lies, breaks off or is not there: nothing of it is used, and the run says why."""

import json
import socket
from pathlib import Path

import pytest

from connector.sandbox import Sandbox
from tests.faults.conftest import ONE_ATTEMPT
from tests.faults.installation import Installation, installed
from tests.faults.refusing import customers, refused
from tests.faults.scripted import Answer, Script, customer, page

HTML = Answer(b"<!doctype html><title>Entrar</title>", kind="text/html")


def test_a_wrong_token_is_told_and_not_repeated(tmp_path: Path) -> None:
    with Sandbox(customers=5, token="another").running() as url:
        told = refused(installed(tmp_path / "made", url), "sync", code=1)

    assert "refused the credentials (401)" in told


def test_a_master_that_is_down(tmp_path: Path) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        made = installed(
            tmp_path / "made", f"http://127.0.0.1:{closed.getsockname()[1]}", more=ONE_ATTEMPT
        )

        assert "cannot be reached" in refused(made, "sync", code=1)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (HTML, "something else than JSON: a login page"),
        (Answer(HTML.body), "something else than JSON: a login page"),
        (Answer(page(customer(1, v=2)).body, cut_to=100), "broke off"),
        (Answer(page(customer(1, v=2)).body[:-20]), "JSON that is cut off"),
        (Answer(b"[]"), "not a page of customers"),
        (Answer(b'{"items":{}}'), "not a page of customers"),
        (Answer(b'{"items":[],"items":[]}'), "not a page of customers"),
        (page(customer(1, v=2), has_more=True), "no usable token"),
        (page(customer(1, v=2), has_more=True, next="https://evil.example"), "another address"),
        (page(customer(1, v=2), since="2020-01-01"), "belongs to another request"),
        (Answer(b"", status=302), "redirects"),
        (Answer(b"", status=503), "answered 503"),
        (Answer(b"", status=404), "answered 404"),
        (Answer(b" " * 8_000_001), "larger than"),
    ],
)
@pytest.mark.parametrize("option", [(), ("--full",)], ids=["changes", "sweep"])
def test_an_answer_that_is_no_page_changes_nothing(
    synced: Installation, master: Script, answer: Answer, said: str, option: tuple[str, ...]
) -> None:
    master.answer = lambda target: answer

    assert said in refused(synced, "sync", *option, code=1)


def test_the_whole_pages_before_a_broken_one_stay(synced: Installation, master: Script) -> None:
    first = page(customer(1, v=2, name="Mudou"), has_more=True, next="2")
    master.answer = lambda target: HTML if "cursor=2" in target else first

    told = refused(synced, "sync", code=1, unchanged=False)

    assert "Up to there: Read what changed: 1 received, 1 changed." in told
    assert [row["name"] for row in customers(synced)].count("Mudou") == 1


def test_pages_that_never_end_are_stopped(synced: Installation, master: Script) -> None:
    master.answer = lambda target: page(has_more=True, next="again")

    assert "repeat or stay empty" in refused(synced, "sync", code=1)


def test_an_empty_page_is_no_deletion(synced: Installation, master: Script) -> None:
    master.answer = lambda target: page()
    before = customers(synced)

    synced.must("sync")

    assert customers(synced) == before


def test_a_field_that_nobody_named_is_accepted_and_dropped(
    synced: Installation, master: Script
) -> None:
    master.answer = lambda target: page(customer(1, v=2, name="Outro", religion="segredo"))

    synced.must("sync")

    changed = next(row for row in customers(synced) if row["external_id"] == "1")
    assert changed["name"] == "Outro"
    assert "segredo" not in json.dumps(customers(synced), default=str)


@pytest.mark.parametrize(
    ("broken", "field", "rule"),
    [
        ({"name": True}, "name", "not_text"),
        ({"id": None}, "id", "missing"),
        ({"v": "9a"}, "version", "not_a_counter"),
        ({"notes": "x" * 300_000}, "record", "too_large"),
        ({"v": 1, "name": "Outra com a mesma versão"}, "version", "same_version_other_content"),
    ],
    ids=lambda case: case if isinstance(case, str) else "",
)
def test_a_broken_record_waits_in_quarantine_and_the_rest_goes_on(
    synced: Installation, master: Script, broken: dict[str, object], field: str, rule: str
) -> None:
    master.answer = lambda target: page(
        customer(1, **{"v": 2} | broken), customer(2, v=2, name="Mudou")
    )

    told = synced.must("sync")

    assert "1 changed, 1 unreadable and put in quarantine" in told
    assert [(row["field"], row["rule"]) for row in _quarantined(synced)] == [(field, rule)]
    assert {row["external_id"]: row["version"] for row in customers(synced)} == {
        "1": 1,
        "2": 2,
        "3": 1,
    }


@pytest.mark.parametrize("broken", [{"id": None}, {"id": 7, "name": True}])
def test_what_a_sweep_does_not_find_any_more_leaves_quarantine(
    synced: Installation, master: Script, broken: dict[str, object]
) -> None:
    others = (*map(customer, (1, 2, 3)), customer(4, name=True))
    master.answer = lambda target: page(*others, customer(5, **broken))
    synced.must("sync")
    assert len(_quarantined(synced)) == 2
    synced.must("sync", "--full")
    assert len(_quarantined(synced)) == 2

    master.answer = lambda target: page(*others)
    synced.must("sync")
    assert len(_quarantined(synced)) == 2
    synced.must("sync", "--full")

    assert [row["external_id"] for row in _quarantined(synced)] == ["4"]


def _quarantined(made: Installation) -> list[dict[str, object]]:
    return [json.loads(row) for row in made.must("quarantine", "list", "--json").splitlines()]


@pytest.mark.parametrize("option", ["changes", "--full"])
def test_a_customer_who_cannot_be_read_any_more_is_not_gone(
    synced: Installation, master: Script, option: str
) -> None:
    broken = {"v": 2, "updated_at": "31/02/2025 25:61"}
    master.answer = lambda target: page(customer(1, **broken), customer(2), customer(3))

    synced.must("sync", *(("--full",) if option == "--full" else ()))

    assert [row["external_id"] for row in customers(synced)] == ["1", "2", "3"]


def test_a_page_of_broken_records_means_the_map_is_wrong(
    synced: Installation, master: Script
) -> None:
    # More than fifty of any run, or half of all there are: fewer are bad records and wait.
    master.answer = lambda target: page(*(customer(n, v=2, name=True) for n in range(1, 52)))
    assert "The map is wrong" in refused(synced, "sync", code=1)

    master.answer = lambda target: page(*(customer(n, v=2, name=True) for n in range(1, 13)))
    assert "The map is wrong" in refused(synced, "sync", "--full", code=1)
