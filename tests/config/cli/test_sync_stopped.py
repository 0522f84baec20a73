import json
import signal
import subprocess
from pathlib import Path

import pytest

from tests.faults.installation import Installation, Told, installed
from tests.faults.refusing import customers
from tests.faults.scripted import Answer, Script, customer, page

SECOND = "cursor=1"


@pytest.fixture
def empty(tmp_path: Path, master: Script) -> Installation:
    """It has never synced; its master has three pages of two customers."""
    master.answer = _pages
    return installed(tmp_path / "empty", master.url)


def _pages(target: str) -> Answer:
    at = int(target.partition("cursor=")[2].partition("&")[0] or 0)
    more = at < 2
    return page(
        customer(2 * at + 1),
        customer(2 * at + 2),
        next=str(at + 1) if more else None,
        has_more=more,
    )


def _sync(made: Installation, master: Script, *options: str, presses: int) -> Told:
    """Sync, and press Ctrl-C so often while the second page is waited for."""
    running: list[subprocess.Popen[str]] = []
    noticed: list[str] = []

    def answer(target: str) -> Answer:
        if SECOND in target:
            for press in range(presses):
                if press:  # the one before was taken in
                    noticed.append(running[0].stderr.readline())
                running[0].send_signal(signal.SIGINT)
        return _pages(target)

    master.answer = answer
    # A shell that runs tests in the background has them ignore Ctrl-C, and so their children.
    running.append(made.start("sync", *options, preexec_fn=_heed_ctrl_c))
    out, err = running[0].communicate(timeout=60)
    master.answer = _pages
    told = Told(running[0].returncode, out, "".join(noticed) + err)
    assert "Traceback" not in told.err
    assert "Aborted" not in told.err
    return told


def _heed_ctrl_c() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def _known(made: Installation) -> set[str]:
    return {row["external_id"] for row in customers(made)}


def test_ctrl_c_ends_a_sync_after_the_page_under_way_and_keeps_it(
    empty: Installation, master: Script
):
    told = _sync(empty, master, presses=1)

    assert told.code == 130
    assert "Stopping after the page under way. Ctrl-C once more stops at once." in told.err
    assert (
        "loja: Stopped by Ctrl-C. What was read is kept, and the next run goes on from there. "
        "Up to there: Listed everything: 4 received, 4 new."
    ) in told.err
    assert _known(empty) == {"1", "2", "3", "4"}
    assert len(master.asked) == 2


def test_the_next_run_goes_on_from_there(empty: Installation, master: Script):
    _sync(empty, master, presses=1)
    master.asked.clear()

    assert "received, 2 new." in empty.must("sync")
    assert "updated_since=" in master.asked[0]
    assert _known(empty) == {"1", "2", "3", "4", "5", "6"}


def test_a_full_run_that_was_ended_removes_nobody(empty: Installation, master: Script):
    empty.must("sync")

    told = _sync(empty, master, "--full", "--json", presses=1)

    assert told.code == 130
    (report,) = map(json.loads, told.out.splitlines())
    assert (report["mode"], report["ok"], report["stopped"]) == ("sweep", False, True)
    assert "nothing was removed; what is gone, the next full run settles." in report["sentence"]
    assert _known(empty) == {"1", "2", "3", "4", "5", "6"}


def test_no_other_source_is_read_after_ctrl_c(empty: Installation, master: Script):
    text = empty.file.read_text()
    other = text[text.index("[sources.loja]") :].replace("sources.loja", "sources.outra")
    empty.file.write_text(text + other)

    told = _sync(empty, master, "--json", presses=1)

    assert [json.loads(line)["source"] for line in told.out.splitlines()] == ["loja"]


def test_ctrl_c_twice_stops_at_once(empty: Installation, master: Script):
    told = _sync(empty, master, presses=2)

    assert (told.code, told.out) == (130, "")
    assert "Stopped at once. What was written before is kept" in told.err
    assert _known(empty) == set()
    assert "6 received, 6 new." in empty.must("sync")


def test_ctrl_c_during_a_dry_run(empty: Installation, master: Script):
    told = _sync(empty, master, "--dry-run", presses=1)

    assert (told.code, told.out) == (130, "")
    assert told.err == "Stopped. Nothing was changed: this was a dry run.\n"
