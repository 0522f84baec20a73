"""Settings that can be used and are foolish are told at the start, each with what to do."""

from pathlib import Path

import pytest

from config.settings import doubts, load
from tests.faults.installation import Installation

SETTINGS = """\
[web]
{web}

[sources.loja]
preset = "omni"
base_url = "https://master.example"
secrets.token = {{ file = "loja.token" }}
{source}
"""


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "data").mkdir(mode=0o700)
    (tmp_path / "loja.token").write_text("x")
    (tmp_path / "loja.token").chmod(0o600)
    return tmp_path / "espelho.toml"


def told(file: Path, web: str = "", source: str = "") -> str:
    file.write_text(SETTINGS.format(web=web, source=source))
    file.chmod(0o600)
    return "\n".join(doubts(load(file)))


def test_of_sound_settings_nothing_is_said(written: Path) -> None:
    assert told(written) == ""


@pytest.mark.parametrize(
    ("web", "source", "word"),
    [
        ('host = "0.0.0.0"', "", "plain http on 0.0.0.0"),
        ("reveals_per_hour = 1000000", "", "web.reveals_per_hour = 1,000,000 is no limit"),
        ("lookups_per_minute = 1000000", "", "web.lookups_per_minute = 1,000,000 is no limit"),
        ("workers = 64", "", "web.workers = 64"),
        ('trusted_proxies = ["0.0.0.0/0"]', "", "web.trusted_proxies: every address is a proxy's"),
        ("", 'interval = "12h"', "sources.loja.interval"),
        ("", "limits.per_minute = 1000000", "sources.loja.limits.per_minute = 1,000,000"),
    ],
)
def test_what_is_foolish_is_named(written: Path, web: str, source: str, word: str) -> None:
    assert word in told(written, web, source)


def test_files_that_others_may_read_are_named_with_the_command(written: Path) -> None:
    secret, data = written.parent / "loja.token", written.parent / "data"
    secret.chmod(0o644)
    data.chmod(0o755)
    found = told(written)
    assert f"sources.loja.secrets.token: {secret} may be used by others (mode 0644)" in found
    assert f"`chmod 600 {secret}`" in found
    assert f"`chmod 700 {data}`" in found


def test_a_proxy_of_the_environment_that_is_not_used_is_told(
    written: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy:3128")
    assert 'proxy = "environment"' in told(written)
    assert told(written, source='proxy = "environment"') == ""


def test_status_says_why_what_to_do_and_what_is_foolish(synced: Installation) -> None:
    synced.file.write_text(synced.file.read_text().replace("[web]", '[web]\nhost = "0.0.0.0"'))
    synced.must("sync")
    fresh = synced.run("status")
    assert fresh.code == 0, fresh
    assert "loja: fresh" in fresh.out
    assert "settings: web.host: plain http on 0.0.0.0" in fresh.out


def test_status_tells_a_master_that_is_down_by_its_cause(synced: Installation) -> None:
    synced.configure("http://127.0.0.1:9", more="\n[sources.loja.limits]\nattempts = 1\n")
    synced.run("sync")
    from contextlib import closing

    from config.assemble import mirror_of
    from mirror.store import progress

    with closing(mirror_of(load(synced.file))) as db, db.writing() as connection:
        point = progress.load_checkpoint(connection, "loja")
        point.succeeded_at = progress.now_us() - 3_600_000_000
        progress.save_checkpoint(connection, point)
    late = synced.run("status")
    assert late.code == 1
    assert "Why: unreachable." in late.out
    assert "nothing listens there" in late.out
    assert "$ espelho check loja" in late.out
