"""Writes batches into the mirror: the only module that adds, changes or removes a customer.

Every function works inside the caller's transaction, so that rows, search keys, counts, quarantine
and cursor stand or fall together (promise 1). There is one writer at a time (`mirror.lease`).
"""

from collections.abc import Callable, Iterable, Sequence

from sqlalchemy import Connection

from mirror import quarantine, restating
from mirror.planning import Arrival, Known, Plan, graves, known, plan
from mirror.progress import Figures
from mirror.quarantine import Refusal
from mirror.rows import Rows
from mirror.sealing import Keyring

CONTRADICTION = "same_version_other_content"


def apply(
    connection: Connection,
    keys: Keyring,
    source: str,
    arrivals: Sequence[Arrival],
    refusals: Sequence[Refusal] = (),
    *,
    counter: bool,
    revive: Callable[[str], bool] | None = None,
) -> Figures:
    """Write what is new or newer, quarantine what was refused; how many of each.

    ``revive``: see `mirror.planning.graves`; whose arrival is the master's latest word leaves
    quarantine also where nothing had to be written.
    ``counter``: see `mirror.planning.plan`. A customer in quarantine leaves it with a version that
    is written; an older one sent again (a replica behind) says nothing of the newer that is broken.
    """
    names = [arrival.external_id for arrival in arrivals]
    present = known(connection, source, (a.external_id for a in arrivals if not a.is_new))
    absent = (name for name in names if name not in present)
    dead = graves(connection, source, absent, revive or _never)
    judged = plan(arrivals, present, dead, counter=counter)
    restating.remember(connection, restating.settle(connection, keys, source, judged, present))
    rows = Rows(connection, source)
    for name, arrival in judged.accepted.items():
        rows.put(arrival, present.get(name), reborn=name in dead)
    rows.flush()
    refused = [*refusals, *(_contradiction(arrival) for arrival in judged.contradictions)]
    still = {refusal.subject for refusal in refused}
    healed = set(judged.accepted).union(filter(revive or _never, names))
    quarantine.clear(connection, source, healed - still)
    quarantine.clear(connection, source, set(names) - still, rule=CONTRADICTION)
    return _figures(judged, present, quarantine.put(connection, keys, source, refused))


def remove(connection: Connection, source: str, ids: Iterable[str], reason: str) -> int:
    """Erase these customers and leave a tombstone of each; how many there were.

    The tombstone has the id, the version and the keyed hashes, nothing that says who it was.
    """
    names = list(ids)
    if not names:
        return 0
    rows = Rows(connection, source)
    present = known(connection, source, names)
    for gone in present.values():
        rows.bury(gone, reason)
    rows.flush()
    quarantine.clear(connection, source, names)
    return len(present)


def _never(name: str) -> bool:
    return False


def _figures(judged: Plan, present: dict[str, Known], quarantined: int) -> Figures:
    changed = sum(name in present for name in judged.accepted)
    return Figures(
        added=len(judged.accepted) - changed,
        changed=changed,
        unchanged=judged.unchanged,
        stale=judged.stale,
        quarantined=quarantined,
    )


def _contradiction(arrival: Arrival) -> Refusal:
    name = arrival.external_id
    return Refusal(name, name, "version", CONTRADICTION, arrival.content_hash, arrival.raw)
