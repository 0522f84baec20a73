"""CPF, CNPJ, telephone, e-mail and name: read, check, format, and understand a search."""

from mirror.identifiers.documents import cnpj_valid, cpf_valid, format_document, parse_document
from mirror.identifiers.emails import parse_email, parse_emails
from mirror.identifiers.phones import (
    DDDS,
    format_phone,
    parse_phone,
    parse_phones,
    phone_tail,
    whatsapp_url,
)
from mirror.identifiers.queries import LONGEST_TERM, Query, Reading, classify
from mirror.identifiers.search_terms import name_words, search_terms

__all__ = [
    "DDDS",
    "LONGEST_TERM",
    "Query",
    "Reading",
    "classify",
    "cnpj_valid",
    "cpf_valid",
    "format_document",
    "format_phone",
    "name_words",
    "parse_document",
    "parse_email",
    "parse_emails",
    "parse_phone",
    "parse_phones",
    "phone_tail",
    "search_terms",
    "whatsapp_url",
]
