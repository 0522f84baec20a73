"""Pages as masters send them, kept in `tests/data/payloads`, and what the presets read of them."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import msgspec

from config.assemble import merged, preset
from connector.http import Answer, Request
from connector.mapping.strict_json import decode_object
from connector.sources.checks import definition
from connector.sources.rest import RestSource
from connector.sources.rest.envelope import judge_of
from connector.sources.rest.request import about_table
from connector.sources.source_file import Definition, Paging
from mirror.records import CUSTOMERS, Document, Phone
from tests.shape.reading_code import ROOT

PAYLOADS = ROOT / "tests/data/payloads"
AT = datetime(2026, 11, 30, 12, tzinfo=UTC)


def payload(file: Path) -> dict[str, Any]:
    """A file's `page` and the like, as the master sends them, and what becomes of it."""
    return dict(json.loads(file.read_text("utf-8")))


class Sent:
    """Answers a preset's questions with one page, its tables and details."""

    requests = 0

    indent = -1
    """How far apart its answers' lines are written; below zero they are compact."""

    def __init__(self, spec: Definition, kept: Mapping[str, Any]) -> None:
        tables = kept.get("tables", {})
        self._tables = [(about_table(one), tables[name]) for name, one in spec.lookups.items()]
        self._details = list(kept.get("details", []))
        self._pages = {stream.path: kept for stream, _ in [spec.lists[CUSTOMERS]]}
        for name, one in kept.get("streams", {}).items():
            self._pages[spec.lists[name][0].path] = one
        self._judge = judge_of(spec.errors, "loja")

    def send(self, request: Request) -> Answer:
        told = next((table for asked, table in self._tables if asked == request), None)
        if told is None and request.path in self._pages:
            told = self._pages[request.path]["page"]
        body = msgspec.json.encode(self._details.pop(0) if told is None else told)
        answer = Answer(msgspec.json.format(body, indent=self.indent), AT)
        if self._judge and self._judge(answer):
            return msgspec.structs.replace(answer, empty=True)
        return answer

    def pause(self, seconds: float) -> None:
        raise AssertionError(seconds)

    def close(self) -> None:
        pass


def sent(name: str, kept: Mapping[str, Any], stream: str = CUSTOMERS, **over: Any) -> RestSource:
    """The preset in front of somebody who sends what is kept; a single page of each stream."""
    return sent_by(merged(preset(name), over), kept, stream)


def sent_by(file: dict[str, Any], kept: Mapping[str, Any], stream: str = CUSTOMERS) -> RestSource:
    """The same by what a source file says."""
    spec = definition(file, "loja")
    sender = Sent(spec, kept)
    alone = msgspec.structs.replace(spec, stream=_one_page(spec.stream))
    if stream != CUSTOMERS:
        listed = _one_page(getattr(spec.activity, stream))
        activity = msgspec.structs.replace(spec.activity, **{stream: listed})
        alone = msgspec.structs.replace(alone, activity=activity)
    return RestSource("loja", alone, sender, stream=stream)


def _one_page(stream: Any) -> Any:
    return msgspec.structs.replace(stream, page=Paging(), since=None, deleted=None)


def read(source: RestSource) -> Iterator[dict[str, Any]]:
    """What every record says, as plain values without what is empty."""
    for page in source.pages(None):
        for raw in page.records:
            head = source.head(raw, page.at)
            whole = source.whole(raw, head)
            yield said(source.translate(decode_object(whole), head, page.stream))


_NOTHING: tuple[Any, ...] = (None, "", (), [], {}, False)


def said(value: Any) -> Any:
    """A record without what is empty; documents and telephones as one text each."""
    if isinstance(value, Document):
        return f"{value.kind} {value.value}{'' if value.valid else ' invalid'}"
    if isinstance(value, Phone):
        label = f" ({value.label})" if value.label else ""
        return " ".join([value.number, value.kind + label, *value.flags])
    if isinstance(value, msgspec.Struct):
        named = {name: getattr(value, name) for name in value.__struct_fields__}
        return {name: said(one) for name, one in named.items() if one not in _NOTHING}
    if isinstance(value, dict):
        return {name: said(one) for name, one in value.items()}
    if isinstance(value, tuple | list):
        return [said(one) for one in value]
    return value.isoformat() if isinstance(value, date) else value
