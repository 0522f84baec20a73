from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from config.cli import main


def _commands(group: click.Group, *path: str) -> Iterator[tuple[str, ...]]:
    for name in group.list_commands(click.Context(group)):
        command = group.get_command(click.Context(group), name)
        assert command is not None
        yield (*path, name)
        if isinstance(command, click.Group):
            yield from _commands(command, *path, name)


def _command(path: tuple[str, ...]) -> click.Command:
    command: click.Command = main
    for name in path:
        assert isinstance(command, click.Group)
        found = command.get_command(click.Context(command), name)
        assert found is not None
        command = found
    return command


EVERY = list(_commands(main))
every = pytest.mark.parametrize("path", EVERY, ids=" ".join)


def test_the_commands_are_these():
    assert {path[0] for path in EVERY} == {
        "alarms", "audit", "backup", "check", "demo", "device", "export", "hold", "init",
        "move", "quarantine", "rebuild", "reconcile", "refresh", "restore", "runs", "sandbox",
        "serve", "source", "standing", "status", "sync", "user",
    }  # fmt: skip


def test_the_first_page_says_how_to_begin_and_what_the_codes_mean():
    shown = CliRunner().invoke(main, ["--help"], prog_name="espelho").output

    assert "Try `espelho demo` first." in shown
    for code in ("0 done", "1 the master", "2 wrong usage", "3 settings", "4 database", "75 "):
        assert code in shown
    assert "..." not in shown.partition("Commands:")[2], "a sentence is too long for the list"


@every
@pytest.mark.parametrize("asked", ["--help", "-h"])
def test_help_is_there_and_needs_no_settings(
    path: tuple[str, ...], asked: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    shown = CliRunner().invoke(main, [*path, asked], prog_name="espelho")

    assert shown.exit_code == 0
    assert shown.output.startswith(f"Usage: espelho {' '.join(path)} ")


@every
def test_help_opens_with_a_sentence_and_explains_every_option(path: tuple[str, ...]):
    command = _command(path)

    assert command.help is not None
    assert command.help.partition("\n")[0].strip()[0].isupper()
    assert command.help.rstrip().endswith((".", "!"))
    for option in command.params:
        if isinstance(option, click.Option):
            assert option.help, f"{path} {option.name}"
            assert option.help[0].isupper()


@every
def test_what_lists_can_answer_programs_too(path: tuple[str, ...]):
    if path[-1] in ("list", "runs", "audit", "sync", "check"):
        assert "as_json" in {option.name for option in _command(path).params}


def test_the_version():
    assert (
        "espelho, version " in CliRunner().invoke(main, ["--version"], prog_name="espelho").output
    )


@pytest.mark.parametrize(
    "wrong", [["frobnicate"], ["sync", "--nonsense"], ["hold", "release"], ["runs", "--limit", "0"]]
)
def test_wrong_usage_ends_with_two(wrong: list[str]):
    told = CliRunner().invoke(main, wrong, prog_name="espelho")

    assert told.exit_code == 2
    assert "Usage: espelho" in told.output


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        (["synk"], "'sync'"),
        (["holds"], "'hold'"),
        (["hold", "lst"], "'list'"),
        (["sync", "--ful"], "'--full'"),
    ],
)
def test_what_was_probably_meant_is_named(typed: list[str], meant: str):
    said = CliRunner().invoke(main, typed, prog_name="espelho")

    assert said.exit_code == 2
    assert f"Did you mean {meant}?" in said.output
