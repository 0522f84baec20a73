"""Runs `espelho` as processes of their own, without the second that Python needs to import it.

A process that has everything imported, but nothing opened, forks for each command. `python -m
tests.faults.prefork` is that process; `run` asks it.
"""

import atexit
import json
import os
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).parents[2]
_WARM = (
    "config.cli.check config.cli.journal config.cli.sync config.cli.reconcile config.cli.setup "
    "config.cli.journal config.cli.accounts config.cli.reconcile config.cli.sync "
    "config.cli.accounts connector.reconcile connector.preview connector.sources.rest "
    "connector.sync mirror.reading.listing mirror.store.lease mirror.store.migrations"
    " web.accounts.staff web.terminals.devices"
)


def run(
    arguments: Sequence[str], environment: Mapping[str, str], directory: Path
) -> tuple[int, str, str]:
    """`espelho` with these arguments in a process of its own: exit code, output, error output."""
    process = _server()
    with tempfile.TemporaryDirectory() as place:
        out, err = Path(place, "out"), Path(place, "err")
        order = (list(arguments), dict(environment), str(directory), str(out), str(err))
        asked, answered = process.stdin, process.stdout
        assert asked
        assert answered
        asked.write(json.dumps(order) + "\n")
        asked.flush()
        code = int(answered.readline())
        return code, out.read_text("utf-8"), err.read_text("utf-8")


@cache
def _server() -> "subprocess.Popen[str]":
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.faults.prefork"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    atexit.register(process.communicate)
    return process


def _serve() -> None:
    for name in _WARM.split():
        import_module(name)
    for line in sys.stdin:
        order = json.loads(line)
        child = os.fork()
        if child == 0:
            _become(*order)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def _become(
    arguments: list[str], environment: dict[str, str], directory: str, out: str, err: str
) -> NoReturn:
    from config.cli import main

    os.environ.clear()
    os.environ.update(environment)
    os.chdir(directory)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for number, file in ((1, out), (2, err)):
        os.dup2(os.open(file, os.O_WRONLY | os.O_CREAT), number)
    code = 1
    try:
        main(arguments, prog_name="espelho")
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    _serve()
