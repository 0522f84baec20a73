"""The pt-BR words of the screen, by the English codes of the program; data, not logic."""

REGISTRATIONS = {
    "active": "Ativo",
    "inactive": "Inativo",
    "blocked": "Bloqueado",
    "deleted": "Excluído",
    "unknown": "Não informado",
}
REGISTRATION_SLUGS = {
    "ativo": "active",
    "inativo": "inactive",
    "bloqueado": "blocked",
    "excluido": "deleted",
    "nao-informado": "unknown",
}
KINDS = {"PF": "Pessoa Física", "PJ": "Pessoa Jurídica"}
MISSING = {
    "name": "nome",
    "document": "CPF/CNPJ",
    "email": "e-mail",
    "phone": "telefone",
    "address": "endereço",
    "birth_date": "data de nascimento",
    "gender": "gênero",
    "category": "categoria",
}
"""What a registration may lack, by `mirror.facets.FIELDS`."""
LABELS = {
    "category": ("Categoria", "Categorias", "Todas"),
    "group": ("Grupo", "Grupos", "Todos"),
    "tag": ("Etiqueta", "Etiquetas", "Todas"),
    "seller": ("Vendedor", "Vendedores", "Todos"),
    "profile": ("Perfil", "Perfis", "Todos"),
}
"""What the master calls customers by: one, several, and no matter which."""
RULES = {"ploomes": "Ploomes", "sell": "Sell", "conta_base": "Conta Base", "azata": "Azata"}
"""Whose rules a standing follows: on the pages of who sets them, for staff they mean nothing."""
AXES = {
    "ploomes": "Status do cliente",
    "sell_prospect": "Cliente potencial",
    "sell_customer": "Cliente",
    "conta_base": "Atividade",
    "azata": "Relacionamento",
    "archived": "Arquivados",
}
ON_ROWS = {
    "ploomes": "Status:",
    "sell_prospect": "",
    "sell_customer": "",
    "conta_base": "Atividade:",
    "azata": "Relação:",
    "archived": "",
}
"""The same before one customer's value, where there is little room."""
STANDINGS = {
    "ploomes": {
        "prospect": "Prospecção",
        "active": "Ativo",
        "inactive": "Inativo",
        "discarded": "Descartado",
    },
    "sell_prospect": {
        "none": "Não é cliente potencial",
        "current": "Cliente potencial atual",
        "lost": "Cliente potencial perdido",
    },
    "sell_customer": {
        "none": "Não é cliente",
        "current": "Cliente atual",
        "past": "Cliente passado",
    },
    "conta_base": {
        "lead": "Lead",
        "active": "Ativo",
        "inactive": "Inativo",
        "archived": "Arquivado",
    },
    "azata": {"lead": "Lead", "active": "Ativo", "contact": "Contato", "inactive": "Inativo"},
    "archived": {"churn": "Churn", "lost": "Lost"},
}
"""What one customer is."""
COUNTED = {
    "ploomes": {"active": "Ativos", "inactive": "Inativos", "discarded": "Descartados"},
    "sell_prospect": {"none": "Não é", "current": "Atual", "lost": "Perdido"},
    "sell_customer": {"none": "Não é", "current": "Atual", "past": "Passado"},
    "conta_base": {
        "lead": "Leads",
        "active": "Ativos",
        "inactive": "Inativos",
        "archived": "Arquivados",
    },
    "azata": {"lead": "Leads", "active": "Ativos", "contact": "Contatos", "inactive": "Inativos"},
    "archived": {},
}
"""What many are, where the axis is named beside it; a value that is not here as of one."""
GENDERS = {
    "f": "Feminino",
    "female": "Feminino",
    "feminino": "Feminino",
    "m": "Masculino",
    "male": "Masculino",
    "masculino": "Masculino",
    "o": "Outro",
    "other": "Outro",
    "outro": "Outro",
}
"""By the master's word in lower case."""
DOCUMENTS = {"cpf": "CPF", "cnpj": "CNPJ", "other": "Documento"}
ROLES = {
    "attendant": "Atendente",
    "supervisor": "Supervisão",
    "administrator": "Administração",
}
PHONES = {
    "mobile": "Celular",
    "landline": "Fixo",
    "toll_free": "Não geográfico",
    "foreign": "Exterior",
    "local": "Sem DDD",
    "invalid_ddd": "DDD inexistente",
    "invalid": "Número incompleto ou inválido",
}
PHONE_NOTES = {
    "ninth_digit": "nono dígito acrescentado",
    "sme_ambiguous": "celular ou rádio: confirme",
    "default_ddd": "DDD da loja presumido",
    "same_ddd": "DDD do número ao lado presumido",
    "carrier_code": "código de operadora retirado",
    "ddd_55": "pode ser DDD 55 ou código do país: confirme",
    "extension": "tem ramal",
}
REASONS = {
    "atendimento": "Atendimento",
    "contato": "Contato com o cliente",
    "nota": "Nota fiscal ou entrega",
    "conferencia": "Conferência de cadastro",
    "titular": "Pedido do próprio titular",
}
FIELDS = {
    "document": "Documento",
    "email": "E-mail",
    "phone": "Telefone",
    "birth_date": "Data de nascimento",
    "address": "Endereço",
    "dependent": "Dependente",
    "state_registration": "RG / Inscrição Estadual",
    "contact_email": "E-mail do contato",
    "contact_phone": "Telefone do contato",
    "notes": "Observações",
    "extra": "Outros dados",
    "payment_code": "Código de pagamento",
    "payment_barcode": "Código de barras",
    "payment_pix": "Pix copia e cola",
}
READINGS = {
    "cpf": "CPF",
    "cnpj": "CNPJ",
    "document": "documento",
    "email": "e-mail",
    "phone": "telefone",
    "phone_tail": "final de telefone",
    "code": "código",
    "name": "nome",
    "list": "lista",
}
PROBLEMS = {
    "cpf_check_digits": "CPF inválido: dígito verificador não confere.",
    "cnpj_check_digits": "CNPJ inválido: dígito verificador não confere.",
    "empty": "Digite e-mail, telefone, CPF/CNPJ, código ou nome.",
    "control_characters": "Há caracteres invisíveis no texto. Apague e digite de novo.",
    "email_invalid": "E-mail incompleto ou mal escrito: confira o que vem antes e depois do @.",
    "phone_area_code": "Este DDD não existe: confira os dois primeiros números do telefone.",
    "nothing_understood": "Não entendi. Digite e-mail, telefone, CPF/CNPJ, código ou nome.",
    "too_short": "Digite um pouco mais: um nome sozinho pede ao menos 4 letras (ou junte o "
    "sobrenome); um telefone, 8 dígitos.",
    "only_particles": "“De”, “da”, “dos” e “e” não contam na busca: digite o nome que vem junto.",
    "too_long": "Texto longo demais. Digite só o e-mail, telefone, CPF/CNPJ ou nome.",
}
NOT_ASKED = {
    "source": "O sistema de origem não responde por um cliente só: quem é novo chega com a próxima "
    "leitura.",
    "personal": "O sistema de origem só é perguntado pelo código do cliente. O que foi digitado "
    "pode ser CPF, CNPJ, telefone ou e-mail, e dados pessoais não vão no endereço de uma pergunta.",
    "name": "O sistema de origem só pode ser perguntado pelo código do cliente, não por um nome.",
}
"""Why a master is not asked for whom a search did not find."""
PROBLEM_OTHER = "Não consegui ler essa busca por completo. Confira o que foi digitado."
FLAGS = {
    "document_invalid": "CPF/CNPJ com dígito verificador que não confere.",
    "document_zeros": "CPF/CNPJ com zeros a menos ou a mais no sistema de origem: os dígitos "
    "verificadores dizem qual é.",
    "document_words": "CPF/CNPJ em meio a outras palavras: só o número é mostrado.",
    "email_invalid": "Há um e-mail que não é um e-mail: não é mostrado.",
    "email_words": "Há palavras junto de um e-mail: só o endereço é mostrado.",
    "phone_invalid": "Há um telefone incompleto ou com DDD que não existe.",
    "phone_words": "Há palavras junto de um telefone: só o número é mostrado.",
    "postal_code_invalid": "Há um CEP que não tem oito números: não é mostrado.",
    "birth_date_invalid": "Data de nascimento impossível: não é mostrada.",
    "customer_since_invalid": "Data de cadastramento impossível: não é mostrada.",
    "last_purchase_invalid": "Data da última compra impossível: não é mostrada.",
    "standing_since_invalid": "Data da situação impossível: não é mostrada.",
    "last_purchase_future": "Última compra com data no futuro: não conta.",
    "updated_at_future": "Data da última mudança no futuro: não é mostrada.",
}
PARTS = {
    "name": "Nome", "trade_name": "Nome fantasia", "category": "Categoria", "gender": "Gênero",
    "seller": "Vendedor", "profile": "Perfil", "notes": "Observações", "company": "Empresa",
    "state_registration": "RG / Inscrição Estadual", "master_url": "Endereço do cadastro",
    "loyalty": "Fidelidade", "documents": "Documentos", "emails": "E-mails", "phones": "Telefones",
    "addresses": "Endereços", "contacts": "Contatos", "dependents": "Dependentes",
    "groups": "Grupos", "tags": "Etiquetas", "extras": "Outros dados",
    "updated_at": "Última mudança",
}  # fmt: skip
_FAULTS = {
    "truncated": "há mais no sistema de origem do que cabe aqui",
    "invalid": "há algo que não pôde ser lido e não é mostrado",
    "too_long": "texto longo demais, mostrado até onde cabe",
    "shape": "não vem como o mapa espera; é mostrado o valor principal",
}
FLAGS |= {f"{part}_{fault}": f"{PARTS[part]}: {_FAULTS[fault]}."
          for part in PARTS for fault in _FAULTS}  # fmt: skip
FLAG_OTHER = "Um dado deste cadastro precisa de conferência"


# The pt-BR words of the tabs, by the English codes of the program; data, not logic.

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
ACTIVITY_FLAGS = {
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
ACTIVITY_FLAG_OTHER = "Um dado deste registro precisa de conferência"
RULE_LINES = {
    "ploomes": "Todo cliente começa em prospecção e uma venda o torna ativo; só "
    "os motivos de perda escolhidos pela loja o tornam inativo.",
    "sell_prospect": "Uma oportunidade aberta torna o contato cliente "
    "potencial; a última perdida ou desqualificada, cliente potencial perdido.",
    "sell_customer": "Uma oportunidade conquistada torna o contato cliente, "
    "até que alguém o marque como cliente passado.",
    "conta_base": "Quem paga é ativo pelos{days} dias que a loja definiu; "
    "depois deles, inativo; sem nenhum pagamento, lead.",
    "azata": "Quem se cadastrou e nunca comprou é lead; quem já comprou é ativo.",
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


# The pt-BR words of the page of charges; data, not logic.

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
CHARGE_TONES = {
    "paid": "active",
    "overdue": "blocked",
    "cancelled": "deleted",
    "deleted": "deleted",
}
"""How a state is coloured: like which registration; the others are plain."""
NO_DATE = "sem data"
NAMELESS = "Sem nome"
NOBODY = "Sem cliente"
NOT_YET = "Cliente ainda não chegou"
REMOVED = "Cliente removido"


# The pt-BR words of a month in figures; data, not logic.

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
    ("churn", "archived"): ("Churn", "Arquivados no mês: deixaram de ser clientes."),
    ("lost", "archived"): ("Lost", "Arquivados no mês sem nunca terem pago."),
}
"""By line and axis: what is counted, and how one comes to count; whose rules it goes by is said
beside it."""
RECEIVED = ("received", None, "Recebido", "Pago no mês, seja qual for o vencimento.")
OVERDUE = ("overdue", None, "Em atraso", "Venceu no mês e hoje ainda não está pago.")


# The pt-BR words of one customer's standings beyond their names; data, not logic.

STANDING_TONES = {
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
