"""The pt-BR words of a month in figures; data, not logic."""

LINES = {
    ("new", None): ("Clientes novos", "Cadastrados no mês."),
    ("first_purchase", None): ("Primeiras compras", "Compraram pela primeira vez."),
    ("became_active", "ploomes"): ("Ficaram ativos", "Houve uma venda."),
    ("became_active", "conta_base"): ("Ficaram ativos", "Pagaram e não eram ativos."),
    ("became_active", "azata"): ("Ficaram ativos", "Fizeram a primeira compra."),
    ("became_active", "sell_customer"): (
        "Tornaram-se clientes",
        "Uma oportunidade foi conquistada.",
    ),
    ("reactivated", "ploomes"): ("Reativados", "Já tinham sido ativos antes."),
    ("reactivated", "conta_base"): ("Reativados", "Já tinham sido ativos antes."),
    ("became_inactive", "ploomes"): (
        "Ficaram inativos",
        "Negócio perdido por um motivo que a loja escolheu.",
    ),
    ("became_inactive", "conta_base"): (
        "Ficaram inativos",
        "Acabou o prazo sem outro pagamento.",
    ),
    ("became_inactive", "sell_prospect"): (
        "Clientes potenciais perdidos",
        "A última oportunidade aberta foi perdida.",
    ),
}
"""By line and axis: what is counted, and how one comes to count; whose rules it goes by is said
beside it."""
OWN = {
    "became_active": "Passaram a “{label}”",
    "reactivated": "Voltaram a “{label}”",
    "became_inactive": "Passaram a “{label}”",
}
"""Where the shop has its own label for the standing."""
RECEIVED = ("received", None, "Recebido", "Pago no mês, seja qual for o vencimento.")
OVERDUE = ("overdue", None, "Em atraso", "Venceu no mês e hoje ainda não está pago.")
