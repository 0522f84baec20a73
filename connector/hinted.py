"""Looks into what a master hinted at: the customers it named, one request each.

The reading of changes that follows finds what changed; what it cannot find is who is gone.
"""

import logging
from collections.abc import Sequence

from connector.problems import MasterProblem
from connector.single import ask_one
from connector.sources.source import Source
from mirror.database import Database
from mirror.lease import FenceLost

_AT_ONCE = 50
log = logging.getLogger("espelho.sync")


def look_into(db: Database, source: Source, fence: int, ids: Sequence[str]) -> list[str]:
    """Ask for these customers, at most fifty now; who is left for the next time.

    A master that cannot be asked for one, or does not answer, leaves it to the reading of changes.
    """
    for external_id in ids[:_AT_ONCE]:
        try:
            ask_one(db, source, fence, external_id)
        except MasterProblem:
            return []
        except FenceLost:  # whoever is no longer the writer does not go on asking
            raise
        except Exception as problem:  # a hint must not keep the changes from being read
            log.warning(
                "%s: a hint could not be looked into: %s", source.name, type(problem).__name__
            )
    return list(ids[_AT_ONCE:])
