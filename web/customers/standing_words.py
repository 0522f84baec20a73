"""The pt-BR words of one customer's standings beyond their names; data, not logic."""

RULES_OF = {
    "ploomes": "do Ploomes",
    "sell": "do Zendesk Sell",
    "conta_base": "da Conta Base",
    "azata": "da Azata",
}
"""Whose rules: "pelas regras …"."""
TONES = {
    "active": "active",
    "current": "active",
    "lost": "blocked",
    "archived": "deleted",
    "discarded": "deleted",
}
"""How a standing is coloured: like which registration; the others are plain."""
ARCHIVED = {
    "churn": "churn: deixou de ser cliente",
    "lost": "lost: nunca chegou a pagar",
}
COMING = {
    ("conta_base", "inactive"): "Ficará inativo em {day} se não houver novo pagamento.",
}
"""By axis and value: what time alone will bring."""
COMING_OTHER = "Passará a {value} em {day}."
