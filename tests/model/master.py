"""A master in memory: every customer with its whole history, and a clock that only it moves.

It serves what a replica would serve that shows some edits late: what was written at an instant
may be seen only seconds after, though its stamp is the instant.
"""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import msgspec

from mirror.records import Customer

BEGIN = datetime(2024, 3, 1, tzinfo=UTC)
FAR = datetime(2099, 1, 1, tzinfo=UTC)
LATEST_S = 240
"""Seconds after which every edit is seen: well within the overlap of `tests.model.sources`."""
_ZONES = (UTC, timezone(timedelta(hours=-3)), timezone(timedelta(hours=5, minutes=45)))
_LOOKS = (
    {"kind": "PF", "registration": "active", "category": "Ouro"},
    {"kind": "PF", "registration": "blocked", "category": None},
    {"kind": "PJ", "registration": "active", "category": "Prata"},
    {"kind": "PJ", "registration": "inactive", "category": "Ouro"},
)
_encode = msgspec.json.Encoder().encode

Change = tuple[Any, ...]
"""Something that happens at the master: a word and its numbers, see `Master.change`."""


class Edit(msgspec.Struct, frozen=True):
    """What became of one customer at one moment."""

    number: int
    serial: int
    """Counts the edits of this customer, from 1; written into its name."""
    made_at: datetime
    instant: datetime
    """What the master says of when it was made: not always the truth."""
    shown_at: datetime
    state: str = "good"
    """``good``, ``unreadable`` (a field), ``headless`` (its version) or ``gone``."""
    look: int = 0

    @property
    def name(self) -> str:
        return str(self.number)

    @property
    def stamp(self) -> str:
        """The instant as this master happens to write it: zones and fraction digits vary."""
        local = self.instant.astimezone(_ZONES[self.serial % 3])
        spec = ("seconds", "milliseconds", "microseconds")[self.number % 3]
        return local.isoformat(timespec=spec)

    @property
    def broken(self) -> bool:
        return self.state in ("unreadable", "headless")

    def raw(self) -> bytes:
        """The record as it is sent."""
        told = {"id": self.number, "v": self.serial, "updated_at": self.stamp, **self._said()}
        if self.state == "unreadable":
            told["name"] = {"of": told["name"], "by": told["name"]}
        if self.state == "headless":
            told["v"] = "nove"
        return _encode(told)

    def customer(self, version: int) -> Customer:
        """What the mirror should have of it."""
        said = self._said()
        emails = (said.pop("email"),)
        return Customer(
            external_id=self.name, version=version, updated_at=self.instant, emails=emails, **said
        )

    def _said(self) -> dict[str, Any]:
        email = f"cliente{self.number}.{self.serial % 3}@exemplo.com.br"
        return {"name": f"Cliente {self.number} vez {self.serial}", "email": email} | _LOOKS[
            self.look
        ]


class Master:
    """The truth. ``queue`` is what it tells those who follow it by messages."""

    def __init__(self) -> None:
        self.now = BEGIN
        self.history: dict[int, list[Edit]] = {}
        self.queue: list[Edit] = []
        self.acked = 0

    def change(self, change: Change) -> None:
        """Let happen: put, delete, spoil, mend, date, import, purge or tick."""
        word, *numbers = change
        getattr(self, f"_{word}")(*numbers)

    def shown(self, ago_s: int = 0) -> dict[int, Edit]:
        """Who can be seen now, or could so many seconds ago."""
        then = self.now - timedelta(seconds=ago_s)
        seen = {number: self._shown(edits, then) for number, edits in self.history.items()}
        return {number: one for number, one in seen.items() if one and one.state != "gone"}

    def edits(self) -> list[Edit]:
        """Everything that was ever written."""
        return [one for edits in self.history.values() for one in edits]

    def edit_of(self, number: int) -> Edit | None:
        """The last edit of a customer, seen or not."""
        edits = self.history.get(number)
        return edits[-1] if edits else None

    def was_deleted(self, number: int) -> bool:
        """Whether this id was ever given up."""
        return any(one.state == "gone" for one in self.history.get(number, ()))

    @staticmethod
    def _shown(edits: list[Edit], then: datetime) -> Edit | None:
        return next((one for one in reversed(edits) if one.shown_at <= then), None)

    def _tick(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    def _put(self, number: int, look: int = 0, late_s: int = 0, state: str = "good") -> None:
        self._write(number, self.now, look, late_s, state)

    def _fresh(self, number: int, look: int = 0) -> None:
        """Write a customer unless it was once deleted: its id is never used again."""
        if not self.was_deleted(number):
            self._put(number, look)

    def _date(self, number: int) -> None:
        self._write(number, FAR + timedelta(seconds=number % 2), 0, 0, "good")

    def _delete(self, number: int, late_s: int = 0) -> None:
        last = self.edit_of(number)
        if last is not None and last.state != "gone":
            self._put(number, last.look, late_s, "gone")

    def _spoil(self, number: int, headless: int = 0) -> None:
        if self.edit_of(number) is not None:
            self._put(number, 0, 0, "headless" if headless else "unreadable")

    def _mend(self, number: int) -> None:
        last = self.edit_of(number)
        if last is not None and last.broken:
            self._put(number, last.look)

    def _import(self, first: int, many: int) -> None:
        for number in range(first, first + many):
            self._fresh(number, number % 4)

    def _purge(self, step: int) -> None:
        for number in [one for one in self.history if one % step]:
            self._delete(number)

    def _write(self, number: int, instant: datetime, look: int, late_s: int, state: str) -> None:
        edits = self.history.setdefault(number, [])
        shown_at = self.now + timedelta(seconds=late_s)
        edit = Edit(number, len(edits) + 1, self.now, instant, shown_at, state, look)
        edits.append(edit)
        self.queue.append(edit)
