"""One value of a master's record at a time: read, normalised, or refused by a named rule."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, tzinfo
from functools import lru_cache
from itertools import islice
from typing import Any

import msgspec

from connector.mapping import Map, Parts
from connector.mapping.expressions import (
    Dialect,
    Expression,
    Getter,
    numbered,
    paths_in,
    reading_lines,
)
from connector.mapping.strict_json import (
    ABSENT,
    LONGEST_ABSENT,
    absent,
    texts_below,
    tidied,
    whole_number,
    written,
)
from mirror.text import clean, fold

_LONGEST_ID = 64
_DIGITS = re.compile(r"-?[0-9]{1,15}")
_LONGEST_STAMP = 40
SHORT, LONG, NOTES = 200, 1_000, 20_000
"""Most characters of a name or word, of an address line or extra, of free notes."""


Lines = list[tuple[str, str | Callable[[dict[str, Any]], Any]]]
"""Fields and where each lies: a key of the record, or a function that finds it."""


class Refused(ValueError):
    """A value that would make the record wrong: which field, by which rule; never the value."""

    def __init__(
        self, field: str, rule: str, external_id: str | None = None, value: Any = None
    ) -> None:
        super().__init__(f"{field}: {rule}")
        self.field = field
        self.rule = rule
        self._value = value
        self.external_id = external_id
        """Whose record it is, where that could still be read."""

    @property
    def shape(self) -> str:
        """What the value looks like (`mirror.masking.mask_shape`); empty where none is named."""
        from mirror.masking import mask_shape  # a run without refusals needs no mask

        return mask_shape(self._value)


def text(value: Any, field: str, most: int = SHORT) -> str | None:
    """One line of tidy text; numbers are written out, true, lists and objects refused.

    The record was tidied as a whole (`connector.mapping.strict_json`), except for line breaks.
    """
    if type(value) is str:
        if len(value) > most:
            raise Refused(field, "too_long", value=value)
        if len(value) <= LONGEST_ABSENT and value in ABSENT:
            return None
        return clean(value) if "\n" in value else value
    if value is None or absent(value):
        return None
    if type(value) is int or type(value) is float:
        return text(written(value), field, most)
    raise Refused(field, "not_text", value=value)


def is_plain(value: str) -> bool:
    """Whether a text can be shown as it is: short, on one line, and saying something."""
    return len(value) <= SHORT and value not in ABSENT and "\n" not in value


def spared(value: Any, field: str, flags: list[str], most: int = SHORT) -> str | None:
    """The same of a text that a record can do without: cut, or left out, each with a flag.

    Of a list in its place the first text is read, of an object its main part.
    """
    if value is None:
        return None
    if type(value) is list or type(value) is dict:
        value = one_of(value, field, flags)
    if type(value) is str and len(value) <= most and "\n" not in value:
        return None if value in ABSENT else value
    try:
        return text(value, field, most)
    except Refused as why:
        if why.rule != "too_long":
            flags.append(f"{field}_invalid")
            return None
        flags.append(f"{field}_too_long")
        return clean(str(value)[:most])


def whole_text(value: Any, field: str) -> str | None:
    """What identifies somebody, as text of any length; a number's fraction of zero goes.

    Raises Refused for what is neither a text nor a number.
    """
    if type(value) is str:
        return None if absent(value) else value
    return text(value, field, LONG)


def label(received: str, field: str, flags: list[str]) -> str | None:
    """A key of the master's that is shown as it is: tidied here, since only values were."""
    tidy = _tidy_label(received) if len(received) <= SHORT else clean(received)
    return spared(tidy, field, flags)


_tidy_label = lru_cache(maxsize=1_024)(clean)
"""A register has few labels, and each record has most of them."""


def lines(wanted: Lines, place: str = "") -> Callable[[dict[str, Any], list[str]], dict[str, str]]:
    """Reads several lines of text at once, by field; those that are empty are left out.

    What every record goes through most: a text without surprises costs no call. A record
    whose own name is no text is refused: who would that be?
    """
    names = {"ABSENT": ABSENT, "unusual": _spared_line, "place": place, "SHORT": SHORT}
    return reading_lines(wanted, names)


def _spared_line(value: Any, place: str, field: str, flags: list[str]) -> str | None:
    if type(value) is list or type(value) is dict:
        value = one_of(value, place or field, flags)
    if field == "name" and not place and type(value) is not str:
        return text(value, field)
    return spared(value, place or field, flags)


def notes(value: Any, field: str, flags: list[str]) -> str | None:
    """Free text: its line breaks stay."""
    if value is None:
        return None
    if type(value) is not str or value in ABSENT:
        return spared(value, field, flags, NOTES)
    if len(value) <= NOTES:
        return value
    flags.append(f"{field}_too_long")
    return clean(value[:NOTES], lines=True)


def external_id(value: Any) -> str:
    """The master's id: a whole number or a line of text, compared byte by byte.

    At most 64 characters of any alphabet, without controls; blanks around it are none of it.
    """
    value = whole_number(value)
    if type(value) is int:
        return str(value)
    name = value.strip() if type(value) is str else ""
    if not name:
        said = value is not None and value is not False and type(value) is not str
        raise Refused("id", "not_an_id" if said else "missing", value=value)
    if len(name) > _LONGEST_ID or _leads_elsewhere(name) or clean(name) != name:
        raise Refused("id", "not_an_id", value=value)
    return name


_leads_elsewhere = re.compile(r"(?:\A|[/\\])\.{1,2}(?:[/\\]|\Z)").search
"""In an address, however it is encoded: ``..`` between slashes."""


def counter(value: Any) -> int:
    """A version counted by the master, also one that is written as a text."""
    if type(value) is str and _DIGITS.fullmatch(value):
        value = int(value)
    if type(value) is not int or not 0 <= value < 2**63:
        raise Refused("version", "not_a_counter", value=value)
    return value


def instant(value: Any, field: str, zone: tzinfo) -> datetime:
    """An ISO instant in UTC; a naive one is the master's local time. Refuses everything else."""
    try:
        return _moment(value, zone).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Refused(field, "not_a_date", value=value) from None


def day(value: Any, zone: tzinfo) -> date | None:
    """A calendar day, in the master's zone where an instant was sent; None when it is not one."""
    try:
        if type(value) is str and len(value) == 10:
            return date.fromisoformat(value)
        return _moment(value, zone).astimezone(zone).date()
    except (ValueError, OverflowError):
        return None


def _moment(value: Any, zone: tzinfo) -> datetime:
    if (
        type(value) is not str
        or len(value) > _LONGEST_STAMP
        or value[4:5] != "-"
        or value[7:8] != "-"
    ):
        raise ValueError
    try:
        read = datetime.fromisoformat(value)
    except ValueError:
        read = datetime.fromisoformat(value.strip().upper())  # a lower-case z, a stray space
    return read if read.tzinfo else read.replace(tzinfo=zone)


def whole(value: Any, field: str) -> int | None:
    """A whole number of at most 15 digits, also when written as text."""
    number = value
    written = type(value) is str and _DIGITS.fullmatch(value)
    if written or (type(value) is float and value.is_integer()):
        number = int(value)
    if number is not None and type(number) is not int:
        raise Refused(field, "not_a_number", value=value)
    if number is not None and abs(number) >= 10**15:
        raise Refused(field, "too_large", value=value)
    return number


def items(value: Any) -> list[Any]:
    """A list; a single value counts as a list of it, nothing as an empty one.

    A list that a master keeps as JSON in a field of text is that list, and so is an object whose
    keys are the numbers of its places.
    """
    if type(value) is list:
        return value
    if value is None or value is False:
        return []
    if type(value) is str and value[:1] in ("[", "{"):
        return _unpacked(value)
    if type(value) is dict and numbered(value):
        return list(value.values())
    return [value]


def _unpacked(value: str) -> list[Any]:
    try:
        found = tidied(msgspec.json.decode(value))
    except (msgspec.DecodeError, RecursionError):
        return [value]
    return [found] if type(found) is dict else found if type(found) is list else [value]


def postal_code(received: str, flags: list[str]) -> str | None:
    """A CEP's eight digits; what is none is left out with a flag."""
    digits = received.replace("-", "").replace(".", "").replace(" ", "")
    if len(digits) == 8 and digits.isdecimal():
        return digits
    flags.append("postal_code_invalid")
    return None


# Lists of objects in a master's record: bounded, cut with a flag, read part by part.

Carry = Callable[[Any], dict[str, Any]]
"""Makes an object of what is its main part."""
MOST_LISTED = 20
"""Phones, e-mails and addresses shown; a master's longer list is cut and flagged."""


def listed(
    received: Any, field: str, flags: list[str], most: int = MOST_LISTED, carry: Carry | None = None
) -> list[dict[str, Any]]:
    """The objects of a list, cut to what is shown; what is none is left out with a flag.

    With ``carry`` a text in the place of an object is its main part.
    """
    if received is None or (type(received) is not list and absent(received)):
        return []
    found = items(received)
    if len(found) > most:
        flags.append(f"{field}_truncated")
        found = found[:most]
    for one in found:
        if type(one) is not dict:
            return _objects(found, field, flags, carry)
    return found


def _objects(
    found: list[Any], field: str, flags: list[str], carry: Carry | None
) -> list[dict[str, Any]]:
    objects = []
    for one in found:
        if type(one) is dict:
            objects.append(one)
        elif carry and (_is_words(one) or (type(one) is int and one >= _LEAST_NUMBER)):
            objects.append(carry(one))
        elif not absent(one):
            flags.append(f"{field}_invalid")
    return objects


_LEAST_NUMBER = 10**7
"""A telephone; a smaller number in the place of an object is nobody's."""


def _is_words(value: Any) -> bool:
    return type(value) is str and not absent(value) and value[0] not in "[{"  # JSON cut off


def several(received: Any, field: str, flags: list[str], most: int = MOST_LISTED) -> Sequence[Any]:
    """The values of a list, or the one that there is; more than are shown are cut with a flag.

    Of an object in the place of a value its main part is read, with a flag.
    """
    if received is None:
        return ()
    if type(received) is str and received[:1] not in ("[", "{"):
        return (received,)
    found = items(received)
    if len(found) > most:
        flags.append(f"{field}_truncated")
        found = found[:most]
    if dict in map(type, found):
        return [part for one in found for part in _main_parts(one, field, flags)]
    return found


def one_of(value: Any, field: str, flags: list[str]) -> Any:
    """What a list or an object says in the place of one value: its first, with a flag if of more.

    None where it says nothing; the object itself where nobody can tell which part is meant.
    """
    found = [one for one in several(value, field, flags) if not absent(one)]
    if len(found) > 1:
        flags.append(f"{field}_shape")
    return found[0] if found else None


_MAIN_PARTS = {
    "documents": ("documento", "document", "cpf", "cnpj"),
    "phones": ("telefone", "phone", "celular", "mobile", "fone", "whatsapp"),
    "emails": ("email", "e-mail", "mail", "endereco", "address"),
    "state_registration": ("rg", "ie", "inscricao", "inscricao estadual"),
}
_NUMBER_PARTS = ("numero", "number", "valor", "value")
_WORD_PARTS = ("nome", "name", "rotulo", "label", "titulo", "title", "descricao", "description")
"""What programs call the part of an object that would do in its place."""


def _main_parts(value: Any, field: str, flags: list[str]) -> list[Any]:
    """What an object says in the place of one value; itself, for its reader to refuse, if nothing.

    A value of the name of its field, each of several; else the one that is called a value; else
    the only one.
    """
    if type(value) is not dict:
        return [value]
    plain = {fold(key): one for key, one in value.items() if type(one) in (str, int, float)}
    said = {key: one for key, one in plain.items() if not absent(one)}
    usual = _NUMBER_PARTS if field in _MAIN_PARTS else (*_WORD_PARTS, *_NUMBER_PARTS)
    main = [said[key] for key in _MAIN_PARTS.get(field, ()) if key in said]
    main = main or [said[key] for key in usual if key in said][:1]
    if not main and len(said) == 1 and field != "name":  # an e-mail would be nobody's name
        main = [one for one in said.values() if type(one) is str]
    if not main:
        return [value]
    flags.append(f"{field}_shape")
    if field == "phones" and "ddd" in said:
        return [f"{said['ddd']} {one}" for one in main if one != said["ddd"]]
    return main


def parts_of(parts: Mapping[str, Expression], dialect: Dialect) -> dict[str, Getter]:
    """How to read each part of one object."""
    return {name: dialect.getter(spec) for name, spec in parts.items()}


OF_NUMBERS = ("document", "phone", "email", "contacts", "state_registration")
"""How the flags begin of fields in which numbers of people are left out."""
_MOST_TEXTS = 200


def numbers(map_: Map, dialect: Dialect) -> Callable[[dict[str, Any]], Iterator[str]]:
    """Whatever stands in the fields that hold somebody's numbers, whether it can be read or not."""
    specs: list[Any] = [*map_.documents, *map_.state_registration, *map_.emails]
    lists: list[tuple[Getter, list[Getter]]] = []
    for spec, names in ((map_.phones, ("number",)), (map_.contacts, ("phone", "email"))):
        if isinstance(spec, Parts):
            parts = paths_in([spec.parts[name] for name in names if name in spec.parts])
            lists.append((dialect.getter(spec.at), [dialect.getter(path) for path in parts]))
        else:
            specs += spec or []
    getters = [dialect.getter(path) for path in paths_in(specs)]

    def read(record: dict[str, Any]) -> Iterator[str]:
        found = [get(record) for get in getters]
        for at, parts in lists:
            for one in items(at(record)):
                found += [part(one) for part in parts] if type(one) is dict else [one]
        return islice(texts_below(found), _MOST_TEXTS)

    return read
