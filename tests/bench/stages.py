"""Where a sync's time goes: one set of pages through the rooms' own functions, stage by stage."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from time import process_time
from typing import Any

import msgspec

from config.assemble import mirror_of, source_of
from config.settings import load
from connector.maps.values import Refused
from connector.sources.rest import RestSource
from connector.strict import NotStrict, decode_object
from mirror import rows
from mirror.planning import RAW_HASH_BYTES, Arrival
from mirror.sealing import Keyring
from mirror.writing import apply

_PAGES = 40

_Raws = list[tuple[bytes, bool]]
"""Records as they came, and whether their page was tidy throughout."""


class _Watch:
    def __init__(self) -> None:
        self.spent: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        started = process_time()
        yield
        self.spent[name] = self.spent.get(name, 0.0) + process_time() - started


def measure(file: Path) -> dict[str, float]:
    """Microseconds a record of each stage, into an empty mirror."""
    settings = load(file)
    db, source = mirror_of(settings), source_of(settings, settings.sources[0])
    watch, records = _Watch(), 0
    pages = source.pages(None)
    next(pages)  # the connection is made before anything is measured
    for _ in range(_PAGES // 20):
        with watch.stage("fetch, split, look over"):
            raws = [(raw, page.tidy) for page in islice(pages, 20) for raw in page.records]
        arrivals = _read(watch, db.keys, source, raws)
        with watch.stage("write, commit"), db.writing() as connection:
            apply(connection, db.keys, source.name, arrivals, counter=source.counter)
        records += len(raws)
    source.close()
    db.close()
    return {name: seconds / max(1, records) * 1e6 for name, seconds in watch.spent.items()}


def _read(watch: _Watch, keys: Keyring, source: RestSource, raws: _Raws) -> list[Arrival]:
    fingerprint = keys.fingerprint("content")
    with watch.stage("hash, read the head"):
        hashes = [fingerprint(raw)[:RAW_HASH_BYTES] + source.fingerprint for raw, _ in raws]
        heads = [_tried(source.head, raw) for raw, _ in raws]
    with watch.stage("decode"):
        values = [_tried(decode_object, raw, tidy=tidy) for raw, tidy in raws]
    with watch.stage("translate"):
        customers = [
            value and head and _tried(source.translate, value, head, "customers")
            for value, head in zip(values, heads, strict=True)
        ]
    with watch.stage("seal, blind"):
        return [
            rows.arrival(keys, source.name, customer, content_hash, raw, is_new=True)
            for customer, content_hash, (raw, _) in zip(customers, hashes, raws, strict=True)
            if customer
        ]


def _tried(read: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
    try:
        return read(*arguments, **options)
    except (Refused, NotStrict):
        return None


if __name__ == "__main__":
    print(msgspec.json.encode(measure(Path(sys.argv[1]))).decode())
