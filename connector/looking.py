"""What a look at a master's records shows: how often a field was filled, by what, what was refused.

Nothing of it is a value of a customer.
"""

from collections import Counter
from typing import cast

from connector.examples import example_of
from connector.maps.values import Refused
from connector.sources.page import Page
from connector.sources.source import Source
from connector.strict import NotStrict, decode_object
from mirror.records import Customer

_FIELDS = Customer.__struct_fields__
_WORDS = ("kind", "registration")
"""Fields of our own words: each is counted."""
MOST_DETAILS = 20
"""Records looked at where each costs a request of its own."""


class Look:
    """What was seen so far."""

    def __init__(self) -> None:
        self.received = 0
        self.looked = 0
        """Of those received; the others would have cost a request each."""
        self.size = 0
        """Bytes of the records looked at."""
        self.filled: Counter[str] = Counter(dict.fromkeys(_FIELDS, 0))
        self.refused: Counter[str] = Counter()
        """``field: rule`` of what would go to quarantine."""
        self.flags: Counter[str] = Counter()
        self._first: dict[str, str] = {}
        self._words: dict[str, Counter[str]] = {field: Counter() for field in _WORDS}

    def page(self, source: Source, page: Page, *, details: bool = True) -> None:
        """Look at the records of a page, with their ``details`` where lists leave something out."""
        self.received += len(page.records)
        whole = details and source.detailed
        for raw in page.records[: MOST_DETAILS if whole else None]:
            self.looked += 1
            self._record(source, page, raw, whole)

    def examples(self) -> dict[str, str]:
        """Of each field that was filled, something to recognise it by."""
        counted = {
            field: ", ".join(f"{word} {number}" for word, number in words.most_common())
            for field, words in self._words.items()
        }
        return {**self._first, **{field: told for field, told in counted.items() if told}}

    def _record(self, source: Source, page: Page, raw: bytes, whole: bool) -> None:
        self.size += len(raw)
        try:
            head = source.head(raw, page.at)
            if whole:
                raw = source.whole(raw, head)
                self.size += len(raw)
            self._customer(cast(Customer, source.translate(decode_object(raw), head, page.stream)))
        except (Refused, NotStrict) as why:
            self.refused[str(why)] += 1

    def _customer(self, customer: Customer) -> None:
        self.flags.update(customer.flags)
        for field in _FIELDS:
            if value := getattr(customer, field):
                self.filled[field] += 1
                if field in _WORDS:
                    self._words[field][value] += 1
                elif field not in self._first:
                    self._first[field] = example_of(field, value)
