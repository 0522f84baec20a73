"""Standings on the command line: how many, where words differ, why, and who is due."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from config.cli import main
from mirror.records import Customer, Order, Payment
from mirror.standing import Rules
from mirror.store.engine import Database
from mirror.store.lease import lease
from mirror.store.progress import set_fact
from mirror.store.sealing import load_key
from mirror.store.sqlite import open_mirror
from mirror.writing import standings as written
from mirror.writing.customers import apply
from mirror.writing.standings import keep_rules
from tests.config.reading import read_rows
from tests.conftest import arrival
from tests.fakes.activities import remove, write
from tests.fakes.looking import everything
from tests.faults.installation import Installation
from tests.faults.refusing import refused
from tests.mirror.standing.writing_facts import here

RULES = Rules(names=("conta_base",))
IN_FORCE = '\n[sources.loja.standing]\nrules = ["conta_base"]\n'
JANUARY = datetime(2024, 1, 10, 15, tzinfo=UTC)
CPF = "529.982.247-25"


def paid(name: str, customer: str) -> Payment:
    return Payment(external_id=name, version=1, customer=customer, state="paid", paid_at=JANUARY)


def known(number: int, **standings: str) -> Customer:
    """A newer version of customer ``number``, with what the master calls it."""
    return Customer(
        external_id=f"{number}", version=2**60, name="Cliente de Prova", standings=standings
    )


@pytest.fixture
def shop(synced: Installation, monkeypatch: pytest.MonkeyPatch) -> Installation:
    """Written down in January 2024: 1 had just paid, the master calls 2 archived, 3 is a lead."""
    synced.file.write_text(synced.file.read_text() + IN_FORCE)
    with monkeypatch.context() as then, closing(_opened(synced)) as db:
        then.setattr(written, "now_us", lambda: here("2024-01-20 12:00"))
        with lease(db, synced.data) as fence:
            keep_rules(db, "loja", RULES, fence)
        _know(db, known(2, conta_base="archived"))
        write(db, "payments", paid("P1", "1"), rules=RULES)
    return synced


def _opened(made: Installation) -> Database:
    return open_mirror(made.data, load_key(made.key))


def _know(db: Database, *customers: Customer) -> None:
    with db.writing() as connection:
        arrivals = [arrival(db.keys, one) for one in customers]
        apply(connection, db.keys, "loja", arrivals, counter=True, rules=RULES)


def words(line: str) -> list[str]:
    return line.split()


def test_list_counts_everybody_as_of_now_and_says_who_is_due(shop: Installation) -> None:
    assert read_rows(shop, "standing", "list", "--json") == [
        {
            "source": "loja",
            "axes": {
                "conta_base": {"lead": 1, "inactive": 1, "archived": 1},
                "archived": {"lost": 1},
            },
            "due": 1,
        }
    ]
    told = shop.must("standing", "list").splitlines()
    assert [words(line) for line in told[:-1]] == [
        ["source", "axis", "value", "customers"],
        ["loja", "conta_base", "lead", "1"],
        ["loja", "conta_base", "inactive", "1"],
        ["loja", "conta_base", "archived", "1"],
        ["loja", "archived", "lost", "1"],
    ]
    assert told[-1] == "loja: 1 due for review; the next sync sees to it."


def test_without_rules_there_is_nothing_to_list(synced: Installation) -> None:
    assert synced.must("standing", "list") == "No rules are in force.\n"
    assert synced.must("standing", "show", "loja/1").startswith("No rules are in force")
    assert synced.must("standing", "diff") == "Master and rules agree about everybody.\n"


def test_diff_names_whom_master_and_rules_call_different_things(shop: Installation) -> None:
    with closing(_opened(shop)) as db:
        _know(db, known(3, conta_base="active"))

    (row,) = read_rows(shop, "standing", "diff", "loja", "--json")  # 2 is archived: by hand
    since = row.pop("since")

    assert row == {
        "source": "loja",
        "code": "3",
        "axis": "conta_base",
        "received": "active",
        "derived": "lead",
        "forbidden": True,  # Conta Base counts payments: nobody sets it
    }
    assert since >= 0
    lines = shop.must("standing", "diff", "--axis", "conta_base").splitlines()
    assert words(lines[1])[:5] == ["loja", "3", "conta_base", "active", "lead"]
    assert read_rows(shop, "standing", "diff", "--axis", "azata", "--json") == []


def test_diff_tells_what_the_rules_say_now_though_nobody_wrote_it_down(
    shop: Installation,
) -> None:
    with closing(_opened(shop)) as db:
        _know(db, known(3, conta_base="active"))
        write(db, "payments", paid("P2", "3"), rules=RULES)

    (row,) = read_rows(shop, "standing", "diff", "--json")

    assert (row["derived"], row["since"]) == ("inactive", here("2024-03-11 00:00"))


def test_diff_is_bounded_latest_first_and_masks_a_number_among_the_words(
    shop: Installation,
) -> None:
    with closing(_opened(shop)) as db:
        _know(db, known(1, conta_base="lead"), known(3, conta_base="active"))
        _know(db, known(4, conta_base=CPF))  # a word of its own contradicts no rule

    told = shop.must("standing", "diff", "--limit", "1").splitlines()

    assert words(told[1])[:2] == ["loja", "3"]
    assert told[2] == "1 of 2 are shown; see --limit."
    everything = shop.must("standing", "diff") + shop.must("standing", "list")
    assert CPF not in everything + shop.must("standing", "show", "loja/4")


def test_show_tells_every_step_with_what_brought_it(shop: Installation) -> None:
    lines = shop.must("standing", "show", "loja/1").splitlines()

    assert lines[0] == "conta_base: inactive (derived)"
    assert [line.split("  ")[-1] for line in lines[1:]] == [
        "lead by registered",
        "active by paid (payments:P1)",
        "inactive by days_without_payment: the last payment, of 2024-01-10, counts for 60 days",
    ]
    (row,) = read_rows(shop, "standing", "show", "loja/1", "--json")
    assert [step["value"] for step in row["steps"]] == ["lead", "active", "inactive"]
    assert row["since"] == here("2024-03-11 00:00")


def test_show_tells_whose_word_holds_and_what_the_rules_say(shop: Installation) -> None:
    first = shop.must("standing", "show", "loja/2").splitlines()[0]

    assert first == "conta_base: archived (received); the rules say lead; lost"


def test_show_tells_what_time_will_bring(shop: Installation) -> None:
    with closing(_opened(shop)) as db:
        now = Payment(
            external_id="P9", version=1, customer="3", state="paid", paid_at=datetime.now(UTC)
        )
        write(db, "payments", now, rules=RULES)

    last = shop.must("standing", "show", "loja/3").splitlines()[-1]

    assert last.endswith(" counts for 60 days, unless something happens first")


@pytest.mark.parametrize("whom", ["loja/99", "99"])
def test_show_refuses_whom_nobody_knows(shop: Installation, whom: str) -> None:
    assert "does not have this customer" in refused(shop, "standing", "show", whom, code=1)


def test_review_writes_down_what_time_has_moved(shop: Installation) -> None:
    assert shop.must("standing", "review") == "1 were due and are moved.\n"
    assert read_rows(shop, "standing", "review", "--json") == [{"anew": {"loja": 0}, "due": 0}]
    (row,) = read_rows(shop, "standing", "list", "--json")
    assert (row["due"], row["axes"]["conta_base"]["inactive"]) == (0, 1)


def test_review_judges_everybody_anew_where_the_rules_changed(shop: Installation) -> None:
    shop.file.write_text(shop.file.read_text().replace('"conta_base"', '"conta_base", "azata"'))

    assert read_rows(shop, "standing", "review", "loja", "--json") == [
        {"anew": {"loja": 3}, "due": 0}
    ]
    (row,) = read_rows(shop, "standing", "list", "--json")
    assert row["axes"]["azata"] == {"lead": 2}  # as lists count: one is archived


def test_review_waits_for_nobody_who_writes(shop: Installation) -> None:
    with closing(_opened(shop)) as db, lease(db, shop.data):
        refused(shop, "standing", "review", code=75)


def test_a_review_whose_mirror_another_took_over_writes_nothing(
    shop: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = []

    @contextmanager
    def taken(db: Database, data_dir: Path) -> Iterator[int]:
        with lease(db, data_dir) as fence:
            with db.writing() as connection:
                set_fact(connection, "fence", str(fence + 1))
            before.append(everything(db))
            yield fence

    monkeypatch.setattr("mirror.store.lease.lease", taken)
    told = CliRunner().invoke(main, ["standing", "review"], env=shop.variables())

    assert (told.exit_code != 0, "took over" in told.output) == (True, True), told.output
    with closing(_opened(shop)) as db:
        assert [everything(db)] == before


def test_waiting_names_for_whom_of_every_stream(shop: Installation) -> None:
    assert shop.must("standing", "waiting").startswith("Nothing waits:")
    placed: dict[str, Any] = {"version": 1, "state": "done", "placed_at": JANUARY}
    with closing(_opened(shop)) as db:
        write(db, "payments", paid("P2", "8"), paid("P3", "7"), paid("P4", "7"), rules=RULES)
        write(db, "orders", Order(external_id="O1", customer="1", **placed), rules=RULES)
        write(db, "orders", Order(external_id="O2", customer="9", **placed), rules=RULES)

    assert read_rows(shop, "standing", "waiting", "--first", "1", "--json") == [
        {"stream": "orders", "source": "loja", "records": 1, "customers": 1, "first": ["9"]},
        {"stream": "payments", "source": "loja", "records": 3, "customers": 2, "first": ["7"]},
    ]
    lines = shop.must("standing", "waiting").splitlines()
    assert words(lines[2]) == ["loja", "payments", "3", "2", "7,", "8"]


def test_what_a_customer_who_is_gone_did_waits_for_nobody(shop: Installation) -> None:
    with closing(_opened(shop)) as db:
        remove(db, "customers", "1")

    assert shop.must("standing", "waiting").startswith("Nothing waits:")


def test_an_unknown_source_is_told(shop: Installation) -> None:
    for command in ("diff", "review"):
        assert "nada" in refused(shop, "standing", command, "nada", code=3)
