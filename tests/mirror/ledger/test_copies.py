"""Backups and heads: what is restored takes nothing back, and what was tampered with is told."""

import os
import random
import shutil
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, func, insert, select, update

from mirror.ledger import audit, copies, journal
from mirror.ledger.copies import Noted, Outside
from mirror.ledger.journal import FIELDS, Entry
from mirror.store.engine import Database
from mirror.store.faults import DatabaseProblem
from mirror.store.sealing import Keyring
from mirror.store.sqlite import open_copy, open_ledger

TAMPERINGS = int(os.environ.get("ESPELHO_TAMPERINGS", "60"))
SEED = int(os.environ.get("ESPELHO_SEED", "11"))
ROWS = 40


def acts(db: Database, rows: int, actor: str = "ana") -> None:
    entry = Entry("staff", actor, "reveal", 1, "loja", "C-1", "phone", "sale")
    journal.record(db, *(entry for _ in range(rows)))


# Tampering by somebody who can write the ledger's tables, and not what was noted outside.


def _rows(db: Database) -> list[dict[str, Any]]:
    with db.reading() as connection:
        return [dict(row) for row in connection.execute(select(audit).order_by("id")).mappings()]


def _put(db: Database, rows: list[dict[str, Any]]) -> None:
    with db.writing() as connection:
        connection.execute(delete(audit))
        if rows:
            connection.execute(insert(audit), rows)


def _edited(rows: list[dict[str, Any]], draw: random.Random) -> list[dict[str, Any]]:
    column = draw.choice([one for one in FIELDS if one.name != "id"])
    row = draw.choice(rows)
    there = row[column.name]
    row[column.name] = there + 1 if isinstance(there, int) else f"{there or ''}x"
    return rows


def _deleted(rows: list[dict[str, Any]], draw: random.Random) -> list[dict[str, Any]]:
    rows.remove(draw.choice(rows))
    return rows


def _deleted_and_numbered(rows: list[dict[str, Any]], draw: random.Random) -> list[dict[str, Any]]:
    return [row | {"id": number} for number, row in enumerate(_deleted(rows, draw), 1)]


def _inserted(rows: list[dict[str, Any]], draw: random.Random) -> list[dict[str, Any]]:
    at = draw.randrange(len(rows) + 1)
    rows.insert(at, draw.choice(rows) | {"chain": draw.randbytes(32)})
    return [row | {"id": number} for number, row in enumerate(rows, 1)]


def _reordered(rows: list[dict[str, Any]], draw: random.Random) -> list[dict[str, Any]]:
    one, other = draw.sample(range(len(rows)), 2)
    rows[one], rows[other] = rows[other] | {"id": one + 1}, rows[one] | {"id": other + 1}
    return rows


def _cut(rows: list[dict[str, Any]], draw: random.Random) -> list[dict[str, Any]]:
    return rows[: draw.randrange(1, len(rows))]


def _emptied(rows: list[dict[str, Any]], draw: random.Random) -> list[dict[str, Any]]:
    return []


def _is_told(db: Database, noted: list[Noted]) -> bool:
    return bool(copies.misfit(db, noted)) or not journal.verify(db).intact


def _rolled_back_and_used(
    rows: list[dict[str, Any]], draw: random.Random, db: Database
) -> list[dict[str, Any]]:
    # The program itself goes on with an older journal: the chain is whole, and another one.
    _put(db, rows[: draw.randrange(len(rows))])
    acts(db, draw.randrange(1, 2 * len(rows)), "eva")
    return _rows(db)


def _replaced(
    rows: list[dict[str, Any]], draw: random.Random, db: Database
) -> list[dict[str, Any]]:
    _put(db, [])
    acts(db, draw.randrange(1, 2 * len(rows)), "eva")
    return _rows(db)


WAYS: tuple[Callable[..., list[dict[str, Any]]], ...] = (
    _edited,
    _deleted,
    _deleted_and_numbered,
    _inserted,
    _reordered,
    _cut,
    _emptied,
    _rolled_back_and_used,
    _replaced,
)


def test_whatever_is_done_to_the_journal_is_told_against_a_head_outside(ledger: Database):
    """`ESPELHO_TAMPERINGS` sets how often; 1,000 of 1,000 were told."""
    acts(ledger, ROWS)
    whole, draw = _rows(ledger), random.Random(SEED)
    noted = [Noted("now", journal.head(ledger))]
    assert not _is_told(ledger, noted)
    missed = []
    for number in range(TAMPERINGS):
        way = WAYS[number % len(WAYS)]
        rows = [dict(row) for row in whole]
        if way in (_rolled_back_and_used, _replaced):
            _put(ledger, way(rows, draw, ledger))
        else:
            _put(ledger, way(rows, draw))
        if not _is_told(ledger, noted):
            missed.append((number, way.__name__))
        _put(ledger, whole)
    assert missed == []
    assert not _is_told(ledger, noted)


# Heads outside.


def test_a_head_is_noted_once_and_outlives_the_ledger(ledger: Database, tmp_path: Path):
    outside = Outside(tmp_path / "made" / "data.head")
    outside.note(ledger)  # an empty journal has none
    acts(ledger, 3)
    for _ in range(2):
        outside.note(ledger)
    acts(ledger, 1)
    outside.note(ledger)

    assert [one.number for one in outside.noted()] == [3, 4]
    assert outside.file.stat().st_mode & 0o777 == 0o600
    copies.refuse_other_journal(ledger, outside.noted())


def test_a_head_is_given_to_a_command(ledger: Database, tmp_path: Path):
    acts(ledger, 1)
    taken = tmp_path / "taken"

    Outside(tmp_path / "data.head", command=f"sh -c 'echo $0 > {taken}'").note(ledger)

    assert taken.read_text().strip() == journal.head(ledger)


@pytest.mark.parametrize(
    ("done", "told"),
    [(_cut, "ends at entry"), (_emptied, "ends at entry 0"), (_replaced, "another one|ends at")],
)
def test_what_is_so_is_told_in_a_sentence(
    ledger: Database, done: Callable[..., list[dict[str, Any]]], told: str
):
    acts(ledger, 9)
    noted = [Noted("on Monday", journal.head(ledger))]
    more = (ledger,) if done is _replaced else ()
    _put(ledger, done(_rows(ledger), random.Random(SEED), *more))

    with pytest.raises(copies.HeadProblem, match=f"(?s)({told}).*espelho restore"):
        copies.refuse_other_journal(ledger, noted)


# Backups.


def test_a_backup_is_whole_encrypted_and_never_written_over(
    ledger: Database, keys: Keyring, tmp_path: Path
):
    acts(ledger, 5)

    made = copies.back_up(ledger, tmp_path, lambda file: open_copy(file, keys))

    assert (made.rows, made.head) == (5, journal.head(ledger))
    assert made.file.stat().st_mode & 0o777 == 0o600
    content = made.file.read_bytes()
    assert not [text for text in (b"SQLite format", b"audit", b"reveal") if text in content]
    with pytest.raises(DatabaseProblem, match="exists already"):
        copies.back_up(ledger, made.file, lambda file: open_copy(file, keys))
    assert [one.name for one in tmp_path.iterdir() if "espelho" in one.name] == [made.file.name]


def test_a_backup_is_made_while_another_writes(
    ledger: Database, data_dir: Path, keys: Keyring, tmp_path: Path
):
    acts(ledger, 5)
    with closing(open_ledger(data_dir, keys)) as other, other.writing() as connection:
        connection.execute(update(audit).where(audit.c.id == 1).values(field="x"))
        made = copies.back_up(ledger, tmp_path, lambda file: open_copy(file, keys))
        assert made.rows == 5


def test_a_damaged_ledger_is_told_page_by_page(ledger: Database, data_dir: Path, keys: Keyring):
    acts(ledger, 200)
    ledger.close()
    content = bytearray((data_dir / "ledger.db").read_bytes())
    content[-2000] ^= 1
    (data_dir / "ledger.db").write_bytes(content)

    with closing(open_ledger(data_dir, keys)) as db:
        assert not copies.is_whole(db)
        assert db.damage()


def test_a_copy_is_read_without_anything_beside_it(ledger: Database, keys: Keyring, tmp_path: Path):
    acts(ledger, 2)
    ledger.close()
    file = Path(shutil.copy(ledger_file(ledger), tmp_path / "elsewhere.db"))

    with closing(open_copy(file, keys)) as db, db.reading() as connection:
        assert connection.execute(select(func.count()).select_from(audit)).scalar() == 2

    assert [one.name for one in tmp_path.iterdir() if one.name.startswith("elsewhere")] == [
        file.name
    ]


def ledger_file(ledger: Database) -> Path:
    return copies.file_of(ledger)._path  # type: ignore[attr-defined, no-any-return]
