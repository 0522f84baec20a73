"""The tabs of what a customer did, and how the standings came about."""

from flask import Blueprint

bp = Blueprint("activity", __name__)

from web.activity import deals, downloads, history, orders, payments, visits  # noqa: E402, F401 - they add their routes to bp
