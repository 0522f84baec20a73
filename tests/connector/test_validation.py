"""What msgspec refuses is told with its place; what it accepts is taken as it is."""

import tomllib
from collections.abc import Iterator
from copy import deepcopy
from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from msgspec import Meta

from config.assemble import preset
from config.sources import presets
from connector.sources.checks import PROTOCOLS
from connector.validation import Mistake, Place, fitted

GONE = object()
VALUES = [
    GONE, "", "x", "/", 0, -1, 7, 1.5, float("nan"), True, [], ["x"], [7], [[]], {}, {"zzz": 1},
    {"path": "x"}, {"kind": "basic"}, {"at": "x", "parts": {}}, datetime(2026, 1, 1, tzinfo=UTC),
]  # fmt: skip


def _places(value: Any, place: Place = ()) -> Iterator[Place]:
    if place:
        yield place
    within: Any = value.items() if isinstance(value, dict) else ()
    for key, one in enumerate(value) if isinstance(value, list) else within:
        yield from _places(one, (*place, key))


def _with(table: dict[str, Any], place: Place, value: Any) -> dict[str, Any]:
    made = deepcopy(table)
    inner: Any = made
    for key in place[:-1]:
        inner = inner[key]
    if value is GONE:
        del inner[place[-1]]
    else:
        inner[place[-1]] = value
    return made


PLACES = [(name, place) for name in presets() for place in _places(preset(name))]


@given(st.sampled_from(PLACES), st.sampled_from(VALUES))
@example(("omni", ("stream", "page", "size")), True)
@example(("omni", ("auth", "kind")), GONE)
@example(("ploomes", ("limits",)), [])
@settings(max_examples=200)
def test_what_msgspec_refuses_is_told_and_what_it_accepts_is_right(
    where: tuple[str, Place], value: Any
):
    name, place = where
    table = _with(preset(name), place, value)
    kind = PROTOCOLS["sell" if name == "sell" else "rest"]
    try:
        right = msgspec.convert(table, kind)
    except msgspec.ValidationError:
        right = None

    found, mistakes = fitted(table, kind)

    assert isinstance(found, kind)
    assert (right is None) == bool(mistakes)
    if right is not None:
        assert found == right
    shared = [one.place[: len(place)] for one in mistakes]
    assert all(one == place[: len(one)] for one in shared), "told of another place"


class _Page(msgspec.Struct, forbid_unknown_fields=True):
    size: Annotated[int, Meta(ge=1, le=8)] = 1
    code: Annotated[str, Meta(pattern="^x", extra={"must": "begin with x"})] | None = None
    words: tuple[Annotated[str, Meta(pattern="^y", extra={"must": "begin with y"})], ...] = ()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("size = 9", "size must be from 1 to 8."),
        ("size = 0", "size must be from 1 to 8."),
        ("code = 'y'", "code must begin with x."),
        ("code = 5", "code must be a text."),
        ("words = 'y'", "words must be a list."),
        ("words = ['y', 'x']", "words[1] must begin with y."),
        ("sise = 1", "sise is not a setting. Did you mean size?"),
    ],
)
def test_a_bound_is_told_in_its_own_words(text: str, told: str):
    found, mistakes = fitted(tomllib.loads(text), _Page)

    assert [str(one) for one in mistakes] == [told]
    assert (found.size, found.code) == (1, None)


def test_a_table_within_a_file_is_told_of_with_its_place():
    _, mistakes = fitted({"sise": 1, "words": 5}, _Page, ("height",), at=("book", "page"))

    assert [str(one) for one in mistakes] == [
        "book.page.sise is not a setting. Did you mean book.page.size?",
        "book.page.words must be a list.",
    ]


def test_a_sentence_with_a_colon_stands_right_behind_its_place():
    assert str(Mistake(("a", 0), ": write b.")) == "a[0]: write b."
    assert str(Mistake(("a", 0), "is missing.")) == "a[0] is missing."
