"""Reads single records by the preset ``omni``, after the trip over the wire."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from config.assemble import merged, preset
from connector.mapping.customers import Translator
from connector.mapping.expressions import Dialect
from connector.mapping.strict_json import decode_object
from connector.mapping.values import Refused
from connector.sources.checks import definition
from mirror.records import Customer
from tests.fakes.master import encode

SAO_PAULO = ZoneInfo("America/Sao_Paulo")


def translator(default_ddd: str | None = None, **over: Any) -> Translator:
    """The preset's map with other tables laid on it."""
    defined = definition(merged(preset("omni"), {"map": over}), "loja")
    return Translator(defined.map, Dialect(SAO_PAULO), default_ddd)


OMNI = translator()


def read(translate: Translator = OMNI, **fields: Any) -> Customer:
    """The customer that a master's record with these fields becomes."""
    usual = {"person_type": "PF", "status": "active", "name": "Ana Souza"}
    record = decode_object(encode(usual | fields))
    return translate(record, "7", 1, datetime(2026, 11, 22, tzinfo=UTC))


def rule(**fields: Any) -> str:
    """Field and rule by which such a record is refused."""
    with pytest.raises(Refused) as refusal:
        read(**fields)
    return str(refusal.value)
