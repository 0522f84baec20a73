"""A shop in step with its master, which then turns hostile: what cases are played on.

Everything is real: a socket, an opened source, an encrypted mirror, pages and terminals.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from config.assemble import merged, preset
from connector.auth.oauth import SealedFile
from connector.http import Request
from connector.sources.checks import definition
from connector.sources.rest import RestSource, open_source
from connector.sync import Report, run
from mirror.reading.listing import export
from mirror.store.engine import Database
from mirror.store.lease import lease
from mirror.store.sealing import Keyring
from tests.fakes.hostile import Asked, Bytes, Hostile, Script, reply
from tests.fakes.looking import everything, point, refused
from tests.fakes.master import Master, record
from tests.hostile.payloads import DIALECT, LAST, leaves

TOKEN = "s3cret-of-the-tests"
LIMITS = {"timeout_s": 30.0, "attempts": 2, "longest_wait_s": 0.0, "per_minute": 10**6}
"""The time is far above what an answer needs on a busy machine: who is late is asked twice."""
SOON: dict[str, Any] = {"limits": {"timeout_s": 0.3}}
"""Laid on the settings where a case must run into its deadline."""
CUSTOMERS = [record(number) for number in range(101, 113)]


def opened(url: str, data_dir: Path, keys: Keyring, **over: Any) -> RestSource:
    """The preset ``omni`` in the catalogue's dialect, as an installation would open it."""
    laid = merged({"limits": LIMITS}, merged(DIALECT, over))
    defined = definition(merged(preset("omni"), laid), "loja")
    store = SealedFile(data_dir / "loja.token", keys)
    return open_source("loja", defined, url, {"token": TOKEN}, store)


def good_master(*more: dict[str, Any], size: int = 500) -> Master:
    """A master with a dozen customers and these, who answers as it should."""
    return Master(*CUSTOMERS, *more, size=size)


@dataclass
class Scene:
    """One shop and its master."""

    db: Database
    ledger: Database
    data_dir: Path
    served: Hostile
    app: Flask
    session: str
    device: str
    good: Master = field(default_factory=good_master)
    said: set[str] = field(default_factory=set)
    """Texts that nobody may find in a log, a sentence or an error."""
    sentences: list[str] = field(default_factory=list)
    hosts: set[str] = field(default_factory=lambda: {"127.0.0.1"})
    """Those that may be reached."""

    earlier: list[Asked] = field(default_factory=list)
    """What the master was asked before it changed its answer."""

    @property
    def asked(self) -> list[Asked]:
        """What the master was asked since it began to answer as it does now."""
        return self.served.asked

    @property
    def asked_for_lists(self) -> list[Asked]:
        """The same without who changed last, who is asked for alone if no list brings them."""
        return [one for one in self.asked if "?" in one.target]

    def follow(self, *, full: bool = False, url: str | None = None, **over: Any) -> Report:
        """Follow the master once, its tables in ``over`` laid on the preset ``omni``."""
        made = opened(url or self.served.url, self.data_dir, self.db.keys, **over)
        try:
            with lease(self.db, self.data_dir) as fence:
                report = run(self.db, made, fence, full=full)
        finally:
            made.close()
        self.sentences.append(report.sentence)
        return report

    def behave(self) -> None:
        """From now on the master answers as it should."""
        self.turn(self.well)

    def well(self, asked: Asked) -> bytes:
        """What a good master answers."""
        query = dict(parse_qsl(urlsplit(asked.target).query))
        return reply(self.good.send(Request("/", query)).body)

    def answer(self, told: Bytes, then: Bytes | None = None) -> None:
        """From now on the master answers this, and where a token comes back, ``then``."""
        for text in leaves(told) if isinstance(told, bytes) else ():
            self.said.add(text)
        self.turn(lambda asked: then if then and "cursor=" in asked.target else told)

    def turn(self, script: Script) -> None:
        """From now on the master answers by this script, and its requests are counted anew."""
        self.earlier += self.asked
        self.asked.clear()
        self.served.script = script

    def taken(self, told: bytes, **over: Any) -> dict[str, dict[str, Any]]:
        """Read this page, which must go well; everybody in the mirror by id, in clear."""
        self.answer(told, reply(LAST))
        report = self.follow(**over)
        assert report.ok, report.sentence
        return self.people()

    def people(self) -> dict[str, dict[str, Any]]:
        """Everybody in the mirror by id, in clear."""
        return {row["external_id"]: row for row in export(self.db, clear=True)}

    def refused(self) -> dict[str, str]:
        """What is in quarantine: field and rule by subject."""
        return refused(self.db)

    def state(self) -> object:
        """All that a refused answer must leave as it is."""
        kept = ("customer", "lookup", "facet", "facet_bits", "tombstone", "quarantine", "hold")
        tables = everything(self.db)
        return point(self.db).cursor, {name: tables[name] for name in kept}

    def browser(self) -> FlaskClient:
        """A client of the pages, signed in."""
        client = self.app.test_client()
        client.set_cookie("espelho", self.session)
        return client

    def html_of(self, external_id: str) -> str:
        """The page of a customer."""
        hits = self.lookup(code=external_id).json
        assert hits
        answer = self.browser().get(f"/clientes/{hits['customers'][0]['id']}")
        assert answer.status_code == 200
        return answer.text

    def lookup(self, **term: object) -> TestResponse:
        """What the terminals' API answers."""
        return self.app.test_client().post(
            "/api/v1/lookup", json=term, headers={"Authorization": f"Bearer {self.device}"}
        )

    def codes(self, **term: object) -> list[str]:
        """The ids of those whom a terminal finds."""
        answer = self.lookup(**term)
        assert answer.status_code == 200, answer.text
        return [card["code"] for card in answer.json["customers"]]  # type: ignore[index]

    def converges(self) -> None:
        """A clean run brings what is new, a clean sweep leaves exactly what the master has."""
        self.good.put(record(999, updated_at=datetime.now(UTC).isoformat()))
        self.behave()
        report = self.follow()
        assert report.ok, report.sentence
        assert "999" in self.people()
        report = self.follow(full=True)
        assert report.ok, report.sentence
        assert not report.figures.held
        model = {
            str(one["id"]): (one["v"], one["name"], [one["emails"][0]["address"]])
            for one in self.good.records.values()
        }
        found = self.people().items()
        assert {name: (p["version"], p["name"], p["emails"]) for name, p in found} == model
        assert self.refused() == {}
