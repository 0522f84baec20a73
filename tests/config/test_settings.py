import re
from pathlib import Path

import pytest

from config.assemble import merged, preset, source_of
from config.settings import BadSettings, Settings, SourceSettings, find_file, load
from config.sources import presets
from mirror.store.sealing import create_key
from web.settings import WebSettings

SOURCE = '[sources.loja]\npreset = "omni"\nbase_url = "https://master.example"\n'


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "espelho.toml"


def _loaded(file: Path, text: str) -> Settings:
    file.write_text(text, "utf-8")
    return load(file)


def _mistakes(file: Path, text: str) -> list[str]:
    with pytest.raises(BadSettings) as refused:
        _loaded(file, text)
    told = str(refused.value).removeprefix(f"{file} is not right:").strip().splitlines()
    listed = [re.sub(r"^ *(- )?(line \d+: )?", "", line) for line in told]
    return [line for line in listed if "the master needs the secret" not in line]


def test_an_empty_file_means_the_defaults(file: Path):
    settings = _loaded(file, "")

    assert settings == Settings(file, file.parent / "data", file.parent / "espelho.key")
    assert (settings.host, settings.port, settings.workers) == ("127.0.0.1", 8700, 2)
    assert settings.web == WebSettings()
    assert settings.sources == ()


def test_a_source_has_defaults_for_all_but_preset_and_address(file: Path):
    assert _loaded(file, SOURCE).sources == (
        SourceSettings("loja", "omni", "https://master.example", 60, "03:00"),
    )


def test_everything_can_be_chosen(file: Path):
    settings = _loaded(
        file,
        """
        data_dir = "/var/lib/espelho"
        key_file = "keys/root"
        [web]
        host = "::1"
        port = 65535
        workers = 1
        shop_name = "Ipê"
        default_ddd = "11"
        secure_cookies = true
        master_url = "https://erp.example/c"
        reveal_seconds = 10
        reveals_per_hour = 0
        document_mask = "device"
        device_document_mask = "staff"
        lookups_per_minute = 1
        customers_per_day = 300
        listed_per_day = 500
        terminal_customers_per_day = 900
        terminal_codes_per_day = 50
        usual_misses = 0.5
        trusted_proxies = ["127.0.0.1", "10.0.0.0/24", "2001:db8::/32"]
        [sources.a-1_b]
        preset = "omni"
        base_url = "http://127.0.0.1:1"
        interval = "2h"
        sweep_at = "23:59"
        allow_insecure = true
        allow_private = true
        secrets.token = { file = "token" }
        timezone = "UTC"
        [sources.a-1_b.stream]
        page.size = 5
        """,
    )

    assert settings.data_dir == Path("/var/lib/espelho")
    assert settings.key_file == file.parent / "keys/root"
    assert (settings.host, settings.port, settings.workers) == ("::1", 65535, 1)
    assert settings.web == WebSettings(
        shop_name="Ipê",
        default_ddd="11",
        secure_cookies=True,
        master_url="https://erp.example/c",
        reveal_seconds=10,
        reveals_per_hour=0,
        document_mask="device",
        device_document_mask="staff",
        lookups_per_minute=1,
        customers_per_day=300,
        listed_per_day=500,
        terminal_customers_per_day=900,
        terminal_codes_per_day=50,
        usual_misses=0.5,
        trusted_proxies=("127.0.0.1", "10.0.0.0/24", "2001:db8::/32"),
    )
    (source,) = settings.sources
    assert (source.name, source.interval_s, source.sweep_at) == ("a-1_b", 7200, "23:59")
    assert source.allow_insecure
    assert source.allow_private
    assert source.secrets == {"token": {"file": "token"}}
    assert source.overrides == {"timezone": "UTC", "stream": {"page": {"size": 5}}}
    assert settings.source("a-1_b") is source


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ('date_dir = "x"', "date_dir is not a setting. Did you mean data_dir?"),
        ("zzz = 1", "zzz is not a setting."),
        ("data_dir = 1", "data_dir must be a text."),
        ("key_file = true", "key_file must be a text."),
        ("web = 1", "web must be a table: [web]."),
        ("sources = []", "sources must be a table: [sources]."),
        ("[web]\nshop = 'x'", "web.shop is not a setting. Did you mean web.shop_name?"),
        ("[web]\nhost = 1", "web.host must be a text."),
        ("[web]\nport = '80'", "web.port must be a whole number."),
        ("[web]\nport = true", "web.port must be a whole number."),
        ("[web]\nport = 0", "web.port must be from 1 to 65535."),
        ("[web]\nport = 65536", "web.port must be from 1 to 65535."),
        ("[web]\nworkers = 0", "web.workers must be from 1 to 64."),
        ("[web]\nworkers = 65", "web.workers must be from 1 to 64."),
        ("[web]\nshop_name = 1", "web.shop_name must be a text."),
        ("[web]\ndefault_ddd = '01'", 'web.default_ddd must be an area code like "11".'),
        ("[web]\ndefault_ddd = 11", "web.default_ddd must be a text."),
        ("[web]\nsecure_cookies = 'yes'", "web.secure_cookies must be true or false."),
        ("[web]\nmaster_url = 'http://x'", "web.master_url must be an address that begins with https://."),
        ("[web]\nreveal_seconds = 0", "web.reveal_seconds must be from 1 to 600."),
        ("[web]\nreveal_seconds = 601", "web.reveal_seconds must be from 1 to 600."),
        ("[web]\nreveals_per_hour = -1", "web.reveals_per_hour must be 0 or more."),
        ("[web]\nlookups_per_minute = 0", "web.lookups_per_minute must be 1 or more."),
        ("[web]\nrequired = 'email'", "web.required must be a list."),
        ("[web]\nrequired = ['mail']", "web.required[0] must be one of name, document, email, "
         "phone, address, birth_date, gender, category."),
        ("[web]\ntrusted_proxies = '127.0.0.1'", "web.trusted_proxies must be a list."),
        ("[web]\ntrusted_proxies = ['proxy']", "web.trusted_proxies[0] must be an address or a "
         'network like "127.0.0.1" or "10.0.0.0/24".'),
        ("[web]\ntrusted_proxies = ['::1', '10.0.0.256']",
         "web.trusted_proxies[1] must be an address or a network; 10.0.0.256 is none."),
        ("[web]\nsecure_cookies = 1", "web.secure_cookies must be true or false."),
        ("[web]\ndocument_mask = 'none'", 'web.document_mask must be "staff" or "device".'),
        ("[web]\ndevice_document_mask = ''",
         'web.device_document_mask must be "staff" or "device".'),
        ("[sources]\nloja = 1", "sources.loja must be a table: [sources.loja]."),
        ("[sources.LOJA]\npreset='omni'\nbase_url='https://x'",
         "sources.LOJA: a name is made of a-z, 0-9, - and _, at most 40."),
        ("[sources.loja]\nbase_url = 'https://x'",
         "sources.loja.preset is missing (or a file of its own: sources.loja.file)."),
        (f"{SOURCE}file = 'x.toml'",
         "sources.loja.file and a preset exclude each other: name one of them."),
        (SOURCE.replace("omni", "onmi"), "sources.loja.preset: there is no preset 'onmi'; "
         f"there are: {', '.join(presets())}. Did you mean omni?"),
        ("[sources.loja]\npreset = 'omni'", "sources.loja.base_url is missing."),
        ("[sources.loja]\npreset=1\nbase_url='https://x'", "sources.loja.preset must be a text."),
        (f"{SOURCE}allow_insecure = 1", "sources.loja.allow_insecure must be true or false."),
        (f"{SOURCE}allow_private = 'x'", "sources.loja.allow_private must be true or false."),
        (f"{SOURCE}sweep_at = '24:00'", 'sources.loja.sweep_at must be a time like "03:00".'),
        (f"{SOURCE}sweep_at = '3:00'", 'sources.loja.sweep_at must be a time like "03:00".'),
        (f"{SOURCE}secrets = 'x'", "sources.loja.secrets must be a table: [sources.loja.secrets]."),
    ],
)  # fmt: skip
def test_a_mistake_names_its_place_and_what_is_right(file: Path, text: str, mistake: str):
    assert mistake in _mistakes(file, text)


@pytest.mark.parametrize(
    ("written", "seconds"),
    [('"1s"', 1), ('"90"', 90), ("90", 90), ('"5m"', 300), ('"2 h"', 7200), ('"24h"', 86_400)],
)
def test_a_duration(file: Path, written: str, seconds: int):
    (source,) = _loaded(file, f"{SOURCE}interval = {written}").sources

    assert source.interval_s == seconds


@pytest.mark.parametrize(
    "written", ['"0s"', '"soon"', '"-5s"', '"25h"', '"5d"', "1.5", '"٥s"', "[]"]
)
def test_what_is_no_duration(file: Path, written: str):
    assert _mistakes(file, f"{SOURCE}interval = {written}") == [
        'sources.loja.interval must be a duration like "60s", "5m" or "1h", at most a day.'
    ]


@pytest.mark.parametrize(
    "written", ['"sesame"', "{}", '{ env = "A", file = "b" }', '{ vault = "x" }', "7"]
)
def test_a_secret_itself_is_refused_and_not_repeated(file: Path, written: str):
    (mistake,) = _mistakes(file, f"{SOURCE}secrets.token = {written}")

    assert mistake.startswith("sources.loja.secrets.token: write { env = ")
    assert "sesame" not in mistake


def test_all_mistakes_are_told_at_once(file: Path):
    assert len(_mistakes(file, "a = 1\nb = 2\n[web]\nport = 0\nc = 3\n[sources.loja]\n")) == 6


def test_each_mistake_has_its_line(file: Path):
    text = f"zzz = 1\n[web]\nport = 0\n{SOURCE}intervall = 5\n[sources.loja.map]\nnane = 'x'\n"

    with pytest.raises(BadSettings) as refused:
        _loaded(file, text)

    _, *listed = str(refused.value).splitlines()
    assert listed[:4] == [
        "  - line 1: zzz is not a setting.",
        "  - line 3: web.port must be from 1 to 65535.",
        "  - line 7: sources.loja.intervall is not a setting. Did you mean interval?",
        "  - line 9: sources.loja.map.nane is not a setting. Did you mean name?",
    ]
    assert "the master needs the secret 'token' (for header:Authorization)" in listed[4]


def test_what_is_wrong_in_the_dialect_alone_is_told_when_the_source_is_opened(file: Path):
    settings = _loaded(file, f"{SOURCE}[sources.loja.stream.page]\nkind = 'x'\nfrom = 5\n")

    with pytest.raises(BadSettings) as refused:
        source_of(settings, settings.source("loja"))

    first, *listed = str(refused.value).splitlines()
    assert first == f"{file} is not right:"
    assert [line.split(":")[0] for line in listed[:2]] == ["  - line 5", "  - line 6"]


def test_the_mistakes_of_every_source_are_told_together(file: Path):
    wrong = "[sources.{0}.stream.page]\nkind = 'x'\n"
    second = SOURCE.replace("loja", "filial")
    settings = _loaded(file, SOURCE + wrong.format("loja") + second + wrong.format("filial"))

    with pytest.raises(BadSettings) as refused:
        source_of(settings, settings.source("filial"))

    assert "line 10: sources.filial.stream.page.kind must" in str(refused.value)
    assert "line 5: sources.loja.stream.page.kind must" in str(refused.value)


def test_a_source_may_have_a_file_of_its_own(file: Path):
    own = file.parent / "own.toml"
    text = "[sources.loja]\nfile = 'own.toml'\nbase_url = 'https://x'\n"
    assert _mistakes(file, text) == [f"sources.loja.file: there is no {own}."]

    own.write_text("timezone = 'UTC'\nstream.page.size = 'x'\n")
    settings = _loaded(file, text)
    with pytest.raises(BadSettings, match=rf"{own}, line 2: .*page\.size must") as refused:
        source_of(settings, settings.source("loja"))
    assert "sources.loja.map is missing." in str(refused.value)

    own.write_text("=")
    with pytest.raises(BadSettings, match=rf"sources\.loja\.file: {own} cannot be read: .*line 1"):
        source_of(settings, settings.source("loja"))


def test_a_mistake_within_a_preset_names_the_preset(file: Path):
    settings = _loaded(file, f"{SOURCE}stream.page.kind = 'page'\nstream.page.stop = ['empty']\n")

    with pytest.raises(BadSettings, match=r"the preset omni, line \d+: .*\{token\}"):
        source_of(settings, settings.source("loja"))


def test_every_secret_that_cannot_be_read_is_told(file: Path):
    secrets = "secrets.token = { env = 'ESPELHO_NOT_SET' }\nsecrets.b = { file = 'nowhere' }\n"
    settings = _loaded(file, SOURCE + secrets)

    with pytest.raises(BadSettings, match=r"ESPELHO_NOT_SET is empty(?s:.*)nowhere cannot be read"):
        source_of(settings, settings.source("loja"))


def test_a_file_that_is_not_there_or_no_toml(file: Path):
    with pytest.raises(BadSettings, match=r"There is no .*espelho\.toml\. `espelho init` writes"):
        load(file)
    with pytest.raises(BadSettings, match=r"cannot be read: .* \(at line 1"):
        _loaded(file, "= 1")
    file.write_bytes(b"shop_name = '\xff'")
    with pytest.raises(BadSettings, match="cannot be read"):
        load(file)
    with pytest.raises(BadSettings, match="cannot be read"):
        load(file.parent)


def test_an_unknown_source_is_answered_with_those_there_are(file: Path):
    with pytest.raises(BadSettings, match=r"no source 'x' .*; there are: none\."):
        _loaded(file, "").source("x")
    with pytest.raises(BadSettings, match=r"there are: loja, outra\."):
        _loaded(file, SOURCE + SOURCE.replace("loja", "outra")).source("x")


def test_the_file_is_named_by_option_then_variable_then_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ESPELHO_CONFIG", raising=False)
    assert find_file(None) == tmp_path / "espelho.toml"

    monkeypatch.setenv("ESPELHO_CONFIG", "/etc/espelho.toml")
    assert find_file(None) == Path("/etc/espelho.toml")
    assert find_file("here.toml") == tmp_path / "here.toml"


def test_an_override_is_laid_on_the_preset_table_by_table():
    under = preset("omni")

    result = merged(under, {"stream": {"page": {"size": 5}}, "auth": {"kind": "basic"}})

    assert result["stream"]["page"] == under["stream"]["page"] | {"size": 5}
    assert result["stream"]["since"] == under["stream"]["since"]
    assert result["auth"] == {"kind": "basic", "put": under["auth"]["put"]}
    assert under == preset("omni")


@pytest.mark.parametrize("name", ["sap", "../presets/omni", "", "/etc/passwd"])
def test_there_is_no_preset_but_those_that_come_along(name: str):
    with pytest.raises(BadSettings, match=r"there are: .*omni"):
        preset(name)


def test_the_area_code_of_the_shop_is_that_of_every_source_that_names_none(file: Path):
    token = 'secrets.token = { env = "TOKEN" }\n'
    of_its_own = SOURCE.replace("loja", "filial") + token + "default_ddd = '21'\n"
    settings = _loaded(file, SOURCE + token + of_its_own + "[web]\ndefault_ddd = '11'\n")

    create_key(settings.key_file)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TOKEN", "x")
        prints = [source_of(settings, settings.source(n)).fingerprint for n in ("loja", "filial")]
        without = _loaded(file, SOURCE + token)
        bare = source_of(without, without.source("loja")).fingerprint
        same = _loaded(file, SOURCE + token + "default_ddd = '11'\n")
        assert source_of(same, same.source("loja")).fingerprint == prints[0]
    assert len({*prints, bare}) == 3  # who reads by another area code reads everybody anew
