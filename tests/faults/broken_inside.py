"""`espelho` with a defect: reading a customer fails with an error that quotes the customer."""

from typing import Any

from config.cli import main
from connector.sources.rest import RestSource


def _fail(source: RestSource, record: dict[str, Any], head: object, stream: str) -> None:
    try:
        int(f"CPF {record.get('cpf')}")
    except ValueError as first:
        raise RuntimeError(f"cannot read {record}") from first


RestSource.translate = _fail  # type: ignore[assignment, method-assign]

if __name__ == "__main__":
    main(prog_name="espelho")
