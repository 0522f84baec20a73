"""Which customer is meant: SOURCE/CODE, the master's own name for one, or the mirror's number."""

from typing import Any

import click
import msgspec

from config.assemble import mirror_of
from config.cli.shared import sources_of
from config.settings import Settings
from mirror.audit import Recorded, entries
from mirror.database import Database

_MOST_DIGITS = 18


class NoSuchCustomer(Exception):
    """Neither the mirror nor the journal knows the customer; what was typed is not repeated."""


class Whom(msgspec.Struct, frozen=True):
    """A customer as typed. A number is the mirror's: a mirror that is rebuilt gives others."""

    source: str | None = None
    code: str | None = None
    number: int | None = None


class WhomType(click.ParamType[Whom]):
    """Reads SOURCE/CODE or a number from the command line."""

    name = "customer"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Whom:
        """The customer meant; fails as wrong usage, without repeating what was typed."""
        source, slash, code = value.partition("/")
        if source and code:
            return Whom(source, code)
        if not slash and value.isascii() and value.isdigit() and len(value) <= _MOST_DIGITS:
            return Whom(number=int(value))
        return self.fail(
            "write SOURCE/CODE (the code is on the customer's page) or the number in the page's "
            "address."
        )


def entries_about(
    ledger: Database, whom: Whom | None, actor: str | None, limit: int
) -> list[Recorded]:
    """The journal's rows about a customer, or about all; newest first."""
    if whom and whom.source:
        return _by_code(ledger, whom, actor, limit)
    return entries(ledger, actor=actor, customer=whom.number if whom else None, limit=limit)


def _by_code(ledger: Database, whom: Whom, actor: str | None, limit: int) -> list[Recorded]:
    from sqlalchemy import desc, select

    from mirror.chain import FIELDS
    from mirror.ledger import audit

    wanted = select(*FIELDS).order_by(desc(audit.c.id)).limit(limit)
    wanted = wanted.where(audit.c.source == whom.source, audit.c.external_id == whom.code)
    if actor is not None:
        wanted = wanted.where(audit.c.actor == actor)
    with ledger.reading() as connection:
        return [Recorded(**row) for row in connection.execute(wanted).mappings()]


def refuse_unknown(settings: Settings, ledger: Database, whom: Whom) -> None:
    """Raise NoSuchCustomer, or BadSettings for an unknown source, where nobody knows ``whom``."""
    if entries_about(ledger, whom, None, 1):
        return
    if whom.source:
        sources_of(settings, whom.source)
    if not _mirrored(settings, whom):
        raise NoSuchCustomer(
            f"Neither mirror nor journal has {_told(whom)}. Write SOURCE/CODE; the code is on the "
            "customer's page."
        )


def _mirrored(settings: Settings, whom: Whom) -> bool:
    from mirror.arriving import CUSTOMERS
    from mirror.finding import get
    from mirror.planning import graves

    mirror = mirror_of(settings, read_only=True)
    if whom.source is None or whom.code is None:
        return get(mirror, whom.number or 0) is not None
    with mirror.reading() as connection:
        there = CUSTOMERS.hashes(connection, whom.source, [whom.code])
        return bool(there or graves(connection, whom.source, [whom.code]))


def _told(whom: Whom) -> str:
    return f"a customer of {whom.source} with that code" if whom.source else "that number"
