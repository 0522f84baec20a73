"""A damaged mirror is set aside and made anew; a ledger never is."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from config.assemble import ledger_of
from config.run.follow import _Followed, open_or_rebuild
from config.settings import load
from mirror.store.faults import DatabaseProblem
from tests.config.reading import read_rows
from tests.faults.installation import TOKEN, TOKEN_VARIABLE, Installation
from tests.faults.refusing import customers

PAGE = 4_096


def damage(file: Path, *pages: int) -> None:
    """Write noise over some pages of a database, as a bad disk does; from 0."""
    with file.open("r+b") as opened:
        for page in pages:
            opened.seek(page * PAGE)
            opened.write(os.urandom(PAGE))


def every_page_but_the_first(file: Path) -> range:
    return range(1, file.stat().st_size // PAGE)


def set_aside(made: Installation) -> list[Path]:
    return sorted(made.data.glob("mirror.db.set-aside-*[0-9]"))  # beside it lies its log


def test_a_damaged_mirror_is_named_set_aside_and_filled_from_the_master(synced: Installation):
    before, people = customers(synced), synced.must("user", "list")
    damage(synced.data / "mirror.db", *every_page_but_the_first(synced.data / "mirror.db"))

    told = synced.run("sync")
    assert told.code == 4
    assert "The mirror is damaged" in told.err
    assert "`espelho rebuild`" in told.err
    assert "full" not in told.err

    assert "Set aside: " in synced.must("rebuild")
    assert [one["external_id"] for one in customers(synced)] == [
        one["external_id"] for one in before
    ]
    assert len(set_aside(synced)) == 1
    assert synced.must("user", "list") == people
    rows = read_rows(synced, "audit", "--json")
    assert [(row["action"], row["actor_kind"]) for row in rows] == [("mirror_rebuilt", "command")]


def test_one_damaged_page_that_no_sync_reads_is_found(synced: Installation):
    damage(synced.data / "mirror.db", synced.data.joinpath("mirror.db").stat().st_size // PAGE - 1)

    synced.must("rebuild")

    assert len(set_aside(synced)) == 1


def test_a_mirror_that_is_sound_is_left_alone_unless_it_is_insisted(synced: Installation):
    told = synced.run("rebuild")
    assert (told.code, set_aside(synced)) == (1, [])
    assert "Every page of the mirror is sound" in told.err

    synced.must("rebuild", "--anyway")
    assert len(set_aside(synced)) == 1


def test_with_the_wrong_key_nothing_is_set_aside(synced: Installation):
    synced.key.write_bytes(os.urandom(32))

    told = synced.run("rebuild")

    assert told.code in (3, 4)
    assert set_aside(synced) == []


def test_a_damaged_ledger_is_never_advised_away(synced: Installation):
    damage(synced.data / "ledger.db", 0)

    told = synced.run("audit")

    assert told.code == 4
    assert "keep the file, and restore the last backup" in told.err
    assert "delete" not in told.err
    assert "rebuild" not in told.err


@pytest.mark.parametrize("first_page", [True, False])
def test_by_setting_the_connector_does_it_itself(
    synced: Installation, monkeypatch: pytest.MonkeyPatch, first_page: bool
):
    monkeypatch.setenv(TOKEN_VARIABLE, TOKEN)
    text = synced.file.read_text()
    synced.file.write_text(f"rebuild_damaged_mirror = true\n{text}")
    file = synced.data / "mirror.db"
    damage(file, *([0] if first_page else every_page_but_the_first(file)))
    settings = load(synced.file)

    open_or_rebuild(settings)
    with closing(ledger_of(settings)) as ledger:
        followed = _Followed(settings, settings.sources[0], ledger)
        followed.once()
        followed.once()
        followed.close()

    assert len(customers(synced)) == 3
    assert len(set_aside(synced)) == 1


def test_without_the_setting_it_is_told(synced: Installation):
    damage(synced.data / "mirror.db", 0)

    with pytest.raises(DatabaseProblem, match="rebuild"):
        open_or_rebuild(load(synced.file))
    assert set_aside(synced) == []


def test_what_was_set_aside_is_as_encrypted_as_before(synced: Installation):
    synced.must("rebuild", "--anyway")

    with (
        closing(sqlite3.connect(set_aside(synced)[0])) as plain,
        pytest.raises(sqlite3.DatabaseError, match="not a database"),
    ):
        plain.execute("SELECT 1 FROM sqlite_master")
