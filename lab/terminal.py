"""What a terminal shows of a command that writes to one, and the picture of that."""

import re
from dataclasses import dataclass, field
from typing import Final
from xml.sax.saxutils import escape

TOKEN: Final = re.compile(r"\x1b\[([?0-9;]*)([A-Za-z])|\x1b[()][A-Z0-9]|(.)", re.DOTALL)
COLOURS: Final = {
    "black": "#6e7681",
    "red": "#ff7b72",
    "green": "#7ee787",
    "yellow": "#e3b341",
    "blue": "#79c0ff",
    "magenta": "#d2a8ff",
    "cyan": "#76e3ea",
    "white": "#f0f6fc",
    "": "#d0d7de",
}
NAMES: Final = tuple(COLOURS)
BACKGROUND: Final = "#0d1117"
BAR: Final = "#21262d"
ACROSS, DOWN, EDGE = 8.4, 19, 16
"""Of a character, of a line and around all: units of the picture."""
FONT: Final = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace"


@dataclass(frozen=True)
class Style:
    colour: str = ""
    bold: bool = False

    def told(self, codes: str) -> "Style":
        """After codes of SGR, `1;31`; those that pictures do not know change nothing."""
        style = self
        for code in map(int, (codes or "0").replace("?", "").split(";")):
            if code in (0, 22, 39):
                style = Style(style.colour if code == 22 else "", style.bold and code == 39)
            elif code == 1:
                style = Style(style.colour, bold=True)
            elif code % 10 < 8 and code // 10 in (3, 9):
                style = Style(NAMES[code % 10], style.bold)
        return style


@dataclass
class Screen:
    """As much of a terminal as our commands use: colours, lines written over and erased."""

    width: int = 125
    lines: list[list[tuple[str, Style]]] = field(default_factory=lambda: [[]])
    row: int = 0
    column: int = 0
    style: Style = field(default_factory=Style)

    def write(self, text: str) -> None:
        for match in TOKEN.finditer(text):
            codes, what, character = match.groups()
            if character:
                self._put(character)
            elif what == "m":
                self.style = self.style.told(codes)
            elif what in ("A", "B"):
                self._down(int(codes or 1) * (1 if what == "B" else -1))
            elif what == "C":
                self.column += int(codes or 1)
            elif what == "G":
                self.column = int(codes or 1) - 1
            elif what in ("K", "J"):
                self._erase(whole=codes == "2", below=what == "J")

    @property
    def text(self) -> str:
        """Without colours."""
        return "\n".join("".join(character for character, _ in line).rstrip() for line in self.lines)

    def _down(self, lines: int) -> None:
        self.row = max(0, self.row + lines)
        self.lines += [[] for _ in range(self.row + 1 - len(self.lines))]

    def _put(self, character: str) -> None:
        if character in "\r\n":
            self.column = 0
            self._down(int(character == "\n"))
        elif character >= " ":
            if self.column >= self.width:
                self._put("\n")
            line = self.lines[self.row]
            line += [(" ", Style())] * (self.column + 1 - len(line))
            line[self.column] = (character, self.style)
            self.column += 1

    def _erase(self, *, whole: bool, below: bool) -> None:
        del self.lines[self.row][0 if whole else self.column :]
        if below:
            del self.lines[self.row + 1 :]


def picture(screen: Screen, title: str) -> str:
    """An SVG of what is to be seen; nothing of it is fetched from elsewhere."""
    lines = screen.text.rstrip().splitlines()
    width = round(max(map(len, (*lines, title))) * ACROSS + 2 * EDGE)
    height = (len(lines) + 2) * DOWN + EDGE
    rows = [_row(line, number) for number, line in enumerate(screen.lines[: len(lines)])]
    return "\n".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">',
            f"<title>{escape(title)}</title>",
            f'<rect width="{width}" height="{height}" rx="8" fill="{BACKGROUND}"/>',
            f'<rect width="{width}" height="{DOWN + 8}" rx="8" fill="{BAR}"/>',
            f'<g font-family="{FONT}" font-size="14" fill="{COLOURS[""]}" xml:space="preserve">',
            f'<text x="{EDGE}" y="{DOWN}">{escape(title)}</text>',
            *filter(None, rows),
            "</g>",
            "</svg>\n",
        )
    )


def _row(line: list[tuple[str, Style]], number: int) -> str:
    runs: list[tuple[str, Style, int]] = []
    for column, (character, style) in enumerate(line):
        if runs and runs[-1][1] == style:
            runs[-1] = (runs[-1][0] + character, style, runs[-1][2])
        else:
            runs.append((character, style, column))
    y = (number + 2) * DOWN + EDGE // 2
    spans = "".join(_span(text.rstrip(), style, column) for text, style, column in runs if text.strip())
    return f'<text y="{y}">{spans}</text>' if spans else ""


def _span(text: str, style: Style, column: int) -> str:
    """Where it begins and how long it is are said, whatever font is there."""
    colour = f' fill="{COLOURS[style.colour]}"' if style.colour else ""
    bold = ' font-weight="bold"' if style.bold else ""
    place = f'x="{EDGE + column * ACROSS:.1f}" textLength="{len(text) * ACROSS:.1f}"'
    return f"<tspan {place}{colour}{bold}>{escape(text)}</tspan>"
