"""How values look on a Brazilian screen: dates, numbers, money, months, ages.

Everything here is a pure function of its arguments and is offered to the templates as a filter.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

from babel.dates import format_date
from babel.numbers import format_currency, format_decimal
from flask import Flask, request
from markupsafe import Markup, escape

from mirror.instants import ZONE, instant_of
from mirror.masking import mask_text
from mirror.reading.freshness import Freshness
from mirror.records import BRL
from web.look import words

# How money looks on a Brazilian screen: hundredths and a currency become ``R$ 1.234,56``.

_HUNDREDTH = Decimal(100)


def money(amount: int | None, currency: str = BRL) -> str:
    """``R$ 1.234,56``, ``US$ 10,00``, ``-R$ 5,00``; an em dash for none.

    A currency nobody knows keeps its letters. Two decimals for every currency, for the amounts are
    hundredths; never breaks in the middle.
    """
    if amount is None:
        return "—"
    # Through Decimal: a float would round what a shop turns over in cents.
    value = Decimal(amount) / _HUNDREDTH
    return str(format_currency(value, currency, locale="pt_BR", currency_digits=False))


_is_fraction = re.compile(r"-?(?:0|[1-9]\d{0,14})\.\d{1,10}", re.ASCII).fullmatch
_may_be_thousands = re.compile(r"-?[1-9]\d{0,2}\.\d{3}", re.ASCII).fullmatch
_YES_OR_NO = {"true": "Sim", "false": "Não"}
_LATE_CAUSES = {
    "fresh": "O que é novo ou muda no sistema de origem está chegando.",
    "late": "A última leitura do sistema de origem demorou mais que o normal.",
    "held": "Há mudanças do sistema de origem à espera de uma decisão: alguns cadastros podem não "
    "estar como lá. Avise quem cuida da instalação.",
    "stopped": "O sistema de origem não responde ou a sincronização parou.",
    "empty": "Nenhum cliente foi trazido do sistema de origem ainda.",
    "filling": "Os clientes estão sendo trazidos do sistema de origem: até o fim, alguns faltam.",
}


def day(value: date | None) -> str:
    """``21/11/2026``; an em dash for none."""
    return value.strftime("%d/%m/%Y") if value else "—"


def moment(value: datetime | None) -> str:
    """``21/11/2026 14:32`` in Brasília time; an em dash for none."""
    return local(value).strftime("%d/%m/%Y %H:%M") if value else "—"


def hour(value: datetime | None) -> str:
    """``14:32`` in Brasília time; an em dash for none."""
    return local(value).strftime("%H:%M") if value else "—"


def local(value: datetime) -> datetime:
    """The instant on the wall clock of Brasília; the calendar's first hours stay in UTC."""
    try:
        return value.astimezone(ZONE)
    except OverflowError:  # 0001-01-01 is how some masters write "never"
        return value


def stamp(microseconds: int) -> str:
    """``21/11/2026 14:32:07``: when an audit row was written."""
    return local(instant_of(microseconds)).strftime("%d/%m/%Y %H:%M:%S")


def local_day(value: datetime | None) -> date | None:
    """The day an instant fell on in Brasília time."""
    return local(value).date() if value else None


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


def age(seconds: int, now: str = "0 s") -> str:
    """``40 s``, ``5 min``, ``2 h``, ``3 dias``: one unit, rounded down; ``now`` below a second."""
    if seconds < 1:
        return now
    if seconds < 60:
        return f"{seconds} s"
    if seconds < 3600:
        return f"{seconds // 60} min"
    if seconds < 86_400:
        return f"{seconds // 3600} h"
    days = seconds // 86_400
    return "1 dia" if days == 1 else f"{number(days)} dias"


def ago(then: date, today: date) -> str:
    """``hoje``, ``ontem``, ``há 22 dias``, ``há 3 meses``, ``há 2 anos``: rounded down."""
    days = (today - then).days
    if days < 2:
        return "ontem" if days == 1 else "hoje"
    for length, one, some in ((365, "ano", "anos"), (30, "mês", "meses"), (1, "dia", "dias")):
        if days >= length:
            return f"há {several(days // length, one, some)}"
    return "hoje"


def freshness_state(found: Freshness | None) -> str:
    """How the badge of every page is coloured; a mirror that cannot be read has stopped."""
    return found.state if found else "stopped"


def freshness_label(found: Freshness | None) -> str:
    """The badge of every page: ``Atualizado há 40 s``."""
    if found is None:
        return "Cópia ilegível"
    if found.state == "empty":
        return "Cópia sendo refeita" if found.filling else "Cópia vazia"
    if found.age_s is None:
        return "Idade da cópia desconhecida"
    late = "Mudanças retidas: atualizado" if found.held else "Atrasado: atualizado"
    told = {"fresh": "Atualizado", "late": late}
    when = f"há {age(found.age_s)}" if found.age_s >= 1 else "agora"
    return f"{told.get(found.state, 'Parado: atualizado')} {when}"


def freshness_sentence(found: Freshness | None) -> str:
    """What staff should know when the copy is not fresh."""
    if found is None:
        return "A cópia dos clientes não pôde ser lida. Avise o suporte."
    state = "held" if found.held and found.state == "late" else found.state
    state = "filling" if found.filling else state
    return _LATE_CAUSES.get(state, _LATE_CAUSES["stopped"])


def copy_age(found: Freshness | None) -> str:
    """``: esta cópia é de 40 s atrás``, where a sentence ends; nothing where nobody knows."""
    if found is None or found.age_s is None:
        return ""
    return f": esta cópia é de {f'{age(found.age_s)} atrás' if found.age_s >= 1 else 'agora'}"


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


_DETAILS = {"masked": "com máscara", "clear": "sem máscara", "default": "valor padrão"}


def audit_detail(detail: str | None) -> str:
    """``cpf+phone hits=1 mark=…`` → ``CPF ou telefone: 1 encontrado``; others as they are."""
    told = re.match(r"(\S+) hits=(\d+)", detail or "")
    if told is None:
        return _DETAILS.get(detail or "—", detail or "—")
    kinds = " ou ".join(words.READINGS.get(kind, "nada") for kind in told[1].split("+"))
    return f"{kinds}: {told[2]} {'encontrado' if told[2] == '1' else 'encontrados'}"


def register(app: Flask) -> None:
    """Offer the formats to every template."""
    for function in (
        day,
        moment,
        hour,
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


# Texts that no program runs: what stands in the cells of a file.

_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n", "|", "%")
"""What makes a spreadsheet take a text for something to run (OWASP: CSV injection)."""
_is_number = re.compile(r"-?\d[\d.]*(?:,\d+)?", re.ASCII).fullmatch


def inert(text: str) -> str:
    """The text with an apostrophe before it where it begins like a formula."""
    runs = text.lstrip(" \u00a0").startswith(_FORMULA) and not _is_number(text)
    return f"'{text}" if runs else text


# Months as addresses and people write them: ``2026-10``, *outubro de 2026*.

_MONTHS = 12
_LAST_YEAR = 9999
_MOST_OPTIONS = 60
is_month = re.compile(r"(?!0000)\d{4}-(?:0[1-9]|1[0-2])", re.ASCII).fullmatch


@dataclass(frozen=True)
class Option:
    """A month to choose."""

    slug: str
    label: str
    here: bool


@dataclass(frozen=True)
class Picker:
    """The months to choose from, latest first, and the pages of the two beside the one shown."""

    options: list[Option]
    earlier: str | None
    later: str | None


def today() -> date:
    """The day it is here: one request asks once, and everything on its page is as of that day."""
    return datetime.now(UTC).astimezone(ZONE).date()


def of_day(day: date) -> str:
    """``2026-10``."""
    return day.isoformat()[:7]


def asked(usual: str) -> str:
    """The month that this request's address names; the usual one where it names none."""
    told = request.args.get("mes", "")
    return told if is_month(told) else usual


def moved(month: str, by: int) -> str | None:
    """So many months later, or before; None beyond the calendar."""
    year, place = divmod(_place(month) + by, _MONTHS)
    return f"{year:04d}-{place + 1:02d}" if 1 <= year <= _LAST_YEAR else None


def up_to(month: str, number: int) -> list[str]:
    """So many months in their order, the last of them ``month``; fewer where time begins."""
    found = (moved(month, place - number + 1) for place in range(number))
    return [one for one in found if one]


def named(month: str) -> str:
    """*outubro de 2026*."""
    return str(format_date(_first(month), "MMMM 'de' y", locale="pt_BR"))


def shortly(month: str) -> str:
    """*out/26*: where there is little room."""
    return str(format_date(_first(month), "MMM/yy", locale="pt_BR")).replace(".", "")


def picker(
    month: str, there: Iterable[str], page_of: Callable[[str], str], latest: str | None = None
) -> Picker:
    """Of very many months the nearest to the one shown; ``page_of`` makes a month's address.

    After ``latest`` there is none to go on to.
    """
    nearest = sorted({*there, month}, key=lambda one: abs(_place(one) - _place(month)))
    chosen = sorted(nearest[:_MOST_OPTIONS], reverse=True)
    earlier, later = moved(month, -1), moved(month, 1) if month != latest else None
    return Picker(
        [Option(one, named(one), one == month) for one in chosen],
        earlier and page_of(earlier),
        later and page_of(later),
    )


def _place(month: str) -> int:
    return int(month[:4]) * _MONTHS + int(month[5:]) - 1


def _first(month: str) -> date:
    return date(int(month[:4]), int(month[5:]), 1)
