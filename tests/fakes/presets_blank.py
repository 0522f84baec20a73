"""Masters for the blank presets, as their standards and vendors have them: the names are ours."""

from datetime import datetime
from typing import Any, ClassVar
from urllib.parse import urlencode

from tests.fakes.fake_master import Call, Reply
from tests.fakes.presets_shop import Person, Shop, came, cpf, email, mobile


def stamp(at: datetime) -> str:
    """An instant of UTC."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


class Blank(Shop):
    """A list in order of ids; a token goes before every answer."""

    secrets: ClassVar = {"token": "SEGREDO"}
    changed: ClassVar[str]
    """Where a person has the stamp of the last change."""
    denied: ClassVar[dict[str, Any]] = {"error": "unauthorized"}

    def touch(self, person: Person, at: datetime) -> None:
        person[self.changed] = stamp(at)

    def refusal(self, call: Call) -> Reply | None:
        if call.headers.get("authorization") == "Bearer SEGREDO":
            return None
        return Reply(self.denied, 401)

    def rows(self, since: str | None = None, after: str | None = None) -> list[Person]:
        """Those changed since an instant, with ids above one, in their order."""
        rows = sorted(self.people.values(), key=lambda one: one[self.key])
        return [
            one
            for one in rows
            if (since is None or one[self.changed] >= since)
            and (after is None or one[self.key] > int(after))
        ]

    def next_of(self, call: Call, start: int) -> str:
        """The address of a later page: what was asked, from another row on."""
        return f"{self.url}{call.path}?{urlencode({**call.query, 'start': start})}"


class OData(Blank):
    preset = "odata"
    key = "Id"
    changed = "ModifiedAt"
    reads = ("GET /Customers", r"GET /Customers\(\d+\)")

    def person(self, number: int) -> Person:
        return {
            "Id": number,
            "Name": f"Ada Reis {number}",
            "TaxId": cpf(number),
            "Email": email(number),
            "MobilePhone": mobile(number),
            "CreatedAt": stamp(came(number)),
            "ModifiedAt": None,  # until the first change
            "PersonType": "F",
            "Status": "Active",
            "Addresses": [],
        }

    def answer(self, call: Call) -> Reply:
        if call.path != "/Customers":
            person = self.people.get(call.path.removeprefix("/Customers(")[:-1])
            told = {"error": {"code": "404", "message": "Not found"}}
            return Reply(person) if person else Reply(told, 404)
        assert call.query["$orderby"] == "Id"
        size = int(call.headers["prefer"].removeprefix("odata.maxpagesize="))
        rows = self.rows()
        if wanted := call.query.get("$filter"):
            changed, made = (part.split(" ge ") for part in wanted.split(" or "))
            assert (changed[0], made[0], changed[1]) == ("ModifiedAt", "CreatedAt", made[1])
            rows = [
                one
                for one in rows
                if (one["ModifiedAt"] or "") >= made[1] or one["CreatedAt"] >= made[1]
            ]
        start = int(call.query.get("start", "0"))
        page: dict[str, Any] = {"value": rows[start : start + size]}
        if start + size < len(rows):
            page["@odata.nextLink"] = self.next_of(call, start + size)
        return Reply(page)


class JsonApi(Blank):
    preset = "jsonapi"
    changed = "updated_at"
    reads = ("GET /customers", r"GET /customers/\d+")
    denied: ClassVar = {"errors": [{"status": "401", "detail": "No"}]}

    def person(self, number: int) -> Person:
        return {
            "id": number,
            "name": f"Ada Reis {number}",
            "cpf": cpf(number),
            "email": email(number),
            "mobile": mobile(number),
            "created_at": stamp(came(number)),
            "updated_at": stamp(came(number)),
            "person_type": "person",
            "status": "ativo",
        }

    def answer(self, call: Call) -> Reply:
        assert call.headers["accept"] == "application/vnd.api+json"
        kind = {"Content-Type": "application/vnd.api+json"}
        if call.path != "/customers":
            person = self.people.get(call.path.rsplit("/", 1)[1])
            if person is None:
                return Reply({"errors": [{"status": "404"}]}, 404, kind)
            return Reply({"data": _resource(person)}, headers=kind)
        size, start = int(call.query["page[size]"]), int(call.query.get("start", "0"))
        rows = self.rows(call.query.get("filter[updated_since]"))
        more = start + size < len(rows)
        links = {"next": self.next_of(call, start + size) if more else None}
        shown = [_resource(one) for one in rows[start : start + size]]
        return Reply({"data": shown, "links": links}, headers=kind)


def _resource(person: Person) -> dict[str, Any]:
    attributes = {name: one for name, one in person.items() if name != "id"}
    return {"type": "customers", "id": str(person["id"]), "attributes": attributes}


class Strapi(Blank):
    preset = "strapi"
    changed = "updatedAt"
    reads = ("GET /api/customers",)
    denied: ClassVar = {"data": None, "error": {"status": 401, "message": "No"}}

    def person(self, number: int) -> Person:
        return {
            "id": number,
            "documentId": f"doc{number}",
            "name": f"Ada Reis {number}",
            "cpf": cpf(number),
            "email": email(number),
            "phone": mobile(number),
            "person_type": "F",
            "createdAt": stamp(came(number)),
            "updatedAt": stamp(came(number)),
        }

    def answer(self, call: Call) -> Reply:
        if asked := call.query.get("filters[id][$eq]"):
            person = self.people.get(asked)
            return Reply({"data": [person] if person else [], "meta": {}})
        size = min(int(call.query["pagination[pageSize]"]), 100)
        assert call.query["sort[0]"] == "id:asc"
        rows = self.rows(call.query.get("filters[updatedAt][$gte]"), call.query["filters[id][$gt]"])
        return Reply({"data": rows[:size], "meta": {"pagination": {"total": len(rows)}}})


class Directus(Blank):
    preset = "directus"
    changed = "date_updated"
    reads = ("GET /items/customers",)
    denied: ClassVar = {"errors": [{"message": "No", "extensions": {"code": "INVALID_TOKEN"}}]}

    def person(self, number: int) -> Person:
        return {
            "id": number,
            "status": "published",
            "date_created": stamp(came(number)),
            "date_updated": None,
            "name": f"Ada Reis {number}",
            "cpf": cpf(number),
            "email": email(number),
            "phone": mobile(number),
            "person_type": "F",
        }

    def answer(self, call: Call) -> Reply:
        if asked := call.query.get("filter[id][_eq]"):
            person = self.people.get(asked)
            return Reply({"data": [person] if person else []})
        assert call.query["sort"] == "id"
        since = call.query.get("filter[_or][0][date_updated][_gte]", "")
        assert call.query.get("filter[_or][1][date_created][_gte]", "") == since
        rows = [
            one
            for one in self.rows(after=call.query["filter[id][_gt]"])
            if (one["date_updated"] or "") >= since or one["date_created"] >= since
        ]
        return Reply({"data": rows[: int(call.query["limit"])]})


class Pages(Blank):
    preset = "pages"
    changed = "updated_at"
    reads = ("GET /customers",)

    def person(self, number: int) -> Person:
        return {
            "id": number,
            "updated_at": stamp(came(number)),
            "created_at": stamp(came(number)),
            "name": f"Ada Reis {number}",
            "type": "F",
            "status": "ativo",
            "document": cpf(number),
            "email": email(number),
            "phone": mobile(number),
        }

    def answer(self, call: Call) -> Reply:
        assert call.query["sort"] == "id"
        rows = self.rows(call.query.get("updated_since"))
        page, size = int(call.query["page"]), int(call.query["per_page"])
        shown = rows[(page - 1) * size : page * size]
        return Reply({"items": shown, "pages": -(-len(rows) // size)})
