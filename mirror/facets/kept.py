"""What a link to the database keeps between readings: who is due, and the sets that were read.

It holds until anybody writes, or time moves somebody: then everything is read again. So whoever
clicks from list to list pays once for a million customers, and is never shown what was.
"""

import msgspec
from sqlalchemy import Connection

from mirror.facets.labels import Facet
from mirror.facets.sets import Set
from mirror.standing.due import Due, due

_NAME = "espelho.facets"
_MOST_SETS = 64
"""Of a million customers a set takes 130 KB."""


class Kept(msgspec.Struct):
    """One snapshot, at any instant of a span in which time moves nobody."""

    state: tuple[int, ...]
    since: int
    due: Due
    sets: dict[Facet, Set] = {}
    """As read, and put right for who is due."""

    def add(self, one: Facet, members: Set) -> Set:
        """Keep one more, in the place of all others where they are too many."""
        if len(self.sets) >= _MOST_SETS:
            self.sets.clear()
        self.sets[one] = members
        return members


def kept(connection: Connection, now: int) -> Kept:
    """What was kept, or a new one. Not for use inside a writing transaction."""
    state = _state_of(connection)
    found: Kept | None = connection.info.get(_NAME)
    if found is None or found.state != state or not found.since <= now < found.due.until:
        found = connection.info[_NAME] = Kept(state, now, due(connection, now))
    return found


def _state_of(connection: Connection) -> tuple[int, ...]:
    # The first changes with every commit of another link, the second with every row of this one.
    query = "SELECT data_version, total_changes() FROM pragma_data_version"
    return tuple(connection.exec_driver_sql(query).one())
