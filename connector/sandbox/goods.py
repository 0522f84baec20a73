"""What the shop sells, at which price, and the pages of its site."""

import unicodedata

from connector.sandbox.activity import Line
from connector.sandbox.dice import Roll
from connector.sandbox.tables import listed

_PRICES = """
329.90: Tênis de corrida
89.90: Sandália rasteira
289.90: Bolsa de couro
149.90: Calça jeans reta
199.00: Vestido midi
79.90: Camisa polo
39.90: Camiseta básica
219.90: Jaqueta corta-vento
159.00: Perfume amadeirado
42.50: Hidratante de castanha
29.90: Batom vermelho
249.90: Sapato social
279.00: Bota de cano curto
139.90: Mochila escolar
64.90: Roupa de bebê
119.90: Maiô
34.99: Chinelo
359.00: Blazer
17.45: Meia-calça
"""
_COLOURS = listed("preto, branco, azul-marinho, vermelho, bege, verde-oliva, rosa, caramelo")
_OTHER_PAGES = listed("/, /novidades, /ofertas, /lojas, /trocas-e-devolucoes, /cartao-da-loja")
_FEW = (1, 1, 1, 1, 1, 1, 2, 3)
_BY_THE_DOZEN = (6, 10, 12, 12, 20, 24, 36, 50)


def _read(text: str) -> tuple[tuple[str, int], ...]:
    lines = [line.split(": ") for line in text.strip().splitlines()]
    return tuple((name, int(price.replace(".", ""))) for price, name in lines)


def _address(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return "/produto/" + plain.lower().replace(" ", "-")


GOODS = _read(_PRICES)
"""Name and price in hundredths."""
_PAGES = tuple(_address(name) for name, _ in GOODS) + _OTHER_PAGES


def line(roll: Roll, *, company: bool) -> Line:
    """A line of an order: one or few for a person, by the dozen for a company."""
    name, price = GOODS[roll() % len(GOODS)]
    many = _BY_THE_DOZEN if company else _FEW
    colour = _COLOURS[roll() % len(_COLOURS)]
    return Line(f"{name} {colour}", many[roll() % len(many)], price)


def page(lot: int) -> str:
    """A page of the site; most show a product."""
    return _PAGES[lot % len(_PAGES)]


def page_of(name: str) -> str:
    """The page of a product that is part of an order."""
    return _address(name.rpartition(" ")[0])
