"""No command prints a value of customers who have three of everything, read or refused."""

import pytest

from tests.fakes.several import Numbers, as_sent, secrets, several
from tests.faults.installation import Installation
from tests.faults.scripted import Script, customer, page
from tests.web.test_nothing_in_clear import leaked

READ, REFUSED = Numbers(7), Numbers(8, spelling=1)
IN_FORCE = '\n[sources.loja.standing]\nrules = ["ploomes"]\n'
CHANGED = {"v": 2, "updated_at": "2026-01-02T03:09:00Z"}


@pytest.fixture
def several_of_each(synced: Installation, master: Script) -> Installation:
    """A master that begins to serve one who can be read, and three who cannot."""
    synced.file.write_text(synced.file.read_text() + IN_FORCE)
    bad = as_sent(several(REFUSED)) | CHANGED
    master.answer = lambda _: page(
        customer(1, **as_sent(several(READ)) | CHANGED),
        customer(4, **bad | {"name": {"of": bad["notes"], "by": bad["notes"]}}),
        customer(5, **bad | {"status": {"of": bad["notes"], "by": bad["notes"]}}),
        customer(6, **bad | {"v": bad["notes"]}),
    )
    return synced


def test_no_command_prints_a_value(several_of_each: Installation) -> None:
    made = several_of_each
    values = {value for told in (READ, REFUSED) for value in secrets(told, several(told))}
    for command in (
        ("check",), ("check", "--json"), ("sync", "--dry-run"), ("sync", "--json"),
        ("sync", "--full"), ("quarantine", "list"), ("quarantine", "list", "--json"),
        ("quarantine", "replay"), ("runs",), ("runs", "--json"), ("hold", "list"), ("export",),
        ("standing", "list"), ("standing", "list", "--json"), ("standing", "diff"),
        ("standing", "diff", "--json"),
        ("standing", "show", "loja/1"), ("standing", "show", "loja/1", "--json"),
        ("standing", "waiting"), ("audit",), ("audit", "--json"),
        ("unlikely",),
    ):  # fmt: skip
        told = made.run(*command)
        assert told.code == (2 if command == ("unlikely",) else 0), (command, told)
        assert leaked(told.out + told.err, values) == [], command
    shown = made.must("standing", "show", "loja/1", "--json")
    listed = shown + made.must("standing", "list", "--json")
    assert listed.count("***.000.007-**") == 2


def test_who_was_refused_is_told_by_id_field_and_rule(several_of_each: Installation) -> None:
    several_of_each.must("sync")
    told = several_of_each.must("quarantine", "list")
    assert [f" {code} " in told for code in (4, 5, 6)] == [True, True, True]
    assert (told.count("not_text"), told.count("not_a_counter")) == (2, 1)
    assert '"name":"Cliente de Prova 1"' in several_of_each.must("export")
