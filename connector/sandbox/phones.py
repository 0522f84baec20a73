"""Writes telephone numbers the many ways clerks have typed them over twenty years."""

from connector.sandbox.dice import Roll
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
10: ({0})9{1}{2}, {0} 9.{1}.{2}
10: 9{1}-{2}
5: não tem
""")
"""One in ten stayed at eight digits when the ninth came (Anatel, 2012 to 2016)."""

_LANDLINE_FORMATS = weighted("""
60: ({0}) {1}-{2}
25: {0}{1}{2}
8: +55 {0} {1}-{2}
4: 0{0} {1} {2}
2: {1}-{2}
1: ({0}) {1}-{2} ramal 12
""")


def mobile(roll: Roll, ddd: str) -> str:
    """A mobile number of an area."""
    written = _MOBILE_FORMATS[roll() % len(_MOBILE_FORMATS)]
    return written.format(ddd, 6000 + roll() % 4000, 1000 + roll() % 9000)


def landline(roll: Roll, ddd: str) -> str:
    """A fixed line of an area."""
    written = _LANDLINE_FORMATS[roll() % len(_LANDLINE_FORMATS)]
    return written.format(ddd, 2000 + roll() % 4000, 1000 + roll() % 9000)
