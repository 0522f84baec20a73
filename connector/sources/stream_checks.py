"""Checks a [stream] and its [map]: pages lead on, templates can be filled, paths be read."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from connector.mapping import MEANINGS, ActivityMap, Map, Pairs, Parts, StandingWords, Words
from connector.mapping.expressions import BadPath, Concat, Dialect, Expression, steps_of, texts_in
from connector.mapping.filters import BadFilter
from connector.sources.rest.request import names_in
from connector.sources.source_file import Lookup, Paging, Records, Stream, no_axis
from connector.validation import Mistake, Place, meant
from mirror.records import Address, Contact, Dependent, Item, Loyalty
from mirror.standing.rules import AXES

# Checks a [map]: that its paths and filters can be read, and that its words are ours.

_PARTS: dict[str, tuple[tuple[str, ...], str | None]] = {
    "phones": (("number", "label"), "number"),
    "addresses": (Address.__struct_fields__, None),
    "contacts": (Contact.__struct_fields__, "name"),
    "dependents": (Dependent.__struct_fields__, "name"),
    "loyalty": (Loyalty.__struct_fields__, None),
    "items": (Item.__struct_fields__, "name"),
}
"""The parts that each list of a record has, and the one it cannot do without."""


def mistakes_of_map(map_: Map | ActivityMap, dialect: Dialect, at: Place) -> Iterator[Mistake]:
    """Everything that the types of the map ``at`` a place cannot say."""
    for field in map_.__struct_fields__:
        spec, place = getattr(map_, field), (*at, field)
        for inner, one in _expressions(spec, place):
            yield from unreadable(one, dialect, inner)
        if isinstance(spec, Parts):
            yield from _of_parts(spec, field, (*place, "parts"))
        if isinstance(spec, Words):
            yield from _of_words(spec.words, MEANINGS[type(map_), field], (*place, "words"))
    if isinstance(map_, Map):
        yield from _of_standings(map_.standings, (*at, "standings"))


def _of_standings(specs: dict[str, StandingWords], at: Place) -> Iterator[Mistake]:
    for name, spec in specs.items():
        place = (*at, name)
        if name not in AXES:
            yield no_axis(name, place)
            continue
        said = {word: meaning for word, meaning in spec.words.items() if meaning}
        yield from _of_words(said, AXES[name].values, (*place, "words"))


def unreadable(spec: Expression, dialect: Dialect, place: Place) -> Iterator[Mistake]:
    """A mistake where the expression cannot be read."""
    try:
        dialect.getter(spec)
    except (BadPath, BadFilter) as why:
        told = str(why)
        yield Mistake(place, f"cannot be read: {told}{'' if told[-1] in '.?' else '.'}")


def _expressions(spec: Any, place: Place) -> Iterator[tuple[Place, Expression]]:
    """Every path and filter within, alone, so that each is told at its own place."""
    if isinstance(spec, str) and spec:
        yield place, spec
    elif isinstance(spec, Concat) and spec.filter:
        yield (*place, "filter"), msgspec.structs.replace(spec, concat=[])
    for name, one in _within(spec):
        yield from _expressions(one, (*place, name))


def _within(spec: Any) -> Iterable[tuple[str | int, Any]]:
    if isinstance(spec, (Parts, Pairs)):
        return [(name, getattr(spec, name)) for name in spec.__struct_fields__]
    if isinstance(spec, StandingWords):
        ways = (("path", spec.path), ("native", spec.native), ("since", spec.since))
        return [(name, one) for name, one in ways if one]
    if isinstance(spec, Words):
        return [("path", spec.path)]
    if isinstance(spec, Concat):
        return [("concat", spec.concat)]
    if isinstance(spec, dict):
        return list(spec.items())
    return list(enumerate(spec)) if isinstance(spec, list) else []


def _of_parts(spec: Parts, field: str, place: Place) -> Iterator[Mistake]:
    known, needed = _PARTS[field]
    for part in spec.parts:
        if part not in known:
            guess = meant(part, known) or f" There are {', '.join(known)}."
            yield Mistake((*place, part), f"is no part of {field}.{guess}")
    if needed and needed not in spec.parts:
        yield Mistake((*place, needed), f"is missing: without it there are no {field}.")


def _of_words(words: dict[str, str], known: Iterable[str], place: Place) -> Iterator[Mistake]:
    for word, meaning in words.items():
        if meaning not in known:
            guess = meant(meaning, known)
            yield Mistake((*place, word), f"must be one of {', '.join(known)}.{guess}")


_FILLED = {
    "none": {"size"},
    "next": {"size"},
    "page": {"size", "page"},
    "offset": {"size", "offset", "end"},
    "token": {"size", "token"},
    "keyset": {"size", "key"},
}
"""What the pages of each kind fill in."""
_EVERY = {"since", *(name for names in _FILLED.values() for name in names)}
_LEADS = {"page": {"page"}, "offset": {"offset", "end"}, "token": {"token"}, "keyset": {"key"}}
"""What must be in a request, or every page would be the first."""
_PAGE: Place = ("stream", "page")
_MUTATION = re.compile(r"\bmutation\b", re.IGNORECASE)
_OVERRIDE = re.compile(r"(?:x-)?(?:http-)?_?method(?:-override)?", re.IGNORECASE)
"""The word by which GraphQL changes something."""
_WRITING = re.compile(
    r"(?:web_)?(?:create|write|save|unlink|copy)(?:_multi)?"  # of Odoo's models
    r"|(?:Incluir|Alterar|Excluir|Upsert|Associar|Desassociar|Cancelar)[A-Z]\w*"  # of Omie's
)
"""Methods by which masters that are called by name change something."""


def mistakes_of_stream(
    stream: Stream, dialect: Dialect, at: Place, *, kind_known: bool = True
) -> Iterator[Mistake]:
    """Everything that the types of the stream ``at`` a place cannot say.

    Less where its kind of page is wrong.
    """
    for mistake in _mistakes(stream, dialect, kind_known):
        yield Mistake((*at, *mistake.place[1:]), mistake.sentence)


def _mistakes(stream: Stream, dialect: Dialect, kind_known: bool) -> Iterator[Mistake]:
    yield from _of_paging(stream.page)
    if kind_known:
        yield from _of_stop(stream.page)
        yield from _of_first_page(stream)
    yield from _of_requests(stream, _FILLED[stream.page.kind] if kind_known else _EVERY)
    yield from _changing(stream)
    yield from _of_since(stream)
    yield from _of_records(stream.records, dialect)
    for name in ("detail", "one"):
        if call := getattr(stream, name):
            place: Place = ("stream", name)
            yield from unreadable_path(call.record, (*place, "record"))
            yield from _unfilled(call.query, {"id"}, (*place, "query"))
            yield from _unfilled(call.body, {"id", "number"}, (*place, "body"))
            yield from _changing_body(call.body, place)
            if not {"id", "number"} & names_in([call.path, call.query, call.body]):
                yield Mistake((*place, "path"), "needs {id}, here, in the query or in the body.")
            if call.body and names_in(call.path):
                yield Mistake((*place, "path"), "is posted to and has no {id}: the body has it.")


def mistakes_of_lookups(lookups: Mapping[str, Lookup], dialect: Dialect) -> Iterator[Mistake]:
    """Everything that the types of lookups cannot say."""
    for name, lookup in lookups.items():
        place: Place = ("lookups", name)
        yield from unreadable_path(lookup.records, (*place, "records"))
        yield from unreadable(lookup.key, dialect, (*place, "key"))
        yield from unreadable(lookup.value, dialect, (*place, "value"))
        yield from _unfilled(lookup.query, set(), (*place, "query"))
        yield from _unfilled(lookup.body, set(), (*place, "body"))
        yield from _no_question(lookup, place)
        if lookup.body and lookup.method == "GET":
            yield Mistake((*place, "body"), 'is only sent with method = "POST".')


def unreadable_path(path: str, place: Place) -> Iterator[Mistake]:
    """A mistake where the path of an answer cannot be read."""
    try:
        steps_of(path)
    except BadPath as why:
        yield Mistake(place, f"cannot be read: {why}.")


def _of_paging(page: Paging) -> Iterator[Mistake]:
    if page.kind in ("token", "next") and not page.source:
        yield Mistake((*_PAGE, "from"), f"is missing: pages of kind {page.kind!r} need it.")
    if page.source:
        word, _, path = page.source.partition(":")
        if word not in ("body", "header") or not path:
            yield Mistake((*_PAGE, "from"), "must be like body:path or header:Name.")
        elif word == "body":
            yield from unreadable_path(path, (*_PAGE, "from"))
    if page.kind == "keyset" and not page.key:
        yield Mistake((*_PAGE, "key"), "is missing: pages of kind 'keyset' need it.")
    if page.key:
        yield from unreadable_path(page.key, (*_PAGE, "key"))
    if page.overlap >= page.size:
        yield Mistake((*_PAGE, "overlap"), "must be smaller than the size of a page.")


def _of_stop(page: Paging) -> Iterator[Mistake]:
    if page.kind in ("page", "offset") and not page.stop:
        yield Mistake((*_PAGE, "stop"), "is missing: say how the last page is known.")
    for number, rule in enumerate(page.stop):
        word, _, path = rule.partition(":")
        if path and not path.startswith("header:"):
            yield from unreadable_path(path, (*_PAGE, "stop", number))
        if word == "total_pages" and page.kind != "page":
            yield Mistake((*_PAGE, "stop", number), "needs pages of kind 'page'.")


def _of_requests(stream: Stream, known: set[str]) -> Iterator[Mistake]:
    for name in ("query", "headers", "body"):
        yield from _unfilled(getattr(stream, name), known, ("stream", name))
        for part in ("since", "deleted"):
            template = getattr(getattr(stream, part), name, {})
            yield from _unfilled(template, known | {"since"}, ("stream", part, name))
    if stream.body and stream.method == "GET":
        yield Mistake(("stream", "body"), 'is only sent with method = "POST".')


def _of_first_page(stream: Stream) -> Iterator[Mistake]:
    leads = _LEADS.get(stream.page.kind)
    if leads and not leads & names_in([stream.query, stream.headers, stream.body]):
        wanted = " or ".join(f"{{{name}}}" for name in sorted(leads))
        place = ("stream", "query" if stream.method == "GET" else "body")
        yield Mistake(place, f"has no {wanted}: every page would be the first.")


def _changing(stream: Stream) -> Iterator[Mistake]:
    place: Place = ("stream",)
    yield from _no_question(stream, place)
    for part in ("since", "deleted"):
        yield from _changing_body(getattr(getattr(stream, part), "body", {}), (*place, part))


def _no_question(asked: Stream | Lookup, place: Place) -> Iterator[Mistake]:
    yield from _changing_body(asked.body, place)
    for name in ("headers", "query"):
        for key in getattr(asked, name):
            if _OVERRIDE.fullmatch(key):
                yield Mistake((*place, name, key), "asks for another method: only questions go.")


def _changing_body(body: Any, place: Place) -> Iterator[Mistake]:
    texts = list(texts_in(body))
    if any(_MUTATION.search(text) for text in texts):
        yield Mistake((*place, "body"), "asks for a mutation: only questions are sent.")
    for text in texts:
        if _WRITING.fullmatch(text):
            told = f"has {text!r}, by which something is changed: only questions are sent."
            yield Mistake((*place, "body"), told)


def _unfilled(template: Any, known: set[str], place: Place) -> Iterator[Mistake]:
    if isinstance(template, dict):
        for name, part in template.items():
            yield from _unfilled(part, known, (*place, name))
    elif isinstance(template, list):
        for number, part in enumerate(template):
            yield from _unfilled(part, known, (*place, number))
    else:
        for name in sorted(names_in(template) - known):
            there = " and ".join(f"{{{one}}}" for one in sorted(known)) or "nothing"
            told = f"has {{{name}}}, which stands for nothing; {there} can be filled in here."
            yield Mistake(place, told + ("" if name in _EVERY else meant(name, known)))


def _of_since(stream: Stream) -> Iterator[Mistake]:
    since, place = stream.since, ("stream", "since")
    if since is None:
        if stream.deleted:
            yield Mistake(("stream", "deleted"), "needs a since, too: it is asked for changes.")
        return
    if since.watermark == "record" and not stream.records.stamp:
        place_of_stamp = ("stream", "records", "stamp")
        yield Mistake(place_of_stamp, "is missing: the cursor is made of it.")
    told = [since.query, since.headers, since.body]
    if "since" not in names_in(told):
        yield Mistake(place, "has no {since}: changes could not be told from everything.")
    if "key" in names_in(told) and stream.page.begin is None:
        lacking = "is missing: without it the first page could not be asked for changes."
        yield Mistake((*_PAGE, "begin"), lacking)
    if since.body and stream.method == "GET":
        yield Mistake((*place, "body"), 'is only sent with method = "POST".')


def _of_records(records: Records, dialect: Dialect) -> Iterator[Mistake]:
    place: Place = ("stream", "records")
    for name in ("path", "unwrap", "nullable"):
        if path := getattr(records, name):
            yield from unreadable_path(path, (*place, name))
    for name in ("id", "version", "stamp"):
        if spec := getattr(records, name):
            yield from unreadable(spec, dialect, (*place, name))
    for name, condition in (("where", records.where), ("gone", records.gone)):
        if condition:
            yield from unreadable(condition.path, dialect, (*place, name, "path"))
