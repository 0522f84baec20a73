"""Every code that reaches a screen has its words there."""

import re
from pathlib import Path

import pytest

from mirror.facets import NARROW
from mirror.records import KINDS, REGISTRATIONS
from mirror.store.sealing import BLIND_KINDS
from web.accounts.staff import ROLES
from web.look import words
from web.look import words as activity_words
from web.look.masked import VEILS
from web.operations.journal import ACTIONS

CODE = Path(__file__).parents[3]


def test_registers_kinds_and_roles_have_names() -> None:
    assert set(words.REGISTRATIONS) == set(REGISTRATIONS) == set(words.REGISTRATION_SLUGS.values())
    assert set(words.KINDS) == set(KINDS)
    assert set(words.ROLES) == set(ROLES)


def test_fields_and_readings_have_names() -> None:
    secrets = {f"payment_{field}" for field in activity_words.SECRETS}
    assert set(words.FIELDS) == set(VEILS) | secrets
    filters = {NARROW}  # it narrows whom a name found, and nobody types it
    assert set(words.READINGS) >= set(BLIND_KINDS) - filters


def test_every_flag_of_the_connector_has_a_sentence() -> None:
    source = "".join(file.read_text() for file in (CODE / "connector" / "mapping").glob("*.py"))
    flags = set(re.findall(r'append\("(\w+)"\)', source))
    assert flags
    assert flags <= {*words.FLAGS, *activity_words.ACTIVITY_FLAGS}


@pytest.mark.parametrize("query", ["queries.py", "phones.py", "documents.py", "emails.py"])
def test_every_problem_of_a_search_has_a_sentence(query: str) -> None:
    source = (CODE / "mirror" / "identifiers" / query).read_text()
    problems = set(re.findall(r'Query\([^)]*?, "(\w+)"\)', source))
    assert problems <= set(words.PROBLEMS)


def test_every_recorded_action_has_a_name() -> None:
    source = "".join(
        file.read_text() for part in ("web", "config") for file in (CODE / part).glob("**/*.py")
    )
    calls = "account|permit|did|_did|stranger|write_down|_write_down|_change|_account"
    used = set(re.findall(rf'(?<!def )\b(?:{calls})\((?:[\w.{{}}":\s()]+, )*?\s*"(\w+)"', source))
    used |= set(re.findall(r'_shown\([^\n"]*"(\w+)"', source))
    used |= set(re.findall(r'(?:LOOKUP|ALSO_FOUND) = "(\w+)"', source))
    assert {"open", "search", "reveal", "copy", "whatsapp", "audit", "login"} <= used
    assert used <= set(ACTIONS)
