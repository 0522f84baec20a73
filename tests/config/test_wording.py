"""What the sources say of standings and lists reaches the pages: all of it, in the shop's order."""

from pathlib import Path

from config.run.serve import wording_of
from config.settings import load
from web.settings import SourceRules, Wording

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
%s
"""


def wording(file: Path, crm: str = "", shop: str = "") -> Wording:
    file.write_text(SETTINGS % (crm, shop))
    return wording_of(load(file))


def test_each_source_has_its_rules_and_all_are_in_the_order_of_the_shop(tmp_path: Path):
    crm = '[sources.crm.standing]\nrules = ["sell", "ploomes"]\nloss_reasons = ["Preço"]'
    shop = '[sources.loja.standing]\nrules = ["ploomes", "conta_base"]\ndays = 30'
    told = wording(tmp_path / "espelho.toml", crm, shop)

    assert told.rules == ("sell", "ploomes", "conta_base")
    assert told.sources == (
        SourceRules("crm", ("sell", "ploomes"), loss_reasons=("Preço",)),
        SourceRules("loja", ("ploomes", "conta_base"), days=30),
    )


def test_filters_are_told_once_and_labels_of_two_sources_together(tmp_path: Path):
    crm = (
        '[sources.crm.standing]\nfilters = ["Origem", "Canal"]\n'
        'labels.azata = { active = "Em dia" }'
    )
    shop = (
        '[sources.loja.standing]\nfilters = ["Canal", "Praça"]\n'
        'labels.azata = { inactive = "Parado", active = "Em ordem" }'
    )
    told = wording(tmp_path / "espelho.toml", crm, shop)

    assert told.filters == ("Origem", "Canal", "Praça")
    assert told.labels == {"azata": {"active": "Em ordem", "inactive": "Parado"}}
    assert [one.filters for one in told.sources] == [("Origem", "Canal"), ("Canal", "Praça")]


def test_a_source_without_standings_is_there_with_what_holds_everywhere(tmp_path: Path):
    told = wording(tmp_path / "espelho.toml", shop="[sources.loja.standing]\nrules = []")
    assert [one.source for one in told.sources] == ["crm", "loja"]
    assert told.sources[1] == SourceRules("loja")
    assert told.labels == {}
