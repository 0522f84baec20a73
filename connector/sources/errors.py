"""A master's own account of a failure: many say it in the body, under HTTP 200."""

import re
from typing import Any

import msgspec

from connector.fetch import Judge
from connector.maps.paths import steps_of
from connector.messages import Answer
from connector.problems import AccessRefused, Again, RequestRefused, Unreachable
from connector.sources.definition import Errors
from connector.sources.envelope import value_at

_SAFE = re.compile(r"[A-Za-z_.:-]{0,40}[0-9]{0,6}")
_NONE = (None, "", 0, "0", False)


def judge_of(errors: Errors, name: str) -> Judge | None:
    """What `connector.fetch` asks of every JSON answer; None where statuses say it all."""
    if errors.code is None and not errors.empty_status and errors.wait is None:
        return None
    code = steps_of(errors.code) if errors.code else None
    message = steps_of(errors.message) if errors.message else None

    def judge(answer: Answer) -> bool:
        found = _value(answer.body, code) if code else None
        if found in _NONE:
            _heed(errors, answer, name)
            return answer.status in errors.empty_status
        if str(found) in errors.empty:
            return True
        told = f"its error {found}" if _SAFE.fullmatch(str(found)) else "an error of its own"
        if str(found) in errors.retry:
            said = _value(answer.body, message) if message else None
            problem = Unreachable(f"{name}: the master answered {told} to every attempt.")
            raise Again(problem, _wait(errors, answer, said), declined=True)
        if str(found) in errors.auth:
            raise AccessRefused(
                f"{name}: the master refused the credentials ({told}). Check the secret that "
                "this source names."
            )
        raise RequestRefused(f"{name}: the master answered {told}: not a page.")

    return judge


def _value(body: bytes, steps: list[Any]) -> Any:
    try:
        found = value_at(body, steps)
    except (msgspec.DecodeError, ValueError, RecursionError):
        return None  # what is no JSON is told by those who open it
    return found if type(found) in (str, int, bool) else None


def _heed(errors: Errors, answer: Answer, name: str) -> None:
    """Raise Again where a status declines and the master says in its own way how long to wait."""
    if answer.status not in (429, 503):
        return
    message = _value(answer.body, steps_of(errors.message)) if errors.message else None
    if wait := _wait(errors, answer, message):
        problem = f"{name}: the master answered {answer.status} to every attempt."
        raise Again(Unreachable(problem), wait, declined=True)


def _wait(errors: Errors, answer: Answer, message: Any) -> float | None:
    wait = errors.wait
    if wait is None:
        return None
    if wait.header and (text := answer.headers.get(wait.header.lower(), "")).isdecimal():
        return float(text[:9]) / (1_000 if wait.unit == "ms" else 1)
    match = re.search(wait.pattern, message) if wait.pattern and type(message) is str else None
    return float(match[1]) if match and match[1].isdecimal() else wait.otherwise_s
