"""What a machine does to a database, by its cause and never by a library's words."""

import errno
from dataclasses import dataclass

_SAID = {
    "disk_full": "The disk of {} is full. Make room on it (`df -h`), then try again; what was "
    "committed before stays.",
    "read_only": "The file system of {} is mounted read-only, or the file is write-protected. "
    "Mount it writable (`mount`; after an error of the disk see `dmesg`), then try again.",
    "forbidden": "This user may not use {}. Run it as the user whose files they are, or give them "
    "back to that one (`ls -l`, `chown`, `chmod`).",
    "locked": "Another process kept {} locked for too long: a copy, a checker, another tool? "
    "`fuser -v` names who has the file open; end that one, then try again.",
    "missing": "There is no {} any more: its file was moved or deleted.",
    "unopened": "The file of {} cannot be opened. Is it there, is it a file, and may this user "
    "read it (`ls -l`)?",
    "too_many_files": "This process has too many files open (`ulimit -n`, LimitNOFILE). {} was "
    "not touched; raise the limit and start it again.",
    "out_of_memory": "This machine has no memory left for {}. Nothing half done was kept; give it "
    "memory, or end what takes it (`free -m`), then try again.",
    "unreachable": "The PostgreSQL server of {} does not answer, or went away in the middle. What "
    "was not committed is undone. Is it running (`pg_isready`), and does the network lead there?",
    "too_many_links": "The PostgreSQL server of {} has no connection left (`max_connections`). "
    "Give it more, or this one fewer workers (web.workers).",
    "too_slow": "PostgreSQL ended a statement or transaction on {} that took too long, and undid "
    "it. Is the server overloaded, or is another session holding rows "
    "(`SELECT * FROM pg_stat_activity`)?",
    "deadlock": "Two transactions on {} waited for each other; PostgreSQL undid this one. Try "
    "again. Nobody but Espelho should write there.",
    "standby": "The server of {} is a standby, or was made read-only: nothing can be written. Name "
    "the primary in the settings, or promote it (`pg_ctl promote`).",
    "not_let_in": "The PostgreSQL server of {} does not let this user in. Are the password and "
    "the user right, and does pg_hba.conf let it in? `espelho init --admin` makes the roles.",
    "not_there": "There is no database of {} yet where the settings say, or no table in it. "
    "`espelho init --admin` makes it.",
    "not_permitted": "The user of {} may not do this there. Who reads the mirror cannot write it; "
    "`espelho init --admin` gives each role what it needs.",
    "no_tls": "No TLS connection to the server of {} that can be trusted: its certificate must be "
    "for the name in the address, and of an authority that sslrootcert=FILE there names.",
    "io": "The disk of {} reported an error. Look whether it is full (`df -h`) or failing "
    "(`dmesg`) before anything else is written; what was committed before stays.",
}
_DAMAGED = {
    "mirror": "The mirror is damaged: a page of its file cannot be read. Nothing is lost that its "
    "masters do not have: `espelho rebuild` sets it aside and fills a new one.",
    "ledger": "The ledger is damaged: a page of its file cannot be read. It holds staff, terminals "
    "and the journal, which nobody else has: stop, keep the damaged file, and restore the last "
    "backup.",
}
"""By which database: what can be had from a master again, and what cannot."""


@dataclass(frozen=True)
class Fault:
    """What a machine did: ``code`` is a word for programs, ``about`` the database or the file."""

    code: str
    about: str = ""

    @property
    def sentence(self) -> str:
        """What happened and what to do."""
        if self.code == "damaged":
            return _DAMAGED[self.about]
        named = f"the {self.about}" if self.about in _DAMAGED else self.about or "the data"
        told = _SAID[self.code].format(named)
        return told[0].upper() + told[1:]


class DatabaseProblem(Exception):
    """A database cannot be used; the message says why and what to do."""

    fault: Fault | None = None
    """What the machine did, where that is why."""


class Replaced(DatabaseProblem):
    """The file of an open database is another one than it was, gone or damaged: nothing is shown.

    Raised before anything is read, and after a commit that may have gone elsewhere.
    """

    def __init__(self, sentence: str, name: str) -> None:
        super().__init__(sentence)
        self.name = name
        """``mirror ledger``."""


_BY_NUMBER = {
    errno.ENOSPC: "disk_full",
    errno.EDQUOT: "disk_full",
    errno.EROFS: "read_only",
    errno.EACCES: "forbidden",
    errno.EPERM: "forbidden",
    errno.EMFILE: "too_many_files",
    errno.ENFILE: "too_many_files",
    errno.ENOMEM: "out_of_memory",
    errno.EIO: "io",
}


SEEN: dict[Fault, float] = {}
"""What machines did to the databases of this process, and when last (seconds since 1970)."""


def fault_of(problem: BaseException) -> Fault | None:
    """What the machine did, where that is why something failed; None where it is not."""
    at_hand: BaseException | None = problem
    while at_hand is not None:
        known = getattr(getattr(at_hand, "orig", at_hand), "fault", None)
        if isinstance(known, Fault):
            return known
        if isinstance(at_hand, MemoryError):
            return Fault("out_of_memory")
        if isinstance(at_hand, OSError) and at_hand.errno in _BY_NUMBER:
            return Fault(_BY_NUMBER[at_hand.errno], str(at_hand.filename or ""))
        at_hand = at_hand.__cause__
    return None


def refuse_other_age(schema: str | None, newest: str, name: str, where: object) -> None:
    """Raise DatabaseProblem unless a database has the schema that this program knows."""
    refuse_newer(schema, newest, name, where)
    if schema != newest:
        raise DatabaseProblem(
            f"The {name} {where} has an older schema ({schema or 'none'}). "
            "Run `espelho init` to bring it up to date; nothing is lost."
        )


def refuse_newer(schema: str | None, newest: str, name: str, where: object) -> None:
    """Raise DatabaseProblem for a schema of a later program."""
    if schema is not None and schema > newest:
        raise DatabaseProblem(
            f"The {name} {where} was made by a newer Espelho (schema {schema}, this program knows "
            f"{newest}). Update the program; nothing was changed."
        )
