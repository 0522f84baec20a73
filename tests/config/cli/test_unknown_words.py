"""What a map does not know yet is told where somebody looks, with what is to be added."""

import json
from typing import Any

import pytest

from tests.config.reading import read_rows
from tests.faults.installation import Installation
from tests.faults.scripted import Script, customer, page

LESSON = """\
Unknown word: map.registration "BLOQ" in 2 records of customers.
  [sources.loja.map.registration]
  words = { "BLOQ" = "blocked" }  # active, inactive, blocked, deleted
"""


@pytest.fixture
def blocked(synced: Installation, master: Script) -> Installation:
    """Of the three in the mirror the master says now that two are BLOQ."""
    people = [customer(number, v=2, status="BLOQ") for number in (1, 2)]
    answer = master.answer

    def told(target: str) -> Any:
        return page(*people, customer(3)) if "updated_since" not in target else answer(target)

    master.answer = told
    return synced


def test_a_dry_run_tells_the_words_and_writes_none_down(blocked: Installation):
    told = blocked.must("sync", "--full", "--dry-run")

    assert LESSON in told
    (row,) = read_rows(blocked, "sync", "--full", "--dry-run", "--json")
    assert [(one["place"], one["word"], one["records"]) for one in row["words"]] == [
        ("map.registration", "BLOQ", 2)
    ]
    assert "Unknown word" not in blocked.must("runs")


def test_runs_tell_the_words_until_the_map_knows_them(blocked: Installation):
    told = blocked.must("sync", "--full")
    assert "With a word that the map does not know: map.registration 2" in told

    known = blocked.must("runs")
    assert 'Unknown word: map.registration "BLOQ" in 2 records of customers, the last at' in known
    lines = [line.strip() for line in known.splitlines()]
    at = lines.index("[sources.loja.map.registration]")
    assert "BLOQ" not in blocked.must("runs", "--json")  # one object a run
    assert "BLOQ" not in blocked.must("runs", "--source", "loja", "--limit", "1").split("\n")[1]

    # What it tells to add is what the program reads.
    added = "\n".join(lines[at : at + 2]) + "\n"
    blocked.file.write_text(blocked.file.read_text() + added)
    blocked.must("sync", "--full")

    assert "Unknown word" not in blocked.must("runs")
    (row,) = json.loads("[" + blocked.must("runs", "--json", "--limit", "1") + "]")
    assert row["figures"]["changed"] == 3  # another map: everybody was read again
