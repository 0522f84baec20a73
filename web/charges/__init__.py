"""The charges of a month (*Cobranças*): Conta Base's list, its filters and their totals."""

from flask import Blueprint

bp = Blueprint("charges", __name__)

from web.charges import listing  # noqa: E402, F401 - it adds its route to bp
