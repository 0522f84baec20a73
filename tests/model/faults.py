"""What goes wrong in one run, decided before it starts: where the master or the machine fails."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import msgspec
from sqlalchemy import Connection

from connector.http import BadAnswer, Unreachable
from mirror.store.engine import Database
from tests.model.master import Change


class Crash(BaseException):
    """The process dies here: nothing after it happens, whoever wants to clean up."""


class Plan(msgspec.Struct, frozen=True):
    """One run and its faults; without any, a run that is left in peace."""

    full: bool = False
    size: int = 3
    """Records of a page."""
    batch: int = 1
    """Records of a transaction."""
    salt: int = 0
    """In which order the master lists those of one instant, this time."""
    behind_s: int = 0
    """How far behind the replica is that answers every other page."""
    at_page: dict[int, list[Change]] = {}
    """What happens before a page is answered, from 0: a change of the master's, or a fault."""
    at_commit: tuple[int, str] | None = None
    """The process dies at so many-th transaction: before, inside or after it."""
    confirming: str = "fine"
    """What comes of telling the master what was committed: fine, refused or a crash."""


PEACE = Plan()


@dataclass
class Faults:
    """Carries a plan out."""

    plan: Plan
    change: Callable[[Change], None]
    """Let the master change."""
    usurp: Callable[[], None]
    """Let another connector take over."""
    repeats: bool = False
    """The page under way is to be sent twice."""
    empties: bool = False
    """An empty page comes before the page under way."""

    def before_page(self, page: int) -> None:
        """Everything planned for this page; raises what ends the run here."""
        self.repeats = self.empties = False
        for happening in self.plan.at_page.get(page, ()):
            self._happen(happening)

    def confirming(self) -> None:
        if self.plan.confirming == "crash":
            raise Crash
        if self.plan.confirming == "refused":
            raise Unreachable("the master did not answer")

    def _happen(self, happening: Change) -> None:
        match happening:
            case ("crash",):
                raise Crash
            case ("down",):
                raise Unreachable("the master answered 500 to every attempt")
            case ("cut",):
                raise BadAnswer("the master's answer is not a page")
            case ("usurp",):
                self.usurp()
            case ("repeat",):
                self.repeats = True
            case ("empty",):
                self.empties = True
            case _:
                self.change(happening)


@dataclass(frozen=True)
class Frail(Database):
    """The mirror of a process that dies at a transaction."""

    at: tuple[int, str] | None
    begun: list[int] = field(default_factory=list)

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """As a database writes, but for the one transaction at which everything ends."""
        self.begun.append(1)
        moment = self.at[1] if self.at and self.at[0] == len(self.begun) else None
        if moment == "before":
            raise Crash
        with super().writing() as connection:
            yield connection
            if moment == "inside":
                raise Crash
        if moment == "after":
            raise Crash
