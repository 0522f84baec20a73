"""A real installation in a directory of its own, used through the command line as people use it."""

import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.faults import prefork
from tests.faults.prefork import ROOT

TOKEN = "a token of the tests"
TOKEN_VARIABLE = "ESPELHO_TEST_TOKEN"
SOURCE = "loja"
WITHIN_S = 60

SETTINGS = """\
data_dir = "data"
key_file = "espelho.key"

[web]
port = {port}
lookups_per_minute = 6000

[sources.loja]
preset = "omni"
base_url = "{master}"
interval = "{interval}"
streams = []
secrets.token = {{ env = "ESPELHO_TEST_TOKEN" }}
"""


@dataclass(frozen=True)
class Told:
    """How a command ended and what it printed."""

    code: int
    out: str
    err: str


@dataclass
class Installation:
    """A directory with settings; ``make`` gives it key and databases."""

    directory: Path
    environment: dict[str, str] = field(default_factory=dict)
    module: str = "config"
    """What stands for `espelho`: tests put programs of their own around it."""
    python: str = sys.executable

    @property
    def file(self) -> Path:
        return self.directory / "espelho.toml"

    @property
    def data(self) -> Path:
        return self.directory / "data"

    @property
    def key(self) -> Path:
        return self.directory / "espelho.key"

    def configure(
        self, master: str, *, port: int = 8700, interval: str = "60s", more: str = ""
    ) -> None:
        text = SETTINGS.format(master=master, port=port, interval=interval)
        self.file.write_text(text + more, "utf-8")

    def command(self, *arguments: str) -> list[str]:
        return [self.python, "-m", self.module, *arguments]

    def variables(self) -> dict[str, str]:
        ours = {
            "ESPELHO_CONFIG": str(self.file),
            "PYTHONPATH": str(ROOT),
            TOKEN_VARIABLE: TOKEN,
        }
        return {**os.environ, **ours, **self.environment}

    def start(self, *arguments: str, **options: Any) -> "subprocess.Popen[str]":
        """The command as a process of its own; its output goes to pipes unless said otherwise."""
        piped = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        return subprocess.Popen(
            self.command(*arguments),
            env=self.variables(),
            cwd=self.directory,
            **{**piped, **options},
        )

    def run(self, *arguments: str, **options: Any) -> Told:
        """The command to its end, as a process of its own that options can be given for."""
        if not options and self.module == "config":
            return Told(*prefork.run(arguments, self.variables(), self.directory))
        process = self.start(*arguments, **options)
        out, err = process.communicate(timeout=WITHIN_S)
        return Told(process.returncode, out or "", err or "")

    def must(self, *arguments: str) -> str:
        """Run a command that has to succeed; what it printed."""
        told = self.run(*arguments)
        assert told.code == 0, told
        return told.out


def installed(directory: Path, master: str, **settings: Any) -> Installation:
    """An installation with key and databases, ready to sync with ``master``."""
    directory.mkdir(parents=True, exist_ok=True)
    made = Installation(directory)
    made.configure(master, **settings)
    made.must("init")
    return made
