"""The door: who may come in and out, whose password is asked again, who may reveal more."""

from flask import (
    Blueprint,
    Flask,
    abort,
    g,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from werkzeug.wrappers import Response as Answer

from mirror.ledger import journal
from mirror.ledger.guard import GRANTED
from mirror.ledger.journal import REFUSED, Actor
from web.accounts import session, staff
from web.accounts.staff import Crowded, Person, PersonProblem, Turnstile
from web.errors import wants_json
from web.security import with_boletos
from web.shop import (
    PasswordDue,
    account,
    actor,
    address_mark,
    allowance,
    allowed,
    entry,
    keep,
    permit,
    person,
    shop,
)

bp = Blueprint("login", __name__)

_REFUSED = (
    "Usuário ou senha não conferem. Depois de {free} tentativas erradas o acesso fica bloqueado "
    "por alguns minutos, mesmo com a senha certa: aguarde, ou peça uma nova à administração."
)
_CROWDED = (
    "Muita gente está entrando agora e sua senha não foi conferida. Tente de novo em {wait} s."
)
_CROWDED_S = 5
_WRONG = "A senha atual não confere, ou houve tentativas demais: aguarde alguns minutos."
_DIFFERENT = "As duas vezes da senha nova são diferentes. Digite de novo."
_WEAK = {
    "password_too_short": f"A senha nova precisa de ao menos {staff.SHORTEST_PASSWORD} caracteres.",
    "password_common": "Essa senha é fácil de adivinhar: é conhecida, uma sequência ou o seu "
    "usuário. Escolha outra.",
}
checking = Turnstile()
"""In front of every password check of this worker: strangers must not keep all its threads busy."""


_OVER = {
    "idle": "Sua sessão terminou: ficou 30 minutos sem uso.",
    "over": "Sua sessão terminou: nenhuma dura mais de 12 horas.",
    "password_set": "Sua sessão terminou porque sua senha foi trocada. Entre com a nova.",
    "role_changed": "Sua sessão terminou porque seu perfil de acesso mudou.",
    "person_disabled": "Seu acesso foi desativado. Fale com a administração da loja.",
    "restore": "Todas as sessões terminaram: o registro de acessos foi restaurado de uma cópia.",
}
"""Why somebody has to sign in again, by `session.Over.why`."""


@bp.get("/entrar")
def form() -> str:
    """The login page; to whom comes from a session it says why that is over."""
    return render_template(
        "login.html", after=_inside(request.args.get("para")), notice=_notice(_before())
    )


def held_search() -> Answer:
    """The login page of somebody whose session ended behind a search: what was typed goes along.

    It travels in bodies alone, as a search does, and nothing of it is left in the browser: the
    machine is one of a counter, and the next at it may be somebody else.
    """
    page = render_template("login.html", notice=_notice(_before()), search=_search())
    return make_response(page, 401)


def _search() -> dict[str, str]:
    sent = {name: request.form.get(name, "") for name in ("q", "filtros")}
    return {name: value for name, value in sent.items() if value}


def _before() -> session.Over | None:
    """The session that this browser comes from."""
    token = request.cookies.get(session.cookie_name())
    return session.over(shop().ledger, token) if token else None


def _notice(over: session.Over | None) -> str | None:
    return None if over is None else _OVER.get(over.why, _OVER["over"])


@bp.post("/entrar")
def enter() -> Answer:
    """Start a session; one sentence for wrong, unknown and locked alike."""
    name = request.form.get("login", "").strip()
    try:
        with checking.passage():
            password, address = request.form.get("password", ""), address_mark(shop().ledger)
            who = staff.authenticate(shop().ledger, name, password, address or "")
    except Crowded:
        return _crowded()
    if who is None:
        _record_refusal(name)
        return _refused(401, _REFUSED.format(free=staff.FREE_FAILURES))
    return _welcome(who)


def _welcome(who: staff.Person) -> Answer:
    token, before = session.new_token(), _before()
    journal.record(shop().ledger, _actor(who.login, token).did("login"))
    _end_session()  # the browser's old one, whosever it was
    answer: Answer = redirect(
        _inside(request.form.get("after")) or url_for("customers.listing"), 303
    )
    if (search := _search()) and before and before.login in (None, who.login):
        answer = make_response(render_template("continue.html", search=search))
    answer.set_cookie(
        session.cookie_name(),
        session.start(shop().ledger, who, token),
        path="/",
        secure=shop().settings.secure_cookies,
        httponly=True,
        samesite="Lax",
    )
    return answer


@bp.get("/senha")
def password() -> str:
    """The page on which somebody changes their own password."""
    return _password_page()


@bp.post("/senha")
def change() -> Answer:
    """Replace the password by a new one, end every session of the person and begin one here."""
    who, new = person(), request.form.get("password", "")
    try:
        right = _shows(request.form.get("current", ""))
    except Crowded:
        return make_response(_password_page(_CROWDED.format(wait=_CROWDED_S)), 429)
    if right is None:
        return make_response(_password_page(_WRONG), 422)
    if new != request.form.get("again", ""):
        return make_response(_password_page(_DIFFERENT), 422)
    try:
        staff.set_password(shop().ledger, who.login, new, actor())
    except PersonProblem as problem:
        return make_response(_password_page(_WEAK.get(problem.code, _WRONG)), 422)
    return _welcome(right)


def _shows(password: str) -> Person | None:
    """The person signed in, if that is their password; None, and a row of it, where it is not."""
    with checking.passage():
        address = address_mark(shop().ledger)
        right = staff.authenticate(shop().ledger, person().login, password, address or "")
    if right is None:
        _record_refusal(person().login)
    return right


def _password_page(problem: str | None = None) -> str:
    return render_template("password.html", problem=problem, shortest=staff.SHORTEST_PASSWORD)


@bp.post("/sair")
def leave() -> Answer:
    """End the session on the server and forget it in the browser."""
    if g.person is not None:
        journal.record(shop().ledger, entry("logout"))
    _end_session()
    answer = redirect(url_for("login.form"), 303)
    answer.delete_cookie(session.cookie_name(), path="/", secure=shop().settings.secure_cookies)
    return answer


def _end_session() -> None:
    if token := request.cookies.get(session.cookie_name()):
        session.end(shop().ledger, token)


def _record_refusal(name: str) -> None:
    # What else was typed there may be a password, or a customer's CPF: of it only a mark is kept.
    wanted = staff.canonical(name)
    known = any(one.login == wanted for one in staff.listing(shop().ledger))
    detail = None if known else f"mark={journal.mark(shop().ledger.keys, 'login', wanted)}"
    told = _actor(wanted if known else "?").did("login_refused", outcome=REFUSED, detail=detail)
    journal.record(shop().ledger, told)


def _actor(login: str, token: str | None = None) -> Actor:
    ledger = shop().ledger
    session = journal.mark(ledger.keys, "session", token) if token else None
    return Actor("staff", login, session, address_mark(ledger))


def _crowded() -> Answer:
    answer = _refused(429, _CROWDED.format(wait=_CROWDED_S))
    answer.headers["Retry-After"] = str(_CROWDED_S)
    return answer


def _refused(code: int, problem: str) -> Answer:
    page = render_template(
        "login.html",
        after=_inside(request.form.get("after")),
        problem=problem,
        search=_search(),
        login=request.form.get("login", ""),
    )
    return make_response(page, code)


def _inside(address: str | None) -> str | None:
    """The address if it is a path of this site; None for what a stranger could have put there."""
    if not address or not address.startswith("/") or address[1:2] in ("/", "\\"):
        return None
    return address if address.isprintable() else None


# The password asked again: after so many reveals an act comes back with it, in the field `confirm`.

_AGAIN = (
    "Para continuar, digite a sua senha: você já revelou {most} dados desde que entrou. Nada foi "
    "mostrado ainda."
)


def register(app: Flask) -> None:
    """Ask for the password where an act is stopped for it."""
    app.register_error_handler(PasswordDue, lambda _: _ask_again(None, 403))


def confirm() -> Answer | None:
    """Count reveals anew where the person's own password came along; 403 where it is wrong.

    The gate asks this before the act is judged.
    """
    try:
        if _shows(request.form["confirm"]) is None:
            return _ask_again(_WRONG, 403)
    except Crowded:
        return _ask_again(_CROWDED.format(wait=_CROWDED_S), 429)
    keep(revealed=0)
    return None


def _ask_again(problem: str | None, code: int) -> Answer:
    why = _AGAIN.format(most=shop().settings.reveals_per_password)
    if wants_json():
        answer: Answer = jsonify(title="Confirme a senha", error=problem or why, confirm=True)
    else:
        sent = [one for one in request.form.items(multi=True) if one[0] != "confirm"]
        page = render_template("confirm.html", problem=problem, why=why, sent=sent)
        answer = with_boletos(page) if request.path.endswith("/boleto") else make_response(page)
    answer.status_code = code
    return answer


# More reveals for an hour: asked for across the counter, granted by a supervisor, on record.

STEPS = (10, 20, 40)
"""How many more may be granted at once."""


@bp.get("/equipe")
def team() -> str:
    """What everybody may still reveal in this hour, and a way to let them reveal more."""
    permit(GRANTED)
    everybody = filter(_may_be_granted, staff.listing(shop().ledger))
    shares = [(one, allowance(one)) for one in everybody]
    return render_template("team.html", shares=shares, steps=STEPS)


@bp.post("/equipe")
def grant() -> Answer:
    """Let somebody reveal more for an hour; nobody themselves."""
    permit(GRANTED)
    wanted, more = request.form.get("login", ""), request.form.get("more", type=int)
    who = next((one for one in staff.listing(shop().ledger) if one.login == wanted), None)
    if who is None or not _may_be_granted(who) or more not in STEPS:
        abort(400, "Escolha alguém da equipe e quantas revelações a mais: não a si mesmo.")
    account(GRANTED, about=who.login, detail=f"more={more}")
    return redirect(url_for("login.team"), 303)


def _may_be_granted(who: Person) -> bool:
    return who.active and who.login != person().login and allowed(who.role, "reveal")
