"""SAP Business One: a session of two cookies, links beside the list, changes known by the day."""

import re
from datetime import datetime, timedelta, timezone
from typing import Any, ClassVar
from urllib.parse import quote, unquote

from tests.fakes.fake_master import Call, Reply
from tests.fakes.presets_shop import Person, Shop, came, cpf, email, mobile, only

_BELOW = "/b1s/v1/"
_HERE = timezone(timedelta(hours=-3))
_CUSTOMERS = "CardType eq 'cCustomer'"
_SINCE = re.compile(r" and \(UpdateDate ge '([\d-]{10})' or CreateDate ge '([\d-]{10})'\)")
_TABLES = {
    "BusinessPartnerGroups": [{"Code": 100, "Name": "Varejo"}, {"Code": 101, "Name": "Atacado"}],
    "SalesPersons": [{"SalesEmployeeCode": 7, "SalesEmployeeName": "Paula Nunes"}],
}


def stamp(at: datetime) -> str:
    """The day of an instant, which is all there is."""
    return at.astimezone(_HERE).strftime("%Y-%m-%d")


class SapB1(Shop):
    preset = "sap-b1"
    key = "CardCode"
    secrets: ClassVar = {"company": "SBO_LOJA", "user": "espelho", "password": "SEGREDO"}
    reads = ("POST /b1s/v1/Login", r"GET /b1s/v1/(BusinessPartner(s|Groups)|SalesPersons)(\(.*\))?")
    allows = ((1, 2), (60, 60))

    def __init__(self, people: int = 0) -> None:
        super().__init__(people)
        self.logins = 0
        self.session: str | None = None
        """The session it knows; None once it has forgotten."""
        self.forgets = False
        """It knows no session at all any more."""
        self.links_to = ""

    def person(self, number: int) -> Person:
        return {
            "CardCode": f"C{number:05}",
            "CardType": "cCustomer",
            "CardName": f"Fabio Reis {number}",
            "GroupCode": 100,
            "SalesPersonCode": -1,
            "Phone1": mobile(number),
            "EmailAddress": email(number),
            "Frozen": "tNO",
            "CreateDate": stamp(came(number)),
            "UpdateDate": None,
            "BPFiscalTaxIDCollection": [{"TaxId0": "", "TaxId1": "Isento", "TaxId4": cpf(number)}],
            "CreditLimit": 900.0,
        }

    def touch(self, person: Person, at: datetime) -> None:
        person["UpdateDate"] = stamp(at)

    def refusal(self, call: Call) -> Reply | None:
        if call.method == "POST":
            return None
        cookies = f"B1SESSION={self.session}; ROUTEID=.node3"
        if self.session and not self.forgets and call.headers.get("cookie") == cookies:
            return None
        return Reply(_error(301, "Invalid session or session already timeout."), 401)

    def answer(self, call: Call) -> Reply:
        if call.method == "POST":
            return self._login(call)
        name = call.path.removeprefix(_BELOW)
        if name in _TABLES:
            assert call.headers.get("prefer") == "odata.maxpagesize=0"
            return Reply({"value": _TABLES[name]})
        if name != "BusinessPartners":
            person = self.people.get(unquote(name)[len("BusinessPartners('") : -2])
            found = person and only(person, call.query["$select"])
            return Reply(found) if found else Reply(_error(-2028, "No matching records"), 404)
        return self._listed(call)

    def _login(self, call: Call) -> Reply:
        self.logins += 1
        names = ("CompanyDB", "UserName", "Password")
        if call.body != dict(zip(names, self.secrets.values(), strict=True)):
            return Reply(_error(100_000_027, "Login failed"), 401)
        self.session = f"7f3a-{self.logins}"
        one = f"B1SESSION={self.session}; HttpOnly; Path=/b1s/v1"
        two = "ROUTEID=.node3; path=/b1s"  # a header of its own, as the real one has it
        told = {"SessionId": self.session, "SessionTimeout": 30}
        return Reply(told, headers={"Set-Cookie": f"{one}\r\nSet-Cookie: {two}"})

    def _listed(self, call: Call) -> Reply:
        size = int(call.headers.get("prefer", "odata.maxpagesize=20").partition("=")[2])
        rows = sorted(self._wanted(call.query["$filter"]), key=lambda one: one["CardCode"])
        skip = int(call.query.get("$skip", "0"))
        shown = rows[skip : skip + size]
        body: dict[str, Any] = {"value": [only(one, call.query["$select"]) for one in shown]}
        if skip + size < len(rows):
            rest = {**call.query, "$skip": skip + size}
            query = "&".join(f"{name}={quote(str(value))}" for name, value in rest.items())
            body["odata.nextLink"] = f"{self.links_to}BusinessPartners?{query}"
        return Reply(body)

    def _wanted(self, filter_: str) -> list[Person]:
        rows = [one for one in self.people.values() if one["CardType"] == "cCustomer"]
        assert filter_.startswith(_CUSTOMERS)
        if filter_ == _CUSTOMERS:
            return rows
        match = _SINCE.fullmatch(filter_.removeprefix(_CUSTOMERS))
        assert match
        return [
            one
            for one in rows
            if (one["UpdateDate"] or "") >= match[1] or one["CreateDate"] >= match[2]
        ]


def _error(code: int, words: str) -> dict[str, Any]:
    return {"error": {"code": code, "message": {"lang": "en-us", "value": words}}}
