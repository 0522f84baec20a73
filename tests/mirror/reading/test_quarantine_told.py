"""What is asked of quarantine for a page is found by an index, however much there is in it."""

from collections.abc import Callable
from typing import Any
from unittest.mock import patch

import pytest
from sqlalchemy import event

from mirror.reading import freshness
from mirror.store.engine import Database, Link
from mirror.store.progress import Checkpoint, save_checkpoint
from mirror.writing import quarantine
from mirror.writing.quarantine import Refusal

pytestmark = pytest.mark.engines

Question = Callable[[Database], Any]
QUESTIONS: list[tuple[Question, str]] = [
    (lambda db: freshness.unread_since(db, "loja", "7"), "(source=? AND subject=?)"),
    (lambda db: freshness.unread_with_code(db, ["7", "8"]), "(source=? AND subject=?)"),
    (lambda db: freshness.unread_of_customer(db, "loja", "7"), "(source=? AND customer=?)"),
    (freshness.any_unread_customer, "(source=?)"),
    (freshness.unread_numbers, "(source=?)"),
]


def fill(db: Database, feed: str, number: int, customer: str | None = None) -> None:
    names = [str(one) for one in range(number)]
    refusals = [Refusal(n, n, "name", "r", b"c", b"", customer=customer) for n in names]
    with db.writing() as connection:
        save_checkpoint(connection, Checkpoint(source="loja"))
        quarantine.put(connection, db.keys, feed, refusals)


@pytest.mark.engines("sqlite")
@pytest.mark.parametrize(("question", "by"), QUESTIONS)
def test_no_question_walks_through_quarantine(
    mirror_db: Database, question: Question, by: str
) -> None:
    fill(mirror_db, "loja", 3)
    asked: list[tuple[str, Any]] = []
    with mirror_db.reading() as connection:
        engine = connection.engine

    def note(_c: object, _cursor: object, text: str, values: Any, *_more: object) -> None:
        asked.append((text, values))

    def noted(link: Link, text: str, values: tuple[Any, ...] = ()) -> list[Any]:
        asked.append((text, values))
        return run(link, text, values)

    run = Link.rows
    event.listen(engine, "before_cursor_execute", note)
    with patch.object(Link, "rows", noted):
        question(mirror_db)
    event.remove(engine, "before_cursor_execute", note)
    about = [one for one in asked if "FROM quarantine" in one[0]]
    assert about
    with mirror_db.reading() as connection:
        for text, values in about:
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", values).all()
            steps = [row[3] for row in plan if "quarantine" in row[3]]
            assert steps
            assert all("SEARCH quarantine USING" in one and by in one for one in steps), steps


def test_a_customer_s_records_are_found_by_customer(mirror_db: Database) -> None:
    fill(mirror_db, "loja/orders", 2, customer="7")
    fill(mirror_db, "loja/visits", 1, customer="8")
    assert freshness.unread_of_customer(mirror_db, "loja", "7") == {"orders": 2}
    assert freshness.unread_numbers(mirror_db) == [("loja", "orders", 2), ("loja", "visits", 1)]


def test_a_feed_is_counted_up_to_a_bound(
    mirror_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(freshness, "MOST_UNREAD", 2)
    fill(mirror_db, "loja", 5)
    assert freshness.unread_numbers(mirror_db) == [("loja", "customers", 3)]


def test_every_source_s_feeds_are_counted(mirror_db: Database) -> None:
    fill(mirror_db, "loja", 1)
    fill(mirror_db, "outra", 2)
    with mirror_db.writing() as connection:
        save_checkpoint(connection, Checkpoint(source="outra"))
    assert freshness.unread_numbers(mirror_db) == [
        ("loja", "customers", 1),
        ("outra", "customers", 2),
    ]
