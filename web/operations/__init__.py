"""How the copy and the installation are: freshness, health, settings."""

import logging
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, Flask, Response, g, jsonify, render_template
from sqlalchemy import select

from mirror.instants import instant_of
from mirror.ledger import device
from mirror.masking import mask_text
from mirror.reading.freshness import (
    Freshness,
    Unread,
    on_hold,
    sources,
    unheard,
    unread_examples,
    unread_numbers,
)
from mirror.reading.freshness import freshness as freshness_of
from mirror.reading.listing import Filters, look
from mirror.standing.rules import AXES, BARS, Axis
from mirror.store.progress import Word, feed
from web.errors import wants_json
from web.look import words
from web.look.addresses import address
from web.look.customer_page import counted, numbered
from web.look.filters import lacking, with_facet
from web.look.formats import freshness_label, freshness_sentence, moment
from web.look.standings import axis_label, standing_label
from web.operations.health import causes_of, troubles_now
from web.settings import SourceRules, WebSettings
from web.shop import allowed, permit, person, shop

_log = logging.getLogger(__name__)
bp = Blueprint("status", __name__)
_FOR_ANYBODY = ("state", "label", "age_s")


_REACH = {
    "source": "fonte",
    "seller": "vendedor",
    "group": "grupo",
    "tag": "etiqueta",
    "category": "categoria",
    "profile": "perfil",
}


def terminals() -> list[tuple[str, str, str]]:
    """The terminals that may ask: name, where each stands and whom it may ask for, when it did."""
    columns = (device.c.name, device.c.store, device.c.scope, device.c.seen_at)
    query = select(*columns).where(device.c.revoked_at.is_(None)).order_by(device.c.name)
    try:
        with shop().ledger.reading() as connection:
            rows = connection.execute(query).all()
    except Exception:  # the troubles say why
        return []
    return [(one.name, f"{one.store}, {_reach(one.scope)}", _asked(one.seen_at)) for one in rows]


def _asked(at: int | None) -> str:
    return f"consultou {moment(instant_of(at))}" if at else "nunca consultou"


def _reach(scope: str | None) -> str:
    pairs = (line.partition("=") for line in (scope or "").splitlines())
    told = [f"{_REACH.get(name, name.removeprefix('extra.'))} {value}" for name, _, value in pairs]
    return f"só {', '.join(told)}" if told else "todos os clientes"


def register(app: Flask) -> None:
    """Add the routes, and ``fresh`` to every template."""
    app.register_blueprint(bp)
    app.context_processor(lambda: {"fresh": now_fresh()})


def now_fresh() -> Freshness | None:
    """The freshness of this request; None where the mirror cannot be read: the page says so."""
    if "fresh" not in g:
        try:
            g.fresh = freshness_of(shop().mirror, datetime.now(UTC))
        except Exception as error:  # whatever the damage, the page that tells of it must appear
            _log.error("The mirror cannot be read: %s.", type(error).__name__)
            g.fresh = None
    found: Freshness | None = g.fresh
    return found


@bp.get("/frescor")
def freshness() -> Response | str:
    """How old the copy is: JSON for the badge, a page for people; to staff also why."""
    found = now_fresh()
    if wants_json():
        told = _told(found)
        return jsonify(told if g.person else {name: told[name] for name in _FOR_ANYBODY})
    return render_template(
        "freshness.html",
        found=found,
        as_of=found and found.as_of,
        settled_at=found and found.settled_at,
        source=found and found.source,
        cause=found and _cause(found),
        technical=found and found.cause,
        unread=_unread() if found else None,
        unheard=_unheard() if found else None,
        waiting=_waiting() if found else None,
    )


# Why a source is as it is, in the words of the page: `mirror.reading.freshness` has the causes.

WHY = {
    "ok": ("Em dia", ""),
    "loading": ("Enchendo a cópia", "A primeira leitura está em curso: quem não aparece ainda não "
                "chegou."),
    "slow": ("Atrasada", "A leitura em curso, ou a última, demorou mais que o intervalo."),
    "empty": ("Nunca lida", "Nada foi trazido ainda."),
    "schedule": ("Ninguém está lendo", "O conector está parado: há mais de três intervalos "
                 "nenhuma leitura começou. Ligue-o de novo."),
    "stopped": ("Parado por alguém", "A última leitura foi encerrada antes do fim; a próxima "
                "continua dali."),
    "clock": ("Relógio errado", "A cópia diz ser do futuro: o relógio desta máquina esteve "
              "adiantado, ou está atrasado agora. Acerte-o."),
    "hold": ("Retida: falta uma decisão", "Mudou demais de uma vez na origem para ser verdade sem "
             "que alguém confirme. Veja se foi engano lá; se não foi, libere."),
    "incomplete": ("Lista incompleta", "A última lista completa pode ter deixado alguém de fora; "
                   "ninguém foi removido."),
    "credentials": ("Credencial recusada", "O sistema de origem não aceita mais o segredo desta "
                    "fonte: peça outro e troque o arquivo ou a variável que as configurações "
                    "nomeiam."),
    "budget": ("Pedidos do dia esgotados", "O orçamento limits.per_day acabou; a leitura continua "
               "quando voltar a haver. Se acontece sempre, aumente-o ou stream.page.size."),
    "left_alone": ("Origem pediu pausa", "O sistema de origem pediu para não ser consultado até a "
                   "hora indicada; volta sozinho."),
    "map": ("Registros ilegíveis demais", "Muitos registros novos não puderam ser lidos: o mapa "
            "está errado, ou a origem mudou o formato."),
    "tls": ("Certificado recusado", "O certificado da origem não vale: venceu, é de outro nome, ou "
            "o relógio desta máquina está errado."),
    "proxy": ("Proxy não deixa passar", "O proxy no caminho recusou ou não responde."),
    "dns": ("Nome não encontrado (DNS)", "O nome da origem não foi encontrado: a rede desta "
            "máquina está no ar, e base_url está certo?"),
    "unreachable": ("Origem fora do ar", "O sistema de origem não responde. Nada a fazer aqui, "
                    "senão avisar quem cuida dele; a leitura volta sozinha."),
    "answer": ("Resposta estranha da origem", "A origem respondeu algo que não é a lista: uma "
               "página de login, outro endereço, um texto cortado."),
    "failed": ("A leitura falhou", "Veja a causa técnica."),
}  # fmt: skip
"""By cause: what it is called, and what to make of it."""


def _cause(found: Freshness) -> tuple[str, str] | None:
    """Why the source that is furthest behind is so: what it is called, what to make of it."""
    if found.state == "fresh":
        return None
    each = sources(shop().mirror, datetime.now(UTC))
    whys = (one.why for one in each if feed(one.source, one.stream) == found.source)
    return WHY.get(next(whys, ""))


@dataclass(frozen=True)
class Unheard:
    """Words of one field of a master's that the map does not know."""

    source: str
    said: tuple[str, ...]
    lesson: tuple[str, ...]
    """The lines that teach the map."""


def _unheard() -> list[Unheard] | None:
    """What the maps do not know yet, for whoever can do something about it; None: not for them."""
    if not _may_know():
        return None
    return [
        Unheard(here[0].source, tuple(map(_said, here)), tuple(lines))
        for here, lines in unheard(shop().mirror)
    ]


def _said(one: Word) -> str:
    number = numbered(one.stream, one.records)
    if one.word:
        return f"{mask_text(one.quoted, strict=True)} em {number} ({one.place})"
    return f"{one.place}: em {number} não há palavra curta, ou há uma diferente em cada"


def _may_know() -> bool:
    return bool(g.person) and allowed(g.person.role, "differences")


def _unread() -> list[tuple[str, str, list[str]]] | None:
    """Source, how many of its records of one stream wait in quarantine and why; None: not for them.

    Of a value only what it looks like.
    """
    if not _may_know():
        return None
    mirror = shop().mirror
    return [
        (source, counted(stream, some), list(map(_why, unread_examples(mirror, source, stream))))
        for source, stream, some in unread_numbers(mirror)
    ]


def _why(one: Unread) -> str:
    seen = f", como {one.shape}" if one.shape else ""
    return f"{one.field}: {one.rule} ({one.records}){seen}"


_HELD = {
    "gone": "{} a menos na origem de uma vez",
    "older": "{} com versão mais antiga na origem do que aqui",
}
_LOST = {
    "seller": "vendedor",
    "group": "grupo",
    "tag": "etiqueta",
    "registration": "situação do cadastro",
}


def words_of(kind: str) -> str:
    """What waits for a person, by the kind of hold; ``{}`` stands for how many it is about."""
    lost = words.MISSING.get(kind) or _LOST.get(kind, kind)
    return _HELD.get(kind) or f"{{}} que perderam {lost} de uma vez na origem"


def _waiting() -> list[tuple[str, str]] | None:
    """Source and what of it waits for a person; None: not for them."""
    if not g.person or not allowed(g.person.role, "differences"):
        return None
    return [
        (source, words_of(kind).format(counted(stream, some)))
        for source, stream, kind, some in on_hold(shop().mirror)
    ]


def _told(found: Freshness | None) -> dict[str, Any]:
    if found is None:
        return {"state": "stopped", "label": "Cópia ilegível", "sentence": "", "age_s": None}
    return {
        "state": found.state,
        "age_s": found.age_s,
        "as_of": moment(found.as_of),
        "label": freshness_label(found),
        "sentence": freshness_sentence(found),
    }


@bp.get("/saude", endpoint="health")
@bp.get("/health", endpoint="health")
def alive() -> tuple[Response, int]:
    """200 while the mirror can be read, 503 otherwise; what is wrong, and nothing about anybody."""
    found, causes = now_fresh(), causes_of(troubles_now())
    if found is None:
        return jsonify(status="unavailable", freshness=None, causes=causes), 503
    state = {"state": found.state, "age_s": found.age_s, "source": found.source}
    state["held"] = found.held
    stops = any(one["stops"] for one in causes)
    return jsonify(status="degraded" if stops else "ok", freshness=state, causes=causes), 200


# How this installation is set up, in words: decided elsewhere and only shown here.


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


# By which rules customers have standings: what the settings say, and how each value comes about.


_NO_RULES = "nenhuma: vale só o que o sistema de origem diz"
_BY_A_PERSON = "Só uma pessoa decide, no sistema de origem."
_HOW = {
    ("ploomes", "prospect"): "Todo cliente começa aqui.",
    ("ploomes", "active"): "Uma venda: negócio ganho ou pedido. Vem de qualquer situação.",
    ("ploomes", "inactive"): "Um negócio perdido por um dos motivos escolhidos pela loja.",
    ("ploomes", "discarded"): f"{_BY_A_PERSON} Tem lugar próprio, fora da lista de todos.",
    ("sell_prospect", "none"): "Sem oportunidade, ou a última aberta foi conquistada.",
    ("sell_prospect", "current"): "Há uma oportunidade aberta, sua ou de um funcionário.",
    ("sell_prospect", "lost"): "A última aberta foi perdida ou desqualificada, e nenhuma ganha.",
    ("sell_customer", "none"): "Nenhuma oportunidade conquistada.",
    ("sell_customer", "current"): "Uma oportunidade conquistada, sua ou de um funcionário.",
    ("sell_customer", "past"): _BY_A_PERSON,
    ("conta_base", "lead"): "Cadastrado, ainda sem nenhum pagamento.",
    ("conta_base", "active"): "Pagou dentro do prazo.",
    ("conta_base", "inactive"): "O último pagamento é mais antigo que o prazo.",
    ("conta_base", "archived"): f"{_BY_A_PERSON} Tem lugar próprio, fora da lista de todos.",
    ("azata", "lead"): "Cadastrou-se e nunca comprou.",
    ("azata", "active"): "Já comprou; não perde com o tempo.",
    ("azata", "contact"): _BY_A_PERSON,
    ("azata", "inactive"): _BY_A_PERSON,
    ("archived", "churn"): "Arquivado que já tinha pago: deixou de ser cliente.",
    ("archived", "lost"): "Arquivado que nunca chegou a pagar.",
}
"""By axis and value: how one comes to it."""


@dataclass(frozen=True)
class Value:
    """One value of an axis."""

    label: str
    how: str
    customers: int
    url: str


@dataclass(frozen=True)
class InForce:
    """One axis that the shop's rules have."""

    title: str
    values: list[Value]


@bp.get("/configuracoes/regras")
def rules() -> str:
    """The rules in force, source by source, with their days, loss reasons, filters and labels."""
    permit("rules")
    sources = shop().wording.sources
    named = {name for one in sources for name in one.rules}
    axes = [axis for axis in BARS.values() if axis.rules in named]
    found = look(shop().mirror, Filters(None), limit=0, count=[axis.name for axis in axes])
    return render_template(
        "rules.html",
        sources=[(one.source, _told_of(one)) for one in sources],
        axes=[_in_force(axis, dict(found.counts[axis.name])) for axis in axes],
    )


def _told_of(one: SourceRules) -> list[tuple[str, str]]:
    """What is set of a source: label and text; nothing of rules that are not in force."""
    told = [("Regras", ", ".join(map(_called, one.rules)) or _NO_RULES)]
    if "conta_base" in one.rules:
        told.append(("Prazo sem pagamento", f"{one.days} dias depois do último pagamento"))
    if "ploomes" in one.rules:
        reasons = ", ".join(f"“{reason}”" for reason in one.loss_reasons)
        told.append(("Motivos de perda que inativam", reasons or "nenhum: ninguém é inativado"))
    return [*told, ("Campos que filtram a lista", ", ".join(one.filters) or "nenhum")]


def _called(rules: str) -> str:
    """The rules of a system by its name, for whoever installs it; else by what they tell."""
    if allowed(person().role, "operations"):
        return words.RULES[rules]
    return " e ".join(axis_label(axis.name) for axis in AXES.values() if axis.rules == rules)


def _in_force(axis: Axis, numbers: dict[str, int]) -> InForce:
    everybody = Filters(None)
    return InForce(
        axis_label(axis.name),
        [
            Value(
                standing_label(axis.name, value),
                _HOW[axis.name, value],
                numbers.get(value, 0),
                address(with_facet(everybody, (axis.name, value))),
            )
            for value in axis.values
        ],
    )
