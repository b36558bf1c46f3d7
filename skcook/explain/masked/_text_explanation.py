"""An explanation of a text: its weights are painted on the words."""

from dataclasses import dataclass
from typing import Any, ClassVar
from unicodedata import east_asian_width

from skcook.explain.result._explanation import Explanation
from skcook.explain.result._explanation_page import FAINT, marked_html
from skcook.explain.result._explanation_plots import AGAINST, FOR, plain_text
from skcook.utils._optional import import_optional

#: A line of a text in a picture has so many letters, and a picture so many lines.
COLUMNS, LINES = 76, 40
#: Fonts with letters of other scripts and emoji, as the systems have them.
FALLBACKS = (
    "Noto Sans Mono CJK SC", "Noto Sans CJK SC", "Noto Sans CJK JP", "PingFang SC", "Hiragino Sans",
    "Microsoft YaHei", "Yu Gothic", "Malgun Gothic", "WenQuanYi Micro Hei", "Noto Sans Thai",
    "Leelawadee UI", "Noto Sans Devanagari", "Nirmala UI", "Noto Emoji", "Segoe UI Emoji",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class TextExplanation(Explanation):
    """Why a model gave one output for one text.

    It has what every `Explanation` has; page and plot show the text with its words marked.

    Parameters
    ----------
    kind : str, default="text"
        What was explained.
    row, target, prediction, local_prediction, intercept, r2, features, n_others, interactions, \
            output_sd, label : object
        As of an `Explanation`. The value of a feature is how often its word is there, or where.
    source : tuple of (str, str or None, int), default=None
        The text in pieces: what stands there, its word (None between words), the word's value.

    See Also
    --------
    TextExplainer : What makes them.

    Examples
    --------
    >>> from skcook.explain import TextExplainer
    >>> explainer = TextExplainer(lambda texts: [text.count("good") for text in texts]).fit()
    >>> explanation = explainer.explain(["good, good fun"])[0]
    >>> explanation.features[0].feature, explanation.features[0].value
    ('good', 2)
    >>> explanation.source[:2]
    (('good', 'good', 2), (', ', None, 0))
    >>> explanation.plot(kind="force")
    Traceback (most recent call last):
    ...
    ValueError: kind must be one of 'bars', 'ladder'; got 'force'.
    """

    kind: str = "text"

    start: ClassVar[str] = "the output without its words"
    item: ClassVar[str] = "Text"
    things: ClassVar[str] = "words"
    most_lines: ClassVar[int | None] = 12

    @property
    def has_picture(self) -> bool:
        """Whether there is a text."""
        return self.source is not None

    def value_text(self, feature: Any) -> str:
        """Return how often a word is there, if more than once."""
        count = feature.value
        return f"{count} times" if isinstance(count, int) and count > 1 else ""

    def pieces(self, scale: float = 1.0) -> list[tuple[str, bool, float | None]]:
        """Return the text in pieces: what stands there, whether it is a word, and its weight."""
        weights = {(f.feature, f.value): f.weight / scale for f in self.features}
        return [
            (piece, word is not None, None if word is None else weights.get((word, value)))
            for piece, word, value in self.source or ()
        ]

    def picture_dict(self) -> dict[str, Any]:
        """Return the text in pieces, each with its weight or None; see `Explanation`."""
        return {"text": [[piece, weight] for piece, _, weight in self.pieces()]}

    def picture_html(self, scale: float) -> str:
        """Return the text with its words marked."""
        if not self.has_picture:
            return ""
        return marked_html([(piece, weight) for piece, _, weight in self.pieces()], scale)

    def draw(self, ax: Any, scale: float) -> None:
        """Draw the text with its weights behind the words."""
        lines = text_lines(self.pieces(scale))
        if len(lines) > LINES:
            lines = [*lines[:LINES], [(0, "...", 0.0)]]
        fonts = _fonts()
        for number, line in enumerate(lines):
            for column, text, weight in line:
                box = None
                if abs(weight) >= FAINT:
                    box = {
                        "facecolor": FOR if weight > 0 else AGAINST,
                        "alpha": 0.7 * min(abs(weight), 1.0),
                        "edgecolor": "none",
                        "boxstyle": "square,pad=0.15",
                    }
                ax.text(
                    column, number, plain_text(text, most=COLUMNS), family=fonts, size=8,
                    va="center", bbox=box,
                )  # fmt: skip
        ax.set(xlim=(0, COLUMNS), ylim=(max(len(lines), 12) - 0.5, -0.5))
        ax.axis("off")


def _fonts() -> list[str]:
    """Return the font of a text, and those that are there for letters it has not."""
    manager = import_optional("matplotlib.font_manager", feature="A plot of a text", extra="plot")
    known = set(manager.get_font_names())
    return ["monospace", *(name for name in FALLBACKS if name in known)]


def text_lines(
    pieces: list[tuple[str, bool, float | None]],
) -> list[list[tuple[int, str, float]]]:
    """Break a text into lines: the column, the letters and the weight of each piece."""
    lines: list[list[tuple[int, str, float]]] = [[]]
    column = 0
    for piece, is_word, weight in pieces:
        # Spaces and the end of a line separate; a word longer than a line is cut.
        for part in [piece] if is_word else piece.split():
            for start in range(0, len(part), COLUMNS // 2):
                cut = part[start : start + COLUMNS // 2]
                # A Chinese character is as wide as two letters.
                width = sum(2 if east_asian_width(c) in "WF" else 1 for c in cut)
                if column + width > COLUMNS:
                    lines.append([])
                    column = 0
                lines[-1].append((column, cut, weight or 0.0))
                column += width
        if not is_word and piece[-1:].isspace() and column:
            column += 1
    return lines
