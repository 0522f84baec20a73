"""`python -m tests.mutants`: puts each fault into a copy of the code and sees a test catch it.

Nothing of the checkout is changed: faults are put into copies, one after the other, and taken out
again. Tests run in processes forked from one that knows the libraries already. First of all those
that are to fail run where nothing is wrong: one that fails there as well would prove nothing.
"""

import argparse
import importlib
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from fnmatch import fnmatch
from pathlib import Path

from tests.mutants.catalogue import Fault, Stale, catalogue
from tests.mutants.trials import CAUGHT, PASSED, Trial, copies, tried

ROOT = Path(__file__).parents[2]
_LIMIT = 300
"""Seconds for the tests of one fault; a test has its own limit besides."""
_BASELINE_LIMIT = 3_600
_MOST_TOLD = 2_000
_WORDS = {CAUGHT: "caught", PASSED: "SURVIVED", None: "HUNG"}
"""What it means how the tests of a fault ended; everything else is no verdict."""
_NO_VERDICT = "BROKEN"


def main(arguments: Sequence[str] | None = None) -> int:
    """Try the faults asked for and print what became of each; 1 unless all were caught."""
    asked = _asked().parse_args(arguments)
    faults = [one for one in catalogue(asked.tree / "tests/mutants") if _wanted(one, asked.names)]
    if not faults:
        print("No fault has such a name.")
        return 1
    _know_libraries(asked.tree / "tests/mutants/libraries.txt")
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="espelho-mutants-") as place:
        there = copies(asked.tree, Path(place), asked.jobs)
        outcomes = list(_outcomes(faults, there))
    caught = outcomes.count("caught")
    print(f"{caught} of {len(faults)} faults caught, {time.monotonic() - begun:.0f} s")
    return int(caught != len(faults))


def _asked() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("names", nargs="*", help="only these; * stands for anything")
    parser.add_argument("--jobs", type=int, default=2, help="how many at a time (2)")
    parser.add_argument("--tree", type=Path, default=ROOT, help="another checkout than this one")
    return parser


def _know_libraries(named: Path) -> None:
    for library in named.read_text("utf-8").split() if named.exists() else ():
        importlib.import_module(library)


def _wanted(fault: Fault, names: Sequence[str]) -> bool:
    return not names or any(fnmatch(fault.name, name) for name in names)


def _unsound(faults: Sequence[Fault], there: Sequence[Path]) -> list[str]:
    """Those of the tests that are to fail which fail as well where nothing is wrong."""
    tests = sorted({test for fault in faults for test in fault.caught_by})
    share = -(-len(tests) // len(there))
    parts = [tuple(tests[at : at + share]) for at in range(0, len(tests), share)]
    failed: list[str] = []
    for one in tried([Trial("nothing", part, {}, True) for part in parts], there, _BASELINE_LIMIT):
        if one.ended != PASSED:
            print(f"Where nothing is wrong, tests fail that are to catch a fault:\n{one.told}")
            failed += one.failures or list(one.trial.tests)
    return failed


def _outcomes(faults: Sequence[Fault], there: Sequence[Path]) -> Iterator[str]:
    unsound, trials = _unsound(faults, there), []
    for fault in faults:
        try:
            trials.append(Trial(fault.name, fault.caught_by, fault.applied(there[0])))
        except Stale as reason:
            yield _printed("STALE", 0, fault.name, str(reason))
    for one in tried(trials, there, _LIMIT):
        outcome = _WORDS.get(one.ended, _NO_VERDICT)
        if outcome == "caught" and set(one.failures) <= set(unsound):
            outcome = _NO_VERDICT
        tests = one.failures[:1] if outcome == "caught" else one.trial.tests
        told = f"\n{one.told[-_MOST_TOLD:]}" if outcome == _NO_VERDICT else ""
        yield _printed(outcome, one.seconds, one.trial.name, ", ".join(tests) + told)


def _printed(outcome: str, seconds: float, name: str, told: str) -> str:
    print(f"{outcome:9}{seconds:5.0f} s  {name}  {told}", flush=True)
    return outcome


if __name__ == "__main__":
    sys.exit(main())
