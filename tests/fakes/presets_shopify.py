"""Shopify: GraphQL by POST, pages of edges, and points that run out inside HTTP 200."""

import re
from base64 import b64decode, b64encode
from datetime import datetime
from typing import Any, ClassVar

from tests.fakes.fake_master import Call, Reply
from tests.fakes.presets_shop import Person, Shop, came, cpf, email, mobile

_SINCE = re.compile(r"updated_at:>='([^']+)'")
_MOST, _RESTORES = 1_000, 50
_OBJECTS = ("defaultEmailAddress {", "defaultPhoneNumber {", "defaultAddress {", "metafield(")


def stamp(at: datetime) -> str:
    """An instant as Shopify writes them."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


class Shopify(Shop):
    preset = "shopify"
    key = "legacyResourceId"
    secrets: ClassVar = {"token": "shpat_SEGREDO"}
    reads = (r"POST /admin/api/\d{4}-\d\d/graphql\.json",)
    allows = ((1, 1),)

    def __init__(self, people: int = 0) -> None:
        super().__init__(people)
        self.points = float(_MOST)
        self.throttled = 0
        self._counted_at = 0.0

    def person(self, number: int) -> Person:
        return {
            "id": f"gid://shopify/Customer/{7_000_000 + number}",
            "legacyResourceId": str(7_000_000 + number),
            "createdAt": stamp(came(number)),
            "updatedAt": stamp(came(number)),
            "state": "DISABLED",
            "displayName": f"Carla Dias {number}",
            "note": None,
            "tags": [],
            "defaultEmailAddress": {"emailAddress": email(number), "marketingState": "SUBSCRIBED"},
            "defaultPhoneNumber": {"phoneNumber": f"+55{mobile(number)}"},
            "defaultAddress": None,
            "document": {"value": cpf(number)},
        }

    def touch(self, person: Person, at: datetime) -> None:
        person["updatedAt"] = stamp(at)

    def refusal(self, call: Call) -> Reply | None:
        if "mutation" in call.body["query"]:
            self.strays.append("mutation")
        if call.headers.get("x-shopify-access-token") == "shpat_SEGREDO":
            return None
        return Reply({"errors": "[API] Invalid API key or access token"}, 401)

    def answer(self, call: Call) -> Reply:
        query, asked = call.body["query"], call.body["variables"]
        if "customer(id: $id)" in query:
            return self._one(asked)
        cost = 2 + asked["first"] * (1 + sum(one in query for one in _OBJECTS))
        self.points = min(_MOST, self.points + (call.at - self._counted_at) * _RESTORES)
        self._counted_at = call.at
        if cost > self.points:
            self.throttled += 1
            error = {"message": "Throttled", "extensions": {"code": "THROTTLED"}}
            return Reply({"errors": [error], "extensions": self._cost(cost, None)})
        self.points -= cost
        return Reply(
            {"data": {"customers": self._page(asked)}, "extensions": self._cost(cost, cost)}
        )

    def _one(self, asked: dict[str, Any]) -> Reply:
        assert set(asked) == {"id", "namespace", "key"}
        found = self.people.get(asked["id"].removeprefix("gid://shopify/Customer/"))
        return Reply({"data": {"customer": found and _node(found)}})

    def _cost(self, requested: int, actual: int | None) -> dict[str, Any]:
        status = {"maximumAvailable": _MOST, "currentlyAvailable": self.points, "restoreRate": 50}
        costs = {"requestedQueryCost": requested, "actualQueryCost": actual}
        return {"cost": {**costs, "throttleStatus": status}}

    def _page(self, asked: dict[str, Any]) -> dict[str, Any]:
        assert (asked["namespace"], asked["key"]) == ("custom", "cpf")
        since = asked.get("query")
        begin = _SINCE.fullmatch(since)[1] if since else ""  # type: ignore[index]
        after = b64decode(asked["after"]).decode() if asked.get("after") else ""
        rows = sorted((_key(one), one) for one in self.people.values() if one["updatedAt"] >= begin)
        left = [row for row in rows if row[0] > after]
        shown = left[: asked["first"]]
        edges = [{"node": _node(one)} for _, one in shown]
        end = b64encode(shown[-1][0].encode()).decode() if shown else None
        info = {"hasNextPage": len(left) > len(shown), "endCursor": end}
        return {"edges": edges, "pageInfo": info}


def _node(person: Person) -> dict[str, Any]:
    return {name: value for name, value in person.items() if name != "id"}


def _key(person: Person) -> str:
    return f"{person['updatedAt']} {person['legacyResourceId']}"
