"""A process beside this one that reads records while this one fetches and writes.

It is a copy of this process with what reads in it, and nothing else of it is used there: no file,
no connection. It ends when this one does, whatever ends it.
"""

import gc
import os
import select
import signal
import struct
from collections.abc import Callable
from contextlib import suppress
from fcntl import fcntl
from queue import SimpleQueue
from threading import Thread
from typing import BinaryIO, NoReturn

from connector.http import MasterProblem

AHEAD = 3
"""Pages that wait for it at once: enough that neither process waits for the other."""
_PATIENCE_S = 120.0
_LENGTH = struct.Struct("<I")
_PIPE_BYTES, _F_SETPIPE_SZ = 1 << 20, 1031
_STANDARD, _MOST_FILES = 3, 1 << 16
_TWO, _NONE = 2, 0

Answer = Callable[[bytes], bytes]
"""What is asked in bytes, answered in bytes."""

_ENDED = (
    "The process that reads records beside this one ended ({}), perhaps for lack of memory. What "
    "was read is kept; the next run goes on from there."
)


def beside(answer: Answer) -> "Beside | None":
    """Start it; None where there is one processor, or none can be started."""
    if len(os.sched_getaffinity(0)) < _TWO:
        return None
    asks, asked = os.pipe()
    tells, told = os.pipe()
    try:
        pid = os.fork()
    except OSError:
        for one in (asks, asked, tells, told):
            os.close(one)
        return None
    if pid == _NONE:
        _serve(answer, asks, told)
    for one in (asks, told):
        os.close(one)
    return Beside(pid, asked, tells)


class Beside:
    """It as it is asked; answers come in the order of the questions."""

    def __init__(self, pid: int, asked: int, tells: int) -> None:
        self._pid = pid
        self._ended: int | None = None
        for pipe in (asked, tells):
            with suppress(OSError):  # larger pipes are waited for less often
                fcntl(pipe, _F_SETPIPE_SZ, _PIPE_BYTES)
        self._asked = os.fdopen(asked, "wb", 0)
        self._tells = os.fdopen(tells, "rb", 0)

    def ask(self, asked: bytes) -> None:
        """Have it answer; raises MasterProblem where it has ended."""
        try:
            _send(self._asked, asked)
        except OSError:
            self._fail()

    def answer(self) -> bytes | None:
        """The next answer; None where it could not be given there and is to be worked out here.

        Raises MasterProblem where it has ended, or answers nothing for two minutes.
        """
        ready, _, _ = select.select([self._tells], [], [], _PATIENCE_S)
        told = _receive(self._tells) if ready else None
        if told is None:
            self._fail()
        return told or None

    def close(self) -> None:
        """End it; nothing that was asked for is waited for."""
        for pipe in (self._asked, self._tells):
            pipe.close()
        self._end()

    def _fail(self) -> NoReturn:
        code = self._end()
        raise MasterProblem(_ENDED.format(f"signal {-code}" if code < 0 else f"code {code}"))

    def _end(self) -> int:
        if self._ended is None:  # it keeps nothing that could be lost
            os.kill(self._pid, signal.SIGKILL)
            self._ended = os.waitstatus_to_exitcode(os.waitpid(self._pid, 0)[1])
        return self._ended


def _send(pipe: BinaryIO, said: bytes) -> None:
    rest = memoryview(_LENGTH.pack(len(said)) + said)
    while rest:
        rest = rest[pipe.write(rest) :]


def _receive(pipe: BinaryIO) -> bytes | None:
    """What was said next; None at the end."""
    length = _exactly(pipe, _LENGTH.size)
    return None if length is None else _exactly(pipe, _LENGTH.unpack(length)[0])


def _exactly(pipe: BinaryIO, length: int) -> bytes | None:
    found = bytearray(length)
    rest = memoryview(found)
    while rest:
        got = pipe.readinto(rest)  # type: ignore[attr-defined]
        if not got:
            return None
        rest = rest[got:]
    return bytes(found)


# The other process. It must not touch what it has a copy of: locks, files and connections are the
# first one's. So everything is closed but two pipes, and nothing of the interpreter is taken down.


def _serve(answer: Answer, asks: int, told: int) -> NoReturn:
    try:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)  # the first one's end is its end
        _close_all_but(asks, told)
        gc.freeze()
        questions: SimpleQueue[bytes] = SimpleQueue()
        Thread(target=_listen, args=(os.fdopen(asks, "rb", 0), questions), daemon=True).start()
        tells = os.fdopen(told, "wb", 0)
        while True:
            _send(tells, _answered(answer, questions.get()))
            gc.collect(1)
    finally:
        os._exit(1)


def _answered(answer: Answer, asked: bytes) -> bytes:
    try:
        return answer(asked)
    except Exception:  # told by the first one, where whoever mends it sees from where
        return b""


def _listen(asks: BinaryIO, questions: "SimpleQueue[bytes]") -> None:
    """Take what is asked off the pipe at once: the first one never waits while it is waited for."""
    while (asked := _receive(asks)) is not None:
        questions.put(asked)
    os._exit(0)


def _close_all_but(*kept: int) -> None:
    last = _STANDARD
    for one in sorted(kept):
        os.closerange(last, one)
        last = one + 1
    os.closerange(last, _MOST_FILES)
