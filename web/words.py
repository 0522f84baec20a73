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
"""What a registration may lack, by `mirror.facets.labels.FIELDS`."""
LABELS = {
    "category": ("Categoria", "Categorias", "Todas"),
    "group": ("Grupo", "Grupos", "Todos"),
    "tag": ("Etiqueta", "Etiquetas", "Todas"),
    "seller": ("Vendedor", "Vendedores", "Todos"),
    "profile": ("Perfil", "Perfis", "Todos"),
}
"""What the master calls customers by: one, several, and no matter which."""
RULES = {"ploomes": "Ploomes", "sell": "Sell", "conta_base": "Conta Base", "azata": "Azata"}
"""Whose rules a standing follows: none is shown without them."""
AXES = {
    "ploomes": "Status do cliente",
    "sell_prospect": "Cliente potencial",
    "sell_customer": "Cliente",
    "conta_base": "Atividade",
    "azata": "Relacionamento",
}
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
ACTIONS = {
    "search": "Buscou",
    "open": "Abriu o cadastro",
    "reveal": "Revelou",
    "copy": "Copiou",
    "whatsapp": "Abriu WhatsApp",
    "boleto": "Abriu boleto",
    "download": "Baixou o pedido",
    "audit": "Consultou a auditoria",
    "login": "Entrou",
    "login_refused": "Tentou entrar",
    "logout": "Saiu",
    "lookup": "Consultou no PDV",
    "export": "Exportou pelo terminal",
    "also_found": "Também encontrou no PDV",
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
    "non_ascii_digits": "Há algarismos de outro alfabeto. Digite com os números do teclado.",
}
PROBLEM_OTHER = "Não consegui ler essa busca por completo. Confira o que foi digitado."
FLAGS = {
    "document_invalid": "CPF/CNPJ com dígito verificador que não confere.",
    "email_invalid": "Há um e-mail que não é um e-mail: não é mostrado.",
    "phone_invalid": "Há um telefone incompleto ou com DDD que não existe.",
    "postal_code_invalid": "Há um CEP que não tem oito números: não é mostrado.",
    "birth_date_invalid": "Data de nascimento impossível: não é mostrada.",
    "customer_since_invalid": "Data de cadastramento impossível: não é mostrada.",
    "last_purchase_invalid": "Data da última compra impossível: não é mostrada.",
    "last_purchase_future": "Última compra com data no futuro.",
    "addresses_truncated": "Há mais endereços no sistema de origem do que cabem aqui.",
    "phones_truncated": "Há mais telefones no sistema de origem do que cabem aqui.",
    "contacts_truncated": "Há mais contatos no sistema de origem do que cabem aqui.",
}
FLAG_OTHER = "Um dado deste cadastro precisa de conferência"
