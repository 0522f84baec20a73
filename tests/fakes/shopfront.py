"""A shop's web application over real databases, and a signed-in member of staff to use it."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from unittest.mock import patch

from flask import Flask
from flask.testing import FlaskClient
from jinja2.bccache import Bucket, BytecodeCache

from mirror.identifiers import classify
from mirror.ledger import journal
from mirror.reading.find import find
from mirror.records import Customer
from mirror.store.engine import Database
from web.accounts import session, staff
from web.app import create_app
from web.settings import WebSettings

PASSWORD = "uma senha comprida"


class _Compiled(BytecodeCache):
    """Templates compiled once for all shops of a test run: half of what a page's test takes."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self._kept:
            bucket.bytecode_from_string(self._kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._kept[bucket.key] = bucket.bytecode_to_string()


COMPILED = _Compiled()
_hashed_once = cache(staff.hash_of)
"""A real hash, once for all who are hired: each takes 64 MiB and longer than most tests."""


@dataclass
class Shopfront:
    app: Flask
    mirror: Database
    ledger: Database
    write: Callable[..., Database]

    def hire(self, role: str = "attendant", login: str = "ana") -> staff.Person:
        with patch.object(staff, "hash_of", _hashed_once):
            return staff.add(self.ledger, login, f"{login.title()} Lima", role, PASSWORD)

    def signed_in(self, role: str = "attendant", login: str = "ana") -> FlaskClient:
        client = self.app.test_client()
        client.set_cookie("espelho", session.start(self.ledger, self.hire(role, login)))
        return client

    def id_of(self, customer: Customer) -> int:
        hits = find(self.mirror, classify(customer.external_id))
        return next(hit.id for hit in hits if hit.external_id == customer.external_id)

    def journal(self) -> list[journal.Recorded]:
        """What was done in it: not that somebody was hired for the test."""
        return [one for one in journal.entries(self.ledger) if one.actor_kind != "command"]


def open_shop(
    write: Callable[..., Database], ledger: Database, *customers: Customer, **settings: object
) -> Shopfront:
    mirror = write(*customers)
    app = create_app(mirror, ledger, WebSettings(**settings))  # type: ignore[arg-type]
    app.jinja_env.bytecode_cache = COMPILED
    return Shopfront(app, mirror, ledger, write)
