"""Where a run goes on from: the master's newest instant that is safe, in the master's writing.

Never "now", never ahead of what was read: a date in the future does not move it, and where a
listing is not oldest first it waits for the listing's end (promise 3).
"""

from datetime import UTC, datetime, timedelta

from connector.sources.page import Head, Page

_CLOCK_DRIFT = timedelta(minutes=5)


class Cursor:
    """The position of one run, moved by the heads of its pages."""

    def __init__(self, begun_at: str | None, instant: datetime | None, *, ordered: bool) -> None:
        self.at = begun_at
        """What to go on from once everything seen so far is committed."""
        self.holds = ordered
        """Whether that may be committed before the listing has ended."""
        self._newest = instant
        self._last: datetime | None = None
        self._began: datetime | None = None
        self._told = False

    def see(self, heads: list[Head], page: Page) -> None:
        """Move past these heads of the page, or to where the page itself says."""
        self._began = self._began or page.at
        latest = min(page.at, datetime.now(UTC)) + _CLOCK_DRIFT
        for head in heads:
            if head.instant is not None and head.stamp is not None:
                self._see(head.instant, head.stamp, latest)
        if page.cursor is not None and not self._told:  # read again, a listing began later
            self.at, self._told = page.cursor, True

    def _see(self, instant: datetime, stamp: str, latest: datetime) -> None:
        if self._last is not None and instant < self._last:
            self.holds = False  # not oldest first: what is still to come may be older
        self._last = instant
        if not self.holds and self._began and instant > self._began:
            return  # what changed before it, in a part that was read already, was not seen
        if instant <= latest and (self._newest is None or instant > self._newest):
            self._newest, self.at = instant, stamp
