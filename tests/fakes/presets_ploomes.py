"""A Ploomes account on a real socket: OData lists of at most 300, links to the host that answered.

Strict where Ploomes is: no key, no answer; dates unquoted with an offset; navigation properties
only where they are expanded; an operator that is none is a 400.
"""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from connector.sources.rest import RestSource
from tests.fakes.fake_master import Call, FakeMaster, Reply, Time, opened

KEY = "A1" * 64
STATUS = [
    {"Id": 10003456, "Name": "Ativo", "Discarded": False},
    {"Id": 10003457, "Name": "INATIVO", "Discarded": False},
    {"Id": 10003458, "Name": "Prospecção", "Discarded": False},
    {"Id": 10003459, "Name": "Fora da carteira", "Discarded": True},
]
TYPES = [{"Id": 1, "Name": "Empresa"}, {"Id": 2, "Name": "Pessoa"}]
FIELDS = [
    {"Id": 1, "Key": "contact_name", "Name": "Nome"},
    {"Id": 10005028, "Key": "contact_A51D-D354", "Name": "E-mail de cobrança"},
    {"Id": 10005029, "Key": "contact_77AA-0001", "Name": "Interesses"},
    {"Id": 10005030, "Key": "contact_77AA-0002", "Name": "Situação da carteira"},
]
_EXPANDED = {
    "/Contacts": ("Phones", "Tags", "City", "Owner", "Company", "OtherProperties"),
    "/Deals": ("LossReason", "Stage", "Pipeline", "Currency", "Status"),
    "/Orders": ("Owner", "Products", "Stage"),
}
"""What each list leaves out unless it is asked to expand it."""
_REAL = {"Id": 1, "Code": "BRL"}
_DATE = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?[+-]\d\d:\d\d"


def contact(number: int, **changed: Any) -> dict[str, Any]:
    """A person without anything more, changed last at the second ``number`` of March."""
    minute, second = divmod(number, 60)
    hour, minute = divmod(minute, 60)
    stamp = f"2024-03-{1 + hour // 24:02}T{hour % 24:02}:{minute:02}:{second:02}-03:00"
    return {
        "Id": number,
        "TypeId": 2,
        "Name": f"Cliente {number}",
        "LegalName": None,
        "Register": None,
        "CNPJ": None,
        "CPF": None,
        "StatusId": 10003456,
        "CompanyId": None,
        "Email": f"cliente{number}@exemplo.com.br",
        "ZipCode": None,
        "Editable": True,
        "Deletable": True,
        "CreateDate": "2023-11-04T23:12:07.4-03:00",
        "LastUpdateDate": stamp,
        "Phones": [],
        "Tags": [],
        "City": None,
        "Owner": None,
        "Company": None,
        "OtherProperties": [],
    } | changed


def deal(number: int, **changed: Any) -> dict[str, Any]:
    """An open deal of the contact with the same number, changed when that was."""
    return {
        "Id": number,
        "Title": f"Fornecimento {number}",
        "ContactId": number,
        "ContactName": f"Cliente {number}",
        "PersonId": None,
        "PipelineId": 10000968,
        "StageId": 10004996,
        "StatusId": 1,
        "LossReasonId": None,
        "StartDate": "2024-01-10T10:00:00-03:00",
        "FinishDate": None,
        "CurrencyId": 1,
        "Amount": 18250.5,
        "CreateDate": "2024-01-10T10:00:00.1-03:00",
        "LastUpdateDate": contact(number)["LastUpdateDate"],
        "Status": {"Id": 1, "Name": "Em aberto"},
        "LossReason": None,
        "Stage": {"Id": 10004996, "Name": "Proposta"},
        "Pipeline": {"Id": 10000968, "Name": "Vendas"},
        "Currency": _REAL,
    } | changed


def order(number: int, **changed: Any) -> dict[str, Any]:
    """A sale to the contact with the same number, changed when that was."""
    line = {"ProductName": "Farinha", "Quantity": 2, "UnitPrice": 9.9, "Total": 19.8}
    return {
        "Id": number,
        "OrderNumber": 1000 + number,
        "Date": "2024-02-20T00:00:00-03:00",
        "ContactId": number,
        "PersonId": None,
        "DealId": None,
        "StageId": 7,
        "Amount": 19.8,
        "CreateDate": "2024-02-20T09:12:07.4-03:00",
        "LastUpdateDate": contact(number)["LastUpdateDate"],
        "Owner": {"Id": 10003850, "Name": "Vendedora Um"},
        "Stage": {"Id": 7, "Name": "Faturado"},
        "Products": [line | {"Currency": _REAL}],
    } | changed


def other(key: str, **value: Any) -> dict[str, Any]:
    """A row of OtherProperties with one slot filled."""
    slots = (
        "StringValue", "BigStringValue", "IntegerValue", "DecimalValue", "DateTimeValue",
        "BoolValue", "ObjectValueId", "ObjectValueName", "UserValueName", "ContactValueName",
    )  # fmt: skip
    return {"FieldId": 1, "FieldKey": key, **dict.fromkeys(slots), **value}


class Ploomes(FakeMaster):
    """The account."""

    reads = (r"GET /(Contacts|Deals|Orders)", r"GET /Contacts@(Status|Types)", r"GET /Fields")
    allows = ((60, 120),)

    def __init__(self, time: Time | None = None) -> None:
        super().__init__(time)
        self.contacts: dict[int, dict[str, Any]] = {}
        self.deals: dict[int, dict[str, Any]] = {}
        self.orders: dict[int, dict[str, Any]] = {}
        self.most = 300
        """Records of one page, whatever ``$top`` asks."""
        self.link_host: str | None = None
        """Who a next link names: nobody (a relative one), a host; None sends no links."""
        self.before: Callable[[Call], object] = lambda call: None
        """Called before a page is answered: what changes while a listing is read."""

    def put(self, *contacts: dict[str, Any]) -> None:
        """Add or change contacts."""
        self.contacts |= {one["Id"]: one for one in contacts}

    def put_deals(self, *deals: dict[str, Any]) -> None:
        """Add or change deals."""
        self.deals |= {one["Id"]: one for one in deals}

    def put_orders(self, *orders: dict[str, Any]) -> None:
        """Add or change orders."""
        self.orders |= {one["Id"]: one for one in orders}

    def refusal(self, call: Call) -> Reply | None:
        if call.headers.get("user-key") == KEY:
            return None
        return Reply({"Message": "Authorization has been denied."}, 401)

    def answer(self, call: Call) -> Reply:
        lists = {"/Contacts@Status": STATUS, "/Contacts@Types": TYPES, "/Fields": FIELDS}
        if call.path in lists:
            return Reply({"@odata.context": "…", "value": lists[call.path]})
        self.before(call)
        kept = {"/Contacts": self.contacts, "/Deals": self.deals, "/Orders": self.orders}
        try:
            wanted = call.query.get("$filter")
            rows = [one for one in kept[call.path].values() if _fits(one, wanted)]
        except ValueError:
            return Reply({"error": {"message": "Syntax error in $filter"}}, 400)
        if order := call.query.get("$orderby"):
            rows.sort(key=lambda one: one[order])
        skip, top = int(call.query.get("$skip", "0")), int(call.query.get("$top", "300"))
        size = min(top, self.most)
        expand = call.query.get("$expand", "")
        shown = [_expanded(one, expand, call.path) for one in rows[skip : skip + size]]
        page = {"@odata.context": "…", "value": shown}
        if self.link_host is not None and skip + size < len(rows):
            further = {**call.query, "$skip": str(skip + size)}
            page["@odata.nextLink"] = f"{self.link_host}{call.path}?{urlencode(further)}"
        return Reply(page)


def source(ploomes: Ploomes, key: str = KEY, **over: Any) -> RestSource:
    """The preset ``ploomes`` in front of the account; tables in ``over`` are laid on it."""
    return opened(ploomes, "ploomes", {"user_key": key}, **over)


def _fits(row: dict[str, Any], wanted: str | None) -> bool:
    conditions = wanted.split(" and ") if wanted else []
    return all(_meets(row, condition) for condition in conditions)


def _meets(row: dict[str, Any], condition: str) -> bool:
    if condition.startswith("(") and condition.endswith(")"):
        return any(_meets(row, one) for one in condition[1:-1].split(" or "))
    if match := re.fullmatch(r"Id (gt|eq) (\d+)", condition):
        number = int(match[2])
        return bool(row["Id"] > number if match[1] == "gt" else row["Id"] == number)
    if match := re.fullmatch(rf"(LastUpdateDate|CreateDate) ge ({_DATE})", condition):
        said = row[match[1]]  # null is after nothing
        asked = datetime.fromisoformat(match[2])
        return said is not None and datetime.fromisoformat(said) >= asked
    raise ValueError(f"Ploomes knows no {condition!r}")


def _expanded(row: dict[str, Any], expand: str, path: str) -> dict[str, Any]:
    there = _EXPANDED[path]
    named = {name for name in there if re.search(rf"(^|,){name}\b", expand)}
    return {key: one for key, one in row.items() if key not in there or key in named}
