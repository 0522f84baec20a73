"""Whatever is added, changed and removed in whatever order: the mirror is what a dict would be.

Search keys are exactly those of the rows present, counts are their number, ids are never reused.
"""

from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from mirror.identifiers import search_terms
from mirror.records import Customer
from mirror.store.engine import Database
from mirror.store.progress import fact
from mirror.store.sealing import Keyring, open_customer
from mirror.store.sqlite import create_databases, open_mirror
from mirror.store.tables import customer, lookup, tombstone
from mirror.writing import judgement
from mirror.writing.customers import apply, arrival, remove
from mirror.writing.indexes import split_keys
from tests.fakes import facet_sets, vocabulary
from tests.fakes.somebody import somebody

pytestmark = pytest.mark.engines

_sources = (f"loja{number}" for number in count())


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory, keys: Keyring) -> Iterator[Database]:
    directory = tmp_path_factory.mktemp("model") / "data"
    create_databases(directory, keys)
    opened = open_mirror(directory, keys)
    yield opened
    opened.close()


def variant(number: int, version: int, content: int) -> Customer:
    return somebody(
        number,
        version,
        name=("Ana Souza", "Ana d'Ávila Lima", "Bento Souza", None)[content],
        trade_name=(None, "Ana e Filhos", None, "Souza ME")[content],
        emails=(("a@x.com", "b@x.com"), ("b@x.com",), (), (f"own{number}@x.com",))[content],
        kind=("PF", "PF", "PJ", "PJ")[content],
        registration=("active", "blocked", "active", "deleted")[content],
        category=("Ouro", None, "Prata", None)[content],
    )


class Model:
    """What the mirror should have of one source, kept the simplest way there is."""

    def __init__(self, *, counter: bool) -> None:
        self.counter = counter
        self.present: dict[str, Customer] = {}
        self.dead: dict[str, tuple[int, str]] = {}

    def offer(self, record: Customer) -> None:
        name = record.external_id
        if name in self.present:
            mine = self.present[name]
            again = record.version == mine.version and record != mine and not self.counter
            if record.version > mine.version or again:
                self.present[name] = record
        elif name not in self.dead or record.version > self.dead[name][0]:
            self.present[name] = record
            self.dead.pop(name, None)

    def remove(self, name: str, reason: str) -> None:
        if name in self.present:
            self.dead[name] = self.present.pop(name).version, reason


numbers = st.integers(0, 2)
offers = st.lists(st.tuples(numbers, st.integers(1, 3), st.integers(0, 3)), min_size=1, max_size=6)
removals = st.tuples(
    st.lists(numbers, min_size=1, max_size=3), st.sampled_from(("sweep", "master", "erasure"))
)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.one_of(offers, removals), min_size=1, max_size=8), st.booleans())
@example([[(0, 2, 0), (1, 1, 1)], [(0, 1, 2)], ([0], "sweep"), [(0, 2, 3), (1, 1, 2)]], True)
@example([[(0, 1, 0), (0, 1, 1)], ([0, 2], "master"), [(0, 1, 1)], [(0, 2, 1)]], False)
def test_the_mirror_is_what_a_dict_would_be(db: Database, steps: list[Any], counter: bool):
    source, model = next(_sources), Model(counter=counter)
    ids: dict[int, str] = {}
    revision = -1
    for step in steps:
        if isinstance(step, list):
            records = [variant(*one) for one in step]
            write(db, source, records, counter)
            for record in records:
                model.offer(record)
        else:
            names = [f"C-{number}" for number in step[0]]
            with db.writing() as connection:
                remove(connection, source, names, step[1])
            for name in names:
                model.remove(name, step[1])
        revision = check(db, source, model, ids, revision)


def write(db: Database, source: str, records: list[Customer], counter: bool) -> None:
    arrivals = []
    for record in records:
        raw = repr(record).encode()
        content_hash = db.keys.fingerprint("content")(raw)[:12] + b"map1"
        arrivals.append(arrival(db.keys, source, record, content_hash, raw))
    with db.writing() as connection:
        apply(connection, db.keys, source, arrivals, counter=counter)


def check(db: Database, source: str, model: Model, ids: dict[int, str], before: int) -> int:
    with db.reading() as connection:
        rows = connection.execute(select(customer).where(customer.c.source == source)).all()
        by_id = {row.id: row for row in rows}
        found = connection.execute(select(lookup).where(lookup.c.customer.in_(by_id))).all()
        orphans = connection.execute(
            select(lookup.c.customer).where(
                lookup.c.customer.not_in(select(customer.c.id).scalar_subquery())
            )
        ).all()
        facet_sets.check(db, connection)
        vocabulary.check(db, connection)
        graves = connection.execute(select(tombstone).where(tombstone.c.source == source)).all()
        revision = int(fact(connection, "revision", "0"))

    records = {
        row.external_id: open_customer(db.keys, source, row.external_id, row.version, row.doc)
        for row in rows
    }
    assert records == model.present
    assert {(row.id, key) for row in rows for key in split_keys(row.keys)} == {
        (row.customer, row.key) for row in found
    }
    for row in rows:
        record = records[row.external_id]
        assert split_keys(row.keys) == db.keys.blind_all(search_terms(record))
        assert ids.setdefault(row.id, row.external_id) == row.external_id
    assert orphans == []
    assert {one.external_id: (one.version, one.reason) for one in graves} == model.dead
    revisions = [row.revision for row in rows] + [one.revision for one in graves]
    assert len(set(revisions)) == len(revisions)
    assert revision >= max([before, *revisions])
    return revision


def test_the_statement_itself_refuses_a_stale_version(
    db: Database, monkeypatch: pytest.MonkeyPatch
):
    def blindly(plan, arrival, *_):
        plan.accepted[arrival.external_id] = arrival

    monkeypatch.setattr(judgement, "_judge", blindly)
    source, model = next(_sources), Model(counter=True)
    for version in (2, 1):
        write(db, source, [variant(1, version, 0)], True)
        model.offer(variant(1, version, 0))
    check(db, source, model, {}, -1)
