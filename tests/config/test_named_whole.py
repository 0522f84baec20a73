"""A word of the settings is itself: its beginning, or what begins with it, is told as wrong."""

from pathlib import Path

import pytest

from config.cli.options import Whom, WhomType
from config.settings import BadSettings, load

SOURCE = '[sources.loja]\npreset = "omni"\nbase_url = "https://master.example"\n'
SECRET = 'secrets.token = { env = "PATH" }\n'


@pytest.fixture
def told(tmp_path: Path):
    """What is said of these settings; empty where nothing is wrong."""
    file = tmp_path / "espelho.toml"

    def told_of(text: str) -> str:
        file.write_text(text, "utf-8")
        try:
            load(file)
        except BadSettings as mistakes:
            return str(mistakes)
        return ""

    return told_of


def test_the_settings_these_tests_change_are_right(told):
    assert told(SOURCE + SECRET) == ""


@pytest.mark.parametrize(
    "name", ["por", "ports", "secure_cookie", "secure_cookies2", "reveals_per_hou", "Port"]
)
def test_a_setting_is_named_whole(told, name: str):
    assert f"web.{name} is not a setting" in told(f"{SOURCE}{SECRET}[web]\n{name} = true\n")


@pytest.mark.parametrize("name", ["omn", "omnis", "mni", "OMNI", "omni.toml", "./omni", "../omni"])
def test_a_preset_is_named_whole(told, name: str):
    assert f"no preset {name!r}" in told(SOURCE.replace('"omni"', f'"{name}"') + SECRET)


@pytest.mark.parametrize(
    "name", ["loja ", "loja/orders", "loja.x", "LOJA", "loja\\n", "", "l" * 41]
)
def test_a_source_has_a_whole_name(told, name: str):
    quoted = SOURCE.replace("sources.loja", f'sources."{name}"')
    assert "sources" in told(quoted + SECRET)


@pytest.mark.parametrize("length", ["5", "5m", "90s", "1h"])
def test_a_duration_is_one(told, length: str):
    assert told(f'{SOURCE}interval = "{length}"\n{SECRET}') == ""


@pytest.mark.parametrize("length", ["5mm", "5m5", "x5m", "5min", "5 m m", "-5m", "5m\\n", "5.0"])
def test_what_a_duration_only_begins_is_none(told, length: str):
    assert "interval must be a duration" in told(f'{SOURCE}interval = "{length}"\n{SECRET}')


@pytest.mark.parametrize("time", ["03:000", "103:00", "03:00:00", "3:00", "03:00\\n", "24:00"])
def test_what_a_time_only_begins_is_none(told, time: str):
    assert "sweep_at must be a time" in told(f'{SOURCE}sweep_at = "{time}"\n{SECRET}')


@pytest.mark.parametrize("ddd", ["1", "111", "011", "11\\n", "10", "(11)"])
def test_an_area_code_is_two_digits(told, ddd: str):
    assert "default_ddd" in told(f'{SOURCE}{SECRET}[web]\ndefault_ddd = "{ddd}"\n')


@pytest.mark.parametrize("url", ["https:/x", "httpsx://x", "http://x", "https://", "xhttps://x"])
def test_where_customers_are_edited_is_a_whole_https_address(told, url: str):
    assert "master_url" in told(f'{SOURCE}{SECRET}[web]\nmaster_url = "{url}"\n')


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("loja/1", Whom("loja", "1")), ("loja/1/2", Whom("loja", "1/2")), ("10", Whom(number=10)),
     ("loj/10", Whom("loj", "10"))],
)  # fmt: skip
def test_a_customer_is_meant_by_source_and_code(typed: str, meant: Whom):
    assert WhomType().convert(typed, None, None) == meant
