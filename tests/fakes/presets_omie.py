"""An Omie account: a POST with the key in its body, faults for what is asked twice a minute."""

import json
import math
from typing import Any

from tests.fakes.presets_erp import Call, Erp, Reply, Row, local

SECRETS = {"app_key": "1234567890", "app_secret": "a" * 32}


class Omie(Erp):
    """The account."""

    preset = "omie"
    secrets = SECRETS
    reads = ("POST /api/v1/geral/clientes/",)
    allows = ((60, 240),)
    silent = True
    idle = 1

    def __init__(self, *of_master: Any) -> None:
        super().__init__(*of_master)
        self.last: dict[str, float] = {}
        self.redundant = 0

    def refusal(self, call: Call) -> Reply | None:
        if {name: call.body.get(name) for name in SECRETS} == SECRETS:
            return None
        return fault("SOAP-ENV:Client-4", "A chave de acesso não está preenchida ou não é válida.")

    def answer(self, call: Call) -> Reply:
        said = json.dumps(call.body, sort_keys=True)
        left = self.last.get(said, -60.0) + 60 - call.at
        if left > 0:
            self.redundant += 1
            words = f"Consumo redundante detectado. Aguarde {math.ceil(left)} segundos"
            return fault("SOAP-ENV:Client-6", f"ERROR: {words} para tentar novamente (REDUNDANT).")
        self.last[said] = call.at
        (asked,) = call.body["param"]
        if call.body["call"] != "ListarClientes" or asked["registros_por_pagina"] > 500:
            return fault("SOAP-ENV:Client-71", "Tag [PARAM] inválida.")
        return self.listed(asked)

    def listed(self, asked: dict[str, Any]) -> Reply:
        """A page of customers, oldest number first."""
        day, hour = asked.get("filtrar_por_data_de"), asked.get("filtrar_por_hora_de")
        rows = self.since(day and f"{day} {hour}", "%d/%m/%Y %H:%M:%S")
        page, size = asked["pagina"], asked["registros_por_pagina"]
        shown = [record(row) for row in rows[(page - 1) * size : page * size]]
        if not shown:
            return fault("SOAP-ENV:Client-5113", "ERROR: Não existem registros para a página!")
        pages = -(-len(rows) // size)
        told = {"pagina": page, "total_de_paginas": pages, "total_de_registros": len(rows)}
        return Reply(told | {"clientes_cadastro": shown})


def fault(code: str, words: str) -> Reply:
    """A fault, as its gateway tells them."""
    return Reply({"faultcode": code, "faultstring": words}, 500)


def record(row: Row) -> dict[str, Any]:
    """A customer."""
    changed = {"dAlt": local(row.changed, "%d/%m/%Y"), "hAlt": local(row.changed, "%H:%M:%S")}
    return {
        "codigo_cliente_omie": row.number,
        "razao_social": f"Cliente {row.number}",
        "nome_fantasia": f"Cliente {row.number}",
        "cnpj_cpf": "529.982.247-25",
        "pessoa_fisica": "S",
        "inativo": "N",
        "email": f"cliente{row.number}@exemplo.com.br",
        "telefone1_ddd": "054",
        "telefone1_numero": "99999-8888",
        "endereco": "RUA DAS ACACIAS",
        "endereco_numero": "12",
        "bairro": "CENTRO",
        "cidade": "BENTO GONCALVES (RS)",
        "estado": "RS",
        "cep": "95700000",
        "tags": [{"tag": "Cliente"}],
        "info": {"dInc": "03/05/2023", "hInc": "23:10:00"} | changed,
    } | row.said
