"""What the fakes of business systems share: numbered rows with an instant of their last change."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Self
from zoneinfo import ZoneInfo

from connector.sources.rest import RestSource
from tests.fakes.fake_master import START, Call, FakeMaster, Reply, Time, opened
from tests.fakes.stores import Remembering

ZONE = ZoneInfo("America/Sao_Paulo")
CPF = "52998224725"


@dataclass
class Row:
    """A customer of the system: what differs from the usual, and whether it was deleted."""

    number: int
    changed: datetime
    said: dict[str, Any] = field(default_factory=dict)
    deleted: bool = False


class Erp(FakeMaster):
    """Rows by number; ``now`` is the system's local time."""

    preset: ClassVar[str]
    below: ClassVar[str] = ""
    secrets: ClassVar[Mapping[str, str]]
    idle: ClassVar[int]
    """Requests of a run that finds nothing changed."""
    silent: ClassVar[bool] = False
    """Deleted rows leave without a word; otherwise a list or a flag tells."""

    def __init__(self, time: Time | None = None) -> None:
        super().__init__(time)
        self.rows: dict[int, Row] = {}

    def put(self, *numbers: int, **said: Any) -> None:
        """Add or change rows, now."""
        for number in numbers:
            self.rows[number] = Row(number, self.time.wall, said)

    def delete(self, number: int) -> None:
        """Delete a row, now."""
        if self.silent:
            del self.rows[number]
        else:
            self.rows[number] = Row(number, self.time.wall, {}, deleted=True)

    def source(self, secrets: Mapping[str, str] | None = None, **over: Any) -> RestSource:
        """The preset in front of it; tables in ``over`` are laid on it."""
        return opened(self, self.preset, secrets or self.secrets, below=self.below, **over)

    def since(self, text: str | None, format_: str) -> list[Row]:
        """The rows changed since an instant written in that form of local time; all without."""
        asked = datetime.strptime(text, format_).replace(tzinfo=ZONE) if text else None
        return [row for row in self.rows.values() if asked is None or row.changed >= asked]

    def later(self, **of_time: int) -> None:
        """Let time pass."""
        self.time.sleep(timedelta(**of_time).total_seconds())


class Issuer(FakeMaster):
    """A token address that gives a new refresh token with every access token."""

    reads = ("POST /oauth/token",)

    def __init__(self, time: Time, *, basic: str | None) -> None:
        super().__init__(time)
        self.basic = basic
        """The Authorization that is wanted; None where id and secret come in the form."""
        self.given = 0

    @property
    def access(self) -> str:
        """The token that is valid now."""
        return f"access{self.given}"

    def refusal(self, call: Call) -> Reply | None:
        form = call.body
        known = (form.get("client_id"), form.get("client_secret")) == ("id", "s3cret")
        known = call.headers.get("authorization") == self.basic if self.basic else known
        if known and form.get("refresh_token") == f"refresh{self.given}":
            return None
        return Reply({"error": "invalid_grant"}, 400)

    def answer(self, call: Call) -> Reply:
        self.given += 1
        told = {"access_token": self.access, "refresh_token": f"refresh{self.given}"}
        return Reply(told | {"expires_in": 21_600, "token_type": "Bearer"})


class Granted(Erp):
    """A system whose tokens come from an issuer at another address."""

    secrets: ClassVar[Mapping[str, str]] = {
        "client_id": "id",
        "client_secret": "s3cret",
        "refresh_token": "refresh0",
    }
    basic: ClassVar[str | None] = None

    def __init__(self, time: Time | None = None) -> None:
        super().__init__(time)
        self.issuer = Issuer(self.time, basic=self.basic)
        self.store = Remembering()

    def refusal(self, call: Call) -> Reply | None:
        if call.headers.get("authorization") == f"Bearer {self.issuer.access}":
            return None
        return Reply({"error": {"type": "invalid_token"}}, 401)

    def source(self, secrets: Mapping[str, str] | None = None, **over: Any) -> RestSource:
        over = {"auth": {"token_url": f"{self.issuer.url}/oauth/token"}} | over
        return super().source(secrets, store=self.store, **over)

    @contextmanager
    def running(self) -> Iterator[Self]:
        with self.issuer.running(), super().running():
            yield self


def local(instant: datetime, format_: str) -> str:
    """An instant as these systems write it."""
    return instant.astimezone(ZONE).strftime(format_)


__all__ = ["CPF", "START", "UTC", "Call", "Erp", "Granted", "Reply", "local"]
