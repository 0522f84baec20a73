"""The streams a master may serve, each with what it takes to write its records."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol

from sqlalchemy import Connection

from mirror import arriving, writing
from mirror.activity import arriving as activity_arriving
from mirror.activity import writing as activity_writing
from mirror.activity.records import CUSTOMERS, STREAMS
from mirror.arriving import CUSTOMERS as CUSTOMER_SHELF
from mirror.planning import Incoming, Known, Plan
from mirror.progress import Figures
from mirror.quarantine import Refusal
from mirror.sealing import Keyring
from mirror.shelf import Shelf
from mirror.standing.facts import Rules

Judged = tuple[Plan[Any], Mapping[str, Known]]
"""A plan, and what the mirror has of those in it."""


class Stream(Protocol):
    """How the records of one stream are made ready, written and removed."""

    name: str
    shelf: Shelf[Any]

    def arrival(
        self,
        keys: Keyring,
        source: str,
        record: Any,
        content_hash: bytes,
        raw: bytes,
        rules: Rules,
        *,
        is_new: bool,
    ) -> Incoming:
        """A record sealed and ready to be written."""

    def apply(
        self,
        connection: Connection,
        keys: Keyring,
        source: str,
        arrivals: Sequence[Any],
        refusals: Sequence[Refusal] = (),
        *,
        counter: bool,
        rules: Rules | None,
        revive: Callable[[str], bool] | None = None,
    ) -> Figures:
        """Write what is new or newer, quarantine what was refused.

        ``rules``: None where everybody is judged later, at the end of a first listing.
        """

    def judge(
        self,
        connection: Connection,
        keys: Keyring,
        source: str,
        arrivals: Sequence[Any],
        *,
        counter: bool,
    ) -> Judged:
        """What `apply` would do, without writing, and what is there."""

    def remove(
        self, connection: Connection, source: str, ids: Iterable[str], reason: str, rules: Rules
    ) -> int:
        """Remove records the master no longer has; how many there were."""


class _Customers:
    name = CUSTOMERS
    shelf = CUSTOMER_SHELF

    def arrival(
        self,
        keys: Keyring,
        source: str,
        record: Any,
        content_hash: bytes,
        raw: bytes,
        rules: Rules,
        *,
        is_new: bool,
    ) -> Incoming:
        return arriving.arrival(
            keys, source, record, content_hash, raw, rules.extras, is_new=is_new
        )

    def judge(
        self,
        connection: Connection,
        keys: Keyring,
        source: str,
        arrivals: Sequence[Any],
        *,
        counter: bool,
    ) -> Judged:
        return writing.judge(connection, keys, source, arrivals, counter=counter)[:2]

    apply = staticmethod(writing.apply)
    remove = staticmethod(writing.remove)


class _Activity:
    def __init__(self, name: str) -> None:
        self.name = name
        self.shelf: Shelf[Any] = activity_arriving.SHELVES[name]

    def arrival(
        self,
        keys: Keyring,
        source: str,
        record: Any,
        content_hash: bytes,
        raw: bytes,
        rules: Rules,
        *,
        is_new: bool,
    ) -> Incoming:
        return activity_arriving.arrival(keys, self.name, source, record, content_hash, raw)

    def apply(
        self,
        connection: Connection,
        keys: Keyring,
        source: str,
        arrivals: Sequence[Any],
        refusals: Sequence[Refusal] = (),
        *,
        counter: bool,
        rules: Rules | None,
        revive: Callable[[str], bool] | None = None,
    ) -> Figures:
        return activity_writing.apply(
            connection,
            keys,
            self.name,
            source,
            arrivals,
            refusals,
            counter=counter,
            rules=rules,
            revive=revive,
        )

    def judge(
        self,
        connection: Connection,
        keys: Keyring,
        source: str,
        arrivals: Sequence[Any],
        *,
        counter: bool,
    ) -> Judged:
        return activity_writing.judge(
            connection, keys, self.name, source, arrivals, counter=counter
        )

    def remove(
        self, connection: Connection, source: str, ids: Iterable[str], reason: str, rules: Rules
    ) -> int:
        return activity_writing.remove(connection, self.name, source, ids, rules)


BY_NAME: dict[str, Stream] = {CUSTOMERS: _Customers()} | {name: _Activity(name) for name in STREAMS}
"""Every stream there is."""
