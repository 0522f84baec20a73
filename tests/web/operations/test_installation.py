"""The operators' page, /ready and /metrics: why it is late, what to do, nothing about anybody."""

import os
from collections.abc import Callable
from pathlib import Path
from unittest.mock import Mock, patch

import pytest
from flask.testing import FlaskClient
from sqlalchemy import insert
from sqlalchemy.exc import OperationalError

from mirror.ledger import alarms, journal
from mirror.ledger.journal import AuditUnavailable
from mirror.reading.freshness import Source, _cause
from mirror.store import faults, progress
from mirror.store.engine import Database
from mirror.store.faults import Fault
from mirror.store.progress import Checkpoint, Figures, Word, now_us, save_checkpoint
from mirror.store.tables import hold
from tests.fakes.clientele import EVERYBODY
from tests.fakes.shopfront import COMPILED, Shopfront, open_shop
from web import errors, operations
from web.app import create_app
from web.operations import health, installation
from web.operations.health import Lately
from web.settings import Installed, WebSettings
from web.terminals import devices

MINUTE = 60_000_000


@pytest.fixture(autouse=True)
def _nothing_was_met(monkeypatch: pytest.MonkeyPatch) -> None:
    """What other tests did to databases of this process is not this shop's."""
    monkeypatch.setattr(faults, "SEEN", {})


@pytest.fixture
def shop(mirror_with: Callable[..., Database], ledger: Database, tmp_path: Path) -> Shopfront:
    made = open_shop(mirror_with, ledger, *EVERYBODY)
    (tmp_path / "key").write_bytes(b"k")
    (tmp_path / "key").chmod(0o600)
    installed = Installed(tmp_path, tmp_path / "key", {"loja": 1_000})
    made.app = create_app(made.mirror, ledger, WebSettings(), installed=installed)
    made.app.jinja_env.bytecode_cache = COMPILED
    return made


def stands(
    shop: Shopfront,
    *,
    minutes: float = 0,
    tried: float = 0,
    problem: str | None = None,
    outcome: str = "ok",
    doubt: str | None = None,
) -> None:
    """The source as its last run left it: complete and tried so many minutes ago."""
    then, last = now_us() - int(minutes * MINUTE), now_us() - int(tried * MINUTE)
    point = Checkpoint(
        source="loja", listed_at=then, succeeded_at=then, attempted_at=last, interval_s=60,
        problem=problem, doubt=doubt,
    )  # fmt: skip
    with shop.mirror.writing() as connection:
        save_checkpoint(connection, point)
        run = progress.start_run(connection, "loja", "changes")
        ended = None if outcome == "running" else now_us()
        progress.save_run(
            connection, run, Figures(requests=7), outcome=outcome, sentence=problem or "Read.",
            finished_at=ended,
        )  # fmt: skip


def page(shop: Shopfront) -> str:
    return shop.signed_in("administrator").get("/operacao").text


def why(shop: Shopfront) -> str:
    (one,) = sources_now(shop)
    return one.why


def sources_now(shop: Shopfront) -> list[Source]:
    from datetime import UTC, datetime

    from mirror.reading.freshness import sources

    return sources(shop.mirror, datetime.now(UTC))


def test_terminals_are_told_with_whom_they_may_ask_for(shop: Shopfront, ledger: Database) -> None:
    devices.add(ledger, "caixa 1", "Centro")
    devices.add(ledger, "caixa 2", "Norte", scope=[("seller", "Ana"), ("extra.praça", "Sul")])
    devices.add(ledger, "caixa 3", "Norte")
    devices.revoke(ledger, "caixa 3")

    told = page(shop)

    assert "Centro, todos os clientes; nunca consultou" in told
    assert "Norte, só praça Sul, vendedor Ana; nunca consultou" in told
    assert "caixa 3" not in told


def test_all_is_well(shop: Shopfront) -> None:
    stands(shop)
    client = shop.app.test_client()
    assert client.get("/ready").json == {"status": "ok", "causes": []}
    html = page(shop)
    assert "Tudo em ordem" in html
    assert "Em dia" in html
    assert "993 de 1.000" in html, "requests that are left"


@pytest.mark.parametrize(
    ("state", "cause", "title", "command"),
    [
        (
            {"minutes": 20, "problem": "https://x refused the credentials (401). Check the secret"
             " that this source names.", "outcome": "failed"},
            "credentials", "Credencial recusada", "espelho check loja",
        ),
        (
            {"minutes": 20, "problem": "https://x cannot be reached: nothing listens there "
             "(connection refused).", "outcome": "failed"},
            "unreachable", "Origem fora do ar", "espelho check loja",
        ),
        (
            {"minutes": 20, "problem": "The map is wrong: 99 of 100.", "outcome": "failed"},
            "map", "Registros ilegíveis demais", "espelho quarantine list",
        ),
        (
            {"minutes": 20, "problem": "loja: the master asked for a pause and was not asked "
             "anything.", "outcome": "failed"},
            "left_alone", "Origem pediu pausa", "espelho sync --insist --source loja",
        ),
        (
            {"minutes": 20, "tried": 20},
            "schedule", "Ninguém está lendo", "systemctl restart espelho-connector",
        ),
        (
            {"minutes": -60 * 24 * 30},
            "clock", "Relógio errado", "timedatectl",
        ),
        (
            {"doubt": "a page was full"},
            "incomplete", "Lista incompleta", "espelho sync --full --source loja",
        ),
    ],
)  # fmt: skip
def test_why_it_is_late_and_what_to_do(
    shop: Shopfront, state: dict[str, object], cause: str, title: str, command: str
) -> None:
    stands(shop, **state)  # type: ignore[arg-type]
    assert why(shop) == cause
    html = page(shop)
    assert title in html
    assert f"<code>{command}</code>" in html


def test_what_waits_has_its_command(shop: Shopfront) -> None:
    stands(shop)
    with shop.mirror.writing() as connection:
        connection.execute(
            insert(hold).values(
                source="loja", kind="gone", held_at=1, missing=70, known=900, ids=b"",
            )
        )  # fmt: skip
        word = Word("loja", "customers", "map.registration", "xpto", "", 3)
        progress.count_words(connection, b"f", [word])
    html = page(shop)
    assert why(shop) == "hold"
    assert "<code>espelho hold release loja</code>" in html
    assert "70 cadastros a menos na origem de uma vez" in html
    assert "map.registration" in html


def test_what_fails_is_told_before_what_waits_for_a_decision(shop: Shopfront) -> None:
    stands(shop, minutes=20, problem="x refused the credentials (401).", outcome="failed")
    with shop.mirror.writing() as connection:
        connection.execute(
            insert(hold).values(
                source="loja", kind="gone", held_at=1, missing=70, known=9, ids=""
            )
        )  # fmt: skip
    assert why(shop) == "credentials"
    assert "70 cadastros a menos" in page(shop)


def test_a_run_that_somebody_ended_is_told_as_such(shop: Shopfront) -> None:
    stands(shop, minutes=20, problem="Stopped by SIGTERM.", outcome="interrupted")
    assert why(shop) == "stopped"


def test_who_was_stopped_for_guessing_is_there(
    shop: Shopfront, monkeypatch: pytest.MonkeyPatch
) -> None:
    stands(shop)
    one = alarms.Alarm("device", "caixa-1", "misses", now_us(), True)
    monkeypatch.setattr(alarms, "alarms", lambda db: [one])
    html = page(shop)
    assert "Terminal caixa-1" in html
    assert "bloqueado (misses)" in html
    assert 'espelho_alarms{state="locked"} 1.0' in figures(shop.app.test_client())


def test_every_cause_has_its_words() -> None:
    from mirror.reading.freshness import _SAID, _WHAT_TO_DO

    known = {name for name, _ in _SAID} | set(_WHAT_TO_DO) | {"failed", "slow"}
    assert known == set(operations.WHY)


def test_every_trouble_is_told_in_the_words_of_the_page() -> None:
    machines = [f"{about}_{code}" for about in ("mirror", "ledger") for code in errors.CAUSES]
    for code in (*installation._TROUBLES, *machines):
        assert installation.advice_of(health.Trouble(code, "English.")), code
    unknown = health.Trouble("mirror_unreadable", "English.")
    assert installation.advice_of(unknown) == ""


def test_what_is_wrong_is_told_without_english(shop: Shopfront) -> None:
    stands(shop, minutes=20, tried=20)
    told = page(shop).partition('<ul class="wrong">')[2].partition("</ul>")[0]
    assert "cada fonte diz por quê" in told
    assert 'lang="en"' not in told


def test_what_weighs_most_comes_first(shop: Shopfront) -> None:
    stands(shop)
    late = now_us() - 20 * MINUTE
    with shop.mirror.writing() as connection:
        for name, then in (("meio", late), ("pior", late - 60 * MINUTE)):
            save_checkpoint(
                connection,
                Checkpoint(
                    source=name, listed_at=then, succeeded_at=then, attempted_at=then, interval_s=60
                ),
            )
    html = page(shop)
    places = [html.index(f"<h2><bdi>{name}</bdi>") for name in ("pior", "meio", "loja")]
    assert places == sorted(places)
    assert "<dt>Idade</dt><dd>agora<" in html


def test_troubles_come_by_what_they_stop_and_then_in_their_order(shop: Shopfront) -> None:
    stands(shop, minutes=200, tried=200)
    installed = shop.app.extensions["espelho"].installed
    installed.key_file.chmod(0o644)
    found = health.troubles(shop.mirror, shop.ledger, installed)
    assert [one.code for one in found] == ["copy_stopped", "key_open"]
    installed.key_file.chmod(0o600)


def test_only_administrators_see_it(shop: Shopfront) -> None:
    assert shop.signed_in("supervisor", "bia").get("/operacao").status_code == 403
    assert shop.signed_in("attendant", "caio").get("/operacao").status_code == 403


def test_a_page_of_a_damaged_mirror_still_appears_and_says_so(shop: Shopfront) -> None:
    client = shop.signed_in("administrator")
    broken = Exception("own words")
    broken.fault = Fault("damaged", "mirror")  # type: ignore[attr-defined]
    fails = Mock(side_effect=broken)
    with patch.multiple(Database, reading=fails, prepared=fails):
        told = client.get("/ready")
    assert told.status_code == 503
    assert told.json is not None
    assert told.json["causes"][0]["code"] == "mirror_damaged"
    assert "espelho rebuild" in told.json["causes"][0]["sentence"]


CAUSES = [
    ("disk_full", "O disco do servidor está cheio."),
    ("locked", "Outro programa está com os arquivos do sistema e não os liberou a tempo."),
    ("damaged", "Um arquivo do sistema está danificado."),
    ("out_of_memory", "Falta memória no servidor."),
]


@pytest.mark.parametrize(("code", "cause"), CAUSES)
@pytest.mark.parametrize("role", ["attendant", "administrator"])
def test_a_page_that_shows_nothing_names_the_cause_and_operators_where_to_look(
    shop: Shopfront, code: str, cause: str, role: str
) -> None:
    client = shop.signed_in(role)
    broken = OperationalError("own words", None, Exception())
    broken.orig.fault = Fault(code, "mirror")  # type: ignore[union-attr, attr-defined]
    with patch("web.customers.listing.look", side_effect=broken):
        of_mirror = client.get("/clientes")
    unwritten = AuditUnavailable("own words")
    unwritten.__cause__ = broken
    with patch.object(journal, "record", side_effect=unwritten):
        of_ledger = client.get("/clientes")
    for answer in (of_mirror, of_ledger):
        assert answer.status_code == 503
        assert cause in answer.text
        assert ("Em Operação está o que fazer." in answer.text) == (role == "administrator")
        assert "own words" not in answer.text
    assert "sem registro, nenhum dado é mostrado" in of_ledger.text


def test_every_fault_of_a_machine_has_its_sentence_on_the_screen() -> None:
    assert set(errors.CAUSES) == {*faults._SAID, "damaged"}


def test_too_many_503_are_told(shop: Shopfront) -> None:
    stands(shop)
    lately: Lately = shop.app.extensions["espelho.lately"]
    for number in range(40):
        lately.count(503 if number % 2 else 200)
    told = shop.app.test_client().get("/ready")
    assert told.status_code == 503
    assert [one["code"] for one in (told.json or {})["causes"]] == ["many_unavailable"]


def test_workers_share_what_they_count(tmp_path: Path) -> None:
    one, other = Lately(tmp_path), Lately(tmp_path)
    one.count(200)
    other.count(503)
    assert one.share() == other.share() == (2, 1)
    assert one.totals()["503"] == 1


def test_a_fault_that_a_request_met_is_told_to_whoever_asks(
    shop: Shopfront, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import time

    stands(shop)
    monkeypatch.setattr(faults, "SEEN", {Fault("disk_full", "ledger"): time.time()})
    health.count_answers(shop.app)
    shop.app.test_client().get("/entrar")
    told = shop.app.test_client().get("/ready").json or {}
    assert [one["code"] for one in told["causes"]] == ["ledger_disk_full"]
    assert "is full" in told["causes"][0]["sentence"]


def test_a_fault_that_nobody_meets_any_more_is_over(
    shop: Shopfront, monkeypatch: pytest.MonkeyPatch
) -> None:
    import time

    stands(shop)
    monkeypatch.setattr(faults, "SEEN", {Fault("disk_full", "ledger"): time.time() - 61})
    shop.app.test_client().get("/entrar")
    assert shop.app.test_client().get("/ready").json == {"status": "ok", "causes": []}


def test_a_full_disk_and_an_open_key_are_told(shop: Shopfront, tmp_path: Path) -> None:
    stands(shop)
    (tmp_path / "key").chmod(0o644)
    with patch.object(health, "free_bytes", return_value=(1_000, 10**9)):
        told = shop.app.test_client().get("/ready")
    assert told.status_code == 503
    assert [one["code"] for one in (told.json or {})["causes"]] == ["disk_full", "key_open"]


def test_a_ledger_that_somebody_keeps_locked_is_told_at_once(
    shop: Shopfront, monkeypatch: pytest.MonkeyPatch
) -> None:
    stands(shop)
    monkeypatch.setattr(health, "_PROBE_S", 0.05)
    with shop.ledger.writing():
        told = shop.app.test_client().get("/ready")
    assert told.status_code == 503
    assert (told.json or {})["causes"][0]["code"] == "ledger_locked"


def test_health_says_what_is_wrong_too(shop: Shopfront) -> None:
    stands(shop, minutes=20, problem="It said no.", outcome="failed")
    told = shop.app.test_client().get("/health").json or {}
    assert told["status"] == "ok"
    assert [one["code"] for one in told["causes"]] == ["copy_late"]
    assert told["causes"][0]["sentence"] == "It said no."


def figures(client: FlaskClient, **headers: str) -> str:
    answer = client.get("/metrics", headers=headers)
    assert answer.status_code == 200
    return answer.text


def test_figures_are_those_of_the_installation_and_of_nobody(shop: Shopfront) -> None:
    stands(shop, minutes=20, problem="It said no.", outcome="failed")
    text = figures(shop.app.test_client())
    for line in (
        'espelho_trouble{code="copy_late"} 1.0',
        'espelho_source_state{source="loja",stream="customers"} 1.0',
        'espelho_requests_left{source="loja"} 993.0',
        "espelho_ready 1.0",
    ):
        assert line in text
    assert "espelho_journal_rows" in text
    assert "espelho_disk_free_bytes" in text
    for somebody in EVERYBODY:
        assert somebody.name not in text


def test_figures_are_for_this_machine_or_for_whoever_has_the_token(
    shop: Shopfront, ledger: Database
) -> None:
    client = shop.app.test_client()
    assert client.get("/metrics", headers={"X-Forwarded-For": "10.0.0.9"}).status_code == 404
    elsewhere = {"REMOTE_ADDR": "10.0.0.9"}
    assert client.get("/metrics", environ_base=elsewhere).status_code == 404
    app = create_app(shop.mirror, ledger, WebSettings(), installed=Installed(metrics_token="s3"))
    client = app.test_client()
    assert client.get("/metrics").status_code == 404
    wrong = {"Authorization": "Bearer s4"}
    assert client.get("/metrics", headers=wrong).status_code == 404
    right = {"Authorization": "Bearer s3"}
    assert client.get("/metrics", headers=right, environ_base=elsewhere).status_code == 200


def test_whoever_asks_for_figures_without_the_library_s_help_at_the_start(shop: Shopfront) -> None:
    import subprocess
    import sys

    told = subprocess.run(
        [sys.executable, "-c", "import sys, web.app; print('prometheus_client' in sys.modules)"],
        capture_output=True, text=True, check=True, cwd=os.getcwd(),
    )  # fmt: skip
    assert told.stdout.strip() == "False"


@pytest.mark.parametrize(
    ("sentence", "cause"),
    [
        ("x cannot be reached: its TLS certificate is not valid: it has expired.", "tls"),
        ("The proxy http://p does not lead to x (it did not answer rightly).", "proxy"),
        ("x cannot be reached: no host of that name is known (DNS). Is the address right?", "dns"),
        ("x did not answer in time (limits.timeout_s).", "unreachable"),
        ("The day's requests of this source (limits.per_day) are used up.", "budget"),
        ("x answered with JSON that is cut off.", "answer"),
        ("Who knows.", "failed"),
    ],
)
def test_a_run_s_sentence_is_sorted_by_its_cause(sentence: str, cause: str) -> None:
    assert _cause(sentence) == cause
