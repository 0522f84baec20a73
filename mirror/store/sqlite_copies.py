"""What is done with the file of a SQLite database from outside: looked into, copied, set aside.

All but a look is for whoever has the database closed, or knows that nobody writes to it.
"""

import os
import shutil
from collections.abc import Iterable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlcipher3.dbapi2 as sqlcipher

from mirror.store.engine import Stamp

WAIT_S = 15
"""How long a transaction waits for the write lock of another."""
ONLY_THE_FILE = "mode=ro&immutable=1"
"""How to open a file without log, locks and shared memory beside it."""
TURNS = (".next", ".turn")
"""How the files end by which those who write wait for each other: whoever comes next, and now."""
_ALL = ("", "-wal", "-shm", "-journal")


def link_to(file: Path, raw_key: str, how: str) -> Any:
    """A link of the driver's own; ``how`` are parameters of SQLite's addresses."""
    link = sqlcipher.connect(
        f"{file.absolute().as_uri()}?{how}",
        uri=True,
        timeout=WAIT_S,
        isolation_level=None,
        check_same_thread=False,
    )
    link.execute("PRAGMA cipher_log_level = NONE")  # a wrong key is told by our own sentence
    link.execute(f"PRAGMA key = \"x'{raw_key}'\"")  # a raw key skips the password derivation
    return link


def stamp_by(link: Any) -> Stamp:
    """How far a database is, as this link sees it."""
    (generation,) = link.execute("PRAGMA application_id").fetchone()
    (commits,) = link.execute("PRAGMA user_version").fetchone()
    return Stamp(generation, commits)


def stamp_in(file: Path, raw_key: str) -> Stamp | None:
    """What page 1 of a file says, whatever a log says; None where it is none of this key's."""
    try:
        with closing(link_to(file, raw_key, ONLY_THE_FILE)) as link:
            link.execute("PRAGMA writable_schema = ON")  # other pages may be missing
            return stamp_by(link)
    except sqlcipher.DatabaseError:
        return None


def take_in(file: Path, target: Path) -> None:
    """Copy a file, and what its log holds, to where it can be opened without touching the first."""
    remove(target)
    for ending in ("", "-wal"):
        if (one := Path(f"{file}{ending}")).is_file():
            shutil.copyfile(one, f"{target}{ending}")


def remove(file: Path) -> None:
    """Delete a file and everything beside it."""
    beside = (file.with_suffix(ending) for ending in (".lock", *TURNS))
    for one in (*(Path(f"{file}{ending}") for ending in _ALL), *beside):
        one.unlink(missing_ok=True)


def set_all_aside(file: Path) -> Path:
    """Move a file, and all beside it, out of the way; where it is now."""
    return _moved(file, _ALL)[0]


def set_log_aside(file: Path) -> list[Path]:
    """Leave a file without the log beside it; where that is now."""
    return _moved(file, _ALL[1:])[1:]


def _moved(file: Path, endings: Iterable[str]) -> list[Path]:
    """Where the file would be, and what was moved."""
    aside = file.with_name(f"{file.name}.{datetime.now(UTC):set-aside-%Y%m%d-%H%M%S}")
    there = [ending for ending in endings if Path(f"{file}{ending}").exists()]
    return [aside, *(Path(f"{file}{ending}").rename(f"{aside}{ending}") for ending in there)]


def put_in_place(file: Path, target: Path) -> list[Path]:
    """Make a closed ``file`` what lies at ``target``; where that is now, with all beside it."""
    with file.open("rb") as content:
        os.fsync(content.fileno())
    moved = _moved(target, _ALL)[1:]
    file.rename(target)
    remove(file)
    directory = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
    return moved
