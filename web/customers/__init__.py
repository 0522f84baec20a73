"""The customer screens: list, search, one customer, and the eye."""

from flask import Blueprint

bp = Blueprint("customers", __name__)

from web.customers import listing, managed, page, reveal, search  # noqa: E402, F401 - they add their routes to bp
