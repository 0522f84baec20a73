"""Reads saved pages as a master's: through envelope, heads and translation, without network."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, cast

import msgspec

from connector.looking import Look
from connector.maps.paths import steps_of
from connector.messages import Answer, Request
from connector.problems import BadAnswer
from connector.sources.checked import Declared
from connector.sources.definition import Definition, Lookup
from connector.sources.errors import judge_of
from connector.sources.rest import RestSource
from connector.sources.sell import SellDefinition
from connector.sources.sell.source import SellSource
from connector.sources.source import Source
from connector.sources.stream import Paging


class Saved:
    """Answers every question for a list with one body, those for details one after the other."""

    requests = 0

    def __init__(self, definition: Declared, name: str, body: bytes) -> None:
        self._body = body
        rest = definition if isinstance(definition, Definition) else None
        self._lookups = (
            {one.path: _nothing_in(one) for one in rest.lookups.values()} if rest else {}
        )
        self._judge = judge_of(rest.errors, name) if rest else None
        self._list = rest.stream.path if rest else None
        self.details: list[bytes] = []

    def send(self, request: Request) -> Answer:
        """The saved answer; raises MasterProblem where it tells of one."""
        answer = Answer(self._for(request.path), datetime.now(UTC))
        if self._judge and self._judge(answer):
            return msgspec.structs.replace(answer, empty=True)
        return answer

    def pause(self, seconds: float) -> None:
        """Nobody has to be spared."""

    def close(self) -> None:
        """Nothing is open."""

    def _for(self, path: str) -> bytes:
        if path in self._lookups:
            return self._lookups[path]
        if self._list in (None, path):
            return self._body
        if not self.details:
            raise BadAnswer("There are fewer saved details than records.")
        return self.details.pop(0)


def look_at_saved(
    look: Look, definition: Declared, name: str, body: bytes, details: Sequence[bytes] = ()
) -> None:
    """Add one saved page to what was seen; raises MasterProblem, told of source ``name``.

    ``details``: answers for single customers, in the order of the page's records.
    """
    saved = Saved(definition, name, body)
    saved.details = list(details)
    source = _source(name, definition, saved)
    for page in source.pages(None):
        look.page(source, page, details=bool(details))
        break


def _source(name: str, definition: Declared, saved: Saved) -> Source:
    if isinstance(definition, SellDefinition):
        polled = msgspec.structs.replace(definition, mode="polling", ended=False)
        return SellSource(name, polled, cast(Any, saved))
    # One page alone: where the next would lie, and what was asked, is not in the file.
    stream = msgspec.structs.replace(
        definition.stream, page=Paging(size=definition.stream.page.size), since=None, deleted=None
    )
    return RestSource(name, msgspec.structs.replace(definition, stream=stream), saved)


def _nothing_in(lookup: Lookup) -> bytes:
    """A table of the master's without any entry that means something."""
    table: Any = [{}]
    for step in reversed(steps_of(lookup.records)):
        table = {str(step): table}
    return msgspec.json.encode(table)
