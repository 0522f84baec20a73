"""The schema in the files is the schema in the code; a file of another age is told, not used."""

from pathlib import Path

import pytest
import sqlcipher3.dbapi2 as sqlcipher
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from mirror import ledger
from mirror.store import migrations, sqlite, tables
from mirror.store.engine import HEADS, Database
from mirror.store.faults import DatabaseProblem
from mirror.store.sealing import Keyring
from mirror.store.sqlite import create_databases, open_ledger, open_mirror

OPENERS = {"mirror": open_mirror, "ledger": open_ledger}


def set_schema(db: Database, schema: str) -> None:
    with db.writing() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = ?", (schema,))
    db.close()


METADATA = {"mirror": tables.mirror, "ledger": ledger.ledger}


@pytest.mark.parametrize("name", ["mirror", "ledger"])
def test_the_migrations_build_exactly_the_tables_of_the_code(
    name: str, data_dir: Path, keys: Keyring
):
    db = OPENERS[name](data_dir, keys)
    with db.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, METADATA[name]) == []
    db.close()


@pytest.mark.parametrize("name", ["mirror", "ledger"])
def test_the_newest_migration_file_is_the_schema_the_program_asks_for(name: str):
    versions = Path(migrations.__file__).parent / f"{name}_versions"
    newest = max(file.name.partition("_")[0] for file in versions.glob("[0-9]*.py"))
    assert HEADS[name] == newest


def test_tables_without_row_ids_stay_so(mirror_db: Database):
    with mirror_db.reading() as connection:
        made: dict[str, str] = dict(
            connection.exec_driver_sql(
                "SELECT name, sql FROM sqlite_master WHERE type = 'table'"
            ).all()
        )
    expected = {
        table.name: table.dialect_options["sqlite"]["with_rowid"]
        for table in tables.mirror.sorted_tables
    }
    found = {name: "WITHOUT ROWID" not in made[name] for name in expected}
    assert found == expected


def test_creating_again_changes_nothing_and_loses_nothing(
    data_dir: Path, keys: Keyring, mirror_db: Database
):
    with mirror_db.writing() as connection:
        connection.exec_driver_sql("INSERT INTO meta VALUES ('epoch', 'kept')")

    create_databases(data_dir, keys)

    with mirror_db.reading() as connection:
        assert (
            connection.exec_driver_sql("SELECT value FROM meta WHERE name = 'epoch'").scalar()
            == "kept"
        )


@pytest.mark.parametrize("name", ["mirror", "ledger"])
def test_a_newer_schema_is_refused_with_what_to_do(name: str, data_dir: Path, keys: Keyring):
    set_schema(OPENERS[name](data_dir, keys), "9999")

    with pytest.raises(DatabaseProblem, match=rf"newer Espelho.*9999.*{HEADS[name]}.*Update"):
        OPENERS[name](data_dir, keys)


@pytest.mark.parametrize("name", ["mirror", "ledger"])
def test_creating_over_a_newer_schema_is_refused_too(name: str, data_dir: Path, keys: Keyring):
    set_schema(OPENERS[name](data_dir, keys), "9999")

    with pytest.raises(DatabaseProblem, match="newer Espelho"):
        create_databases(data_dir, keys)


@pytest.mark.parametrize("name", ["mirror", "ledger"])
def test_an_older_schema_is_refused_with_what_to_do(name: str, data_dir: Path, keys: Keyring):
    set_schema(OPENERS[name](data_dir, keys), "0000")

    with pytest.raises(DatabaseProblem, match=r"older schema.*espelho init"):
        OPENERS[name](data_dir, keys)


def test_a_file_without_a_schema_is_refused_with_what_to_do(tmp_path: Path, keys: Keyring):
    empty = sqlite._database(tmp_path / "mirror.db", "mirror", keys, False)
    with empty.writing() as connection:
        connection.exec_driver_sql("CREATE TABLE other (x)")
    empty.close()

    with pytest.raises(DatabaseProblem, match=r"older schema \(none\).*espelho init"):
        open_mirror(tmp_path, keys)


@pytest.mark.parametrize("name", ["mirror", "ledger"])
def test_a_missing_file_is_told_and_not_made(name: str, tmp_path: Path, keys: Keyring):
    with pytest.raises(DatabaseProblem, match=f"no {name}.*espelho init"):
        OPENERS[name](tmp_path, keys)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("version", [(3, 7, 0), (3, 45, 1), (3, 51, 2)])
def test_an_sqlite_that_can_corrupt_a_write_ahead_log_is_refused(
    version: tuple[int, ...], data_dir: Path, keys: Keyring, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sqlcipher, "sqlite_version_info", version)
    with pytest.raises(DatabaseProblem, match=r"before 3\.51\.3.*[Ii]nstall"):
        open_mirror(data_dir, keys)
    with pytest.raises(DatabaseProblem, match=r"before 3\.51\.3"):
        create_databases(data_dir, keys)


def test_the_first_safe_sqlite_is_accepted(
    data_dir: Path, keys: Keyring, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sqlcipher, "sqlite_version_info", (3, 51, 3))
    open_mirror(data_dir, keys).close()
