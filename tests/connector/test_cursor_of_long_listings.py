"""A long listing in no order of change: what changed behind its back comes with the next."""

from datetime import UTC, datetime, timedelta

import pytest

from connector.sources import Head, Page
from connector.stream_run import Cursor

BEGAN = datetime(2024, 6, 3, 12, tzinfo=UTC)


def page(minute: int) -> Page:
    return Page([], BEGAN + timedelta(minutes=minute))


def head(minute: int) -> Head:
    at = BEGAN + timedelta(minutes=minute)
    return Head(f"c{minute}", 1, at, at.isoformat())


def after(*, ordered: bool, minutes: list[int]) -> str | None:
    cursor = Cursor(None, None, ordered=ordered)
    cursor.see([head(-20)], page(0))
    for minute in minutes:
        cursor.see([head(minute)], page(minute))
    return cursor.at


def test_what_changed_while_it_was_read_does_not_move_the_cursor():
    # Somebody of the first page may have changed at minute 5: nobody looks there again.
    assert after(ordered=False, minutes=[-3, 30]) == head(-3).stamp


def test_oldest_first_it_does():
    assert after(ordered=True, minutes=[-3, 30]) == head(30).stamp


@pytest.mark.parametrize("minutes", [[-30, 30], [-30, 31, 30]])
def test_oldest_first_that_is_not_is_no_order(minutes: list[int]):
    assert after(ordered=True, minutes=minutes) == head(-20).stamp


def test_of_a_listing_read_twice_the_first_beginning_holds():
    cursor = Cursor(None, None, ordered=False)
    for minute in (0, 50):
        began = BEGAN + timedelta(minutes=minute)
        cursor.see([], Page([], began, cursor=began.isoformat()))

    assert cursor.at == BEGAN.isoformat()
