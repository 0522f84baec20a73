"""Two yardsticks for a noisy machine: the least that a copy without any promise would cost.

``clear`` fetches the same pages and inserts what is on them, unread and unprotected. ``storage``
only seals and stores: 500 random bytes and nine random search keys a record.
"""

import os
import sqlite3
import sys
from collections.abc import Iterator
from itertools import islice
from typing import Any

import httpx
import msgspec
import sqlcipher3.dbapi2 as sqlcipher
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_AT_ONCE = 10_000
_COLUMNS = (
    "id", "v", "updated_at", "person_type", "status", "name", "trade_name", "cpf", "cnpj", "rg",
    "birth_date", "gender", "category", "created_at", "last_purchase_at", "notes", "seller",
    "profile", "url", "emails", "phones", "addresses", "contacts", "dependents", "loyalty",
)  # fmt: skip


def clear(url: str, token: str, file: str) -> None:
    """Fetch, decode, insert: no checks, no keys, no encryption."""
    db = sqlite3.connect(file, isolation_level=None)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = NORMAL")
    db.execute(f"CREATE TABLE customer ({', '.join(_COLUMNS)})")
    insert = f"INSERT INTO customer VALUES ({', '.join('?' * len(_COLUMNS))})"
    encode = msgspec.json.encode
    pages = _pages(url, token)
    while batch := list(islice(pages, _AT_ONCE // 500)):
        db.execute("BEGIN")
        for items in batch:
            rows = ([item.get(name) for name in _COLUMNS] for item in items)
            flat = [[encode(v) if type(v) in (list, dict) else v for v in row] for row in rows]
            db.executemany(insert, flat)
        db.execute("COMMIT")


def _pages(url: str, token: str) -> Iterator[list[dict[str, Any]]]:
    with httpx.Client(headers={"Authorization": f"Bearer {token}"}, verify=False) as client:
        query = {"limit": "500"}
        while True:
            page = msgspec.json.decode(client.get(f"{url}/api/v1/customers", params=query).content)
            yield page["items"]
            if not page["has_more"]:
                return
            query["cursor"] = page["next"]


def storage(records: int, file: str) -> None:
    """Seal and store, in transactions of 10,000, with keys in order."""
    db = sqlcipher.connect(file, isolation_level=None)
    db.execute(f"PRAGMA key = \"x'{os.urandom(32).hex()}'\"")
    db.execute("PRAGMA cache_size = -16384")
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = NORMAL")
    db.execute("PRAGMA wal_autocheckpoint = 8000")
    db.execute("CREATE TABLE customer (id INTEGER PRIMARY KEY, keys BLOB, doc BLOB)")
    db.execute("CREATE TABLE lookup (key BLOB, id INTEGER, PRIMARY KEY (key, id)) WITHOUT ROWID")
    cipher = AESGCM(os.urandom(32))
    for start in range(0, records, _AT_ONCE):
        ids = range(start, min(records, start + _AT_ONCE))
        keys = {row: os.urandom(144) for row in ids}
        rows = [(row, keys[row], _sealed(cipher)) for row in ids]
        found = [(keys[row][at : at + 16], row) for row in ids for at in range(0, 144, 16)]
        db.execute("BEGIN IMMEDIATE")
        db.executemany("INSERT INTO customer VALUES (?, ?, ?)", rows)
        db.executemany("INSERT INTO lookup VALUES (?, ?)", sorted(found))
        db.execute("COMMIT")


def _sealed(cipher: AESGCM) -> bytes:
    nonce = os.urandom(12)
    return nonce + cipher.encrypt(nonce, os.urandom(500), b"customer/loja/1@1")


def as_program() -> None:
    """In a process of its own: what the arguments ask for."""
    if sys.argv[1] == "clear":
        clear(*sys.argv[2:])
    else:
        storage(int(sys.argv[2]), sys.argv[3])


if __name__ == "__main__":
    as_program()
