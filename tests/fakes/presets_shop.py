"""What the fakes of shops have in common: people by number, changed and removed by hand."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Self

from connector.sources.rest import RestSource
from tests.fakes.fake_master import Call, FakeMaster, Reply, opened

NEWEST = datetime(2024, 5, 1, 12, tzinfo=UTC)
"""About when the newest of them came; each other one an hour before the last."""
Person = dict[str, Any]


class Shop(FakeMaster):
    """A shop that keeps people in its own dialect, by their ids."""

    preset: ClassVar[str]
    secrets: ClassVar[dict[str, str]]
    below: ClassVar[str] = ""
    """The path of its base address."""
    key: ClassVar[str] = "id"
    """Where a person has the id."""

    def __init__(self, people: int = 0) -> None:
        super().__init__()
        self.people: dict[str, Person] = {}
        self.moved: list[tuple[str, Reply]] = []
        """Answers given for ever, by the beginning of their paths: a shop that moved away."""
        self._sources: list[RestSource] = []
        for number in range(1, people + 1):
            self.add(number)

    def person(self, number: int) -> Person:
        """Somebody as this master writes them, with nothing special about them."""
        raise NotImplementedError

    def name_of(self, number: int) -> str:
        """The id of a person."""
        return str(self.person(number)[self.key])

    def touch(self, person: Person, at: datetime) -> None:
        """The master notes when a person was changed."""
        raise NotImplementedError

    def add(self, number: int, **fields: Any) -> str:
        """Somebody new; returns the id."""
        name = self.name_of(number)
        self.people[name] = self.person(number) | fields
        return name

    def become(self, number: int, other: int) -> str:
        """Somebody gets another's data now, by the master's clock, and keeps the id."""
        name = self.name_of(number)
        kept = self.people[name][self.key]
        self.people[name] = self.person(other) | {self.key: kept}
        self.touch(self.people[name], self.time.wall)
        return name

    def source(self, secrets: Mapping[str, str] | None = None, **over: Any) -> RestSource:
        """The preset in front of this shop, a minute after whatever was before."""
        self.time.sleep(60)
        told = secrets or self.secrets
        self._sources.append(opened(self, self.preset, told, below=self.below, **over))
        return self._sources[-1]

    @contextmanager
    def running(self) -> Iterator[Self]:
        """Serve while the block runs, and close what was opened."""
        with super().running():
            yield self
            for one in self._sources:
                one.close()

    def reply(self, call: Call, target: str) -> Reply:
        """What goes out; a shop that moved says so instead."""
        told = super().reply(call, target)
        return next((to for path, to in self.moved if call.path.startswith(path)), told)


def only(person: Person, fields: str) -> Person:
    """The fields asked for, in the order they were asked for."""
    return {name: person.get(name) for name in fields.split(",")}


def came(number: int) -> datetime:
    """When somebody was registered."""
    return NEWEST - timedelta(hours=number)


def cpf(number: int) -> str:
    """A valid CPF for each number."""
    digits = [int(digit) for digit in f"{100_000_000 + number * 7_919:09}"[-9:]]
    for _ in range(2):
        weights = range(len(digits) + 1, 1, -1)
        rest = sum(d * w for d, w in zip(digits, weights, strict=True)) * 10 % 11
        digits.append(rest % 10)
    return "".join(map(str, digits))


def mobile(number: int) -> str:
    """Eleven digits of a mobile phone in São Paulo."""
    return f"119{80_000_000 + number:08}"


def email(number: int) -> str:
    """An address that is nobody's."""
    return f"pessoa{number}@exemplo.com.br"
