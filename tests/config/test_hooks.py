"""What of a source reaches the web: who may tell of changes, who can be asked for one customer."""

from pathlib import Path

import pytest

from config.assemble import installed_of
from config.run.serve import hooks_of
from config.settings import BadSettings, load
from web.operations.hooks import Hook

SETTINGS = """
[sources.crm]
preset = "ploomes"
base_url = "https://api2.ploomes.example"
secrets.user_key = { env = "CRM_KEY" }
%s
[sources.loja]
preset = "omni"
base_url = "https://loja.example"
secrets.token = { env = "LOJA_TOKEN" }
"""


def hooks(file: Path, more: str) -> dict[str, Hook]:
    file.write_text(SETTINGS % more)
    return hooks_of(load(file))


def test_its_secret_opens_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("CRM_HOOK", "s3cret")
    made = hooks(tmp_path / "espelho.toml", 'secrets.hook = { env = "CRM_HOOK" }')
    assert made == {
        "crm": Hook("X-Ploomes-Validation-Key", "s3cret", ("New.Id", "Old.Id", "ResourceId"))
    }


def test_without_a_secret_there_is_none(tmp_path: Path):
    assert hooks(tmp_path / "espelho.toml", "") == {}


def test_a_secret_that_is_not_set_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("CRM_HOOK", raising=False)
    with pytest.raises(BadSettings, match="CRM_HOOK is empty or not set"):
        hooks(tmp_path / "espelho.toml", 'secrets.hook = { env = "CRM_HOOK" }')


def test_every_source_with_a_secret_has_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("CRM_HOOK", "s3cret")
    monkeypatch.setenv("OTHER_HOOK", "0ther")
    second = SETTINGS.partition("[sources.loja]")[0].replace("crm]", "crm2]")
    more = (
        'secrets.hook = { env = "CRM_HOOK" }\n' + second % 'secrets.hook = { env = "OTHER_HOOK" }'
    )
    made = hooks(tmp_path / "espelho.toml", more)
    assert {name: one.secret for name, one in made.items()} == {"crm": "s3cret", "crm2": "0ther"}


PLAIN = """
[sources.folha]
file = "folha.toml"
base_url = "https://folha.example"
[sources.vendas]
preset = "sell"
base_url = "https://api.getbase.com"
"""


def test_the_web_knows_which_masters_can_be_asked_for_one_customer(tmp_path: Path):
    file = tmp_path / "espelho.toml"
    file.write_text(SETTINGS % "" + PLAIN)
    dialect = tmp_path / "folha.toml"
    dialect.write_text('[stream]\npath = "/clientes"\n')
    assert installed_of(load(file)).asked_singly == ("crm", "loja", "vendas")
    dialect.write_text('[stream]\npath = "/clientes"\none = { path = "/clientes/{id}" }\n')
    assert installed_of(load(file)).asked_singly == ("crm", "loja", "folha", "vendas")
