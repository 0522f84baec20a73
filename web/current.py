"""What every view may reach: the two databases, the settings and who is asking."""

from dataclasses import dataclass
from typing import cast

from flask import current_app, g

from mirror.database import Database
from web.people import Person
from web.settings import WebSettings, Wording

EXTENSION = "espelho"


@dataclass(frozen=True)
class Shop:
    """One running application's own things; made once in ``create_app``."""

    mirror: Database
    ledger: Database
    settings: WebSettings
    wording: Wording


def shop() -> Shop:
    """The things of the application that answers this request."""
    return cast(Shop, current_app.extensions[EXTENSION])


def person() -> Person:
    """Who is signed in; only for views behind the session gate, which sets it."""
    return cast(Person, g.person)
