"""From one page to the next, to an end that is shown and not believed, and never for ever."""

from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise
from typing import Any

import msgspec

from connector.http import BadAnswer, NoProgress, OriginRefused, RequestRefused, Unreachable
from connector.sources.rest.envelope import LONGEST_TOKEN, Envelope, address_in, at_home, rel_next
from connector.sources.source_file import Paging

# Masters send fewer than they were asked for, count too few, leave out where the next page is.
# Believed, a first load would be short of customers, and a sweep take the rest for gone.

_EMPTY_IN_A_ROW = 5
_FEWEST = 10
"""Of so few on a page nobody believes that the master never sends more."""
_USUAL = {*range(10, 60, 5), 100, 150, 200, 250, 300, 400, 500, 1_000, 2_000, 2_500, 5_000, 10_000}
"""So many masters put on a page by themselves."""


class Place(msgspec.Struct, frozen=True):
    """Where in a listing a page lies: what fills its template, or the address it has."""

    values: Mapping[str, Any] = {}
    address: str | None = None
    sign: Any = None
    """What no two pages of a listing share."""
    alone: bool = False
    """Nothing is expected there, nor after it."""
    pages: int = 0
    """So many of the listing lie before it, with as many ``rows``; told of places that are kept."""
    rows: int = 0


def _beginning(paging: Paging) -> dict[str, Any]:
    places = {"page": {"page": paging.first}, "offset": {"offset": 0, "end": paging.size}}
    key = {} if paging.begin is None else {"key": paging.begin}
    return {"size": paging.size, **places.get(paging.kind, {}), **key}


class Habits(msgspec.Struct):
    """How a master pages, as far as readings of it have shown."""

    widest: int = 0
    """The most records that came on one page."""
    sized: bool = False
    """It is told how many are wanted."""
    first_seen: bool = False
    """Nothing lies before its first page."""
    shown: int = 0
    """The hash of a last page behind which was nothing when that was asked."""


class _Step(msgspec.Struct, frozen=True):
    """What is known once a page has come."""

    place: Place
    page: Envelope
    received: int

    @property
    def size(self) -> int:
        """How many were asked for."""
        return int(self.place.values["size"])

    @property
    def reached(self) -> int:
        """Rows of the listing up to here: what is read twice counts once."""
        begin = self.place.values.get("offset", self.received - len(self.page.records))
        return int(begin) + len(self.page.records)


Ask = Callable[[Place], Envelope]


class Walk:
    """Every page of a listing; raises NoProgress, told of source ``name``, where it has no end.

    Of ``changes`` a page that is not as large as any that came ends it where the master says so:
    that is how nearly every run ends.
    """

    def __init__(
        self,
        ask: Ask,
        paging: Paging,
        name: str,
        base: str,
        habits: Habits | None = None,
        *,
        changes: bool = False,
        start: Place | None = None,
    ) -> None:
        self._ask, self._paging, self._name, self._base = ask, paging, name, base
        self.here = start or Place(_beginning(paging))
        """Where the page lies that came last, or is to come first."""
        self._habits, self._changes = habits or Habits(), changes
        self.doubt: str | None = None
        """Why somebody may be missing though the listing has ended; None: its end was shown."""
        self._behind = False
        """What is asked for lies behind the page that is said to be the last."""
        self._first: list[bytes] = []
        self._before: list[bytes] = []
        self._tail: list[bytes] = []
        self._pages, self._received = self.here.pages, self.here.rows
        self._reached = self._most = 0
        self._totals: list[int] = []
        self._numbers: list[int] = []

    def __iter__(self) -> Iterator[Envelope]:
        place, empty = self.here, 0
        seen = {place.sign}
        for _ in range(self._paging.most):
            page = self._came(place)
            if page is None:
                return
            self.here = msgspec.structs.replace(place, pages=self._pages, rows=self._received)
            behind, following = self._behind, self._following(self._taken(place, page))
            if page.records or not behind:
                yield page
            if following is None:
                return
            empty = 0 if page.records else empty + 1
            if following.sign in seen or empty > _EMPTY_IN_A_ROW:
                raise NoProgress(f"{self._name}: the pages repeat or stay empty; stopped.")
            seen.add(following.sign)
            place = following
        raise NoProgress(f"{self._name}: more than {self._paging.most:,} pages; stopped.")

    def _came(self, place: Place) -> Envelope | None:
        """The page; None where there is none behind what was said to be the last."""
        if not self._behind:
            return self._refuse_repeated(self._ask(place))
        try:
            page = self._ask(place)
        except (RequestRefused, BadAnswer) as why:
            full = len(self._before) >= int(place.values["size"])
            self._end(not full, f"the page behind the last one, which is full, was refused ({why})")
            return None
        except (Unreachable, NoProgress) as why:
            self._end(False, f"what lies behind the last page could not be read ({why})")
            return None
        if page.records and page.records in (self._before, self._first):
            self._end(self._pages > 1, "the page behind the first is the same one" + _IS_IT_RIGHT)
            return None
        return page

    def _refuse_repeated(self, page: Envelope) -> Envelope:
        if page.records and page.records == self._before and self._paging.kind in COUNTED:
            hint = _IS_IT_RIGHT if self._pages == 1 else ""
            raise NoProgress(f"{self._name}: two pages hold the same records{hint}; stopped.")
        return page

    def _taken(self, place: Place, page: Envelope) -> _Step:
        number = len(page.records)
        self._received += number
        step = _Step(place, page, self._received)
        self._reached = max(self._reached, step.reached)
        self._most = max(self._most, number)
        self._habits.widest = max(self._habits.widest, number)
        if not self._pages:
            self._first = page.records
            self._look_before_first(page)
        self._pages += bool(number)
        self._before, self._tail = page.records, page.records or self._tail
        return step

    def _look_before_first(self, page: Envelope) -> None:
        """Raise BadAnswer where another page lies before what is declared to be the first."""
        first, wanted = self._paging.first, self._paging.kind == "page" and page.records
        if not wanted or first < 1 or self._habits.first_seen or self._changes:
            return
        try:
            before = self._ask(Place({"size": self._paging.size, "page": first - 1})).records
        except (RequestRefused, BadAnswer, Unreachable, NoProgress):
            before = []
        if before and not set(before) & set(page.records):
            raise BadAnswer(
                f"{self._name}: page {first - 1} holds other records than page {first}: the master "
                f"counts its pages from {first - 1}. Set stream.page.first = {first - 1}."
            )
        self._habits.first_seen = True

    def _following(self, step: _Step) -> Place | None:
        """The place after a page; None where the listing ends."""
        try:
            claim = _claim(step, self._paging, self._name)
            self._note(step)
            following = None if self._ends(step, claim) else self._after(step)
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise BadAnswer(
                f"{self._name}: what the answer says of its next page cannot be read, so the "
                "answer promises more pages but no usable token."
            ) from None
        if following is None:
            if self._behind and not step.page.records:
                self._habits.shown = hash(tuple(self._tail))
            shown = step.page.over or claim in (_EMPTY, _SAID) or not step.page.records
            self._end(shown, "" if shown else self._silence(step))
        self._behind = claim is not None and self._paging.kind not in ("token", "next")
        return following and msgspec.structs.replace(following, alone=self._behind)

    def _ends(self, step: _Step, claim: str | None) -> bool:
        kind, some = self._paging.kind, bool(step.page.records)
        if step.page.over or kind == "none":
            return True
        if not some and kind in COUNTED:
            at_zero = kind == "page" and step.place.values["page"] == 0 and not self._changes
            return self._behind or (claim is not None and not at_zero)
        if claim is None:
            return False
        if claim != _CLAIMED:
            return kind != "keyset" or self._changes
        return self._changes and self._is_believed(step.page.records)

    def _is_believed(self, records: list[bytes]) -> bool:
        """Whether no more is asked behind a page of changes that is said to be the last."""
        few = len(records) < max(_FEWEST, self._habits.widest)
        return few or hash(tuple(records)) == self._habits.shown

    def _after(self, step: _Step) -> Place | None:
        number, kind = len(step.page.records), self._paging.kind
        if kind not in COUNTED:
            return _WAYS[kind](step, self._paging, self._name, self._base)
        size = step.size
        if self._pages == 1 and _FEWEST <= number < size:
            # By its own size or by ours, wherever it goes on: asked for by its own both are one.
            size = number
            self._numbers.clear()
        if kind == "page":
            return _at(step.place, size, page=step.place.values["page"] + 1)
        if 0 < number < step.size:  # so that none in between is passed over
            return _at(step.place, size, offset=step.place.values["offset"] + number)
        return place_after(step.place, self._paging)

    def _note(self, step: _Step) -> None:
        """What the master says of how many there are."""
        if self._changes or not (step.page.records or self._pages == 0):
            return
        for rule in self._paging.stop:
            word, _, path = rule.partition(":")
            found = step.page.said(path) if word in ("total", "total_pages") else None
            if type(found) is int:
                (self._totals if word == "total" else self._numbers).append(found)

    def _end(self, shown: bool, otherwise: str | None) -> None:
        """Doubt the end where the master's numbers say more, or nothing shows it."""
        if self._totals and min(self._totals) > self._reached:
            self.doubt = (
                f"the master says that there are {min(self._totals):,} and lists {self._reached:,} "
                "(where its total counts others too, take it out of stream.page.stop)"
            )
        elif self._numbers and self._numbers[-1] > self._pages:
            self.doubt = (
                f"the master says that there are {self._numbers[-1]:,} pages, and there is "
                f"something on {self._pages:,} of them"
            )
        elif not shown and self._reached not in self._totals:
            self.doubt = otherwise

    def _silence(self, step: _Step) -> str | None:
        """What to doubt of a page behind which nothing is said to be."""
        number, paging = len(step.page.records), self._paging
        if rel_next(step.page.header("Link") or ""):
            return "the last page has a next one in its Link header (see stream.page)"
        if paging.kind == "none":
            usual = number >= step.size if self._habits.sized else number in _USUAL
            return _IN_ONE.format(number=number) if usual else None
        if self._changes and paging.kind not in ("token", "next"):
            return None
        if number >= step.size or (self._pages > 1 and number >= max(self._most, _FEWEST)):
            return None if self._is_over(step) else _FULL + _IS_FROM_RIGHT
        few = self._changes and number < max(_FEWEST, self._habits.widest)
        if few or self._pages > 1 or number < 2 or not self._habits.sized or paging.only:
            return None
        return self._silence_of_fewer(number - 1)

    def _is_over(self, step: _Step) -> bool:
        """Whether nothing lies behind a page that is full and has no next one.

        Shown by asking for one fewer, or else said in so many words where others had a next one.
        """
        if self._reached in _WINDOWS or self._paging.only:
            return False
        shown = self._behind_fewer(step) if len(step.page.records) > 1 else None
        if shown is None and self._pages > 1:
            return step.page.says_none(str(self._paging.source))
        return bool(shown)

    def _behind_fewer(self, step: _Step) -> bool | None:
        """Whether its last record alone lies behind a page asked for with one fewer; None: untold.

        It is asked for with as many as ever: anybody behind it would be there, too.
        """
        *fewer, last = step.page.records
        place = Place({**step.place.values, "size": len(fewer)}, step.place.address)
        try:
            page = self._ask(place)
            after = self._after(_Step(place, page, 0)) if page.records == fewer else None
            if after is None:
                return None
            rest = self._ask(after)
            return rest.records == [last] and self._after(_Step(after, rest, 0)) is None
        except (RequestRefused, BadAnswer, Unreachable, OriginRefused, NoProgress):
            return None

    def _silence_of_fewer(self, size: int) -> str | None:
        """What to doubt where fewer were asked for, so that it has to say where it goes on."""
        place = _at(Place(_beginning(self._paging)), size)
        try:
            page = self._ask(place)
        except (RequestRefused, BadAnswer, Unreachable):
            return None
        says = len(page.records) != size or self._after(_Step(place, page, size)) is not None
        return None if says else f"the list never says where it goes on{_IS_FROM_RIGHT}"


_FULL = "the last page is full and does not say where it goes on"
_WINDOWS = {step * 10**power for power in range(3, 7) for step in (1, 2, 2.5, 5)}
"""After so many lists end that show no more to anybody, whatever there is."""
_IS_IT_RIGHT = " (are stream.page.first and the parameter of the page right?)"
_IS_FROM_RIGHT = " (is stream.page.from right? A total: in stream.page.stop would tell, too)"
_IN_ONE = "exactly {number:,} came in one answer, as many as go on a page (see stream.page)"


_EMPTY, _SAID, _CLAIMED, _SILENT = "empty", "said", "claimed", "silent"
"""What ends a listing: an empty page, the master's word, numbers, or that it says nothing."""


def _claim(step: _Step, paging: Paging, name: str) -> str | None:
    """By what a page is said to be the last one, the surest first; None where it is not."""
    claims = {_claim_of(rule, step, paging, name) for rule in paging.stop}
    return next((one for one in (_EMPTY, _SAID, _CLAIMED, _SILENT) if one in claims), None)


def _claim_of(rule: str, step: _Step, paging: Paging, name: str) -> str | None:
    word, _, path = rule.partition(":")
    found = step.page.said(path) if path else None
    if word == "empty":
        return None if step.page.records else _EMPTY
    if word == "more":
        return _more(step, paging, found, name)
    if word == "short":
        return _CLAIMED if len(step.page.records) < step.size else None
    if type(found) is not int:
        return None
    pages = word == "total_pages"
    reached = step.place.values["page"] - paging.first + 1 if pages else step.reached
    return _CLAIMED if reached >= found else None


def _more(step: _Step, paging: Paging, said: Any, name: str) -> str | None:
    if said is None and paging.kind == "token":
        # Unsaid is not "no": the rest of a listing would be taken for gone.
        return _SILENT if step.page.at_place(str(paging.source)) in (None, "") else None
    if said not in (True, False):
        raise BadAnswer(f"{name}: the answer does not say whether more pages follow.")
    return None if said else _SAID


COUNTED = ("page", "offset")
"""Kinds of pages whose places are known without the answers before them."""


def place_after(place: Place, paging: Paging) -> Place:
    """The place after another, by number or offset."""
    size = place.values["size"]
    if paging.kind == "page":
        return _at(place, size, page=place.values["page"] + 1)
    return _at(place, size, offset=place.values["offset"] + size - paging.overlap)


def _at(place: Place, size: int, **where: int) -> Place:
    """The same place with another size, number or offset."""
    values = {**place.values, "size": size, **where}
    if "offset" in values:
        values["end"] = values["offset"] + size
    return Place(values, sign=(size, *where.values()))


def _by_key(step: _Step, paging: Paging, name: str, base: str) -> Place | None:
    if paging.source and (linked := _by_address(step, paging, name, base)):
        return linked
    if not step.page.records:
        return None
    keys = step.page.each(str(paging.key))
    if not all(type(key) in (int, str) for key in keys):
        raise BadAnswer(f"{name}: a record has no key to go on from.")
    numbers = [key for key in keys if type(key) is int]
    earlier = step.place.values.get("key")
    backwards = any(after < before for before, after in pairwise(numbers))
    if backwards or (numbers and type(earlier) is int and numbers[-1] <= earlier):
        raise NoProgress(f"{name}: the keys of a listing go backwards; stopped.")
    return Place({"size": paging.size, "key": keys[-1]}, sign=keys[-1])


def _by_token(step: _Step, paging: Paging, name: str, base: str) -> Place | None:
    token = step.page.at_place(str(paging.source))
    if paging.only and token in (None, ""):  # a scroll: its first token stands for all its pages
        token = step.place.values.get("token")
    if token in (None, "") and not any(rule.startswith("more:") for rule in paging.stop):
        return None
    if type(token) not in (str, int) or not 0 < len(str(token)) <= LONGEST_TOKEN:
        raise BadAnswer(f"{name}: the answer promises more pages but no usable token.")
    if "://" in (token := str(token)) or token.startswith("//"):
        raise OriginRefused(f"{name}: the next page would be at another address; refused.")
    sign = hash(tuple(step.page.records)) if paging.only else token
    return Place({"size": paging.size, "token": token}, sign=sign)


def _by_address(step: _Step, paging: Paging, name: str, base: str) -> Place | None:
    link = address_in(step.page, paging, name)
    address = link and at_home(link, paging.aliases, name, base)
    return Place({"size": paging.size}, address=address, sign=link) if link else None


_Way = Callable[[_Step, Paging, str, str], Place | None]
_WAYS: dict[str, _Way] = {"keyset": _by_key, "token": _by_token, "next": _by_address}
