"""Where a sync's time goes: one set of pages through the rooms' own functions, stage by stage."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from time import process_time
from typing import Any

from config.assemble import mirror_of, source_of
from config.settings import load
from connector.mapping.strict_json import NotStrict, decode_object
from connector.mapping.values import Refused
from connector.sources import Page
from connector.sources.rest import RestSource
from mirror.store.sealing import Keyring
from mirror.writing.customers import Arrival, apply, arrival
from mirror.writing.judgement import RAW_HASH_BYTES
from tests.bench import measuring
from tests.bench.measuring import Table
from tests.bench.workbench import Workbench
from tests.faults.installation import installed

_PAGES, _AT_ONCE = 40, 20

_Raws = list[tuple[bytes, Page]]
"""Records as they came, each with its page."""


class _Watch:
    def __init__(self) -> None:
        self.spent: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        started = process_time()
        yield
        self.spent[name] = self.spent.get(name, 0.0) + process_time() - started


def measure(bench: Workbench) -> Table:
    """Microseconds a record of each stage, in a process of its own."""
    fresh = installed(bench.place / "stages", bench.master())
    command = [sys.executable, "-m", "tests.bench.stages", str(fresh.file)]
    _, told = measuring.account(command, fresh.variables(), fresh.directory)
    stages: dict[str, float] = json.loads(told)
    stages["sum"] = sum(stages.values())
    return {name: {"µs a record": spent} for name, spent in stages.items()}


def _staged(file: Path) -> dict[str, float]:
    """Microseconds a record of each stage, into an empty mirror."""
    settings = load(file)
    db, source = mirror_of(settings), source_of(settings, settings.sources[0])
    if not isinstance(source, RestSource):
        raise TypeError("Stages are those of a master that is declared in a file.")
    watch, records = _Watch(), 0
    source.prepare()  # the connection is made before anything is measured
    pages = source.pages(None)
    for _ in range(_PAGES // _AT_ONCE):
        with watch.stage("fetch, split, look over"):
            raws = [(raw, page) for page in islice(pages, _AT_ONCE) for raw in page.records]
        arrivals = _read(watch, db.keys, source, raws)
        with watch.stage("write, commit"), db.writing() as connection:
            apply(connection, db.keys, source.name, arrivals, counter=source.counter)
        records += len(raws)
    source.close()
    db.close()
    return {name: seconds / records * 1e6 for name, seconds in watch.spent.items()}


def _read(watch: _Watch, keys: Keyring, source: RestSource, raws: _Raws) -> list[Arrival]:
    fingerprint = keys.fingerprint("content")
    with watch.stage("hash, read the head"):
        hashes = [fingerprint(raw)[:RAW_HASH_BYTES] + source.fingerprint for raw, _ in raws]
        heads = [_tried(source.head, raw, page.at) for raw, page in raws]
    with watch.stage("decode"):
        values = [_tried(decode_object, raw, tidy=page.tidy) for raw, page in raws]
    with watch.stage("translate"):
        customers = [
            value and head and _tried(source.translate, value, head, page.stream)
            for value, head, (_, page) in zip(values, heads, raws, strict=True)
        ]
    with watch.stage("seal, blind"):
        return [
            arrival(keys, source.name, customer, content_hash, raw, is_new=True)
            for customer, content_hash, (raw, _) in zip(customers, hashes, raws, strict=True)
            if customer
        ]


def _tried(read: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
    try:
        return read(*arguments, **options)
    except (Refused, NotStrict):
        return None


def as_program() -> None:
    """In a process of its own: what the arguments ask for."""
    print(json.dumps(_staged(Path(sys.argv[1]))))


if __name__ == "__main__":
    as_program()
