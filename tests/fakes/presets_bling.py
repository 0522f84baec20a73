"""A Bling account: lists of a hundred without details, deleted contacts in a list of their own."""

from typing import Any

from connector.auth.oauth import basic
from tests.fakes.presets_erp import CPF, Call, Granted, Reply, Row

FORMAT = "%Y-%m-%d %H:%M:%S"
LISTED = ("id", "nome", "codigo", "situacao", "numeroDocumento", "telefone", "celular")


class Bling(Granted):
    """The account."""

    preset = "bling"
    below = "/Api/v3"
    reads = (r"GET /Api/v3/contatos", r"GET /Api/v3/contatos/\d+")
    allows = ((1, 3), (86_400, 120_000))
    basic = basic("id", "s3cret")
    idle = 2  # the changed, the deleted

    def answer(self, call: Call) -> Reply:
        if call.path != "/Api/v3/contatos":
            row = self.rows.get(int(call.path.rpartition("/")[2]))
            return Reply({"data": detail(row)}) if row else Reply({"error": {}}, 404)
        page, size = int(call.query["pagina"]), int(call.query["limite"])
        if size > 100:
            return Reply({"error": {"type": "VALIDATION_ERROR"}}, 400)
        wanted = call.query["criterio"] == "2"
        found = self.since(call.query.get("dataAlteracaoInicial"), FORMAT)
        rows = [detail(row) for row in found if row.deleted == wanted]
        shown = rows[(page - 1) * size : page * size]
        return Reply({"data": [{key: one[key] for key in LISTED} for one in shown]})


def detail(row: Row) -> dict[str, Any]:
    """Everything of a contact."""
    return {
        "id": row.number,
        "nome": f"Cliente {row.number}",
        "codigo": f"C{row.number}",
        "situacao": "E" if row.deleted else "A",
        "numeroDocumento": CPF,
        "telefone": "(54) 3333-8888",
        "celular": "(54) 99999-8888",
        "fantasia": "",
        "tipo": "F",
        "rg": "1234567",
        "ie": "",
        "email": f"cliente{row.number}@exemplo.com.br",
        "endereco": {
            "geral": {
                "endereco": "Rua das Acácias",
                "numero": "12",
                "bairro": "Centro",
                "municipio": "Bento Gonçalves",
                "uf": "RS",
                "cep": "95.700-000",
            }
        },
        "dadosAdicionais": {"dataNascimento": "1990-05-13", "sexo": "F"},
        "tiposContato": [{"id": 1, "descricao": "Cliente"}],
    } | row.said
