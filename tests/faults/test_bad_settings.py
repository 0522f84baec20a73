"""Settings that cannot work: every mistake is told, before anything is done."""

from pathlib import Path

import pytest

from tests.faults.installation import TOKEN_VARIABLE, Installation
from tests.faults.refusing import customers, refused

TEN_MISTAKES = """\
data_dri = "data"
key_file = 5

[web]
port = 99999
workers = "two"
default_ddd = "011"
secure_cookies = 1
shop_nam = "Loja"

[sources.loja]
preset = "omni"
interval = "soon"
sweep_at = "25:00"
secrets.token = "a-secret-that-must-not-be-repeated"
"""


def test_no_settings_file(tmp_path: Path) -> None:
    nowhere = Installation(tmp_path)

    told = refused(nowhere, "sync", code=3, unchanged=False)

    assert "espelho init" in told


def test_a_settings_file_that_is_no_toml(synced: Installation) -> None:
    synced.file.write_text("[web\n")

    assert "line 1" in refused(synced, "sync", code=3)


def test_ten_mistakes_are_all_told_at_once(synced: Installation) -> None:
    synced.file.write_text(TEN_MISTAKES)
    before = customers(synced)

    told = synced.run("sync")

    assert told.code == 3
    assert "Traceback" not in told.err
    assert "must-not-be-repeated" not in told.err
    for place in (
        "data_dri is not a setting. Did you mean data_dir?",
        "key_file must be a text",
        "web.port must be from 1 to 65535",
        "web.workers must be a whole number",
        "web.default_ddd must be an area code",
        "web.secure_cookies must be true or false",
        "web.shop_nam is not a setting. Did you mean web.shop_name?",
        "sources.loja.base_url is missing",
        "sources.loja.interval must be a duration",
        "sources.loja.sweep_at must be a time",
        "a secret itself does not belong into this file",
    ):
        assert place in told.err
    assert customers(synced) == before


@pytest.mark.parametrize("command", [("sync",), ("check",), ("serve",), ("sync", "--dry-run")])
def test_the_secrets_variable_is_missing(synced: Installation, command: tuple[str, ...]) -> None:
    synced.environment[TOKEN_VARIABLE] = ""

    told = refused(synced, *command, code=3)

    assert f"sources.loja.secrets.token: the environment variable {TOKEN_VARIABLE}" in told


@pytest.mark.parametrize(
    ("written", "instead", "said"),
    [
        ('preset = "omni"', 'preset = "sap"', "there is no preset 'sap'; there are: "),
        ('preset = "omni"', 'preset = "../omni"', "there is no preset '../omni'"),
        (
            '{ env = "ESPELHO_TEST_TOKEN" }',
            '{ file = "nowhere" }',
            "espelho source secret loja token",
        ),
        (
            '{ env = "ESPELHO_TEST_TOKEN" }',
            '{ file = "latin1" }',
            "latin1 must hold one line of plain ASCII",
        ),
        (
            '{ env = "ESPELHO_TEST_TOKEN" }',
            '{ file = "two-lines" }',
            "two-lines must hold one line",
        ),
        ("secrets.token", "secrets.tokem", "needs the secret 'token'"),
        ('base_url = "http://', 'base_url = "http://10.0.0.9/', "is plain http"),
        ('base_url = "http://', 'base_url = "http://127.master.example/', "is plain http"),
        ('base_url = "http://', 'base_url = "ftp://', "like https://"),
        ('base_url = "http://', 'base_url = "https://user:word@', "without a user name"),
        ('base_url = "http://127.0.0.1:', 'base_url = "http://127.0.0.1:9', "base_url"),
    ],
)
def test_a_source_that_cannot_be_opened(
    synced: Installation, written: str, instead: str, said: str
) -> None:
    (synced.directory / "latin1").write_bytes(b"s\xe9nha")
    (synced.directory / "two-lines").write_text("one\ntwo")
    text = synced.file.read_text()
    assert written in text
    synced.file.write_text(text.replace(written, instead))

    assert said in refused(synced, "sync", code=3)


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ('[sources.loja.map]\nnane = "x"', "nane"),
        ("[sources.loja.map]\nname = 5", "map.name must be a text"),
        ('[sources.loja.map]\nname = "a..b"', "'a..b' is not a path"),
        ("[sources.loja.limits]\natempts = 1", "atempts"),
        ("[sources.loja.limits]\nattempts = 0", "attempts"),
        ("[sources.loja.limits]\nper_minute = 0", "per_minute"),
        ("[sources.loja.stream]\npage.size = 0", "size"),
        ("[sources.loja.stream]\npath = 'customers'", "path"),
    ],
)
def test_an_override_that_makes_no_sense(synced: Installation, override: str, said: str) -> None:
    text = synced.file.read_text().partition("\n[sources.loja.limits]")[0]
    synced.file.write_text(f"{text}\n{override}\n")

    assert said in refused(synced, "sync", code=3)


def test_an_unknown_time_zone(synced: Installation) -> None:
    text = synced.file.read_text().replace("preset =", 'timezone = "Mars/Base"\npreset =')
    synced.file.write_text(text)

    assert "Mars/Base" in refused(synced, "sync", code=3)


@pytest.mark.parametrize("command", ["sync", "check"])
def test_an_unknown_source(synced: Installation, command: str) -> None:
    arguments = {"sync": ("--source", "filial"), "check": ("filial",)}[command]

    assert "there are: loja" in refused(synced, command, *arguments, code=3)
