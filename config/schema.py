"""The JSON Schema of source files, for editors: made of the definitions that read them."""

from typing import Any


def schema() -> dict[str, Any]:
    """What a source file may say, by its protocol."""
    import msgspec

    from connector.sources.checked import PROTOCOLS

    kinds = list(PROTOCOLS.values())
    wholes, parts = msgspec.json.schema_components(kinds, ref_template="#/$defs/{name}")
    by_protocol = dict(zip(PROTOCOLS, wholes, strict=True))
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A source file of Espelho: how one kind of master serves its customers",
        "if": {"required": ["protocol"], "properties": {"protocol": {"const": "sell"}}},
        "then": by_protocol["sell"],
        "else": by_protocol["rest"],
        "$defs": parts,
    }


def written() -> str:
    """The schema as it lies in the manual."""
    import json

    return json.dumps(schema(), indent=2, sort_keys=True, ensure_ascii=False) + "\n"
