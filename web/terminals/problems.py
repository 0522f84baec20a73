"""What a terminal is told when something cannot be done: problem+json (RFC 9457).

``code`` and ``title`` are English, for programs and their authors; ``detail`` is pt-BR, for the
person at the till. None of them repeats what was sent.
"""

import msgspec
from flask import Response
from werkzeug.exceptions import HTTPException

from web.look import words
from web.look.formats import age

PROBLEMS = {
    "bad-request": (400, "The request is malformed", "O pedido do terminal veio malformado."),
    "body-not-json": (400, "The body is not JSON", "O corpo do pedido não é JSON válido."),
    "unauthorized": (
        401,
        "A device token is required",
        "Este terminal não está autorizado. Peça à administração um novo acesso.",
    ),
    "token-expired": (
        401,
        "The device token has expired",
        "O acesso deste terminal venceu. Peça à administração um novo. A venda pode seguir sem a "
        "consulta.",
    ),
    "locked": (
        403,
        "This device was locked for guessing; an operator can release it",
        "Este terminal foi bloqueado: muitas consultas não acharam ninguém. Avise a administração. "
        "A venda pode seguir sem a consulta.",
    ),
    "not-found": (404, "There is nothing here", "Este endereço da API não existe."),
    "no-listing": (
        404,
        "Customers are looked up by POST /api/v1/lookup",
        "Dados de clientes não vão em endereços: consulte por POST /api/v1/lookup.",
    ),
    "method-not-allowed": (405, "This is asked by another method", "Método não aceito aqui."),
    "read-only": (
        405,
        "This mirror is read-only",
        "O Espelho é somente leitura: clientes são incluídos, alterados e excluídos no sistema "
        "de origem e chegam aqui sozinhos.",
    ),
    "body-too-large": (413, "The body is too large", "O corpo do pedido passa de 4 KB."),
    "content-type": (
        415,
        "The body must be application/json",
        "Envie o corpo como application/json.",
    ),
    "one-key": (
        422,
        "Send an object with exactly one of document, phone, email, code, as text",
        "Envie um objeto com um só campo de texto: document, phone, email ou code.",
    ),
    "too-many-lookups": (
        429,
        "This device looks up too often",
        "Muitas consultas deste terminal. Tente de novo em {wait}; a venda pode seguir sem a "
        "consulta.",
    ),
    "internal-error": (
        500,
        "The program failed",
        "Algo deu errado do nosso lado. A venda pode seguir sem a consulta.",
    ),
    "unavailable": (
        503,
        "The mirror or its audit journal is unavailable",
        "A consulta está indisponível no momento. A venda pode seguir sem ela.",
    ),
}
"""Status, title and detail by code; codes of `mirror.identifiers` come on top, as 422."""

_DETAILS = {
    "nothing_understood": "Isto não é um documento, telefone, e-mail ou código. Confira com o "
    "cliente e digite de novo.",
    "too_long": "Texto longo demais para um documento, telefone, e-mail ou código.",
}
"""What is said otherwise than on a page: here nobody is asked for by name."""
_DETAIL_OTHER = "Não foi possível ler este dado. Confira com o cliente e digite de novo."
_SAID_HERE = ("cpf_check_digits", "cnpj_check_digits", "email_invalid", "phone_area_code")
_BY_STATUS = {404: "not-found", 405: "method-not-allowed", 413: "body-too-large"}


class Problem(Exception):
    """A refusal with its code; ``members`` are added to the answer, ``headers`` to its head."""

    def __init__(self, code: str, *, headers: dict[str, str] | None = None, **members: str) -> None:
        super().__init__(code)
        self.code = code
        self.headers = headers or {}
        self.members = members


def answer(problem: Problem) -> Response:
    """The problem as an HTTP answer."""
    status, title, detail = PROBLEMS.get(problem.code) or _not_understood(problem.code)
    body = {
        "type": f"urn:espelho:problem:{problem.code}",
        "title": title,
        "status": status,
        "detail": detail.format(wait=age(int(problem.headers.get("Retry-After", 0)))),
        "code": problem.code,
        **problem.members,
    }
    return Response(
        msgspec.json.encode(body), status, problem.headers, mimetype="application/problem+json"
    )


def answer_http(error: HTTPException) -> Response:
    """A refusal of the framework's, in the same shape."""
    status = error.code or 500
    other = "bad-request" if status < 500 else "internal-error"
    return answer(Problem(_BY_STATUS.get(status, other)))


def _not_understood(code: str) -> tuple[int, str, str]:
    title = "The term cannot be understood as what it was sent as"
    said = words.PROBLEMS[code] if code in _SAID_HERE else _DETAILS.get(code, _DETAIL_OTHER)
    return 422, title, said
