"""The tabs of what a customer did, and how the standings came about."""

from flask import Blueprint

bp = Blueprint("activity", __name__)

# They add their routes to it.
from web.activity import deals, history, order_files, orders, payments  # noqa: E402, F401
