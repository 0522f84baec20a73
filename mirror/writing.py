"""Writes batches into the mirror: the only module that adds, changes or removes a customer.

Every function works inside the caller's transaction, so that rows, search keys, facets, standings,
quarantine and cursor stand or fall together (promise 1). There is one writer at a time
(`mirror.lease`).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec
from sqlalchemy import Connection

from mirror import quarantine, restating
from mirror.activity.erasing import erase_texts
from mirror.arriving import CUSTOMERS, Arrival, Here
from mirror.opening import open_row
from mirror.planning import Plan, figures, graves, plan
from mirror.progress import Figures
from mirror.quarantine import Refusal, contradiction
from mirror.rows import Rows
from mirror.sealing import Keyring
from mirror.standing.facts import Rules
from mirror.standing.keeping import settle, verdicts

_NONE = Rules()


def apply(
    connection: Connection,
    keys: Keyring,
    source: str,
    arrivals: Sequence[Arrival],
    refusals: Sequence[Refusal] = (),
    *,
    counter: bool,
    revive: Callable[[str], bool] | None = None,
    rules: Rules | None = _NONE,
) -> Figures:
    """Write what is new or newer, quarantine what was refused; how many of each.

    ``revive``: see `mirror.planning.graves`; whose arrival is the master's latest word leaves
    quarantine also where nothing had to be written.
    ``counter``: see `mirror.planning.plan`. A customer in quarantine leaves it with a version that
    is written; an older one sent again (a replica behind) says nothing of the newer that is broken.
    ``rules``: by which standings follow from what is written.
    """
    names = [arrival.external_id for arrival in arrivals]
    judged, present, dead = _judge(connection, keys, source, arrivals, counter, revive)
    restating.remember(connection, CUSTOMERS.table, judged.notes)
    _write(connection, source, judged, present, dead, rules or _NONE)
    refused = [*refusals, *map(contradiction, judged.contradictions)]
    healed = set(judged.accepted).union(filter(revive or _never, names))
    quarantined = quarantine.settle(connection, keys, source, refused, healed, names)
    return figures(judged, present, quarantined)


def remove(
    connection: Connection, source: str, ids: Iterable[str], reason: str, rules: Rules = _NONE
) -> int:
    """Erase these customers and leave a tombstone of each; how many there were.

    The tombstone has the id, the version and the keyed hashes, nothing that says who it was. Of
    what they did amounts, dates and states stay, for the months' totals; every text is erased.
    """
    names = list(ids)
    if not names:
        return 0
    rows = Rows(connection, source)
    present = CUSTOMERS.known(connection, source, names)
    for gone in present.values():
        rows.bury(gone, reason)
    rows.flush()
    erase_texts(connection, source, present)
    _settle_companies(connection, source, present.values(), (), rules)
    quarantine.clear(connection, source, names)
    return len(present)


def judge(
    connection: Connection,
    keys: Keyring,
    source: str,
    arrivals: Sequence[Arrival],
    *,
    counter: bool,
) -> tuple[Plan[Arrival], dict[str, Here]]:
    """What `apply` would write, and what is there of it; no write."""
    return _judge(connection, keys, source, arrivals, counter, None)[:2]


def _judge(
    connection: Connection,
    keys: Keyring,
    source: str,
    arrivals: Sequence[Arrival],
    counter: bool,
    revive: Callable[[str], bool] | None,
) -> tuple[Plan[Arrival], dict[str, Here], dict[str, int]]:
    def opened(name: str, version: int, doc: bytes) -> object:
        return open_row(keys, source, name, version, doc)

    sought = (a.external_id for a in arrivals if not a.is_new)
    present = CUSTOMERS.known(connection, source, sought)
    absent = (a.external_id for a in arrivals if a.external_id not in present)
    dead = graves(connection, source, absent, revive or _never)
    judged = plan(arrivals, _written_whole(present), dead, counter=counter)
    restating.settle(connection, CUSTOMERS.table, opened, judged, present)
    return judged, present, dead


def _write(
    connection: Connection,
    source: str,
    judged: Plan[Arrival],
    present: Mapping[str, Here],
    dead: Mapping[str, int],
    rules: Rules,
) -> None:
    accepted = judged.accepted
    found = verdicts(connection, source, rules, [one.person for one in accepted.values()])
    rows = Rows(connection, source)
    rows.learn(accepted.values())
    for name, arrival in accepted.items():
        rows.put(arrival, found[name], present.get(name), reborn=name in dead)
    rows.flush()
    before = (present[name] for name in accepted if name in present)
    _settle_companies(connection, source, before, accepted.values(), rules)


def _settle_companies(
    connection: Connection,
    source: str,
    before: Iterable[Here],
    after: Iterable[Arrival],
    rules: Rules,
) -> None:
    """What an employee's deals did to the company, where somebody came to it or left it."""
    if "sell" in rules.names:
        touched = {one.company for one in before} | {one.company for one in after}
        settle(connection, source, {name for name in touched if name}, rules)


def _written_whole(present: Mapping[str, Here]) -> dict[str, Here]:
    # A row from before there were facets is written again, whatever its version.
    return {
        name: row if row.facets else msgspec.structs.replace(row, version=row.version - 1)
        for name, row in present.items()
    }


def _never(name: str) -> bool:
    return False
