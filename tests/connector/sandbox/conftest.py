"""A sandbox within reach, and a client that reads its listing the way a connector would."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from connector.sandbox import Sandbox
from connector.sandbox.customers import customer
from connector.sandbox.listing import record
from connector.sandbox.population import Population
from connector.sandbox.timeline import UNTOUCHED, Sighting, after

SEED = 7
MANY = 12_000
TODAY = 1_799_982_000_000_000
"""A midnight in Brasília."""


class Reader:
    """Speaks the sandbox's API with its token."""

    def __init__(self, url: str) -> None:
        headers = {"Authorization": "Bearer t"}
        # Loading certificates nobody needs here would take longer than most tests.
        self.client = httpx.Client(base_url=url, headers=headers, verify=False)

    def page(self, stream: str = "customers", /, **parameters: Any) -> dict[str, Any]:
        answer = self.client.get(f"/api/v1/{stream}", params=parameters)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def pages(self, stream: str = "customers", /, **parameters: Any) -> Iterator[dict[str, Any]]:
        page = self.page(stream, **parameters)
        yield page
        while page["has_more"]:
            page = self.page(stream, **parameters, cursor=page["next"])
            yield page

    def everybody(self, stream: str = "customers", /, **parameters: Any) -> list[dict[str, Any]]:
        return [item for page in self.pages(stream, **parameters) for item in page["items"]]

    def change(self, count: int) -> dict[str, int]:
        return self.client.post("/_sandbox/changes", json={"count": count}).json()


@pytest.fixture
def reader() -> Iterator[Reader]:
    with Sandbox(customers=500, seed=7, token="t").running() as url:
        reader = Reader(url)
        yield reader
        reader.client.close()


def listed(population: Population, stream: str, since: int | None = None) -> list[dict[str, Any]]:
    """A whole stream as its records are sent."""
    found = population.activity(stream, since, None, 1_000_000).found
    return [record(stream, population.seed, one) for one in found]


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
        updated_at = story.changed_at or listed_at
        return Sighting(index, story, updated_at, listed_at, listed_at, TODAY)

    return seen
