"""The JSON Schema of source files, for editors: made of the definitions that read them."""

import ast
import inspect
from itertools import pairwise
from textwrap import dedent
from typing import Any, cast, get_args


def schema() -> dict[str, Any]:
    """What a source file may say, by its protocol."""
    import msgspec

    from connector.sources.checks import PROTOCOLS

    kinds = list(PROTOCOLS.values())
    wholes, parts = msgspec.json.schema_components(kinds, ref_template="#/$defs/{name}")
    seen: set[type] = set()
    for kind in kinds:
        _explained(parts, kind, seen)
    by_protocol = dict(zip(PROTOCOLS, wholes, strict=True))
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A source file of Espelho: how one kind of master serves its customers",
        "if": {"required": ["protocol"], "properties": {"protocol": {"const": "sell"}}},
        "then": by_protocol["sell"],
        "else": by_protocol["rest"],
        "$defs": parts,
    }


def _explained(parts: dict[str, Any], kind: type, seen: set[type]) -> None:
    """Give each property the words that stand below it in its definition."""
    import msgspec

    if kind in seen:
        return
    seen.add(kind)
    words = _words(kind)
    properties = parts[kind.__name__].get("properties", {})
    for field in msgspec.structs.fields(kind):
        if field.name in words and field.encode_name in properties:
            properties[field.encode_name]["description"] = words[field.name]
        for inner in _structs(field.type):
            _explained(parts, inner, seen)


def _structs(kind: Any) -> list[type]:
    """The structs that a type is made of."""
    import msgspec

    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return [kind]
    return [found for part in get_args(kind) for found in _structs(part)]


def _words(kind: type) -> dict[str, str]:
    """Field → the text below it, in the kinds it is made from too."""
    import msgspec

    kinds = (one for one in reversed(kind.__mro__) if issubclass(one, msgspec.Struct))
    return {
        field: text
        for one in kinds
        if one is not msgspec.Struct
        for field, text in _own_words(one).items()
    }


def _own_words(kind: type) -> dict[str, str]:
    # Python keeps these texts in the source alone.
    body = cast(ast.ClassDef, ast.parse(dedent(inspect.getsource(kind))).body[0]).body
    return {
        one.target.id: " ".join(text.value.value.split())
        for one, text in pairwise(body)
        if isinstance(one, ast.AnnAssign)
        and isinstance(one.target, ast.Name)
        and isinstance(text, ast.Expr)
        and isinstance(text.value, ast.Constant)
        and isinstance(text.value.value, str)
    }


def written() -> str:
    """The schema as it lies in the manual."""
    import json

    return json.dumps(schema(), indent=2, sort_keys=True, ensure_ascii=False) + "\n"
