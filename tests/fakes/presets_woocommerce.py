"""WooCommerce: bare lists by page numbers, their end told in a header; only orders know changes."""

from base64 import b64encode
from datetime import datetime
from typing import Any, ClassVar

from tests.fakes.fake_master import Call, Reply
from tests.fakes.presets_shop import Person, Shop, came, cpf, email, mobile, only


def stamp(at: datetime) -> str:
    """An instant of GMT that does not say so."""
    return at.strftime("%Y-%m-%dT%H:%M:%S")


class WooCommerce(Shop):
    preset = "woocommerce"
    secrets: ClassVar = {"key": "ck_loja", "secret": "cs_SEGREDO"}
    reads = (r"GET /wp-json/wc/v3/(customers|orders)", r"GET /wp-json/wc/v3/customers/\d+")
    allows = ((1, 2), (60, 60))
    says_pages = True
    hidden: tuple[int, ...] = ()
    """Ids that it takes out of a page after it was cut."""

    def __init__(self, people: int = 0) -> None:
        super().__init__(people)
        self.orders: list[dict[str, Any]] = []

    def order(self, number: int, **fields: Any) -> None:
        """An order of the person with the same number, last changed when that one came."""
        line = {"id": 1, "name": "Caneca", "quantity": 2, "price": 17.45, "total": "34.90"}
        usual = {
            "id": number,
            "number": f"A{number}",
            "status": "completed",
            "currency": "BRL",
            "total": "44.90",
            "customer_id": number,
            "date_created_gmt": stamp(came(number)),
            "date_modified_gmt": stamp(came(number)),
            "billing": {"email": "not asked for"},
            "line_items": [line],
        }
        self.orders = [one for one in self.orders if one["id"] != number]
        self.orders.append(usual | fields)

    def person(self, number: int) -> Person:
        return {
            "id": number,
            "date_created_gmt": stamp(came(number)),
            "date_modified_gmt": None,
            "email": email(number),
            "first_name": "Davi",
            "last_name": f"Rocha {number}",
            "username": "not asked for",
            "role": "customer",
            "billing": {"phone": mobile(number), "country": "BR"},
            "shipping": {},
            "meta_data": [
                {"id": number, "key": "billing_cpf", "value": cpf(number)},
                {"id": number + 1, "key": "wc_last_order", "value": {"id": 7}},
            ],
        }

    def touch(self, person: Person, at: datetime) -> None:
        person["date_modified_gmt"] = stamp(at)

    def refusal(self, call: Call) -> Reply | None:
        pair = b64encode(b"ck_loja:cs_SEGREDO").decode()
        if call.headers.get("authorization") == f"Basic {pair}":
            return None
        return Reply({"code": "woocommerce_rest_cannot_view"}, 401)

    def answer(self, call: Call) -> Reply:
        if call.path.endswith("/orders"):
            since = call.query.get("modified_after", "")
            assert (call.query.get("dates_are_gmt") == "true") == bool(since)
            return self._listed(call, [o for o in self.orders if o["date_modified_gmt"] > since])
        if not call.path.endswith("/customers"):
            person = self.people.get(call.path.rsplit("/", 1)[1])
            found = person and only(person, call.query["_fields"])
            return Reply(found) if found else Reply({"code": "invalid_id"}, 404)
        role = call.query.get("role", "customer")
        rows = [one for one in self.people.values() if role in ("all", one["role"])]
        return self._listed(call, rows)

    def _listed(self, call: Call, there: list[dict[str, Any]]) -> Reply:
        asked = call.query
        known = {"page", "per_page", "orderby", "order", "_fields"}
        known |= {"modified_after", "dates_are_gmt"} if call.path.endswith("/orders") else {"role"}
        if set(asked) - known or not 0 < int(asked["per_page"]) <= 100:
            return Reply({"code": "rest_invalid_param"}, 400)
        assert (asked["orderby"], asked["order"]) == ("id", "asc")
        size, page = int(asked["per_page"]), int(asked["page"])
        rows = sorted(there, key=lambda one: one["id"])
        shown = rows[(page - 1) * size : page * size]
        totals = {"X-WP-Total": str(len(rows)), "X-WP-TotalPages": str(-(-len(rows) // size))}
        body = [only(one, asked["_fields"]) for one in shown if one["id"] not in self.hidden]
        return Reply(body, headers=totals if self.says_pages else {})
