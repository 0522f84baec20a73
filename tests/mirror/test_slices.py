"""What is done slice by slice is done to the end: to the second slice, and to what is left over.

Slices are of three here. None, exactly one, one more than one, and two with something left over.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from functools import reduce
from typing import Any

import pytest
from sqlalchemy import Engine, delete, event, func, select

import mirror
from mirror import facets as sets
from mirror.facets import CHUNK
from mirror.identifiers import classify
from mirror.ledger import journal
from mirror.reading import activity as found_activity
from mirror.reading import find as finder
from mirror.reading import names as named
from mirror.reading import standings as told
from mirror.reading.facets import Facets
from mirror.reading.find import find
from mirror.reading.listing import export
from mirror.reading.listing import records as exported
from mirror.records import STREAMS, Customer, Deal, Order, Payment, Visit
from mirror.standing import Rules
from mirror.store import engine as prepared
from mirror.store import rows as stored_sets
from mirror.store import sealing, tables
from mirror.store.engine import Database
from mirror.store.progress import feed, now_us
from mirror.store.tables import TABLES, WORDS, customer, lookup, meta, name_word
from mirror.writing import BY_NAME, activity, customers, judgement, quarantine
from mirror.writing import standings as written
from mirror.writing.customers import CUSTOMERS
from mirror.writing.indexes import Moves, fill_words, key_lots, split_keys
from mirror.writing.judgement import Shelf
from mirror.writing.quarantine import Refusal
from tests.conftest import arrival
from tests.fakes import activities, facet_sets, vocabulary
from tests.fakes.looking import graves, refused, standings
from tests.fakes.slices import shorten, untried
from tests.fakes.somebody import somebody

SLICE = 3
RULES = Rules(names=("ploomes", "sell", "conta_base", "azata"))
THEN = date(2026, 3, 1)
SPRING = datetime(2026, 3, 1, 15, tzinfo=UTC)
many = pytest.mark.parametrize("many", [0, SLICE, SLICE + 1, 2 * SLICE + 2])

Write = Callable[..., None]


@pytest.fixture(autouse=True)
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    shorten(mirror, SLICE, monkeypatch)
    monkeypatch.setattr(journal, "_next_rows", journal._next_rows.limit(SLICE))


@pytest.fixture
def write(mirror_db: Database) -> Write:
    """Writes customers in one transaction."""

    def written(*people: Customer, rules: Rules = RULES) -> None:
        arrivals = [arrival(mirror_db.keys, one) for one in people]
        with mirror_db.writing() as connection:
            customers.apply(connection, mirror_db.keys, "loja", arrivals, counter=True, rules=rules)

    return written


def names(number: int) -> list[str]:
    return [f"C-{one}" for one in range(number)]


def people(number: int, version: int = 1, **fields: Any) -> list[Customer]:
    return [one_of_them(one, version, **fields) for one in range(number)]


def one_of_them(number: int, version: int = 1, **fields: Any) -> Customer:
    """Of whom the master says no purchase."""
    return somebody(number, version, **{"last_purchase_at": None, **fields})


def remove(db: Database, ids: Iterable[str], rules: Rules = RULES) -> int:
    with db.writing() as connection:
        return customers.remove(connection, "loja", ids, "sweep", rules)


def check_sets(db: Database) -> None:
    with db.reading() as connection:
        assert facet_sets.stored(connection) == facet_sets.of_rows(connection)


@many
def test_everybody_asked_for_is_found_on_a_shelf(mirror_db: Database, write: Write, many: int):
    write(*people(many))

    with mirror_db.reading() as connection:
        asked = [*names(many), "nobody"]
        known = CUSTOMERS.known(connection, "loja", asked)
        hashes = CUSTOMERS.hashes(connection, "loja", asked)

    assert {name: one.external_id for name, one in known.items()} == {n: n for n in names(many)}
    assert hashes == {name: (one.id, one.content_hash, 1) for name, one in known.items()}


@many
def test_everybody_on_a_shelf_is_met_once(mirror_db: Database, write: Write, many: int):
    write(*people(many))
    assert [row[0] for row in CUSTOMERS.everything(mirror_db, "loja")] == names(many)


@many
@pytest.mark.parametrize("tries", [0, 10])
def test_everybody_of_a_name_is_found_in_its_order(
    mirror_db: Database, write: Write, many: int, tries: int, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(named, "_TRIES", tries)  # each is tried, or all are read
    write(*(one_of_them(one, name=f"Ana{'b' * (one % 2)} Lima") for one in range(many)))
    for typed in ("ana lima", "lim an", "anab lyma"):
        found = [one.external_id for one in find(mirror_db, classify(typed))]
        assert sorted(found) == sorted(names(many)), typed


@many
def test_everybody_is_exported_once(mirror_db: Database, write: Write, many: int):
    write(*people(many))
    assert [row["external_id"] for row in export(mirror_db)] == names(many)


@many
def test_everybody_removed_leaves_a_tombstone_that_is_found(
    mirror_db: Database, write: Write, many: int
):
    write(*people(many), one_of_them(99))

    assert remove(mirror_db, [*names(many), "nobody"]) == many

    assert graves(mirror_db) == dict.fromkeys(names(many), "sweep")
    with mirror_db.reading() as connection:
        assert judgement.graves(connection, "loja", names(many)) == dict.fromkeys(names(many), 1)
        assert list(CUSTOMERS.known(connection, "loja", [*names(many), "C-99"])) == ["C-99"]
    check_sets(mirror_db)


def did(number: int, **more: Any) -> dict[str, list[Any]]:
    """Something of each stream by each of the first so many customers."""
    found: dict[str, list[Any]] = {stream: [] for stream in STREAMS}
    for whose in names(number):
        who: dict[str, Any] = {"external_id": whose, "version": 1, "customer": whose} | more
        found["orders"].append(Order(**who, placed_at=SPRING, state="done", number="N-1"))
        found["payments"].append(Payment(**who, state="paid", paid_at=SPRING, due_on=date.min))
        lost: dict[str, Any] = {"state": "lost", "opened_at": SPRING, "loss_reason": "caro"}
        found["deals"].append(Deal(**who, **lost, title="Uniformes"))
        found["visits"].append(Visit(**who, page="/", visited_at=SPRING))
    return found


def refusals(number: int) -> list[Refusal]:
    return [
        Refusal(f"R-{n}", f"R-{n}", "amount", "number", b"h" * 16, b"what was sent", customer=n)
        for n in names(number)
    ]


def texts_left(db: Database) -> set[str]:
    """Of whom any text is kept of what they did, or of what of it could not be read."""
    left: set[str] = set()
    with db.reading() as connection:
        for table in TABLES.values():
            left.update(connection.scalars(select(table.c.customer).where(table.c.doc != b"")))
        reasons = TABLES["deals"].c.loss_reason.is_not(None)
        left.update(connection.scalars(select(TABLES["deals"].c.customer).where(reasons)))
        held = tables.quarantine.c
        left.update(connection.scalars(select(held.customer).where(held.raw != b"")))
    return left


@many
def test_of_everybody_removed_every_text_is_erased(mirror_db: Database, write: Write, many: int):
    write(*people(many + 1))
    for stream, records in did(many + 1).items():
        activities.write(mirror_db, stream, *records, rules=RULES)
    with mirror_db.writing() as connection:
        for stream in STREAMS:
            where = feed("loja", stream)
            quarantine.put(connection, mirror_db.keys, where, refusals(many + 1))
    assert texts_left(mirror_db) == set(names(many + 1))

    remove(mirror_db, names(many))

    assert texts_left(mirror_db) == {f"C-{many}"}
    with mirror_db.reading() as connection:
        for table in TABLES.values():
            counted = connection.execute(select(func.count()).select_from(table)).scalar_one()
            assert counted == many + 1, "amounts, dates and states stay"


@many
def test_what_comes_late_of_anybody_removed_is_kept_without_texts(
    mirror_db: Database, write: Write, many: int
):
    write(*people(many + 1))
    remove(mirror_db, names(many))

    for stream, records in did(many + 1).items():
        arrivals = [
            BY_NAME[stream].arrival(mirror_db.keys, "loja", one, b"c" * 16, b"raw", RULES)
            for one in records
        ]
        with mirror_db.writing() as connection:
            BY_NAME[stream].apply(
                connection,
                mirror_db.keys,
                "loja",
                arrivals,
                refusals(many + 1),
                counter=True,
                rules=RULES,
            )

    assert texts_left(mirror_db) == {f"C-{many}"}


@many
def test_every_subject_named_leaves_quarantine(mirror_db: Database, many: int):
    with mirror_db.writing() as connection:
        assert quarantine.put(connection, mirror_db.keys, "loja", refusals(many + 1)) == many + 1
    assert len(refused(mirror_db)) == many + 1

    with mirror_db.writing() as connection:
        quarantine.clear(connection, "loja", (one.subject for one in refusals(many)))

    assert set(refused(mirror_db)) == {f"R-C-{many}"}


@many
def test_everybody_written_again_leaves_quarantine_and_everybody_removed_does(
    mirror_db: Database, write: Write, many: int
):
    def quarantined() -> None:
        ill = [Refusal(n, n, "name", "not_text", b"h" * 16, b"raw") for n in names(many + 1)]
        with mirror_db.writing() as connection:
            quarantine.put(connection, mirror_db.keys, "loja", ill)

    quarantined()
    write(*people(many))
    assert set(refused(mirror_db)) == {f"C-{many}"}
    quarantined()
    remove(mirror_db, names(many))
    assert set(refused(mirror_db)) == {f"C-{many}"}


@many
def test_customers_and_activities_are_named_however_many_are_asked_for(
    mirror_db: Database, write: Write, many: int
):
    write(*people(many))
    for stream, records in did(many).items():
        activities.write(mirror_db, stream, *records)

    asked = [*names(many), "nobody"]
    found = finder.named(mirror_db, "loja", asked)

    assert {name: one.external_id for name, one in found.items()} == {n: n for n in names(many)}
    for stream in STREAMS:
        seen = found_activity.named(mirror_db, stream, "loja", asked)
        assert {n: one.record.external_id for n, one in seen.items()} == {n: n for n in names(many)}


@many
def test_who_is_late_is_told_of_however_many_are_asked_for(
    mirror_db: Database, write: Write, many: int
):
    write(*people(many))
    due = [
        Payment(external_id=one, version=1, customer=one, state="issued", amount=7, due_on=THEN)
        for one in names(many)
    ]
    activities.write(mirror_db, "payments", *due)
    whom = [("loja", one) for one in [*names(many), "nobody"]]
    late = found_activity.overdue(mirror_db, whom, THEN + timedelta(days=1))
    assert {name: [one.amount for one in some] for name, some in late.items()} == {
        name: [7] for name in whom[:-1]
    }
    assert found_activity.overdue(mirror_db, whom, THEN) == {}


@many
def test_rows_come_in_the_order_of_their_ids_and_who_is_gone_is_left_out(
    mirror_db: Database, write: Write, many: int
):
    write(*people(many))
    asked = [*range(many, 0, -1), many + 7]
    with mirror_db.prepared() as link:
        found = sealing.load(link, mirror_db.keys, asked)
    assert [one.id for one in found] == asked[:-1]


@pytest.mark.parametrize("number", [1, 49, 50, 51, 99, 100, 101, 133])
def test_every_search_key_is_added_and_dropped(mirror_db: Database, write: Write, number: int):
    """Keys go into the index fifty at a time: a customer of so many of them."""
    bare = Customer(external_id="C-0", version=1)
    write(bare)
    there = _keys(mirror_db)
    mails = tuple(f"pessoa{one}@exemplo.com.br" for one in range(number))

    write(Customer(external_id="C-0", version=2, emails=mails))

    with mirror_db.reading() as connection:
        row, kept = connection.execute(select(customer.c.id, customer.c["keys"])).one()
    assert _keys(mirror_db) == {(key, row) for key in split_keys(kept)}
    assert len(_keys(mirror_db) - there) == number
    for mail in mails:
        assert [one.external_id for one in find(mirror_db, classify(mail))] == ["C-0"]

    write(Customer(external_id="C-0", version=3))
    assert _keys(mirror_db) == there


@pytest.mark.parametrize("number", [1, 8, 9, 17])
def test_every_search_key_of_everybody_new_is_added(mirror_db: Database, write: Write, number: int):
    write(*people(number))
    with mirror_db.reading() as connection:
        found = connection.execute(select(customer.c.id, customer.c["keys"])).all()
    expected = {(key, row) for row, kept in found for key in split_keys(kept)}
    assert _keys(mirror_db) == expected
    remove(mirror_db, names(number))
    assert _keys(mirror_db) == set()


def _keys(db: Database) -> set[tuple[bytes, int]]:
    with db.reading() as connection:
        return {(row.key, row.customer) for row in connection.execute(select(lookup))}


@many
def test_what_everybody_did_moves_the_standing_of_each(
    mirror_db: Database, write: Write, many: int
):
    write(*people(many + 1))
    for stream, records in did(many).items():
        activities.write(mirror_db, stream, *records, rules=RULES)

    whoever = dict.fromkeys(names(many), (None, "active"))
    idle = {f"C-{many}": (None, "lead")}
    assert standings(mirror_db, "azata") == whoever | idle
    lapsed = dict.fromkeys(names(many), (None, "inactive"))
    assert standings(mirror_db, "conta_base") == lapsed | idle
    check_sets(mirror_db)
    with mirror_db.reading() as connection:
        facets = Facets(connection, now_us())
        assert dict(facets.values("azata")).get("active", 0) == many


@many
def test_whoever_comes_after_what_they_did_is_judged_by_it(
    mirror_db: Database, write: Write, many: int
):
    for stream, records in did(many).items():
        activities.write(mirror_db, stream, *records, rules=RULES)
    write(*people(many + 1))
    whoever = dict.fromkeys(names(many), (None, "active"))
    assert standings(mirror_db, "azata") == whoever | {f"C-{many}": (None, "lead")}


def deal(name: str, whose: str) -> Deal:
    return Deal(
        external_id=name, version=1, customer=whose, state="won", opened_at=SPRING, closed_at=SPRING
    )


@many
def test_deals_of_employees_of_many_companies_move_each_company(
    mirror_db: Database, write: Write, many: int
):
    firms = [f"F-{one}" for one in range(many)]
    write(*(Customer(external_id=one, version=1, kind="PJ") for one in firms))
    write(*(one_of_them(one, company=f"F-{one}") for one in range(many)))

    activities.write(mirror_db, "deals", *(deal(f"D-{n}", n) for n in names(many)), rules=RULES)

    assert standings(mirror_db, "sell_customer") == dict.fromkeys(
        (*firms, *names(many)), (None, "current")
    )


@many
def test_a_company_has_the_deals_of_all_its_employees(mirror_db: Database, write: Write, many: int):
    """One company: its people are more than a slice, and the last of them won the only deal."""
    write(Customer(external_id="F", version=1, kind="PJ"), *people(many, company="F"))
    for name in names(many):
        activities.write(mirror_db, "deals", deal(f"D-{name}", name), rules=RULES)
    with mirror_db.reading() as connection:
        who = written.Person("F", None, written.told_of(None))
        (facts,) = written.gather(connection, "loja", RULES, [who]).values()
    assert [one.employee for one in facts.deals] == names(many)


@many
def test_whoever_leaves_or_is_removed_takes_the_deals_from_each_company(
    mirror_db: Database, write: Write, many: int
):
    firms = [f"F-{one}" for one in range(many)]
    write(*(Customer(external_id=one, version=1, kind="PJ") for one in firms))
    write(*(one_of_them(one, company=f"F-{one}") for one in range(many)))
    activities.write(mirror_db, "deals", *(deal(f"D-{n}", n) for n in names(many)), rules=RULES)

    remove(mirror_db, names(many))

    assert standings(mirror_db, "sell_customer") == dict.fromkeys(firms, (None, "none"))


@many
def test_the_vocabulary_of_everybody_is_filled(mirror_db: Database, write: Write, many: int):
    write(*(one_of_them(one, name=f"Ana Número{one}") for one in range(many)))
    with mirror_db.writing() as connection:
        connection.execute(delete(name_word))
        connection.execute(delete(meta).where(meta.c.name == WORDS))
        fill_words(connection, mirror_db.keys)
        vocabulary.check(mirror_db, connection)
        assert len(vocabulary.stored(connection, mirror_db.keys)) == many + bool(many)


@many
def test_everybody_of_a_first_load_is_found_by_their_keys(mirror_db: Database, many: int):
    arrivals = [arrival(mirror_db.keys, one) for one in people(many)]
    with mirror_db.writing() as connection:
        customers.apply(connection, mirror_db.keys, "loja", arrivals, counter=True, in_lots=True)
    steps = len(list(key_lots(mirror_db, 0, rest=True)))

    assert steps == -(-many // SLICE)
    assert all(find(mirror_db, classify(one.emails[0])) for one in people(many))


@many
def test_facets_met_before_are_learned_together_to_the_last(mirror_db: Database, many: int):
    wanted = [("tag", f"T-{one}") for one in range(many)]
    with mirror_db.writing() as connection:
        expected = Moves(connection).ids(wanted)
        moves = Moves(connection)
        moves.learn(wanted)
        with _asked(mirror_db.engine) as asked:
            assert moves.ids(wanted) == expected
    assert (len(expected), asked) == (many, [])


@contextmanager
def _asked(engine: Engine) -> Iterator[list[str]]:
    """The statements that an engine is asked meanwhile."""
    statements: list[str] = []

    def note(_: object, __: object, statement: str, *___: object) -> None:
        statements.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield statements
    event.remove(engine, "before_cursor_execute", note)


AROUND = [
    *(0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK - 1, 2 * CHUNK, 2 * CHUNK + 7),
    *(5 * CHUNK + 3, 7 * CHUNK - 1, 8 * CHUNK, 9 * CHUNK + 5),
]
"""Row ids on both sides of the borders of what a set stores together."""


def test_a_set_has_whom_it_was_given_on_both_sides_of_every_border(mirror_db: Database):
    gone, left = AROUND[1::2], AROUND[::2]
    with mirror_db.writing() as connection:
        moves = Moves(connection)
        (tag,) = moves.ids([("tag", "VIP")])
        for one in AROUND:
            moves.move(one, set(), {tag})
        moves.flush()
    with mirror_db.reading() as connection:
        assert _members(Facets(connection, 0).of(("tag", "VIP"))) == AROUND
    with mirror_db.writing() as connection:
        moves = Moves(connection)
        for one in gone:
            moves.move(one, {tag}, set())
        moves.flush()
    with mirror_db.reading() as connection:
        assert _members(Facets(connection, 0).of(("tag", "VIP"))) == left
        assert Facets(connection, 0).values("tag") == [("VIP", len(left))]


def _members(chosen: sets.Set) -> list[int]:
    return sorted(sets.page(chosen, None, None, 1_000))


@pytest.mark.parametrize("most", [1, 10**9])
def test_many_are_put_into_a_set_as_few_are(monkeypatch: pytest.MonkeyPatch, most: int):
    few = [sets.set_of([one]) for one in AROUND]
    monkeypatch.setattr(sets, "_MANY", 1)
    monkeypatch.setattr(sets, "_MOST_MARKED", most)
    assert sets.set_of(AROUND[::-1]) == reduce(sets.either, few)
    assert [sets.set_of([one]) for one in AROUND] == few


@pytest.mark.parametrize("limit", [1, 2, 3, 100])
def test_a_list_is_walked_across_every_border_in_both_directions(limit: int):
    chosen = sets.set_of(AROUND)
    assert sets.size(chosen) == len(AROUND)
    assert sets.size(sets.both(chosen, sets.set_of(AROUND[2:]))) == len(AROUND) - 2
    assert _members(sets.minus(chosen, sets.set_of(AROUND[:-1]))) == AROUND[-1:]
    down: list[int] = []
    while part := sets.page(chosen, down[-1] if down else None, None, limit):
        down += part
    assert down == AROUND[::-1]
    up: list[int] = []
    while part := sets.page(chosen, None, up[-1] if up else -1, limit):
        up += reversed(part)
    assert up == AROUND


@many
def test_every_difference_is_told(mirror_db: Database, write: Write, many: int):
    write(*people(many, standings={"azata": "active"}), one_of_them(99))
    found = told.differences(mirror_db, now_us(), source=None, axis="azata", limit=1_000)
    assert ([one.code for one in found.rows], found.total) == (names(many)[::-1], many)


@many
def test_everybody_is_judged_anew_and_given_the_new_filters(
    mirror_db: Database, write: Write, many: int
):
    write(*people(many, extras={"Camiseta": "M"}), rules=Rules())
    assert standings(mirror_db, "azata") == {}
    new = Rules(names=("azata",), extras=("Camiseta",))

    assert written.keep_rules(mirror_db, "loja", new, fence=0) == many

    assert standings(mirror_db, "azata") == dict.fromkeys(names(many), (None, "lead"))
    with mirror_db.reading() as connection:
        values = Facets(connection, now_us()).values("extra.Camiseta")
    assert values == ([("M", many)] if many else [])
    assert written.keep_rules(mirror_db, "loja", new, fence=0) == 0
    check_sets(mirror_db)


@many
def test_everybody_due_is_moved_by_a_review(
    mirror_db: Database, write: Write, many: int, monkeypatch: pytest.MonkeyPatch
):
    def at(day: int) -> None:
        now = int(SPRING.timestamp() * 10**6) + day * 24 * 3_600 * 10**6
        monkeypatch.setattr(written, "now_us", lambda: now)

    at(1)
    write(*people(many))
    activities.write(mirror_db, "payments", *did(many)["payments"], rules=RULES)
    at(80)

    assert written.review_due(mirror_db, fence=0) == many

    with mirror_db.reading() as connection:
        found = facet_sets.stored(connection)
        ids = set(connection.scalars(select(customer.c.id)))
    assert found.get(("conta_base", "inactive"), set()) == ids
    assert ("conta_base", "active") not in found
    assert written.review_due(mirror_db, fence=0) == 0
    check_sets(mirror_db)


@many
def test_the_journal_is_walked_to_its_end_and_a_change_shows_wherever_it_is(
    ledger: Database, many: int
):
    for number in range(many):
        journal.record(ledger, journal.Entry("staff", "ana", "open", number))
    assert journal.verify(ledger) == journal.Verification(many, None, journal.head(ledger))

    for number in range(many, 0, -1):
        with ledger.writing() as connection:
            connection.exec_driver_sql(f"UPDATE audit SET customer = 99 WHERE id = {number}")
        assert journal.verify(ledger).broken_at == number


TRIED: tuple[Callable[..., object], ...] = (
    *(
        prepared.chunks,
        prepared.filled,
        sealing.load,
        named._Search._tried,
        named._Search._other_words,
        judgement.graves,
        quarantine.clear,
        finder.named,
    ),
    *(
        found_activity.named,
        found_activity.overdue,
        activity.erase_texts,
        activity.gone,
        activity._companies,
        written.settle,
    ),
    *(
        written._there,
        written.gather,
        written._gather_employees,
        written._of,
    ),
    *(
        told._differences,
        written._due,
        written._everybody,
        exported,
        key_lots,
        fill_words,
    ),
    *(Shelf.known, Shelf.hashes, Shelf.everything, Moves.learn, Moves.move, stored_sets._changed),
    *(sets._downwards, sets._upwards, sets.set_of, sets._marked),
)
"""Everything of the mirror that works in slices: each has a test here."""


def test_nothing_else_of_the_mirror_works_in_slices():
    assert not untried(mirror, TRIED), "has no test here"
