"""What one transaction will write: the readings of several whole pages, the later word holding."""

import msgspec

from connector.reading import Reading
from mirror.planning import Incoming
from mirror.quarantine import Refusal


class Batch(msgspec.Struct):
    """Readings put together in the order they came."""

    arrivals: list[Incoming] = []
    refusals: list[Refusal] = []
    gone: list[str] = []
    unchanged: int = 0
    stale: int = 0
    received: int = 0
    bytes: int = 0
    """Of what the master sent of them."""

    def add(self, reading: Reading) -> None:
        """Add a page's reading."""
        if self.gone:
            back = {head.external_id for head in reading.heads}.union(reading.refused)
            self.gone = [name for name in self.gone if name not in back]
        self.gone += reading.gone
        self.arrivals += reading.arrivals
        self.refusals = self._still([*self.refusals, *reading.refusals])
        self.unchanged += reading.unchanged
        self.stale += reading.stale
        self.received += reading.received
        self.bytes += sum(len(arrival.raw) for arrival in reading.arrivals)
        self.bytes += sum(len(refusal.raw) for refusal in reading.refusals)

    def _still(self, refusals: list[Refusal]) -> list[Refusal]:
        """Those of which nothing as new came that can be read: it is healed, or was never ill."""
        newest: dict[str, int] = {}
        for one in self.arrivals if refusals else ():
            newest[one.external_id] = max(one.version, newest.get(one.external_id, one.version))
        return [one for one in refusals if _beyond(one.version, newest.get(one.subject))]


def _beyond(version: int | None, readable: int | None) -> bool:
    return readable is None or (version is not None and version > readable)
