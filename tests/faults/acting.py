"""Many who act at once, in a process that is killed at the nth step of writing that down.

A step is whatever the journal has the database do: each statement, each commit, each look at the
file, before it and after it. What is shown of an act is a line of the output, as soon as its row is
said to be there.
"""

import os
import signal
import sys
import threading
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy.engine.default import DefaultDialect

from mirror.ledger import journal
from mirror.ledger.journal import Entry
from mirror.store.engine import Database, Link
from mirror.store.sealing import Keyring
from mirror.store.sqlite import open_ledger

TOGETHER, EACH = 6, 4


def main() -> None:
    """Run and be killed, once for every nth step that is asked for: ``directory key n n n …``."""
    directory, key, *steps = sys.argv[1:]
    for step in map(int, steps):
        child = os.fork()
        if not child:
            _act(Path(directory), Keyring(bytes.fromhex(key)), step)
        _, status = os.waitpid(child, 0)
        print(f"ended {step} {os.waitstatus_to_exitcode(status)}", flush=True)


def _act(directory: Path, keys: Keyring, step: int) -> None:
    ledger = open_ledger(directory, keys)
    _die_at(step)
    start = threading.Barrier(TOGETHER)

    def go(name: str) -> None:
        start.wait()
        for number in range(EACH):
            journal.record(ledger, Entry("staff", name, "open", number, detail=f"until {step}"))
            os.write(1, f"shown {step} {name} {number}\n".encode())

    threads = [threading.Thread(target=go, args=(str(one),)) for one in range(TOGETHER)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    os._exit(0)


def _die_at(step: int) -> None:
    done = count(1)

    def counted(real: Callable[..., Any]) -> Callable[..., Any]:
        def run(*given: Any, **named: Any) -> Any:
            _dies(next(done) == step)
            found = real(*given, **named)
            _dies(next(done) == step)
            return found

        return run

    for place, name in ((Link, "rows"), (Database, "look"), (DefaultDialect, "do_commit")):
        setattr(place, name, counted(getattr(place, name)))


def _dies(now: bool) -> None:
    if now:
        os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main()
