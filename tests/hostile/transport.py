"""Addresses, redirects, codings, lengths, statuses, floods: the way an answer comes."""

import os
import socket
import zlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import repeat
from typing import Any
from unittest import mock

from mirror.reading.freshness import freshness
from tests.fakes.hostile import chunked, hostile, reply
from tests.fakes.looking import point
from tests.hostile.catalogue import Case, Outcomes, plays
from tests.hostile.outcomes import IGNORED, REFUSED, refuses
from tests.hostile.payloads import LAST, answers, page, sole
from tests.hostile.scene import SOON, Scene

HOURS, INTERVAL_S = 6, 600


@plays("T01", "T02", "T04", "T05")
def another_address(scene: Scene, case: Case) -> Outcomes:
    """As a token and as a link, to the catalogue's host and to one that listens: never asked."""
    home = scene.served.url.partition("//")[2]
    with hostile(reply(LAST)) as canary:
        there = canary.url.partition("//")[2]
        links = {
            "T01": f"http://{there}/steal?page=2",
            "T02": f"http://{home}@{there}/p2",
            "T04": f"//{there}/p2",
            "T05": f"{canary.url}/api/v1/customers",
        }
        told = [*answers(case["payload"]), page(next=links[case["id"]], has_more=True)]
        refuses(scene, *told, most=1)
        reached = refuses(scene, *told, most=1, **_LINKED)
    assert canary.asked == []
    return reached


_LINKED: dict[str, Any] = {
    "stream": {"query": {"cursor": "none"}, "page": {"kind": "next", "stop": []}}
}
"""A master that tells the address of its next page."""


@plays("T07", "T08")
def a_redirect(scene: Scene, case: Case) -> Outcomes:
    """To the catalogue's address and to one of this machine that listens."""
    with hostile(reply(LAST)) as canary:
        told = [*answers(case["payload"]), reply(b"", 307, Location=f"{canary.url}/")]
        reached = refuses(scene, *told, most=1)
    assert canary.asked == []
    return reached


@plays("T22")
def access_refused(scene: Scene, case: Case) -> Outcomes:
    return refuses(scene, *answers(case["payload"]), reply(b"{}", 403), most=1)


@plays("T13", "T16", "T17", "T19", "T20")
def an_answer_that_is_none(scene: Scene, case: Case) -> Outcomes:
    return refuses(scene, *answers(case["payload"]))


@plays("T10")
def a_name_that_moves_to_a_private_address(scene: Scene, case: Case) -> Outcomes:
    """The name resolves to the outside when it is looked at, and to this machine when reached."""
    before, port = scene.state(), int(scene.served.url.rpartition(":")[2])
    told = iter(["203.0.113.5"])
    real = socket.getaddrinfo

    def resolve(host: str, *more: object, **other: object) -> object:
        found = next(told, "127.0.0.1") if host == "master.example" else host
        return real(found, *more, **other)  # type: ignore[arg-type]

    scene.hosts |= {"master.example", "203.0.113.5"}
    scene.answer(reply(LAST))
    with mock.patch.object(socket, "getaddrinfo", resolve):
        first = socket.getaddrinfo("master.example", port)
        assert {one[4][0] for one in first} == {"203.0.113.5"}
        report = scene.follow(url=f"https://master.example:{port}")
    assert "private address" in report.sentence
    assert scene.asked == []
    assert scene.state() == before
    return REFUSED


@plays("T11")
def a_bomb(scene: Scene, case: Case) -> Outcomes:
    squeeze = zlib.compressobj(9, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    parts = [squeeze.compress(bytes(1_000_000)) for _ in range(200)]
    bomb = b"".join([*parts, squeeze.flush()])
    assert len(bomb) < 200_000
    return refuses(scene, reply(bomb, Content_Encoding="gzip"))


@plays("T14")
def a_body_without_an_end(scene: Scene, case: Case) -> Outcomes:
    return refuses(scene, Again(lambda: chunked(repeat(b" " * 65_536))))


@plays("T28")
def interim_answers_without_an_end(scene: Scene, case: Case) -> Outcomes:
    """With pauses and without."""
    early, going = b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n", b"HTTP/1.1 100 Go on\r\n\r\n"
    flood = Again(lambda: repeat(going * 50))
    drip = Again(lambda: scene.served.forever(early, 0.02))
    return refuses(scene, flood, drip, **SOON)


@plays("T23")
def six_hours_of_503(scene: Scene, case: Case) -> Outcomes:
    """Every ten minutes one run of two requests; the pages stay, and say how old they are."""
    before, began = scene.state(), point(scene.db).succeeded_at
    assert began
    scene.answer(reply(b"", 503))
    runs = HOURS * 3600 // INTERVAL_S
    for _ in range(runs):
        assert not scene.follow().ok
    assert len(scene.asked) <= 2 * runs
    assert scene.state() == before
    later = datetime.fromtimestamp(began / 1e6, UTC) + timedelta(hours=HOURS)
    seen = freshness(scene.db, later)
    assert (seen.state, seen.age_s) == ("stopped", HOURS * 3600)
    for address in ("/clientes", "/saude", "/frescor"):
        assert scene.browser().get(address).status_code == 200
    return REFUSED


@plays("T25")
def a_cookie(scene: Scene, case: Case) -> Outcomes:
    """Neither the next page nor the next run brings back one of a parent domain, or of its own."""
    before = scene.state()
    own = page(next="a", has_more=True).replace(b"\r\n", b"\r\nSet-Cookie: sid=evil; Path=/\r\n", 1)
    for told in (sole(case["payload"]), own):
        scene.answer(told, reply(LAST))
        for _ in range(2):
            assert scene.follow().ok
    assert len(scene.asked_for_lists) == 4
    assert all("cookie" not in asked.headers for asked in scene.asked)
    assert scene.state() == before
    return IGNORED


@plays("T26")
def a_proxy_in_the_environment(scene: Scene, case: Case) -> Outcomes:
    proxy = "http://canary.invalid:3128"
    names = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy")
    before = scene.state()
    with mock.patch.dict(os.environ, dict.fromkeys(names, proxy)):
        os.environ.pop("NO_PROXY", None)
        scene.behave()
        assert scene.follow().ok
    assert len(scene.asked) == 1
    assert scene.state() == before
    return IGNORED


class Again:
    """An endless answer that begins anew for every request."""

    def __init__(self, begin: Callable[[], Iterator[bytes]]) -> None:
        self._begin = begin

    def __iter__(self) -> Iterator[bytes]:
        return self._begin()
