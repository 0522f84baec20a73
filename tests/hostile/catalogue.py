"""The catalogue of hostile masters: its cases, what we decided otherwise, and who plays which."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.hostile.scene import Scene

Case = dict[str, Any]
Outcomes = frozenset[str]
"""The words of the catalogue that what was observed stands for."""
Play = Callable[[Scene, Case], Outcomes]

FILE = Path(__file__).parents[1] / "data/hostile_master.json"
CASES: dict[str, Case] = {case["id"]: case for case in json.loads(FILE.read_text("utf-8"))["cases"]}

NOT_YET = {
    "U04": "a device may not reveal, and customers belong to no store: the routes do not exist",
}
"""Cases that nobody plays, and why."""

DECIDED = {
    "J01": ("ACCEPT_NORMALISED", "a value that is none is nothing; a bad part never costs a page"),
    "J05": ("QUARANTINE_RECORD", "one bad record never stops the rest of its page"),
    "P10": ("ABORT_RUN", "the next run asks again from the committed cursor, without a token"),
    "B04": ("ACCEPT_NORMALISED", "a digit of any script is that digit, for the search box too"),
    "B11": ("ACCEPT_NORMALISED", "what is no telephone is left out with a flag, nobody for it"),
    "B14": ("ACCEPT_NORMALISED", "points that are none are left out with a flag"),
    "B16": ("ACCEPT_NORMALISED", "what is beyond the cap is left out with a flag"),
    "S05": ("ACCEPT_NORMALISED", "the number is kept with a flag, what stands around it is not"),
    "I19": ("ACCEPT_NORMALISED", "no map reads merges: each customer of a master stays its own"),
}
"""Where another outcome than the catalogue's is right here, and why."""

PARTLY = {
    "S07a": "no export writes cells: what leaves is JSON and HTML",
    "S07b": "likewise",
    "S07d": "likewise",
    "S07e": "likewise",
    "U01": "a terminal has a budget a minute; it is not locked for guessing",
    "U08": "the eye of the pages and the terminals' lookup: a device may not reveal",
    "U10": "the eye of the pages: a device may not reveal",
}
"""Cases played on what there is today, and what is missing."""

PLAYS: dict[str, Play] = {}


def plays(*ids: str) -> Callable[[Play], Play]:
    """Registers a function as what puts these cases on the wire and says what became of them."""

    def register(play: Play) -> Play:
        for one in ids:
            assert one not in PLAYS, f"{one} is played twice"
            PLAYS[one] = play
        return play

    return register


def expected(case: Case) -> str:
    """The outcome that is right here."""
    decided = DECIDED.get(case["id"])
    return decided[0] if decided else str(case["expected"])
