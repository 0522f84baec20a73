"""Every page there is, in each state that looks otherwise: one table that tests of all pages go by.

A route or a template without a state here fails a test, and so does a state that shows another one.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from playwright.sync_api import Page

from mirror.records import (
    PAYMENT_STATES,
    Address,
    Contact,
    Customer,
    Dependent,
    Document,
    Loyalty,
    Payment,
    Phone,
)
from mirror.store.sealing import Keyring
from tests.fakes import dealings
from tests.fakes.clientele import BAD_CPF, COMPANY, CPF, DEUZENIR, HOSTILE, MEI
from tests.fakes.shopfront import PASSWORD, Shopfront
from tests.web.listed_shop import full_shop
from web.accounts import session
from web.accounts.staff import listing
from web.look.formats import today
from web.settings import Installed, SourceRules

UNBROKEN = "Wolfeschlegelsteinhausenbergerdorff"
LONG = msgspec.structs.replace(
    DEUZENIR,
    external_id="900777-ABCDEFGHIJKLMNOPQRSTUVWXYZ-abcdefghijklmnopqr",
    name=f"{UNBROKEN} Aparecida de Albuquerque Figueiredo e Mello",
    category=f"Clientes de {UNBROKEN}",
    registration="unknown",
    registration_received=f"Aguardando {UNBROKEN}",
    documents=(Document("cpf", "11144477735"),),
    emails=(f"ana@{UNBROKEN.lower()}.exemplo.com.br",),
    extras={UNBROKEN: f"https://{UNBROKEN}.exemplo/caminho/comprido"},
)
LONG_LABELS = Customer(
    external_id="C-900",
    version=1,
    name="Ana",
    category=f"Clientes {UNBROKEN * 2}",
    tags=(f"{UNBROKEN * 2}",),
    extras={"Tamanho": UNBROKEN * 2},
    standings={"conta_base": f"{UNBROKEN} {UNBROKEN}", "azata": UNBROKEN * 2},
)
LONG_TEXT = "Comprida" * 12
FULL = msgspec.structs.replace(
    DEUZENIR,
    extras={**DEUZENIR.extras, "Limite de crédito": "1234567.8"},
    loyalty=Loyalty(1_234_567, "Prata", "Ouro", 250, "Ativado"),
    dependents=tuple(Dependent(f"Dependente {one}", "Filha", date(2017, 5, 2)) for one in range(9)),
)
FIRM = msgspec.structs.replace(
    COMPANY,
    contacts=tuple(
        Contact(f"Ivo {one}", "Compras", f"ivo{one}@exemplo.com", Phone("+5521976540001", "mobile"))
        for one in range(9)
    ),
)
ALIKE = tuple(
    Customer(
        external_id=f"7000{number:02}",
        version=1,
        kind="PF",
        name=f"Tiago {('Moura', 'Mouras', 'Moura de Albuquerque e Figueiredo')[number % 3]}",
        registration=("active", "blocked", "deleted")[number % 3],
        phones=(Phone(f"+55119{70_000_000 + number}", "mobile"),),
        emails=(f"tiago.moura.{number}@exemplo.com.br",),
        addresses=(Address(city="São José do Rio Preto", state="SP"),),
        birth_date=date(1960 + number, 3, 14),
        documents=(Document("cpf", "39053344705"),) if number < 2 else (),
    )
    for number in range(30)
)
OF_ONE = "/clientes/<int:customer_id>"
NO_PAGES = frozenset({
    "/", "/clientes/busca", "/clientes/marca", f"{OF_ONE}/versao", "/estatico/<digest>/<name>",
    "/saude", "/health", "/ready", "/metrics", "/api/v1/freshness",
})  # fmt: skip
"""What answers by GET with no page of its own: leads elsewhere, or speaks to programs."""

Way = Callable[[Page, Shopfront], None]


class State(NamedTuple):
    """One page as somebody may meet it."""

    rule: str
    """Its route."""
    template: str
    way: str | Way
    """Its address, where ``{id}`` is Deuzenir and ``{firm}`` a company; or what is done."""
    who: str | None = "rui"
    """Who is signed in; None: nobody."""
    opened: str = ""
    """What is then clicked open."""


def posted(page: Page, address: str, **fields: str) -> None:
    """A form sent as by a browser without scripts."""
    page.goto("/configuracoes" if page.context.cookies() else "/frescor")
    with page.expect_navigation():
        page.evaluate(
            """([address, fields]) => {
              const form = Object.assign(document.createElement('form'),
                {method: 'post', action: address});
              for (const [name, value] of Object.entries(fields)) {
                form.append(Object.assign(document.createElement('input'), {name, value}));
              }
              document.body.append(form);
              form.submit();
            }""",
            [address, fields],
        )


def sought(term: str) -> Way:
    return lambda page, _: posted(page, "/clientes/busca", q=term)


def asked(page: Page, shop: Shopfront) -> None:
    sought("AB-77")(page, shop)
    page.get_by_role("button", name="Buscar na origem agora").click()
    page.get_by_text("a resposta chega em instantes").wait_for()


def unfolded_hits(page: Page, shop: Shopfront) -> None:
    sought("pessoa")(page, shop)
    unfolded(page.url)(page, shop)


def narrowed_to_nobody(page: Page, shop: Shopfront) -> None:
    sought("tiago moura")(page, shop)
    page.goto(f"{page.url}?tipo=PJ")


def sought_after_others(page: Page, shop: Shopfront) -> None:
    for whom in (FIRM, FULL, LONG):
        page.goto(f"/clientes/{shop.id_of(whom)}")
    sought("fulano inexistente")(page, shop)
    page.get_by_text("Vistos por você").click()


def recent(page: Page, shop: Shopfront) -> None:
    for whom in (FIRM, FULL, LONG):
        page.goto(f"/clientes/{shop.id_of(whom)}")
    page.goto("/clientes")
    page.get_by_text("Vistos por você").click()


def unfolded(address: str) -> Way:
    def way(page: Page, _: Shopfront) -> None:
        page.goto(address)
        page.evaluate("document.querySelectorAll('.unfold, .pick').forEach(one => one.open = true)")

    return way


def revealed(page: Page, shop: Shopfront) -> None:
    address = f"/clientes/{shop.id_of(FULL)}/revelar"
    posted(page, address, field="address-0", reason="nota")


def twice(page: Page, shop: Shopfront) -> None:
    """Once more than a password allows."""
    revealed(page, shop)
    revealed(page, shop)


def lit(page: Page, shop: Shopfront) -> None:
    page.goto(f"/clientes/{shop.id_of(FULL)}")
    page.get_by_role("button", name="Revelar CPF").click()
    page.get_by_role("dialog").get_by_role("button", name="Atendimento").click()
    page.locator(".veil-lit").first.wait_for()


def question(page: Page, shop: Shopfront) -> None:
    page.goto(f"/clientes/{shop.id_of(FULL)}")
    page.get_by_role("button", name="Revelar CPF").click()
    page.get_by_role("dialog").wait_for()


def mistaken(page: Page, _: Shopfront) -> None:
    posted(page, "/entrar", login="ana", password="errada demais")


def over(page: Page, shop: Shopfront) -> None:
    """A search behind a session that somebody ended."""
    page.goto("/clientes")
    with shop.ledger.writing() as connection:
        connection.exec_driver_sql("UPDATE session SET ended = 'password_set'")
    page.fill("#q", CPF)
    page.press("#q", "Enter")
    page.locator("#login").wait_for()


def goes_on(page: Page, shop: Shopfront) -> None:
    """The page between the door and the search, which a script leaves at once."""
    over(page, shop)
    page.route("**/clientes/busca", lambda route: route.fulfill(status=204))
    page.fill("#login", "rui")
    page.fill("#password", PASSWORD)
    page.press("#password", "Enter")
    page.get_by_role("heading", name="Pronto").wait_for()


def checked(page: Page, _: Shopfront) -> None:
    page.goto("/auditoria")
    page.get_by_role("button", name="Conferir se está inteira").click()
    page.get_by_text("Inteira:").wait_for()


def granted(page: Page, _: Shopfront) -> None:
    posted(page, "/equipe", login="ana", more="10")


LIST, PAGE, RESULTS = "customers/list.html", "customers/page.html", "customers/results.html"
BUSCA = "/clientes/busca/<ticket>"
STATES: dict[str, State] = {
    "the door": State("/entrar", "login.html", "/entrar", None),
    "a mistake at the door": State("/entrar", "login.html", mistaken, None),
    "a session that is over": State("/entrar", "login.html", over),
    "the search goes on": State("/entrar", "continue.html", goes_on),
    "how old, outside": State("/frescor", "freshness.html", "/frescor", None),
    "how old": State("/frescor", "freshness.html", "/frescor", "eva"),
    "the list": State("/clientes", LIST, "/clientes", "ana"),
    "its filters": State("/clientes", LIST, "/clientes", opened=".pick > summary"),
    "all its filters": State("/clientes", LIST, unfolded("/clientes?tipo=todos")),
    "a row's menu": State("/clientes", LIST, "/clientes", opened=".acts-menu > summary"),
    "the menu": State("/clientes", LIST, "/clientes", "eva", opened=".bar .menu > summary"),
    "recent ones": State("/clientes", LIST, recent),
    "all kinds": State("/clientes", LIST, "/clientes?tipo=todos"),
    "filtered": State("/clientes", LIST, "/clientes?tipo=PF&status=bloqueado&incompletos=sim"),
    "nobody listed": State("/clientes", LIST, "/clientes?categoria=nenhuma"),
    "hits": State(BUSCA, RESULTS, sought("tiago moura")),
    "hits cut short": State(BUSCA, RESULTS, sought("tiago moura rio preto")),
    "hits narrowed to nobody": State(BUSCA, RESULTS, narrowed_to_nobody),
    "hits unfolded": State(BUSCA, RESULTS, unfolded_hits),
    "no hit": State(BUSCA, RESULTS, sought("fulano inexistente")),
    "a wrong digit": State(BUSCA, RESULTS, sought("529.982.247-26")),
    "a code to ask for": State(BUSCA, RESULTS, sought("AB-78"), "ana"),
    "a code asked for": State(BUSCA, RESULTS, asked),
    "no hit, and recent ones": State(BUSCA, RESULTS, sought_after_others),
    "a person": State(OF_ONE, PAGE, "/clientes/{id}"),
    "a company": State(OF_ONE, PAGE, "/clientes/{firm}", "ana"),
    "a long name": State(OF_ONE, PAGE, "/clientes/{long}"),
    "somebody hostile": State(OF_ONE, PAGE, "/clientes/{hostile}"),
    "with a wrong document": State(OF_ONE, PAGE, "/clientes/{bad}"),
    "a value lit": State(OF_ONE, PAGE, lit),
    "the question of the eye": State(OF_ONE, PAGE, question),
    "a value without scripts": State(OF_ONE, "customers/revealed.html", revealed),
    "the password again": State(OF_ONE, "confirm.html", twice),
    "contacts": State(
        f"{OF_ONE}/contatos", "customers/contacts_tab.html", "/clientes/{firm}/contatos"
    ),
    "dependents": State(
        f"{OF_ONE}/dependentes", "customers/dependents_tab.html", "/clientes/{id}/dependentes"
    ),
    "who saw": State(f"{OF_ONE}/acessos", "customers/seen_tab.html", "/clientes/{id}/acessos"),
    "standings": State(
        f"{OF_ONE}/relacionamento", "activity/history.html", "/clientes/{id}/relacionamento", "ana"
    ),
    "orders": State(f"{OF_ONE}/pedidos", "activity/orders.html", "/clientes/{id}/pedidos"),
    "an order": State(
        f"{OF_ONE}/pedidos/<int:order_id>", "activity/order.html", "/clientes/{id}/pedidos/{order}"
    ),
    "payments": State(
        f"{OF_ONE}/pagamentos", "activity/payments.html", "/clientes/{id}/pagamentos"
    ),
    "a payment": State(
        f"{OF_ONE}/pagamentos/<int:payment_id>",
        "activity/payments.html",
        "/clientes/{id}/pagamentos/{payment}",
    ),
    "deals": State(f"{OF_ONE}/negocios", "activity/deals.html", "/clientes/{id}/negocios"),
    "a deal": State(
        f"{OF_ONE}/negocios/<int:deal_id>", "activity/deals.html", "/clientes/{id}/negocios/{deal}"
    ),
    "visits": State(f"{OF_ONE}/visitas", "activity/visits.html", "/clientes/{id}/visitas"),
    "no orders": State(f"{OF_ONE}/pedidos", "activity/orders.html", "/clientes/{firm}/pedidos"),
    "categories": State("/categorias", "customers/labels.html", "/categorias"),
    "groups": State("/grupos", "customers/labels.html", "/grupos"),
    "tags": State("/etiquetas", "customers/labels.html", "/etiquetas"),
    "sellers": State("/vendedores", "customers/labels.html", "/vendedores"),
    "profiles": State("/perfis", "customers/labels.html", "/perfis"),
    "a field's values": State(
        "/campos/<path:label>", "customers/labels.html", "/campos/Tamanho", "ana"
    ),
    "charges": State("/cobrancas", "charges/list.html", "/cobrancas", "ana"),
    "charges overdue": State(
        "/cobrancas", "charges/list.html", "/cobrancas?situacao=em-atraso&por=emissao"
    ),
    "no charges": State("/cobrancas", "charges/list.html", "/cobrancas?mes=2020-01"),
    "a month": State("/assistente", "months/overview.html", "/assistente"),
    "differences": State("/divergencias", "customers/differences.html", "/divergencias"),
    "settings": State("/configuracoes", "settings.html", "/configuracoes", "ana"),
    "rules": State("/configuracoes/regras", "rules.html", "/configuracoes/regras"),
    "rules, in full": State("/configuracoes/regras", "rules.html", "/configuracoes/regras", "eva"),
    "operations": State("/operacao", "operations.html", "/operacao", "eva"),
    "the team": State("/equipe", "team.html", granted),
    "the journal": State("/auditoria", "audit.html", "/auditoria"),
    "the journal is whole": State("/auditoria", "audit.html", checked),
    "a new password": State("/senha", "password.html", "/senha", "ana"),
    "nothing here": State("", "error.html", "/nada"),
    "not for you": State("", "error.html", "/auditoria", "ana"),
}
"""By name; a state without a route is that of any address."""


def everything(place: Path, keys: Keyring) -> Shopfront:
    """A shop in which every page has something to show, and every password counts one reveal."""
    shop = full_shop(
        place,
        keys,
        settings={"reveals_per_password": 1, "master_url": "https://origem.exemplo/clientes"},
        rules=("conta_base", "azata"),
        labels={"azata": {"contact": f"Contatos de {UNBROKEN}"}},
        sources=(SourceRules("loja", ("conta_base", "azata"), filters=("Tamanho", UNBROKEN)),),
    )
    object.__setattr__(
        shop.app.extensions["espelho"], "installed", Installed(asked_singly=("loja",))
    )
    shop.write(FULL, FIRM, LONG, MEI, BAD_CPF, HOSTILE, *ALIKE)
    for whom, late in ((FULL, 246_300), (FIRM, 123_456_789), (ALIKE[0], 99)):
        of = {"customer": whom.external_id, "amount": late}
        name = f"L{whom.external_id}"
        dealings.write(shop.mirror, dealings.payment(name, due_on=date(2026, 1, 5), **of))
    done: list[Any] = [dealings.order(), dealings.payment(), dealings.deal(), dealings.visit()]
    done += [*_charges(), dealings.order("8002", amount=123_456_789_00)]
    done += [
        dealings.order("8003", number=LONG_TEXT, state_received=LONG_TEXT),
        dealings.payment("9002", description=LONG_TEXT, state="paid"),
        dealings.deal("7002", title=LONG_TEXT, loss_reason=LONG_TEXT),
        dealings.visit("6002", page=f"https://loja.exemplo/{LONG_TEXT}"),
    ]
    dealings.write(shop.mirror, *done)
    for role, login in (("attendant", "ana"), ("supervisor", "rui"), ("administrator", "eva")):
        shop.hire(role, login)
    return shop


def _charges() -> Iterator[Payment]:
    """Due this month, of every state, one of them worth a fortune, one in another currency."""
    for number, state in enumerate(PAYMENT_STATES):
        yield dealings.payment(
            f"C{number}",
            state=state,
            state_received="Em protesto" if state == "unknown" else None,
            amount=10**11 if state == "paid" else 19_990,
            currency="USD" if state == "scheduled" else "BRL",
            description="Mensalidade " * 8 if number % 2 else None,
            due_on=today(),
            issued_on=today(),
            paid_at=datetime.now(UTC) if state == "paid" else None,
            paid_amount=10**11 - 1 if state == "paid" else None,
        )


def addresses(shop: Shopfront) -> dict[str, object]:
    """What stands for the names in braces."""
    people = {"id": FULL, "firm": FIRM, "long": LONG, "hostile": HOSTILE, "bad": BAD_CPF}
    found: dict[str, object] = {name: shop.id_of(whom) for name, whom in people.items()}
    with shop.mirror.reading() as connection:
        for name, code in (("order", "8001"), ("payment", "9001"), ("deal", "7001")):
            table = f"{name}s"
            query = f"SELECT id FROM {table} WHERE external_id = '{code}'"
            found[name] = connection.exec_driver_sql(query).scalar_one()
    return found


class Open(NamedTuple):
    """The shop of all pages, open, and the one tab that goes through them."""

    shop: Shopfront
    page: Page
    where: dict[str, object]
    shown: list[str]
    """The templates rendered so far, the last at the end."""


def come(opened: Open, state: State) -> None:
    """Sign in anew and go there."""
    shop, page, where, _ = opened
    page.context.clear_cookies()
    if state.who:
        person = next(one for one in listing(shop.ledger) if one.login == state.who)
        token = session.start(shop.ledger, person)
        cookie = {"name": "espelho", "value": token, "url": str(where["base"])}
        page.context.add_cookies([cookie])  # type: ignore[list-item]
    if isinstance(state.way, str):
        page.goto(state.way.format(**where))
    else:
        state.way(page, shop)
    if state.opened:
        page.locator(state.opened).locator("visible=true").first.click()
