"""A master in memory that may be asked so many times a day, and no more."""

from typing import Any

from connector.http import Answer, DaySpent, Request
from connector.sources.checks import definition
from connector.sources.rest import RestSource
from tests.fakes.listings import Life, Shop, declared


class Daily(Shop):
    """The master of a life, whose ``asked`` of today are kept; ``stream`` is laid on its file's."""

    def __init__(self, life: Life, per_day: int, **stream: Any) -> None:
        super().__init__(life)
        self.per_day = per_day
        self.asked: list[dict[str, str]] = []
        self.stream = stream

    def send(self, request: Request) -> Answer:
        """The answer, if today's are not spent."""
        if len(self.asked) >= self.per_day:
            sentence = "The day's requests of this source (limits.per_day) are used up."
            raise DaySpent(sentence, 0)
        _path, _, query = request.path.partition("?")
        more = dict(one.split("=") for one in query.split("&")) if query else {}
        self.asked.append(dict(request.query) | more)
        return super().send(request)

    def source(self) -> RestSource:
        """The master as it is declared."""
        file = declared(self.life)
        told = {**file["stream"], **self.stream}
        told = {name: value for name, value in told.items() if value is not None}
        return RestSource("loja", definition({**file, "stream": told}, "loja"), self)
