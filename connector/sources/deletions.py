"""Whom a master lists as deleted; a list that also holds the living is not believed."""

from collections.abc import Iterable, Iterator

import msgspec

from connector.maps import values
from connector.maps.paths import Getter
from connector.maps.values import Refused
from connector.problems import BadAnswer
from connector.sources.envelope import Envelope
from connector.sources.page import Page

_UNREADABLE = (Refused, msgspec.DecodeError, ValueError, TypeError, RecursionError)


class Living(set[int]):
    """What this run's list of changes showed, by the hash of each record's bytes."""

    def note(self, records: Iterable[bytes]) -> None:
        """These are there."""
        self.update(map(hash, records))


def deleted(pages: Iterable[Envelope], living: Living, id_of: Getter, name: str) -> Iterator[Page]:
    """The ids on the pages of a master's deleted; raises BadAnswer, told of source ``name``.

    A master that does not know the parameter that asks for them sends the same list again: a record
    that is on both, byte for byte, says that nobody on it was deleted.
    """
    for page in pages:
        if any(hash(raw) in living for raw in page.records):
            raise BadAnswer(
                f"{name}: the list of the deleted holds records that are not. Does the master know "
                "what `deleted` asks for? Nobody was removed."
            )
        yield Page([], page.at, gone=list(_ids(page, id_of)))


def _ids(page: Envelope, id_of: Getter) -> Iterator[str]:
    for raw in page.records:
        try:
            yield values.external_id(id_of(msgspec.json.decode(raw, type=dict)))
        except _UNREADABLE:
            continue
