import pytest
from sqlalchemy.exc import DBAPIError, OperationalError

from config.failures import told
from config.settings import BadSettings
from connector.http.errors import AccessRefused
from connector.sandbox import PortInUse
from connector.sources.source_file import BadDefinition
from mirror.ledger.journal import AuditUnavailable
from mirror.store.engine import DatabaseProblem
from mirror.store.lease import FenceLost, LeaseTaken
from mirror.store.sealing import KeyProblem, SealBroken
from web.accounts.staff import PersonProblem
from web.terminals.devices import DeviceProblem


@pytest.mark.parametrize(
    ("problem", "code"),
    [
        (BadSettings("Said."), 3),
        (BadDefinition("Said."), 3),
        (KeyProblem("Said."), 3),
        (DatabaseProblem("Said."), 4),
        (SealBroken("Said."), 4),
        (AuditUnavailable("Said."), 4),
        (LeaseTaken("Said."), 75),
        (FenceLost("Said."), 1),
        (AccessRefused("Said."), 1),
        (PersonProblem("code", "Said."), 1),
        (DeviceProblem("code", "Said."), 1),
        (PortInUse(98, "Said."), 1),
    ],
)
def test_what_was_foreseen_tells_itself(problem: Exception, code: int):
    assert told(problem) == ("Said.", code)


def test_a_database_error_tells_the_drivers_words_and_never_the_statement():
    cause = Exception("disk I/O error")
    for kind in (OperationalError, DBAPIError):
        sentence, code = told(kind("INSERT INTO x VALUES ('Maria')", ("Maria",), cause))

        assert code == 4
        assert sentence.startswith("The database said: disk I/O error. ")
        assert "Maria" not in sentence


def test_a_file_that_cannot_be_used_is_named():
    assert told(PermissionError(13, "Permission denied", "/x/lock")) == (
        "/x/lock cannot be used: Permission denied.",
        4,
    )


def test_a_defect_tells_its_kind_and_places_and_never_its_message():
    try:
        int("CPF 529.982.247-25")
    except ValueError as problem:
        sentence, code = told(problem)

    assert code == 70
    assert sentence.startswith(
        "A defect of the program: ValueError at tests/config/test_failures.py:"
    )
    assert "529" not in sentence
