"""A register as people keep it: every fault of a field in known proportions, and what is right.

`python -m tests.fakes.dirty_register 100000` loads so many over HTTP and says how it went.
"""

import json
import random
import sys
import tempfile
import time
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from faker import Faker
from sqlalchemy import select

from config.assemble import merged
from connector.sources.checks import definition
from connector.sources.rest import Clock, RestSource, open_source
from connector.sync import Report, run
from mirror.identifiers import classify, cpf_valid
from mirror.reading.find import find
from mirror.records import Customer
from mirror.store.engine import Database
from mirror.store.lease import lease
from mirror.store.sealing import create_key, load, load_key
from mirror.store.sqlite import create_databases, open_mirror
from mirror.store.tables import customer
from tests.fakes.fake_master import Call, FakeMaster, Reply
from tests.fakes.stores import Remembering

GENERIC = Path(__file__).parents[1] / "data/field_cases/generic.toml"
_SIZE, _SAMPLE = 500, 2_000
_MORE = {
    "stream": {"page": {"size": _SIZE}},
    "map": {"notes": "notes", "tags": "tags", "seller": "seller"},
    "limits": {"per_minute": 1_000_000},
}


class Right(NamedTuple):
    """What a dirty record is to become."""

    code: str
    flags: frozenset[str]
    document: str | None
    phone: str | None
    email: str | None


class Fault(NamedTuple):
    """One way to write a field: how often of a thousand, how, and what comes of it."""

    often: int
    write: Callable[[str], Any]
    flags: tuple[str, ...] = ()
    kept: bool = True
    """Whether the value itself arrives."""


def _phone(form: str) -> Callable[[str], Any]:
    return lambda n: form.format(whole=n, ddd=n[:2], head=n[2:7], end=n[7:])


PHONES = (
    Fault(500, _phone("({ddd}) {head}-{end}")),
    Fault(150, _phone("{whole}")),
    Fault(50, int),
    Fault(20, float),
    Fault(20, _phone("{whole}.0")),
    Fault(30, _phone("+55{ddd}0{head}{end}")),
    Fault(30, _phone("0xx{ddd} {head} {end}")),
    Fault(50, _phone("{ddd} {head}-{end} recado"), ("phone_words",)),
    Fault(20, _phone("Maria {ddd} {head}-{end}"), ("phone_words",)),
    Fault(20, _phone("whatsapp: {whole}"), ("phone_words",)),
    Fault(10, _phone("tel:+55{whole}"), ("phone_words",)),
    Fault(20, _phone("({ddd}) {head}-{end} (Maria, depois das 18h)"), ("phone_words",)),
    Fault(20, lambda n: "".join(chr(ord(c) + 0xFEE0) for c in n)),
    Fault(20, lambda _: "não tem", ("phone_invalid",), kept=False),
    Fault(20, lambda n: f"({n[:2]}) {n[2:7]}-{n[7:10]}", ("phone_invalid",), kept=False),
    Fault(20, lambda _: False, kept=False),
)
EMAILS = (
    Fault(600, str),
    Fault(100, str.upper),
    Fault(50, "Fulano de Tal <{}>".format),
    Fault(50, "{}.".format),
    Fault(30, "mailto:{}".format),
    Fault(30, lambda e: e.replace("@", "&#64;")),
    Fault(20, lambda e: e.replace("@", "＠")),
    Fault(40, "{} (trabalho)".format, ("email_words",)),
    Fault(20, "{}; outra@".format, ("email_words",)),
    Fault(30, lambda _: "não tem", ("email_invalid",), kept=False),
    Fault(30, lambda _: "N/A", kept=False),
)
ZEROS = ("document_zeros",)
DOCUMENTS = (
    Fault(500, str),
    Fault(200, lambda d: f"{d[:3]}.{d[3:6]}.{d[6:9]}-{d[9:]}"),
    Fault(20, "CPF:{}".format),
    Fault(20, "CPF{}".format),
    Fault(20, "cpf. {}".format),
    Fault(50, int, ZEROS),
    Fault(30, float, ZEROS),
    Fault(50, lambda d: d.lstrip("0"), ZEROS),
    Fault(20, lambda d: f"{int(d):,}".replace(",", "."), ZEROS),
    Fault(20, lambda d: f"{int(d)}.0", ZEROS),
    Fault(20, "000{}".format, ZEROS),
    Fault(20, "CPF do titular {}".format, ("document_words",)),
    Fault(20, lambda d: d[:-1] + str((int(d[-1]) + 1) % 10), ("document_invalid",), kept=False),
    Fault(10, lambda _: "null", kept=False),
)
BIRTHS = (
    Fault(700, lambda _: "1980-05-13"),
    Fault(100, lambda _: "0000-00-00"),
    Fault(100, lambda _: "1899-12-30T00:00:00"),
    Fault(50, lambda _: False),
    Fault(50, lambda _: "31/02/1990", ("birth_date_invalid",)),
)
_PLACE = {"rua": "Rua das Flores", "n": 12, "cep": "13010-000"}
ADDRESSES = (
    Fault(700, lambda _: [_PLACE]),
    Fault(100, lambda _: json.dumps([_PLACE])),
    Fault(50, lambda _: False),
    Fault(50, lambda _: {}),
    Fault(50, lambda _: [_PLACE | {"cep": "1301000"}], ("postal_code_invalid",)),
    Fault(20, lambda _: [_PLACE, True], ("addresses_invalid",)),
    Fault(10, lambda _: "Rua das Flores, 12"),
    Fault(20, lambda _: [_PLACE] * 21, ("addresses_truncated",)),
)
NOTES = (
    Fault(900, lambda _: "prefere\nà tarde"),
    Fault(50, lambda _: None),
    Fault(25, lambda _: {"texto": "prefere"}, ("notes_shape",)),
    Fault(20, lambda _: {"a": "prefere", "b": "tarde"}, ("notes_invalid",)),
    Fault(5, lambda _: "x" * 20_001, ("notes_too_long",)),
)
TAGS = (
    Fault(800, lambda _: ["vip"]),
    Fault(100, lambda _: '["vip", "novo"]'),
    Fault(10, lambda _: [["vip"], "novo"]),
    Fault(20, lambda _: [True, "novo"], ("tags_invalid",)),
    Fault(20, lambda _: [{"id": 7, "nome": "vip"}], ("tags_shape",)),
    Fault(50, lambda _: [str(n) for n in range(51)], ("tags_truncated",)),
)
SELLERS = (
    Fault(900, lambda _: "Souza &amp; Filhos"),
    Fault(60, lambda _: "null"),
    Fault(5, lambda _: ["Paula"]),
    Fault(5, lambda _: ["Paula", "Rui"], ("seller_shape",)),
    Fault(10, lambda _: {"a": "Paula", "b": "Rui"}, ("seller_invalid",)),
    Fault(20, lambda _: "P" * 201, ("seller_too_long",)),
)
IDS: tuple[Callable[[int], Any], ...] = (
    lambda n: n,
    float,
    "C {:07}".format,
    "C/{}".format,
    "{}&F".format,
    "Ção{}".format,
    "{{3F2504E0-4F89-11D3-9A0C-{:012X}}}".format,
    "gid://shopify/Customer/{}".format,
    "VXNlcjox{}==".format,
    "fulano{}@exemplo.com.br".format,
)


def register(number: int, seed: int = 1) -> Iterator[tuple[dict[str, Any], Right]]:
    """So many records of a master, with what each is to become; the same for the same seed."""
    draw, fake = random.Random(seed), Faker("pt_BR")
    fake.seed_instance(seed)
    names = [fake.name() for _ in range(500)]
    for n in range(1, number + 1):
        yield _record(n, names[draw.randrange(len(names))], draw)


def _record(n: int, name: str, draw: random.Random) -> tuple[dict[str, Any], Right]:
    chosen = {field: _drawn(faults, draw) for field, faults in _FIELDS.items()}
    lost = chosen["document"].flags == ZEROS
    values = {
        "document": _cpf(f"{n + (10_000_000 if lost else 100_000_000):09}"),
        "phone": f"119{n + 60_000_000}",
        "email": f"cliente{n}@exemplo.com.br",
    }
    id_ = IDS[n % len(IDS)](n)
    record = {
        "id": id_,
        "updated_at": f"2026-10-{1 + n % 28:02}T10:00:00-03:00",
        "name": name,
        "type": "F",
        "status": "active",
    } | {field: fault.write(values.get(field, "")) for field, fault in chosen.items()}
    kept = {field: value for field, value in values.items() if chosen[field].kept}
    right = Right(
        code=id_ if isinstance(id_, str) else str(int(id_)),
        flags=frozenset(flag for fault in chosen.values() for flag in fault.flags),
        document=kept.get("document"),
        phone=f"+55{kept['phone']}" if "phone" in kept else None,
        email=kept.get("email"),
    )
    return record, right


_FIELDS = {
    "document": DOCUMENTS,
    "phone": PHONES,
    "email": EMAILS,
    "birth": BIRTHS,
    "addr": ADDRESSES,
    "notes": NOTES,
    "tags": TAGS,
    "seller": SELLERS,
}


def _drawn(faults: tuple[Fault, ...], draw: random.Random) -> Fault:
    (fault,) = draw.choices(faults, [one.often for one in faults])
    return fault


def _cpf(body: str) -> str:
    return next(f"{body}{n:02}" for n in range(100) if cpf_valid(f"{body}{n:02}"))


# Served over HTTP, loaded, and compared with what is right.


class Register(FakeMaster):
    """Serves the records page by page, by number."""

    reads = ("GET /customers",)

    def __init__(self, records: list[dict[str, Any]]) -> None:
        super().__init__()
        self.records = records

    def answer(self, call: Call) -> Reply:
        """The page that is asked for."""
        first = (int(call.query["page"]) - 1) * _SIZE
        return Reply(self.records[first : first + _SIZE])

    def source(self, **over: Any) -> RestSource:
        """The register as a source file declares it; tables in ``over`` are laid on that."""
        table = merged(merged(tomllib.loads(GENERIC.read_text("utf-8")), _MORE), over)
        clock = Clock(self.time.sleep, self.time.monotonic)
        made = definition(table, "loja")
        return open_source("loja", made, self.url, {}, Remembering(), clock=clock)


def loaded(db: Database, data: Path, records: list[dict[str, Any]]) -> Report:
    """The first load of these records into an empty mirror, over HTTP."""
    with Register(records).running() as master, lease(db, data) as fence:
        return run(db, master.source(), fence)


def differences(db: Database, rights: list[Right]) -> Iterator[str]:
    """Everything in which the mirror is not as it should be: who, and what; nothing where it is."""
    wanted = {right.code: right for right in rights}
    if len(wanted) != len(rights):
        yield "two records have one id"
    for found in _everybody(db):
        right = wanted.pop(found.external_id, None)
        if right is None:
            yield f"{found.external_id}: nobody's"
            continue
        if set(found.flags) != right.flags:
            yield f"{right.code}: flags {sorted(set(found.flags) ^ right.flags)}"
        has = {
            "document": [one.value for one in found.documents],
            "phone": [one.number for one in found.phones],
            "email": list(found.emails),
        }
        for field, numbers in has.items():
            value = getattr(right, field)
            if value is not None and numbers != [value]:
                yield f"{right.code}: {field}"
    yield from (f"{code}: lost" for code in wanted)


def unfound(db: Database, rights: list[Right]) -> Iterator[str]:
    """Whom the search box does not find by a number of theirs, written whole, or by their code."""
    for right in rights:
        for term in (right.code, right.document, right.phone, right.email):
            if term and right.code not in {one.external_id for one in find(db, classify(term))}:
                yield f"{right.code}: not by {'a number' if term != right.code else 'the code'}"


def _everybody(db: Database) -> Iterator[Customer]:
    with db.reading() as connection:
        ids = list(connection.scalars(select(customer.c.id)))
        for at in range(0, len(ids), _SIZE):
            found = load(connection, db.keys, ids[at : at + _SIZE])
            yield from (one.customer for one in found)


def main(number: int) -> int:
    """Load so many, and print what became of them; 1 where anything is not as it should be."""
    pairs = list(register(number))
    records, rights = [one for one, _ in pairs], [one for _, one in pairs]
    with tempfile.TemporaryDirectory(prefix="espelho-dirty-") as place:
        data, key = Path(place), Path(place) / "key"
        create_key(key)
        create_databases(data, load_key(key))
        db = open_mirror(data, load_key(key))
        begun = time.monotonic()
        report = loaded(db, data, records)
        print(f"{report.sentence} {time.monotonic() - begun:.0f} s.")
        wrong = list(differences(db, rights))
        wrong += unfound(db, random.Random(1).sample(rights, min(number, _SAMPLE)))
        db.close()
    put_in = Counter(flag for right in rights for flag in right.flags)
    print("\n".join(f"{number:7,} {flag}" for flag, number in put_in.most_common()))
    print(f"{len(wrong)} differences", *wrong[:20], sep="\n")
    return int(bool(wrong) or not report.ok)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
