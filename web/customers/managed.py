"""What is decided elsewhere and only shown here: categories and this installation's settings."""

from flask import render_template

from web.accounting import permit
from web.customers import bp
from web.customers.listing import known_categories


@bp.get("/categorias")
def category_list() -> str:
    """Every category with its number of customers."""
    permit("browse")
    return render_template("customers/categories.html", rows=known_categories())


@bp.get("/configuracoes")
def settings() -> str:
    """How this shop's copy is set up, in words; nothing can be changed on the screen."""
    return render_template("customers/settings.html")
