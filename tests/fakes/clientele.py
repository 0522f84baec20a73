"""Customers of an invented shop: one of each kind of trouble a screen must survive."""

from datetime import UTC, date, datetime

from mirror.records import (
    Address,
    Contact,
    Customer,
    Dependent,
    Document,
    Loyalty,
    Phone,
)

CPF = "52998224725"
CPF_SHOWN = "529.982.247-25"
PHONE = "+5511987654321"
PHONE_SHOWN = "(11) 98765-4321"
IVOS_PHONE = "+5521976540001"
EMAIL = "deuzenir.ferreira@exemplo.com.br"
NOTE_CPF = "390.533.447-05"

DEUZENIR = Customer(
    external_id="446735",
    version=1,
    kind="PF",
    registration="active",
    name="Deuzenir Ferreira",
    documents=(Document("cpf", CPF),),
    state_registration="12.345.678-9",
    emails=(EMAIL, "loja.dela@exemplo.com.br"),
    phones=(Phone(PHONE, "mobile"), Phone("+551133334567", "landline", ("carrier_code",))),
    category="Consultor",
    loyalty=Loyalty(1250, "Prata", "Ouro", 250, "Ativado"),
    birth_date=date(1967, 4, 9),
    gender="Feminino",
    customer_since=date(2019, 9, 12),
    last_purchase_at=datetime(2026, 10, 6, 1, 30, tzinfo=UTC),
    notes=f"Prefere contato à tarde. CPF do marido: {NOTE_CPF}.",
    extras={"Tamanho de camiseta": "M", "Loja preferida": "Iguatemi"},
    addresses=(
        Address(
            "Comercial", "Rua das Palmeiras", "8", None, "Centro", "Campinas", "SP", "13010000"
        ),
        Address(
            "Casa",
            "Alameda Santos",
            "120",
            "ap 31",
            "Jardins",
            "São Paulo",
            "SP",
            "01310100",
            None,
            True,
        ),
    ),
    dependents=(Dependent("Julia Aparecida Ferreira", "Filha", date(2017, 5, 2)),),
    seller="Paula Nunes",
    tags=("newsletter",),
    updated_at=datetime(2026, 11, 20, 17, 32, tzinfo=UTC),
    master_url="https://origem.exemplo/clientes/446735",
)

COMPANY = Customer(
    external_id="900001",
    version=1,
    kind="PJ",
    registration="blocked",
    name="Padaria Pão Quente Ltda",
    trade_name="Pão Quente",
    documents=(Document("cnpj", "11222333000181"),),
    emails=("compras@paoquente.exemplo",),
    contacts=(
        Contact(
            "Ivo Prates", "Compras", "ivo.prates@paoquente.exemplo", Phone(IVOS_PHONE, "mobile")
        ),
    ),
)

MEI = Customer(
    external_id="900002",
    version=1,
    kind="PJ",
    registration="active",
    name=f"Jose da Silva {NOTE_CPF}",
    documents=(Document("cnpj", "19131243000197"),),
)

BAD_CPF = Customer(
    external_id="446800",
    version=1,
    registration="inactive",
    name="Otávio Rocha",
    documents=(Document("cpf", "52998224726", False),),
    flags=("document_invalid", "something_new"),
)

HOSTILE = Customer(
    external_id="666",
    version=1,
    registration="deleted",
    name="<script>window.owned=1</script><img src=x onerror=window.owned=1>",
    category='"><svg onload=window.owned=1>',
    emails=("hostil@exemplo.com.br",),
    notes="</div><script>window.owned=1</script> {{ 7*7 }}",
    extras={"<b onclick=window.owned=1>rótulo</b>": "<iframe src=//mal.exemplo>"},
    addresses=(Address(label="<i>x</i>", city="<u>y</u>", state="SP"),),
)

EVERYBODY = (DEUZENIR, COMPANY, MEI, BAD_CPF, HOSTILE)

SECRETS = (
    CPF,
    CPF_SHOWN,
    PHONE[1:],
    PHONE_SHOWN,
    "98765-4321",
    "97654-0001",
    EMAIL,
    "loja.dela@",
    NOTE_CPF,
    "12.345.678-9",
    "09/04/1967",
    "Alameda Santos",
    "01310",
    "Julia Aparecida",
    "11222333000181",
    "11.222.333/0001-81",
    "compras@paoquente",
    "ivo.prates@",
)
"""What no page may contain before somebody presses an eye."""
