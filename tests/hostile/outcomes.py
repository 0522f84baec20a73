"""What became of a hostile answer: observed first, then named as the catalogue names it."""

from typing import Any

from tests.fakes.hostile import Bytes, reply
from tests.hostile.payloads import LAST
from tests.hostile.scene import Scene

REFUSED = frozenset({"REFUSE_REQUEST", "REJECT_PAGE", "ABORT_RUN"})
ACCEPTED = frozenset({"ACCEPT_NORMALISED", "ACCEPT_INERT"})
IGNORED = frozenset({"IGNORE_IDEMPOTENT"})
QUARANTINED = frozenset({"QUARANTINE_RECORD"})
HELD = frozenset({"HOLD_FOR_OPERATOR"})
DENIED = frozenset({"DENY"})


def refuses(scene: Scene, *told: Bytes, most: int = 2, **over: Any) -> frozenset[str]:
    """Nothing of any of these answers is used, neither for changes nor in a sweep."""
    before = scene.state()
    for answer in told:
        for full in (False, True):
            scene.answer(answer)
            report = scene.follow(full=full, **over)
            assert not report.ok, report.sentence
            assert scene.state() == before
            assert 1 <= len(scene.asked) <= most
    return REFUSED


def stops(scene: Scene, told: Bytes, *, most: int, **over: Any) -> frozenset[str]:
    """The run ends by itself; what came before the fault may stay, and nobody is gone."""
    before = set(scene.people())
    for full in (False, True):
        scene.answer(told)
        report = scene.follow(full=full, **over)
        assert not report.ok, report.sentence
        assert len(scene.asked) <= most
        assert before <= set(scene.people())
    return REFUSED


def quarantines(scene: Scene, told: bytes, *rules: str, **over: Any) -> frozenset[str]:
    """The records of the answer break exactly these rules; the mirror's rows stay as they were."""
    before, known = scene.people(), scene.refused()
    scene.answer(told, reply(LAST))
    report = scene.follow(**over)
    assert report.ok, report.sentence
    fresh = [rule for subject, rule in scene.refused().items() if known.get(subject) != rule]
    assert sorted(fresh) == sorted(rules)
    assert scene.people() == before
    return QUARANTINED
