"""The journal's pages: who saw whom, when and why, and is it whole; and the journal as a file."""

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
from flask import Blueprint, Response, abort, render_template, request, stream_with_context, url_for
from msgspec.structs import asdict
from sqlalchemy import select

from mirror.instants import instant_of, midnight
from mirror.ledger import device, journal
from mirror.ledger.copies import unled
from mirror.ledger.journal import Recorded, Wanted
from mirror.masking import mask_text
from mirror.reading.find import get
from mirror.store.engine import Database
from mirror.store.progress import now_us
from web.accounts import staff
from web.look import words
from web.look.customer_page import known, rendered
from web.look.formats import audit_detail, field_label, inert
from web.shop import account, shop

bp = Blueprint("journal", __name__)
PER_PAGE = 100
ACTIONS = {
    "alarm": "Foi bloqueado por tentativas",
    "release": "Liberou um bloqueio",
    "search": "Buscou",
    "open": "Abriu o cadastro",
    "reveal": "Revelou",
    "asked_origin": "Buscou na origem",
    "copy": "Copiou",
    "whatsapp": "Abriu WhatsApp",
    "boleto": "Abriu boleto",
    "download": "Baixou o pedido",
    "audit": "Consultou a auditoria",
    "login": "Entrou",
    "login_refused": "Tentou entrar",
    "logout": "Saiu",
    "lookup": "Consultou no PDV",
    "also_found": "Também encontrou no PDV",
    "out_of_scope": "Consultou no PDV sem alcance: nada foi mostrado",
    "export": "Exportou pelo terminal",
    "exported": "Levou numa exportação",
    "audit_verified": "Conferiu a auditoria",
    "backup": "Fez cópia de segurança do registro",
    "restore": "Restaurou o registro",
    "audit_exported": "Baixou a auditoria",
    "form_refused": "Enviou formulário de outro site",
    "token_refused": "Tentou consultar sem acesso",
    "person_added": "Cadastrou uma pessoa",
    "person_disabled": "Desativou uma pessoa",
    "person_enabled": "Reativou uma pessoa",
    "password_set": "Trocou a senha de uma pessoa",
    "role_changed": "Mudou o perfil de uma pessoa",
    "device_added": "Cadastrou um terminal",
    "device_revoked": "Revogou um terminal",
    "more_granted": "Liberou mais revelações por uma hora",
    "hold_released": "Liberou o que estava retido",
    "quarantine_replayed": "Releu a quarentena",
    "refreshed": "Pediu um cliente à origem",
    "standing_shown": "Viu como chegou à situação",
    "mirror_rebuilt": "Refez a cópia",
    "moved": "Levou os bancos para outro lugar",
    "setting_changed": "Mudou uma configuração",
    "browse": "Abriu uma lista",
    "charges": "Abriu as cobranças",
    "months": "Abriu o assistente",
    "differences": "Abriu as divergências",
    "rules": "Abriu as regras",
    "operations": "Abriu a operação",
}
"""What leaves a row, by the action it has there; a test holds the table in `docs/promises.md`
against it. Reports leave one where they are refused."""
ACTORS = {"device": "terminal", "command": "comando"}
OUTCOMES = {"done": "", "refused": "recusado", "limited": "limite atingido"}
_AT_ONCE = 1_000
_MOST_DIGITS = 18
_FIRST_YEAR, _LAST_YEAR = 1970, 9999
_MARK = 6
"""So much of a mark tells sessions and addresses of one page apart."""


@dataclass(frozen=True)
class Line:
    """One entry as a page shows it; what it does not say is empty."""

    id: int
    at: int
    who: str
    kind: str
    """What acted, where it is no person."""
    did: str
    outcome: str
    """Where it was not done: why."""
    about: str
    customer: int | None
    code: str
    """The master's id, masked: it may be the document."""
    field: str
    reason: str
    detail: str
    session: str
    address: str


@dataclass(frozen=True)
class Asked:
    """What the address asks for, as it is written there."""

    pessoa: str = ""
    terminal: str = ""
    cliente: str = ""
    acao: str = ""
    de: str = ""
    ate: str = ""

    @property
    def chosen(self) -> dict[str, str]:
        """What of it is said."""
        return {name: value for name, value in vars(self).items() if value}


@bp.get("/auditoria")
def entries() -> str:
    """The entries that fit, newest first, page by page; looking is itself recorded."""
    asked, wanted = _asked()
    _account(wanted, "audit")
    return _page(asked, wanted)


@bp.post("/auditoria/conferir")
def verify() -> str:
    """The same page, with what walking the whole chain showed."""
    asked, wanted = _asked()
    account("audit_verified")
    noted, ledger = shop().installed.noted(), shop().ledger
    return _page(
        asked,
        wanted,
        verdict=journal.verify(ledger),
        at=now_us(),
        noted=noted,
        unled=unled(ledger, noted),
    )


@bp.post("/auditoria/arquivo.<ending>")
def take_out(ending: str) -> Response:
    """All entries that fit, as CSV or NDJSON, with the journal's head."""
    if ending not in FORMS:
        abort(404, "Os formatos são CSV e NDJSON.")
    _, wanted = _asked()
    _account(wanted, "audit_exported")
    written = stream_with_context(FORMS[ending](shop().ledger, wanted))
    answer = Response(written, content_type=_TYPES[ending])
    answer.headers["Content-Disposition"] = f'attachment; filename="auditoria.{ending}"'
    return answer


@bp.get("/clientes/<int:customer_id>/acessos")
def seen(customer_id: int) -> str:
    """Who saw this customer, when and why."""
    found = known(customer_id)
    account("audit", found)
    wanted = Wanted(code=(found.source, found.external_id))
    rows, newer, older = _turned(wanted)

    def turned(**place: int) -> str:
        return url_for("journal.seen", customer_id=found.id, **place)  # type: ignore[arg-type]

    return rendered(
        "customers/seen_tab.html",
        found,
        "seen",
        rows=[_line(one) for one in rows],
        newer=newer and turned(depois=newer),
        older=older and turned(antes=older),
        everything=url_for("journal.entries", cliente=found.id),
    )


def _page(asked: Asked, wanted: Wanted, **verified: Any) -> str:
    rows, newer, older = _turned(wanted)

    def turned(**place: int) -> str:
        return url_for("journal.entries", **asked.chosen, **place)  # type: ignore[arg-type]

    return render_template(
        "audit.html",
        rows=[_line(one) for one in rows],
        asked=asked,
        actions=sorted(ACTIONS.items(), key=lambda one: one[1]),
        people=[
            (who.login, f"{who.full_name} ({who.login})") for who in staff.listing(shop().ledger)
        ],
        terminals=[(name, name) for name in _terminals()],
        newer=newer and turned(depois=newer),
        older=older and turned(antes=older),
        **verified,
    )


def _asked() -> tuple[Asked, Wanted]:
    """What the request asks for; what is no day, action or number asks for nothing."""
    told = {name: request.values.get(name, "").strip() for name in Asked().__dict__}
    asked = Asked(**told)
    asked = asked if _number(asked.cliente) else replace(asked, cliente="")
    by = asked.terminal or asked.pessoa or None
    since, until = _day(asked.de), _day(asked.ate)
    wanted = Wanted(
        kind=("device" if asked.terminal else "staff") if by else None,
        actor=by,
        action=asked.acao if asked.acao in ACTIONS else None,
        since=_us(since),
        until=_us(until, 1),
        **_customer(asked.cliente),
    )
    return asked, wanted


def _customer(number: str) -> dict[str, Any]:
    """By the master's id where the mirror has it: one that is made anew gives other numbers."""
    if not number:
        return {}
    found = get(shop().mirror, int(number))
    return {"code": (found.source, found.external_id)} if found else {"customer": int(number)}


def _number(told: str) -> bool:
    return told.isascii() and told.isdigit() and len(told) <= _MOST_DIGITS


def _day(told: str) -> date | None:
    try:
        day = date.fromisoformat(told)
    except ValueError:
        return None
    return day if _FIRST_YEAR < day.year < _LAST_YEAR else None


def _us(day: date | None, later: int = 0) -> int | None:
    """When the day begins, or one so many days later."""
    return None if day is None else midnight(day + timedelta(days=later))


def _account(wanted: Wanted, action: str) -> None:
    found = get(shop().mirror, wanted.customer) if wanted.customer else None
    account(action, found, detail=wanted.said or None)


def _turned(wanted: Wanted) -> tuple[list[Recorded], int | None, int | None]:
    """A page of rows, and the ids behind which there are newer and older ones."""
    before = request.args.get("antes", type=int)
    after = request.args.get("depois", type=int)
    more = PER_PAGE + 1
    found = journal.entries(shop().ledger, wanted, before=before, after=after, limit=more)
    is_cut = len(found) == more
    rows = (found[1:] if after is not None else found[:-1]) if is_cut else found
    if not rows:
        return [], None, None
    is_newest = before is None if after is None else not is_cut
    is_oldest = after is None and not is_cut
    return rows, None if is_newest else rows[0].id, None if is_oldest else rows[-1].id


def _terminals() -> list[str]:
    with shop().ledger.reading() as connection:
        return list(connection.execute(select(device.c.name).order_by(device.c.name)).scalars())


def _line(one: Recorded) -> Line:
    code = one.external_id or str(one.customer)
    keyed = code.startswith(journal.CODED)
    return Line(
        id=one.id,
        at=one.at,
        who=one.actor,
        kind=ACTORS.get(one.actor_kind, ""),
        did=ACTIONS.get(one.action, one.action),
        outcome=OUTCOMES.get(one.outcome, one.outcome),
        about=one.about or "",
        customer=one.customer,
        code="protegido" if keyed else mask_text(code, shop().settings.document_mask, strict=True),
        field=field_label(one.field),
        reason=words.REASONS.get(one.reason or "", one.reason or ""),
        detail=audit_detail(one.detail) if one.detail else "",
        session=(one.session or "")[:_MARK],
        address=(one.address or "")[:_MARK],
    )


# The journal as a file: everything that fits, oldest first, and its head, which binds all of it.

_COLUMNS = tuple(name for name in Recorded.__struct_fields__ if name not in ("id", "at"))
_TYPES = {"csv": "text/csv; charset=utf-8", "ndjson": "application/x-ndjson"}


def as_ndjson(db: Database, wanted: Wanted) -> Iterator[str]:
    """One object a line: first the head and what was asked for, then the entries."""
    head = journal.head(db)
    told = {"head": head, "asked": wanted.said, "made_at": datetime.now(UTC)}
    yield msgspec.json.encode(told).decode() + "\n"
    for one in _walked(db, wanted, head):
        row = {"id": one.id, "at": instant_of(one.at), **_told(one)}
        yield msgspec.json.encode(row).decode() + "\n"


def as_csv(db: Database, wanted: Wanted) -> Iterator[str]:
    """A line an entry, parted by semicolons, with the mark of UTF-8; the head is the last line."""
    head = journal.head(db)
    yield "\ufeff" + _cells("id", "at", *_COLUMNS)
    for one in _walked(db, wanted, head):
        yield _cells(one.id, instant_of(one.at).isoformat(), *_told(one).values())
    yield _cells("head", head)


FORMS: dict[str, Callable[[Database, Wanted], Iterator[str]]] = {
    "csv": as_csv,
    "ndjson": as_ndjson,
}
"""By the ending: what writes it."""


def _walked(db: Database, wanted: Wanted, head: str) -> Iterator[Recorded]:
    """Every row that fits, up to that head."""
    upto, after = int(head.partition(":")[0] or 0), 0
    while rows := journal.entries(db, wanted, after=after, limit=_AT_ONCE):
        yield from (one for one in reversed(rows) if one.id <= upto)
        after = rows[0].id
        if after >= upto:
            return


def _told(one: Recorded) -> dict[str, Any]:
    every = asdict(one)
    return {name: every[name] for name in _COLUMNS}


def _cells(*values: object) -> str:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n", quoting=csv.QUOTE_ALL)
    writer.writerow(["" if value is None else inert(str(value)) for value in values])
    return out.getvalue()
