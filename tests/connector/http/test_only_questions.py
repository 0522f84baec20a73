"""A source file that would have something changed is refused before anything is sent."""

from typing import Any

import pytest

from config.assemble import merged, preset
from connector.sources.checks import definition
from connector.sources.source_file import BadDefinition

CHANGE = "mutation m { customerDelete(input: { id: 1 }) { deletedCustomerId } }"
FIRST: dict[str, Any] = {"stream": {"body": {"query": CHANGE}}}
LATER: dict[str, Any] = {"stream": {"since": {"body": {"more": [{"query": f"\n{CHANGE}"}]}}}}
DELETED: dict[str, Any] = {"stream": {"deleted": {"body": {"query": CHANGE.upper()}}}}


@pytest.mark.parametrize(
    ("over", "place"),
    [(FIRST, "stream.body"), (LATER, "stream.since.body"), (DELETED, "stream.deleted.body")],
)
def test_a_mutation_is_no_question(over: dict[str, Any], place: str):
    with pytest.raises(BadDefinition, match=f"{place} asks for a mutation"):
        definition(merged(preset("shopify"), over), "loja")


def test_the_word_within_another_is_none():
    over = {"stream": {"body": {"variables": {"key": "permutations"}}}}
    assert definition(merged(preset("shopify"), over), "loja").stream.method == "POST"
