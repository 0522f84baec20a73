"""Reads one record by its id: what the queue failed to bring, or what a person asks for now."""

import msgspec

from connector.fetch import Fetcher
from connector.messages import Request
from connector.problems import BadAnswer, RequestRefused
from connector.sources.page import Page
from connector.sources.sell.bodies import opened
from connector.sources.sell.door import LISTS

_decode = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


def read_one(fetcher: Fetcher, stream: str, external_id: str, name: str) -> Page:
    """The page of one record; raises NotThere for one that is gone, MasterProblem for the rest."""
    if not (external_id.isascii() and external_id.isdecimal()):
        raise RequestRefused(f"{name}: Sell's ids are numbers; it was not asked.")
    answer = fetcher.send(Request(f"{LISTS[stream]}/{external_id}"))
    problem = f"{name}: what Sell answered for one record cannot be read."
    found = opened(answer.body, _decode, problem).get("data")
    if found is None:
        raise BadAnswer(problem)
    return Page([bytes(found)], answer.at, stream=stream)
