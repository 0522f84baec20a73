"""What an address asks of the charges, and the address that asks it: month, state and page.

``/cobrancas?mes=2026-10&situacao=em-atraso&depois=2026-10-15.77``: it names nobody. What nobody
knows is left out.
"""

import re
from urllib.parse import urlencode

from flask import request, url_for

from mirror.activity.charges import Cursor, Part
from mirror.activity.summing import NO_MONTH
from mirror.opening import MOST_ID
from web import monthly

NO_MONTH_SLUG = "sem-data"
STATES = {
    "agendadas": "scheduled",
    "emitidas": "issued",
    "em-atraso": "overdue",
    "pagas": "paid",
    "canceladas": "cancelled",
    "excluidas": "deleted",
    "outras": "unknown",
}
"""Conta Base's filters, and whatever is none of them."""

_cursor = re.compile(r"(\d{4}-\d\d-\d\d|)\.(\d{1,19})", re.ASCII).fullmatch


def asked(usual: str) -> Part:
    """The part of the charges that this request wants; of the ``usual`` month unless it says so."""
    args = request.args
    undated = args.get("mes") == NO_MONTH_SLUG
    return Part(
        NO_MONTH if undated else monthly.asked(usual),
        STATES.get(args.get("situacao", "")),
        after=_read(args.get("depois", "")),
        before=_read(args.get("antes", "")),
    )


def address(
    month: str,
    state: str | None = None,
    *,
    after: Cursor | None = None,
    before: Cursor | None = None,
) -> str:
    """The page of these charges."""
    pairs = {
        "mes": NO_MONTH_SLUG if month == NO_MONTH else month,
        "situacao": state_slug(state),
        "depois": _written(after),
        "antes": _written(before),
    }
    query = urlencode({name: value for name, value in pairs.items() if value})
    return f"{url_for('charges.listing')}?{query}"


def state_slug(state: str | None) -> str | None:
    """A state as an address has it."""
    return next((slug for slug, code in STATES.items() if code == state), None)


def _read(told: str) -> Cursor | None:
    found = _cursor(told)
    if found is None or int(found[2]) > MOST_ID:
        return None
    return found[1], int(found[2])


def _written(cursor: Cursor | None) -> str | None:
    return None if cursor is None else f"{cursor[0]}.{cursor[1]}"
