"""What stands in the addresses of lists, in pt-BR, by the program's codes; data, not logic."""

AXES = {
    "status-ploomes": "ploomes",
    "cliente-potencial": "sell_prospect",
    "cliente": "sell_customer",
    "atividade": "conta_base",
    "relacionamento": "azata",
}
STANDINGS = {
    "ploomes": {
        "prospeccao": "prospect",
        "ativo": "active",
        "inativo": "inactive",
        "descartado": "discarded",
    },
    "sell_prospect": {"nao-e": "none", "atual": "current", "perdido": "lost"},
    "sell_customer": {"nao-e": "none", "atual": "current", "passado": "past"},
    "conta_base": {
        "lead": "lead",
        "ativo": "active",
        "inativo": "inactive",
        "arquivado": "archived",
    },
    "azata": {"lead": "lead", "ativo": "active", "contato": "contact", "inativo": "inactive"},
}
LABELS = {
    "categoria": "category",
    "grupo": "group",
    "etiqueta": "tag",
    "vendedor": "seller",
    "perfil": "profile",
}
MONTHS = {"cadastro": "since", "primeira-compra": "first_purchase"}
TURNS = {"ficou": "turn", "voltou": "again"}
MISSING = {
    "nome": "name",
    "documento": "document",
    "email": "email",
    "telefone": "phone",
    "endereco": "address",
    "nascimento": "birth_date",
    "genero": "gender",
    "categoria": "category",
}


def slug(table: dict[str, str], code: str) -> str:
    """The slug of a code; a word of the master's that has none stands for itself."""
    return next((slug for slug, known in table.items() if known == code), code)
