"""Writes telephone numbers the many ways clerks have typed them over twenty years."""

from connector.sandbox.dice import Dice
from connector.sandbox.tables import weighted

_MOBILE_FORMATS = weighted("""
450: ({0}) 9{1}-{2}
190: {0}9{1}{2}
90: +55 {0} 9{1}-{2}
40: +55{0}9{1}{2}
40: 55{0}9{1}{2}
70: ({0}) {1}-{2}
30: {0}{1}{2}
30: {0} 9{1} {2}
25: 0{0}9{1}{2}
20: ({0})9{1}{2}, {0} 9.{1}.{2}
10: 9{1}-{2}
5: não tem
""")
"""Seven in a hundred stayed at eight digits when the ninth came (Anatel, 2012 to 2016)."""

_LANDLINE_FORMATS = weighted("""
60: ({0}) {1}-{2}
25: {0}{1}{2}
8: +55 {0} {1}-{2}
4: 0{0} {1} {2}
2: {1}-{2}
1: ({0}) {1}-{2} ramal 12
""")


def _written(dice: Dice, formats: tuple[str, ...], ddd: str, number: int) -> str:
    digits = str(number)
    return dice.pick(formats).format(ddd, digits[:4], digits[4:])


def mobile(dice: Dice, ddd: str) -> str:
    """A mobile number of an area."""
    return _written(dice, _MOBILE_FORMATS, ddd, 60_000_000 + dice.below(40_000_000))


def landline(dice: Dice, ddd: str) -> str:
    """A fixed line of an area."""
    return _written(dice, _LANDLINE_FORMATS, ddd, 20_000_000 + dice.below(40_000_000))
