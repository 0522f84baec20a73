from contextlib import closing

import pytest

from mirror.ledger import journal
from mirror.store.sealing import load_key
from mirror.store.sqlite import open_ledger
from tests.config.reading import read_rows
from tests.faults.installation import Installation


@pytest.fixture
def seen(synced: Installation) -> Installation:
    """Customers 2 (twice) and 77, who is gone without a trace, were looked at."""
    looks = [("ana", 2, "2"), ("ana", 1, "1"), ("bia", 2, "2"), ("ana", 900, "77")]
    with closing(open_ledger(synced.data, load_key(synced.key))) as ledger:
        for actor, number, code in looks:
            journal.record(ledger, journal.Entry("staff", actor, "open", number, "loja", code))
    return synced


def _entries(seen: Installation, *options: str) -> list[int]:
    return [row["id"] for row in read_rows(seen, "audit", "--json", *options)]


@pytest.mark.parametrize(
    ("options", "ids"),
    [
        (("--customer", "loja/2"), [3, 1]),
        (("--customer", "loja/2", "--actor", "ana"), [1]),
        (("--customer", "loja/2", "--limit", "1"), [3]),
        (("--customer", "loja/77"), [4]),  # the journal knows those whom the mirror forgot
        (("--customer", "2"), [3, 1]),
        (("--customer", "loja/3"), []),  # in the mirror, and nobody looked
        (("--customer", "loja/77", "--actor", "bia"), []),
    ],
)
def test_the_journal_of_one_customer(seen: Installation, options: tuple[str, ...], ids: list[int]):
    assert _entries(seen, *options) == ids


def test_what_the_journal_shows_can_be_asked_for(seen: Installation):
    shown = seen.must("audit", "--customer", "loja/2")

    assert shown.count("loja/2") == 2


@pytest.mark.parametrize(
    ("whom", "code", "why"),
    [
        ("loja/52998224725", 1, "Neither mirror nor journal has a customer of loja with that code"),
        ("52998224725", 1, "Neither mirror nor journal has that number. Write SOURCE/CODE"),
        ("filial/2", 3, "There is no source 'filial'"),
        ("C-00123", 2, "write SOURCE/CODE"),
        ("loja/", 2, "write SOURCE/CODE"),
        ("/2", 2, "write SOURCE/CODE"),
        ("9" * 30, 2, "write SOURCE/CODE"),
    ],
)
def test_somebody_unknown_is_told_and_not_repeated(
    seen: Installation, whom: str, code: int, why: str
):
    told = seen.run("audit", "--customer", whom)

    assert (told.code, told.out) == (code, "")
    assert why in " ".join(told.err.split())
    assert "52998224725" not in told.err
    assert "Traceback" not in told.err
