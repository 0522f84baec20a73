"""Holds the vocabulary against the rows: what beginnings, errors and rarity are answered by."""

from collections import Counter

from sqlalchemy import Connection, select

from mirror.identifiers import search_terms
from mirror.store.engine import Database
from mirror.store.sealing import Keyring, open_customer, word_seal
from mirror.store.tables import customer, name_word
from mirror.writing.indexes import split_keys


def stored(connection: Connection, keys: Keyring) -> dict[str, int]:
    """Every word that is kept, and by how many."""
    return {
        keys.open(row.word, word_seal(row.key)).decode(): row.holders
        for row in connection.execute(select(name_word))
    }


def from_scratch(connection: Connection, keys: Keyring) -> dict[str, int]:
    """The same, as the sealed records say."""
    found: Counter[str] = Counter()
    for row in connection.execute(select(customer)):
        record = open_customer(keys, row.source, row.external_id, row.version, row.doc)
        found.update({text for kind, text in search_terms(record) if kind == "name"})
    return dict(found)


def check(db: Database, connection: Connection) -> None:
    """The words are those of the records, their numbers those of the rows' own search keys."""
    kept = stored(connection, db.keys)
    assert kept == from_scratch(connection, db.keys)
    rows = connection.scalars(select(customer.c["keys"]))  # of a first load the index has fewer yet
    held = Counter(key for keys in rows for key in split_keys(keys))
    for row in connection.execute(select(name_word)):
        assert row.holders == held[row.key] > 0
