"""One customer walks through eight stops in order, from the master's answer to the screen.

Traced, not told: every call of the program's own code is seen, with the room it happens in.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from types import FrameType
from typing import Any

from connector.http.client import Fetcher, Limits
from connector.sync import run
from mirror.identifiers import classify
from mirror.store.lease import lease
from mirror.store.sqlite import Database
from tests.fakes.hostile import hostile, reply
from tests.fakes.master import encode, record, source
from tests.fakes.shopfront import open_shop

ROOT = Path(__file__).parents[2]
STOPS = {
    "connector/sync.py": "connector.sync",
    "connector/http/client.py": "connector.http.client",
    "connector/mapping/translator.py": "connector.mapping.translator",
    "mirror/writing/customers.py": "mirror.writing.customers",
    "web/customers/": "web.customers",
    "mirror/reading/find.py": "mirror.reading.find",
    "mirror/masking/": "mirror.masking",
    "web/look/templates/customers/": "template",
}
TELLERS = ("connector.sync", "web.customers")
"""Each half of the walk is told in one place, which calls the others in turn."""

CUSTOMER = record(7, cpf="529.982.247-25", phones=[{"number": "(11) 98765-4321"}])


@contextmanager
def traced() -> Iterator[list[str]]:
    """The stops, in the order in which they are entered while the block runs."""
    seen: list[str] = []

    def note(frame: FrameType, event: str, _: Any) -> None:
        file = frame.f_code.co_filename
        if event == "call" and file.startswith(str(ROOT)) and frame.f_code.co_name != "<module>":
            here = file.removeprefix(f"{ROOT}/")
            seen.extend(stop for place, stop in STOPS.items() if here.startswith(place))

    sys.setprofile(note)
    try:
        yield seen
    finally:
        sys.setprofile(None)


def bring(db: Database, data_dir: Path) -> list[str]:
    """From the master into the mirror."""
    body = encode({"items": [CUSTOMER], "next": None, "has_more": False})
    with hostile(reply(body)) as master, lease(db, data_dir) as fence:
        made = source(Fetcher(master.url, {}, Limits(attempts=1)))
        with traced() as seen:
            assert run(db, made, fence).ok
        made.close()
    return seen


def test_eight_stops_in_order_and_none_twice(
    mirror_db: Database,
    mirror_with: Callable[..., Database],
    ledger: Database,
    data_dir: Path,
) -> None:
    walked = bring(mirror_db, data_dir)
    staff = open_shop(mirror_with, ledger).signed_in()

    with traced() as seen:
        page = staff.post("/clientes/busca", data={"q": "cliente"}, follow_redirects=True)
    walked += seen

    assert page.status_code == 200
    assert "Cliente 7" in page.text
    assert ".982.247-" in page.text
    assert "529.982" not in page.text
    assert list(dict.fromkeys(walked)) == list(STOPS.values())
    others = [stop for stop in walked if stop not in TELLERS]
    assert [stop for stop, _ in groupby(others)] == [
        stop for stop in STOPS.values() if stop not in TELLERS
    ]


def test_the_trace_sees_what_happens_and_nothing_else() -> None:
    with traced() as seen:
        classify("529.982.247-25")
    assert seen == []
    with traced() as seen:
        Fetcher("http://127.0.0.1:1", {}, Limits()).close()
    assert set(seen) == {"connector.http.client"}
