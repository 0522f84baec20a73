"""Turns what went wrong into one sentence and an exit code, and says where log lines go.

A failure that the program foresaw tells itself. Of one that nobody foresaw only the kind and the
place are told: its message could quote a customer.

Every command imports this module and most end well: what only a failure needs is imported there.
"""

EXIT_FAILED = 1
EXIT_SETTINGS = 3
EXIT_STORE = 4
EXIT_DEFECT = 70
EXIT_BUSY = 75
EXIT_STOPPED = 130

_CODES = {
    EXIT_SETTINGS: {"BadSettings", "BadDefinition", "KeyProblem"},
    EXIT_STORE: {"DatabaseProblem", "SealBroken", "AuditUnavailable"},
    EXIT_BUSY: {"LeaseTaken"},
    EXIT_FAILED: {
        "DeviceProblem", "FenceLost", "MasterProblem", "NoSuchCustomer", "NotLocked",
        "PersonProblem",        "PortInUse", "PortRefused",
    },
}  # fmt: skip
"""By name: importing every room to know its exceptions would slow down every command."""

_PLACES = 3


def told(problem: Exception) -> tuple[str, int]:
    """The sentence and the exit code of a failure."""
    kinds = {one.__name__ for one in type(problem).__mro__}
    for code, names in _CODES.items():
        if kinds & names:
            return _text(problem), code
    return _of_machine(problem, kinds) or (_of_defect(problem), EXIT_DEFECT)


def _text(problem: Exception) -> str:
    return (problem.strerror if isinstance(problem, OSError) else None) or str(problem)


def _of_machine(problem: Exception, kinds: set[str]) -> tuple[str, int] | None:
    """What the machine or the database did; None where it was neither."""
    if not kinds & {"SQLAlchemyError", "OSError", "MemoryError"}:
        return None
    from mirror.store.faults import fault_of

    if fault := fault_of(problem):
        return fault.sentence, EXIT_STORE
    if "SQLAlchemyError" in kinds:
        cause = getattr(problem, "orig", None) or type(problem).__name__
        said = "The database refused what was asked; what was committed before stays. It said: "
        return f"{said}{cause}.", EXIT_STORE
    if isinstance(problem, OSError) and problem.filename:
        return f"{problem.filename} cannot be used: {problem.strerror}.", EXIT_STORE
    return None


def _of_defect(problem: Exception) -> str:
    from traceback import extract_tb

    frames = extract_tb(problem.__traceback__)[: -_PLACES - 1 : -1]
    places = ", from ".join(f"{_short(frame.filename)}:{frame.lineno}" for frame in frames)
    return (
        f"A defect of the program: {type(problem).__name__} at {places}. Its message is not shown, "
        "it could hold a customer's data. Please report this line."
    )


def _short(filename: str) -> str:
    from pathlib import Path

    file, root = Path(filename), Path(__file__).parents[1]
    return str(file.relative_to(root)) if file.is_relative_to(root) else file.name


# Where log lines go: standard error, one line each, in UTC, without personal data.


def to_stderr(level: str = "INFO") -> None:
    """Send the program's lines from ``level`` on to standard error, libraries' from WARNING on."""
    import logging
    import sys
    import time

    handler = logging.StreamHandler(sys.stderr)
    formatter = logging.Formatter("%(asctime)sZ %(levelname)s %(name)s: %(message)s")
    formatter.converter = time.gmtime
    formatter.default_msec_format = "%s.%03d"
    handler.setFormatter(formatter)
    logging.basicConfig(handlers=[handler], level=logging.WARNING)
    logging.getLogger("espelho").setLevel(level)
