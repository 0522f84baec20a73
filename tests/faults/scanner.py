"""Looks for thousands of values in bytes at once, however they were written there."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from mirror.identifiers import (
    format_document,
    format_phone,
    parse_document,
    parse_email,
    parse_phone,
)

_ENCODINGS = ("utf-8", "utf-16-le", "utf-16-be")
_HEAD = 8


class Scanner:
    """Finds any of ``values`` in bytes, in upper or lower case, in UTF-8 or UTF-16."""

    def __init__(self, values: Iterable[str]) -> None:
        self._by_head: dict[bytes, list[tuple[bytes, str]]] = defaultdict(list)
        for value in values:
            assert len(value) >= _HEAD, "a value this short would be found by chance"
            for needle in {
                form.encode(code).lower() for form in _forms(value) for code in _ENCODINGS
            }:
                self._by_head[needle[:_HEAD]].append((needle, value))

    def find(self, content: bytes) -> set[str]:
        """The values that are in it."""
        lower, heads = content.lower(), self._by_head
        starts = (at for at in range(len(lower)) if lower[at : at + _HEAD] in heads)
        return {
            value
            for at in starts
            for needle, value in heads[lower[at : at + _HEAD]]
            if lower.startswith(needle, at)
        }

    def find_in(self, directory: Path) -> dict[str, set[str]]:
        """By file, what is in it; files without a find are left out."""
        files = (file for file in directory.rglob("*") if file.is_file())
        found = {str(file): self.find(file.read_bytes()) for file in files}
        return {file: values for file, values in found.items() if values}


def _forms(value: str) -> set[str]:
    return {value, value.lower(), value.upper()}


def personal(record: dict[str, Any]) -> Iterator[str]:
    """What of a master's record nobody may find: as it was typed, canonical, and as it is shown."""
    if " " in record["name"]:
        yield record["name"]
    document = parse_document(record.get("cpf") or record.get("cnpj") or "")
    if document is not None:
        yield document.value
        yield format_document(document.kind, document.value)
    for item in record["emails"]:
        yield item["address"]
        yield parse_email(item["address"]) or item["address"]
    for item in record["phones"]:
        yield from _phone(item["number"])


def _phone(typed: str) -> Iterator[str]:
    phone = parse_phone(typed)
    if phone is not None:
        digits = phone.number.removeprefix("+")
        national = digits.removeprefix("55")
        forms = (typed, phone.number, digits, national, format_phone(phone.number))
        yield from (form for form in forms if len(form) >= _HEAD)
