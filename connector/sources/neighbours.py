"""What two pages in a row must not be: the same one twice, or one cut short before another."""

from collections.abc import Sequence

from connector.problems import BadAnswer, NoProgress
from connector.sources.stream import Paging


def check_neighbours(
    before: Sequence[bytes], records: Sequence[bytes], paging: Paging, name: str
) -> None:
    """Raise NoProgress or BadAnswer, told of source ``name``, for pages that show a listing broken.

    A master that sends fewer than it was asked for, and goes on at the offset it was asked for,
    passes over those in between: only a smaller page brings them.
    """
    if not records or not before:
        return
    if records == before and paging.kind in ("page", "offset"):
        raise NoProgress(f"{name}: two pages hold the same records; stopped.")
    if paging.kind == "offset" and len(before) < paging.size:
        raise BadAnswer(
            f"{name}: the master sends {len(before):,} customers a page where {paging.size:,} were "
            f"asked for. Set stream.page.size to {len(before):,} or less."
        )
