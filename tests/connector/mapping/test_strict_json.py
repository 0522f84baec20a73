"""Strict JSON and tidy texts: what is read means the same to every program, or is not read."""

import json
import time
from collections.abc import Iterator
from contextlib import suppress
from itertools import product
from typing import Any

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from connector.mapping.strict_json import (
    LARGEST,
    NotStrict,
    decode_object,
    in_utf8,
    is_tidy,
    mended,
    refuse_repeated_keys,
)
from mirror.text import clean

ODD = st.sampled_from(
    "aZ09 çãõéÀſɏʯ\xa0\xad\x00\t\n\r\x0b\x1b\x7f\x85\x9b\u0301\u200b\u200d\u202e\u2028\ufeff\u212b"
    '👩"\\:{}[],'
)
TEXTS = st.one_of(st.text(max_size=12), st.text(ODD, max_size=8))
OBJECTS = st.builds(
    lambda *found: {"a": found[0], "b": [found[1], 7], "c": {found[2]: [{"d": found[3]}]}},
    *(TEXTS,) * 4,
)
WRITTEN = st.sampled_from(
    [
        {"separators": (",", ":")},
        {"separators": (",", ":"), "ensure_ascii": False},
        {"ensure_ascii": False},
        {"indent": 2, "ensure_ascii": False},
        {"separators": (" , ", " : "), "ensure_ascii": False},
    ]
)


def written(value: Any, how: dict[str, Any]) -> bytes:
    return json.dumps(value, **how).encode("utf-8", "surrogatepass")


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from texts(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from texts(item)


def tidied(value: Any) -> Any:
    if isinstance(value, str):
        return clean(value, lines=True) or ""
    if isinstance(value, list):
        return [tidied(item) for item in value]
    if isinstance(value, dict):
        return {key: tidied(item) for key, item in value.items()}
    return value


def empty_for_none(value: Any) -> Any:
    """A text of which nothing is left may be told as empty or as none."""
    if value is None:
        return ""
    if isinstance(value, list):
        return [empty_for_none(item) for item in value]
    if isinstance(value, dict):
        return {key: empty_for_none(item) for key, item in value.items()}
    return value


@settings(max_examples=150)
@given(OBJECTS, WRITTEN)
@example({"a": "x\u0301"}, {"ensure_ascii": False, "separators": (",", ":")})
@example({"a": "José"}, {"ensure_ascii": False, "separators": (",", ":")})
def test_bytes_called_tidy_hold_only_texts_that_are(value: dict[str, Any], how: dict[str, Any]):
    raw = written(value, how)
    if is_tidy(raw):
        untidy = [text for text in texts(json.loads(raw)) if (clean(text) or "") != text]
        assert untidy == []


@settings(max_examples=150)
@given(OBJECTS, WRITTEN)
@example({"a": " José  Araújo\t", "b": [7]}, {"ensure_ascii": False})
def test_what_is_read_is_what_was_sent_with_every_text_tidied(
    value: dict[str, Any], how: dict[str, Any]
):
    raw = written(value, how)
    read = decode_object(raw)
    assert empty_for_none(read) == empty_for_none(tidied(json.loads(raw)))


def test_the_usual_record_is_tidy_so_that_the_question_is_worth_asking():
    usual = {"id": 7, "name": "José Araújo d'Ávila", "emails": [{"address": "a@b.com"}]}
    assert is_tidy(written(usual, {"separators": (",", ":"), "ensure_ascii": False}))


@pytest.mark.parametrize(
    "text",
    ["a  b", " a", "a ", "a\tb", "a\u200bb", "a\u0301", "a\xa0b", "a\xadb", "a\x7fb", "\ufeffa"],
)
def test_a_text_that_is_not_tidy_is_noticed_and_tidied(text: str):
    raw = written({"a": text}, {"separators": (",", ":"), "ensure_ascii": False})
    assert not is_tidy(raw)
    assert decode_object(raw) == {"a": clean(text)}


def test_line_breaks_stay_for_the_field_to_judge():
    assert decode_object(b'{"a":"one\\r\\n two  \\n"}') == {"a": "one\ntwo"}


KEYS = st.sampled_from(["a", "b", 'a"', '":', ":"])
PLAIN = st.sampled_from([0, "", ":", '":', "\\", '\\":', "a\\"])
INNER = st.lists(st.tuples(KEYS, PLAIN), max_size=3).map(tuple)
PAIRS = st.lists(
    st.tuples(KEYS, st.one_of(PLAIN, INNER, st.lists(st.one_of(PLAIN, INNER), max_size=2))),
    min_size=1,
    max_size=3,
).map(tuple)


def spelled(value: Any) -> str:
    """JSON in which an object is a tuple of pairs, so that a key may come twice."""
    if isinstance(value, tuple):
        told = (f"{json.dumps(key)}:{spelled(item)}" for key, item in value)
        return "{" + ",".join(told) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(spelled, value)) + "]"
    return json.dumps(value)


def repeats(value: Any) -> bool:
    if isinstance(value, tuple):
        keys = [key for key, _ in value]
        return len(set(keys)) < len(keys) or any(repeats(item) for _, item in value)
    return isinstance(value, list) and any(map(repeats, value))


@settings(max_examples=150)
@given(PAIRS)
@example(
    (("a", 0), ("b", "")),
)
@example(
    (("a", 0), ("b", (("a", 0), ("a", ":")))),
)
def test_a_key_that_comes_twice_is_noticed_and_no_other(value: tuple[Any, ...]):
    raw = spelled(value).encode()
    if repeats(value):
        with pytest.raises(NotStrict, match="repeated_key"):
            decode_object(raw)
    else:
        decode_object(raw)


@pytest.mark.parametrize(
    "raw",
    [
        b'{"a":1,"a":1}',
        b'{"a":1,"a":2}',
        b'{"a": 1, "a": 2}',
        b'{\n  "a": 1,\n  "a": 2\n}',
        b'{"a" : 1, "a" : 2}',
        b'{"x":{"a":1,"a":2}}',
        b'{"x":[{"a":1},{"a":1,"a":2}]}',
        b'{"x":[[{"a":1,"a":2}]]}',
        b'{"a":1,"\\u0061":2}',
        b'{"x":"\\":","a":1,"a":2}',
        b'{"x\\":":1,"a":1,"a":2}',
        b'{"x":"y\\\\","a":1,"a":2}',
    ],
)
def test_a_repeated_key_is_refused_however_it_is_written(raw: bytes):
    with pytest.raises(NotStrict, match="repeated_key"):
        decode_object(raw)
    with pytest.raises(NotStrict, match="repeated_key"):
        refuse_repeated_keys(raw)


@pytest.mark.parametrize(
    "raw",
    [b'{"x\\\\":1,"a":1,"a":2}', b'{"x" :1,"a":1,"a":2}', b'{"a" :1,"a":2}'],
)
def test_a_repeated_key_does_not_hide_behind_an_odd_one(raw: bytes):
    with pytest.raises(NotStrict):
        decode_object(raw)


@pytest.mark.parametrize(
    "raw",
    [
        b'{"a":"\\":"}',
        b'{"a\\":b":1}',
        b'{"a":"{\\"a\\":1,\\"a\\":2}"}',
        b'{"a":":","b":"\\\\":1}'.replace(b":1}", b"}"),
        b'{"a":[[{"b":1}],[{"b":1}]]}',
        b'{"a":{"b":1},"b":{"a":1}}',
    ],
)
def test_what_only_looks_like_a_key_is_none(raw: bytes):
    assert decode_object(raw) == json.loads(raw)


@pytest.mark.parametrize(
    ("raw", "rule"),
    [
        (b"", "not_json"),
        (b"{", "not_json"),
        (b'{"a":NaN}', "not_json"),
        (b'{"a":Infinity}', "not_json"),
        (b'{"a":-Infinity}', "not_json"),
        (b'{"a":1e400}', "not_json"),
        (b'{"a":01}', "not_json"),
        (b'{"a":1,}', "not_json"),
        (b"{'a':1}", "not_json"),
        (b'{"a":1}{}', "not_json"),
        (b'{"a":1} x', "not_json"),
        (b'{"a":"\\ud800"}', "not_json"),
        (b'{"a":"\\udc00\\ud800"}', "not_json"),
        (b'{"a":"tab\there"}', "not_json"),
        (b'\xef\xbb\xbf{"a":1}', "not_json"),
        ('{"a":1}'.encode("utf-16"), "not_json"),
        ('{"a":1}'.encode("utf-16-be"), "not_json"),
        (b'{"a":' + b"9" * 5_000 + b"}", "not_json"),
        (b"[]", "not_an_object"),
        (b"null", "not_an_object"),
        (b'"x"', "not_an_object"),
        (b"7", "not_an_object"),
        (b"true", "not_an_object"),
        (b'{"a":"' + b"x" * LARGEST + b'"}', "too_large"),
        (b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "nested_too_deep"),
        (b'{"a":' * 30_000 + b"1" + b"}" * 30_000, "nested_too_deep"),
    ],
    ids=lambda case: repr(case[:25]) if isinstance(case, bytes) else case,
)
def test_what_is_not_strict_is_refused_by_a_named_rule(raw: bytes, rule: str):
    with pytest.raises(NotStrict, match=f"^{rule}$"):
        decode_object(raw)


def test_a_record_of_the_largest_size_is_read():
    raw = b'{"a":"' + b"x" * (LARGEST - 8) + b'"}'
    assert len(raw) == LARGEST
    assert len(decode_object(raw)["a"]) == LARGEST - 8


def nested(depth: int) -> dict[str, bytes]:
    return {
        "objects": b'{"a":' * depth + b"1" + b"}" * depth,
        "untidy objects": b'{"a":' * depth + b'"x  y"' + b"}" * depth,
        "untidy lists": b'{"x":"a  b","a":' + b"[" * depth + b"]" * depth + b"}",
    }


@pytest.mark.parametrize(
    ("depth", "shape"),
    [
        *product((10, 100, 200, 900, 1_100, 5_000), ("objects", "untidy objects", "untidy lists")),
    ],
)
def test_no_depth_ends_in_anything_but_a_record_or_a_refusal(depth: int, shape: str):
    with suppress(NotStrict):
        assert isinstance(decode_object(nested(depth)[shape]), dict)


@pytest.mark.parametrize("space", [b"", b" "])
def test_numbers_beyond_all_reason_end_in_a_record_or_a_refusal(space: bytes):
    for digits in (20, 400, 4_200):
        decode_object(b'{"a":%b%b,"b":1}' % (space, b"9" * digits))
    with pytest.raises(NotStrict):
        decode_object(b'{"a":%b%b,"b":1}' % (space, b"9" * 5_000))


def test_no_refusal_repeats_a_value():
    for raw in (b'{"Maria":1,"Maria":2}', b'{"a":"Maria', b'["Maria"]'):
        with pytest.raises(NotStrict) as refusal:
            decode_object(raw)
        assert "Maria" not in str(refusal.value)


# What is not UTF-8 costs a letter at most, whatever the master says that it is.

NAME = "José da Conceição, Nº 5 – São João"


@pytest.mark.parametrize(
    ("raw", "read"),
    [
        (f'{{"a":"{NAME}"}}'.encode("cp1252"), {"a": NAME}),
        (f'{{"{NAME}":1}}'.encode("cp1252"), {NAME: 1}),
        ('{"a":"Conceição","b":"'.encode() + b'Jos\xe9"}', {"a": "Conceição", "b": "José"}),
        (b'{"a":"CONCEI\xc7\xc3O \x80 9"}', {"a": "CONCEIÇÃO € 9"}),
        (b'{"a":"\xed\xa0\xbd\xed\xb8\x80b"}', {"a": "b"}),
        (b'{"a":"x\xed\xa0\xbd"}', {"a": "x"}),
        (b'{"a":"\xc0\xaf"}', {"a": "À¯"}),
        (b'{"a":"x\x81"}', {"a": "x\ufffd"}),
    ],
)
@pytest.mark.parametrize("tidy", [False, True])
def test_what_is_no_utf8_is_read_as_windows_1252(raw: bytes, read: dict[str, Any], tidy: bool):
    seen: list[int] = []
    assert decode_object(raw, tidy=tidy, odd=lambda: seen.append(1)) == read
    assert seen == [1]


@given(st.text(max_size=20))
@example("José, Ção – €")
def test_what_is_right_utf8_is_never_read_otherwise(text: str):
    raw = json.dumps({"a": text}, ensure_ascii=False).encode("utf-8", "replace")
    assert in_utf8(raw) == raw
    beside = raw[:-1] + b',"b":"\xe9"}'
    assert in_utf8(beside) == raw[:-1] + ',"b":"é"}'.encode()


# What makes a whole page unreadable and is the fault of one text is mended, the rest stays.

FAULTS = {
    b'"a\x01b"': "a\x01b",
    b'"a\tb\nc"': "a\tb\nc",
    b'"C:\\dados"': "C:\\dados",
    b'"\\x"': "\\x",
    b'"a\\u12"': "a\\u12",
    b'"C:\\"': "C:\\",
    b'"diz \\"oi\\" e C:\\"': 'diz "oi" e C:\\',
    b'"\\ud83d"': "",
    b"NaN": None,
    b"-Infinity": None,
    b"Infinity": None,
    b"01310": "01310",
}
RIGHT = [
    b'{"a":"ele disse \\"oi\\", e foi","b":"{\\"c\\":\\"d\\"}"}',
    b'{"a":"NaN, Infinity, 01310","b":[0,10,0.5,-0,1e05,1E+07,-1.05]}',
    b'{"a":"\\\\","b":"\\\\\\"","c":"\\u00e9\\/\\n\\ud83d\\ude00"}',
    '{"a":"São – ‘João’","b":null,"c":{"d":[[],{}]}}'.encode(),
]


@pytest.mark.parametrize(("fault", "meant"), FAULTS.items(), ids=repr)
@pytest.mark.parametrize("beside", RIGHT, ids=range(len(RIGHT)))
def test_one_text_that_is_no_json_is_mended_and_the_rest_stays(
    fault: bytes, meant: str | None, beside: bytes
):
    one = b'{"x":%b,"y":[%b, 1],"z":"w"}' % (fault, fault)
    body = b"[%b,%b, %b]" % (beside, one, beside)
    with pytest.raises(ValueError, match=r"JSON|truncated"):
        msgspec.json.decode(body)
    split = msgspec.json.decode(mended(body), type=list[msgspec.Raw])
    assert [bytes(split[0]), bytes(split[2])] == [beside, beside]
    assert json.loads(bytes(split[1])) == {"x": meant, "y": [meant, 1], "z": "w"}


@pytest.mark.parametrize("right", RIGHT, ids=range(len(RIGHT)))
def test_what_is_right_stays_byte_for_byte(right: bytes):
    assert mended(right) == right


@settings(max_examples=150)
@given(OBJECTS, WRITTEN)
@example({"a": 'C:\\ "NaN", 01'}, {"separators": (",", ":")})
def test_mending_leaves_all_right_json_as_it_is(value: dict[str, Any], how: dict[str, Any]):
    raw = written(value, how)
    assert mended(raw) == raw


@pytest.mark.parametrize(
    "body",
    [
        b'"' * 400_000,
        b'{"a":"' + b'\\"' * 400_000,
        b"\\" * 400_000,
        b'"a' * 200_000,
        b'":' * 200_000,
        b"0" * 400_000,
        b"-" * 400_000,
        b"Na" * 200_000,
        b'"\\",' * 100_000,
    ],
    ids=lambda body: repr(body[:8]),
)
def test_what_cannot_be_mended_takes_no_longer_for_it(body: bytes):
    began = time.process_time()
    mended(body)
    assert time.process_time() - began < 3
