"""Reads Sell's deals. A deal has no state of its own: its stage has, in a list of stages."""

from hashlib import blake2b
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from connector.maps.activity import DealMap
from connector.maps.expressions import Dialect
from connector.maps.filters import Lookups
from connector.problems import BadAnswer
from connector.sources.page import Head
from connector.sources.sell.lists import Lists
from connector.translate import ActivityTranslator
from mirror.activity.records import Record

_TABLES = {
    "stages": ("/v2/stages", "category"),
    "stage_names": ("/v2/stages", "name"),
    "loss_reasons": ("/v2/loss_reasons", "name"),
}
"""Which list each table is of, and what of it an id stands for."""

NO_TABLES: Lookups = {table: {} for table in _TABLES}
"""What the map of deals can look something up in, before it is read."""

_decode = msgspec.json.Decoder(dict[str, Any]).decode


class Deals:
    """The deals of one account, with the tables that say what their ids mean."""

    def __init__(self, lists: Lists, name: str, map_: DealMap, zone: ZoneInfo) -> None:
        self._lists = lists
        self._name = name
        self._known = False
        self._tables: dict[str, dict[str, Any]] = {table: {} for table in _TABLES}
        self._translate = ActivityTranslator(map_, Dialect(zone, self._tables))
        self.whose = self._translate.whose

    @property
    def fingerprint(self) -> bytes:
        """Changes when the map or the tables change."""
        tables = msgspec.json.encode(self._tables, order="sorted")
        return blake2b(self._translate.fingerprint + tables, digest_size=4).digest()

    def forget(self) -> None:
        """Let the tables be read again for the next deal: accounts change their stages."""
        self._known = False

    def prepare(self) -> None:
        """Read the tables where that was not done since; raises MasterProblem."""
        if self._known:
            return
        rows = {path: self._rows(path) for path in dict.fromkeys(p for p, _ in _TABLES.values())}
        if not rows[_TABLES["stages"][0]]:
            raise BadAnswer(
                f"{self._name}: Sell has deals but lists no stage; what became of them cannot be "
                "told. Does the token see stages?"
            )
        for table, (path, field) in _TABLES.items():
            self._tables[table].clear()
            self._tables[table].update({str(row.get("id")): row.get(field) for row in rows[path]})
        self._known = True

    def translate(self, record: dict[str, Any], head: Head) -> Record:
        """The deal in a decoded record; raises Refused and MasterProblem."""
        self.prepare()
        return self._translate(record, head.external_id, head.version, head.instant)

    def _rows(self, path: str) -> list[dict[str, Any]]:
        try:
            return [_decode(raw) for records, _, _ in self._lists.walk(path) for raw in records]
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise BadAnswer(f"{self._name}: what Sell lists at {path} cannot be read.") from None
