"""A shop whose customers have standings and labels of every kind, each known by its number."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec
from flask.testing import FlaskClient

from mirror.instants import local_day
from mirror.records import REGISTRATIONS, Customer, Document, Order, Payment, Phone, Record
from mirror.standing import Rules
from mirror.store.engine import Database
from mirror.store.progress import Checkpoint, now_us, save_checkpoint
from mirror.store.sealing import Keyring
from mirror.store.sqlite import create_databases, open_ledger, open_mirror
from mirror.writing import BY_NAME
from mirror.writing.customers import apply
from tests.fakes.shopfront import COMPILED, Shopfront
from tests.fakes.somebody import cpf
from web.app import create_app
from web.settings import WebSettings, Wording

RULES = Rules(names=("conta_base", "azata"), extras=("Tamanho",))
REQUIRED = ("email", "phone")
NOW = datetime.now(UTC)
PAID, LONG_AGO = NOW - timedelta(days=10), NOW - timedelta(days=100)
TURNED = (local_day(int(LONG_AGO.timestamp()) * 1_000_000) + timedelta(days=61)).isoformat()[:7]
"""The month in which whoever paid long ago became inactive."""
WORD = "Em cobrança"
"""A word of the master's that is no value of Conta Base's axis."""


@dataclass
class One:
    """A customer by number, and what every filter says of it, told by hand."""

    number: int

    @property
    def code(self) -> str:
        return f"C-{self.number}"

    @property
    def kind(self) -> str:
        return "PJ" if self.number % 3 == 0 else "PF"

    @property
    def registration(self) -> str:
        return REGISTRATIONS[self.number % 4]

    @property
    def category(self) -> str | None:
        return (None, "Ouro", "Prata & Cia")[self.number // 2 % 3]

    @property
    def group(self) -> str | None:
        return f"Matrícula {2024 + self.number % 2}" if self.number % 4 else None

    @property
    def tags(self) -> tuple[str, ...]:
        return ("newsletter", "VIP") if self.number % 6 == 0 else ("newsletter",)

    @property
    def seller(self) -> str:
        return ("Ana", "Rui")[self.number // 3 % 2]

    @property
    def size(self) -> str:
        return "PMG"[self.number % 3]

    @property
    def missing(self) -> set[str]:
        no_email, no_phone = self.number % 7 == 0, self.number % 11 == 0
        return {field for field, lacks in (("email", no_email), ("phone", no_phone)) if lacks}

    @property
    def since(self) -> date:
        return date(2026, 1 + self.number % 3, 5)

    @property
    def told(self) -> str | None:
        """What the master says of Conta Base's axis."""
        return {0: "archived", 1: WORD, 3: "active"}.get(self.number % 10)

    @property
    def paid(self) -> datetime | None:
        return {1: PAID, 2: LONG_AGO}.get(self.number % 4)

    @property
    def by_rules(self) -> str:
        return {1: "active", 2: "inactive"}.get(self.number % 4, "lead")

    @property
    def conta_base(self) -> str:
        return self.told or self.by_rules

    @property
    def azata_told(self) -> str | None:
        return {0: "contact", 5: "active"}.get(self.number % 13)

    @property
    def azata_by_rules(self) -> str:
        return "active" if self.number % 3 == 1 else "lead"

    @property
    def azata(self) -> str:
        return self.azata_told or self.azata_by_rules

    @property
    def listed(self) -> bool:
        """Whether a list that is not asked for them shows it."""
        return self.conta_base != "archived"

    def record(self) -> Customer:
        told = {"conta_base": self.told, "azata": self.azata_told}
        return Customer(
            external_id=self.code,
            version=1,
            kind=self.kind,
            registration=self.registration,
            name=f"Pessoa {self.code}",
            documents=(Document("cpf", cpf(100_000_000 + self.number)),),
            emails=() if "email" in self.missing else (f"p{self.number}@exemplo.com.br",),
            phones=()
            if "phone" in self.missing
            else (Phone(f"+55119{80_000_000 + self.number}", "mobile"),),
            category=self.category,
            groups=(self.group,) if self.group else (),
            tags=self.tags,
            seller=self.seller,
            extras={"Tamanho": self.size},
            customer_since=self.since,
            standings={axis: word for axis, word in told.items() if word},
            master_url=f"https://origem.exemplo/clientes/{self.code}",
        )

    def orders(self) -> Iterable[Order]:
        if self.azata_by_rules == "active":
            yield order(self.number, self.code, NOW - timedelta(days=self.number))

    def payments(self) -> Iterable[Payment]:
        if self.paid:
            yield payment(self.number, self.code, self.paid)


EVERYBODY = [One(number) for number in range(1, 121)]


def order(number: int, customer: str, placed_at: datetime) -> Order:
    return Order(
        external_id=f"O-{number}", version=1, customer=customer, state="done", placed_at=placed_at
    )


def payment(number: int, customer: str, paid_at: datetime) -> Payment:
    return Payment(
        external_id=f"P-{number}", version=1, customer=customer, state="paid", paid_at=paid_at
    )


def listed_shop(
    place: Path, keys: Keyring, *, settings: dict[str, Any] | None = None, **wording: Any
) -> Shopfront:
    """The shop, open, empty; ``fill`` and ``did`` write into it."""
    create_databases(place, keys)
    mirror, ledger = open_mirror(place, keys), open_ledger(place, keys)
    told = WebSettings(**({"required": REQUIRED} | (settings or {})))
    app = create_app(mirror, ledger, told, wording=Wording(**({"filters": ("Tamanho",)} | wording)))
    app.jinja_env.bytecode_cache = COMPILED

    def write(*records: Customer) -> Database:
        fill(mirror, records)
        return mirror

    return Shopfront(app, mirror, ledger, write)


def full_shop(place: Path, keys: Keyring, **more: Any) -> Shopfront:
    """The same with everybody in, and what they did."""
    shop = listed_shop(place, keys, **more)
    fill(shop.mirror, [one.record() for one in EVERYBODY])
    did(shop.mirror, "orders", [done for one in EVERYBODY for done in one.orders()])
    did(shop.mirror, "payments", [done for one in EVERYBODY for done in one.payments()])
    return shop


def fill(mirror: Database, records: Iterable[Customer], rules: Rules = RULES) -> None:
    with mirror.writing() as connection:
        arrivals = _arrivals(mirror, "customers", records, rules)
        apply(connection, mirror.keys, "loja", arrivals, counter=True, rules=rules)
        now = now_us()
        save_checkpoint(
            connection,
            Checkpoint(source="loja", listed_at=now, succeeded_at=now, attempted_at=now),
        )


def did(mirror: Database, stream: str, records: Iterable[Record], rules: Rules = RULES) -> None:
    with mirror.writing() as connection:
        BY_NAME[stream].apply(
            connection,
            mirror.keys,
            "loja",
            _arrivals(mirror, stream, records, rules),
            counter=True,
            rules=rules,
        )


def _arrivals(mirror: Database, stream: str, records: Iterable[Any], rules: Rules) -> list[Any]:
    keys, found = mirror.keys, []
    for record in records:
        raw = msgspec.json.encode(record)
        content = keys.fingerprint("content")(raw)[:12] + b"map1"
        found.append(
            BY_NAME[stream].arrival(keys, "loja", record, content, raw, rules, is_new=False)
        )
    return found


def codes(client: FlaskClient, address: str) -> list[str]:
    """The codes of a list's customers, all its pages together, in their order."""
    found: list[str] = []
    seen: str | None = address
    while seen:
        html = client.get(seen).text
        found += shown_codes(html)
        seen = link(html, 'rel="next"')
    return found


def shown_codes(html: str) -> list[str]:
    return re.findall(r"data-copy-text>(C-\d+)<", html)


def link(html: str, mark: str) -> str | None:
    found = re.search(rf'<a[^>]*{mark}[^>]*href="([^"]*)"', html)
    return unescape(found[1]) if found else None


def by_hand(fits: Callable[[One], bool], *, everybody: bool = False) -> list[str]:
    """The codes of those who fit, newest first."""
    return [one.code for one in reversed(EVERYBODY) if fits(one) and (everybody or one.listed)]


def query(**parts: str) -> str:
    return "/clientes?" + "&".join(f"{name}={quote(value)}" for name, value in parts.items())
