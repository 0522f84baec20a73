"""Nuvemshop: a bare list, links to the next page, 404 past the last, a bucket that leaks."""

from datetime import datetime, timedelta, timezone
from typing import ClassVar
from urllib.parse import urlencode

from tests.fakes.fake_master import Call, Reply
from tests.fakes.presets_shop import Person, Shop, came, cpf, email, mobile, only

_HERE = timezone(timedelta(hours=-3))
_BUCKET, _LEAKS = 40, 2


def stamp(at: datetime) -> str:
    """An instant with an offset without a colon, as Nuvemshop writes them."""
    return at.astimezone(_HERE).strftime("%Y-%m-%dT%H:%M:%S%z")


class Nuvemshop(Shop):
    preset = "nuvemshop"
    secrets: ClassVar = {"token": "SEGREDO", "contact": "ti@loja.exemplo"}
    below = "/2025-03/4242"
    reads = ("GET /2025-03/4242/customers", r"GET /2025-03/4242/customers/\d+")
    allows = ((1, 2), (60, 120))

    def __init__(self, people: int = 0) -> None:
        super().__init__(people)
        self.unpaid = False
        self.others = 0.0
        """What other programs of the same app have in the bucket."""
        self.links_to: str | None = None
        self._filled_at = 0.0

    def person(self, number: int) -> Person:
        return {
            "id": 80_000 + number,
            "name": f"Bruna Lima {number}",
            "email": email(number),
            "identification": cpf(number),
            "phone": f"+55{mobile(number)}",
            "note": None,
            "addresses": [],
            "extra": {},
            "total_spent": "89.00",
            "created_at": stamp(came(number)),
            "updated_at": stamp(came(number)),
        }

    def touch(self, person: Person, at: datetime) -> None:
        person["updated_at"] = stamp(at)

    def refusal(self, call: Call) -> Reply | None:
        if "(ti@loja.exemplo)" not in call.headers.get("user-agent", ""):
            return Reply({"code": 400, "message": "Bad Request"}, 400)
        if call.headers.get("authentication") != "bearer SEGREDO":
            return Reply({"code": 401, "message": "Unauthorized"}, 401)
        if self.unpaid:
            return Reply({"code": 402, "message": "Payment Required"}, 402)
        return self._bucket(call)

    def _bucket(self, call: Call) -> Reply | None:
        leaked = (call.at - self._filled_at) * _LEAKS
        self.others, self._filled_at = max(0.0, self.others - leaked), call.at
        if self.others + 1 > _BUCKET:
            reset = {"x-rate-limit-reset": str(int(self.others / _LEAKS * 1_000))}
            return Reply({"code": 429, "message": "Too Many Requests"}, 429, reset)
        self.others += 1
        return None

    def answer(self, call: Call) -> Reply:
        if not call.path.endswith("/customers"):
            person = self.people.get(call.path.rsplit("/", 1)[1])
            found = person and only(person, call.query["fields"])
            return Reply(found) if found else Reply({"code": 404}, 404)
        size, page = int(call.query["per_page"]), int(call.query["page"])
        assert size <= 200
        rows = self._wanted(call.query.get("updated_at_min"))
        last = -(-len(rows) // size)
        if page > last:
            told = {"code": 404, "message": "Not Found", "description": f"Last page is {last}"}
            return Reply(told, 404)
        shown = rows[(page - 1) * size : page * size]
        headers = {"X-Total-Count": str(len(rows))} | self._links(call, page, last)
        return Reply([only(one, call.query["fields"]) for one in shown], headers=headers)

    def _wanted(self, since: str | None) -> list[Person]:
        rows = sorted(self.people.values(), key=lambda one: one["id"])
        if since is None:
            return rows
        begin = datetime.fromisoformat(since)
        return [one for one in rows if datetime.fromisoformat(one["updated_at"]) >= begin]

    def _links(self, call: Call, page: int, last: int) -> dict[str, str]:
        def link(number: int, name: str) -> str:
            query = urlencode({**call.query, "page": number})
            return f'<{self.links_to or self.url}{call.path}?{query}>; rel="{name}"'

        links = [link(page + 1, "next"), link(last, "last")] if page < last else []
        return {"Link": ", ".join(links)} if links else {}
