import json
from contextlib import closing

import pytest

from mirror.store.sealing import load_key
from mirror.store.sqlite import open_ledger
from tests.faults.installation import Installation
from web.accounts import staff
from web.terminals import devices

PASSWORD = "uma senha comprida"


@pytest.fixture
def made(synced: Installation) -> Installation:
    synced.environment["ESPELHO_PASSWORD"] = PASSWORD
    return synced


def _enters(made: Installation, login: str, password: str = PASSWORD) -> bool:
    with closing(open_ledger(made.data, load_key(made.key))) as ledger:
        return staff.authenticate(ledger, login, password) is not None


def test_somebody_is_let_in_stopped_and_let_in_again(made: Installation):
    assert "ana may log in as attendant." in made.must("user", "add", "ana", "--name", "Ana Lima")
    assert _enters(made, "ana")

    made.must("user", "disable", "ana")
    assert not _enters(made, "ana")

    made.must("user", "enable", "ana")
    assert _enters(made, "ana")


def test_a_new_password_replaces_the_old(made: Installation):
    made.must("user", "add", "ana")
    made.environment["ESPELHO_PASSWORD"] = "outra senha comprida"

    made.must("user", "password", "ana")

    assert not _enters(made, "ana")
    assert _enters(made, "ana", "outra senha comprida")


def test_a_password_is_asked_for_twice_and_never_shown(made: Installation):
    del made.environment["ESPELHO_PASSWORD"]

    told = made.run("user", "add", "ana")

    assert told.code == 1
    assert "Password (at least 10 characters" in told.out + told.err
    assert made.must("user", "list").startswith("Nobody can log in yet")


def test_people_are_listed_without_their_passwords(made: Installation):
    made.must("user", "add", "ana", "--name", "Ana Lima", "--role", "administrator")

    (row,) = [json.loads(line) for line in made.must("user", "list", "--json").splitlines()]

    assert row == {
        "id": 1,
        "login": "ana",
        "full_name": "Ana Lima",
        "role": "administrator",
        "active": True,
    }
    assert "Ana Lima" in made.must("user", "list")


@pytest.mark.parametrize(
    ("command", "code", "said"),
    [
        (("add", "ana"), 1, "exists already"),
        (("add", "Ana Lima"), 1, "login"),
        (("add", "bia", "--role", "boss"), 2, "boss"),
        (("password", "bia"), 1, "Nobody has this login"),
        (("disable", "bia"), 1, "Nobody has this login"),
        (("enable", "bia"), 1, "Nobody has this login"),
    ],
)
def test_what_cannot_be_done_with_a_person(
    made: Installation, command: tuple[str, ...], code: int, said: str
):
    made.must("user", "add", "ana")

    told = made.run("user", *command)

    assert told.code == code
    assert said in told.err
    assert "Traceback" not in told.err


def test_a_password_too_short_is_refused_and_not_repeated(made: Installation):
    made.environment["ESPELHO_PASSWORD"] = "sesame"

    told = made.run("user", "add", "ana")

    assert told.code == 1
    assert "10" in told.err
    assert "sesame" not in told.err


def test_a_terminals_token_is_shown_once_and_revoked(made: Installation):
    token = made.must("device", "add", "caixa 1", "--store", "Centro").strip()

    assert token.startswith("esp_")
    assert token not in made.must("device", "list") + made.must("device", "list", "--json")
    assert _device(made, token) == "caixa 1"
    assert "is refused from its next request on" in made.must("device", "revoke", "caixa 1")
    assert _device(made, token) is None
    (row,) = [json.loads(line) for line in made.must("device", "list", "--json").splitlines()]
    assert (row["name"], row["store"]) == ("caixa 1", "Centro")
    assert row["revoked_at"]


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (("add", "caixa 1", "--store", "Centro"), 1),
        (("add", "", "--store", "Centro"), 1),
        (("add", "caixa 2"), 2),
        (("revoke", "caixa 9"), 1),
    ],
)
def test_what_cannot_be_done_with_a_terminal(
    made: Installation, command: tuple[str, ...], code: int
):
    made.must("device", "add", "caixa 1", "--store", "Centro")

    told = made.run("device", *command)

    assert (told.code, told.out) == (code, "")
    assert told.err.strip()
    assert "Traceback" not in told.err


def test_no_terminal_yet(made: Installation):
    assert made.must("device", "list").startswith("No terminal yet")
    assert made.must("device", "list", "--json") == ""


def _device(made: Installation, token: str) -> str | None:
    with closing(open_ledger(made.data, load_key(made.key))) as ledger:
        found = devices.authenticate(ledger, token)
    return found.name if found else None
