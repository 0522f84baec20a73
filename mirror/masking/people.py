"""Masks of what is said about people: births, addresses, dependents, and the initials circle."""

from datetime import date

from mirror.identifiers.names import PARTICLES
from mirror.masking.free_text import mask_text
from mirror.records import Address, Dependent


def initials(name: str | None) -> str:
    """The first letters of the first and the last word, ``DF``; ``?`` where there is no word."""
    return "".join(_first_letters(name)) or "?"


def _first_letters(name: str | None) -> list[str]:
    words = [word for word in (name or "").split() if word.casefold() not in PARTICLES]
    letters = ["".join(filter(str.isalpha, word))[:1].upper()[:1] for word in words]
    letters = [letter for letter in letters if letter]
    return letters[:1] + letters[1:][-1:]


def mask_birth_date(birth: date) -> str:
    """Only the year: ``**/**/1990``."""
    return f"**/**/{birth.year:04}"


def mask_address(address: Address) -> str:
    """Only where it is: ``São Paulo/SP``; ``****`` where neither city nor state is known."""
    where = filter(None, (address.city, address.state))
    return "/".join(mask_text(part, strict=True) for part in where) or "****"


def mask_dependent(dependent: Dependent, today: date) -> str:
    """Initials and age, ``J. S., 9 anos``: dependents are often minors (LGPD art. 14)."""
    letters = " ".join(f"{letter}." for letter in _first_letters(dependent.name)) or "?"
    age = _age(dependent.birth_date, today)
    return f"{letters}, {age}" if age else letters


def _age(birth: date | None, today: date) -> str | None:
    if birth is None or birth > today:
        return None
    had_birthday = (today.month, today.day) >= (birth.month, birth.day)
    years = today.year - birth.year - (not had_birthday)
    if years == 0:
        return "menos de 1 ano"
    return "1 ano" if years == 1 else f"{years} anos"
