"""However a master answers: in bounded time, in bounded memory, whole, and JSON, or not at all."""

import gzip
import json
import zlib
from base64 import b64decode
from collections.abc import Callable, Iterator
from itertools import repeat
from pathlib import Path

import pytest

from connector.http import BadAnswer, MasterProblem, Request, RequestRefused, Unreachable
from connector.http.transport import Broken, TooLarge, body_of
from tests.connector.conftest import Open
from tests.fakes.hostile import Asked, Hostile, chunked, hostile, reply

PAGE = b'{"items":[]}'
DATA = Path(__file__).parents[2] / "data"
SOON = 0.25
"""Seconds until the deadline of a test that must run into it."""


def squeezed(body: bytes) -> bytes:
    return reply(gzip.compress(body), Content_Encoding="gzip")


def test_the_body_comes_whole_plain_or_squeezed_or_in_chunks(fetcher: Open):
    with hostile(reply(PAGE)) as master:
        assert fetcher(master.url).send(Request("/")).body == PAGE
        master.script = lambda asked: squeezed(PAGE)
        assert fetcher(master.url).send(Request("/")).body == PAGE
        master.script = lambda asked: chunked([PAGE[:5], PAGE[5:]])
        assert fetcher(master.url).send(Request("/")).body == PAGE


def test_a_coding_is_understood_in_capitals_too(fetcher: Open):
    with hostile(reply(gzip.compress(PAGE), Content_Encoding="GZIP")) as master:
        assert fetcher(master.url).send(Request("/")).body == PAGE


def test_a_kind_of_json_is_json(fetcher: Open):
    for kind in ("application/json; charset=utf-8", "application/hal+json", "Application/JSON"):
        with hostile(reply(PAGE, kind=kind)) as master:
            assert fetcher(master.url).send(Request("/")).body == PAGE


def test_the_answer_tells_the_master_s_clock(fetcher: Open):
    with hostile(reply(PAGE, Date="Sun, 22 Nov 2026 03:04:05 GMT")) as master:
        at = fetcher(master.url).send(Request("/")).at
    assert at.isoformat() == "2026-11-22T03:04:05+00:00"


@pytest.mark.parametrize(
    "date", ["", "yesterday", "Fri, 31 Dec 9999 23:59:59 -0500", "Mon, 99 Xyz 0000 00:00:00 GMT"]
)
def test_a_clock_that_cannot_be_read_is_replaced_by_ours(fetcher: Open, date: str):
    with hostile(reply(PAGE, Date=date)) as master:
        assert fetcher(master.url).send(Request("/")).at.tzinfo is not None


def test_a_body_larger_than_the_limit_is_not_used(fetcher: Open):
    large = PAGE.ljust(1001)
    with hostile(reply(large)) as master, pytest.raises(BadAnswer, match="1,000 bytes") as told:
        fetcher(master.url, max_bytes=1000).send(Request("/"))
    assert "limits.max_bytes" in str(told.value)
    with hostile(reply(PAGE.ljust(1000))) as master:
        assert len(fetcher(master.url, max_bytes=1000).send(Request("/")).body) == 1000


def test_a_bomb_is_not_inflated(fetcher: Open):
    bomb = gzip.compress(bytes(30_000_000))
    assert len(bomb) < 40_000
    told = reply(bomb, Content_Encoding="gzip")
    with hostile(told) as master, pytest.raises(BadAnswer, match="larger than"):
        fetcher(master.url, max_bytes=100_000).send(Request("/"))


def test_no_more_than_the_limit_is_ever_inflated(monkeypatch: pytest.MonkeyPatch):
    made: list[int] = []
    real = zlib.decompressobj(16 + zlib.MAX_WBITS)

    class Watched:
        def decompress(self, data: bytes, room: int) -> bytes:
            part = real.decompress(data, room)
            made.append(len(part))
            return part

        def __getattr__(self, name: str) -> object:
            return getattr(real, name)

    monkeypatch.setattr("connector.http.transport.zlib.decompressobj", lambda *_: Watched())
    with pytest.raises(TooLarge):
        body_of([gzip.compress(bytes(30_000_000))], "gzip", 50_000)
    assert sum(made) <= 50_001


def test_squeezed_bytes_count_too(fetcher: Open):
    with pytest.raises(TooLarge):
        body_of(repeat(gzip.compress(b"")), "gzip", 50_000)


def test_a_body_without_an_end_is_cut_off_at_the_limit(fetcher: Open):
    endless = hostile(lambda asked: chunked(repeat(b" " * 65_536)))
    with endless as master, pytest.raises(BadAnswer, match="larger than"):
        fetcher(master.url, max_bytes=1_000_000).send(Request("/"))


def slow(start: bytes, drop: bytes) -> Callable[[Hostile], Callable[[Asked], Iterator[bytes]]]:
    def of(master: Hostile) -> Callable[[Asked], Iterator[bytes]]:
        def script(asked: Asked) -> Iterator[bytes]:
            yield start
            yield from master.forever(drop, 0.02)

        return script

    return of


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


@pytest.mark.parametrize(
    "way",
    [
        slow(HEAD + b"Content-Length: 1000000\r\n\r\n", b" "),
        slow(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
        slow(HEAD, b"X-More: again\r\n"),
        slow(b"HTTP/1.1 ", b""),
        slow(b"", b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"),
        slow(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    ],
    ids=["dripped body", "dripped chunks", "endless head", "silence", "103 flood", "100 flood"],
)
def test_a_call_ends_at_its_deadline_whatever_trickles_in(
    fetcher: Open, way: Callable[[Hostile], Callable[[Asked], Iterator[bytes]]]
):
    with hostile(b"") as master:
        master.script = way(master)
        with pytest.raises(Unreachable, match="did not answer in time"):
            fetcher(master.url, timeout_s=SOON).send(Request("/"))


@pytest.mark.parametrize("drop", [b"HTTP/1.1 100 Continue\r\n\r\n", b"X-More: again\r\n"])
def test_a_flood_without_a_pause_ends_too(fetcher: Open, drop: bytes):
    with hostile(lambda asked: repeat(drop * 50)) as master, pytest.raises(Unreachable):
        fetcher(master.url, timeout_s=SOON).send(Request("/"))


@pytest.mark.parametrize(
    "told",
    [
        reply(PAGE, Content_Length="100"),
        HEAD + b'Transfer-Encoding: chunked\r\n\r\n5\r\n{"ite',
        HEAD + b'Transfer-Encoding: chunked\r\n\r\n5\r\n{"ite\r\n',
        HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
        HEAD,
        b"",
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"\0\0\0\0",
        HEAD + b"Content-Length: 12\r\nContent-Length: 13\r\n\r\n" + PAGE,
    ],
    ids=range(9),
)
def test_an_answer_cut_off_or_garbled_is_no_answer(fetcher: Open, told: bytes):
    with hostile(told) as master, pytest.raises(Unreachable, match=r"broke off|did not answer"):
        fetcher(master.url).send(Request("/"))


def test_where_no_length_is_told_the_end_of_the_connection_is_the_end(fetcher: Open):
    with hostile(HEAD + b"\r\n" + PAGE) as master:
        assert fetcher(master.url).send(Request("/")).body == PAGE


@pytest.mark.parametrize(
    "body",
    [PAGE[:-1], PAGE[:-3], b'{"items":[{"a":1},{"b":', b"[", b'[{"a":1}', b'"[1,2]', b'{"a":1}]'],
)
def test_json_that_is_cut_off_is_no_answer_whatever_the_length_says(fetcher: Open, body: bytes):
    for told in (reply(body), HEAD + b"\r\n" + body, reply(body, kind=None)):
        with (
            hostile(told) as master,
            pytest.raises(BadAnswer, match=r"cut off.*stream\.page\.size"),
        ):
            fetcher(master.url).send(Request("/"))


@pytest.mark.parametrize("body", [b"", b"  \r\n", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("kind", ["application/json", "text/html", None])
def test_a_200_with_nothing_in_it_is_no_answer(fetcher: Open, body: bytes, kind: str | None):
    with hostile(reply(body, kind=kind)) as master, pytest.raises(BadAnswer, match="nothing in it"):
        fetcher(master.url).send(Request("/"))


def test_an_answer_whose_head_is_all_that_matters_may_be_empty(fetcher: Open):
    with hostile(reply(b"", Set_Cookie="a=1")) as master:
        assert fetcher(master.url).send(Request("/", bare=True)).headers["set-cookie"] == "a=1"


def test_a_404_that_is_an_answer_needs_no_body(fetcher: Open):
    with hostile(reply(b"", 404)) as master:
        assert fetcher(master.url).send(Request("/", accept=frozenset({200, 404}))).status == 404


CASE = json.loads((DATA / "field_cases/16_json_under_another_type.json").read_text("utf-8"))
OTHER_TYPES = [*CASE["content_types"], "", "application/octet-stream", "application/jsonp", "x"]


@pytest.mark.parametrize("kind", OTHER_TYPES)
@pytest.mark.parametrize("body", [json.dumps(CASE["body"]).encode(), b' \n{"a":1}\n', b'"[1]"'])
def test_json_is_read_under_whatever_type_it_comes(fetcher: Open, kind: str | None, body: bytes):
    with hostile(reply(body, kind=kind)) as master:
        assert fetcher(master.url).send(Request("/")).body == body


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/vnd.api+json; charset=utf-8", b'{"data":[]}'),
        ("application/octet-stream", b"\xef\xbb\xbf[]"),
        ("TEXT/HTML;charset=windows-1252", b'\r\n\t {"a": "<html>"}'),
        ("binary/x-unknown; boundary", b'[{"id": 1}]'),
    ],
)
def test_json_under_further_types_is_read(fetcher: Open, kind: str, body: bytes):
    with hostile(reply(body, kind=kind)) as master:
        assert json.loads(fetcher(master.url).send(Request("/")).body.decode("utf-8-sig")) in (
            {"data": []}, [], {"a": "<html>"}, [{"id": 1}],
        )  # fmt: skip


@pytest.mark.parametrize("kind", [*OTHER_TYPES, "application/json"])
@pytest.mark.parametrize(
    "body", [b"<html>{}</html>", b"\n<!DOCTYPE html><p>[1]", b"<?xml version='1.0'?><a/>"]
)
def test_a_page_of_html_is_refused_under_whatever_type_it_comes(
    fetcher: Open, kind: str | None, body: bytes
):
    told = reply(body, kind=kind)
    with hostile(told) as master, pytest.raises(BadAnswer, match="something else than JSON"):
        fetcher(master.url).send(Request("/"))


@pytest.mark.parametrize("body", [b"cb({})", b"Sistema em manutencao", b"id;nome\n1;Ana", b"7"])
def test_what_is_neither_called_json_nor_looks_like_it_is_refused(fetcher: Open, body: bytes):
    told = reply(body, kind="text/plain")
    with hostile(told) as master, pytest.raises(BadAnswer, match="something else than JSON"):
        fetcher(master.url).send(Request("/"))


@pytest.mark.parametrize("kind", ["text/html", "text/plain", "application/jsonp", None, ""])
def test_what_is_not_json_is_not_used(fetcher: Open, kind: str | None):
    told = reply(b"<html>captive portal</html>", kind=kind)
    with hostile(told) as master, pytest.raises(BadAnswer, match="something else than JSON"):
        fetcher(master.url).send(Request("/"))


@pytest.mark.parametrize("coding", ["zstd", "br", "deflate", "x-foo", "gzip, gzip", "compress"])
def test_a_coding_that_was_not_asked_for_is_not_used(fetcher: Open, coding: str):
    told = reply(b64decode("KLUv/Q=="), Content_Encoding=coding)
    with hostile(told) as master, pytest.raises(BadAnswer, match="coding that was not asked for"):
        fetcher(master.url).send(Request("/"))


WHOLE = gzip.compress(PAGE, mtime=0)  # without the hour in it: every process collects the same


@pytest.mark.parametrize("body", [PAGE, b"", WHOLE[:-4], WHOLE[:10]])
def test_what_is_called_gzip_and_is_not_whole_gzip_is_not_used(fetcher: Open, body: bytes):
    told = reply(body, Content_Encoding="gzip")
    with hostile(told) as master, pytest.raises(BadAnswer, match="does not inflate"):
        fetcher(master.url).send(Request("/"))


def test_bytes_behind_the_end_of_gzip_are_not_passed_over(fetcher: Open):
    with pytest.raises(Broken):
        body_of([gzip.compress(PAGE) + gzip.compress(PAGE)], "gzip", 1000)
    with pytest.raises(Broken):
        body_of([gzip.compress(PAGE), b"more"], "gzip", 1000)


@pytest.mark.parametrize("status", [201, 202, 204, 206])
def test_only_a_200_is_a_page(fetcher: Open, status: int):
    with hostile(reply(b"", status)) as master, pytest.raises(RequestRefused, match=str(status)):
        fetcher(master.url).send(Request("/"))


def test_a_master_that_is_not_there_is_told_as_a_sentence(fetcher: Open):
    with hostile(b"") as master:
        gone = master.url
    with pytest.raises(Unreachable, match="cannot be reached"):
        fetcher(gone).send(Request("/"))


def test_no_message_repeats_a_secret_or_the_query(fetcher: Open):
    for told in (reply(PAGE, 401), reply(b"", 500), reply(b"x", kind="text/html"), b"", b"\0"):
        with hostile(told) as master, pytest.raises(MasterProblem) as problem:
            fetcher(master.url, headers={"Authorization": "Bearer s3cret"}).send(
                Request("/api", {"cursor": "t0ken"})
            )
        assert "s3cret" not in str(problem.value)
        assert "t0ken" not in str(problem.value)
