"""Opens an account of Zendesk Sell: its token put in place, its connections made."""

from collections.abc import Mapping

from connector.sources.definition import BadDefinition
from connector.sources.sell.definition import SellDefinition
from connector.sources.sell.door import ACK, START, Door
from connector.sources.sell.source import SellSource

_TOKEN = "token"  # noqa: S105 -- a secret's name


def open_sell(
    name: str,
    definition: SellDefinition,
    base_url: str,
    secrets: Mapping[str, str],
    *,
    interval_s: int = 60,
    allow_insecure: bool = False,
    allow_private: bool = False,
) -> SellSource:
    """A source ready to be read; raises OriginRefused for an address, BadDefinition for the rest.

    ``base_url`` with or without Sell's ``/v2``; ``secrets`` must hold ``token``.
    """
    if not secrets.get(_TOKEN):
        raise BadDefinition(
            f"The source {name!r} is not right: Sell needs the secret {_TOKEN!r}. Name where it "
            f'is: secrets.{_TOKEN} = {{ env = "NAME" }} or {{ file = "PATH" }}.'
        )
    fetcher = Door(
        base_url.rstrip("/").removesuffix("/v2"),
        {"Authorization": f"Bearer {secrets[_TOKEN]}"},
        definition.limits,
        posts=frozenset({START, ACK}),
        allow_insecure=allow_insecure,
        allow_private=allow_private,
    )
    return SellSource(name, definition, fetcher, interval_s)
