"""Tiny (Olist) by both of its APIs: errors under HTTP 200 in the old one, offsets in the new."""

from typing import Any

from tests.fakes.presets_erp import CPF, Call, Erp, Granted, Reply, Row, local

V2_FORMAT, V3_FORMAT = "%d/%m/%Y %H:%M:%S", "%Y-%m-%d %H:%M:%S"
TOKEN = "7" * 40


class TinyV2(Erp):
    """API 2.0: one POST, the token among its parameters."""

    preset = "tiny-v2"
    below = "/api2"
    secrets = {"token": TOKEN}  # noqa: RUF012 - read only
    reads = ("POST /api2/contatos.pesquisa.php",)
    allows = ((60, 20),)
    idle = 1

    def refusal(self, call: Call) -> Reply | None:
        return None if call.body.get("token") == TOKEN else wrong("2", "token invalido")

    def answer(self, call: Call) -> Reply:
        asked = call.body
        if asked.get("formato") != "json" or "pesquisa" not in asked:
            return wrong("10", "parametro nao informado")
        rows = self.since(asked.get("dataMinimaAtualizacao"), V2_FORMAT)
        page, pages = int(asked["pagina"]), -(-len(rows) // 100)
        if not rows:
            return wrong("20", "A Consulta não retornou registros")
        if page > pages:
            return wrong("23", "A página que você está tentando obter não existe")
        shown = rows[(page - 1) * 100 : page * 100]
        contacts = [{"contato": v2(row)} for row in shown]
        told = {"status_processamento": "3", "status": "OK", "pagina": page}
        return Reply({"retorno": told | {"numero_paginas": pages, "contatos": contacts}})


class TinyV3(Granted):
    """API v3: offsets, a total, tokens from another address."""

    preset = "tiny-v3"
    below = "/public-api/v3"
    reads = (r"GET /public-api/v3/contatos(/\d+)?",)
    allows = ((60, 60),)
    idle = 1

    def answer(self, call: Call) -> Reply:
        rows = self.since(call.query.get("dataAtualizacao"), V3_FORMAT)
        offset, limit = int(call.query["offset"]), int(call.query["limit"])
        shown = [v3(row) for row in rows[offset : offset + limit]]
        paging = {"limit": limit, "offset": offset, "total": len(rows)}
        return Reply({"itens": shown, "paginacao": paging})


def wrong(code: str, words: str) -> Reply:
    """An error, under HTTP 200."""
    told = {"status_processamento": "1", "status": "Erro", "codigo_erro": code}
    return Reply({"retorno": told | {"erros": [{"erro": words}]}})


def v2(row: Row) -> dict[str, Any]:
    """A contact of the old API."""
    return {
        "id": str(row.number),
        "codigo": "",
        "nome": f"Cliente {row.number}",
        "fantasia": "",
        "tipo_pessoa": "F",
        "cpf_cnpj": "529.982.247-25",
        "endereco": "Rua das Acácias",
        "numero": "12",
        "complemento": "",
        "bairro": "Centro",
        "cep": "95.700-000",
        "cidade": "Bento Gonçalves",
        "uf": "RS",
        "email": f"cliente{row.number}@exemplo.com.br",
        "fone": "(54) 99999-8888",
        "nome_vendedor": "Vendedora Um",
        "situacao": "Excluido" if row.deleted else "Ativo",
        "data_criacao": "03/05/2023 23:10:00",
    } | row.said


def v3(row: Row) -> dict[str, Any]:
    """A contact of the new API."""
    address = {"endereco": "Rua das Acácias", "numero": "12", "bairro": "Centro", "uf": "RS"}
    return {
        "id": row.number,
        "nome": f"Cliente {row.number}",
        "codigo": None,
        "fantasia": None,
        "tipoPessoa": "F",
        "cpfCnpj": CPF,
        "telefone": "(54) 3333-8888",
        "celular": "(54) 99999-8888",
        "email": f"cliente{row.number}@exemplo.com.br",
        "endereco": address | {"municipio": "Bento Gonçalves", "cep": "95700000"},
        "vendedor": {"id": 1, "nome": "Vendedora Um"},
        "situacao": "E" if row.deleted else "B",
        "dataCriacao": "2023-05-03 23:10:00",
        "dataAtualizacao": local(row.changed, V3_FORMAT),
    } | row.said
