"""A Protheus installation: it ignores every filter, is slow, and spells its keys as it likes."""

from typing import Any

from connector.auth.oauth import basic
from tests.fakes.presets_erp import Call, Erp, Reply, Row


class Protheus(Erp):
    """The installation."""

    preset = "protheus"
    below = "/rest"
    secrets = {"user": "espelho", "password": "s3nha"}  # noqa: RUF012 - read only
    reads = ("GET /rest/api/crm/v1/customerVendor/1",)
    allows = ((60, 30),)
    silent = True
    idle = 2  # everybody, each time: two pages of a hundred

    def __init__(self, *of_master: Any) -> None:
        super().__init__(*of_master)
        self.capital = False
        """An older release, whose keys begin with capital letters."""

    def refusal(self, call: Call) -> Reply | None:
        if call.headers.get("authorization") == basic("espelho", "s3nha"):
            return None
        return Reply({"code": "401", "message": "Unauthorized"}, 401)

    def answer(self, call: Call) -> Reply:
        self.time.sleep(3.5)
        page, size = int(call.query["page"]), int(call.query["pageSize"])
        rows = [record(row) for row in self.rows.values()]
        if self.capital:
            rows = [_capital(row) for row in rows]
        shown, more = rows[(page - 1) * size : page * size], page * size < len(rows)
        return Reply({"hasNext": more, "items": shown})


def record(row: Row) -> dict[str, Any]:
    """A customer."""
    address = {
        "address": "RUA DAS ACACIAS",
        "number": "12",
        "district": "CENTRO",
        "zipCode": "95700000",
        "city": {"cityCode": "02104", "cityDescription": "BENTO GONCALVES"},
        "state": {"stateId": "RS"},
    }
    spoken = {
        "diallingCode": "054",
        "phoneNumber": "99999-8888",
        "email": f"cliente{row.number}@exemplo.com.br",
    }
    return {
        "code": f"{row.number:06}",
        "storeId": "01",
        "name": f"CLIENTE {row.number}",
        "shortName": f"CLI {row.number}",
        "entityType": "Person",
        "registerSituation": "2",
        "governmentalInformation": [{"name": "CPF|CNPJ", "id": "52998224725", "scope": ""}],
        "address": address,
        "listOfCommunicationInformation": [spoken],
    } | row.said


def _capital(value: Any) -> Any:
    if isinstance(value, list):
        return [_capital(one) for one in value]
    if isinstance(value, dict):
        return {_spelled(key): _capital(one) for key, one in value.items()}
    return value


def _spelled(key: str) -> str:
    return "ZIPCode" if key == "zipCode" else key[0].upper() + key[1:]
