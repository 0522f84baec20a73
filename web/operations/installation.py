"""How this installation is set up, in words: decided elsewhere and only shown here."""

from dataclasses import dataclass

from flask import render_template

from mirror.reading.listing import Filters, look
from web.look import words
from web.look.addresses import address
from web.look.filters import lacking
from web.operations import bp
from web.settings import WebSettings
from web.shop import shop


@dataclass(frozen=True)
class Required:
    """A field that registrations must have."""

    label: str
    missing: int
    url: str
    """Who lacks it."""


@bp.get("/configuracoes")
def settings() -> str:
    """How this shop's copy is set up; nothing can be changed on the screen."""
    fields = shop().settings.required
    everybody = Filters(None)
    found = look(shop().mirror, everybody, limit=0, count=("missing",), required=fields)
    lacks = dict(found.counts["missing"])
    return render_template(
        "settings.html",
        required=[_required(everybody, field, lacks.get(field, 0)) for field in fields],
        total=found.total,
        incomplete=found.incomplete,
        incomplete_url=address(lacking(everybody, *fields)),
        facts=_facts(shop().settings),
    )


def _facts(chosen: WebSettings) -> list[tuple[str, str]]:
    """What the installation chose for this shop: label and text."""
    staff = chosen.document_mask == "staff"
    return [
        ("DDD presumido", chosen.default_ddd or "nenhum: sem DDD, o número fica como veio"),
        ("Máscara do CPF na tela", "***.456.789-**" if staff else "***.***.*89-**"),
        ("Um dado revelado se esconde em", f"{chosen.reveal_seconds} segundos"),
        (
            "Dados revelados por pessoa",
            f"até {chosen.reveals_per_hour} por hora, no perfil de atendimento",
        ),
    ]


def _required(everybody: Filters, field: str, missing: int) -> Required:
    label = words.MISSING[field]
    url = address(lacking(everybody, field))
    return Required(label[0].upper() + label[1:], missing, url)
