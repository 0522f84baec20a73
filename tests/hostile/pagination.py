"""Tokens, repeats, ties, missing and superfluous pages: the way one page leads to the next."""

from tests.fakes.hostile import Asked, reply
from tests.fakes.looking import point
from tests.fakes.master import at, record
from tests.hostile.catalogue import Case, Outcomes, plays
from tests.hostile.outcomes import ACCEPTED, HELD, IGNORED, REFUSED, refuses, stops
from tests.hostile.payloads import LAST, STAMP, answers, one, page, texts
from tests.hostile.scene import Scene, good_master

MOST_PAGES = 40


@plays("P02")
def a_token_that_comes_again(scene: Scene, case: Case) -> Outcomes:
    return stops(scene, *answers(case["payload"]), most=2)


@plays("P04", "P07")
def pages_that_lead_nowhere(scene: Scene, case: Case) -> Outcomes:
    """The same emptiness again, or more without a token."""
    return refuses(scene, *answers(case["payload"]), most=6 if case["id"] == "P04" else 1)


@plays("P10", "P19")
def an_answer_to_another_question(scene: Scene, case: Case) -> Outcomes:
    """The next run asks again from the committed cursor, without a token."""
    reached = refuses(scene, *answers(case["payload"]), most=1)
    scene.behave()
    assert scene.follow().ok
    assert "updated_since=" in scene.asked[0].target
    assert "cursor=" not in scene.asked[0].target
    return reached


@plays("P01")
def pages_without_an_end(scene: Scene, case: Case) -> Outcomes:
    """The cap on pages ends it, a small one here; nothing piles up."""
    number = iter(range(10**9))
    item = one(name="Sempre Igual")
    before = set(scene.people())
    scene.turn(lambda asked: page(item, next=str(next(number)), has_more=True))
    assert not scene.follow(stream={"page": {"most": MOST_PAGES}}).ok
    assert len(scene.asked) == MOST_PAGES
    assert set(scene.people()) == before | {"1"}
    return REFUSED


@plays("P05")
def tokens_and_keys_that_go_backwards(scene: Scene, case: Case) -> Outcomes:
    """Opaque tokens have no order, so their repetition ends it; keys must grow."""
    before, steps = scene.state(), [reply(text.encode()) for text in texts(case["payload"])]
    later = iter([steps[0]])
    scene.turn(lambda asked: next(later, steps[1]))
    assert not scene.follow().ok
    assert scene.state() == before

    keys = {"kind": "keyset", "key": "id", "stop": ["empty"]}
    query = {"limit": "{size}", "cursor": "{key}"}
    pages = iter([page(record(500, updated_at=STAMP)), page(record(120, updated_at=STAMP))])
    scene.turn(lambda asked: next(pages))
    report = scene.follow(stream={"page": keys, "query": query})
    assert "backwards" in report.sentence
    assert not point(scene.db).cursor or point(scene.db).cursor == at(112)
    return REFUSED


@plays("P08")
def a_token_of_a_megabyte(scene: Scene, case: Case) -> Outcomes:
    """As a token, and as the key that a listing goes on from."""
    keys = {"kind": "keyset", "key": "key", "stop": ["empty"]}
    over = {"page": keys, "query": {"cursor": "{key}"}}
    stops(scene, page(one(key="A" * 100_000)), most=1, stream=over)
    scene.behave()
    assert scene.follow(full=True).ok
    return refuses(scene, page(next="A" * 1_000_000, has_more=True), most=1)


@plays("P11")
def a_hundred_thousand_at_once(scene: Scene, case: Case) -> Outcomes:
    return refuses(scene, page(*(one(id=number) for number in range(100_000))), most=1)


@plays("P13")
def pages_that_overlap(scene: Scene, case: Case) -> Outcomes:
    """Each page repeats the last twenty of the one before."""
    many = [record(number) for number in range(201, 301)]
    scene.good = good_master(*many)
    everybody = sorted(scene.good.records.values(), key=lambda item: item["updated_at"])

    def repeating(asked: Asked) -> bytes:
        start = int(asked.target.partition("cursor=")[2].partition("&")[0] or 0)
        last = start + 50 >= len(everybody)
        after = None if last else str(start + 30)
        return page(*everybody[start : start + 50], next=after, has_more=not last)

    scene.turn(repeating)
    for full in (False, True):
        report = scene.follow(full=full)
        assert report.ok
        assert report.figures.gone == report.figures.quarantined == 0
        assert scene.people().keys() == {str(item["id"]) for item in everybody}
    assert all(item["version"] == 1 for item in scene.people().values())
    return IGNORED


@plays("P14")
def more_of_one_instant_than_fit_on_a_page(scene: Scene, case: Case) -> Outcomes:
    """1,500 of one instant on pages of 500; a run that breaks off between them loses nobody."""
    tied = [record(number, updated_at=at(500)) for number in range(1_000, 2_500)]
    scene.good = good_master(*tied, size=500)
    told = iter([scene.well, scene.well])
    scene.turn(lambda asked: next(told, lambda _: reply(b"", 500))(asked))
    assert not scene.follow().ok
    scene.behave()
    assert scene.follow().ok
    assert {str(item["id"]) for item in tied} <= scene.people().keys()
    return ACCEPTED


@plays("P16")
def a_listing_cut_short(scene: Scene, case: Case) -> Outcomes:
    scene.good = good_master(*(record(number) for number in range(201, 401)))
    scene.behave()
    assert scene.follow().ok
    before = scene.people()
    everybody = sorted(scene.good.records.values(), key=lambda item: item["updated_at"])
    scene.answer(page(*everybody[: len(everybody) * 6 // 10]))
    report = scene.follow(full=True)
    assert (report.ok, report.figures.gone) == (False, 0)  # no code 0 while a person must decide
    assert report.figures.held == len(everybody) - len(everybody) * 6 // 10
    assert scene.people() == before
    return HELD


@plays("P17")
def a_token_that_would_be_a_header_or_a_statement(scene: Scene, case: Case) -> Outcomes:
    (token,) = texts(case["payload"])
    before = scene.state()
    scene.answer(page(next=token, has_more=True), reply(LAST))
    assert scene.follow().ok
    first, second = scene.asked_for_lists
    assert all(one.headers.keys() == first.headers.keys() for one in scene.asked)
    assert "cursor=abc%0D%0AX-Evil%3A" in second.target
    assert scene.state() == before
    return ACCEPTED
