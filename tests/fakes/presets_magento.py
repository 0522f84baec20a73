"""Magento 2: search criteria in brackets, the last page again past the end, clocks in UTC."""

import re
from datetime import datetime
from typing import ClassVar

from tests.fakes.fake_master import Call, Reply
from tests.fakes.presets_shop import Person, Shop, came, cpf, email, mobile, only

_CUSTOMERS, _GROUPS = "/rest/V1/customers/search", "/rest/V1/customerGroups/search"
_SORT = "searchCriteria[sortOrders][0]"
_FILTER = "searchCriteria[filter_groups][{}][filters][0]"


def stamp(at: datetime) -> str:
    """An instant of UTC that does not say so."""
    return at.strftime("%Y-%m-%d %H:%M:%S")


class Magento(Shop):
    preset = "magento"
    secrets: ClassVar = {"token": "SEGREDO"}
    reads = (f"GET {_CUSTOMERS}", f"GET {_GROUPS}", r"GET /rest/V1/customers/\d+")
    allows = ((1, 2), (60, 60))
    overstates = 0
    """So many more than there are it says to have."""

    def person(self, number: int) -> Person:
        return {
            "id": number,
            "group_id": 1,
            "created_at": stamp(came(number)),
            "updated_at": stamp(came(number)),
            "created_in": "Loja Iguatemi",
            "email": email(number),
            "firstname": "Elisa",
            "lastname": f"Melo {number}",
            "taxvat": cpf(number),
            "addresses": [{"telephone": mobile(number), "street": ["Rua A", "1"]}],
        }

    def touch(self, person: Person, at: datetime) -> None:
        person["updated_at"] = stamp(at)

    def refusal(self, call: Call) -> Reply | None:
        if call.headers.get("authorization") == "Bearer SEGREDO":
            return None
        return Reply({"message": "The consumer isn't authorized to access %resources."}, 401)

    def answer(self, call: Call) -> Reply:
        if call.path == _GROUPS:
            groups = [{"id": 0, "code": "NOT LOGGED IN"}, {"id": 1, "code": "Varejo"}]
            return Reply({"items": groups, "total_count": 2})
        if call.path != _CUSTOMERS:
            person = self.people.get(call.path.rsplit("/", 1)[1])
            found = person and only(person, _outer(call.query["fields"]))
            return Reply(found) if found else Reply({"message": "No such entity"}, 404)
        asked = call.query
        assert asked[f"{_SORT}[field]"] == "entity_id"
        size = int(asked["searchCriteria[pageSize]"])
        rows = sorted(self._wanted(call), key=lambda one: one["id"])
        last = max(1, -(-len(rows) // size))
        # Past the end: the last again.
        page = min(int(asked.get("searchCriteria[currentPage]", "1")), last)
        shown = rows[(page - 1) * size : page * size]
        inner = re.fullmatch(r"items\[(.*)\],total_count", asked["fields"])
        assert inner
        items = [only(one, _outer(inner[1])) for one in shown]
        return Reply({"items": items, "total_count": len(rows) + self.overstates})

    def _wanted(self, call: Call) -> list[Person]:
        rows = list(self.people.values())
        for number in range(2):
            place = _FILTER.format(number)
            if (value := call.query.get(f"{place}[value]")) is None:
                continue
            how = call.query[f"{place}[field]"], call.query[f"{place}[condition_type]"]
            if how == ("entity_id", "gt"):
                rows = [one for one in rows if one["id"] > int(value)]
            elif how == ("updated_at", "gteq"):
                rows = [one for one in rows if one["updated_at"] >= value]
            else:
                raise AssertionError(how)
        return rows


def _outer(fields: str) -> str:
    """The names of fields without what is asked for within them."""
    while "[" in fields:
        fields = re.sub(r"\[[^\[\]]*\]", "", fields)
    return fields
