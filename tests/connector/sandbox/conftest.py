"""A sandbox within reach, and a client that reads its listing the way a connector would."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from connector.sandbox import Sandbox
from connector.sandbox.customers import customer
from connector.sandbox.population import Population
from connector.sandbox.story import UNTOUCHED, Sighting, after

SEED = 7
MANY = 12_000


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


@pytest.fixture(scope="session")
def crowd():
    return [customer(SEED, s) for s in Population(MANY, SEED).listing(None, None, MANY).seen]


@pytest.fixture(scope="session")
def sound(crowd):
    return [record for index, record in enumerate(crowd) if index % 1000 != 777]


@pytest.fixture
def seen():
    """Makes customers met after changes of the kinds given."""

    def seen(index: int, *kinds: str) -> Sighting:
        story = UNTOUCHED
        for kind in kinds:
            story = after(story, kind, 1_800_000_000_000_000)
        listed_at = 1_700_000_000_000_000
        return Sighting(index, story, story.changed_at or listed_at, listed_at)

    return seen
