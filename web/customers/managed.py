"""What is decided elsewhere and only shown here: categories and this installation's settings."""

from flask import render_template

from mirror.listing import categories
from web.accounting import permit
from web.current import shop
from web.customers import bp


@bp.get("/categorias")
def category_list() -> str:
    """Every category with its number of customers."""
    permit("browse")
    return render_template("customers/categories.html", rows=categories(shop().mirror))


@bp.get("/configuracoes")
def settings() -> str:
    """How this shop's copy is set up, in words; nothing can be changed on the screen."""
    return render_template("customers/settings.html")
