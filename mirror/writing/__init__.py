"""The only writer: the streams a master may serve, each with what it takes to write its records."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from mirror.records import CUSTOMERS, STREAMS
from mirror.store.progress import Figures
from mirror.writing import activity, activity_rows, customers
from mirror.writing.judgement import Incoming, Known, Plan, Shelf

Judged = tuple[Plan[Any], Mapping[str, Known]]
"""A plan, and what the mirror has of those in it."""


@dataclass(frozen=True)
class Stream:
    """How the records of one stream are made ready, judged, written and removed."""

    name: str
    shelf: Shelf[Any]
    ready: type[Incoming]
    """What `arrival` makes."""
    arrival: Callable[..., Incoming]
    """``(keys, source, record, content_hash, raw, rules, is_new=…)``: sealed, ready to write."""
    judge: Callable[..., Judged]
    """``(connection, keys, source, arrivals, counter=…)``: what `apply` would do; no write."""
    apply: Callable[..., Figures]
    """``(connection, keys, source, arrivals, refusals, counter=…, rules=…, trust=…)``: write what
    is new or newer, quarantine what was refused. ``rules``: None where everybody is judged later,
    at the end of a first listing."""
    remove: Callable[..., int]
    """``(connection, source, ids, reason, rules)``: remove what the master no longer has."""


def _activity(name: str) -> Stream:
    return Stream(
        name,
        activity_rows.SHELVES[name],
        activity_rows.Arrival,
        partial(activity_rows.arrival, name),
        partial(activity.judge, name),
        partial(activity.apply, name),
        partial(activity.remove, name),
    )


BY_NAME: dict[str, Stream] = {name: _activity(name) for name in STREAMS}
"""Every stream there is."""
BY_NAME[CUSTOMERS] = Stream(
    CUSTOMERS,
    customers.CUSTOMERS,
    customers.Arrival,
    customers.arrival,
    customers.judge,
    customers.apply,
    customers.remove,
)
