"""What asking costs: whom each may meet in a day, and by which misses a guesser is told apart."""

import logging
import re
from collections.abc import Callable, Iterable
from hashlib import blake2b
from math import log
from typing import Any, NamedTuple, Protocol

import msgspec
from msgspec.structs import replace
from sqlalchemy import Connection, bindparam, delete, func, select

from mirror.identifiers import Query, Reading
from mirror.ledger import BudgetSpent, Entry, Limit, Verdict, Weigh, trace, watch
from mirror.ledger.acts import memory_of
from mirror.store.engine import Database, Link, Prepared, upsert
from mirror.store.sealing import Found, Keyring

_log = logging.getLogger(__name__)


class Caps(Protocol):
    """The figures that a shop may set (`web.settings`); each rule says which it goes by."""

    @property
    def reveals_per_hour(self) -> int: ...  # noqa: D102
    @property
    def lookups_per_minute(self) -> int: ...  # noqa: D102
    @property
    def customers_per_day(self) -> int: ...  # noqa: D102
    @property
    def listed_per_day(self) -> int: ...  # noqa: D102
    @property
    def terminal_customers_per_day(self) -> int: ...  # noqa: D102
    @property
    def terminal_codes_per_day(self) -> int: ...  # noqa: D102
    @property
    def usual_misses(self) -> float: ...  # noqa: D102


# The rules, to be read. What counts: everything that shows a customer, each customer once in 24
# hours and actor, and every different term that finds nobody.
#
#   act                                             leaves a trace as
#   lookup, search: who was found                   met; by code or telephone's end also coded,
#                                                   beside another code of that day next as well
#   lookup, search: a number that nobody has        missed
#   lookup, search: every other term                asked, which costs nothing; a name's hits
#                                                   count where they are listed
#   open (every tab), order file, reveal, copy,
#   WhatsApp, boleto                                met
#   a page of the list, of results, of charges,
#   of differences                                  listed

SHARES = {"attendant": 1, "supervisor": 5, "administrator": 1, "terminal": 1}
"""Role → how many times the shop's figure it may; who is not here may nothing."""
REVEALING = ("reveal", "copy", "whatsapp", "boleto")
"""The actions that show or hand out a full value; they share one budget."""
GRANTED = "more_granted"
"""The action by which a supervisor lets somebody reveal more for an hour."""
ASKED_ORIGIN = "asked_origin"
"""The action by which somebody has the master asked for one customer: as often as they reveal."""
SEARCHES = 4
"""Searches for each reveal allowed."""
TERMINAL = "terminal"
_HOUR_S, DAY_US = 3_600, 86_400_000_000


class Daily(NamedTuple):
    """So many points in any 24 hours.

    At its end every new question is refused before it matters whether it would have found anybody:
    else the refusal would be an answer. What was asked or shown before is shown again.
    """

    name: str
    points: dict[str, int]
    """Kind of trace → points."""
    staff: str
    """By which figure of `Caps`; empty: no such rule for them."""
    terminal: str
    times: int = 1


DAILY = (
    Daily("customers", {"met": 1}, "customers_per_day", "terminal_customers_per_day"),
    Daily("listed", {"listed": 1}, "listed_per_day", ""),
    Daily("codes", {"coded": 1}, "", "terminal_codes_per_day"),
    # A miss costs ten hits. A shop with 30 % misses spends 3.7 points a lookup.
    Daily("points", {"met": 1, "missed": 10}, "customers_per_day", "terminal_customers_per_day", 5),
)
FORMS = {"cpf": 5, "cnpj": 5, "phone": 10, "phone_tail": 10}
"""Kind of term → how many that look alike once masked may find nobody in 24 hours, whoever asks:
one more, and whoever asked is locked, for so a mask is filled in."""
MISSES, MASK, COUNTED_UP = "misses", "mask", "counted_up"
"""The rules that lock: by the test of misses, by `FORMS`, by `NEXT`."""
NEXT, NEXT_SHARE, BESIDE = 9, 0.75, 3
"""So many codes of a day that lie beside another of that day (three apart at most), and so large a
part of all: whoever asks counts up. New customers have such codes, and are few among the old."""
FULL_CARDS = 10
"""So many of a day whom a terminal finds by a code or a telephone's end alone are shown to it as
whoever was asked for by document, telephone or e-mail; of all others that are found so it is told
only what a till goes by (`in_brief`). Whoever reads cards all day is not stopped by it."""
ALARM = "alarm"
"""The action of the journal's row that tells of it."""
GUESSED = 0.99
"""Which part of a guesser's lookups finds nobody."""
CERTAINTY = log(1e13)
"""Evidence that locks: so much likelier is a guesser than a shop. Page's test: Wald's sequential
test (1945), begun anew where it finds for the shop. By Lorden's bound a shop with `usual_misses`
is locked once in 10^13 different lookups at most, and seldom where misses come in clusters; with
0.3, twenty-six misses in a row lock; of who asks at random they find nobody."""
_MAY_BE_COUNTED = ("code", "phone_tail")
_NUMBERED = re.compile(r"(.*?)(\d{1,18})", re.ASCII)


class Who(NamedTuple):
    """Whoever asks: a person by role, or a terminal."""

    kind: str
    """``staff device``, as the journal has it."""
    name: str
    role: str

    @property
    def owner(self) -> str:
        """By which name traces are kept."""
        return f"{self.kind} {self.name}"


class Traces(NamedTuple):
    """What an act leaves behind."""

    left: tuple[tuple[str, str], ...]
    """Kind of trace and mark."""
    touches: frozenset[str]
    """The kinds that such an act may leave, whoever is found: by them the rules of a day apply."""
    forms: tuple[tuple[str, str], ...] = ()
    """Of a miss: the kinds of its readings, and marks of what each looks like masked."""
    beside: tuple[str, ...] = ()
    """Of a code: marks of those before and after it."""


Marker = Callable[[str, Any], str]


def _marker(keys: Keyring) -> Marker:
    key = keys.derive("guard")

    def marked(kind: str, value: Any) -> str:
        told = msgspec.msgpack.encode((kind, value))
        return blake2b(told, digest_size=8, key=key).hexdigest()

    return marked


Name = tuple[str, str]
"""Source and the master's id: a mirror that is rebuilt gives other numbers."""


def name_of(found: Found) -> Name:
    """By which name a customer leaves traces."""
    return found.source, found.external_id


def shown(keys: Keyring, found: Iterable[Name], kind: str = "met") -> Traces:
    """Of an act that shows these customers; ``kind`` is ``listed`` where a list does."""
    mark = _marker(keys)
    return Traces(tuple((kind, mark("customer", one)) for one in found), frozenset((kind,)))


def asked(keys: Keyring, query: Query, found: Iterable[Found]) -> Traces:
    """Of a lookup or search for this, which found these."""
    mark = _marker(keys)
    # What may be a name asks for no number: whom it found, the page of results lists.
    numbers = () if any(one.kind == "name" for one in query.readings) else query.readings
    whom = [mark("customer", name_of(one)) for one in found] if numbers else []
    term = mark("term", [(one.kind, one.value) for one in query.readings])
    # A wrong check digit is no guess, for whoever guesses can count; but the same digits may be a
    # telephone, of which nothing is wrong.
    guesses = [one for one in numbers if not (query.problem or "").startswith(one.kind)]
    missed = bool(guesses) and not whom
    kinds = {"asked", "met", "missed"}
    left = [("missed" if missed else "asked", term), *(("met", one) for one in whom)]
    if numbers and all(one.kind in _MAY_BE_COUNTED for one in query.readings):
        kinds.add("coded")
        left += [("coded", one) for one in whom]
    code = _place(numbers[0]) if "coded" in kinds else None
    beside: tuple[str, ...] = ()
    if code:
        left.append(("code", mark("code", code)))
        steps = (one for one in range(-BESIDE, BESIDE + 1) if one)
        beside = tuple(mark("code", (code[0], code[1] + step)) for step in steps)
    forms = [(one.kind, mark("form", form)) for one in guesses if (form := _form(one))]
    return Traces(tuple(left), frozenset(kinds), tuple(forms) if missed else (), beside)


def _place(term: Reading) -> tuple[str, int] | None:
    """Where a code stands among others: what it begins with, and the number at its end."""
    found = _NUMBERED.fullmatch(term.value)
    return (found[1], int(found[2])) if found else None


def _form(term: Reading) -> str | None:
    """The term as a page shows it of somebody who has it; None where that tells too little."""
    if term.kind == "cpf":
        return f"cpf {term.value[3:9]}"
    if term.kind == "cnpj":
        return f"cnpj {term.value[2:8]}"
    return f"phone {term.value[-4:]}" if term.kind in FORMS else None


def hourly(who: "Who", action: str, caps: Caps, more: int = 0) -> Limit | None:
    """How often in a short while, counted by the journal's own rows; None: no limit.

    ``more``: what was granted of reveals on top.
    """
    share = SHARES.get(who.role, 0)
    if action == "lookup":
        return Limit(("lookup",), caps.lookups_per_minute, 60)
    if action == "search":
        return Limit(("search",), SEARCHES * share * caps.reveals_per_hour, _HOUR_S)
    if action == ASKED_ORIGIN:
        return Limit((ASKED_ORIGIN,), share * caps.reveals_per_hour, _HOUR_S)
    if action in REVEALING:
        return Limit(REVEALING, share * caps.reveals_per_hour + more, _HOUR_S)
    return None


# Counting: within the transaction that writes the journal's row, so however many processes ask.


class Locked(Exception):
    """Whoever asks was locked for guessing, until an operator releases them."""


_leave = upsert(trace, ("owner", "kind", "mark", "at"), keeping=("at",))
_forget = Prepared(delete(trace).where(trace.c.at <= bindparam("until")), "until")
_left = Prepared(
    select(trace.c.kind, trace.c.mark, trace.c.at)
    .where(trace.c.owner == bindparam("who"))
    .order_by(trace.c.at),
    "who",
)
_forms = Prepared(select(func.count()).where(trace.c.owner == bindparam("form")), "form")
_COLUMNS = ("owner", "score", "rule", "at", "locked")
_state = Prepared(
    select(watch.c.score, watch.c.locked).where(watch.c.owner == bindparam("who")), "who"
)
note = upsert(watch, _COLUMNS)
_score = upsert(watch, _COLUMNS, keeping=("rule", "at", "locked"))


class _Seen:
    """What there is of somebody's traces, and how they stand: asked for once, then remembered."""

    def __init__(self, link: Link, owner: str) -> None:
        self.score, self.locked = state_of(link, owner)
        self.there: dict[str, dict[str, int]] = {}
        """By kind, by mark: when it was left, the oldest first."""
        for kind, mark, at in _left.rows(link, owner):
            self.there.setdefault(kind, {})[mark] = at

    def has(self, kind: str, mark: str) -> bool:
        """Whether this trace was left."""
        return mark in self.there.get(kind, ())

    def forget(self, until: int) -> None:
        """What was left by then."""
        for marks in self.there.values():
            while marks and marks[first := next(iter(marks))] <= until:
                del marks[first]


class _Count(NamedTuple):
    """One act of somebody, while it is counted."""

    link: Link
    who: Who
    caps: Caps
    act: Traces
    now: int
    seen: _Seen

    def leave(self, kind: str, mark: str) -> None:
        """A trace of theirs; one that is there already stays as old as it is."""
        if not self.seen.has(kind, mark):
            _leave.rows(self.link, self.who.owner, kind, mark, self.now)
            self.seen.there.setdefault(kind, {})[mark] = self.now


def weighing(who: Who, act: Traces, caps: Caps) -> Weigh:
    """What `journal.record` asks before it writes: may this be, and what is to be told of it?"""

    def weigh(connection: Connection, entry: Entry, now: int) -> Verdict:
        link, known = Link.behind(connection), memory_of(connection).of(who.kind, who.name)
        _forget.rows(link, now - DAY_US)
        if known.kept is None:
            known.kept = _Seen(link, who.owner)
        seen: _Seen = known.kept
        seen.forget(now - DAY_US)
        if seen.locked:
            return Verdict(Locked())
        new = [one for one in act.left if not seen.has(*one)]
        if not new:
            return Verdict()
        count = _Count(link, who, caps, act, now, seen)
        over = _over(count)
        if over:
            note.rows(link, who.owner, seen.score, over[0], now, False)
            return Verdict(BudgetSpent(over[1]), over[0])
        for one in new:
            count.leave(*one)
        _show_in_full(count, new)
        rule = _guesses(count, {kind for kind, _ in new}) or _counts_up(count, new)
        return Verdict(rows=(_alarm(count, entry, rule),)) if rule else Verdict()

    return weigh


def _show_in_full(count: _Count, new: list[tuple[str, str]]) -> None:
    """Note of whom a card tells all it may, for as long as it is remembered who was found."""
    coded = [mark for kind, mark in new if kind == "coded"] if count.who.role == TERMINAL else []
    left = FULL_CARDS - len(count.seen.there.get("full", ()))
    for mark in coded[: max(0, left)]:
        count.leave("full", mark)


_in_full = Prepared(
    select(trace.c.mark).where(trace.c.owner == bindparam("who"), trace.c.kind == "full"), "who"
)


def in_brief(db: Database, who: Who, act: Traces) -> frozenset[int]:
    """Of whom a term found, in that order, those of whom little is told: see `FULL_CARDS`."""
    coded = [mark for kind, mark in act.left if kind == "coded"]
    if not coded:
        return frozenset()
    with db.reading() as connection:
        full = {row[0] for row in _in_full.one(connection, who.owner)}
    return frozenset(place for place, mark in enumerate(coded) if mark not in full)


def state_of(within: Connection | Link, owner: str) -> tuple[float, bool]:
    """Somebody's evidence of guessing, and whether they are locked."""
    found = _state.rows(within, owner)
    return (found[0][0], bool(found[0][1])) if found else (0.0, False)


def _over(count: _Count) -> tuple[str, int] | None:
    """The rule of a day that is at its end, and the seconds until it gives again."""
    there = count.seen.there
    for rule in DAILY:
        cap = rule.terminal if count.who.role == TERMINAL else rule.staff
        if not cap or not count.act.touches & rule.points.keys():
            continue
        most = getattr(count.caps, cap) * rule.times * SHARES.get(count.who.role, 0)
        counted = {kind: marks for kind in rule.points if (marks := there.get(kind))}
        spent = sum(rule.points[kind] * len(marks) for kind, marks in counted.items())
        if spent + max(rule.points.values()) > most:
            oldest = min((min(marks.values()) for marks in counted.values()), default=count.now)
            return rule.name, max(1, -(-(oldest + DAY_US - count.now) // 1_000_000))
    return None


def _guesses(count: _Count, new: set[str]) -> str | None:
    """The rule by which a guesser is told apart; the score of misses moves on."""
    if "missed" in new:
        return _filled_in(count) or _scored(count, log(GUESSED / count.caps.usual_misses))
    if "missed" in count.act.touches and "met" in new:
        return _scored(count, log((1 - GUESSED) / (1 - count.caps.usual_misses)))
    return None


def _scored(count: _Count, evidence: float) -> str | None:
    score = max(0.0, count.seen.score + evidence)
    if score != count.seen.score:
        _score.rows(count.link, count.who.owner, score, "", count.now, False)
        count.seen.score = score
    return MISSES if score >= CERTAINTY else None


def _filled_in(count: _Count) -> str | None:
    """Whether one mask is tried with more numbers than chance and typing errors explain."""
    term = count.act.left[0][1]
    for kind, form in count.act.forms:
        _leave.rows(count.link, form, "form", term, count.now)
        if _forms.rows(count.link, form)[0][0] > FORMS[kind]:
            return MASK
    return None


def _counts_up(count: _Count, new: list[tuple[str, str]]) -> str | None:
    """Whether too many codes of the day lie beside each other."""
    code = next((mark for kind, mark in new if kind == "code"), None)
    if code is None or not any(count.seen.has("code", one) for one in count.act.beside):
        return None
    count.leave("next", code)
    beside, every = len(count.seen.there["next"]), len(count.seen.there["code"])
    return COUNTED_UP if beside >= NEXT and beside > NEXT_SHARE * every else None


def _alarm(count: _Count, entry: Entry, rule: str) -> Entry:
    """Lock whoever it was, from the next question on; the row that tells of it."""
    note.rows(count.link, count.who.owner, 0.0, rule, count.now, True)
    count.seen.score, count.seen.locked = 0.0, True
    _log.error(
        "ALARM: a %s asks as a guesser does (rule: %s) and was locked; `espelho alarms` says whom "
        "and how to release them.",
        "terminal" if count.who.role == TERMINAL else "person",
        rule,
    )
    told = f"limit={rule}"
    return replace(entry, action=ALARM, customer=None, source=None, external_id=None, detail=told)
