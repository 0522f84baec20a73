"""Sessions: how long they last, what ends them, and what is kept of their tokens."""

from collections.abc import Callable
from hashlib import sha256

import pytest
from sqlalchemy import select

from mirror.ledger import session as table
from mirror.store.engine import Database
from web.accounts import session, staff

MINUTE = 60
HOUR = 3600


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Sets the sessions' clock, in seconds."""

    def at(second: int) -> None:
        monkeypatch.setattr(session, "now_us", lambda: second * 1_000_000)

    at(0)
    return at


@pytest.fixture
def ana(ledger: Database) -> staff.Person:
    return staff.add(ledger, "ana", "Ana", "attendant", "cavalo-bateria")


@pytest.fixture
def rui(ledger: Database) -> staff.Person:
    return staff.add(ledger, "rui", "Rui", "supervisor", "cavalo-bateria")


def rows(ledger: Database) -> list[tuple[bytes, int, int]]:
    columns = (table.c.token_hash, table.c.created_at, table.c.seen_at)
    with ledger.reading() as connection:
        return [tuple(row) for row in connection.execute(select(*columns))]


def test_a_session_is_its_persons(ledger, ana, rui):
    tokens = session.start(ledger, ana), session.start(ledger, rui)

    assert [session.resume(ledger, token) for token in tokens] == [ana, rui]


def test_tokens_are_long_never_repeated_and_kept_only_hashed(ledger, ana):
    first, second = session.start(ledger, ana), session.start(ledger, ana)

    assert first != second
    assert len(first) == 43  # 32 bytes
    assert {row[0] for row in rows(ledger)} == {
        sha256(token.encode()).digest() for token in (first, second)
    }


@pytest.mark.parametrize("token", ["", "x", "é" * 50, "a\udcff", "x" * 10_000])
def test_what_is_no_token_is_nobody(ledger, ana, token):
    session.start(ledger, ana)
    assert session.resume(ledger, token) is None
    session.end(ledger, token)


def test_half_an_hour_of_idleness_ends_it(ledger, ana, clock):
    token = session.start(ledger, ana)

    clock(30 * MINUTE - 1)
    assert session.resume(ledger, token) == ana
    clock(60 * MINUTE - 2)
    assert session.resume(ledger, token) == ana  # each use began a new half hour
    clock(90 * MINUTE - 2)
    assert session.resume(ledger, token) is None


def test_twelve_hours_end_it_however_busy(ledger, ana, clock):
    token = session.start(ledger, ana)
    for minute in range(20, 12 * 60, 20):
        clock(minute * MINUTE)
        assert session.resume(ledger, token) == ana

    clock(12 * HOUR - 1)
    assert session.resume(ledger, token) == ana
    clock(12 * HOUR)
    assert session.resume(ledger, token) is None


def test_use_is_noted_at_most_once_a_minute(ledger, ana, clock):
    token = session.start(ledger, ana)
    seen = []
    for second in (1, 59, 60, 61, 119, 120):
        clock(second)
        session.resume(ledger, token)
        seen.append(rows(ledger)[0][2] // 1_000_000)

    assert seen == [0, 0, 60, 60, 60, 120]


def test_an_ended_session_is_over_and_others_are_not(ledger, ana):
    ended, other = session.start(ledger, ana), session.start(ledger, ana)

    session.end(ledger, ended)

    assert session.resume(ledger, ended) is None
    assert session.resume(ledger, other) == ana


def test_all_sessions_of_one_person_end_together(ledger, ana, rui):
    tokens = [session.start(ledger, who) for who in (ana, ana, rui)]

    staff.set_role(ledger, "ana", "supervisor")

    assert [session.resume(ledger, token) for token in tokens] == [None, None, rui]


def test_disabling_somebody_stops_their_sessions_at_once_and_for_good(ledger, ana):
    token = session.start(ledger, ana)

    staff.disable(ledger, "ana")
    assert session.resume(ledger, token) is None
    staff.enable(ledger, "ana")
    assert session.resume(ledger, token) is None


def test_a_session_begun_while_its_person_was_being_disabled_is_nobody(ledger, ana):
    staff.disable(ledger, "ana")
    assert session.resume(ledger, session.start(ledger, ana)) is None


def test_dead_sessions_do_not_pile_up(ledger, ana, clock):
    session.start(ledger, ana)
    clock(12 * HOUR)
    session.start(ledger, ana)

    assert [row[1] for row in rows(ledger)] == [12 * HOUR * 1_000_000]
