"""Every act that must leave a row, in one table: each is done, and its row is there."""

import ast
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from mirror.ledger import journal
from mirror.ledger.journal import AuditUnavailable
from mirror.store.engine import Database
from tests.fakes.clientele import DEUZENIR
from tests.fakes.dealings import order, payment
from tests.fakes.shopfront import PASSWORD, Shopfront
from tests.web.active_shop import at, opener
from web.operations.journal import ACTIONS
from web.terminals import devices

PROMISES = Path(__file__).parents[2] / "docs/promises.md"
OURS = {"Origin": "http://localhost"}
CODE = {"code": DEUZENIR.external_id}
Act = Callable[[Shopfront], Any]


def _signed_in(act: Callable[[FlaskClient, Shopfront], Any]) -> Act:
    return lambda shop: act(shop.signed_in("supervisor"), shop)


def _get(address: str) -> Act:
    return _signed_in(lambda client, shop: client.get(address))


def _post(address: str, **data: str) -> Act:
    return _signed_in(lambda client, shop: client.post(address, data=data))


def _of_one(tab: str, **data: str) -> Act:
    told = {"reason": "nota", **data}
    return _signed_in(lambda client, shop: client.post(at(shop, tab), data=told))


def _login(password: str) -> Act:
    def act(shop: Shopfront) -> None:
        shop.hire()
        data = {"login": "ana", "password": password}
        shop.app.test_client().post("/entrar", data=data, headers=OURS)

    return act


def _lookup(token: str | None = None) -> Act:
    def act(shop: Shopfront) -> None:
        told = token or devices.add(shop.ledger, "caixa 1", "Centro")
        headers = {"Authorization": f"Bearer {told}"}
        shop.app.test_client().post("/api/v1/lookup", json=CODE, headers=headers)

    return act


def _refused(action: str, address: str) -> Act:
    return lambda shop: shop.signed_in("attendant").get(address)


def _limited(shop: Shopfront) -> None:
    client = shop.signed_in("attendant")
    for _ in range(2):
        client.post(at(shop, "revelar"), data={"field": "document-0", "reason": "nota"})


def _foreign(shop: Shopfront) -> None:
    shop.app.test_client().post("/entrar", headers={"Origin": "https://outro.exemplo"})


def _grant(shop: Shopfront) -> None:
    shop.hire(login="bia")
    shop.signed_in("supervisor").post("/equipe", data={"login": "bia", "more": "10"})


BY_PAGES: list[tuple[str, str, Act]] = [
    ("login", "done", _login(PASSWORD)),
    ("login_refused", "refused", _login("outra senha qualquer")),
    ("logout", "done", _post("/sair")),
    ("form_refused", "refused", _foreign),
    ("browse", "done", _get("/clientes")),
    ("charges", "done", _get("/cobrancas")),
    ("search", "done", _post("/clientes/busca", q="Deuzenir")),
    ("open", "done", _signed_in(lambda client, shop: client.get(at(shop)))),
    ("reveal", "done", _of_one("revelar", field="document-0")),
    ("asked_origin", "done", _of_one("origem")),
    ("copy", "done", _of_one("copiar", field="document-0")),
    ("whatsapp", "done", _of_one("whatsapp", field="phone-0")),
    ("reveal", "limited", _limited),
    ("reveal", "done", _of_one("pagamentos/1/revelar", field="code")),
    ("copy", "done", _of_one("pagamentos/1/copiar", field="code")),
    ("boleto", "done", _of_one("pagamentos/1/boleto")),
    ("download", "done", _of_one("pedidos/1/arquivo.csv")),
    ("audit", "done", _get("/auditoria")),
    ("audit", "done", _signed_in(lambda client, shop: client.get(at(shop, "acessos")))),
    ("audit_verified", "done", _post("/auditoria/conferir")),
    ("audit_exported", "done", _post("/auditoria/arquivo.csv")),
    ("audit_exported", "done", _post("/auditoria/arquivo.ndjson")),
    ("more_granted", "done", _grant),
    ("more_granted", "refused", _refused("more_granted", "/equipe")),
    ("audit", "refused", _refused("audit", "/auditoria")),
    ("months", "refused", _refused("months", "/assistente")),
    ("differences", "refused", _refused("differences", "/divergencias")),
    ("operations", "refused", _refused("operations", "/operacao")),
    ("rules", "refused", _refused("rules", "/configuracoes/regras")),
    ("lookup", "done", _lookup()),
    ("token_refused", "refused", _lookup("esp_" + "A" * 43)),
]
"""Action, what came of it, and how it is done in the pages or by a terminal."""

_ADD = ("user", "add", "bia", "--password", PASSWORD)
BY_COMMANDS: list[tuple[str, tuple[tuple[str, ...], ...]]] = [
    ("person_added", (_ADD,)),
    ("password_set", (_ADD, ("user", "password", "bia", "--password", f"{PASSWORD} nova"))),
    ("role_changed", (_ADD, ("user", "role", "bia", "supervisor"))),
    ("person_disabled", (_ADD, ("user", "disable", "bia"))),
    ("person_enabled", (_ADD, ("user", "enable", "bia"))),
    ("device_added", (("device", "add", "caixa 1", "--store", "Centro"),)),
    (
        "device_revoked",
        (("device", "add", "caixa 1", "--store", "Centro"), ("device", "revoke", "caixa 1")),
    ),
    ("audit", (("audit",),)),
    ("audit_exported", (("audit", "--export", "ndjson"),)),
    ("export", (("export",),)),
    ("exported", (("export",),)),
    ("refreshed", (("refresh", "loja", "1"),)),
    ("standing_shown", (("standing", "show", "loja/1"),)),
    ("quarantine_replayed", (("quarantine", "replay"),)),
]
"""Action, and the commands of which the last leaves it."""

ELSEWHERE = {
    "out_of_scope": "web/terminals/test_scope.py::"
    "test_who_is_out_of_scope_is_nobody_but_to_the_journal",
    "also_found": "web/terminals/test_lookup.py::test_every_customer_found_has_a_row",
    "hold_released": "config/cli/test_rows_of_commands.py::"
    "test_whoever_lets_a_held_removal_go_is_written_down",
    "backup": "config/cli/test_backup.py::test_sessions_end_and_a_ledger_that_is_open_goes_on",
    "restore": "config/cli/test_backup.py::test_a_lost_ledger_is_restored_and_what_is_lost_is_said",
    "mirror_rebuilt": "config/cli/test_rebuild.py::"
    "test_a_damaged_mirror_is_named_set_aside_and_filled_from_the_master",
    "moved": "config/cli/test_on_a_server.py::test_all_that_is_there_is_moved_to_a_server_and_back",
    "setting_changed": "config/cli/test_rows_of_commands.py::"
    "test_a_setting_that_changed_is_named_at_the_start_and_its_value_never",
    "alarm": "mirror/ledger/test_guard.py::"
    "test_an_alarm_is_a_row_behind_the_lookup_and_a_line_without_a_name",
    "release": "mirror/ledger/test_guard.py::test_a_release_is_on_record_and_begins_anew",
}
"""Actions whose rows take more to bring about: the tests that do, and assert the row by name."""


@pytest.fixture
def busy(mirror_with: Callable[..., Database], ledger: Database) -> Shopfront:
    return opener(mirror_with, ledger)(did=(order(), payment()), reveals_per_hour=1)


@pytest.mark.parametrize(
    ("action", "outcome", "act"), BY_PAGES, ids=[f"{one[0]}-{one[1]}" for one in BY_PAGES]
)
def test_what_is_done_in_the_pages_leaves_its_row(
    busy: Shopfront, action: str, outcome: str, act: Act
) -> None:
    act(busy)

    (*_, row) = [one for one in busy.journal()[::-1] if one.action == action]
    assert row.outcome == outcome
    assert row.address
    has_session = row.actor_kind == "staff" and action not in ("login_refused", "form_refused")
    assert bool(row.session) == has_session


def test_a_denial_stays_one_where_it_cannot_be_written_down(
    busy: Shopfront, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = busy.signed_in("attendant")

    def broken(*_: object, **__: object) -> None:
        raise AuditUnavailable("no disk")

    monkeypatch.setattr(journal, "record", broken)
    assert client.get("/auditoria").status_code == 403


def _asserted(test: str) -> set[str]:
    """The texts that a test's assertions hold something against."""
    file, _, name = test.partition("::")
    tree = ast.parse((PROMISES.parents[1] / "tests" / file).read_text("utf-8"))
    (there,) = [one for one in ast.walk(tree) if getattr(one, "name", None) == name]
    claims = [
        part for one in ast.walk(there) if isinstance(one, ast.Assert) for part in ast.walk(one)
    ]
    return {one.value for one in claims if isinstance(one, ast.Constant) and type(one.value) is str}


@pytest.mark.parametrize("action", ELSEWHERE)
def test_whose_row_is_tested_elsewhere_has_a_test_that_asserts_it(action: str) -> None:
    assert action in _asserted(ELSEWHERE[action])


def test_every_action_has_its_place_in_the_tables() -> None:
    tested = {one[0] for one in BY_PAGES} | {one[0] for one in BY_COMMANDS} | set(ELSEWHERE)
    assert tested == set(ACTIONS)
    told = PROMISES.read_text("utf-8").partition("## What leaves a row")[2].partition("\n## ")[0]
    assert set(re.findall(r"`(\w+)`", told)) >= set(ACTIONS)
