"""`espelho reconcile`, `refresh` and `quarantine replay`: commands that look again."""

import json

from tests.config.reading import read_rows
from tests.faults.installation import Installation
from tests.faults.refusing import customers, refused
from tests.faults.scripted import Answer, Script, customer, page


def test_reconcile_proves_that_both_sides_are_the_same(synced: Installation):
    before = customers(synced)
    assert synced.must("reconcile").startswith("loja: 1,024 of 1,024 buckets are the same")
    (proof,) = read_rows(synced, "reconcile", "loja", "--json")
    assert (proof["same"], proof["differing"]) == (True, 0)
    assert customers(synced) == before


def test_reconcile_names_who_differs_and_ends_with_one(synced: Installation, master: Script):
    master.answer = lambda target: page(customer(1), customer(2, v=7), customer(9))
    told = synced.run("reconcile")
    assert told.code == 1
    assert "espelho sync --full" in told.out
    assert "2, 3, 9" in told.out.splitlines()[-1]


def test_refresh_brings_one_customer_in_step(synced: Installation, master: Script):
    def one(target: str) -> Answer:
        assert target == "/api/v1/customers/2"
        return Answer(json.dumps(customer(2, v=7)).encode())

    master.answer = one
    assert "It had changed" in synced.must("refresh", "loja", "2")
    assert "had it as it is" in synced.must("refresh", "loja", "2")

    def gone(target: str) -> Answer:
        return Answer(b"{}", status=404) if target.endswith("/2") else page(customer(1))

    master.answer = gone
    assert "no longer has it" in synced.must("refresh", "loja", "2")
    assert "does not know it" in synced.must("refresh", "loja", "2")
    assert {row["external_id"] for row in read_rows(synced, "export")} == {"1", "3"}


def test_refresh_of_a_source_that_is_not_there(synced: Installation):
    assert "There is no source 'nope'" in refused(synced, "refresh", "nope", "1", code=3)


def test_quarantine_replay_reads_it_again_after_the_map_was_mended(
    synced: Installation, master: Script
):
    master.answer = lambda target: page(customer(4, name=True))
    synced.must("sync")
    assert "1 read again, 0 are in the mirror now, 1 remain" in synced.must("quarantine", "replay")
    text = synced.file.read_text()
    synced.file.write_text(text + '\n[sources.loja.map]\nname = ["seller", "| const Sem nome"]\n')
    assert "1 are in the mirror now, 0 remain" in synced.must("quarantine", "replay", "loja")
    assert read_rows(synced, "quarantine", "list", "--json") == []
