"""The pt-BR words of the page of charges; data, not logic."""

FILTERS = {
    None: "Todas",
    "scheduled": "Agendadas",
    "issued": "Emitidas",
    "overdue": "Em atraso",
    "paid": "Pagas",
    "cancelled": "Canceladas",
    "deleted": "Excluídas",
    "unknown": "Outras",
}
EMPTY = {
    None: "Nenhuma cobrança",
    "scheduled": "Nenhuma cobrança agendada",
    "issued": "Nenhuma cobrança emitida por vencer",
    "overdue": "Nenhuma cobrança em atraso",
    "paid": "Nenhuma cobrança paga",
    "cancelled": "Nenhuma cobrança cancelada",
    "deleted": "Nenhuma cobrança excluída",
    "unknown": "Nenhuma outra cobrança",
}
TONES = {"paid": "active", "overdue": "blocked", "cancelled": "deleted", "deleted": "deleted"}
"""How a state is coloured: like which registration; the others are plain."""
NO_DATE = "sem data"
NAMELESS = "Sem nome"
NOBODY = "Sem cliente"
NOT_YET = "Cliente ainda não chegou"
REMOVED = "Cliente removido"
