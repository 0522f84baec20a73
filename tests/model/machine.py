"""A master that does everything masters do, a connector that dies everywhere, and one mirror.

Whatever happens in whatever order, what `Watch` forbids never is; and once both are left in peace
the mirror is the master. hypothesis decides what happens.
"""

import shutil
import tempfile
from pathlib import Path
from unittest.mock import patch

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from msgspec.structs import replace

from connector import sync
from connector.sync import Report
from mirror.store.engine import Database, FenceLost
from mirror.store.lease import lease
from mirror.store.progress import fact, load_checkpoint, set_fact
from mirror.store.sealing import Keyring
from mirror.store.sqlite import open_mirror
from mirror.writing.holds import release
from tests.model.equality import check_equal, check_followed
from tests.model.faults import PEACE, Crash, Faults, Frail, Plan
from tests.model.master import LATEST_S, Change, Master
from tests.model.sources import OVERLAP, Keyset, Queue
from tests.model.watching import Watch, must

KEYS = Keyring(b"espelho tests use this root key!")
SOURCE = "loja"

_who = st.integers(0, 9)
_few = st.integers(0, 3)  # so few broken ones never mean that the map is wrong
_look = st.integers(0, 3)
_late = st.sampled_from((0, 0, 30, LATEST_S))
_soon = st.sampled_from((1, 5, 20))
_puts = st.tuples(st.just("put"), _who, _look, _late)
_deletions = st.tuples(st.just("delete"), _who, _late)
_brief = st.tuples(st.just("delete"), _few, _late)
changes = st.one_of(
    _puts,
    _puts,
    _deletions,
    st.tuples(st.just("spoil"), _few, st.integers(0, 1)),
    st.tuples(st.just("mend"), _few),
    st.tuples(st.just("date"), _few),
    st.tuples(st.just("import"), st.integers(10, 30), st.integers(2, 9)),
    st.tuples(st.just("purge"), st.integers(2, 4)),
)
_lives = st.one_of(_puts, st.tuples(st.just("put"), _few, _look, _late), _brief)
_days = st.tuples(st.lists(_lives, max_size=6), st.integers(2, 5), st.sampled_from((1, 700)))
_faults = st.sampled_from([("crash",), ("down",), ("cut",), ("usurp",), ("repeat",), ("empty",)])
_meanwhile = st.one_of(_faults, _puts, _deletions, st.tuples(st.just("tick"), _soon))
_deaths = st.tuples(st.integers(2, 6), st.sampled_from(("before", "inside", "after")))
plans = st.builds(
    Plan,
    size=st.integers(1, 4),
    batch=st.sampled_from((1, 1, 2, 5)),
    salt=st.integers(0, 3),
    behind_s=st.sampled_from((0, 30, 120)),
    at_page=st.dictionaries(_few, st.lists(_meanwhile, min_size=1, max_size=2), max_size=2),
    at_commit=st.none() | _deaths,
    confirming=st.sampled_from(("fine", "fine", "fine", "refused", "crash")),
)


class Model(RuleBasedStateMachine):
    """One master, one mirror; the style is how the one is followed by the other."""

    template: Path
    """A data directory to start from."""
    latest: Master
    """That of the life under way."""
    styles: tuple[str, ...] = ("counter", "timed", "queue")
    reads_cursor = True
    """See `Watch`."""

    def __init__(self) -> None:
        super().__init__()
        self.dir = Path(tempfile.mkdtemp()) / "data"
        shutil.copytree(self.template, self.dir)
        self.db: Database = open_mirror(self.dir, KEYS)
        self.master = type(self).latest = Master()
        self.style = "counter"
        self.watch = Watch(self.db, self.master, SOURCE, stamped=True)

    @initialize(data=st.data(), past=st.lists(_days, min_size=2, max_size=4))
    def begin(self, data: st.DataObject, past: list[tuple[list[Change], int, int]]) -> None:
        """A master has a past: some came one by one, some at once, then time passed."""
        self.follow_as(data.draw(st.sampled_from(self.styles)))
        for day, (puts, many, seconds) in enumerate(past):
            for change in (*puts, ("import", 10 + 5 * day, many), ("tick", seconds)):
                self.change_if_spared(change)

    def follow_as(self, style: str) -> None:
        """In which of the styles this master is followed, all its life."""
        self.style = style
        self.watch.stamped = style != "queue"
        self.watch.reads_cursor = self.reads_cursor

    @rule(change=changes)
    def change(self, change: Change) -> None:
        self.change_if_spared(change)

    def change_if_spared(self, change: Change) -> None:
        """What happens at the master, in between or while it is read."""
        if allowed := self.spared(change):
            self.master.change(allowed)

    @rule(seconds=st.sampled_from((1, 59, 300, 601, 4_000)))
    def pass_time(self, seconds: int) -> None:
        self.master.change(("tick", seconds))

    @rule(plan=plans)
    def follow(self, plan: Plan) -> None:
        self.run(plan)

    @rule(plan=plans, death=_deaths)
    def follow_to_death(self, plan: Plan, death: tuple[int, str]) -> None:
        self.run(replace(plan, at_commit=death))

    @rule(plan=plans)
    def read_everything(self, plan: Plan) -> None:
        self.run(replace(plan, full=True))

    @rule()
    def rest(self) -> None:
        """Left in peace for one run of changes, nobody is missing, whatever happened before."""
        if self.begins_wrong():
            self.master.change(("put", 9))
        for _ in range(2 if self.style == "queue" else 1):  # its first list reads no messages
            report = self.run(PEACE)
            must(report and report.ok, "a run left in peace failed")
        check_followed(self.watch, self.watch.look())

    def begins_wrong(self) -> bool:
        """Whether the first list is nothing but broken: the map is called wrong, and waits."""
        with self.db.reading() as link:
            listed = load_checkpoint(link, SOURCE).listed_at is not None
        shown = self.master.shown().values()
        return not listed and all(one.broken for one in shown) and bool(shown)

    @invariant()
    def nothing_is_ever_wrong(self) -> None:
        self.watch.look()

    def teardown(self) -> None:
        """Heal: the mirror is the master."""
        try:
            self.master.change(("tick", LATEST_S))
            self.rest()
            self.master.change(("tick", OVERLAP.seconds + 1))  # now nobody is too new to be gone
            self.sweep()
            check_equal(self.watch, self.watch.look())
        finally:
            self.db.close()
            shutil.rmtree(self.dir.parent)

    def sweep(self) -> None:
        """Read everything; let go, as a person would, what is held."""
        report = self.run(replace(PEACE, full=True))
        must(report and (report.ok or report.figures.held), "a sweep left in peace failed")
        if report and report.figures.held:
            must(release(self.db, SOURCE), "what is held cannot be let go")
            again = self.run(replace(PEACE, full=True))
            must(again and again.ok and not again.figures.held, "what was let go is held")

    def run(self, plan: Plan) -> Report | None:
        """Follow the master once; None where the process died or another took over."""
        mirror = Frail(self.db.engine, self.db.keys, plan.at_commit)
        with patch.object(sync, "_BATCH_RECORDS", plan.batch):
            try:
                with lease(self.db, self.dir) as fence:
                    return sync.run(mirror, self.source(plan), fence, full=plan.full)
            except (Crash, FenceLost):
                return None

    def source(self, plan: Plan) -> Keyset:
        """The master as the connector knows it."""
        kind = Queue if self.style == "queue" else Keyset
        faults = Faults(self.spared_plan(plan), self.change_if_spared, self.usurp)
        return kind(self.master, SOURCE, faults, counter=self.style != "timed")

    def usurp(self) -> None:
        """Another connector believes that this one is dead, and follows the master itself."""
        with self.db.writing() as connection:
            fence = int(fact(connection, "fence", "0")) + 1
            set_fact(connection, "fence", str(fence))
        sync.run(self.db, self.source(PEACE), fence)

    def spared(self, change: Change) -> Change | None:
        """The change as this style knows it, or None where it has none like it."""
        word, number, *rest = change
        if self.style == "timed" and word == "date":
            return None  # a version of 2099 is newer than all that follow
        if self.style == "queue" and word in ("put", "delete"):
            rest = [*rest[:-1], 0]  # a message is not sent before it is seen
        if self.style == "queue" and word == "spoil":
            return None  # told again, an older message takes it out of quarantine until a sweep
        return word, number, *rest

    def spared_plan(self, plan: Plan) -> Plan:
        """A plan in which no replica says what this style cannot tell from the truth."""
        # Of two edits of one instant nobody can say which is newer when a replica shows them.
        return replace(plan, behind_s=0) if self.style == "timed" else plan
