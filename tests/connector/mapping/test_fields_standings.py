"""What a master says of the relationship itself: axes, words, the company where somebody works."""

from typing import Any

import pytest

from config.assemble import merged, preset
from connector.sources.checks import definition
from connector.sources.source_file import Standing, rules_of
from mirror.standing import Rules
from tests.fakes.translation import read, rule, translator

SAID = {
    "ploomes": {"path": "estado", "words": {"Ativo": "active", "Nenhum": ""}},
    "sell_customer": {"path": "comprador", "words": {"true": "current", "7": "past"}},
}
STANDING = translator(standings=SAID, company="empresa.id")


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("Ativo", "active"),
        ("discarded", "discarded"),
        ("Nenhum", None),
        ("", None),
        (None, None),
        ("Em  negociação ", "Em negociação"),
        ("a" * 39 + " b", "a" * 39),
        ("\u200b", None),
    ],
)
def test_a_word_of_the_master_is_a_value_or_is_kept_as_received(sent: Any, kept: str | None):
    assert read(STANDING, estado=sent).standings.get("ploomes") == kept


@pytest.mark.parametrize(("sent", "kept"), [(True, "current"), (7, "past"), (False, "false")])
def test_true_false_and_numbers_are_words(sent: Any, kept: str):
    assert read(STANDING, comprador=sent).standings == {"sell_customer": kept}


def test_axes_do_not_mix():
    both = read(STANDING, estado="Ativo", comprador=True)

    assert both.standings == {"ploomes": "active", "sell_customer": "current"}


def test_a_standing_that_is_no_word_is_refused():
    with pytest.raises(ValueError, match="standings: not_text"):
        read(STANDING, estado={"a": "Ativo", "b": "Outro"})


@pytest.mark.parametrize(
    ("sent", "meant"),
    [
        (["Ativo"], "active"),
        (["Ativo", "ATIVO "], "active"),
        ({"id": 3, "nome": "Ativo"}, "active"),
        (["Ativo", "Inativo"], "Ativo, Inativo"),
    ],
)
def test_of_several_words_for_a_standing_none_is_picked(sent: Any, meant: str):
    assert read(STANDING, estado=sent).standings == {"ploomes": meant}


@pytest.mark.parametrize(
    ("sent", "meant"),
    [
        (["active"], ("active", None)),
        (["Ativo", "active"], ("active", None)),
        ({"descricao": "Bloqueado"}, ("blocked", None)),
        (["active", "blocked"], ("unknown", "active, blocked")),
        (["x"], ("unknown", "x")),
        ([], ("unknown", None)),
        ([True], ("unknown", "true")),
    ],
)
def test_a_list_of_registrations_is_what_all_of_them_mean(sent: Any, meant: Any):
    found = read(status=sent)
    assert (found.registration, found.registration_received) == meant


def test_without_standings_in_the_map_there_are_none():
    assert read(estado="Ativo").standings == {}
    assert rule(status={"a": "active", "b": "x"}) == "registration: not_text"


@pytest.mark.parametrize("sent", [135906700, "135906700"])
def test_the_company_of_a_person_is_an_id(sent: Any):
    assert read(STANDING, empresa={"id": sent}).company == "135906700"


@pytest.mark.parametrize(
    ("sent", "flags"),
    [(None, ()), ("", ()), ("x" * 65, ("company_invalid",)), (True, ("company_invalid",))],
)
def test_what_is_no_id_of_a_company_is_left_out(sent: Any, flags: tuple[str, ...]):
    found = read(STANDING, empresa={"id": sent})

    assert (found.company, found.flags) == (None, flags)


def test_stored_records_are_read_again_when_the_words_change():
    other = {"ploomes": SAID["ploomes"]}

    assert translator(standings=other).fingerprint != STANDING.fingerprint


def test_the_rules_of_a_source_are_what_its_settings_say():
    said = {
        "rules": ["sell", "azata", "sell"],
        "days": 90,
        "loss_reasons": ["Desistência"],
        "labels": {"azata": {"lead": "Interessado"}},
        "filters": ["Limite"],
    }
    found = definition(merged(preset("omni"), {"standing": said}), "loja")

    assert rules_of(found.standing) == Rules(("sell", "azata"), 90, ("Desistência",), ("Limite",))
    assert rules_of(Standing()) == Rules()
