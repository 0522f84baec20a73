"""One customer's way, from the master's answer to the screen: every file of ours that is entered.

Traced, not told: whatever of the program runs is seen, in every thread, templates and generated
code included. Nothing is left out of the counts but the tests themselves.
"""

import gc
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import _lru_cache_wrapper
from itertools import groupby
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple

import pytest
from flask.testing import FlaskClient

from connector.http.client import Fetcher, Limits
from connector.sync import run
from mirror.identifiers import classify
from mirror.masking import Texts
from mirror.reading.find import find
from mirror.store.engine import Database
from mirror.store.lease import lease
from tests.fakes.hostile import hostile, reply
from tests.fakes.master import encode, record, source
from tests.fakes.shopfront import open_shop

ROOT = Path(__file__).parents[2]
ROOMS = ("config", "connector", "mirror", "web")
STOPS = {
    "connector/sync.py": "connector.sync",
    "connector/http/": "connector.http",
    "connector/page_reader.py": "connector.page_reader",
    "connector/mapping/customers.py": "connector.mapping",
    "mirror/writing/customers.py": "mirror.writing",
    "web/customers/": "web.customers",
    "mirror/reading/find.py": "mirror.reading",
    "mirror/masking/": "mirror.masking",
    "web/look/templates/customers/": "template",
}
TELLERS = ("connector.sync", "connector.page_reader", "web.customers")
"""Each part of the way is told in one place, which calls the others in turn."""

MOST_IN, MOST_SEARCHED, MOST_SHOWN = 30, 14, 30
"""Files a newcomer opens to follow one customer in, one search, one page."""

CPF = "529.982.247-25"
CUSTOMER = record(7, cpf=CPF, phones=[{"number": "(11) 98765-4321"}])


class Entered(NamedTuple):
    """A function of ours that begins, and the file it stands in."""

    file: str
    function: str


def place_of(frame: FrameType) -> str | None:
    """The file of ours that a frame runs, below the repository's root; None for another's."""
    file = frame.f_code.co_filename
    if file.startswith("<"):  # written by a decorator: it counts where that stands
        file = str(frame.f_globals.get("__file__", ""))
    here = file.removeprefix(f"{ROOT}/")
    return here if here != file and here.partition("/")[0] in ROOMS else None


@contextmanager
def traced() -> Iterator[list[Entered]]:
    """What of ours is entered while the block runs, in that order."""
    seen: list[Entered] = []

    def note(frame: FrameType, event: str, _: Any) -> None:
        if event == "call" and (here := place_of(frame)):
            seen.append(Entered(here, frame.f_code.co_name))

    _forget()
    threading.setprofile(note)
    sys.setprofile(note)
    try:
        yield seen
    finally:
        sys.setprofile(None)
        threading.setprofile(None)


def _forget() -> None:
    # What an earlier test had worked out would hide who works it out.
    for one in gc.get_objects():
        if isinstance(one, _lru_cache_wrapper) and one.__module__.partition(".")[0] in ROOMS:
            one.cache_clear()


def files(seen: Iterable[Entered]) -> list[str]:
    """Each file once."""
    return sorted({one.file for one in seen})


def told(seen: Iterable[Entered]) -> str:
    """The list for whoever sees the count fail."""
    return "\n  ".join((f"{len(files(seen))} files are entered:", *files(seen)))


@pytest.fixture
def brought(mirror_db: Database, data_dir: Path) -> list[Entered]:
    """What is entered until a customer of the master is at rest in the mirror."""
    body = encode({"items": [CUSTOMER], "next": None, "has_more": False})
    with hostile(reply(body)) as master, lease(mirror_db, data_dir) as fence:
        made = source(Fetcher(master.url, {}, Limits(attempts=1)))
        with traced() as seen:
            assert run(mirror_db, made, fence).ok
        made.close()
    return seen


@pytest.fixture
def staff(
    brought: list[Entered], mirror_with: Callable[..., Database], ledger: Database
) -> FlaskClient:
    """Somebody signed in at a shop whose mirror has the customer, and whose pages are compiled."""
    client = open_shop(mirror_with, ledger).signed_in()
    client.post("/clientes/busca", data={"q": "cliente"}, follow_redirects=True)
    client.get("/clientes/1")
    return client


def searched(staff: FlaskClient) -> list[Entered]:
    """What is entered by a search with a CPF that opens one customer."""
    with traced() as seen:
        answer = staff.post("/clientes/busca", data={"q": CPF})
    assert (answer.status_code, answer.location) == (303, "/clientes/1")
    return seen


def shown(staff: FlaskClient) -> list[Entered]:
    """What is entered by a customer's page."""
    with traced() as seen:
        answer = staff.get("/clientes/1", headers={"Accept-Encoding": "gzip"})
    assert answer.status_code == 200
    return seen


def test_few_files_are_entered_on_a_customers_way_in(brought: list[Entered]) -> None:
    assert len(files(brought)) <= MOST_IN, told(brought)


def test_few_files_are_entered_by_a_search(staff: FlaskClient) -> None:
    seen = searched(staff)
    assert len(files(seen)) <= MOST_SEARCHED, told(seen)


def test_few_files_are_entered_by_a_customers_page(staff: FlaskClient) -> None:
    seen = shown(staff)
    assert len(files(seen)) <= MOST_SHOWN, told(seen)


def test_nine_stops_in_order_and_none_twice(brought: list[Entered], staff: FlaskClient) -> None:
    with traced() as seen:
        page = staff.post("/clientes/busca", data={"q": "cliente"}, follow_redirects=True)

    assert page.status_code == 200
    assert "Cliente 7" in page.text
    assert ".982.247-" in page.text
    assert "529.982" not in page.text
    walked = [stop for one in brought + seen for stop in stops_of(one)]
    assert list(dict.fromkeys(walked)) == list(STOPS.values())
    others = [stop for stop in walked if stop not in TELLERS]
    assert [stop for stop, _ in groupby(others)] == [
        stop for stop in STOPS.values() if stop not in TELLERS
    ]


def stops_of(one: Entered) -> list[str]:
    """The stop that something entered belongs to, if any; what is only made waits for its turn."""
    waits = one.function == "__init__"
    return [stop for place, stop in STOPS.items() if one.file.startswith(place) and not waits]


def hop(to: Callable[..., Any], through: str) -> Callable[..., Any]:
    """``to``, reached through a file of ours that does nothing but pass on."""
    said = compile("def passed(*a, **k): return to(*a, **k)", str(ROOT / through), "exec")
    names: dict[str, Any] = {"to": to}
    exec(said, names)
    passed: Callable[..., Any] = names["passed"]
    return passed


def test_one_needless_hop_is_seen(staff: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    before = searched(staff)
    further = hop(find, "mirror/reading/needless.py")
    monkeypatch.setattr("web.customers.search.find", further)

    after = searched(staff)

    assert set(files(after)) - set(files(before)) == {"mirror/reading/needless.py"}
    assert len(files(after)) > MOST_SEARCHED
    assert "mirror/reading/needless.py" in told(after)


def test_a_needless_template_is_seen(staff: FlaskClient) -> None:
    page = staff.application.jinja_env.get_template("customers/page.html")
    page.blocks["live"] = hop(page.blocks["live"], "web/look/templates/needless.html")

    after = shown(staff)

    assert "web/look/templates/needless.html" in files(after)
    assert len(files(after)) > MOST_SHOWN


def test_the_trace_sees_what_happens_and_nothing_else() -> None:
    with traced() as seen:
        classify("529.982.247-25")
    assert files(seen) == [
        "mirror/identifiers/documents.py", "mirror/identifiers/queries.py", "mirror/text.py",
    ]  # fmt: skip
    with traced() as seen:
        Fetcher("http://127.0.0.1:1", {}, Limits()).close()
    assert files(seen) == ["connector/http/client.py", "connector/http/transport.py"]
    with traced() as seen:
        list(map(str, (1, 2)))
    assert seen == []


def test_the_trace_sees_other_threads_and_what_is_imported() -> None:
    asking = threading.Thread(target=classify, args=("529.982.247-25",))
    with traced() as seen:
        asking.start()
        asking.join()
    assert "mirror/identifiers/queries.py" in files(seen)

    sys.modules.pop("config.lines", None)
    with traced() as seen:
        __import__("config.lines")
    assert "config/lines.py" in files(seen)


def test_what_a_decorator_wrote_is_seen_where_it_stands() -> None:
    with traced() as seen:
        Texts("staff", {}, {})
    assert files(seen) == ["mirror/masking/fields.py"]


def test_what_was_worked_out_before_hides_nobody() -> None:
    for _ in range(2):
        with traced() as seen:
            classify("maria")
        assert "mirror/identifiers/search_terms.py" in files(seen)
