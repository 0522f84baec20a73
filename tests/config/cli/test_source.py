"""`espelho source`: the presets, a first table, the schema, and a try with saved pages."""

import json
import re
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from config.assemble import preset
from config.cli import main
from config.cli.setup import schema, schema_as_written
from config.settings import load
from config.sources import BadSettings, begin, declared, first_table, presets
from connector.sources.source_file import Definition
from tests.fakes.master import encode, record
from tests.shape.reading_code import ROOT


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    file = tmp_path / "espelho.toml"
    file.write_text('data_dir = "data"\n', "utf-8")
    return file


def _run(settings: Path, *words: str) -> Result:
    return CliRunner().invoke(main, ["--config", str(settings), "source", *words])


def test_every_preset_is_listed_with_how_far_it_was_tried(settings: Path):
    told = _run(settings, "list", "--json").output.splitlines()

    rows = [json.loads(line) for line in told]
    assert [row["preset"] for row in rows] == list(presets())
    assert {row["preset"]: row["notice"] for row in rows} == {
        name: preset(name).get("notice") for name in presets()
    }
    assert all(name in _run(settings, "list").output for name in presets())


@pytest.mark.parametrize("name", presets())
@pytest.mark.parametrize("own", [False, True])
def test_a_first_table_is_right_as_it_is(settings: Path, name: str, own: bool):
    begin(settings, "loja", name, own=own)

    read = load(settings)

    (source,) = read.sources
    assert (source.preset, source.file) == (("", "loja.toml") if own else (name, ""))
    assert declared(settings, source)
    assert "data_dir" in tomllib.loads(settings.read_text("utf-8"))


def test_its_secrets_are_listed_with_both_ways_to_give_them():
    told = first_table("minha-loja", "omni")

    assert 'secrets.token = { file = "minha-loja.token" }' in told
    assert '# secrets.token = { env = "MINHA_LOJA_TOKEN" }' in told
    assert "for header:Authorization" in told


def test_an_own_file_is_the_preset_as_it_is_written(settings: Path):
    begin(settings, "loja", "omni", own=True)

    own = (settings.parent / "loja.toml").read_text("utf-8")
    assert own == (ROOT / "config/presets/omni.toml").read_text("utf-8")


def test_without_a_preset_a_file_from_scratch_explains_every_line(settings: Path):
    told = _run(settings, "new", "erp")

    assert told.exit_code == 0
    assert "line by line in erp.toml" in told.output
    (source,) = load(settings).sources
    assert (source.preset, source.file) == ("", "erp.toml")
    assert declared(settings, source)
    own = (settings.parent / "erp.toml").read_text("utf-8")
    assert own == (ROOT / "config/presets/pages.toml").read_text("utf-8")
    assert own.count("yours") > 5


COMMENTED = re.compile(r'^# (\[[a-z.]+\].*|(?:"[^"]+"|[a-z_]+) = .*)$')


def test_what_a_file_from_scratch_only_mentions_is_right_too(settings: Path):
    begin(settings, "erp", "pages", own=True)
    file = settings.parent / "erp.toml"
    lines = [COMMENTED.sub(r"\1", one) for one in file.read_text("utf-8").splitlines()]
    file.write_text("\n".join(lines), "utf-8")

    (source,) = load(settings).sources
    found = declared(settings, source)
    assert isinstance(found, Definition)
    assert found.lookups
    assert found.activity.orders


def test_what_is_there_is_not_overwritten(settings: Path):
    begin(settings, "loja", "omni", own=False)
    before = settings.read_text("utf-8")
    (settings.parent / "filial.toml").write_text("mine", "utf-8")

    for name, own, said in (
        ("loja", False, "has a source 'loja' already"),
        ("filial", True, "filial.toml is there already"),
        ("A b", False, "a-z, 0-9"),
    ):
        with pytest.raises(BadSettings, match=said):
            begin(settings, name, "omni", own=own)
    with pytest.raises(BadSettings, match=r"no preset 'onmi'; there are: .*Did you mean omni\?"):
        begin(settings, "nova", "onmi", own=False)

    assert settings.read_text("utf-8") == before
    assert (settings.parent / "filial.toml").read_text("utf-8") == "mine"


def test_settings_that_cannot_be_added_to_are_left_alone(settings: Path):
    settings.write_text("sources = {}\n", "utf-8")
    with pytest.raises(BadSettings, match="write the table there by hand"):
        begin(settings, "loja", "omni", own=True)
    assert not (settings.parent / "loja.toml").exists()

    settings.write_text("=", "utf-8")
    with pytest.raises(BadSettings, match="cannot be read"):
        begin(settings, "loja", "omni", own=False)
    settings.unlink()
    with pytest.raises(BadSettings, match="espelho init"):
        begin(settings, "loja", "omni", own=False)


def test_the_schema_in_the_manual_is_the_program_s():
    there = (ROOT / "docs/source.schema.json").read_text("utf-8")

    assert there == schema_as_written(), "`espelho source schema > docs/source.schema.json`"


def test_the_schema_knows_both_protocols_and_every_word(settings: Path):
    told = json.loads(_run(settings, "schema").output)

    assert told == schema()
    assert told["then"] == {"$ref": "#/$defs/SellDefinition"}
    assert told["else"] == {"$ref": "#/$defs/Definition"}
    kinds = told["$defs"]["Paging"]["properties"]["kind"]["enum"]
    assert told["$defs"]["Paging"]["properties"]["most"]["description"].endswith("but a loop.")
    assert set(kinds) == {"none", "page", "offset", "next", "token", "keyset"}


def test_saved_pages_are_shown_hidden(settings: Path):
    begin(settings, "loja", "omni", own=False)
    page = settings.parent / "page.json"
    people = [record(1), record(2, v="x"), record(3, status="BLOQ")]
    page.write_bytes(encode({"items": people, "has_more": False}))

    told = _run(settings, "replay", "loja", str(page))

    assert told.exit_code == 0
    assert "loja: 3 customers on 1 saved pages." in told.output
    assert "Would go to quarantine: 1 by version: not_a_counter." in told.output
    assert 'Unknown word: map.registration "BLOQ" in 1 record of customers.' in told.output
    assert 'words = { "BLOQ" = "blocked" }' in told.output
    assert "C****** *" in told.output
    assert re.search(r"category +0 +always empty", told.output)
    for value in ("Cliente", "cliente1", "exemplo"):
        assert value not in told.output
    seen = json.loads(_run(settings, "replay", "loja", str(page), str(page), "--json").output)
    assert (seen["received"], seen["ok"], seen["refused"]) == (
        6,
        True,
        [["version: not_a_counter", 2]],
    )
    assert [(one["word"], one["records"]) for one in seen["words"]] == [("BLOQ", 2)]


def test_saved_pages_without_a_name_end_with_one(settings: Path):
    begin(settings, "loja", "omni", own=False)
    page = settings.parent / "page.json"
    page.write_bytes(encode({"items": [record(1, name=None)], "has_more": False}))

    assert _run(settings, "replay", "loja", str(page)).exit_code == 1


def test_what_is_no_page_is_told_with_its_file(settings: Path):
    begin(settings, "loja", "omni", own=False)
    page = settings.parent / "page.json"
    page.write_bytes(b"<html>")

    told = _run(settings, "replay", "loja", str(page))

    assert told.exit_code == 1
    assert f"loja, {page}: the master's answer is not a page" in told.output


def test_a_secret_is_written_where_the_settings_say_for_its_owner_alone(settings: Path):
    begin(settings, "loja", "omni", own=False)
    kept = settings.parent / "loja.token"
    kept.write_text("the one of before")
    kept.chmod(0o644)

    told = _run(settings, "secret", "loja", "token", "--value", " the new one ")

    assert told.exit_code == 0, told.output
    assert "the new one" not in told.output
    assert kept.read_text() == "the new one\n"
    assert kept.stat().st_mode & 0o777 == 0o600
    assert [one.name for one in settings.parent.glob("loja.token*")] == ["loja.token"]


@pytest.mark.parametrize(
    ("name", "secret", "value", "says"),
    [
        ("outra", "token", "x", "sources.outra.secrets.token is not there"),
        ("loja", "senha", "x", 'write secrets.senha = { file = "loja.senha" }'),
        ("loja", "token", "  ", "must be one line, and not empty"),
        ("loja", "token", "a\nb", "must be one line, and not empty"),
    ],
)
def test_a_secret_without_a_place_or_a_line_is_refused(
    settings: Path, name: str, secret: str, value: str, says: str
):
    begin(settings, "loja", "omni", own=False)

    told = _run(settings, "secret", name, secret, "--value", value)

    assert told.exit_code != 0
    assert says in str(told.exception) + told.output
    assert not list(settings.parent.glob("*.token"))


def test_a_secret_that_a_variable_holds_has_no_file(settings: Path):
    settings.write_text(
        '[sources.loja]\npreset = "omni"\nbase_url = "https://a.example"\n'
        'secrets.token = { env = "LOJA_TOKEN" }\n'
    )

    told = _run(settings, "secret", "loja", "token", "--value", "x")

    assert "names the variable LOJA_TOKEN" in str(told.exception) + told.output
