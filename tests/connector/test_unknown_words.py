"""Words that a map does not know are counted where records are read, told, and forgotten once the
map has learned them and everything was read."""

from typing import Any

import pytest

from connector.mapping import likely
from connector.preview import rehearse
from connector.sources import Source
from mirror.store.engine import Database
from mirror.store.progress import lesson, runs, words
from tests.connector.conftest import Follow
from tests.fakes.master import Master, at, down, record, source

pytestmark = pytest.mark.engines

BLOCKED = {"registration": {"words": {"BLOQ": "blocked"}}}


def counted(db: Database) -> dict[tuple[str, str], int]:
    with db.reading() as connection:
        return {(one.place, one.word): one.records for one in words(connection)}


def lessons(db: Database) -> list[str]:
    with db.reading() as connection:
        return lesson(words(connection))


@pytest.fixture
def master() -> Master:
    """Thirty people; of every third the master says that they are BLOQ."""
    return Master(
        *(record(n, status="BLOQ" if n % 3 == 0 else "active") for n in range(1, 31)), size=10
    )


def test_a_first_listing_counts_each_record_with_a_word_nobody_knows(
    mirror_db: Database, follow: Follow, master: Master
):
    told = follow(source(master))

    assert counted(mirror_db) == {("map.registration", "BLOQ"): 10}
    assert lessons(mirror_db) == [
        "[sources.loja.map.registration]",
        'words = { "BLOQ" = "blocked" }  # active, inactive, blocked, deleted',
    ]
    assert told.sentence.endswith(
        "With a word that the map does not know: map.registration 10; `espelho runs` names them."
    )
    with mirror_db.reading() as connection:
        assert "BLOQ" not in repr(runs(connection))  # of history, it is told where and how many


def test_what_did_not_change_is_not_counted_again(
    mirror_db: Database, follow: Follow, master: Master
):
    follow(source(master))
    told = follow(source(master), full=True)
    assert "does not know" not in told.sentence

    master.put(record(40, status="bloq", updated_at=at(100)))
    follow(source(master))

    assert counted(mirror_db) == {("map.registration", "BLOQ"): 11}  # they read alike


def test_a_word_is_forgotten_when_the_map_knows_it_and_everything_was_read(
    mirror_db: Database, follow: Follow, master: Master
):
    follow(source(master))
    learned: Source = source(master, map=BLOCKED)

    follow(learned)
    assert counted(mirror_db) == {("map.registration", "BLOQ"): 10}  # the rows still say unknown

    follow(learned, full=True)
    assert counted(mirror_db) == {}


def test_a_sweep_by_another_map_that_does_not_know_it_counts_afresh(
    mirror_db: Database, follow: Follow, master: Master
):
    follow(source(master))
    other = {"name": ["name", "trade_name"], "registration": {"words": {"SUSP": "inactive"}}}

    follow(source(master, map=other), full=True)

    assert counted(mirror_db) == {("map.registration", "BLOQ"): 10}


def test_a_sweep_that_breaks_off_forgets_nothing_and_the_next_counts_everybody_once(
    mirror_db: Database, follow: Follow, master: Master
):
    follow(source(master))
    other = source(master, map={"name": ["name", "trade_name"]})
    master.before_page = lambda page: down() if page == 3 else None
    assert not follow(other, full=True).ok
    assert counted(mirror_db) == {("map.registration", "BLOQ"): 10}

    master.before_page = lambda page: None
    assert follow(other, full=True).ok
    assert counted(mirror_db) == {("map.registration", "BLOQ"): 10}


def test_a_record_that_is_refused_has_no_word_that_counts(mirror_db: Database, follow: Follow):
    follow(source(Master(record(1, status="BLOQ", name=True), record(2))))
    assert counted(mirror_db) == {}


def test_every_field_with_a_vocabulary_tells(mirror_db: Database, follow: Follow):
    follow(
        source(
            Master(
                record(1, person_type="MEI", ploomes_status="VIP"),
                record(2, person_type="MEI", customer_status="Talvez"),
            )
        )
    )
    assert counted(mirror_db) == {
        ("map.kind", "MEI"): 2,
        ("map.standings.ploomes", "VIP"): 1,
        ("map.standings.sell_customer", "Talvez"): 1,
    }


@pytest.mark.parametrize(
    "status",
    [
        lambda n: f"cliente{n}@exemplo.com.br",
        lambda n: f"Nome{n} Sobrenome{n}",
        lambda n: f"5298224725{n % 10}",
        lambda n: "uma observação bem comprida que ninguém chamaria de situação",
    ],
)
def test_what_is_no_vocabulary_is_counted_and_never_kept(
    mirror_db: Database, follow: Follow, status: Any
):
    people = [record(n, status=status(n)) for n in range(1, 31)]
    told = rehearse(mirror_db, source(Master(*people)))
    follow(source(Master(*people, size=7)))

    assert counted(mirror_db) == {("map.registration", ""): 30}
    assert [(one.word, one.records) for one in told.words] == [("", 30)]
    assert lessons(mirror_db) == []


def test_a_word_of_somebody_s_own_name_is_none(mirror_db: Database, follow: Follow):
    ana = record(1, name="Ana Souza Lima", status="Ana Souza")
    follow(source(Master(ana, record(2, status="BLOQ"))))
    assert counted(mirror_db) == {("map.registration", ""): 1, ("map.registration", "BLOQ"): 1}


def test_a_dry_run_tells_them_and_counts_nothing(mirror_db: Database, master: Master):
    told = rehearse(mirror_db, source(master))

    assert [(one.place, one.word, one.records) for one in told.words] == [
        ("map.registration", "BLOQ", 10)
    ]
    assert counted(mirror_db) == {}


@pytest.mark.parametrize(
    ("stream", "field", "word", "meaning"),
    [
        ("customers", "registration", "BLOQ", "blocked"),
        ("customers", "registration", "Inativado", "inactive"),
        ("customers", "kind", "Jur.", "PJ"),
        ("orders", "state", "Em separação", "open"),
        ("orders", "state", "CANCELADO PELO CLIENTE", "cancelled"),
        ("payments", "state", "Liquidada", "paid"),
        ("deals", "state", "Perdido p/ concorrente", "lost"),
        ("orders", "state", "Na nuvem", ""),
        ("visits", "page", "x", ""),
    ],
)
def test_a_word_makes_one_think_of_a_meaning_by_its_beginning(
    stream: str, field: str, word: str, meaning: str
):
    assert likely(stream, field, word) == meaning
