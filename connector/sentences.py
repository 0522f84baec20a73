"""Tells a run in one sentence, for the history, the log and the page of the administrator."""

from mirror.progress import Figures

_PARTS = (
    ("added", "{:,} new"),
    ("changed", "{:,} changed"),
    ("gone", "{:,} gone from the master"),
    ("stale", "{:,} older than ours and left"),
    ("quarantined", "{:,} unreadable and put in quarantine"),
)
_DID = {
    "initial": "Listed everything",
    "changes": "Read what changed",
    "sweep": "Listed everything and compared",
}


def sentence(mode: str, figures: Figures, problem: str | None) -> str:
    """What the run did, in figures and without a value of any record."""
    told = [text.format(getattr(figures, name)) for name, text in _PARTS if getattr(figures, name)]
    did = f"{_DID[mode]}: {figures.received:,} received, {', '.join(told) or 'nothing new'}."
    if figures.held:
        did += (
            f" {figures.held:,} are missing at the master, too many to believe: held, nothing was "
            "removed. Look at the master, then `espelho hold release`."
        )
    if problem and not figures.received:
        return problem
    return f"{problem} Up to there: {did}" if problem else did
