"""The manual's example of a master nobody knows: the answer it shows is read as it says."""

import json
import tomllib
from typing import Any

import pytest
from click.testing import CliRunner

from config.cli import main
from connector.http import RequestRefused
from tests.fakes.payloads import read, sent_by
from tests.shape.reading_code import ROOT, fenced

MANUAL = ROOT / "docs/masters.md"
(ANSWER,) = fenced(MANUAL, "json")
(FILE,) = fenced(MANUAL, "toml file")


def test_the_answer_of_the_example_is_read_field_by_field():
    (one,) = read(sent_by(tomllib.loads(FILE), {"page": json.loads(ANSWER)}))

    assert (one["external_id"], one["updated_at"]) == ("1042", "2026-11-28T13:11:12+00:00")
    assert (one["name"], one["kind"], one["registration"]) == ("Ana Silva", "PF", "blocked")
    assert one["documents"] == ["cpf 12345678909"]
    assert one["state_registration"] == "12.345.678-9"
    assert one["emails"] == ["ana@exemplo.com.br", "ana@loja.example"]
    assert one["phones"] == ["+5511988887777 mobile"]
    assert one["addresses"] == [
        {
            "street": "Rua das Acácias",
            "number": "12",
            "city": "Niterói",
            "state": "RJ",
            "postal_code": "24020000",
        }
    ]


def test_the_steps_of_the_example_work_as_they_stand(tmp_path: Any):
    settings = tmp_path / "espelho.toml"
    settings.write_text('data_dir = "data"\n', "utf-8")

    def run(*words: str) -> str:
        told = CliRunner().invoke(main, ["--config", str(settings), *words])
        assert told.exit_code == 0, told.output
        return told.output

    run("source", "new", "erp")
    (tmp_path / "erp.toml").write_text(FILE, "utf-8")
    (tmp_path / "page.json").write_text(ANSWER, "utf-8")
    told = run("source", "replay", "erp", str(tmp_path / "page.json"))

    assert "erp: 1 customers on 1 saved pages" in told
    assert "blocked 1" in told


def test_what_it_calls_a_failure_is_none_of_its_customers():
    failed = json.loads(ANSWER) | {"sucesso": False}
    with pytest.raises(RequestRefused, match="'sucesso' of its answer tells of a failure"):
        list(read(sent_by(tomllib.loads(FILE), {"page": failed})))
