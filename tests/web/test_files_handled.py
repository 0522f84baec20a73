"""A database whose file was handled under the running pages: nothing of it is shown, in words."""

from pathlib import Path

import pytest

from tests.fakes.clientele import DEUZENIR
from tests.fakes.shopfront import Shopfront
from web.terminals import devices


@pytest.mark.parametrize("name", ["mirror", "ledger"])
def test_pages_say_which_file_and_show_nothing(shop: Shopfront, data_dir: Path, name: str):
    client = shop.signed_in()
    page = f"/clientes/{shop.id_of(DEUZENIR)}"
    assert client.get(page).status_code == 200

    (data_dir / f"{name}.db").unlink()

    answer = client.get(page)
    assert answer.status_code == 503
    assert {"mirror": "cópia dos clientes", "ledger": "registro de acessos"}[name] in answer.text
    assert "Deuzenir" not in answer.text


@pytest.mark.parametrize("name", ["mirror", "ledger"])
def test_terminals_get_a_problem(shop: Shopfront, data_dir: Path, name: str):
    token = devices.add(shop.ledger, "caixa 1", "Centro")
    ask = {
        "json": {"code": DEUZENIR.external_id},
        "headers": {"Authorization": f"Bearer {token}"},
    }
    client = shop.app.test_client()
    assert client.post("/api/v1/lookup", **ask).status_code == 200  # type: ignore[arg-type]

    (data_dir / f"{name}.db").unlink()

    answer = client.post("/api/v1/lookup", **ask)  # type: ignore[arg-type]
    assert (answer.status_code, answer.mimetype) == (503, "application/problem+json")
    assert answer.get_json()["code"] == "unavailable"
