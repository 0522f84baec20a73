"""The manual names every setting there is, with its default, and none that is not there."""

import re
from collections.abc import Iterator
from dataclasses import MISSING, fields, is_dataclass
from pathlib import Path
from types import UnionType
from typing import Any, get_args

import msgspec
import pytest

from config.assemble import merged, preset
from config.settings import Audit, LedgerPlace, MirrorPlace, Server, Settings, SourceSettings, load
from connector.http.client import Limits
from connector.mapping import Map
from connector.sources.checks import checked
from connector.sources.source_file import Activities, Definition, Stream
from tests.shape.reading_code import ROOT, fenced, pages, rows
from web.settings import WebSettings

OPERATING, MASTERS = ROOT / "docs/operating.md", ROOT / "docs/masters.md"


def _documented(page: Path, heading: str) -> dict[str, str]:
    """Name → default of a table of settings, an en dash as nothing."""
    found = {}
    for names, default, *_ in rows(page, heading)[1:]:
        for name in re.findall(r"`([^`]+)`", names):
            found[name] = default.strip("`").replace("–", "")
    return found


def _defaults(kind: type, *leave_out: str) -> dict[str, str]:
    read = fields(kind) if is_dataclass(kind) else msgspec.structs.fields(kind)
    there = {one.name: one.default for one in read if one.name not in leave_out}
    return {name: _written(value) for name, value in there.items()}


def _written(value: object) -> str:
    return {"True": "true", "False": "false"}.get(
        str(value), "" if value in (None, MISSING, ()) else str(value)
    )


def _names(kind: Any, place: str = "") -> Iterator[tuple[str, str]]:
    """Every value a dialect may set, tables within tables, with its default."""
    for one in msgspec.structs.fields(kind):
        inner = one.type
        if isinstance(inner, UnionType):
            parts = [part for part in get_args(inner) if part is not type(None)]
            if len(parts) > 1 and all(hasattr(part, "__struct_fields__") for part in parts):
                for part in parts:
                    yield from _names(part, f"{place}{one.name}.")
                continue
            inner = parts[0]
        if isinstance(inner, type) and issubclass(inner, msgspec.Struct):
            if inner not in (Map, Activities):
                yield from _names(inner, f"{place}{one.name}.")
        else:
            default = None if one.default is msgspec.NODEFAULT else one.default
            yield f"{place}{one.encode_name}", _written(default)


def test_the_table_of_the_top_is_what_the_program_reads():
    assert _documented(OPERATING, "### At the top") == {
        "data_dir": "data",
        "key_file": "espelho.key",
        "rebuild_damaged_mirror": "false",
    }
    read = load(_file_with("")).__dict__
    assert (read["data_dir"].name, read["key_file"].name) == ("data", "espelho.key")


def test_the_table_of_web_is_what_the_program_reads():
    top = ("file", "data_dir", "key_file", "rebuild_damaged_mirror")
    server = _defaults(Settings, *top, "web", "audit", "sources", "mirror", "ledger")

    assert _documented(OPERATING, "### `[web]`") == server | _defaults(WebSettings)
    assert set(server) == set(Server.__struct_fields__)


def test_the_table_of_audit_is_what_the_program_reads():
    assert _documented(OPERATING, "### `[audit]`") == _defaults(Audit)


def test_the_tables_of_where_databases_lie_are_what_the_program_reads():
    for table, place in (("mirror", MirrorPlace), ("ledger", LedgerPlace)):
        assert _documented(OPERATING, f"### `[{table}]`") == _defaults(place)


def test_the_table_of_sources_is_what_the_program_reads():
    there = _defaults(SourceSettings, "name", "overrides", "interval_s", "secrets")
    there |= {"interval": "60s", "secrets": ""}

    documented = _documented(OPERATING, "### `[sources.NAME]`")

    assert documented == there
    assert SourceSettings("", "", "").interval_s == 60


def test_the_tables_of_a_dialect_are_what_the_program_reads():
    headings = (
        "### Who it is",
        "### The stream",
        "### The standings",
        "### What it says went wrong",
        "### The limits",
    )
    documented = {k: v for heading in headings for k, v in _documented(MASTERS, heading).items()}

    assert documented == dict(_names(Definition))
    assert len(_documented(MASTERS, "### The limits")) == len(msgspec.structs.fields(Limits))


def test_the_table_of_the_map_names_every_field_and_no_other():
    cells = [row[0] for row in rows(MASTERS, "### The map")[1:]]
    documented = re.findall(r"`map\.(\w+)`", "".join(cells))

    assert sorted(documented) == sorted(one.name for one in msgspec.structs.fields(Map))


def test_the_table_of_what_customers_do_names_every_field_and_no_other():
    cells = [row[0] for row in rows(MASTERS, "### What customers do")[1:]]
    documented = re.findall(r"`activity\.(\w+)\.map\.(\w+)`", "".join(cells))

    there = []
    for one in msgspec.structs.fields(Activities):
        stream, _ = get_args(one.type)
        added = set(stream.__struct_fields__) - set(Stream.__struct_fields__)
        assert added == {"map"}, one.name
        (map_,) = (field.type for field in msgspec.structs.fields(stream) if field.name == "map")
        there += [(one.name, field) for field in map_.__struct_fields__]
    assert sorted(documented) == sorted(there)


def test_every_preset_is_in_the_table_of_what_comes_along():
    there = {f"`{file.stem}`" for file in (ROOT / "config/presets").glob("*.toml")}

    assert {row[0] for row in rows(MASTERS, "## What comes along")[1:]} == there


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(text, id=f"{page.name}-{place}")
        for page in pages()
        for place, text in enumerate(fenced(page, "toml"))
    ],
)
def test_every_example_of_settings_is_accepted(text: str):
    read = load(_file_with(text))

    for source in read.sources:
        assert checked(merged(preset(source.preset), source.overrides))[1] == []


@pytest.fixture(autouse=True)
def _place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def _file_with(text: str) -> Path:
    file = Path("espelho.toml").absolute()
    file.write_text(text, "utf-8")
    return file
