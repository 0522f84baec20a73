"""What is wrong with an installation, by its cause: for monitors, people and commands.

Nothing here is about anybody: codes, sentences, commands.
"""

import mmap
import os
import stat
import struct
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from shutil import disk_usage
from typing import Any

from flask import Blueprint, Flask, Response, current_app, jsonify, request
from sqlalchemy.exc import SQLAlchemyError

from mirror.reading.freshness import Freshness, freshness
from mirror.store import faults
from mirror.store.engine import Database
from mirror.store.faults import Fault, fault_of
from web.settings import Installed
from web.shop import shop

bp = Blueprint("health", __name__)
_EXTENSION = "espelho.lately"
_WATCHED = frozenset({"status.health", "health.ready", "installation.metrics", "assets.serve"})


# What was answered lately, by all workers of an installation together.

_MINUTES = 8
_LATELY_MINUTES = 5
_FAULTY_S = 60
_CLASSES = ("2xx", "3xx", "4xx", "429", "5xx", "503")
_SLOT = struct.Struct("<QQQ")  # minute, answers, of them unavailable
_TOTAL = struct.Struct("<Q")
_TOTALS_AT = _MINUTES * _SLOT.size
_FAULTS_AT = _TOTALS_AT + len(_CLASSES) * _TOTAL.size
_FAULTS = [
    Fault(code, about)
    for about in ("mirror", "ledger")
    for code in ("disk_full", "read_only", "forbidden", "locked", "missing", "unopened",
                 "too_many_files", "out_of_memory", "io", "damaged", "unreachable",
                 "too_many_links", "too_slow", "deadlock", "standby", "not_let_in", "not_there",
                 "not_permitted", "no_tls")
]  # fmt: skip
_SIZE = mmap.PAGESIZE


class Lately:
    """Answers by the minute and by class, and faults: a page of memory that all workers share.

    Two workers that count in the same instant may lose one of the two: for a share that is enough.
    """

    def __init__(self, data_dir: Path | None) -> None:
        self._page = _shared(data_dir) or mmap.mmap(-1, _SIZE)
        self._one_at_a_time = threading.Lock()

    def count(self, status: int) -> None:
        """One more was answered."""
        minute = int(time.time()) // 60
        at = minute % _MINUTES * _SLOT.size
        with self._one_at_a_time:
            known, answers, unavailable = _SLOT.unpack_from(self._page, at)
            if known != minute:
                answers = unavailable = 0
            _SLOT.pack_into(self._page, at, minute, answers + 1, unavailable + (status == 503))
            place = _TOTALS_AT + _CLASSES.index(_class_of(status)) * _TOTAL.size
            _TOTAL.pack_into(self._page, place, _TOTAL.unpack_from(self._page, place)[0] + 1)
            for fault, when in faults.SEEN.items():
                if fault in _FAULTS:
                    _TOTAL.pack_into(self._page, _place(fault), int(when))

    def share(self) -> tuple[int, int]:
        """Answers of the last minutes, and how many of them said that nothing can be shown."""
        minute = int(time.time()) // 60
        slots = [_SLOT.unpack_from(self._page, at * _SLOT.size) for at in range(_MINUTES)]
        lately = [one for one in slots if 0 <= minute - one[0] < _LATELY_MINUTES]
        return sum(one[1] for one in lately), sum(one[2] for one in lately)

    def totals(self) -> dict[str, int]:
        """By class of status, since the installation was set up."""
        places = (_TOTALS_AT + at * _TOTAL.size for at in range(len(_CLASSES)))
        return {
            name: _TOTAL.unpack_from(self._page, place)[0]
            for name, place in zip(_CLASSES, places, strict=True)
        }

    def faults(self) -> list[Fault]:
        """What machines did to the databases within the last minute: who goes on meets it again."""
        since = time.time() - _FAULTY_S
        return [
            fault for fault in _FAULTS if _TOTAL.unpack_from(self._page, _place(fault))[0] > since
        ]


def _place(fault: Fault) -> int:
    return _FAULTS_AT + _FAULTS.index(fault) * _TOTAL.size


def _class_of(status: int) -> str:
    return str(status) if status in (429, 503) else f"{status // 100}xx"


def _shared(data_dir: Path | None) -> mmap.mmap | None:
    """A page of a file beside the databases; None where none can be had."""
    if data_dir is None:
        return None
    try:
        handle = os.open(data_dir / "web.lately", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            os.posix_fallocate(handle, 0, _SIZE)  # a page that is not there kills who writes it
            return mmap.mmap(handle, _SIZE)
        finally:
            os.close(handle)
    except OSError:
        return None


# What is wrong, each with a code for programs and a sentence for people.

_FULL_BYTES = 4_000_000
_LOW_BYTES, _LOW_SHARE = 1_000_000_000, 0.05
_MANY, _MANY_SHARE = 20, 0.1
_PROBE_S = 2.0


@dataclass(frozen=True)
class Trouble:
    """Something that is not as it should be."""

    code: str
    sentence: str
    stops: bool = False
    """Whether customers cannot be shown because of it."""
    do: tuple[str, ...] = field(default=())
    """Commands to look and to mend with."""


def troubles(
    mirror: Database, ledger: Database, installed: Installed, lately: Lately | None = None
) -> list[Trouble]:
    """All that is wrong now: what stops the pages first, then the copy, the disk, the key."""
    found = [*_of_databases(mirror, ledger), *_of_disk(installed), *_of_key(installed)]
    if lately is not None:
        found += [*_of_answers(lately), *map(_of_fault, lately.faults())]
    named: dict[str, Trouble] = {}
    for one in found:
        named.setdefault(one.code, one)
    return sorted(named.values(), key=lambda one: not one.stops)


_MEND = {"disk_full": ("df -h",), "locked": ("fuser -v data/*",), "io": ("dmesg | tail",)}


def _of_fault(fault: Fault) -> Trouble:
    do = _MEND.get(fault.code, ())
    if fault == Fault("damaged", "mirror"):
        do = ("espelho rebuild",)
    return Trouble(f"{fault.about}_{fault.code}", fault.sentence, True, do)


def _of_databases(mirror: Database, ledger: Database) -> Iterator[Trouble]:
    try:
        yield from _of_copy(freshness(mirror, datetime.now(UTC)))
    except Exception as problem:  # whatever it is, the mirror does not answer
        yield _of_problem(problem, "mirror")
    if (refused := _written(ledger)) is not None:
        yield _of_problem(refused, "ledger")


def _of_problem(problem: BaseException, about: str) -> Trouble:
    if fault := fault_of(problem):
        return _of_fault(fault if fault.about else Fault(fault.code, about))
    known = str(problem) if isinstance(problem, faults.DatabaseProblem | TimeoutError) else ""
    return Trouble(f"{about}_unreadable", known or f"The {about} does not answer.", True)


class _Probe(threading.Thread):
    """Takes the ledger's write lock once; a lock that somebody keeps would hold a monitor up."""

    def __init__(self, ledger: Database) -> None:
        super().__init__(daemon=True)
        self._ledger = ledger
        self.problem: BaseException | None = None

    def run(self) -> None:
        """See whether a row could be written."""
        try:
            with self._ledger.writing():
                pass
        except Exception as problem:
            self.problem = problem


def _written(ledger: Database) -> BaseException | None:
    """What keeps the ledger from being written; None where nothing does."""
    probe = _Probe(ledger)
    probe.start()
    probe.join(_PROBE_S)
    if probe.is_alive():
        locked = SQLAlchemyError()
        locked.fault = Fault("locked", "ledger")  # type: ignore[attr-defined]
        return locked
    return probe.problem


def _of_copy(found: Freshness) -> Iterator[Trouble]:
    """What the age of the copy tells; none of it keeps the pages from answering."""
    if found.state == "empty":
        yield Trouble("copy_empty", "No customer was brought yet.", do=("espelho status",))
    elif found.age_s is None:
        yield Trouble(
            "clock_ahead", found.cause or "The copy is of the future.", do=("timedatectl",)
        )
    elif found.state != "fresh":
        why = found.cause or "The masters were not read to their end in time."
        yield Trouble(f"copy_{found.state}", why, do=("espelho status",))


def _of_disk(installed: Installed) -> Iterator[Trouble]:
    if installed.data_dir is None:
        return
    try:
        free, whole = free_bytes(installed.data_dir)
    except OSError as problem:
        yield _of_problem(problem, "data")
        return
    told = f"{free / 1e9:.2f} GB are left on the disk of {installed.data_dir}."
    if free < _FULL_BYTES:
        yield Trouble("disk_full", f"The disk is full: {told} Make room on it.", True, ("df -h",))
    elif free < min(_LOW_BYTES, whole * _LOW_SHARE):
        yield Trouble("disk_low", f"Soon nothing can be written any more: {told}", do=("df -h",))


def free_bytes(place: Path) -> tuple[int, int]:
    """What is left on the disk of a directory, and how large that is."""
    used = disk_usage(place)
    return used.free, used.total


def _of_key(installed: Installed) -> Iterator[Trouble]:
    mode = key_mode(installed)
    if mode is not None and mode & 0o077:
        told = f"{installed.key_file} may be read by others (mode {mode:04o})."
        yield Trouble("key_open", told, do=(f"chmod 600 {installed.key_file}",))


def key_mode(installed: Installed) -> int | None:
    """Who may read the key file; None where nobody knows."""
    try:
        return stat.S_IMODE(installed.key_file.stat().st_mode) if installed.key_file else None
    except OSError:
        return None


def _of_answers(lately: Lately) -> Iterator[Trouble]:
    answers, unavailable = lately.share()
    if answers >= _MANY and unavailable / answers >= _MANY_SHARE:
        told = f"Of the last {answers:,} answers {unavailable:,} could show nothing (503)."
        yield Trouble("many_unavailable", told, True, ("journalctl -u espelho-web -n 50",))


# Asked by monitors: no login, and nothing about anybody.


def register(app: Flask) -> None:
    """Add the routes."""
    app.extensions[_EXTENSION] = Lately(shop_of(app).installed.data_dir)
    app.register_blueprint(bp)


def count_answers(app: Flask) -> Flask:
    """Count every answer of an application: for whoever serves it."""
    lately: Lately = app.extensions[_EXTENSION]

    def counted(answer: Response) -> Response:
        if request.endpoint not in _WATCHED:
            lately.count(answer.status_code)
        return answer

    app.after_request(counted)
    return app


def shop_of(app: Flask) -> Any:
    """The things of an application that is still being made."""
    with app.app_context():
        return shop()


def lately_here() -> Lately:
    """What the installation that answers this request answered lately."""
    found: Lately = current_app.extensions[_EXTENSION]
    return found


def troubles_now() -> list[Trouble]:
    """What is wrong with the installation that answers this request."""
    here = shop()
    return troubles(here.mirror, here.ledger, here.installed, lately_here())


def causes_of(found: list[Trouble]) -> list[dict[str, object]]:
    """Troubles for programs."""
    return [{"code": one.code, "sentence": one.sentence, "stops": one.stops} for one in found]


@bp.get("/ready")
def ready() -> tuple[Response, int]:
    """200 while customers can be shown and written down, 503 otherwise; with every cause."""
    found = troubles_now()
    stops = any(one.stops for one in found)
    state = "unavailable" if stops else "degraded" if found else "ok"
    return jsonify(status=state, causes=causes_of(found)), 503 if stops else 200
