"""An installation for whoever looks after it: why it is late, what to do, its figures.

One page (pt-BR) and `/metrics`; nothing is written from here, and nothing is about anybody.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from hmac import compare_digest
from importlib.metadata import version
from ipaddress import ip_address
from math import log2
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from flask import Blueprint, Response, abort, render_template, request

from mirror.instants import instant_of
from mirror.ledger import alarms, journal
from mirror.reading.freshness import Source, on_hold, sources, unheard, unread_numbers
from mirror.store import engine, progress
from mirror.store.engine import Database
from mirror.store.progress import Run
from web import operations
from web.errors import CAUSES, SERVERS
from web.look.customer_page import counted
from web.look.formats import age, moment, number
from web.operations.health import Trouble, free_bytes, key_mode, lately_here, troubles_now
from web.shop import permit, shop

if TYPE_CHECKING:
    from prometheus_client.core import Metric

bp = Blueprint("installation", __name__)


_FAULTS = {
    "disk_full": "disco cheio",
    "read_only": "sistema de arquivos só de leitura",
    "forbidden": "sem permissão nos arquivos",
    "locked": "travado por outro processo",
    "missing": "arquivo sumiu",
    "unopened": "arquivo não abre",
    "too_many_files": "arquivos abertos demais",
    "out_of_memory": "sem memória",
    "io": "erro do disco",
    "damaged": "arquivo danificado",
    "unreadable": "não responde",
}
_ABOUT = {"mirror": "Cópia dos clientes", "ledger": "Diário e contas", "data": "Dados"}
_TROUBLES = {
    "copy_empty": "A cópia está vazia",
    "copy_late": "A cópia está atrasada",
    "copy_stopped": "A cópia parou",
    "clock_ahead": "A cópia diz ser do futuro (relógio)",
    "disk_full": "O disco está cheio",
    "disk_low": "O disco está quase cheio",
    "key_open": "A chave pode ser lida por outros",
    "many_unavailable": "Respostas demais sem dados (503)",
}


_ADVICE = {
    "disk_full": "Libere espaço no disco; o que já foi gravado fica.",
    "read_only": "Monte o sistema de arquivos para escrita; depois de um erro, veja dmesg.",
    "forbidden": "Rode como o usuário dono dos arquivos, ou devolva-os a ele (chown, chmod).",
    "locked": "Uma cópia, outra ferramenta? Encerre quem está com o arquivo aberto.",
    "missing": "Foi movido ou apagado com o sistema no ar.",
    "unopened": "Está no lugar, é um arquivo, e o usuário do serviço pode lê-lo (ls -l)?",
    "too_many_files": "Aumente o limite (ulimit -n, LimitNOFILE) e inicie de novo.",
    "out_of_memory": "Dê memória à máquina, ou encerre quem a ocupa (free -m).",
    "io": "Veja se está cheio (df -h) ou falhando (dmesg) antes de gravar mais alguma coisa.",
    "mirror_damaged": "Nada se perde que as origens não tenham: a cópia é posta de lado e refeita.",
    "ledger_damaged": "Pare, guarde o arquivo e restaure a última cópia de segurança.",
    "copy_empty": "Nenhum cliente foi trazido ainda.",
    "copy_late": "Abaixo, cada fonte diz por quê e o que fazer.",
    "copy_stopped": "Abaixo, cada fonte diz por quê e o que fazer.",
    "clock_ahead": "O relógio desta máquina esteve adiantado, ou está atrasado agora: acerte-o.",
    "disk_low": "Em breve nada mais poderá ser gravado: libere espaço.",
    "key_open": "Outros usuários desta máquina podem ler o arquivo da chave.",
    "many_unavailable": "Um décimo ou mais das respostas dos últimos minutos não mostrou nada.",
}
"""What to make of it, by the code of a trouble or, of databases, of the machine's fault."""


def title_of(trouble: Trouble) -> str:
    """What is wrong, in the words of the page."""
    about, _, fault = trouble.code.partition("_")
    if about in _ABOUT and (said := _FAULTS.get(fault) or CAUSES.get(fault)):
        return f"{_ABOUT[about]}: {said}"
    return _TROUBLES.get(trouble.code, trouble.code)


def advice_of(trouble: Trouble) -> str:
    """What to make of it; empty where only the technical sentence says what happened."""
    fault = trouble.code.partition("_")[2]
    return _ADVICE.get(trouble.code) or _ADVICE.get(fault) or SERVERS.get(fault, "")


# The last runs as a picture: oldest on the left, higher is longer, by what came of them.

_STEP, _HEIGHT, _LEAST = 8, 32, 4
_OUTCOMES = {
    "ok": "boas",
    "held": "com algo retido",
    "incomplete": "incompletas",
    "failed": "com falha",
    "interrupted": "interrompidas",
    "running": "em curso",
}


@dataclass(frozen=True)
class Bar:
    """One run."""

    x: int
    y: int
    height: int
    outcome: str


@dataclass(frozen=True)
class Picture:
    """Runs side by side, and the same in words."""

    bars: list[Bar]
    told: str


def picture_of(runs: list[Run]) -> Picture:
    """The runs, newest first, as a picture."""
    numbers = {name: sum(one.outcome == name for one in runs) for name in _OUTCOMES}
    parts = [f"{some} {_OUTCOMES[name]}" for name, some in numbers.items() if some]
    told = f"Últimas {len(runs)} leituras: {', '.join(parts)}." if runs else "Nenhuma leitura."
    return Picture([_bar(at, one) for at, one in enumerate(reversed(runs))], told)


def _bar(place: int, run: Run) -> Bar:
    took_s = ((run.finished_at or progress.now_us()) - run.started_at) / 1e6
    height = min(_HEIGHT, _LEAST + int(3 * log2(1 + max(0.0, took_s))))
    return Bar(place * _STEP, _HEIGHT - height, height, run.outcome)


@dataclass(frozen=True)
class Followed:
    """One stream of a source as the page shows it."""

    name: str
    state: str
    title: str
    advice: str
    cause: str
    facts: list[tuple[str, str]]
    do: list[str]
    picture: Picture


def _followed(one: Source) -> Followed:
    title, advice = operations.WHY[one.why]
    cause = "" if one.why == "ok" else one.now.cause or ""
    return Followed(
        progress.feed(one.source, one.stream),
        "late" if one.why not in ("ok", "loading") and one.now.state == "fresh" else one.now.state,
        title,
        advice,
        cause,
        [*_facts_of(one)],
        one.to_do,
        picture_of(one.runs),
    )


def _facts_of(one: Source) -> Iterator[tuple[str, str]]:
    yield "Idade", "desconhecida" if one.now.age_s is None else age(one.now.age_s, now="agora")
    yield "Intervalo", age(one.interval_s)
    yield "Última tentativa", moment(one.attempted_at)
    if one.alone_until:
        yield "Origem em pausa até", moment(one.alone_until)
    most = shop().installed.per_day.get(one.source)
    if most and one.stream == "customers":
        left = max(0, most - one.asked)
        yield "Pedidos que restam hoje", f"{number(left)} de {number(most)}"


# The page.


@bp.get("/operacao")
def page() -> str:
    """How the installation is, and what to do about it; nothing can be changed here."""
    permit("operations")
    found = troubles_now()
    readable = operations.now_fresh() is not None
    return render_template(
        "operations.html",
        troubles=[
            (title_of(one), advice_of(one), one.sentence, one.do, one.stops) for one in found
        ],
        sources=_each_source() if readable else [],
        lessons=_words() if readable else [],
        waiting=[*_alarms(), *(_waiting() if readable else ())],
        facts=[*_facts(readable)],
        terminals=operations.terminals(),
    )


def _words() -> list[tuple[str, list[str]]]:
    """Source and the lines that teach its map what it does not know."""
    return [(here[0].source, lines) for here, lines in unheard(shop().mirror)]


def _each_source() -> list[Followed]:
    """What weighs most first; of the same weight in the order of the sources."""
    found = sources(shop().mirror, datetime.now(UTC))
    return [_followed(one) for one in sorted(found, key=_weight, reverse=True)]


_CALM = ("ok", "loading")


def _weight(one: Source) -> tuple[bool, int]:
    """Whether something is to be done, and how far behind the copy is."""
    return one.why not in _CALM, ("fresh", "late", "empty", "stopped").index(one.now.state)


def _alarms() -> Iterator[tuple[str, str, str]]:
    """Who was stopped for guessing or asking too much: what of, that, and the command."""
    try:
        found = alarms.alarms(shop().ledger)
    except Exception:  # the troubles say why
        return
    for one in found:
        state = "bloqueado" if one.locked else "no limite do dia"
        who = f"{'Pessoa' if one.kind == 'staff' else 'Terminal'} {one.name}"
        yield who, f"{state} ({one.rule}), {moment(instant_of(one.at))}", "espelho alarms"


def _waiting() -> Iterator[tuple[str, str, str]]:
    """Source, what of it waits, and the command that begins to settle it."""
    for source, stream, kind, some in on_hold(shop().mirror):
        name = progress.feed(source, stream)
        told = operations.words_of(kind).format(counted(stream, some))
        yield source, f"Retido: {told}", f"espelho hold release {name} --only {kind}"
    for source, stream, some in unread_numbers(shop().mirror):
        told = f"Não puderam ser lidos: {counted(stream, some)}"
        yield source, told, f"espelho quarantine list --source {source}"


def _facts(readable: bool) -> Iterator[tuple[str, str]]:
    """What the installation is made of: label and text."""
    answers, unavailable = lately_here().share()
    yield "Respostas em 5 minutos", f"{number(answers)}, das quais {number(unavailable)} sem dados"
    yield from _facts_of_disk(shop().installed.data_dir)
    mode = key_mode(shop().installed)
    if mode is not None:
        yield "Chave", f"modo {mode:04o}" + ("" if mode & 0o077 == 0 else ": aberta a outros")
    try:
        yield from _facts_of_ledger(shop().ledger)
    except Exception:  # the troubles say why
        yield "Diário", "ilegível"
    yield "Espelho", version("espelho")
    if readable:
        yield from _facts_of_mirror(shop().mirror)


def _facts_of_disk(place: Path | None) -> Iterator[tuple[str, str]]:
    if place is None:
        return
    free, whole = free_bytes(place)
    yield "Disco livre", f"{_size(free)} de {_size(whole)}"
    for stem, called in (("mirror", "da cópia"), ("ledger", "do diário")):
        sizes = [file.stat().st_size for file in files_of(place) if file.stem == stem]
        yield f"Arquivos {called}", _size(sum(sizes))


def files_of(place: Path) -> list[Path]:
    """The files of both databases, their logs too; not what was set aside."""
    there = (one for one in place.iterdir() if one.stem in ("mirror", "ledger"))
    return sorted(there)


def _size(of: float) -> str:
    if of >= 1e9:
        return f"{of / 1e9:.1f} GB".replace(".", ",")
    return f"{number(int(of / 1e6))} MB" if of >= 1e6 else "menos de 1 MB"


def _facts_of_ledger(ledger: Database) -> Iterator[tuple[str, str]]:
    with ledger.reading() as connection:
        rows, chain = journal.last(connection)
    yield "Linhas do diário", number(rows)
    yield "Cabeça do diário", f"{rows}:{chain.hex()[:16]}…" if rows else "—"


def _facts_of_mirror(mirror: Database) -> Iterator[tuple[str, str]]:
    with mirror.reading() as connection:
        yield from engine.engine_of(connection).versions(connection).items()
        yield "Época da cópia", progress.fact(connection, "epoch", "—")
    yield "Esquemas", ", ".join(f"{name} {head}" for name, head in engine.HEADS.items())


# /metrics, for Prometheus and whatever reads its format.


@bp.get("/metrics")
def metrics() -> Response:
    """The figures: to this machine, and elsewhere to whoever shows the token of the settings."""
    from prometheus_client import CollectorRegistry, generate_latest

    _permit_figures(shop().installed.metrics_token)
    registry = CollectorRegistry()
    registry.register(Figures())
    return Response(generate_latest(registry), mimetype="text/plain; version=0.0.4; charset=utf-8")


def _permit_figures(token: str) -> None:
    shown = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if token and compare_digest(shown.encode(), token.encode()):
        return
    # Behind a proxy everybody comes from this machine: whoever came through one is no neighbour.
    through = any(name in request.headers for name in ("X-Forwarded-For", "Forwarded", "Via"))
    address = request.remote_addr
    if token or through or address is None or not ip_address(address).is_loopback:
        abort(404)


class _Gauge(Protocol):
    def __call__(self, name: str, told: str, labels: tuple[str, ...] = ()) -> Any: ...


class Figures:
    """What Prometheus collects: read anew each time, so that no worker says another thing."""

    def collect(self) -> Iterator["Metric"]:
        """Every figure; those of a database that does not answer are left out."""
        from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

        def gauge(name: str, told: str, labels: tuple[str, ...] = ()) -> Any:
            return GaugeMetricFamily(f"espelho_{name}", told, labels=labels)

        found = troubles_now()
        wrong = gauge("trouble", "1 for each thing that is wrong", ("code",))
        for one in found:
            wrong.add_metric([one.code], 1)
        ready = gauge("ready", "1 while customers can be shown")
        ready.add_metric([], not any(one.stops for one in found))
        answers = CounterMetricFamily("espelho_web_answers", "Answers by status", labels=["class"])
        for name, some in lately_here().totals().items():
            answers.add_metric([name], some)
        yield from (wrong, ready, answers, *_of_place(gauge))
        for figures in (_of_sources, _of_waiting, _of_ledger):
            with suppress(Exception):  # what does not answer is told by the troubles
                yield from [*figures(gauge)]


def _of_place(gauge: _Gauge) -> Iterator[Any]:
    where = shop().installed.data_dir
    if where is None:
        return
    free = gauge("disk_free_bytes", "Left on the disk of the data directory")
    free.add_metric([], free_bytes(where)[0])
    sizes = gauge("database_bytes", "Size of a file of the databases", ("file",))
    for file in files_of(where):
        sizes.add_metric([file.name], file.stat().st_size)
    yield from (free, sizes)


def _of_sources(gauge: _Gauge) -> Iterator[Any]:
    by = ("source", "stream")
    age = gauge("source_age_seconds", "Since the start of the last run that reached its end", by)
    state = gauge("source_state", "0 fresh, 1 late, 2 stopped, 3 empty", by)
    why = gauge("source_why", "1 for why it is as it is", (*by, "why"))
    interval = gauge("source_interval_seconds", "Between two runs", by)
    last = gauge("run_last", "Figures of the last run, in records or requests", (*by, "what"))
    left = gauge("requests_left", "Of the day's budget of a source", ("source",))
    budgets = shop().installed.per_day
    for one in sources(shop().mirror, datetime.now(UTC)):
        key = [one.source, one.stream]
        state.add_metric(key, ("fresh", "late", "stopped", "empty").index(one.now.state))
        why.add_metric([*key, one.why], 1)
        interval.add_metric(key, one.interval_s)
        if one.now.age_s is not None:
            age.add_metric(key, one.now.age_s)
        figures = one.runs[0].figures if one.runs else None
        for what in figures.__struct_fields__ if figures else ():
            last.add_metric([*key, what], getattr(figures, what))
        if one.stream == "customers" and one.source in budgets:
            left.add_metric([one.source], max(0, budgets[one.source] - one.asked))
    yield from (age, state, why, interval, last, left)


def _of_waiting(gauge: _Gauge) -> Iterator[Any]:
    mirror = shop().mirror
    by = ("source", "stream")
    unread = gauge("quarantined", "Records that could not be read, 1,001 for more", by)
    for source, stream, some in unread_numbers(mirror):
        unread.add_metric([source, stream], some)
    held = gauge("held", "Records that wait for a person", (*by, "kind"))
    for source, stream, kind, some in on_hold(mirror):
        held.add_metric([source, stream, kind], some)
    words = gauge("unknown_words", "Words that a map does not know", (*by, "place"))
    for here, _ in unheard(mirror):
        words.add_metric([here[0].source, here[0].stream, here[0].place], len(here))
    yield from (unread, held, words)


def _of_ledger(gauge: _Gauge) -> Iterator[Any]:
    with shop().ledger.reading() as connection:
        last, _ = journal.last(connection)
    rows = gauge("journal_rows", "Rows of the journal of who did what")
    rows.add_metric([], last)
    stopped = gauge("alarms", "Who was stopped for guessing or for asking too much", ("state",))
    found = alarms.alarms(shop().ledger)
    for state, locked in (("locked", True), ("limited", False)):
        stopped.add_metric([state], sum(one.locked is locked for one in found))
    yield from (rows, stopped)
