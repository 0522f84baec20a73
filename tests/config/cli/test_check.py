import json
import re
from typing import Any

import pytest

from tests.config.reading import read_rows
from tests.faults.installation import Installation
from tests.faults.scripted import Script, customer, page


def test_check_shows_how_a_master_is_understood_and_no_value(synced: Installation, master: Script):
    master.answer = lambda target: page(customer(1), customer(2, name=[]), customer(3, cpf=None))

    told = synced.must("check")

    assert "the master answers; 3 customers on its first page" in told
    assert "Would go to quarantine: 1 by name: not_text." in told
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
        ({"name": []}, "loja: no customer of this page could be read."),
    ],
)
def test_a_master_whose_customers_have_no_name_is_not_understood(
    synced: Installation, master: Script, changed: dict[str, Any], why: str
):
    master.answer = lambda target: page(customer(1, **changed), customer(2, **changed))

    told = synced.run("check")

    assert told.code == 1
    assert told.err.startswith(why)
    assert ("always empty" in told.out) == (changed["name"] is None)
    again = synced.run("check", "--json")
    assert (again.code, json.loads(again.out)["ok"]) == (1, False)


def test_an_empty_first_page_is_no_fault_of_the_map(synced: Installation, master: Script):
    master.answer = lambda target: page()

    told = synced.must("check")

    assert "0 customers on its first page" in told
    assert "always empty" not in told
