"""Odoo: every question posted to one address, failures under 200, false where there is nothing."""

from datetime import datetime
from typing import Any, ClassVar

from tests.fakes.fake_master import Call, Reply
from tests.fakes.presets_shop import Person, Shop, came, cpf, email, mobile

_STATES = [{"id": 95, "code": "SP"}, {"id": 96, "code": "RJ"}]
_STORED = {"id", "write_date", "type"}
_OPERATORS = {
    ">": lambda one, other: one > other,
    ">=": lambda one, other: one >= other,
    "=": lambda one, other: one == other,
}


def stamp(at: datetime) -> str:
    """An instant of UTC that does not say so."""
    return at.strftime("%Y-%m-%d %H:%M:%S")


class Odoo(Shop):
    preset = "odoo"
    secrets: ClassVar = {"database": "producao", "uid": "4177", "api_key": "SEGREDO"}
    reads = ("POST /jsonrpc",)
    allows = ((1, 2), (60, 60))

    def __init__(self, people: int = 0) -> None:
        super().__init__(people)
        self.tags: list[dict[str, Any]] = [{"id": 3, "name": "Atacado"}]

    def person(self, number: int) -> Person:
        return {
            "id": number,
            "type": "contact",
            "name": f"Eva Prado {number}",
            "is_company": False,
            "active": True,
            "vat": cpf(number),
            "email": email(number),
            "phone": False,
            "mobile": mobile(number),
            "street": False,
            "street2": False,
            "zip": False,
            "city": False,
            "state_id": False,
            "country_id": False,
            "parent_id": False,
            "user_id": False,
            "category_id": [],
            "function": False,
            "website": False,
            "ref": False,
            "comment": False,
            "create_date": stamp(came(number)),
            "write_date": stamp(came(number)),
        }

    def touch(self, person: Person, at: datetime) -> None:
        person["write_date"] = stamp(at)

    def refusal(self, call: Call) -> Reply | None:
        database, uid, key = call.body["params"]["args"][:3]
        if (database, int(uid), key) == ("producao", 4177, "SEGREDO"):
            return None
        return failure("odoo.exceptions.AccessDenied", "Access Denied")

    def answer(self, call: Call) -> Reply:
        params = call.body["params"]
        assert (params["service"], params["method"]) == ("object", "execute_kw")
        model, method, (domain,), options = params["args"][3:]
        assert method == "search_read"
        if model == "res.country.state":
            return result(_STATES)
        if model == "res.partner.category":
            return result(self.tags)
        assert model == "res.partner"
        assert options["context"]["active_test"] is False
        rows = [one for one in self.people.values() if _fits(one, domain)]
        rows.sort(key=lambda one: one[options["order"]])
        unknown = set(options["fields"]) - {name for one in rows for name in one}
        if rows and unknown:
            return failure("builtins.ValueError", f"Invalid field '{min(unknown)}' on model")
        shown = rows[: options["limit"]]
        return result([{name: one[name] for name in options["fields"]} for one in shown])


def result(rows: list[Any]) -> Reply:
    """What was asked for."""
    return Reply({"jsonrpc": "2.0", "id": None, "result": rows})


def failure(name: str, message: str) -> Reply:
    """A failure as Odoo tells it."""
    data = {"name": name, "debug": "Traceback…", "message": message, "arguments": [message]}
    error = {"code": 200, "message": "Odoo Server Error", "data": data}
    return Reply({"jsonrpc": "2.0", "id": None, "error": error})


def _fits(row: Person, domain: list[Any]) -> bool:
    for name, operator, value in domain:
        assert name in _STORED
        if not _OPERATORS[operator](row[name], value):
            return False
    return True
