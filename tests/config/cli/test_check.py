import json
import re
from typing import Any

import pytest

from tests.config.reading import read_rows
from tests.faults.installation import Installation
from tests.faults.scripted import Answer, Script, customer, page


def test_check_shows_how_a_master_is_understood_and_no_value(synced: Installation, master: Script):
    master.answer = lambda target: page(customer(1), customer(2, v="x"), customer(3, cpf=None))

    told = synced.must("check")

    assert "the master answers; 3 customers on its first page" in told
    assert "Would go to quarantine: 1 by version: not_a_counter." in told
    for value in ("Cliente", "529", "exemplo"):
        assert value not in told
    (seen,) = read_rows(synced, "check", "loja", "--json")
    assert (seen["received"], seen["ok"]) == (3, True)
    assert dict(seen["filled"])["documents"] == 1


def test_check_shows_the_shape_of_an_example_the_rate_and_the_notice(
    synced: Installation, master: Script
):
    text = synced.file.read_text().replace("preset =", 'notice = "tried once"\npreset =')
    synced.file.write_text(text)
    master.answer = lambda target: page(customer(1, cpf="529.982.247-24"), customer(2))

    told = synced.must("check")

    assert "Of this dialect: tried once" in told
    assert re.search(r"1 request in \d+\.\d s: [\d,]+ customers/s of \d+ bytes each\.", told)
    assert re.search(r"name +2 +C\*\*\*\*\*\*", told)
    assert "Kept with a flag: 1 by document_invalid." in told
    (seen,) = read_rows(synced, "check", "--json")
    assert seen["examples"]["emails"] == "c***@e******.com.br"
    assert seen["examples"]["kind"] == "PF 2"
    assert (seen["requests"], seen["looked"], seen["flags"]) == (1, 2, [["document_invalid", 1]])
    assert seen["bytes"] > 100
    assert "updated_at" not in seen["examples"]


def test_check_judges_the_fields_of_the_map_and_no_other(synced: Installation):
    synced.must("check")  # the preset's own map
    synced.file.write_text(synced.file.read_text() + '[sources.loja.map]\nseller = ""\n')

    (seen,) = read_rows(synced, "check", "--json")

    fields = dict(seen["filled"])
    assert (fields["name"], fields["emails"], fields["category"]) == (3, 3, 0)
    assert not fields.keys() & {"external_id", "version", "updated_at", "flags", "seller"}
    assert not fields.keys() & {"registration_received"}
    assert re.search(r"category +0 +always empty", synced.must("check"))


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"name": None}, "loja: no customer came with a name."),
        ({"v": "x"}, "loja: no customer of this page could be read."),
    ],
)
def test_a_master_whose_customers_have_no_name_is_not_understood(
    synced: Installation, master: Script, changed: dict[str, Any], why: str
):
    master.answer = lambda target: page(customer(1, **changed), customer(2, **changed))

    told = synced.run("check")

    assert told.code == 1
    assert told.err.startswith(why)
    assert ("always empty" in told.out) == ("name" in changed)
    again = synced.run("check", "--json")
    assert (again.code, json.loads(again.out)["ok"]) == (1, False)


def test_an_empty_first_page_is_no_fault_of_the_map(synced: Installation, master: Script):
    master.answer = lambda target: page()

    told = synced.must("check")

    assert "0 customers on its first page" in told
    assert "always empty" not in told


def told_by(master: Script, **lists: list[dict[str, Any]]) -> None:
    """The master's lists; of a list that is not named it says that nobody may see it."""

    def answer(target: str) -> Answer:
        name = target.partition("?")[0].rpartition("/")[2]
        return page(*lists[name]) if name in lists else Answer(b"{}", 403)

    master.answer = answer


def of_a_shop(made: Installation, *streams: str) -> None:
    """The installation reads these streams too."""
    text = made.file.read_text().replace("streams = []", f"streams = {json.dumps(streams)}")
    made.file.write_text(text)


def order(number: int, **changed: Any) -> dict[str, Any]:
    stamp = f"2026-01-02T03:04:{number:02d}Z"
    usual = {"customer_id": 1, "placed_at": stamp, "status": "aberto", "type": "pedido"}
    return {"id": number, "v": 1, "updated_at": stamp} | usual | changed


def test_check_shows_on_one_screen_what_there_is_to_do_in_each_stream(
    synced: Installation, master: Script
):
    of_a_shop(synced, "orders")
    told_by(
        master,
        customers=[customer(n, status="BLOQ", outro_email=f"x{n}@exemplo.com") for n in (1, 2)],
        orders=[order(1, status="EMBALADO"), order(2, status="Na nuvem"), order(3, total="x")],
    )

    told = synced.must("check")

    assert len(told.splitlines()) < 60
    customers, orders = told.split("\ncustomers: looked at ")[1].split("\norders: looked at ")
    assert customers.startswith("2 records, 2 records of them as changes.")
    assert 'Unknown word: map.registration "BLOQ" in 2 records of customers.' in customers
    assert "    [sources.loja.map.registration]\n" in customers
    assert 'words = { "BLOQ" = "blocked" }  # active, inactive, blocked, deleted' in customers
    assert "Not read by the map, in so many records: outro_email (like an e-mail, 2)." in customers
    assert "Never found anything: " in customers
    assert "  [sources.loja.activity.orders.map.state]\n" in orders
    assert 'words = { "EMBALADO" = "open", "Na nuvem" = "…" }  # open, done, cancelled' in orders
    assert "Cannot be read: 1 record by amount: not_a_number." in orders
    for value in ("Cliente", "529", "exemplo"):
        assert value not in told


def test_check_tells_programs_the_same_of_each_stream(synced: Installation, master: Script):
    of_a_shop(synced, "orders")
    told_by(master, customers=[customer(1)], orders=[order(1, status="EMBALADO")])

    (seen,) = read_rows(synced, "check", "--json")

    assert [one["stream"] for one in seen["streams"]] == ["customers", "orders"]
    (word,) = seen["streams"][1]["words"]
    assert (word["place"], word["word"], word["records"], word["means"]) == (
        "activity.orders.map.state", "EMBALADO", 1, "open",
    )  # fmt: skip


def test_a_stream_that_cannot_be_read_ends_with_one_and_the_others_are_told(
    synced: Installation, master: Script
):
    of_a_shop(synced, "orders", "visits")
    told_by(master, customers=[customer(1)], visits=[])

    told = synced.run("check")

    assert told.code == 1
    assert told.err.startswith("loja, orders: ")
    assert "visits: looked at 0 records" in told.out
    again = synced.run("check", "--json")
    assert (again.code, json.loads(again.out)["ok"]) == (1, False)


def test_a_status_that_is_no_vocabulary_is_told_without_any_of_it(
    synced: Installation, master: Script
):
    told_by(master, customers=[customer(n, status=f"Pessoa{n} Souza{n}") for n in range(1, 9)])

    told = synced.must("check")

    assert "No vocabulary: map.registration in 8 records of customers is no short word" in told
    assert "Souza" not in told
