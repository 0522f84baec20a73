"""The pt-BR words of the tabs, by the English codes of the program; data, not logic."""

ORDER_KINDS = {
    "order": "Pedido",
    "quote": "Orçamento",
    "return": "Devolução",
    "receipt": "Recibo",
    "unknown": "Outro",
}
ORDER_STATES = {
    "open": "Em aberto",
    "done": "Concluído",
    "cancelled": "Cancelado",
    "unknown": "Não informada",
}
PAYMENT_STATES = {
    "scheduled": "Agendada",
    "issued": "Emitida",
    "overdue": "Em atraso",
    "paid": "Paga",
    "cancelled": "Cancelada",
    "deleted": "Excluída",
    "unknown": "Não informada",
}
DEAL_STATES = {
    "open": "Aberto",
    "won": "Ganho",
    "lost": "Perdido",
    "unqualified": "Desqualificado",
    "unknown": "Não informada",
}
SECRETS = {
    "code": ("Código", "Código de pagamento"),
    "barcode": ("Barras", "Código de barras"),
    "pix": ("Pix", "Pix copia e cola"),
}
"""By the field of a payment, briefly and in full."""
FLAGS = {
    "foreign_currency": "Em moeda estrangeira: não entra nas somas em reais.",
    "currency_invalid": "Em moeda que não se conhece: não é somada.",
    "due_on_invalid": "Vencimento impossível: não é mostrado.",
    "issued_on_invalid": "Data de emissão impossível: não é mostrada.",
    "paid_at_invalid": "Data de pagamento impossível: não é mostrada.",
    "opened_at_invalid": "Data de abertura impossível: não é mostrada.",
    "closed_at_invalid": "Data de fechamento impossível: não é mostrada.",
    "closed_before_opened": "No sistema de origem, fechado antes de aberto.",
    "paid_without_date": "Paga, sem a data do pagamento no sistema de origem.",
    "items_truncated": "Há mais itens no sistema de origem do que cabem aqui.",
    "erased": "Os textos foram apagados quando o cliente saiu do sistema de origem; valores e "
    "datas ficaram.",
}
FLAG_OTHER = "Um dado deste registro precisa de conferência"
RULE_LINES = {
    "ploomes": "Regra do Ploomes: todo cliente começa em prospecção e uma venda o torna ativo; só "
    "os motivos de perda escolhidos pela loja o tornam inativo.",
    "sell_prospect": "Regra do Zendesk Sell: uma oportunidade aberta torna o contato cliente "
    "potencial; a última perdida ou desqualificada, cliente potencial perdido.",
    "sell_customer": "Regra do Zendesk Sell: uma oportunidade conquistada torna o contato cliente, "
    "até que alguém o marque como cliente passado.",
    "conta_base": "Regra da Conta Base: quem paga é ativo pelos{days} dias que a loja definiu; "
    "depois deles, inativo; sem nenhum pagamento, lead.",
    "azata": "Regra da Azata: quem se cadastrou e nunca comprou é lead; quem já comprou é ativo.",
}
"""By axis; ``{days}`` is a blank and the number of days, or nothing where no step tells it."""
STEPS = {
    ("ploomes", "registered", "prospect"): "Cadastrado: todo cliente começa em prospecção.",
    ("ploomes", "sale", "active"): "Venda realizada ({about}).",
    ("ploomes", "lost_for_reason", "inactive"): "Negócio {about} perdido pelo motivo “{detail}”.",
    ("sell_prospect", "registered", "none"): "Cadastrado, ainda sem oportunidade.",
    ("sell_prospect", "deal_opened", "current"): "Oportunidade {about} associada.",
    ("sell_prospect", "deal_lost", "lost"): "A última oportunidade aberta ({about}) foi perdida ou "
    "desqualificada.",
    ("sell_prospect", "deal_lost", "none"): "A última oportunidade aberta ({about}) foi perdida, "
    "mas já houve uma conquistada: não volta a cliente potencial perdido.",
    ("sell_prospect", "deal_won", "none"): "Oportunidade {about} conquistada; não há outra aberta.",
    ("sell_customer", "registered", "none"): "Cadastrado, nenhuma oportunidade conquistada ainda.",
    ("sell_customer", "deal_won", "current"): "Oportunidade {about} conquistada: cliente desde "
    "então.",
    ("conta_base", "registered", "lead"): "Cadastrado, ainda sem pagamento.",
    ("conta_base", "paid", "active"): "Pagamento {about} realizado.",
    ("conta_base", "days_without_payment", "inactive"): "Mais de {detail} dias desde o último "
    "pagamento.",
    ("azata", "registered", "lead"): "Cadastrado, ainda sem compra.",
    ("azata", "purchase", "active"): "Primeira compra ({about}).",
}
"""By axis, rule and value: how a step came about, ``{about}`` being what brought it."""
ABOUTS = {
    ("orders", "sale"): "pedido ",
    ("orders", "purchase"): "pedido ",
    ("deals", "sale"): "negócio ganho ",
}
"""By stream and rule: what stands before the name of what brought a step about."""
_ONLY_A_DATE = "Já comprou: a data vem do cadastro no sistema de origem, sem o pedido."
WITHOUT_ABOUT = {
    ("ploomes", "sale", "active"): _ONLY_A_DATE,
    ("azata", "purchase", "active"): _ONLY_A_DATE,
}
"""The same where the master says that something was, and not what."""
STEP_OTHER = "Mudou pelas regras."
