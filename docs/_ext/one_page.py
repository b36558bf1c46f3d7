"""The cheat sheet on one page, as SVG and PDF, drawn from the page of the documentation itself.

Every section of ``cheat_sheet.md`` becomes a box with its code and its tables; what is only there
to make the code run, imports and blank lines, is left out.
"""

import logging
import re
import textwrap
from dataclasses import dataclass
from pathlib import Path

import matplotlib as mpl
from matplotlib.backends.backend_pdf import FigureCanvasPdf
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

DOCS = Path(__file__).parent.parent
# What it says of each font that it makes smaller is not of the documentation.
logging.getLogger("fontTools").setLevel(logging.WARNING)
#: Millimetres: A4 on its side, its margins, three columns, a line of text.
WIDTH, HEIGHT, MARGIN, N_COLUMNS, LINE = 297, 210, 8, 3, 3.75
LETTERS = 57  # of a line of a box
MONO = {"family": "DejaVu Sans Mono", "va": "center"}
INK, FAINT, BLUE = "#1a1a1a", "#5a6472", "#1f5f99"


@dataclass
class Box:
    """A section: its title, and its lines with what they are, code or words."""

    title: str
    lines: list[tuple[str, str]]

    @property
    def height(self) -> float:
        """Millimetres, the gap to the next box included."""
        return LINE * len(self.lines) + 11.5


def boxes(text: str) -> list[Box]:
    """Return the sections of the page, those without a line of their own left out."""
    found = []
    for section in re.split(r"^## ", text, flags=re.MULTILINE)[1:]:
        title, _, body = section.partition("\n")
        lines: list[tuple[str, str]] = []
        in_code = in_import = False
        for line in body.splitlines():
            if line.startswith("```"):
                in_code = not in_code
                continue
            if in_code:
                starts = re.match(r"(from|import) ", line)
                if starts or in_import:
                    in_import = (bool(starts) and line.endswith("(")) or (in_import and line != ")")
                elif line.strip():
                    inside = len(line) - len(line.lstrip()) + 4
                    lines += [("code", part) for part in wrapped(line, " " * inside)]
            elif line.strip() and not line.startswith("|"):
                lines += [("words", part) for part in wrapped(line.replace("`", ""), "  ")]
        for row in table_lines(body):
            lines += [("words", part) for part in wrapped(row, "  ")]
        found.append(Box(title, lines))
    return [box for box in found if box.lines]


def table_lines(body: str) -> list[str]:
    """Return the rows of a section's tables as lines; where there is one row, its cells."""
    rows = [
        [cell.strip().replace("`", "") for cell in line.strip("|").split("|")]
        for line in body.splitlines()
        if line.startswith("|")
    ]
    found: list[str] = []
    for header, rule, *rest in (rows,) if len(rows) > 2 else ():
        assert all(set(cell) <= {"-"} for cell in rule)
        if len(rest) == 1:
            found += [f"{name}: {cell}" for name, cell in zip(header, rest[0])]
        else:
            found += [": ".join(row) for row in rest]
    return found


def wrapped(line: str, indent: str) -> list[str]:
    """Break a line that is wider than its box."""
    return textwrap.wrap(line, LETTERS, subsequent_indent=indent, break_long_words=False) or [""]


def columns(sections: list[Box]) -> list[list[Box]]:
    """Spread the sections over the columns in their order, none longer than it has to be."""
    total = sum(box.height for box in sections)
    limit = total / N_COLUMNS
    while True:
        spread: list[list[Box]] = [[]]
        for box in sections:
            if spread[-1] and sum(b.height for b in spread[-1]) + box.height > limit:
                spread.append([])
            spread[-1].append(box)
        if len(spread) <= N_COLUMNS:
            return spread
        limit += 1


def draw(sections: list[Box]) -> Figure:
    """Draw the sheet; raise if it is longer than a page."""
    spread = columns(sections)
    longest = max(sum(box.height for box in column) for column in spread)
    if longest > HEIGHT - 2 * MARGIN - 12:
        raise ValueError(f"The cheat sheet is longer than a page: {longest:.0f} mm.")
    figure = Figure(figsize=(WIDTH / 25.4, HEIGHT / 25.4))
    ax = figure.add_axes((0, 0, 1, 1))
    ax.set(xlim=(0, WIDTH), ylim=(HEIGHT, 0))
    ax.axis("off")
    ax.text(MARGIN, MARGIN + 5, "skcook", size=17, weight="bold", color=INK, va="center")
    what = "prepare, model, explain, review, serve: the everyday work as scikit-learn parts"
    ax.text(MARGIN + 30, MARGIN + 5.4, what, size=8.5, color=FAINT, va="center")
    wide = (WIDTH - 2 * MARGIN) / N_COLUMNS
    for number, column in enumerate(spread):
        x, y = MARGIN + number * wide, MARGIN + 12
        for box in column:
            shape = FancyBboxPatch(
                (x + 1, y), wide - 4, box.height - 4, boxstyle="round,pad=0,rounding_size=1.5",
                facecolor="#f6f8fa", edgecolor="#c9d3de", linewidth=0.6,
            )  # fmt: skip
            ax.add_patch(shape)
            ax.text(x + 3, y + 4, box.title, size=10, weight="bold", color=BLUE, va="center")
            for place, (kind, line) in enumerate(box.lines):
                kept = line.replace(" ", "\N{NO-BREAK SPACE}")
                color = INK if kind == "code" else FAINT
                ax.text(x + 3, y + 9 + place * LINE, kept, size=7.1, color=color, **MONO)
            y += box.height
    return figure


def write(folder: Path) -> None:
    """Write the sheet as SVG and PDF, the same bytes each time."""
    folder.mkdir(parents=True, exist_ok=True)
    figure = draw(boxes((DOCS / "cheat_sheet.md").read_text()))
    with mpl.rc_context({"svg.hashsalt": "skcook", "pdf.fonttype": 42, "svg.fonttype": "none"}):
        FigureCanvasSVG(figure).print_svg(folder / "cheat_sheet.svg", metadata={"Date": None})
        FigureCanvasPdf(figure).print_pdf(
            folder / "cheat_sheet.pdf", metadata={"CreationDate": None}
        )


def setup(app):
    """Draw the sheet before the page that shows it is read."""
    app.connect("builder-inited", lambda app: write(DOCS / "_static" / "made"))
    return {"parallel_read_safe": True}
