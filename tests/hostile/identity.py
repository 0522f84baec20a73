"""Who is who: ids, versions, instants, deletions, documents that move."""

import json
from typing import Any

from mirror.reading.listing import Filters, browse
from tests.fakes.hostile import reply
from tests.fakes.looking import graves, point
from tests.fakes.master import record
from tests.hostile.catalogue import Case, Outcomes, plays
from tests.hostile.outcomes import ACCEPTED, IGNORED, QUARANTINED, quarantines
from tests.hostile.payloads import LAST, answers, one, page, page_of, sole, texts
from tests.hostile.scene import Scene

CPF = "52998224725"


@plays("I01", "I08")
def an_older_version_after_a_newer(scene: Scene, case: Case) -> Outcomes:
    """On one page and on two."""
    payload = case["payload"]
    steps = answers(payload) if case["id"] == "I01" else [page_of(step) for step in texts(payload)]
    for told in steps:
        people = scene.taken(told)
        assert (people["7"]["version"], people["7"]["name"]) == (5, "new")
    assert scene.refused() == {}
    return IGNORED


@plays("I02")
def one_version_with_two_contents(scene: Scene, case: Case) -> Outcomes:
    """The first stays, however often both are told."""
    told = sole(case["payload"])
    for _ in range(2):
        assert scene.taken(told)["7"]["name"] == "A"
        assert scene.refused() == {"7": "version: same_version_other_content"}
    return QUARANTINED


@plays("I04")
def an_id_that_is_true(scene: Scene, case: Case) -> Outcomes:
    scene.good.put(record(1))
    scene.behave()
    assert scene.follow().ok
    return quarantines(scene, sole(case["payload"]), "id: not_an_id")


@plays("I05")
def an_id_that_is_none(scene: Scene, case: Case) -> Outcomes:
    rules = ("id: missing", "id: missing", "id: missing", "id: missing")
    for text, rule in zip(texts(case["payload"]), rules, strict=True):
        quarantines(scene, page_of(text), rule)
    assert len(scene.refused()) == len(rules)
    return QUARANTINED


@plays("I07")
def ids_that_are_paths_and_worse(scene: Scene, case: Case) -> Outcomes:
    people = scene.taken(page(*(one(id=value, name="Id") for value in texts(case["payload"]))))
    assert people.keys() >= {"A1", "a1"}
    assert len(people) == 12 + 2
    assert list(scene.refused().values()) == ["id: not_an_id"] * 3
    return QUARANTINED


@plays("I10")
def a_deletion_of_nobody(scene: Scene, case: Case) -> Outcomes:
    """A master that lists its deletions names an id that never was."""
    before = scene.people()
    told = page(*json.loads(case["payload"]["value"])["items"])
    scene.turn(lambda asked: told if "deleted=" in asked.target else reply(LAST))
    assert scene.follow(**_TELLS_OF_DELETIONS).ok
    assert len(scene.asked_for_lists) == 2
    # Nobody comes of it and nobody goes; who comes late with what was deleted stays away.
    assert (scene.people(), graves(scene.db)) == (before, {"999999": "master"})
    return IGNORED


@plays("I11")
def a_deletion_and_a_return(scene: Scene, case: Case) -> Outcomes:
    """Gone with the version it had; an older one stays dead, a newer one lives."""
    deletion, again = map(page_of, texts(case["payload"]))
    scene.taken(page(one(id=7, v=6, name="first")))
    scene.turn(lambda asked: deletion if "deleted=" in asked.target else reply(LAST))
    assert scene.follow(**_TELLS_OF_DELETIONS).ok
    assert graves(scene.db) == {"7": "master"}
    assert "7" not in scene.taken(page(one(id=7, v=6, name="first")))
    assert scene.taken(again)["7"]["name"] == "again"
    assert scene.codes(code="7") == ["7"]
    return ACCEPTED


_TELLS_OF_DELETIONS: dict[str, Any] = {"stream": {"deleted": {"query": {"deleted": "1"}}}}


@plays("I13")
def instants_without_a_zone(scene: Scene, case: Case) -> Outcomes:
    """A naive one is the master's local time, in the hour that never was too."""
    told = ["2026-11-22T03:00:00+00:00", "2018-11-04T03:30:00+00:00", "2026-11-22T00:00:00+00:00"]
    values = texts(case["payload"])
    people = scene.taken(page(*(one(id=i, updated_at=text) for i, text in enumerate(values, 1))))
    found = [people[str(number)]["updated_at"].isoformat() for number in (1, 2, 3)]
    assert found == told
    assert scene.refused() == {}
    return ACCEPTED


@plays("I14")
def instants_that_are_none(scene: Scene, case: Case) -> Outcomes:
    """Each costs the stamp: nobody is left out for it, and no cursor is made of it."""
    cursor = point(scene.db).cursor
    values = texts(case["payload"])
    people = scene.taken(page(*(one(id=i, updated_at=text) for i, text in enumerate(values, 1))))
    for number, _ in enumerate(values, 1):
        found = people[str(number)]
        assert (found["updated_at"], found["flags"]) == (None, ("updated_at_invalid",))
    assert scene.refused() == {}
    assert point(scene.db).cursor == cursor
    return ACCEPTED


@plays("I16")
def a_document_that_moves(scene: Scene, case: Case) -> Outcomes:
    scene.taken(page(one(id=1, v=1, cpf=CPF), one(id=2, v=1)))
    assert scene.codes(document=CPF) == ["1"]
    scene.taken(sole(case["payload"]))
    assert scene.codes(document=CPF) == ["2"]
    return ACCEPTED


def registered(status: str) -> Filters:
    return Filters("PF", (("registration", status),))


@plays("I17")
def a_status_nobody_knows(scene: Scene, case: Case) -> Outcomes:
    people = scene.taken(sole(case["payload"]))
    assert (people["1"]["registration"], people["1"]["registration_received"]) == (
        "unknown",
        "zumbi",
    )
    shown = {
        status: {found.external_id for found in browse(scene.db, registered(status)).rows}
        for status in ("active", "zumbi")  # a word of the master's own is one to filter by
    }
    assert "1" not in shown["active"]
    assert "1" in shown["zumbi"]
    assert "zumbi" in scene.html_of("1")
    return ACCEPTED


@plays("I19")
def a_merge_that_bites_its_tail(scene: Scene, case: Case) -> Outcomes:
    for step in texts(case["payload"]):
        scene.taken(page_of(step))
    assert (scene.codes(code="A"), scene.codes(code="B")) == (["A"], ["B"])
    assert "merged" not in repr(scene.people())
    return ACCEPTED
