"""The customer screens: list, search, one customer, and the eye."""

from flask import Blueprint

bp = Blueprint("customers", __name__)

# They add their routes to it.
from web.customers import listing, page, search  # noqa: E402, F401
