"""What every command must do that cannot do its work: say so in a sentence, and change nothing."""

from typing import Any

from mirror.reading.listing import export
from mirror.store.sealing import load_key
from mirror.store.sqlite import open_mirror
from tests.faults.installation import TOKEN, Installation

PERSONAL = (TOKEN, "529.982.247-25", "52998224725", "exemplo.com.br", "98765-4321", "Cliente de")
"""Secrets and values of the customers in these tests."""


def customers(made: Installation) -> list[dict[str, Any]]:
    """Everybody in the mirror, in clear."""
    db = open_mirror(made.data, load_key(made.key), read_only=True)
    try:
        return list(export(db, clear=True))
    finally:
        db.close()


def refused(
    made: Installation, *arguments: str, code: int, unchanged: bool = True, **options: Any
) -> str:
    """Run a command that must end with ``code`` and one sentence; returns what it said."""
    before = customers(made) if unchanged else None
    told = made.run(*arguments, **options)
    assert told.code == code, told
    assert told.err.strip(), told
    assert "Traceback" not in told.err, told.err
    assert told.err.strip().count("\n") == 0, told.err
    assert told.err.rstrip().endswith((".", "?")), told.err
    for value in PERSONAL:
        assert value not in told.err + told.out
    if unchanged:
        assert customers(made) == before
    return told.err
