"""A first load that needs more requests than a day has gets further each day, to its end."""

import shutil
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from connector import stream_run, sync
from connector.http import RequestRefused
from connector.reconcile import sweep_fits
from connector.sync import Report
from mirror.reading.freshness import freshness
from mirror.store.engine import Database
from mirror.store.lease import lease
from mirror.store.progress import begin_again
from mirror.store.sealing import Keyring
from tests.fakes.daily import Daily
from tests.fakes.engines import open_mirror
from tests.fakes.listings import Life, Write
from tests.fakes.looking import graves, point, versions
from tests.model.faults import Crash, Frail

KEYS = Keyring(b"espelho tests use this root key!")
KINDS = ("page", "offset", "next", "token", "keyset")
SIZE, NUMBER = 20, 200


class Days:
    """A master with few requests a day, and its mirror."""

    def __init__(self, place: Path, shop: Daily) -> None:
        self.db: Database = open_mirror(place, KEYS)
        self.place, self.shop = place, shop

    @property
    def mirrored(self) -> set[int]:
        return set(map(int, versions(self.db)))

    @property
    def green(self) -> bool:
        return freshness(self.db, datetime.now(UTC)).state == "fresh"

    def day(self, *, full: bool = False, kill: int | None = None, anew: bool = True) -> Report:
        """A run on the next day, or ``anew`` on the same; None where it died at a transaction."""
        if anew:
            self.shop.asked.clear()
            self.shop.now += timedelta(hours=1)
        db = Frail(self.db.engine, self.db.keys, (kill, "before") if kill else None)
        small = patch.object(sync, "_BATCH_RECORDS", SIZE)
        few = patch.object(sync, "_BATCH_RECEIVED", SIZE)
        try:
            with small, few, lease(self.db, self.place) as fence:
                return sync.run(db, self.shop.source(), fence, full=full)
        except Crash:
            return None

    def loaded(self, most: int = 20) -> list[Report]:
        """The runs, a day each, until everything is said to have been listed."""
        runs: list[Report] = []
        while point(self.db).listed_at is None:
            assert len(runs) < most, "it never ends"
            runs.append(self.day())
        return runs


@pytest.fixture
def days(data_dir: Path):
    made = []

    def open_(life: Life, per_day: int, **stream: Any) -> Days:
        made.append(Days(data_dir, Daily(life, per_day, **stream)))
        return made[-1]

    yield open_
    for one in made:
        one.db.close()


def life(kind: str = "page", **more: Any) -> Life:
    return replace(Life(kind=kind, number=NUMBER, size=SIZE), **more)


@pytest.mark.parametrize("kind", KINDS)
def test_each_day_gets_further_than_the_last_and_in_the_end_everybody_is_there(kind: str, days):
    one, came = days(life(kind), 5), []
    while point(one.db).listed_at is None:
        came.append(len(one.mirrored))
        assert not one.green
        one.day()
    assert came == sorted(set(came)), "a day brought nobody"
    assert len(one.mirrored) == NUMBER
    assert len(came) <= 4


@pytest.mark.parametrize("kind", ["page", "offset", "next", "token"])
def test_what_ends_in_parts_is_told_with_what_a_whole_listing_takes(kind: str, days):
    one = days(life(kind, null=True), 5)
    *before, last = one.loaded()
    assert not any(report.ok for report in before)
    assert not last.ok
    assert not one.green
    assert "limits.per_day" in last.sentence
    took = int(last.sentence.partition("about ")[2].split()[0])
    assert NUMBER // SIZE <= took <= 5 * len([*before, last])
    one.shop.per_day = 100
    assert one.day().ok, "changes are read meanwhile"
    assert not one.green, "a run of changes says nothing of who was passed over"
    assert one.day(full=True).ok
    assert one.green


def test_whom_deletions_push_past_the_place_is_missed_and_not_called_well(days):
    one = days(life(), 5)
    one.day()
    one.shop.write([("delete", 0)] * 45)  # two pages and more slide past the place that is kept
    last = one.loaded()[-1]
    missed = one.shop.there - one.mirrored
    assert missed
    assert not last.ok
    assert not one.green
    assert not graves(one.db)
    assert one.mirrored & one.shop.there == one.shop.there - missed
    one.shop.per_day = 100
    assert one.day(full=True).ok
    assert one.mirrored == set(one.shop.rows)
    assert one.green


def test_behind_a_key_the_changes_since_the_first_day_settle_it(days):
    one = days(life("keyset"), 6)
    one.day()
    one.shop.write([("edit", 0), ("delete", 3), ("add", 0), ("edit", 150)])
    reports = one.loaded()
    assert reports[-1].ok
    assert one.green
    assert one.shop.there <= one.mirrored
    assert "since" in one.shop.asked[-1]
    assert versions(one.db)["1"] == 2, "a change to who was passed already"


def test_behind_a_key_without_changes_to_ask_for_nothing_is_settled(days):
    one = days(life("keyset"), 6, since=None)
    assert not one.loaded()[-1].ok
    assert not one.green


def test_where_the_place_is_behind_everybody_nothing_is_settled(days):
    one = days(life("keyset"), 6)
    one.day()
    for number in list(one.shop.rows):
        if number > SIZE:
            del one.shop.rows[number]
    assert not one.loaded()[-1].ok


def test_what_changed_on_pages_of_earlier_days_comes_with_the_changes(days):
    one = days(life(), 5)
    one.day()
    one.day()
    one.shop.write([("edit", 0), ("edit", 1)])
    one.shop.now += timedelta(hours=1)
    one.shop.write([("edit", NUMBER - 1)])  # met by the last part, and newer than they
    one.loaded()
    one.shop.per_day = 100
    one.day()
    assert {versions(one.db)[name] for name in ("1", "2")} == {2}


def test_a_watermark_is_the_beginning_of_the_first_day(days):
    since = {"query": {"since": "{since}"}, "watermark": "run_start"}
    one = days(life(), 5, since=since)
    began = one.shop.now
    one.loaded()
    cursor = datetime.fromisoformat(point(one.db).cursor)
    assert began < cursor < began + timedelta(hours=1, minutes=1)
    assert one.shop.now > cursor + timedelta(hours=1)


def test_a_kill_on_a_later_day_goes_on_from_its_last_batch(days):
    one = days(life(), 5)
    one.day()
    before = len(one.mirrored)
    assert one.day(kill=5) is None
    came = len(one.mirrored)
    assert came > before
    one.day()
    assert int(one.shop.asked[0]["page"]) == came // SIZE, "one page back"
    one.loaded()
    assert len(one.mirrored) == NUMBER


@pytest.mark.parametrize("kind", KINDS)
def test_a_load_that_was_only_killed_goes_on_and_is_looked_at_as_a_whole(kind: str, days):
    one = days(life(kind), 1_000)
    assert one.day(kill=6) is None
    reached = len(one.mirrored)
    one.shop.write([("delete", 0)] * 45)
    report = one.day()
    asked = one.shop.asked
    assert report.ok
    assert one.green
    assert 0 < reached < NUMBER
    assert one.shop.there <= one.mirrored
    assert asked[0] != {"size": str(SIZE)} or kind == "next"
    assert report.figures.received > NUMBER - 45


def test_a_whole_look_that_the_budget_ends_leaves_a_load_in_parts(days):
    one = days(life(), 1_000)
    one.day(kill=6)
    one.shop.per_day = 10
    assert not one.day().ok
    assert point(one.db).listed_at is None
    assert not one.day().ok
    assert point(one.db).doubt
    assert len(one.mirrored) == NUMBER


@pytest.mark.parametrize("change", ["map", "size"])
def test_another_map_or_size_begins_anew(change: str, days):
    one = days(life(), 5)
    one.day()
    if change == "size":
        one.shop.stream = {"page": {"kind": "page", "size": 40, "stop": ["empty"]}}
    else:
        records = {"path": "items", "id": "id", "stamp": "at"}
        one.shop.stream = {"records": records}
    one.day()
    assert one.shop.asked[0]["page"] == "1"


def test_a_sweep_never_goes_on(days):
    one = days(life(), 100)
    one.loaded()
    one.shop.per_day = 5
    assert not one.day(full=True).ok
    assert point(one.db).trail is None
    assert not one.day(full=True).ok
    assert one.shop.asked[0]["page"] == "1"
    assert not graves(one.db)


def test_a_place_that_is_refused_is_given_up(days):
    one = days(life("token"), 5)
    one.day()
    page, refused = one.shop._page, patch.object(one.shop, "_page")

    def expired(query: dict[str, str]) -> dict[str, Any]:
        if "token" in query:
            raise RequestRefused("This token is no more.")
        return page(query)

    with refused as asked:
        asked.side_effect = expired
        assert not one.day().ok
    assert not one.day().ok
    assert "token" not in one.shop.asked[0]
    assert not one.green


@pytest.mark.parametrize("old", [False, True])
def test_a_place_that_leads_nowhere_for_days_is_given_up(
    old: bool, days, monkeypatch: pytest.MonkeyPatch
):
    one = days(life("token"), 5)
    one.day()
    if old:
        monkeypatch.setattr(stream_run, "_LEADS_NOWHERE_US", 0)
    one.shop.silent = {one.shop.told + 1}
    assert not one.day().ok
    one.day()
    assert ("token" in one.shop.asked[0]) is not old


def test_a_token_that_is_spent_by_being_asked_for_is_not_kept(days):
    one = days(life("token"), 5)
    one.shop.stream = {"page": {"kind": "token", "size": SIZE, "from": "body:next", "only": True}}
    one.day()
    assert one.mirrored
    assert point(one.db).trail is None


def test_who_comes_behind_a_day_s_pages_of_a_list_without_changes_arrives(days):
    one = days(life(), 5, since=None)
    one.loaded()
    one.shop.write([("add", 0)] * 5)
    for _ in range(4):
        assert not one.day().ok
    assert one.shop.there | {NUMBER + 5} <= one.mirrored
    assert not one.green


def test_a_mirror_that_is_begun_again_keeps_no_place(days):
    one = days(life(), 5)
    one.day()
    assert point(one.db).trail
    with one.db.writing() as connection:
        begin_again(connection)
    assert point(one.db).trail is None


def test_a_copy_in_parts_is_of_the_day_it_was_begun(days):
    one = days(life(), 5)
    begun = datetime.now(UTC)
    one.day()
    between = datetime.now(UTC)
    one.loaded()
    as_of = point(one.db).succeeded_at / 1e6
    assert begun.timestamp() <= as_of <= between.timestamp()


# Whatever happens between the days.

_words = st.sampled_from(("edit", "add", "delete"))
_nights = st.lists(st.lists(st.tuples(_words, st.integers(0, 200)), max_size=30), max_size=5)
_kills = st.lists(st.one_of(st.none(), st.integers(2, 6)), max_size=5)


@pytest.fixture
def lived(_template: Path):
    """Lets a load live through nights and kills, in a mirror of its own."""

    def live(shop: Daily, nights: list[list[Write]], kills: list[int | None]) -> None:
        place = Path(tempfile.mkdtemp()) / "data"
        shutil.copytree(_template, place)
        one = Days(place, shop)
        try:
            _live(one, nights, kills)
        finally:
            one.db.close()
            shutil.rmtree(place.parent)

    return live


@pytest.mark.timeout(120)
def test_in_the_end_everybody_is_there_who_did_not_move(lived):
    @settings(max_examples=25, phases=[Phase.explicit, Phase.generate], deadline=None)
    @given(st.sampled_from(KINDS), st.integers(5, 9), st.integers(10, 30), _nights, _kills)
    @example("page", 5, 20, [[("delete", 0)] * 25], [None, 3])
    @example("keyset", 5, 20, [[("delete", 0)] * 25, [("add", 0)]], [4])
    def check(
        kind: str, per_day: int, size: int, nights: list[list[Write]], kills: list[int | None]
    ) -> None:
        lived(Daily(life(kind, number=120, size=size), per_day), nights, kills)

    check()


def _live(one: Days, nights: list[list[Write]], kills: list[int | None]) -> None:
    moved = any(word == "delete" for night in nights for word, _ in night)
    stable = one.shop.life.kind in ("token", "keyset") or not moved
    report, known = None, one.shop.there.copy()
    for kill in [*kills, *[None] * 40]:
        before = one.mirrored
        report = one.day(kill=kill)
        assert before <= one.mirrored, "somebody was removed"
        assert not graves(one.db)
        if point(one.db).listed_at is not None:
            break
        if kill is None and stable:
            assert len(one.mirrored) > len(before) or known & one.shop.there <= before
        one.shop.write(nights.pop(0) if nights else [])
    else:
        pytest.fail("it never ends")
    there = known & one.shop.there - one.shop.edited
    if stable:
        assert there <= one.mirrored
    if report and report.ok and one.green:
        assert there <= one.mirrored


# A sweep that no day's requests are enough for.


def swept(one: Days) -> list[Report]:
    one.shop.asked.clear()
    one.shop.now += timedelta(hours=1)
    with lease(one.db, one.place) as fence:
        return list(sync.follow(one.db, one.shop.source(), fence, full=True))


def test_a_sweep_that_does_not_fit_a_day_is_told_and_not_begun_with_so_few_again(days):
    one = days(life(), 100)
    one.day()
    assert one.green
    assert sweep_fits(one.db, "loja", 0, ""), "nothing is known of it yet"
    one.shop.write([("delete", 3)])
    one.shop.per_day = 6

    (report,) = swept(one)
    assert not report.ok
    assert "limits.per_day" in report.sentence
    assert not sweep_fits(one.db, "loja", 6, "")
    assert sweep_fits(one.db, "loja", 7, "")
    assert one.day().ok, "changes are read meanwhile"
    assert not one.green, "who is gone is still here"
    assert "stream.page.size" in (freshness(one.db, datetime.now(UTC)).cause or "")

    one.shop.per_day = 100
    assert swept(one)[0].ok
    assert one.green
    assert one.mirrored == set(one.shop.rows)
    assert sweep_fits(one.db, "loja", 1, "")
