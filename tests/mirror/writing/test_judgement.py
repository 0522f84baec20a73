"""Stale never wins, unchanged writes nothing, what was removed does not come back by accident."""

from itertools import permutations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mirror.store.engine import Database, chunks
from mirror.store.tables import tombstone
from mirror.writing.customers import CUSTOMERS
from mirror.writing.judgement import Incoming, Known, graves, plan
from tests.fakes.somebody import somebody

pytestmark = pytest.mark.engines

MAP, NEWER_MAP = b"map1", b"map2"


def seen(name: str, version: int, content: str, read_by: bytes = MAP) -> Incoming:
    raw = f"{version}{content}".encode()  # what a master sends holds its version
    content_hash = raw.ljust(12, b".") + read_by
    return Incoming(name, version, content_hash, b"", raw)


def kept(name: str, version: int, content: str) -> Known:
    arrival = seen(name, version, content)
    return Known(1, name, version, arrival.content_hash)


def verdict(arrival: Incoming, present: Known | None, dead: int | None, *, counter: bool) -> str:
    judged = plan(
        [arrival],
        {arrival.external_id: present} if present else {},
        {} if dead is None else {arrival.external_id: dead},
        counter=counter,
    )
    told = {
        "accepted": len(judged.accepted),
        "contradiction": len(judged.contradictions),
        "unchanged": judged.unchanged,
        "stale": judged.stale,
    }
    assert sum(told.values()) == 1
    return next(word for word, number in told.items() if number)


@pytest.mark.parametrize(
    ("arrival", "present", "counted", "timed"),
    [
        (seen("A", 1, "x"), None, "accepted", "accepted"),
        (seen("A", 0, "x"), None, "accepted", "accepted"),
        (seen("A", 6, "new"), kept("A", 5, "old"), "accepted", "accepted"),
        (seen("A", 5, "same"), kept("A", 5, "same"), "unchanged", "unchanged"),
        (seen("A", 4, "older"), kept("A", 5, "old"), "stale", "stale"),
        (seen("A", 5, "other"), kept("A", 5, "old"), "contradiction", "accepted"),
        (seen("A", 5, "same", NEWER_MAP), kept("A", 5, "same"), "accepted", "accepted"),
        (seen("A", 4, "older", NEWER_MAP), kept("A", 5, "old"), "stale", "stale"),
        (seen("A", 5, "other", NEWER_MAP), kept("A", 5, "old"), "contradiction", "accepted"),
    ],
)
def test_an_arrival_against_what_is_there(
    arrival: Incoming, present: Known | None, counted: str, timed: str
):
    assert verdict(arrival, present, None, counter=True) == counted
    assert verdict(arrival, present, None, counter=False) == timed


@pytest.mark.parametrize("counter", [True, False])
@pytest.mark.parametrize(
    ("version", "dead_up_to", "expected"),
    [(4, 5, "stale"), (5, 5, "stale"), (6, 5, "accepted"), (5, 4, "accepted"), (0, 0, "stale")],
)
def test_an_arrival_against_a_grave(version: int, dead_up_to: int, expected: str, counter: bool):
    assert verdict(seen("A", version, "x"), None, dead_up_to, counter=counter) == expected


def test_a_customer_from_before_1970_is_no_staler_than_others():
    assert verdict(seen("A", -86_400_000_000, "x"), None, None, counter=False) == "accepted"


def test_the_newest_of_one_batch_wins_in_any_order():
    versions = [seen("A", number, f"v{number}") for number in (1, 2, 3)]
    for order in permutations(versions):
        judged = plan(order, {}, {}, counter=True)
        assert judged.accepted == {"A": versions[2]}
        assert judged.contradictions == []


def test_two_contents_of_one_version_in_one_batch_keep_the_first_and_tell():
    first, second = seen("A", 1, "one"), seen("A", 1, "two")
    judged = plan([first, second], {}, {}, counter=True)
    assert judged.accepted == {"A": first}
    assert judged.contradictions == [second]


def test_where_versions_are_instants_the_later_arrival_of_one_instant_wins():
    first, second = seen("A", 1, "one"), seen("A", 1, "two")
    judged = plan([first, second], {}, {}, counter=False)
    assert judged.accepted == {"A": second}
    assert judged.contradictions == []


def test_a_record_met_twice_in_one_batch_counts_as_unchanged():
    judged = plan([seen("A", 1, "x"), seen("A", 1, "x")], {}, {}, counter=True)
    assert len(judged.accepted) == 1
    assert judged.unchanged == 1


arrivals = st.builds(
    seen,
    st.sampled_from("ABC"),
    st.integers(0, 6),
    st.sampled_from(("p", "q")),
    st.sampled_from((MAP, NEWER_MAP)),
)
presents = st.dictionaries(
    st.sampled_from("ABC"), st.tuples(st.integers(0, 6), st.sampled_from(("p", "q"))), max_size=3
).map(lambda found: {name: kept(name, *one) for name, one in found.items()})
dead = st.dictionaries(st.sampled_from("ABC"), st.integers(-1, 6), max_size=3)


def by_one_map(batch: list[Incoming]) -> bool:
    return len({one.content_hash[-4:] for one in batch}) < 2


@given(st.lists(arrivals, max_size=12).filter(by_one_map), presents, dead, st.booleans())
@example(
    [seen("A", 4, "p"), seen("A", 6, "q"), seen("B", 3, "p")],
    {"A": kept("A", 5, "p")},
    {"B": 3},
    True,
)
def test_no_batch_ever_takes_a_customer_back(batch, present, dead, counter):
    judged = plan(batch, present, dead, counter=counter)

    for name, arrival in judged.accepted.items():
        assert arrival.external_id == name
        offered = [one.version for one in batch if one.external_id == name]
        if name in present:
            assert arrival.version >= present[name].version
            assert arrival.content_hash != present[name].content_hash or not counter
            assert arrival.version <= max(offered)
        elif name in dead:
            assert arrival.version > dead[name]
            assert arrival.version == max(offered)
        else:
            assert arrival.version == max(offered)


@given(st.lists(arrivals, max_size=12), presents, dead, st.booleans())
@example(
    [seen("A", 5, "p"), seen("A", 5, "q"), seen("B", 1, "p")],
    {"A": kept("A", 5, "p")},
    {"B": 3},
    True,
)
def test_every_arrival_is_accounted_for(batch, present, dead, counter):
    judged = plan(batch, present, dead, counter=counter)
    told = judged.unchanged + judged.stale + len(judged.contradictions)
    superseded = len(batch) - told - len(judged.accepted)
    assert superseded >= 0
    if len({one.external_id for one in batch}) == len(batch):
        assert superseded == 0


@given(st.lists(arrivals, max_size=12), presents, st.booleans())
@example([seen("A", 6, "p"), seen("B", 1, "q")], {"A": kept("A", 5, "p")}, True)
@example([seen("A", 5, "p"), seen("A", 5, "q")], {}, False)
def test_the_same_batch_again_changes_nothing(batch, present, counter):
    first = plan(batch, present, {}, counter=counter)
    after = present | {
        name: Known(1, name, one.version, one.content_hash) for name, one in first.accepted.items()
    }

    again = plan(batch, after, {}, counter=counter)

    if counter:
        assert all(
            one.content_hash[:12] == after[name].content_hash[:12]
            for name, one in again.accepted.items()
        )
    for name, one in again.accepted.items():
        assert one.version == after[name].version


@given(st.lists(st.text(max_size=3), max_size=1500))
@example([str(number) for number in range(801)])
def test_ids_are_cut_into_lists_short_enough_for_one_statement(ids):
    parts = list(chunks(ids))
    assert [name for part in parts for name in part] == ids
    assert all(0 < len(part) <= 400 for part in parts)


def test_who_is_gone_comes_back_as_it_was_with_the_master_s_later_word_only(
    mirror_db: Database,
):
    rows = [
        {"source": "loja", "external_id": name, "version": 5, "revision": 1, "reason": reason}
        for name, reason in (("S", "sweep"), ("M", "master"), ("E", "erasure"))
    ]
    with mirror_db.writing() as connection:
        connection.execute(tombstone.insert(), [row | {"gone_at": 0, "keys": b""} for row in rows])
        found = graves(connection, "loja", ["S", "M", "E", "other"])
        assert graves(connection, "another", ["S", "M", "E"]) == {}
        back = graves(connection, "loja", ["S", "M", "E"], lambda name: True)

    assert found == {"S": 5, "M": 5, "E": 5}
    assert back == {"S": 4, "M": 4, "E": 5}, "an erasure is for ever"


def test_what_is_known_is_of_one_source_and_however_many_are_asked_for(mirror_with, keys):
    db = mirror_with(*(somebody(number) for number in range(900)))
    mirror_with(somebody(1, version=9), source="outra")
    names = [f"C-{number}" for number in range(1000)]

    with db.reading() as connection:
        found = CUSTOMERS.known(connection, "loja", names)
        stored = CUSTOMERS.hashes(connection, "loja", names)

    assert set(found) == set(stored) == set(names[:900])
    assert found["C-1"].version == 1
    assert stored == {name: (one.id, one.content_hash, one.version) for name, one in found.items()}
