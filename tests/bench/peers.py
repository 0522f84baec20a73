"""Peers to be measured beside: dlt as a loader, Datasette as a server of rows.

Both are installed here alone, into an environment that is thrown away; nothing of Espelho knows
them. Where they cannot be installed they are left out, and a sentence says so.
"""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.bench.measuring import wait_for
from tests.faults.processes import free_port

_WANTED = ("dlt[sqlalchemy]==1.31.0", "datasette==0.65.5")
DLT = {
    "dlt, flat": "flat",
    "dlt, flat, larger buffers": "buffered",
    "dlt, as it comes": "default",
}
"""Its variants (`tests.bench.dlt_load`), by what the table calls them."""
_PROGRAM = Path(__file__).with_name("dlt_load.py")


@dataclass(frozen=True)
class Peers:
    """An environment that has them."""

    environment: Path

    def loading(self, variant: str, master: str, token: str, place: Path) -> list[str]:
        """The command that loads every customer by dlt into a new directory."""
        # Isolated: modules beside the program have names that its libraries look for.
        return [self._python, "-I", str(_PROGRAM), variant, master, token, str(place)]

    @contextmanager
    def serving(self, file: Path) -> Iterator[int]:
        """Datasette over a database, and its port."""
        port = free_port()
        asked = [self._python, "-m", "datasette", str(file), "--port", str(port)]
        process = subprocess.Popen(asked, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            wait_for(f"http://127.0.0.1:{port}/-/versions.json")
            yield port
        finally:
            process.terminate()
            process.wait()

    @property
    def _python(self) -> str:
        return str(self.environment / "bin" / "python")


def installed_peers(environment: Path) -> Peers | None:
    """They are installed there unless they are already; None where that cannot be done."""
    into = ["--python", str(environment / "bin" / "python"), "--disable-pip-version-check"]
    try:
        if not environment.exists():
            _must([sys.executable, "-m", "venv", "--without-pip", str(environment)])
        _must([sys.executable, "-m", "pip", *into, "install", "-q", *_WANTED])
    except (OSError, subprocess.CalledProcessError) as why:
        told = getattr(why, "stderr", None) or str(why)
        last = told.strip().rpartition("\n")[2]
        print(f"dlt and Datasette cannot be installed and are left out: {last}", file=sys.stderr)
        return None
    return Peers(environment)


def _must(command: list[str]) -> None:
    subprocess.run(command, capture_output=True, check=True, text=True)
