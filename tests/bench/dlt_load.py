"""A program of its own, run by the interpreter that has dlt: the same listing into SQLite by dlt.

``flat`` keeps what is nested as JSON in one table, ``default`` makes tables of it, ``buffered`` is
flat with larger buffers. Nothing is checked, indexed, sealed or encrypted, as by the clear floor.
"""

import os
import sys
from collections.abc import Iterator
from typing import Any

os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
os.environ["RUNTIME__LOG_LEVEL"] = "ERROR"
if sys.argv[1:2] == ["buffered"]:
    os.environ["DATA_WRITER__BUFFER_MAX_ITEMS"] = "50000"

import dlt
from dlt.sources.helpers.rest_client import RESTClient
from dlt.sources.helpers.rest_client.auth import BearerTokenAuth
from dlt.sources.helpers.rest_client.paginators import JSONResponseCursorPaginator


def main(variant: str, url: str, token: str, directory: str) -> None:
    """Load every customer of the master once, into a database of its own."""
    client = RESTClient(
        base_url=f"{url}/api/v1",
        auth=BearerTokenAuth(token),
        paginator=JSONResponseCursorPaginator(cursor_path="next", cursor_param="cursor"),
        data_selector="items",
    )
    nesting = None if variant == "default" else 0

    @dlt.resource(name="customers", max_table_nesting=nesting)
    def customers() -> Iterator[Any]:
        yield from client.paginate("/customers", params={"limit": 500})

    os.makedirs(directory)
    pipeline = dlt.pipeline(
        pipeline_name="bench",
        pipelines_dir=directory,
        destination=dlt.destinations.sqlalchemy(f"sqlite:///{directory}/loaded.db"),
        dataset_name="main",
    )
    pipeline.run(customers()).raise_on_failed_jobs()


if __name__ == "__main__":
    main(*sys.argv[1:])
