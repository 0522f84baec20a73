"""A batch puts readings together in the order they came: the later word holds, for each alone."""

from datetime import UTC, datetime

from connector.page_reader import Reading
from connector.sources import Head
from connector.stream_run import Batch


def reading(*there: str, gone: tuple[str, ...] = (), refused: tuple[str, ...] = ()) -> Reading:
    heads = [Head(name, 1, datetime(2026, 1, 1, tzinfo=UTC), "") for name in there]
    return Reading(heads, [], [], 0, len(heads), gone=[*gone], refused=[*refused])


def test_whoever_is_back_is_not_gone_and_whoever_is_gone_again_is() -> None:
    batch = Batch()
    batch.add(reading(gone=("1", "2", "3", "4")))
    batch.add(reading("2", "10", refused=("4",)))
    assert batch.gone == ["1", "3"]
    batch.add(reading("1"))
    assert batch.gone == ["3"]
    batch.add(reading(gone=("1", "5")))
    assert batch.gone == ["3", "1", "5"]
