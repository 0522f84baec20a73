"""What lies on the disk tells nothing: the files, the write-ahead log, the directory."""

import sqlite3
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from mirror.store.engine import Database
from mirror.store.faults import DatabaseProblem
from mirror.store.sealing import Keyring
from mirror.store.sqlite import create_databases, open_ledger, open_mirror
from mirror.store.tables import customer, lookup, name_word
from tests.fakes.somebody import cpf, somebody

STRANGER = Keyring(b"another installation's root key.")
CLEAR = (
    b"SQLite format 3",
    b"Souza",
    b"pessoa7@exemplo",
    cpf(100_000_007).encode(),
    b"970000007",
    b"CREATE TABLE",
    b"customer",
    b"C-7",
    b"souza",
)


def bytes_on_disk(data_dir: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in data_dir.iterdir()}


def test_neither_files_nor_the_write_ahead_log_hold_a_clear_text(
    data_dir: Path, mirror_with: Callable[..., Database]
):
    db = mirror_with(*(somebody(number) for number in range(20)))

    on_disk = bytes_on_disk(data_dir)

    assert len(on_disk["mirror.db-wal"]) > 20_000
    found = {(name, text) for name, raw in on_disk.items() for text in CLEAR if text in raw}
    assert found == set()
    db.close()


def test_the_search_for_clear_text_would_find_it(tmp_path: Path):
    plain = sqlite3.connect(tmp_path / "plain.db")
    plain.execute("CREATE TABLE customer (name)")
    plain.execute("INSERT INTO customer VALUES ('Ana Souza')")
    plain.commit()
    plain.close()

    raw = (tmp_path / "plain.db").read_bytes()
    assert [text for text in CLEAR if text in raw] == [CLEAR[0], CLEAR[1], CLEAR[5], CLEAR[6]]


def test_who_opens_the_file_all_the_same_finds_only_sealed_records(
    mirror_with: Callable[..., Database],
):
    db = mirror_with(somebody(7))
    with db.reading() as connection:
        row = connection.execute(customer.select()).one()
        keys = [one.key for one in connection.execute(lookup.select())]

        words = connection.execute(name_word.select()).all()

    private = (b"Souza", b"souza", b"pessoa", b"pessoa7", cpf(100_000_007).encode(), b"970000007")
    sealed = [one.word for one in words]
    for blob in (row.doc, row.keys, row.content_hash, *keys, *sealed):
        assert not any(text in blob for text in private)
    assert {one.key for one in words} < set(keys)
    assert len(sealed) > 1
    assert len(keys) > 5


@pytest.mark.parametrize("read_only", [False, True])
def test_another_key_is_told_with_what_to_do(data_dir: Path, read_only: bool):
    with pytest.raises(DatabaseProblem, match=r"does not open with this key.*Restore"):
        open_mirror(data_dir, STRANGER, read_only=read_only)


def test_another_key_does_not_open_the_ledger_or_migrate(data_dir: Path):
    before = bytes_on_disk(data_dir)
    with pytest.raises(DatabaseProblem, match="does not open with this key"):
        open_ledger(data_dir, STRANGER)
    with pytest.raises(DatabaseProblem, match="does not open with this key"):
        create_databases(data_dir, STRANGER)
    assert {name: bytes_on_disk(data_dir)[name] for name in before} == before


def test_the_two_databases_have_different_keys(data_dir: Path, keys: Keyring):
    (data_dir / "mirror.db").write_bytes((data_dir / "ledger.db").read_bytes())
    with pytest.raises(DatabaseProblem, match="does not open with this key"):
        open_mirror(data_dir, keys)


def test_a_damaged_file_is_told_without_a_trace_of_the_driver(data_dir: Path, keys: Keyring):
    (data_dir / "mirror.db").write_bytes(b"\0" * 8192)
    with pytest.raises(DatabaseProblem, match="damaged") as refusal:
        open_mirror(data_dir, keys)
    assert refusal.value.__cause__ is None


def test_a_new_directory_is_for_its_owner_only(tmp_path: Path, keys: Keyring):
    create_databases(tmp_path / "new" / "data", keys)
    assert stat.S_IMODE((tmp_path / "new" / "data").stat().st_mode) == 0o700


def test_what_was_removed_is_overwritten(data_dir: Path, keys: Keyring):
    db = open_mirror(data_dir, keys)
    with db.reading() as connection:
        assert connection.exec_driver_sql("PRAGMA secure_delete").scalar() == 1
        assert connection.exec_driver_sql("PRAGMA temp_store").scalar() == 2
    db.close()
