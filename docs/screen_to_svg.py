"""Turns a terminal screen (`tmux capture-pane -e`, on stdin) into an SVG on stdout.

Usage: screen_to_svg.py TITLE COLUMNS LINES < screen > picture.svg

Reads the SGR sequences of ECMA-48 section 8.3.117 that tmux writes (styles, 16, 256 and 24-bit
colours); anything else is left out. The picture brings its own dark background, and each run of
text is placed by its column, so that it keeps its columns with any monospaced font.
"""

import re
import sys
import unicodedata
from html import escape

FOREGROUND, BACKGROUND = "#d4d7dd", "#16181d"
# Pixels of one cell, and of the frame around the screen.
WIDTH, HEIGHT, FRAME, SIZE = 8.4, 19, 14, 14
BASIC = [
    "#3b4048", "#f2666b", "#8fce7e", "#e6c067", "#6fb1f5", "#d18be6", "#5fc6cf", "#d4d7dd",
    "#8a919e", "#ff8a8e", "#aee39f", "#f5d68a", "#93c8ff", "#e2a9f3", "#86dde4", "#ffffff",
]
# Characters that must join their neighbours, which those of a font do not: as boxes, in parts of a cell
# (left, top, width, height). Light lines (U+2500 …) and blocks from below (U+2581 …).
LEFT, RIGHT, UP, DOWN = (0, 0.48, 0.5, 0), (0.5, 0.48, 0.5, 0), (0.5, 0, 0, 0.5), (0.5, 0.5, 0, 0.5)
JOINED = {
    "─": (LEFT, RIGHT), "│": (UP, DOWN), "┌": (RIGHT, DOWN), "┐": (LEFT, DOWN),
    "└": (RIGHT, UP), "┘": (LEFT, UP), "├": (RIGHT, UP, DOWN), "┤": (LEFT, UP, DOWN),
    **{chr(0x2580 + n): ((0, 1 - n / 8, 1, n / 8),) for n in range(1, 9)},
}
# Width of a line, in pixels.
LINE = 1.2
SEQUENCE = re.compile(r"\x1b\[([0-9;:]*)m")
OTHER = re.compile(r"\x1b(?:\[[0-9;:?]*[@-ln-~]|[()].|\][^\x07\x1b]*(?:\x07|\x1b\\)|[=>]|\x0e|\x0f)")


def indexed(number):
    """The colour of a number in the table of 256."""
    if number < 16:
        return BASIC[number]
    if number >= 232:
        grey = 8 + 10 * (number - 232)
        return f"#{grey:02x}{grey:02x}{grey:02x}"
    level = [0, 95, 135, 175, 215, 255]
    number -= 16
    return "#%02x%02x%02x" % (level[number // 36], level[number // 6 % 6], level[number % 6])


class Style:
    """What the next characters are drawn with."""

    def __init__(self):
        self.reset()

    def reset(self):
        self.fg = self.bg = None
        self.bold = self.dim = self.italic = self.underline = self.reverse = False

    def apply(self, parameters):
        codes = [int(code or 0) for code in re.split("[;:]", parameters)]
        while codes:
            code = codes.pop(0)
            if code in (38, 48) and codes:
                kind, name = codes.pop(0), "fg" if code == 38 else "bg"
                if kind == 5 and codes:
                    setattr(self, name, indexed(codes.pop(0)))
                elif kind == 2 and len(codes) >= 3:
                    setattr(self, name, "#%02x%02x%02x" % tuple(codes[:3]))
                    del codes[:3]
            elif code == 0:
                self.reset()
            elif code in (1, 2, 3, 4, 7):
                setattr(self, ["bold", "dim", "italic", "underline", "", "", "reverse"][code - 1], True)
            elif code == 22:
                self.bold = self.dim = False
            elif code in (23, 24, 27):
                setattr(self, {23: "italic", 24: "underline", 27: "reverse"}[code], False)
            elif 30 <= code <= 37 or 90 <= code <= 97:
                self.fg = BASIC[code - 30 if code < 90 else code - 82]
            elif 40 <= code <= 47 or 100 <= code <= 107:
                self.bg = BASIC[code - 40 if code < 100 else code - 92]
            elif code == 39:
                self.fg = None
            elif code == 49:
                self.bg = None

    def attributes(self):
        """(background or None, attributes of the text)."""
        fg, bg = self.fg or FOREGROUND, self.bg
        if self.reverse:
            fg, bg = bg or BACKGROUND, fg
        out = "" if fg == FOREGROUND else f' fill="{fg}"'
        out += ' font-weight="bold"' if self.bold else ""
        out += ' opacity="0.62"' if self.dim else ""
        out += ' font-style="italic"' if self.italic else ""
        out += ' text-decoration="underline"' if self.underline else ""
        return bg, out


def columns_of(text):
    """Columns that the text takes (Unicode Standard Annex 11)."""
    wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in text)
    return len(text) + wide - sum(unicodedata.combining(letter) != 0 for letter in text)


def runs(line, style):
    """Pieces of one line with one style each: (column, text, background, attributes)."""
    column = 0
    pieces = SEQUENCE.split(OTHER.sub("", line))
    for nth, piece in enumerate(pieces):
        if nth % 2 == 1:
            style.apply(piece)
        elif piece:
            background, attributes = style.attributes()
            # Wide gaps are where columns begin: each column is placed on its own.
            joined = "".join(JOINED)
            for match in re.finditer(f"[{joined}]+|[^\\s{joined}]+(?: [^\\s{joined}]+)*", piece):
                yield (column + columns_of(piece[: match.start()]), match.group(), None, attributes)
            if background:
                yield (column, " " * columns_of(piece), background, "")
            column += columns_of(piece)


def strokes(left, top, text):
    """Places of the boxes that joined characters are made of; equal ones beside each other are one."""
    start = 0
    while start < len(text):
        letter = text[start]
        across = letter == "─" or "▁" <= letter <= "█"
        end = start + 1
        while across and end < len(text) and text[end] == letter:
            end += 1
        for x, y, width, height in JOINED[letter]:
            if across:
                x, width = 0, end - start
            wide = width * WIDTH if width else LINE
            high = height * HEIGHT if height else LINE
            x = left + start * WIDTH + x * WIDTH - (0 if width else LINE / 2)
            yield f'x="{x:.1f}" y="{top + y * HEIGHT:.1f}" width="{wide:.1f}" height="{high:.1f}"'
            if across:
                break
        start = end


def picture(title, columns, lines, screen):
    """The SVG as text."""
    width, height = round(columns * WIDTH + 2 * FRAME), lines * HEIGHT + 2 * FRAME
    boxes, texts, style = [], [], Style()
    for row, line in enumerate(screen[:lines]):
        top = FRAME + row * HEIGHT
        for column, text, background, attributes in runs(line, style):
            left, length = FRAME + column * WIDTH, columns_of(text) * WIDTH
            if text and text[0] in JOINED:
                fill = re.search(r'fill="([^"]+)"', attributes)
                fill = fill.group(1) if fill else FOREGROUND
                fade = ' opacity="0.62"' if "opacity" in attributes else ""
                boxes += [
                    f'<rect {place} fill="{fill}"{fade}/>' for place in strokes(left, top, text)
                ]
            elif background:
                boxes.append(
                    f'<rect x="{left:.1f}" y="{top}" width="{length:.1f}" height="{HEIGHT}" '
                    f'fill="{background}"/>'
                )
            else:
                texts.append(
                    f'<text x="{left:.1f}" y="{top + 14}" textLength="{length:.1f}"{attributes}>'
                    f"{escape(text)}</text>"
                )
    fonts = "ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace"
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
            f'width="{width}" height="{height}" role="img" aria-label="{escape(title)}">',
            f"<title>{escape(title)}</title>",
            f'<rect width="{width}" height="{height}" rx="8" fill="{BACKGROUND}" stroke="#3b4048"/>',
            '<g shape-rendering="crispEdges">',
            *boxes,
            "</g>",
            f'<g font-family="{fonts}" font-size="{SIZE}" fill="{FOREGROUND}" xml:space="preserve">',
            *texts,
            "</g>\n</svg>\n",
        ]
    )


if __name__ == "__main__":
    TITLE, COLUMNS, LINES = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    SCREEN = sys.stdin.buffer.read().decode("utf-8").split("\n")
    sys.stdout.buffer.write(picture(TITLE, COLUMNS, LINES, SCREEN).encode("utf-8"))
