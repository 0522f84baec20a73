"""Keys and databases that do not belong together: refused in a sentence, nothing touched."""

import os
import shutil
import stat

import pytest

from mirror.store.engine import HEADS
from mirror.store.sealing import load_key
from mirror.store.sqlite import MIRROR_FILE, open_mirror
from tests.faults.installation import Installation
from tests.faults.refusing import customers, refused

COMMANDS = [
    ("sync",),
    ("export",),
    ("runs",),
    ("quarantine", "list"),
    ("hold", "list"),
    ("serve",),
]
each_command = pytest.mark.parametrize("command", COMMANDS, ids=" ".join)


@each_command
def test_the_key_is_missing(synced: Installation, command: tuple[str, ...]) -> None:
    before = customers(synced)
    aside = synced.key.rename(synced.directory / "aside")

    told = refused(synced, *command, code=3, unchanged=False)

    assert "restore it from your backup" in told
    aside.rename(synced.key)
    assert customers(synced) == before


def test_init_makes_no_new_key_for_an_old_mirror(synced: Installation) -> None:
    synced.key.unlink()

    told = refused(synced, "init", code=3, unchanged=False)

    assert "Restore the key" in told
    assert not synced.key.exists()


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_others_can_read_the_key(synced: Installation, mode: int) -> None:
    before = customers(synced)
    synced.key.chmod(mode)

    told = refused(synced, "sync", code=3, unchanged=False)

    assert f"chmod 600 {synced.key}" in told
    assert stat.S_IMODE(synced.key.stat().st_mode) == mode
    synced.key.chmod(0o600)
    assert customers(synced) == before


@pytest.mark.parametrize("length", [0, 31, 33])
def test_a_key_of_another_length(synced: Installation, length: int) -> None:
    synced.key.write_bytes(bytes(length))

    assert f"holds {length} bytes" in refused(synced, "sync", code=3, unchanged=False)


@each_command
def test_the_key_of_another_mirror(synced: Installation, command: tuple[str, ...]) -> None:
    before, right = customers(synced), synced.key.read_bytes()
    synced.key.write_bytes(os.urandom(32))

    told = refused(synced, *command, code=4, unchanged=False)

    assert "does not open with this key file" in told
    synced.key.write_bytes(right)
    assert customers(synced) == before


@each_command
def test_a_mirror_from_a_newer_version(synced: Installation, command: tuple[str, ...]) -> None:
    _set_schema(synced, "9999")

    told = refused(synced, *command, code=4, unchanged=False)

    assert "made by a newer Espelho" in told
    _set_schema(synced, HEADS["mirror"])
    assert len(customers(synced)) == 3


def test_init_leaves_a_mirror_from_a_newer_version_alone(synced: Installation) -> None:
    _set_schema(synced, "9999")

    assert "made by a newer Espelho" in refused(synced, "init", code=4, unchanged=False)


@each_command
def test_no_mirror_yet(synced: Installation, command: tuple[str, ...]) -> None:
    shutil.rmtree(synced.data)

    assert "Run `espelho init` first" in refused(synced, *command, code=4, unchanged=False)


@pytest.mark.parametrize("command", COMMANDS[:-1], ids=" ".join)  # pages come up and say so
def test_a_damaged_mirror(synced: Installation, command: tuple[str, ...]) -> None:
    content = bytearray((synced.data / MIRROR_FILE).read_bytes())
    content[1_000:3_000] = os.urandom(2_000)
    (synced.data / MIRROR_FILE).write_bytes(content)

    assert "file is damaged" in refused(synced, *command, code=4, unchanged=False)


def test_a_mirror_damaged_further_in(synced: Installation) -> None:
    content = bytearray((synced.data / MIRROR_FILE).read_bytes())
    for start in range(4096, len(content), 4096):
        content[start + 100 : start + 200] = os.urandom(100)
    (synced.data / MIRROR_FILE).write_bytes(content)

    assert refused(synced, "sync", code=4, unchanged=False)


def _set_schema(made: Installation, version: str) -> None:
    db = open_mirror(made.data, load_key(made.key)) if version == "9999" else None
    if db is None:
        import mirror.store.sqlite as database

        db = database._database(made.data / MIRROR_FILE, "mirror", load_key(made.key), False)
    with db.writing() as connection:
        connection.exec_driver_sql(f"UPDATE alembic_version SET version_num = '{version}'")
    db.close()
