"""Orders and the like from a declared master: read as customers are, each with pages of its own."""

from datetime import UTC, datetime
from typing import Any

import pytest

from config.assemble import merged, preset
from connector.http import Answer, BadAnswer, Request, Unreachable, WriteRefused
from connector.mapping.strict_json import decode_object
from connector.sources.checks import definition
from connector.sources.rest import RestSource, open_source
from mirror.records import STREAMS, Customer, Deal, Order
from tests.fakes.master import encode, record
from tests.fakes.stores import Remembering

NOW = datetime(2024, 6, 1, 12, tzinfo=UTC)
PAGE = {"kind": "token", "from": "body:next", "stop": ["more:has_more"], "size": 500}
RECORDS = {"path": "items", "id": "id", "stamp": "at"}
SINCE = {"query": {"since": "{since}"}, "overlap_s": 60}
PLAIN = {**preset("omni"), "activity": {}}
STREAM = {"query": {"t": "{token}"}, "page": PAGE, "records": RECORDS, "since": SINCE}
STAGES = {"path": "/stages", "key": "id", "value": "name"}
SELLERS = {"path": "/sellers", "key": "id", "value": "name"}
MAP = {"customer": "who", "placed_at": "at", "state": {"path": "state"}}
OVER = {
    "lookups": {"stages": STAGES, "sellers": SELLERS},
    "activity": {
        "orders": STREAM
        | {"path": "/orders", "map": MAP, "one": {"path": "/orders/{id}", "record": "$"}},
        "deals": STREAM
        | {
            "path": "/deals",
            "method": "POST",
            "body": {"t": "{token}"},
            "query": {},
            "since": {"body": {"since": "{since}"}},
            "map": {
                "customer": "who",
                "state": {"path": "state"},
                "stage": "stage | lookup stages",
            },
        },
    },
}
ORDER = {"id": 1, "who": 7, "at": "2024-05-01T12:00:00Z", "state": "done"}
DEAL = {"id": 1, "who": 7, "at": "2024-05-02T12:00:00Z", "state": "open", "stage": 3}


class Answers:
    """Answers by path, one page each; nothing where nothing was said of it."""

    def __init__(self, **items: list[Any]) -> None:
        self.items = items
        self.asked: list[Request] = []
        self.requests = 0

    def send(self, request: Request) -> Answer:
        self.asked.append(request)
        self.requests += 1
        name = request.path.rsplit("/", 1)[-1]
        if request.path in ("/stages", "/sellers"):
            return Answer(encode([{"id": 3, "name": f"a {name}"}]), NOW)
        if request.path.startswith("/orders/"):
            found = [one for one in self.items["orders"] if str(one["id"]) == name]
            return Answer(encode(found[0]) if found else b"{}", NOW, 200 if found else 404)
        page = {"items": self.items.get(name, []), "next": None, "has_more": False}
        return Answer(encode(page), NOW)

    def pause(self, seconds: float) -> None:
        """It is in no hurry."""

    def close(self) -> None:
        """Nothing is open."""

    def paths(self) -> list[str]:
        return [request.path for request in self.asked]


def source(answers: Answers, **over: Any) -> RestSource:
    made = definition(merged(PLAIN, merged(OVER, over)), "loja")
    return RestSource("loja", made, answers, interval_s=300)


def further(answers: Answers, **over: Any) -> dict[str, RestSource]:
    return {one.streams[0]: one for one in source(answers, **over).activities}


def read(made: RestSource, cursor: str | None = None) -> list[Any]:
    return [
        made.translate(decode_object(raw), made.head(raw, page.at), page.stream)
        for page in made.pages(cursor)
        for raw in page.records
    ]


def test_a_master_has_a_source_for_each_stream_in_the_order_they_are_read():
    made = source(Answers())

    assert made.streams == ("customers",)
    names = [one.streams[0] for one in made.activities]
    assert {"orders", "deals"} <= set(names)
    assert names == sorted(names, key=STREAMS.index)
    assert {one.activities for one in made.activities} == {()}
    assert {(one.name, one.interval_s) for one in made.activities} == {("loja", 300)}


@pytest.mark.parametrize("names", [[], ["deals"], ["deals", "orders"]])
def test_settings_may_choose_some_of_them(names: list[str]):
    assert list(further(Answers(), streams=names)) == sorted(names, key=STREAMS.index)


def test_each_brings_pages_of_its_own_stream():
    answers = Answers(customers=[record(7)], orders=[ORDER], deals=[DEAL])
    made = source(answers)
    orders, deals = further(answers)["orders"], further(answers)["deals"]

    assert {page.stream for page in made.pages(None)} == {"customers"}
    assert {page.stream for page in orders.pages(None)} == {"orders"}
    assert [type(one) for one in (*read(made), *read(orders), *read(deals))] == [
        Customer,
        Order,
        Deal,
    ]


def test_they_ask_through_one_sender():
    answers = Answers(orders=[ORDER], deals=[DEAL])
    made = source(answers)
    streams = {one.streams[0]: one for one in made.activities}
    read(streams["orders"])
    read(streams["deals"])

    assert made.requests == streams["orders"].requests == len(answers.asked) == 3


def test_only_the_tables_that_a_stream_looks_something_up_in_are_read_for_it():
    answers = Answers(orders=[ORDER], deals=[DEAL])
    streams = further(answers)

    read(streams["orders"])
    assert answers.paths() == ["/orders"]
    (deal,) = read(streams["deals"])
    assert answers.paths()[1:] == ["/stages", "/deals"]
    assert deal.stage == "a stages"
    read(source(answers))
    assert "/sellers" not in answers.paths()


def test_what_a_lookup_itself_looks_up_is_read_too():
    answers = Answers(deals=[DEAL])
    over = {"stages": STAGES | {"value": "id | lookup sellers"}}
    (deal,) = read(further(answers, lookups=over)["deals"])

    assert set(answers.paths()) == {"/stages", "/sellers", "/deals"}
    assert deal.stage in ("a sellers", "3")


def test_changes_are_asked_for_since_the_cursor_of_the_stream():
    answers = Answers(orders=[ORDER], deals=[DEAL])
    streams = further(answers)
    read(streams["orders"], "2024-05-01T12:00:00Z")
    read(streams["deals"], "2024-05-02T12:00:00Z")
    orders, _, deals = answers.asked

    assert orders.query["since"] == "2024-05-01T11:59:00Z"
    assert (deals.method, deals.json["since"]) == ("POST", "2024-05-02T11:50:00Z")


def test_a_table_that_changes_changes_the_fingerprint_of_those_who_use_it():
    answers = Answers(orders=[ORDER], deals=[DEAL])
    streams = further(answers)
    before = {name: one.fingerprint for name, one in streams.items()}
    for one in streams.values():
        one.prepare()

    assert streams["orders"].fingerprint == before["orders"]
    assert streams["deals"].fingerprint != before["deals"]
    assert len({*before.values(), source(answers).fingerprint}) == len(before) + 1


def test_one_record_is_asked_for_where_that_is_declared():
    answers = Answers(orders=[ORDER])
    orders = further(answers)["orders"]
    page = orders.one("1")

    assert (page.stream, len(page.records), page.gone) == ("orders", 1, [])
    assert (orders.one("2").gone, orders.one("2").stream) == (["2"], "orders")


def test_what_is_wrong_is_told_of_the_stream():
    broken = Answers()
    broken.send = lambda request: Answer(b"[]", NOW)  # type: ignore[method-assign]

    with pytest.raises(BadAnswer, match=r"^loja, orders: .* not a page of orders"):
        read(further(broken)["orders"])


def test_the_rules_are_those_of_the_settings():
    made = source(Answers(), standing={"rules": ["azata"], "days": 30})

    assert (made.rules.names, made.rules.days) == (("azata",), 30)
    assert {one.rules for one in made.activities} == {made.rules}


def test_only_lists_that_are_asked_by_post_may_be_posted_to():
    made = definition(merged(PLAIN, {**OVER, "limits": {"attempts": 1}}), "loja")
    opened = open_source(
        "loja", made, "http://127.0.0.1:9", {"token": "t"}, Remembering(), allow_insecure=True
    )
    for one in opened.activities:
        for path in ("/orders", "/deals/1", "/api/v1/customers"):
            with pytest.raises(WriteRefused):
                one._sender.send(Request(path, method="POST"))
        with pytest.raises(Unreachable):
            one._sender.send(Request("/deals", method="POST"))
    opened.close()
