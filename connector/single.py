"""Asks the master for one customer, now: for a person at the counter, or because it hinted."""

from connector.problems import MapBroken
from connector.reading import PageReader
from connector.sources.source import Source
from mirror import quarantine
from mirror.activity.records import CUSTOMERS
from mirror.database import Database
from mirror.lease import check_fence
from mirror.progress import Figures
from mirror.streams import BY_NAME


def ask_one(db: Database, source: Source, fence: int, external_id: str) -> Figures:
    """Bring one customer in step with the master; the cursor stays where it is.

    Raises MasterProblem, also where the master cannot be asked for one customer.
    """
    page, customers = source.one(external_id), BY_NAME[CUSTOMERS]
    reading, _ = PageReader(source, db, {}).read(page)
    if any(head.external_id != external_id for head in reading.heads):
        raise MapBroken(f"{source.name}: asked for one customer, the master sent another.")
    with db.writing() as connection:
        check_fence(connection, fence)
        done = customers.apply(
            connection,
            db.keys,
            source.name,
            reading.arrivals,
            reading.refusals,
            counter=source.counter,
            revive=lambda name: True,
            rules=source.rules,
        )
        done.gone = customers.remove(connection, source.name, reading.gone, "master", source.rules)
        if reading.unchanged:
            quarantine.clear(connection, source.name, [external_id])
    done.received, done.unchanged = reading.received, done.unchanged + reading.unchanged
    return done
