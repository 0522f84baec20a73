"""Checks a source file as a whole: what the types cannot say, every mistake at once."""

import re
from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from connector.sources.definition import BadDefinition, Definition, Paging, Stream
from connector.sources.template import names_in

_FILLED = {"size", "page", "offset", "end", "token", "key"}


def definition(merged: dict[str, Any], name: str) -> Definition:
    """The checked definition of the source ``name``; raises BadDefinition with every mistake."""
    try:
        found = msgspec.convert(merged, Definition)
    except msgspec.ValidationError as error:
        raise BadDefinition(f"The source {name!r} is not right: {error}.") from None
    mistakes = list(_mistakes(found))
    if mistakes:
        raise BadDefinition(f"The source {name!r} is not right: {' '.join(mistakes)}")
    return found


def _mistakes(found: Definition) -> Iterator[str]:
    try:
        ZoneInfo(found.timezone)
    except (KeyError, ValueError, OSError):
        yield f"there is no time zone {found.timezone!r}."
    yield from _of_paging(found.stream.page)
    yield from _of_stream(found.stream)
    if found.errors.wait and found.errors.wait.pattern:
        yield from _of_pattern(found.errors.wait.pattern)


def _of_paging(page: Paging) -> Iterator[str]:
    if page.kind in ("token", "next") and not page.source:
        yield f"stream.page.from is missing: pages of kind {page.kind!r} need it."
    if page.source and not page.source.startswith(("body:", "header:")):
        yield "stream.page.from must be like body:path or header:Name."
    if page.kind == "keyset" and not page.key:
        yield "stream.page.key is missing: pages of kind 'keyset' need it."
    if page.kind in ("page", "offset") and not page.stop:
        yield "stream.page.stop is missing: say how the last page is known."
    if page.overlap >= page.size:
        yield "stream.page.overlap must be smaller than stream.page.size."


def _of_stream(stream: Stream) -> Iterator[str]:
    since = stream.since
    if since and since.watermark == "record" and not stream.records.stamp:
        yield "stream.records.stamp is missing: the cursor is made of it."
    unknown = names_in([stream.query, stream.headers, stream.body]) - _FILLED
    if since:
        unknown |= names_in([since.query, since.headers, since.body]) - _FILLED - {"since"}
    for name in sorted(unknown):
        yield f"{{{name}}} stands for nothing; there are {', '.join(sorted(_FILLED))} and since."


def _of_pattern(pattern: str) -> Iterator[str]:
    try:
        if re.compile(pattern).groups != 1:
            yield "errors.wait.pattern needs one group: the number."
    except re.error:
        yield "errors.wait.pattern is no regular expression."
