"""The wheel is the whole program: it runs from an empty directory, far from any checkout."""

import re
import signal
import subprocess
import sys
import sysconfig
import urllib.request
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.faults.processes import alive, answering_at, descendants, free_port, wait_until
from tests.shape.reading_code import ROOMS, ROOT


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built by the backend that is installed here, so that nothing is fetched."""
    place = tmp_path_factory.mktemp("wheel")
    build = (sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", place, ROOT)
    subprocess.run(build, check=True, capture_output=True)
    (made,) = place.iterdir()
    return made


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of a fresh environment: the wheel, and the packages that are installed here."""
    place = tmp_path_factory.mktemp("environment")
    subprocess.run((sys.executable, "-m", "venv", "--without-pip", place), check=True)
    python = place / "bin" / "python"
    install = ("install", "--quiet", "--no-deps", "--no-index", "--no-compile", wheel)
    subprocess.run((sys.executable, "-m", "pip", "--python", python, *install), check=True)
    (packages,) = place.glob("lib/python*/site-packages")
    # A plain path: files there that lead on, as an installation in place has, lead nowhere.
    (packages / "others.pth").write_text(sysconfig.get_path("purelib"))
    return python.parent


@pytest.fixture
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty directory to stand in, and no way to the checkout."""
    for name in ("PYTHONPATH", "PYTHONDONTWRITEBYTECODE", "ESPELHO_CONFIG"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    return tmp_path / "empty"


def _run(program: Path, *arguments: str) -> str:
    return subprocess.run(
        (program, *arguments), check=True, capture_output=True, text=True, timeout=60
    ).stdout


def _read(url: str) -> str:
    with urllib.request.urlopen(url, timeout=10) as answer:
        return str(answer.read(), "utf-8")


def test_every_file_of_the_program_is_in_the_wheel(wheel: Path):
    ours = {
        file.relative_to(ROOT).as_posix()
        for room in ROOMS
        for file in (ROOT / room).rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }

    inside = {name for name in ZipFile(wheel).namelist() if ".dist-info/" not in name}

    assert inside == ours
    assert any(name.endswith(".html") for name in inside)
    assert any(name.endswith(".toml") for name in inside)


def test_it_begins_an_installation_where_there_is_no_checkout(installed: Path, nowhere: Path):
    parts = f"import {', '.join(ROOMS)}; print(*[one.__file__ for one in ({', '.join(ROOMS)})])"
    for file in _run(installed / "python", "-c", parts).split():
        assert Path(file).is_relative_to(installed.parent)

    assert "demo" in _run(installed / "espelho", "--help")
    assert "omni" in _run(installed / "espelho", "source", "list")
    _run(installed / "espelho", "init")

    assert {file.name for file in nowhere.iterdir()} == {"data", "espelho.key", "espelho.toml"}


def test_its_demo_shows_pages_and_leaves_nobody_behind(installed: Path, nowhere: Path):
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    ports = ("--port", str(port), "--master-port", str(free_port()))
    command = (installed / "espelho", "demo", *ports, "--customers", "50")
    with (nowhere.parent / "log").open("w") as log:
        demo = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        wait_until(lambda: answering_at(f"{url}/saude"), demo)
        page = _read(f"{url}/entrar")
        styles = [_read(url + link) for link in re.findall(r'/estatico/[^"]+\.css', page)]
        family = descendants(demo.pid)
    finally:
        demo.send_signal(signal.SIGINT)
        code = demo.wait(30)

    assert code == 0
    assert "Senha" in page
    assert styles
    assert "" not in styles
    assert len(family) >= 4  # the sandbox, the connector, the web and its workers
    assert alive(family) == set()
    assert [file.name for file in nowhere.iterdir()] == [".demo"]
