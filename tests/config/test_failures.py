import errno

import pytest
from sqlalchemy.exc import DBAPIError, OperationalError

from config.failures import told
from config.settings import BadSettings
from connector.http import AccessRefused
from connector.sandbox import PortInUse
from connector.sources.source_file import BadDefinition
from mirror.ledger.journal import AuditUnavailable
from mirror.store.engine import FenceLost
from mirror.store.faults import DatabaseProblem, Fault
from mirror.store.lease import LeaseTaken
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


def test_a_database_error_that_nobody_foresaw_never_tells_the_statement():
    cause = Exception("no such table: x")
    for kind in (OperationalError, DBAPIError):
        sentence, code = told(kind("INSERT INTO x VALUES ('Maria')", ("Maria",), cause))

        assert code == 4
        assert sentence.endswith("It said: no such table: x.")
        assert "Maria" not in sentence


def of_driver(fault: str, about: str = "mirror") -> OperationalError:
    cause = Exception("the driver's own words")
    cause.fault = Fault(fault, about)  # type: ignore[attr-defined]
    return OperationalError("SELECT 1", (), cause)


@pytest.mark.parametrize(
    ("problem", "word"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "is full"),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), "is full"),
        (OSError(errno.EROFS, "Read-only file system"), "mounted read-only"),
        (OSError(errno.EACCES, "Permission denied"), "This user may not"),
        (OSError(errno.EMFILE, "Too many open files"), "too many files open"),
        (OSError(errno.EIO, "Input/output error"), "reported an error"),
        (MemoryError(), "no memory left"),
        (of_driver("disk_full"), "is full"),
        (of_driver("locked"), "locked for too long"),
        (of_driver("damaged"), "`espelho rebuild`"),
        (of_driver("damaged", "ledger"), "keep the damaged file, and restore the last backup"),
    ],
)
def test_what_the_machine_did_is_told_by_its_cause_and_is_no_defect(problem: Exception, word: str):
    sentence, code = told(problem)

    assert code == 4
    assert word in sentence
    assert "defect" not in sentence
    assert "own words" not in sentence


def test_a_damaged_page_is_no_full_disk_and_a_damaged_ledger_is_never_advised_away():
    mirror, _ = told(of_driver("damaged", "mirror"))
    ledger, _ = told(of_driver("damaged", "ledger"))

    assert "full" not in mirror + ledger
    assert "delete" not in ledger.lower()
    assert "rebuild" not in ledger


def test_a_file_that_cannot_be_used_is_named():
    assert told(PermissionError(13, "Permission denied", "/x/lock")) == (
        "This user may not use /x/lock. Run it as the user whose files they are, or give them back "
        "to that one (`ls -l`, `chown`, `chmod`).",
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
