"""WooCommerce: a bare list by page numbers, its end told in a header, no asking for changes."""

from base64 import b64encode
from datetime import datetime
from typing import ClassVar

from tests.fakes.fake_master import Call, Reply
from tests.fakes.presets_shop import Person, Shop, came, cpf, email, mobile, only


def stamp(at: datetime) -> str:
    """An instant of GMT that does not say so."""
    return at.strftime("%Y-%m-%dT%H:%M:%S")


class WooCommerce(Shop):
    preset = "woocommerce"
    secrets: ClassVar = {"key": "ck_loja", "secret": "cs_SEGREDO"}
    reads = ("GET /wp-json/wc/v3/customers", r"GET /wp-json/wc/v3/customers/\d+")
    allows = ((1, 2), (60, 60))
    says_pages = True
    hidden: tuple[int, ...] = ()
    """Ids that it takes out of a page after it was cut."""

    def person(self, number: int) -> Person:
        return {
            "id": number,
            "date_created_gmt": stamp(came(number)),
            "date_modified_gmt": None,
            "email": email(number),
            "first_name": "Davi",
            "last_name": f"Rocha {number}",
            "username": "not asked for",
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
        if not call.path.endswith("/customers"):
            person = self.people.get(call.path.rsplit("/", 1)[1])
            found = person and only(person, call.query["_fields"])
            return Reply(found) if found else Reply({"code": "invalid_id"}, 404)
        asked = call.query
        known = {"page", "per_page", "orderby", "order", "_fields"}
        if set(asked) - known or not 0 < int(asked["per_page"]) <= 100:
            return Reply({"code": "rest_invalid_param"}, 400)
        assert (asked["orderby"], asked["order"]) == ("id", "asc")
        size, page = int(asked["per_page"]), int(asked["page"])
        rows = sorted(self.people.values(), key=lambda one: one["id"])
        shown = rows[(page - 1) * size : page * size]
        totals = {"X-WP-Total": str(len(rows)), "X-WP-TotalPages": str(-(-len(rows) // size))}
        body = [only(one, asked["_fields"]) for one in shown if one["id"] not in self.hidden]
        return Reply(body, headers=totals if self.says_pages else {})
