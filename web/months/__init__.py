"""The assistant (*Assistente*): a month in figures and pictures, the last, and the year behind."""

from flask import Blueprint

bp = Blueprint("months", __name__)

from web.months import overview  # noqa: E402, F401 - it adds its route to bp
