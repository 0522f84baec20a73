"""What is true of one database engine alone stands in that engine's module, and nowhere else."""

import ast
import re
from collections.abc import Iterable, Iterator

import pytest

from mirror.store.engine import Engine
from mirror.store.postgres import Postgres
from mirror.store.postgres_link import Server
from mirror.store.sqlite import Sqlite
from tests.shape.reading_code import modules, name, tree

SQLITE = "mirror/store/sqlite.py"
ITS_FILES = {f"mirror/store/{one}.py" for one in ("sqlite_copies", "sqlite_file", "sqlite_log")}
POSTGRES = "mirror/store/postgres.py"
OF_POSTGRES = {POSTGRES, "mirror/store/postgres_link.py", "mirror/store/postgres_setup.py"}
BOTH = "mirror/store/rows.py"
"""What both keep alike."""
CHOOSE = ("config/databases.py", "config/assemble.py")
"""Who says which engine it is, and what each needs of its own: files, or a server."""
REBUILDS = "config/rebuild.py"
"""Who puts one file in the place of another."""

NAMES = re.compile(
    r"sqlite|sqlcipher|pysqlite|on_conflict|lastrowid|_rowid|prefix_with|with_variant"
    r"|json_each|json_extract|group_concat|randomblob|facet_bits|packed_bits|opened_bits"
    r"|postgres|psycopg|pgconn|sqlstate",
    re.IGNORECASE,
)
"""In identifiers, arguments and imports."""
WORDS = re.compile(
    r"\bpragma\b|pragma_|data_version|total_changes|sqlite|sqlcipher|BEGIN (?:IMMEDIATE|DEFERRED)"
    r"|\bOR (?:REPLACE|IGNORE)\b|\bON CONFLICT\b|\browid\b|json_each|is locked|not a database"
    r"|postgresql:|\bpg_[a-z]|advisory|ISOLATION LEVEL|to_regclass|\bFROM STDIN\b"
    r"|\bWAL\b|[.-]wal\b|[.-]shm\b|\.db\b|\bVACUUM\b|\bATTACH\b",
    re.IGNORECASE,
)
"""In texts that the program uses; what is said to readers may name what it likes."""


def engine_words(code: ast.Module) -> Iterator[str]:
    """Every word of a module that only one engine understands."""
    told = set(_docstrings(code))
    for node in ast.walk(code):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in told:
            yield from WORDS.findall(node.value)
        yield from (word for word in _named(node) if NAMES.search(word))


def _docstrings(code: ast.Module) -> Iterator[ast.AST]:
    return (node.value for node in ast.walk(code) if isinstance(node, ast.Expr))


def _named(node: ast.AST) -> Iterable[str]:
    match node:
        case ast.Name(id=word) | ast.Attribute(attr=word) | ast.keyword(arg=str(word)):
            return [word]
        case ast.ImportFrom(module=str(module), names=names):
            return [module, *(one.name for one in names)]
        case ast.Import(names=names):
            return [one.name for one in names]
    return []


def _allowed(file: str) -> bool:
    # Migrations are history; the definition of a table may name it.
    return file in (SQLITE, *ITS_FILES, *OF_POSTGRES) or "/migrations/" in file


def test_only_its_own_module_speaks_as_an_engine_does():
    found = {name(file): sorted(engine_words(tree(file))) for file in modules()}
    defined = {
        "mirror/store/tables.py": {"facet_bits"},
        BOTH: {
            *("facet_bits", "packed_bits", "opened_bits"),
            *("on_conflict_do_nothing", "on_conflict_do_update", "ON CONFLICT"),
        },
        "mirror/store/faults.py": {"pg_i", "pg_h", "pg_c", "pg_s"},  # what people are told to do
        "web/errors.py": {"pg_i", "pg_s", "pg_c", "pg_h"},
        CHOOSE[0]: {
            *("mirror.store.sqlite", "postgres", "postgres_setup"),
            *("mirror.store.postgres", "mirror.store.postgres_setup"),
        },
        CHOOSE[1]: {
            *("mirror.store.sqlite", "mirror.store.sqlite_copies", "mirror.store.sqlite_log"),
            *("WAL", "pg_d"),  # what people are told to do
        },
        REBUILDS: {"mirror.store.sqlite", "mirror.store.sqlite_copies", "postgres_setup"},
        "config/settings.py": {"postgresql:", "mirror.store.postgres_link"},
    }

    assert {
        file: left
        for file, words in found.items()
        if not _allowed(file) and (left := set(words) - defined.get(file, set()))
    } == {}
    assert len(found[SQLITE]) > 20
    assert len(found[POSTGRES]) > 20


@pytest.mark.parametrize(
    "line",
    [
        "from sqlalchemy.dialects.sqlite import insert",
        "import sqlcipher3.dbapi2",
        "from mirror.store.sqlite import Database",
        "statement.on_conflict_do_nothing()",
        "insert(table).prefix_with('OR REPLACE')",
        "Index('one', column, sqlite_where=here)",
        "BigInteger().with_variant(Integer, 'sqlite')",
        "connection.exec_driver_sql('PRAGMA optimize')",
        "connection.exec_driver_sql('SELECT total_changes()')",
        "connection.exec_driver_sql('BEGIN IMMEDIATE')",
        "connection.exec_driver_sql('SELECT 1 FROM sqlite_master')",
        "connection.exec_driver_sql(f'SELECT {one} FROM json_each(?)')",
        "found = 'database is locked' in str(error)",
        "file = path / 'mirror.db-wal'",
        "number = done.lastrowid",
        "query = select(facet_bits.c.bits)",
        "import psycopg",
        "connection.exec_driver_sql('SELECT pg_advisory_lock(1)')",
        "create_engine('postgresql://')",
    ],
)
def test_a_word_of_an_engine_is_seen_however_it_is_said(line: str):
    assert list(engine_words(ast.parse(line)))


def test_what_is_said_to_readers_may_name_it():
    assert not list(engine_words(ast.parse('"""As SQLite does it."""\nCHUNK = 250\n"""A WAL."""')))


@pytest.mark.parametrize("engine", [Sqlite(), Postgres(Server("mirror", [""], "", "", 1))])
def test_an_engine_is_all_that_the_mirror_asks_of_one(engine: Engine):
    asked = {one for one in vars(Engine) if not one.startswith("_")}

    assert asked == {one for one in vars(type(engine)) if not one.startswith("_")}
