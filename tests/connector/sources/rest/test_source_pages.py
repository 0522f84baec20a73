"""Pages of a master: linked by tokens that lead on, whole, of the request that was made."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from connector.http import Answer, BadAnswer, NoProgress, OriginRefused, Request
from connector.mapping.values import Refused
from connector.sources.rest import RestSource
from tests.fakes.master import encode, record, source

AT = datetime(2026, 11, 22, 12, tzinfo=UTC)

LAST = b'{"items":[],"next":null,"has_more":false}'


class Answers:
    """A fetcher that brings each body once, the last one for ever."""

    def __init__(self, *bodies: bytes) -> None:
        self._rest = list(bodies)
        self.requests = 0
        self.asked: list[dict[str, str]] = []

    def send(self, request: Request) -> Answer:
        self.asked.append(dict(request.query))
        self.requests += 1
        return Answer(self._rest.pop(0) if len(self._rest) > 1 else self._rest[0], NOW)


NOW = datetime(2026, 11, 22, tzinfo=UTC)


def page(*items: Any, **top: Any) -> bytes:
    return encode({"items": list(items), "next": None, "has_more": False} | top)


def reading(*bodies: bytes, **over: Any) -> tuple[RestSource, Answers]:
    answers = Answers(*bodies)
    return source(answers, **over), answers


def records(*bodies: bytes, cursor: str | None = None) -> Sequence[bytes]:
    made, _ = reading(*bodies)
    return [raw for one in made.pages(cursor) for raw in one.records]


def paging(**changed: Any) -> dict[str, Any]:
    return {"stream": {"page": changed}}


def test_pages_are_followed_by_their_tokens_to_the_last():
    made, answers = reading(
        page(record(1), next="a", has_more=True), page(record(2), next="b", has_more=True), LAST
    )
    assert [len(one.records) for one in made.pages(None)] == [1, 1, 0]
    assert [asked.get("cursor") for asked in answers.asked] == [None, "a", "b"]
    assert made.requests == 3


def test_records_come_byte_for_byte_as_they_were_sent():
    raw = b'{"id": 1,\n "name" : "Jo\\u00e3o"}'
    assert records(b'{"items":[%b],"next":null,"has_more":false}' % raw) == [raw]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b'"x"',
        b"0",
        b"true",
        b"{}",
        b'{"items":{}}',
        b'{"items":null}',
        b'{"items":"abc"}',
        b'{"items":7}',
        b'{"customers":[],"next":null,"has_more":false}',
        b'{"items":[],"next":null,"has_more":false}{}',
        b'{"items":[1,2',
        b"{'items':[]}",
        b'{"items":[],}',
        b"[" * 100_000 + b"]" * 100_000,
        b'{"items":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"items":[],"items":[],"next":null,"has_more":false}',
        b'{"items": [], "next": null, "next": "a", "has_more": false}',
        b'{"items":[],"next":null,"has_more":false,"has_mor\\u0065":true}',
        '{"items":[],"next":null,"has_more":false}'.encode("utf-16"),
        '{"items":[],"next":null,"has_more":false}'.encode("utf-16-le"),
        '{"items":[],"next":null,"has_more":false}'.encode("utf-32"),
        b"<html>",
    ],
    ids=lambda body: repr(body[:40]),
)
def test_what_is_no_page_is_not_used(body: bytes):
    with pytest.raises(BadAnswer, match=r"not a page of customers.*Nothing of it was used"):
        records(body)


def test_a_byte_order_mark_is_passed_over():
    assert records(b"\xef\xbb\xbf" + page(record(1))) == [encode(record(1))]
    pretty = b'\xef\xbb\xbf{ "items": [ ], "next": null, "has_more": false }'
    assert records(pretty) == []


def test_pretty_printed_pages_are_pages():
    body = b'{\n  "items": [\n    {"id": 1}\n  ],\n  "next": null,\n  "has_more": false\n}\n'
    assert records(body) == [b'{"id": 1}']


HUGE = b'"x":' + b"9" * 5_000
HUGE_SPACED = (HUGE, b" ")


@pytest.mark.parametrize(
    ("bad", "space"),
    [
        (b'"x":1e400', b""),
        (b'"x":1e400', b" "),
        (b'"x":"\\ud83d cut"', b""),
        (b'"x":"\\ud83d cut"', b" "),
        (HUGE, b""),
        HUGE_SPACED,
    ],
)
def test_one_record_that_no_program_can_read_does_not_cost_its_page(bad: bytes, space: bytes):
    good = encode(record(2))
    body = b'{"items":%b[{"id":1,%b},%b],"next":null,"has_more":false}' % (space, bad, good)
    assert records(body)[1] == good


def test_bytes_that_are_not_utf_8_cost_their_record_not_their_page():
    good = encode(record(2))
    body = b'{"items":[{"id":1,"name":"Jo\xe3o"},%b],"next":null,"has_more":false}' % good
    assert records(body)[1] == good


@pytest.mark.parametrize("item", [1, "x", None, [], True, [1, 2]])
def test_items_that_are_no_objects_are_left_to_quarantine(item: object):
    made, _ = reading(page(item))
    (raw,) = next(made.pages(None)).records
    with pytest.raises(Refused, match="record: not_an_object"):
        made.head(raw, AT)


@pytest.mark.parametrize(
    "token",
    [None, "", 1.5, True, False, [], {}, ["a"], "A" * 4_097, "A" * 1_000_000],
    ids=lambda token: repr(token)[:12],
)
def test_more_pages_without_a_usable_token_are_not_believed(token: object):
    with pytest.raises(BadAnswer, match="no usable token"):
        records(page(record(1), next=token, has_more=True))


def test_a_missing_token_is_no_better():
    with pytest.raises(BadAnswer, match="no usable token"):
        records(encode({"items": [], "has_more": True}))


@pytest.mark.parametrize("raw", [b"1e400", b"9" * 5_000, b"[" * 900 + b"]" * 900])
@pytest.mark.parametrize("field", [b"next", b"has_more", b"since"])
def test_a_token_that_no_program_can_read_is_a_bad_answer(field: bytes, raw: bytes):
    top = {b"next": b'"a"', b"has_more": b"true", b"since": b"null"} | {field: raw}
    told = b",".join(b'"%b":%b' % one for one in top.items())
    with pytest.raises(BadAnswer):
        records(b'{"items":[],%b}' % told)


@pytest.mark.parametrize(
    ("token", "sent"), [("a" * 4_096, "a" * 4_096), (7, "7"), (0, "0"), ("a\r\nb", "a\r\nb")]
)
def test_a_token_of_any_reasonable_kind_is_sent_back_as_it_is(token: object, sent: str):
    made, answers = reading(page(next=token, has_more=True), LAST)
    list(made.pages(None))
    assert answers.asked[1]["cursor"] == sent


@pytest.mark.parametrize(
    "token",
    [
        "https://canary.invalid/steal?page=2",
        "https://master.example@canary.invalid/p2",
        "//canary.invalid/p2",
        "https://master.example:8443/p2",
        "HTTP://CANARY.INVALID",
    ],
)
@pytest.mark.parametrize("more", [{"has_more": True}, {}], ids=["has_more", "unsaid"])
def test_a_token_that_is_an_address_is_refused(token: str, more: dict[str, bool]):
    made, answers = reading(encode({"items": [], "next": token} | more), LAST)
    with pytest.raises(OriginRefused, match="another address"):
        list(made.pages(None))
    assert len(answers.asked) == 1


def test_where_the_master_does_not_say_whether_more_follows_the_token_says_it():
    made, _ = reading(encode({"items": [], "next": "a"}), encode({"items": []}))
    assert len(list(made.pages(None))) == 2
    made, _ = reading(encode({"items": [], "next": "a", "has_more": None}), LAST)
    assert len(list(made.pages(None))) == 2
    made, _ = reading(encode({"items": [], "next": ""}))
    assert len(list(made.pages(None))) == 1


@pytest.mark.parametrize("more", ["false", "no", 2, [], {}])
def test_neither_yes_nor_no_is_no_answer_to_whether_more_follows(more: object):
    with pytest.raises(BadAnswer):
        records(page(record(1), next="a", has_more=more))


def test_the_last_page_may_carry_a_token():
    made, _ = reading(page(record(1), next="later", has_more=False))
    assert len(list(made.pages(None))) == 1


def test_a_token_that_comes_again_ends_the_run():
    made, answers = reading(page(record(1), next="c1", has_more=True))
    with pytest.raises(NoProgress, match="repeat or stay empty"):
        list(made.pages(None))
    assert len(answers.asked) == 2


def test_a_circle_of_tokens_ends_the_run():
    one, two = (page(record(1), next=token, has_more=True) for token in "ab")
    made, answers = reading(one, two, one)
    with pytest.raises(NoProgress):
        list(made.pages(None))
    assert len(answers.asked) == 3


def test_a_few_empty_pages_are_passed_over_but_not_for_ever():
    empty = [page(next=f"t{number}", has_more=True) for number in range(20)]
    made, answers = reading(*empty)
    with pytest.raises(NoProgress, match="stay empty"):
        list(made.pages(None))
    assert len(answers.asked) == 6

    made, answers = reading(*empty[:5], page(record(1)), *empty[5:])
    assert [len(one.records) for one in made.pages(None)] == [0, 0, 0, 0, 0, 1]


def test_pages_without_an_end_end_at_the_most_there_may_be():
    class Endless(Answers):
        def send(self, request: Request) -> Answer:
            super().send(request)
            return Answer(page(record(1), next=str(self.requests), has_more=True), NOW)

    answers = Endless(b"")
    with pytest.raises(NoProgress, match="more than 7 pages"):
        list(source(answers, **paging(most=7)).pages(None))
    assert answers.requests == 7


def test_a_page_ten_times_larger_than_asked_for_is_not_used():
    made, _ = reading(page(*range(20)), **paging(size=2))
    assert len(next(made.pages(None)).records) == 20
    made, _ = reading(page(*range(21)), **paging(size=2))
    with pytest.raises(BadAnswer, match="ten times"):
        next(made.pages(None))


def test_an_answer_to_another_request_is_not_used():
    with pytest.raises(BadAnswer, match="another request"):
        records(page(record(1), since="2020-01-01T00:00:00Z"))
    with pytest.raises(BadAnswer, match="another request"):
        records(page(record(1), since=None), cursor="2026-01-01T00:00:00Z")
    assert records(page(record(1), since="2025-12-31T23:50:00Z"), cursor="2026-01-01T00:00:00Z")
    assert records(page(record(1)), cursor="2026-01-01T00:00:00Z")  # it need not say


def test_the_changes_are_asked_for_from_the_cursor_less_the_overlap():
    made, answers = reading(LAST, **paging(size=77))
    list(made.pages("2026-11-22T10:00:00-03:00"))
    assert answers.asked == [{"limit": "77", "updated_since": "2026-11-22T12:50:00Z"}]
    answers.asked.clear()
    list(made.pages(None))
    assert answers.asked == [{"limit": "77"}]


def test_a_cursor_at_the_beginning_of_time_is_asked_for_from_there():
    made, answers = reading(LAST)
    list(made.pages("0001-01-01T00:00:00Z"))
    assert answers.asked[0]["updated_since"].startswith("0001-01-01T00:00:00")


def test_a_page_says_whether_all_its_texts_are_tidy():
    made, _ = reading(page(record(1)))
    assert next(made.pages(None)).tidy
    made, _ = reading(page(record(1, name="Ana  Souza")))
    assert not next(made.pages(None)).tidy
