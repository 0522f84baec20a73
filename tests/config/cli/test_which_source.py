import pytest

from tests.config.reading import read_rows
from tests.faults.installation import Installation
from tests.faults.scripted import Script, customer, page

OF_A_SOURCE = [
    ("check", "filial"),
    ("export", "--source", "filial"),
    ("hold", "release", "filial"),
    ("quarantine", "list", "--source", "filial"),
    ("runs", "--source", "filial"),
    ("runs", "--source", "filial", "--json"),
    ("sync", "--source", "filial"),
]


@pytest.mark.parametrize("command", OF_A_SOURCE, ids=" ".join)
def test_an_unknown_source_is_told_the_same_everywhere(
    synced: Installation, command: tuple[str, ...]
):
    told = synced.run(*command)

    assert (told.code, told.out) == (3, "")
    assert told.err == f"espelho: There is no source 'filial' in {synced.file}; there are: loja.\n"


@pytest.mark.parametrize(
    "command",
    [*OF_A_SOURCE, ("check",), ("sync",), ("sync", "--dry-run"), ("serve", "--only", "connector")],
    ids=" ".join,
)
def test_an_installation_without_a_source_says_so_everywhere(
    synced: Installation, command: tuple[str, ...]
):
    text = synced.file.read_text()
    synced.file.write_text(text[: text.index("[sources.loja]")])

    told = synced.run(*command)

    assert (told.code, told.out) == (3, "")
    assert (
        told.err
        == f"espelho: There is no source in {synced.file}: declare one as [sources.NAME].\n"
    )


def test_what_is_known_of_a_source_outlives_its_settings(synced: Installation, master: Script):
    master.answer = lambda target: page(customer(1, v=2, name=True))
    synced.must("sync")
    synced.file.write_text(synced.file.read_text().replace("sources.loja", "sources.filial"))

    assert len(read_rows(synced, "runs", "--source", "loja", "--json")) == 2
    assert len(read_rows(synced, "quarantine", "list", "--source", "loja", "--json")) == 1
    assert synced.must("runs", "--source", "filial") == "No run of 'filial'.\n"
    nothing = "Nothing of 'filial' is in quarantine.\n"
    assert synced.must("quarantine", "list", "--source", "filial") == nothing
