"""What a person is told when something cannot be done: what happened, and what to do."""

import logging

from flask import Flask, g, jsonify, make_response, render_template, request
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as Answer

from mirror.ledger.guard import Locked
from mirror.ledger.journal import AuditUnavailable, BudgetSpent
from mirror.store.faults import Replaced, fault_of
from web.look.formats import age
from web.shop import allowed

_SPENT = (
    "Você chegou ao limite de consultas e nada foi mostrado. A próxima libera em {wait}; se for "
    "urgente, fale com a supervisão."
)
_LOCKED = (
    "Suas consultas foram bloqueadas: muitas buscas seguidas não acharam ninguém. Fale com quem "
    "cuida da instalação, que pode liberar."
)
_UNREADABLE = (
    "A cópia dos clientes não pôde ser lida agora. Tente de novo em instantes; se continuar, "
    "avise o suporte."
)
_REPLACED = {
    "mirror": "O arquivo da cópia dos clientes foi trocado, apagado ou danificado com o sistema no "
    "ar, e nada dele é mostrado até ser refeito. Avise o suporte: a cópia é refeita a partir do "
    "sistema de origem.",
    "ledger": "O arquivo do registro de acessos foi trocado, apagado ou danificado com o sistema "
    "no ar. Sem registro, nenhum dado é mostrado. Avise o suporte: é preciso restaurar o registro.",
}
CAUSES = {
    "disk_full": "O disco do servidor está cheio.",
    "read_only": "O disco do servidor está protegido contra gravação.",
    "forbidden": "O sistema perdeu a permissão de usar os próprios arquivos.",
    "locked": "Outro programa está com os arquivos do sistema e não os liberou a tempo.",
    "missing": "Um arquivo do sistema não está mais no lugar.",
    "unopened": "Um arquivo do sistema não pôde ser aberto.",
    "too_many_files": "O sistema tem arquivos demais abertos.",
    "out_of_memory": "Falta memória no servidor.",
    "io": "O disco do servidor acusou um erro.",
    "damaged": "Um arquivo do sistema está danificado.",
    "unreachable": "O servidor do banco de dados não responde.",
    "too_many_links": "O servidor do banco de dados não aceita mais conexões.",
    "too_slow": "O banco de dados demorou demais e interrompeu o pedido.",
    "deadlock": "O banco de dados desfez o pedido por causa de outro. Tente de novo.",
    "standby": "O servidor do banco de dados está só para leitura.",
    "not_let_in": "O servidor do banco de dados não deixa o sistema entrar.",
    "not_there": "O banco de dados ainda não foi criado.",
    "not_permitted": "O banco de dados não permite isto a este usuário.",
    "no_tls": "A conexão segura com o banco de dados falhou.",
}
"""What the machine did (`mirror.store.faults`), in a sentence for whoever calls the support."""
SERVERS = {
    "unreachable": "O servidor está no ar (pg_isready), e a rede leva até ele?",
    "too_many_links": "Aumente max_connections no servidor, ou diminua web.workers.",
    "too_slow": "O servidor está sobrecarregado, ou outra sessão segura linhas (pg_stat_activity)?",
    "deadlock": "Só o Espelho deve gravar ali; de resto, basta tentar de novo.",
    "standby": "Aponte o primário nas configurações, ou promova este (pg_ctl promote).",
    "not_let_in": "Confira usuário, senha e pg_hba.conf; `espelho init --admin` cria os papéis.",
    "not_there": "`espelho init --admin` cria o banco.",
    "not_permitted": "`espelho init --admin` dá a cada papel o que ele precisa.",
    "no_tls": "O certificado do servidor vale para o nome no endereço? Veja sslrootcert.",
}
"""What to make of what a server did, for whoever looks after it."""
_OPERATOR = "Em Operação está o que fazer."
_log = logging.getLogger(__name__)

SENTENCES = {
    400: (
        "Pedido incompleto",
        "O navegador enviou algo que não entendemos. Volte e tente de novo.",
    ),
    401: ("Sessão encerrada", "Entre de novo para continuar."),
    403: (
        "Sem permissão",
        "Seu perfil não permite esta ação. Se precisar dela, fale com a supervisão da loja.",
    ),
    404: (
        "Página não encontrada",
        "Este endereço não existe aqui. Use a busca ou volte à lista de clientes.",
    ),
    405: (
        "Aqui só se consulta",
        "O Espelho é somente leitura: cadastros são alterados no sistema de origem e chegam "
        "aqui sozinhos.",
    ),
    413: ("Pedido grande demais", "O texto enviado não cabe numa busca. Digite só um dado."),
    429: ("Limite atingido", "Aguarde alguns minutos e tente de novo."),
    500: (
        "Algo deu errado do nosso lado",
        "O erro foi registrado, sem dados de clientes. Tente de novo; se continuar, avise o "
        "suporte.",
    ),
    503: (
        "Indisponível no momento",
        "Não foi possível registrar esta consulta e, sem registro, nenhum dado é mostrado. "
        "Tente de novo em instantes; se continuar, avise o suporte.",
    ),
}
"""Title and sentence by status; whoever refuses may give a better sentence."""


def register(app: Flask) -> None:
    """Answer every failure with a page, or with JSON where the page's script asked."""
    app.register_error_handler(HTTPException, refused)
    app.register_error_handler(BudgetSpent, spent)
    app.register_error_handler(Locked, lambda _: answer(403, _LOCKED))
    app.register_error_handler(AuditUnavailable, unrecorded)
    app.register_error_handler(SQLAlchemyError, unreadable)
    app.register_error_handler(Replaced, replaced)
    app.register_error_handler(Exception, failed)


def wants_json() -> bool:
    """Whether this request came from the page's script."""
    return request.accept_mimetypes.best == "application/json"


def refused(error: HTTPException) -> Answer:
    """A refusal the program decided on; redirects pass through."""
    if error.code is None or error.code < 400:
        return error.get_response()
    own = error.description if error.description != type(error).description else None
    said = answer(error.code, own)
    for name, value in error.get_headers(request.environ):
        if name in ("Allow", "Retry-After"):
            said.headers[name] = value
    return said


def spent(error: BudgetSpent) -> Answer:
    """A limit is used up; says when the next one is free."""
    said = answer(429, _SPENT.format(wait=age(error.retry_after_s)))
    said.headers["Retry-After"] = str(error.retry_after_s)
    return said


def unrecorded(error: AuditUnavailable) -> Answer:
    """A row that cannot be written, and why."""
    return answer(503, _with_cause(error, SENTENCES[503][1]))


def unreadable(error: SQLAlchemyError) -> Answer:
    """A database that does not answer: for staff the same as no service."""
    _log_place(error)
    return answer(503, _with_cause(error, _UNREADABLE))


def _with_cause(error: Exception, sentence: str) -> str:
    """The sentence behind its cause; whoever looks after the installation is told where to look."""
    fault, person = fault_of(error), g.get("person")
    cause = CAUSES.get(fault.code, "") if fault else ""
    operator = _OPERATOR if person and allowed(person.role, "operations") else ""
    return " ".join(filter(None, (cause, sentence, operator)))


def replaced(error: Replaced) -> Answer:
    """A file that was handled while it was open: nothing that it says may be shown."""
    _log.error("%s", error)  # names a file and what to do, never a value
    return answer(503, _REPLACED[error.name])


def failed(error: Exception) -> Answer:
    """A failure nobody expected: logged by type and place, never with the values it carries."""
    _log_place(error)
    return answer(500)


def _log_place(error: Exception) -> None:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else "nowhere"
    _log.error("%s at %s, on %s", type(error).__name__, place, request.endpoint)


def answer(code: int, own: str | None = None) -> Answer:
    """The page or JSON of one status code."""
    title, sentence = SENTENCES.get(code, SENTENCES[400 if code < 500 else 500])
    sentence = own or sentence
    if wants_json():
        body = jsonify(title=title, error=sentence)
    else:
        page = render_template("error.html", code=code, title=title, sentence=sentence)
        body = make_response(page)
    body.status_code = code
    return body
