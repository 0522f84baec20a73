"""A run that ends well and a green badge mean everybody, however a master lists, lies and moves.

Each life of a master is loaded first, killed and begun again; then its changes are read, whom it
deleted is swept, and the mirror is proven. Whatever says that all is well must be right; and where
a master can be read to its end, it has to be said.
"""

import json
import shutil
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from connector import sync
from connector.http import MasterProblem
from connector.reconcile import prove
from connector.sources.rest import paging
from connector.sources.rest.paging import Walk
from connector.stream_run import StreamRun
from connector.sync import Report
from mirror.reading.freshness import freshness
from mirror.store import progress
from mirror.store.engine import Database
from mirror.store.lease import lease
from mirror.store.sealing import Keyring
from tests.fakes.engines import open_mirror
from tests.fakes.listings import Life, Shop, Write
from tests.fakes.looking import versions
from tests.model.faults import Crash, Frail

CASE = Path(__file__).parents[1] / "data/field_cases/07_page_smaller_than_asked.json"
KEYS = Keyring(b"espelho tests use this root key!")


class Everybody:
    """One life of a master and its mirror."""

    def __init__(self, template: Path, life: Life) -> None:
        self.dir = Path(tempfile.mkdtemp()) / "data"
        shutil.copytree(template, self.dir)
        self.db: Database = open_mirror(self.dir, KEYS)
        self.life, self.shop = life, Shop(life)

    @property
    def mirrored(self) -> set[int]:
        return set(map(int, versions(self.db)))

    @property
    def green(self) -> bool:
        return freshness(self.db, datetime.now(UTC)).state == "fresh"

    def live(self) -> None:
        """Everything that happens to it, and what must be true after each of it."""
        try:
            if self.loaded():
                self.followed()
                self.swept()
                self.proven()
        finally:
            self.db.close()
            shutil.rmtree(self.dir.parent)

    def loaded(self) -> bool:
        """The first load, begun again after each death and each silence; whether it ended."""
        report = None
        kills = [*self.life.kills, *[None] * (len(self.life.silent) + 3)]
        for kill in kills:
            report = self.run(kill)
            if report and (report.ok or self.point_is_listed()):
                break
        if report and report.ok and self.green:
            # Who was edited meanwhile may come with the next run.
            still = self.shop.there - self.shop.edited
            must(still <= self.mirrored, "the first load misses somebody")
        if _is_plain(self.life):
            must(report and report.ok, "a master that can be read to its end was not")
        return self.point_is_listed()

    def point_is_listed(self) -> bool:
        return freshness(self.db, datetime.now(UTC)).settled_at is not None

    def followed(self) -> None:
        """A run of changes, left in peace."""
        self.shop.writes, self.shop.silent = {}, set()
        report = self.run()
        if report and report.ok and self.green:
            newest = {str(row["id"]): row["v"] for row in self.shop.rows.values()}
            found = versions(self.db)
            must(newest.items() <= found.items(), "a change is missing though all is green")

    def swept(self) -> None:
        """A sweep after some were deleted, while others change."""
        self.shop.write([("delete", one * 7) for one in range(self.life.gone)])
        self.shop.now += timedelta(hours=1)  # of who has just changed absence proves nothing
        self.shop.there, self.shop.told = set(self.shop.rows), 0
        self.shop.writes, self.shop.lost = self.life.swept, self.life.lost or self.life.loses
        before = self.mirrored
        gone = before - self.shop.there
        report = self.run(full=True)
        self.shop.writes = {}
        must(before & self.shop.there <= self.mirrored, "somebody living was removed")
        if report and report.ok and self.green:
            must(self.shop.there <= self.mirrored, "a sweep misses somebody")
            must(report.figures.held or not gone & self.mirrored, "who is gone was not removed")
        if _is_plain(replace(self.life, writes=self.life.swept)):
            must(report and report.ok, "a master that can be swept was not")

    def proven(self) -> None:
        """What `reconcile` says."""
        try:
            proof = prove(self.db, self.shop.source())
        except MasterProblem:
            return
        if proof.same:
            must(self.mirrored == set(self.shop.rows), "it is proven and not the same")

    def run(self, kill: int | None = None, *, full: bool = False) -> Report | None:
        """One run by a new process; None where it died."""
        db = Frail(self.db.engine, self.db.keys, (kill, "before") if kill else None)
        small = patch.object(sync, "_BATCH_RECORDS", self.life.batch)
        few = patch.object(sync, "_BATCH_RECEIVED", self.life.batch)
        try:
            with small, few, lease(self.db, self.dir) as fence:
                return sync.run(db, self.shop.source(), fence, full=full)
        except Crash:
            return None


Live = Callable[[Life], None]


@pytest.fixture
def everybody(_template: Path) -> Live:
    """Has a life happen; raises AssertionError for a promise that was broken."""
    return lambda life: Everybody(_template, life).live()


def must(true: object, told: str) -> None:
    """Raise what names the promise that was broken."""
    if not true:
        raise AssertionError(told)


def _is_plain(life: Life) -> bool:
    """Whether it can be read to its end: then that has to be said."""
    told = life.kind == "token" and not (life.lost or life.loses or life.unsized)
    asked_on = told or (life.kind in ("page", "offset", "keyset") and life.behind == "empty")
    right = life.first == 1 and (life.total is None or life.total <= 0)
    ends = {"empty", "short"} & set(life.stop)
    return bool(asked_on and right and ends and not life.writes)


_counts = st.integers(0, 200)
_writes: st.SearchStrategy[Write] = st.tuples(st.sampled_from(("edit", "delete", "add")), _counts)
_happenings = st.dictionaries(st.integers(1, 9), st.lists(_writes, max_size=6), max_size=6)
_stops = st.lists(
    st.sampled_from(("empty", "short", "total:total", "total_pages:pages")),
    min_size=1,
    max_size=3,
    unique=True,
)


@st.composite
def lives(draw: st.DrawFn) -> Life:
    """Any life of a master."""
    kind = draw(st.sampled_from(("page", "offset", "next", "token", "keyset", "none")))
    pages = kind == "page"
    stop = [one for one in draw(_stops) if pages or "pages" not in one] or ["empty"]
    size = draw(st.integers(10, 40))
    cap = draw(st.sampled_from((1_000, 10, 17, 25)))
    return Life(
        kind=kind,
        order="id" if kind == "keyset" else draw(st.sampled_from(("id", "changed", "newest"))),
        number=draw(st.one_of(st.integers(1, 120), st.sampled_from((size, 2 * size, cap % 999)))),
        size=size,
        cap=cap,
        by_asked=draw(st.booleans()),
        stop=tuple(stop),
        total=draw(st.sampled_from((None, None, 0, 0, -30, -1, 1, 30))),
        lost=draw(st.sampled_from((False, False, True))),
        null=draw(st.booleans()),
        behind=draw(st.sampled_from(("empty", "empty", "refused", "repeated", "down"))),
        first=draw(st.sampled_from((1, 1, 1, 0))),
        writes=draw(_happenings),
        silent=tuple(draw(st.lists(st.integers(1, 9), max_size=2))),
        kills=tuple(draw(st.lists(st.integers(2, 6), max_size=2))),
        batch=draw(st.sampled_from((10, 30))),
        gone=draw(st.integers(0, 5)),
        swept=draw(_happenings),
    )


_EDITS: dict[int, list[Write]] = {at: [("edit", 0), ("edit", 1), ("edit", 2)] for at in (2, 3)}
_GOES: dict[int, list[Write]] = {2: [("delete", 0), ("delete", 1)]}
CAPPED = Life(size=40, cap=10, stop=("short",))
BY_ASKED = Life(size=40, cap=10, by_asked=True, stop=("empty",))
COUNTS_TOO_FEW = Life(stop=("total:total",), total=-30)
COUNTS_MORE = Life(kind="next", cap=10, total=0, lost=True, unsized=True, stop=("total:total",))
SAYS_NOTHING = Life(kind="next", size=20, lost=True)
NEVER_SAYS = Life(kind="token", size=40, cap=10, lost=True)
FROM_ZERO = Life(first=0, stop=("short",))
REFUSES = Life(behind="refused", stop=("total:total",), total=-35, cap=25, by_asked=True)
SLIDES = Life(order="changed", writes=_EDITS)
SLIDES_BY_LINKS = replace(SLIDES, kind="next")
BROKEN_OFF = Life(order="changed", number=90, writes=_EDITS, kills=(6,), batch=10)
SLIDES_SWEPT = Life(swept=_GOES)
ONE_PAGE = Life(kind="none", cap=25)
FALLS_SILENT = Life(number=50, stop=("total:total",), total=-30, silent=(4, 7), size=20)
LOST_IN_SWEEP = Life(kind="token", size=30, number=55, loses=True)
FULL_AT_ITS_END = Life(kind="token", size=20, number=62)
EXAMPLES = (
    FULL_AT_ITS_END,
    CAPPED,
    BY_ASKED,
    COUNTS_TOO_FEW,
    COUNTS_MORE,
    SAYS_NOTHING,
    NEVER_SAYS,
    FROM_ZERO,
    REFUSES,
    SLIDES,
    SLIDES_BY_LINKS,
    BROKEN_OFF,
    SLIDES_SWEPT,
    ONE_PAGE,
    FALLS_SILENT,
    LOST_IN_SWEEP,
)


@pytest.mark.timeout(300)
def test_what_says_that_all_is_well_is_right(everybody: Live):
    @settings(max_examples=60, phases=[Phase.explicit, Phase.generate])
    @given(life=lives())
    def check(life: Life) -> None:
        everybody(life)

    for one in EXAMPLES:
        check = example(life=one)(check)
    check()


# Connectors as they are often written, each in one place: each must be found out by a life above.

Patched = Callable[[pytest.MonkeyPatch], None]


def believes_a_short_page(patched: pytest.MonkeyPatch) -> None:
    """Fewer came than were asked for, or as many as the total says: that was the last page."""
    ends = Walk._ends
    patched.setattr(
        Walk, "_ends", lambda walk, step, claim: claim is not None or ends(walk, step, claim)
    )


def believes_a_total(patched: pytest.MonkeyPatch) -> None:
    """As many came as the master counts: that is everybody."""
    ends = Walk._ends
    patched.setattr(Walk, "_ends", lambda walk, step, claim: bool(claim) or ends(walk, step, claim))
    believes_silence(patched)


def goes_on_by_its_own_size(patched: pytest.MonkeyPatch) -> None:
    """The next page is the next number, however many were on the last."""
    patched.setattr(
        Walk,
        "_after",
        lambda walk, step: (
            paging.place_after(step.place, walk._paging)
            if walk._paging.kind in paging.COUNTED
            else paging._WAYS[walk._paging.kind](step, walk._paging, walk._name, walk._base)
        ),
    )


def believes_silence(patched: pytest.MonkeyPatch) -> None:
    """Without a next address there is no next page."""
    patched.setattr(Walk, "_silence", lambda walk, step: None)


def never_asks_for_fewer(patched: pytest.MonkeyPatch) -> None:
    """A page that is not full and says no more is the last one."""
    patched.setattr(Walk, "_silence_of_fewer", lambda walk, size: None)


def takes_no_notice_of_totals(patched: pytest.MonkeyPatch) -> None:
    """That the master counts more than came is its own affair."""
    patched.setattr(Walk, "_note", lambda walk, step: None)


def believes_the_first_number(patched: pytest.MonkeyPatch) -> None:
    """The first page is the one that is declared to be."""
    patched.setattr(Walk, "_look_before_first", lambda walk, page: None)


def takes_an_outage_for_the_end(patched: pytest.MonkeyPatch) -> None:
    """What cannot be asked for behind the last page is not there."""
    end = Walk._end
    patched.setattr(
        Walk,
        "_end",
        lambda walk, shown, why: end(walk, shown or "could not be" in str(why), why),
    )


def looks_once(patched: pytest.MonkeyPatch) -> None:
    """One look at a list is enough."""
    patched.setattr(sync._Cycle, "another_look", lambda cycle: None)


def forgets_that_it_broke_off(patched: pytest.MonkeyPatch) -> None:
    """Who goes on from the cursor has read all that lies before it."""
    save = progress.save_checkpoint

    def saving(connection: Any, point: Any) -> None:
        point.again_from = None
        save(connection, point)

    patched.setattr(progress, "save_checkpoint", saving)


def sweeps_with_one_look(patched: pytest.MonkeyPatch) -> None:
    """Who was not in the listing is gone."""
    patched.setattr(sync._Cycle, "_misses_some", property(lambda cycle: False))


def removes_in_spite_of_doubt(patched: pytest.MonkeyPatch) -> None:
    """The listing has ended: absence is what it is."""
    settle = StreamRun.settle
    patched.setattr(StreamRun, "settle", lambda run, fence, doubt: settle(run, fence, None))


def doubts_for_one_run(patched: pytest.MonkeyPatch) -> None:
    """The next run went well: all is well."""
    save = progress.save_checkpoint

    def saving(connection: Any, point: Any) -> None:
        point.doubt = None
        save(connection, point)

    patched.setattr(progress, "save_checkpoint", saving)


NAIVE: tuple[tuple[Patched, Life], ...] = (
    (believes_a_short_page, CAPPED),
    (believes_a_total, COUNTS_TOO_FEW),
    (goes_on_by_its_own_size, BY_ASKED),
    (believes_silence, SAYS_NOTHING),
    (believes_silence, ONE_PAGE),
    (never_asks_for_fewer, NEVER_SAYS),
    (takes_no_notice_of_totals, COUNTS_MORE),
    (believes_the_first_number, FROM_ZERO),
    (takes_an_outage_for_the_end, FALLS_SILENT),
    (looks_once, SLIDES),
    (looks_once, SLIDES_BY_LINKS),
    (forgets_that_it_broke_off, BROKEN_OFF),
    (sweeps_with_one_look, SLIDES_SWEPT),
    (removes_in_spite_of_doubt, LOST_IN_SWEEP),
    (doubts_for_one_run, SAYS_NOTHING),
)
"""Each with a life by which it is found out."""


@pytest.mark.parametrize(("naive", "life"), NAIVE, ids=lambda one: getattr(one, "__name__", ""))
def test_a_connector_as_it_is_often_written_is_found_out(
    naive: Patched, life: Life, everybody: Live, monkeypatch: pytest.MonkeyPatch
):
    everybody(life)
    naive(monkeypatch)
    with pytest.raises(AssertionError, match=r"misses|missing|removed"):
        everybody(life)


@pytest.mark.parametrize("kind", ["page", "offset", "next", "token", "keyset"])
@pytest.mark.parametrize("order", ["id", "changed", "newest"])
def test_first_loads_beside_a_hundred_and_fifty_writes_miss_nobody(
    kind: str, order: str, everybody: Live
):
    """Killed twice and begun again, of 400 customers whom others edit, delete and add meanwhile."""
    words = ("edit", "edit", "delete", "add", "edit")
    writes: dict[int, list[Write]] = {
        at: [(words[(at + one) % 5], at * 37 + one * 101) for one in range(5)]
        for at in range(2, 32)
    }
    order = "id" if kind == "keyset" else order
    life = Life(kind=kind, order=order, number=400, size=25, writes=writes, kills=(5, 7))
    everybody(replace(life, stop=("short",), batch=50))


@pytest.mark.parametrize("case", ["asked", "second"])
def test_pages_smaller_than_asked_bring_everybody(case: str, everybody: Live):
    said = json.loads(CASE.read_text("utf-8"))
    said = said if case == "asked" else said["second"]
    asked, total = said["asked"], said["answer"]["meta"]["total"]
    kind = "offset" if "offset" in asked else "page"
    stop = tuple(rule.replace("meta.total", "total") for rule in asked["stop"])
    life = Life(kind=kind, size=asked["size"], cap=100, number=total, stop=stop, total=0)
    everybody(replace(life, by_asked=kind == "page", batch=500))


@pytest.mark.parametrize(
    "life",
    [
        Life(kind="token", size=200, cap=50, number=620),
        Life(kind="keyset", order="id", size=300, cap=7, number=100, stop=("short",)),
        Life(kind="next", size=100, cap=1, number=25),
        Life(kind="page", size=50, cap=49, number=147, stop=("short", "total:total"), total=0),
        Life(kind="offset", size=40, cap=39, number=40, stop=("empty",), total=None),
    ],
    ids=lambda life: f"{life.kind}-{life.cap}-of-{life.size}",
)
def test_other_pages_smaller_than_asked_bring_everybody_or_are_refused(life: Life, everybody: Live):
    everybody(life)
