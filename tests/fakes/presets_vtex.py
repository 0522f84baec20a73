"""VTEX Master Data v1: a scroll whose token comes in a header, goes alone, and dies."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import ClassVar

from tests.fakes.fake_master import Call, Reply
from tests.fakes.presets_shop import Person, Shop, came, cpf, email, mobile, only

_SINCE = re.compile(r"\(updatedIn>(\S+) OR createdIn>(\S+)\)")
_LASTS_S = 1_200


def stamp(at: datetime) -> str:
    """An instant with seven decimals, as VTEX writes them."""
    return at.strftime("%Y-%m-%dT%H:%M:%S.%f") + "9Z"


class Vtex(Shop):
    preset = "vtex"
    secrets: ClassVar = {"app_key": "vtexappkey-loja", "app_token": "SEGREDO"}
    reads = ("GET /api/dataentities/CL/scroll", r"GET /api/dataentities/CL/documents/[\w-]+")
    allows = ((1, 5), (60, 120))
    says_token_once = False
    """The token comes with the first page only."""
    fate: Callable[[], str] | None = None
    """What becomes of a page of the scroll: "lost" on its way, or the one before went to somebody
    in between ("twice")."""

    def __init__(self, people: int = 0) -> None:
        super().__init__(people)
        self.scrolls = 0
        self._left: list[Person] = []
        self._size, self._fields = 0, ""
        self._last = 0.0

    def person(self, number: int) -> Person:
        return {
            "id": f"8a0c{number:04x}-0000-11ee-8452-{number:012x}",
            "createdIn": stamp(came(number)),
            "updatedIn": None,
            "isCorporate": False,
            "firstName": "Ana",
            "lastName": f"Souza {number}",
            "document": cpf(number),
            "documentType": "cpf",
            "email": email(number),
            "phone": f"+55{mobile(number)}",
            "userId": "not asked for",
        }

    def touch(self, person: Person, at: datetime) -> None:
        person["updatedIn"] = stamp(at)

    def refusal(self, call: Call) -> Reply | None:
        key, token = (call.headers.get(f"x-vtex-api-app{one}") for one in ("key", "token"))
        if (key, token) == (self.secrets["app_key"], self.secrets["app_token"]):
            return None
        return Reply({"Message": "Access denied"}, 403)

    def answer(self, call: Call) -> Reply:
        if "/documents/" in call.path:
            person = self.people.get(call.path.rsplit("/", 1)[1])
            return Reply(only(person, call.query["_fields"])) if person else Reply({}, 404)
        if "_token" in call.query:
            return self._next(call)
        self.scrolls += 1
        self._size, self._fields = int(call.query["_size"]), call.query["_fields"]
        if not 0 < self._size <= 1_000:
            return Reply({"Message": "size"}, 400)
        # In no order that anybody could rely on.
        self._left = sorted(self._wanted(call.query.get("_where")), key=lambda one: one["id"][::-1])
        return self._page(first=True)

    def _wanted(self, where: str | None) -> list[Person]:
        if where is None:
            return list(self.people.values())
        match = _SINCE.fullmatch(where)
        assert match
        return [
            one
            for one in self.people.values()
            if (one["updatedIn"] or "") > match[1] or one["createdIn"] > match[2]
        ]

    def _next(self, call: Call) -> Reply:
        alive = self.time.now - self._last <= _LASTS_S
        if set(call.query) != {"_token"} or call.query["_token"] != self._token or not alive:
            return Reply({"Message": "Invalid token"}, 400)
        fate = self.fate() if self.fate else ""
        if fate == "twice":
            self._page(first=False)
        page = self._page(first=False)
        return Reply({}, 504) if fate == "lost" else page

    def _page(self, *, first: bool) -> Reply:
        self._last = self.time.now
        shown, self._left = self._left[: self._size], self._left[self._size :]
        told = {"X-VTEX-MD-TOKEN": self._token} if first or not self.says_token_once else {}
        return Reply([only(one, self._fields) for one in shown], headers=told)

    @property
    def _token(self) -> str:
        return f"FGhpbmNlb25l{self.scrolls}=="
