"""A machine that turns hostile: full disks, other processes, power that fails."""

import os
import random
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mirror.store.sqlite import MIRROR_FILE
from tests.faults.prefork import ROOT
from tests.hostile.scene import Scene

_PAGE = 4096

HOLDS = """
import time
with lease(db, data_dir):
    print("held", flush=True)
    time.sleep(60)
"""
FOLLOWS = """
import connector.sync
connector.sync._BATCH_RECORDS = 100
with lease(db, data_dir) as fence:
    connector.sync.run(db, opened(url, data_dir, keys), fence)
"""
_BEGINS = """
import sys
from pathlib import Path
from mirror.store.sqlite import open_mirror
from mirror.store.lease import lease
from mirror.store.sealing import Keyring
from tests.hostile.scene import opened
data_dir, keys, url = Path(sys.argv[1]), Keyring(sys.argv[2].encode()), sys.argv[3]
db = open_mirror(data_dir, keys)
"""


@contextmanager
def full_disk(file: Path, room: int = 0) -> Iterator[None]:
    """No file of this process may grow beyond what this one has, and ``room`` bytes more."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    size = file.stat().st_size + room if file.exists() else room
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@contextmanager
def another_process(scene: Scene, program: str) -> Iterator["subprocess.Popen[str]"]:
    """Another process at work on the mirror of this scene; killed at the end of the block."""
    arguments = (str(scene.data_dir), scene.db.keys._root.decode(), scene.served.url)
    process = subprocess.Popen(
        [sys.executable, "-c", _BEGINS + program, *arguments],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGKILL)
        process.communicate()


def without_power(data_dir: Path, copy: Path, dice: random.Random) -> Path:
    """What a disk may hold after the power failed: the log cut, torn or with a hole, at random."""
    copy.mkdir()
    (copy / MIRROR_FILE).write_bytes((data_dir / MIRROR_FILE).read_bytes())
    log = bytearray((data_dir / f"{MIRROR_FILE}-wal").read_bytes())
    at, way = dice.randrange(len(log)), dice.choice(("cut", "torn", "hole"))
    lost = log[at : at + _PAGE]
    if way == "hole":
        log[at : at + _PAGE] = bytes(len(lost))
    else:
        del log[at:]
        log += dice.randbytes(len(lost)) if way == "torn" else b""
    (copy / f"{MIRROR_FILE}-wal").write_bytes(log)
    return copy
