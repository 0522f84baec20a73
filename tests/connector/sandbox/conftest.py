"""A sandbox within reach, and a client that reads its listing the way a connector would."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from connector.sandbox import Sandbox


class Reader:
    """Speaks the sandbox's API with its token."""

    def __init__(self, url: str) -> None:
        headers = {"Authorization": "Bearer t"}
        # Loading certificates nobody needs here would take longer than most tests.
        self.client = httpx.Client(base_url=url, headers=headers, verify=False)

    def page(self, **parameters: Any) -> dict[str, Any]:
        answer = self.client.get("/api/v1/customers", params=parameters)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def pages(self, **parameters: Any) -> Iterator[dict[str, Any]]:
        page = self.page(**parameters)
        yield page
        while page["has_more"]:
            page = self.page(**parameters, cursor=page["next"])
            yield page

    def everybody(self, **parameters: Any) -> list[dict[str, Any]]:
        return [item for page in self.pages(**parameters) for item in page["items"]]

    def change(self, count: int) -> dict[str, int]:
        return self.client.post("/_sandbox/changes", json={"count": count}).json()


@pytest.fixture
def reader() -> Iterator[Reader]:
    with Sandbox(customers=500, seed=7, token="t").running() as url:
        reader = Reader(url)
        yield reader
        reader.client.close()
