"""Who is a company, who works for whom, and what the shop's own people decided about a customer."""

from functools import lru_cache
from itertools import count
from typing import Any

from connector.sandbox.dice import scatter
from connector.sandbox.story import FIRST_ID, FIXED

_COMPANIES_PERCENT = 12
_IPE = 1
_APART = 3_001
"""Added to the seed: draws of their own."""

_UNDECIDED: dict[str, Any] = {
    "company_id": None,
    "relationship": None,
    "archived": False,
    "prospect_status": None,
    "customer_status": None,
    "ploomes_status": None,
}
_PER_MILLE: tuple[tuple[int, dict[str, Any]], ...] = (
    (15, {"relationship": "contato"}),
    (15, {"relationship": "inativo"}),
    (20, {"archived": True}),
    (4, {"prospect_status": "lost"}),
    (8, {"customer_status": "past"}),
    (12, {"ploomes_status": "Descartado"}),
)
_DECISIONS = dict(enumerate(_UNDECIDED | said for times, said in _PER_MILLE for _ in range(times)))


def is_company(seed: int, index: int) -> bool:
    """Whether customer ``index`` is a company: the second is, and one in eight of the others."""
    if index < FIXED:
        return index == _IPE
    return scatter(seed, -index) % 100 < _COMPANIES_PERCENT


def employer(seed: int, index: int) -> int | None:
    """The index of the company a person works for: some work for the one listed before them."""
    return _employer(seed, index, scatter(seed + _APART, index))


def _employer(seed: int, index: int, lot: int) -> int | None:
    if index == _first_person(seed):
        return _IPE
    if lot // 1000 % 3:
        return None
    return index - 1 if is_company(seed, index - 1) else None


@lru_cache(maxsize=8)
def _first_person(seed: int) -> int:
    return next(index for index in count(FIXED) if not is_company(seed, index))


def undecided() -> dict[str, Any]:
    """What is known of the relationship with a customer nobody has decided anything about."""
    return _UNDECIDED


def decided(seed: int, index: int, *, company: bool) -> dict[str, Any]:
    """The same with what was set by hand, for one in fourteen, and the company a person works for.

    The words are the master's.
    """
    lot = scatter(seed + _APART, index)
    employed = None if company else _employer(seed, index, lot)
    said = _DECISIONS.get(lot % 1000, _UNDECIDED)
    return said if employed is None else said | {"company_id": FIRST_ID + employed}


def employer_id(seed: int, index: int) -> int | None:
    """The master's id of the company a customer works for."""
    employed = None if is_company(seed, index) else employer(seed, index)
    return None if employed is None else FIRST_ID + employed
