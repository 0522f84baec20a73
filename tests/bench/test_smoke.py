"""Every part of the benchmark, small: it runs to its end and gives figures, whatever they are."""

import json
import math
import os
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import chdir, contextmanager, redirect_stdout
from importlib import import_module
from io import StringIO
from pathlib import Path
from unittest.mock import patch

import pytest

from tests.bench import __main__ as command_line
from tests.bench import compare, measuring, peers
from tests.bench.__main__ import PARTS, main
from tests.bench.compare import HERE, THERE, Side, Takes, compared
from tests.bench.measuring import Cost, Table, account, compile_once
from tests.bench.soak import Load, slope, soak, told
from tests.bench.workbench import Workbench
from tests.faults import prefork
from tests.faults.prefork import ROOT

pytestmark = pytest.mark.timeout(600)
"""Seventy small measurements in one setup: half a minute alone, minutes on a crowded machine."""

ROWS = {
    "phases": 7,
    "stages": 7,
    "lookups": 4,
    "terminals": 9,
    "names": 21,
    "overhead": 4,
    "presets": 14,
    "standing": 17,
}
"""Of each part's table; written down apart, so that a row that is lost is missed."""
COMPARED = ("espelho init", "first load", "1 % changed", "espelho --help")
"""Of the commands that are compared; the others are these with other words."""
CUSTOMERS = "30"


@pytest.fixture(scope="module")
def figures(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Table]:
    place = tmp_path_factory.mktemp("bench")
    file = place / "figures.json"
    with (
        _quick(place),
        patch.object(command_line, "compile_once"),
        patch.object(peers, "_WANTED", ("no-such-package-of-espelho",)),
        patch.dict(os.environ, {"PIP_NO_INDEX": "1"}),
    ):
        main([*PARTS, "--customers", CUSTOMERS, "--turns", "1", "--json", str(file)])
    told: dict[str, Table] = json.loads(file.read_text("utf-8"))
    return told


@contextmanager
def _quick(place: Path) -> Iterator[None]:
    """What is measured here is of no interest: as few processes as there can be, none slow."""
    with patch.object(measuring, "account", _at_once), patch.dict(os.environ):
        if sys.dont_write_bytecode:  # else what they import lies compiled beside its source
            compile_once(place)
        yield


def _at_once(
    command: Sequence[str], environment: Mapping[str, str], directory: Path
) -> tuple[Cost, str]:
    """As `account`, without the second in which each process imports what it needs."""
    began = time.perf_counter()
    _, how, module, *arguments = command
    if how != "-m":
        return account(command, environment, directory)
    if module == "config":
        code, told, err = prefork.run(arguments, environment, directory)
        assert code == 0, err
    else:
        told = _as_main(module, arguments, environment, directory)
    took = time.perf_counter() - began
    return Cost(took, took, 1.0), told


def _as_main(
    module: str, arguments: Sequence[str], environment: Mapping[str, str], directory: Path
) -> str:
    with (
        patch.dict(os.environ, environment),
        patch.object(sys, "argv", [module, *arguments]),
        redirect_stdout(StringIO()) as printed,
        chdir(directory),
    ):
        import_module(module).as_program()
    return printed.getvalue()


def test_every_part_was_run(figures: dict[str, Table]) -> None:
    assert list(figures) == ["machine", *PARTS]
    assert list(PARTS) == list(ROWS)
    assert "cores" in str(figures["machine"])


@pytest.mark.parametrize("part", PARTS)
def test_a_part_gives_figures_in_every_row(figures: dict[str, Table], part: str) -> None:
    table = figures[part]

    assert len(table) == ROWS[part], list(table)
    for name, row in table.items():
        assert row, name
        assert any(figure > 0 for figure in row.values()), name
        assert all(math.isfinite(figure) for figure in row.values()), name


def test_what_a_first_load_reads_is_everybody(figures: dict[str, Table]) -> None:
    assert figures["phases"]["first load"]["records"] == int(CUSTOMERS)
    assert {row["records"] for row in figures["presets"].values()} == {int(CUSTOMERS)}


@pytest.fixture(scope="module")
def takes(tmp_path_factory: pytest.TempPathFactory) -> Takes:
    place = tmp_path_factory.mktemp("compare")
    both = [Side(name, ROOT, sys.executable) for name in (THERE, HERE)]
    once = [(what, 1, command) for what, _, command in compare.COMMANDS if what in COMPARED]
    with (
        _quick(place),
        patch.object(compare, "COMMANDS", once),
        Workbench(place, int(CUSTOMERS), 1) as bench,
    ):
        return compared(both, bench, requests=2)


def test_two_checkouts_are_compared_by_commands_and_by_requests(takes: Takes) -> None:
    assert len(takes) == len(COMPARED) * 3 + 3 * 2
    for name, both in takes.items():
        assert len(both[THERE]) == len(both[HERE]) > 0, name
        assert all(figure >= 0 for figure in both[THERE] + both[HERE]), name


@pytest.mark.parametrize(("here", "code"), [(1.04, 0), (1.06, 1), (0.5, 0)])
def test_more_than_a_twentieth_is_worse(
    here: float, code: int, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    takes = {
        "first load, CPU s": {THERE: [1.0, 4.0, 2.0], HERE: [here, 4 * here, 2 * here]},
        "first load, wall s": {THERE: [1.0], HERE: [9.0]},
        "once by others' doing, CPU s": {THERE: [1.0, 1.0], HERE: [1.0, 9.0]},
        "mostly by others' doing, CPU s": {THERE: [2.0, 1.0], HERE: [1.0, 3.0]},
    }
    with (
        patch.object(compare, "compared", lambda *_: takes),
        patch.object(compare, "compile_once"),
        pytest.raises(SystemExit) as end,
    ):
        main(["compare", str(tmp_path), "--json", str(tmp_path / "takes.json")])

    assert end.value.code == code
    assert ("worse" in capsys.readouterr().out) == bool(code)
    assert json.loads((tmp_path / "takes.json").read_text("utf-8")) == takes


def test_a_checkout_that_is_not_what_runs_is_not_measured(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="runs"):
        Side(THERE, tmp_path / "elsewhere", sys.executable).must_run_itself(tmp_path)


def test_a_command_is_charged_with_what_it_took_and_says_what_it_printed(tmp_path: Path) -> None:
    busy = "import sys; print(sum(range(3_000_000)), len(bytearray(50_000_000)))"
    busy += "; print('what nobody asked for', file=sys.stderr)"

    cost, told = account((sys.executable, "-c", busy), os.environ, tmp_path)

    assert told == f"{sum(range(3_000_000))} 50000000\n"
    assert cost.cpu_s > 0
    assert cost.wall_s > 0
    assert cost.peak_mib > 50


def test_a_command_that_fails_is_an_error_and_no_figure(tmp_path: Path) -> None:
    fails = "import sys; print('why', file=sys.stderr); sys.exit(3)"
    with pytest.raises(RuntimeError, match="ended with 3:\nwhy"):
        account((sys.executable, "-c", fails), os.environ, tmp_path)


def test_commands_find_their_modules_compiled_outside_of_the_checkout(tmp_path: Path) -> None:
    (tmp_path / "checkout").mkdir()
    (tmp_path / "checkout" / "one.py").touch()
    with patch.dict(os.environ, {"PYTHONDONTWRITEBYTECODE": "1"}):
        compile_once(tmp_path / "scratch")
        account((sys.executable, "-c", "import one"), os.environ, tmp_path / "checkout")

    assert [file.name for file in (tmp_path / "checkout").rglob("*")] == ["one.py"]
    assert len(list((tmp_path / "scratch").rglob("one.*.pyc"))) == 1


def test_a_soak_says_what_grows_and_what_was_answered(tmp_path: Path) -> None:
    load = Load(minutes=0.05, lookups_per_s=20, pages_per_s=5, customers=60, every_s=0.2)

    seen = soak(tmp_path, load)

    assert {"web: memory, MB", "web: open files", "mirror.db-wal, MB"} <= seen.slopes().keys()
    assert set(seen.answers) == {"lookups 200", "pages 200"}
    assert "| what | at first | at last | an hour |" in told(seen, load)


def test_a_slope_is_what_is_added_in_an_hour() -> None:
    rising = [{"at": at, "memory": 100 + at / 36} for at in range(0, 360, 10)]
    assert slope(rising, "memory") == pytest.approx(100)
    assert slope([{"at": 1, "memory": 5}, {"at": 99, "memory": 5}], "memory") == 0
