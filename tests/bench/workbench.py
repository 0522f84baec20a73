"""What the parts of the benchmark share: how large they are, the masters, a mirror of one."""

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cached_property
from pathlib import Path
from types import TracebackType

from tests.bench.measuring import wait_for
from tests.bench.peers import Peers, installed_peers
from tests.faults.installation import TOKEN, Installation, installed
from tests.faults.prefork import ROOT
from tests.faults.processes import free_port

_CUSTOMERS = 100_000


class Workbench:
    """A directory to measure in; masters and the mirror are opened once and closed at its end."""

    def __init__(
        self,
        place: Path,
        customers: int | None = None,
        turns: int | None = None,
        peers: Path | None = None,
    ) -> None:
        """``peers``: where an environment of them is to stay; without it in ``place``."""
        self.place = place
        self._customers, self._turns, self._peers = customers, turns, peers
        self._masters: dict[int, str] = {}
        self._opened = ExitStack()

    def __enter__(self) -> "Workbench":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._opened.close()

    def customers(self, usual: int = _CUSTOMERS) -> int:
        """How many there are: as many as were asked for, or as a part usually has."""
        return self._customers or usual

    def turns(self, usual: int) -> int:
        """How often something is measured whose median is told."""
        return self._turns or usual

    def master(self, usual: int = _CUSTOMERS) -> str:
        """The address of a sandbox with so many customers."""
        customers = self.customers(usual)
        if customers not in self._masters:
            self._masters[customers] = self._opened.enter_context(sandbox(customers))
        return self._masters[customers]

    @cached_property
    def mirror(self) -> Installation:
        """An installation that follows the master's customers; empty until somebody syncs it."""
        return installed(self.place / "mirror", self.master(), port=free_port())

    @cached_property
    def peers(self) -> Peers | None:
        """Others to be measured beside; None where they cannot be installed."""
        return installed_peers(self._peers or self.place / "peers")


@contextmanager
def sandbox(customers: int) -> Iterator[str]:
    """A master with so many customers, where nothing happens by itself."""
    port = free_port()
    options = ("--customers", str(customers), "--port", str(port), "--token", TOKEN)
    command = [sys.executable, "-m", "config", "sandbox", *options, "--changes-per-minute", "0"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, cwd=ROOT)
    try:
        master = f"http://127.0.0.1:{port}"
        wait_for(f"{master}/api/v1/health")
        yield master
    finally:
        process.terminate()
        process.wait()


def change(master: str, count: int) -> None:
    """Have so many things happen at the master, now."""
    body = json.dumps({"count": count}).encode()
    headers = {"Authorization": f"Bearer {TOKEN}"}
    request = urllib.request.Request(f"{master}/_sandbox/changes", body, headers)
    urllib.request.urlopen(request).close()
