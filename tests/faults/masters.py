"""What a sandbox master has at this moment, read straight from it and not through the connector."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import msgspec

from mirror.identifiers import parse_document, parse_email, parse_phone
from mirror.store.sealing import Keyring
from tests.faults.installation import TOKEN

_PAGE = msgspec.json.Decoder(dict[str, msgspec.Raw])
_RAWS = msgspec.json.Decoder(list[msgspec.Raw])


@dataclass(frozen=True)
class Known:
    """What must be equal in master and mirror: version and canonical identifiers, in order."""

    version: int
    documents: tuple[str, ...]
    emails: tuple[str, ...]
    phones: tuple[str, ...]


class Master:
    """A sandbox at ``url``."""

    def __init__(self, url: str) -> None:
        self.url = url
        headers = {"Authorization": f"Bearer {TOKEN}"}
        self._client = httpx.Client(base_url=url, headers=headers, verify=False, timeout=60)

    def close(self) -> None:
        self._client.close()

    def change(self, count: int) -> None:
        self._client.post("/_sandbox/changes", json={"count": count}).raise_for_status()

    def raws(self) -> Iterator[bytes]:
        """Every record as its own bytes, oldest change first."""
        query = {"limit": "1000"}
        while True:
            page = _PAGE.decode(self._client.get("/api/v1/customers", params=query).content)
            yield from map(bytes, _RAWS.decode(page["items"]))
            query["cursor"] = msgspec.json.decode(page["next"])
            if not query["cursor"]:
                return

    def records(self) -> list[dict[str, Any]]:
        return [msgspec.json.decode(raw) for raw in self.raws()]


def is_broken(record: dict[str, Any]) -> bool:
    """Whether the sandbox spoilt this record beyond reading: until its first change."""
    return record["id"] is None or isinstance(record["name"], dict)


def subject(keys: Keyring, raw: bytes, record: dict[str, Any]) -> str:
    """What a broken record is called in quarantine: its id, or a mark where it has none."""
    if record["id"] is not None:
        return str(record["id"])
    return f"hash:{keys.fingerprint('content')(raw)[:12].hex()}"


def known(record: dict[str, Any]) -> Known:
    """The canonical form of what a master's record says."""
    written = [record.get("cpf"), record.get("cnpj")]
    documents = [parse_document(text) for text in written if text]
    emails = [parse_email(item["address"]) for item in record["emails"]]
    phones = [parse_phone(item["number"]) for item in record["phones"]]
    return Known(
        record["v"],
        tuple(document.value for document in documents if document),
        tuple(dict.fromkeys(email for email in emails if email)),
        tuple(dict.fromkeys(phone.number for phone in phones if phone)),
    )


def exported(row: dict[str, Any]) -> Known:
    """The same of a row of `espelho export --clear`."""
    return Known(
        row["version"], tuple(row["documents"]), tuple(row["emails"]), tuple(row["phones"])
    )
