"""Sets plain pages of A4: lines of text from top to bottom, in columns, over as many as it takes.

pydyf writes the file; this knows how wide letters are, so that texts wrap and amounts end in line.
The fonts are those that every reader of PDF has, so nothing is embedded.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from unicodedata import normalize

import pydyf

WIDTH, HEIGHT = 595, 842
MARGIN = 48
LEADING = 1.4
_FOOT = 40
_ENCODING = "cp1252"  # what PDF calls WinAnsiEncoding
_WIDTHS = {
    191: "'",
    222: "ijl",
    260: "|",
    278: " !,./:;I[]\\ft",
    333: "()-`r",
    334: "{}",
    355: '"',
    389: "*",
    469: "^",
    500: "Jckxsvyz",
    556: "#$?0123456789L_abdeghnopqu",
    584: "+<=>~",
    611: "FTZ",
    667: "&ABEKPSVXY",
    722: "CDHNRUw",
    778: "GOQ",
    833: "Mm",
    889: "%",
    944: "W",
    1015: "@",
}
"""Helvetica's letters by their width in thousandths of the size (Adobe's metrics of the font)."""
_WIDTH_OF = {letter: width for width, letters in _WIDTHS.items() for letter in letters}
_USUAL = 556
_BOLD = 1.07  # Helvetica-Bold is that much wider; its figures are not


@dataclass(frozen=True)
class Cell:
    """A text in a column from ``left``, ``width`` points wide; ``right``: it ends in line."""

    text: str
    left: float
    width: float
    right: bool = False


class Sheets:
    """A document that grows downwards; a line that does not fit begins a new page."""

    def __init__(self, title: str, foot: str) -> None:
        self._pdf = pydyf.PDF()
        self._pdf.info["Title"] = pydyf.String(title)
        self._pdf.catalog["Lang"] = pydyf.String("pt-BR")
        self._foot = foot
        self._fonts = pydyf.Dictionary(
            {"F1": self._font("Helvetica"), "F2": self._font("Helvetica-Bold")}
        )
        self._pages: list[pydyf.Stream] = []
        self._y: float = 0
        self._turn()

    def lines(self, cells: Sequence[Cell], size: float = 10, *, bold: bool = False) -> None:
        """One row of cells, as many lines high as its longest text needs."""
        wrapped = [wrap(cell.text, cell.width, size * (_BOLD if bold else 1)) for cell in cells]
        for place in range(max(map(len, wrapped))):
            self._room(size * LEADING)
            for cell, parts in zip(cells, wrapped, strict=True):
                if place < len(parts):
                    self._show(cell, parts[place], size, bold)

    def gap(self, points: float) -> None:
        """Some room."""
        self._y -= points

    def rule(self) -> None:
        """A thin line across."""
        self._y -= 4
        page = self._pages[-1]
        page.set_line_width(0.5)
        page.move_to(MARGIN, self._y)
        page.line_to(WIDTH - MARGIN, self._y)
        page.stroke()
        self._y -= 3

    def written(self) -> bytes:
        """The whole document."""
        for number, page in enumerate(self._pages, 1):
            foot = Cell(f"{self._foot} · {number}/{len(self._pages)}", MARGIN, WIDTH - 2 * MARGIN)
            self._y = _FOOT - 10
            self._show(foot, foot.text, 8, False, page)
            self._add(page)
        out = BytesIO()
        self._pdf.write(out)
        return out.getvalue()

    def _font(self, name: str) -> bytes:
        font = pydyf.Dictionary(
            {
                "Type": "/Font",
                "Subtype": "/Type1",
                "BaseFont": f"/{name}",
                "Encoding": "/WinAnsiEncoding",
            }
        )
        self._pdf.add_object(font)
        reference: bytes = font.reference
        return reference

    def _turn(self) -> None:
        self._pages.append(pydyf.Stream(compress=True))
        self._y = HEIGHT - MARGIN

    def _room(self, points: float) -> None:
        if self._y - points < _FOOT:
            self._turn()
        self._y -= points

    def _show(
        self, cell: Cell, text: str, size: float, bold: bool, page: pydyf.Stream | None = None
    ) -> None:
        wide = width(text, size) * (_BOLD if bold and not any(map(str.isdigit, text)) else 1)
        left = cell.left + (cell.width - wide if cell.right else 0)
        stream = page or self._pages[-1]
        stream.begin_text()
        stream.set_font_size("F2" if bold else "F1", size)
        stream.move_text_to(round(left, 2), round(self._y, 2))
        stream.show_text_string(text.encode(_ENCODING, "replace"))
        stream.end_text()

    def _add(self, page: pydyf.Stream) -> None:
        self._pdf.add_object(page)
        self._pdf.add_page(
            pydyf.Dictionary(
                {
                    "Type": "/Page",
                    "Parent": self._pdf.pages.reference,
                    "MediaBox": pydyf.Array([0, 0, WIDTH, HEIGHT]),
                    "Resources": pydyf.Dictionary({"Font": self._fonts}),
                    "Contents": page.reference,
                }
            )
        )


def width(text: str, size: float) -> float:
    """How wide a text is, in points; a letter with an accent is as wide as without."""
    plain = (normalize("NFKD", letter)[:1] for letter in text)
    return sum(_WIDTH_OF.get(letter, _USUAL) for letter in plain) * size / 1000


def wrap(text: str, room: float, size: float) -> list[str]:
    """The text in lines that fit; a word too long for any line is cut."""
    lines = [""]
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}" if lines[-1] else word
        if width(longer, size) <= room:
            lines[-1] = longer
            continue
        lines.append(word)
        while width(lines[-1], size) > room and len(lines[-1]) > 1:
            fits = _fitting(lines[-1], room, size)
            lines[-1:] = [lines[-1][:fits], lines[-1][fits:]]
    return [line for line in lines if line] or [""]


def _fitting(word: str, room: float, size: float) -> int:
    fits = 1
    while fits < len(word) and width(word[: fits + 1], size) <= room:
        fits += 1
    return fits
