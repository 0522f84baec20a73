"""What can go wrong with a master, each as a sentence a person can act on.

No message holds a value of a record, a credential or a query string.
"""


class MasterProblem(Exception):
    """A run cannot go on; what was committed stays, and the cursor with it."""


class Unreachable(MasterProblem):
    """No answer in time, or a server error that outlasted the retries."""


class BadAnswer(MasterProblem):
    """An answer that cannot be read as a page: nothing of it is used."""


class AccessRefused(MasterProblem):
    """The master does not accept the credentials."""


class RequestRefused(MasterProblem):
    """The master does not accept the request itself."""


class WriteRefused(MasterProblem):
    """A request that might change the master; it was not sent."""


class OriginRefused(MasterProblem):
    """A request would have left the configured origin; it was not sent."""


class NoProgress(MasterProblem):
    """Pages that never end or repeat."""


class MapBroken(MasterProblem):
    """Too many records of a page cannot be read: the map is wrong, or the master changed."""


class Again(Exception):
    """Worth another attempt; carries what to say when there are no more, and the wait asked for.

    ``declined``: the master did not begin with what it was asked for.
    """

    def __init__(
        self, problem: MasterProblem, wait_s: float | None = None, *, declined: bool = False
    ) -> None:
        super().__init__()
        self.problem = problem
        self.wait_s = wait_s
        self.declined = declined
