"""How values look on a Brazilian screen: dates dd/mm/aaaa, Brasília time, 1.234, "há 40 s".

Everything here is a pure function of its arguments and is offered to the templates as a filter.
"""

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from babel.numbers import format_decimal
from flask import Flask
from markupsafe import Markup, escape

from mirror.freshness import Freshness
from mirror.masking import mask_text
from web import words
from web.money import money

CLOCK = ZoneInfo("America/Sao_Paulo")
"""The clock on the wall of most stores, and the one Brazilian documents mean."""

_is_fraction = re.compile(r"-?(?:0|[1-9]\d{0,14})\.\d{1,10}", re.ASCII).fullmatch
_may_be_thousands = re.compile(r"-?[1-9]\d{0,2}\.\d{3}", re.ASCII).fullmatch
_YES_OR_NO = {"true": "Sim", "false": "Não"}
_LATE_CAUSES = {
    "fresh": "O que é novo ou muda no sistema de origem está chegando.",
    "late": "A última leitura do sistema de origem demorou mais que o normal.",
    "stopped": "O sistema de origem não responde ou a sincronização parou.",
    "empty": "Nenhum cliente foi trazido do sistema de origem ainda.",
}


def day(value: date | None) -> str:
    """``21/11/2026``; an em dash for none."""
    return value.strftime("%d/%m/%Y") if value else "—"


def moment(value: datetime | None) -> str:
    """``21/11/2026 14:32`` in Brasília time; an em dash for none."""
    return local(value).strftime("%d/%m/%Y %H:%M") if value else "—"


def local(value: datetime) -> datetime:
    """The instant on the wall clock of Brasília; the calendar's first hours stay in UTC."""
    try:
        return value.astimezone(CLOCK)
    except OverflowError:  # 0001-01-01 is how some masters write "never"
        return value


def stamp(microseconds: int) -> str:
    """``21/11/2026 14:32:07``: when an audit row was written."""
    return local(instant(microseconds)).strftime("%d/%m/%Y %H:%M:%S")


def local_day(value: datetime | None) -> date | None:
    """The day an instant fell on in Brasília time."""
    return local(value).date() if value else None


def instant(microseconds: int) -> datetime:
    """The mirror's own microseconds since 1970 as an aware datetime."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds)


def number(value: int) -> str:
    """``94.112``."""
    return str(format_decimal(value, locale="pt_BR"))


def several(many: int, one: str, some: str) -> str:
    """``1 cliente``, ``2.000 clientes``."""
    return f"{number(many)} {one if many == 1 else some}"


def nth(name: str, place: int) -> str:
    """``telefone``, ``telefone 2``: how the things of one kind are told apart."""
    return name if place == 1 else f"{name} {place}"


def spoken(value: str) -> str:
    """A number or yes/no of a program, in pt-BR: ``1500.0`` → ``1.500``, ``true`` → ``Sim``.

    Other texts stay. So does ``1.500``, which a Brazilian may have typed, and whole numbers: they
    are years and codes as often as quantities.
    """
    if value in _YES_OR_NO:
        return _YES_OR_NO[value]
    if not _is_fraction(value) or _may_be_thousands(value):
        return value
    return str(format_decimal(value, format="#,##0.##########", locale="pt_BR"))


def age(seconds: int) -> str:
    """``40 s``, ``5 min``, ``2 h``, ``3 dias``: one unit, rounded down, never negative."""
    seconds = max(seconds, 0)
    if seconds < 60:
        return f"{seconds} s"
    if seconds < 3600:
        return f"{seconds // 60} min"
    if seconds < 86_400:
        return f"{seconds // 3600} h"
    days = seconds // 86_400
    return "1 dia" if days == 1 else f"{number(days)} dias"


def freshness_state(found: Freshness | None) -> str:
    """How the badge of every page is coloured; a mirror that cannot be read has stopped."""
    return found.state if found else "stopped"


def freshness_label(found: Freshness | None) -> str:
    """The badge of every page: ``Atualizado há 40 s``."""
    if found is None:
        return "Cópia ilegível"
    if found.age_s is None:
        return "Cópia vazia"
    told = {"fresh": "Atualizado", "late": "Atrasado: atualizado"}
    return f"{told.get(found.state, 'Parado: atualizado')} há {age(found.age_s)}"


def freshness_sentence(found: Freshness | None) -> str:
    """What staff should know when the copy is not fresh."""
    if found is None:
        return "A cópia dos clientes não pôde ser lida. Avise o suporte."
    return _LATE_CAUSES.get(found.state, _LATE_CAUSES["stopped"])


def copy_age(found: Freshness | None) -> str:
    """``: esta cópia é de 40 s atrás``, where a sentence ends; nothing where nobody knows."""
    if found is None or found.age_s is None:
        return ""
    return f": esta cópia é de {age(found.age_s)} atrás"


def veiled(masked: str) -> Markup:
    """A masked text with its hidden runs marked up, so that the page can frost them."""
    pieces = re.split(r"(\*{2,}|^\*(?=@))", masked)  # every second piece is a hidden run
    return Markup("").join(
        Markup('<span class="frost" aria-hidden="true">{}</span>').format(piece)
        if place % 2
        else escape(piece)
        for place, piece in enumerate(pieces)
    )


def field_label(key: str | None) -> str:
    """``phone-1`` → ``Telefone 2``: what an audit line calls a field."""
    if not key:
        return ""
    kind, _, place = key.partition("-")
    label = words.FIELDS.get(kind, kind)
    return f"{label} {int(place) + 1}" if place.isdigit() and place != "0" else label


def audit_detail(detail: str | None) -> str:
    """``cpf+phone hits=1 mark=…`` → ``CPF ou telefone: 1 encontrado``; others as they are."""
    told = re.match(r"(\S+) hits=(\d+)", detail or "")
    if told is None:
        return detail or "—"
    kinds = " ou ".join(words.READINGS.get(kind, "nada") for kind in told[1].split("+"))
    return f"{kinds}: {told[2]} {'encontrado' if told[2] == '1' else 'encontrados'}"


def register(app: Flask) -> None:
    """Offer the formats to every template."""
    for function in (
        day,
        moment,
        stamp,
        number,
        several,
        nth,
        money,
        age,
        mask_text,
        veiled,
        field_label,
        audit_detail,
        copy_age,
        freshness_state,
        freshness_label,
        freshness_sentence,
    ):
        app.jinja_env.filters[function.__name__] = function
    app.jinja_env.globals["words"] = words
