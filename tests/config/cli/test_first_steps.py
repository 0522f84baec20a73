"""What the README promises a newcomer: the two commands in sight, and the smallest installation."""

import re
from pathlib import Path

import pytest

from config.settings import load
from tests.faults.installation import Installation
from tests.faults.refusing import refused
from tests.faults.scripted import Script, page

ROOT = Path(__file__).parents[3]
README = (ROOT / "README.md").read_text("utf-8")
OWN = README.partition("## With your own master")[2].partition("\n## ")[0]
SMALLEST = re.findall(r"(?ms)^```toml\n(.*?)^```", OWN)


def test_the_first_screen_shows_both_commands_and_what_comes_of_them():
    screen = "\n".join(README.splitlines()[:18])

    for seen in ("make demo", "make test", "<img src="):
        assert seen in screen


def test_the_ports_of_the_demo_are_named_as_the_makefile_reads_them():
    named = re.search(r"`make demo (\w+)=\d+ (\w+)=\d+`", README)

    assert named
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for variable in named.groups():
        assert re.search(rf"(?m)^{variable} \?= \d+$", makefile)


def test_the_steps_are_in_the_order_in_which_they_work():
    steps = ("espelho init", "[sources.loja]", "espelho check loja", "espelho sync\n",
             "espelho user add", "espelho serve")  # fmt: skip
    places = [re.sub(" +#.*", "", OWN).index(step) for step in steps]

    assert places == sorted(places)


def test_the_smallest_master_goes_below_what_init_wrote(tmp_path: Path, master: Script):
    people = master.answer
    master.answer = lambda target: people(target) if "customers" in target else page()
    made = Installation(tmp_path)
    made.must("init")
    assert "There is no source" in refused(made, "check", "loja", code=3)
    (smallest,) = SMALLEST
    made.file.write_text(
        made.file.read_text() + smallest.replace("https://master.example", master.url)
    )
    (tmp_path / "loja.token").write_text("sesame")

    assert [source.name for source in load(made.file).sources] == ["loja"]
    assert "the master answers; 3 customers" in made.must("check", "loja")
    assert "3 new" in made.must("sync")


@pytest.mark.parametrize("line", ["proxy_request_buffering on;", "request_buffers 16KB"])
def test_both_proxies_of_the_manual_take_requests_in_whole(line: str):
    manual = (ROOT / "docs/operating.md").read_text("utf-8")

    assert re.search(rf"(?m)^ +{line}", manual)
