"""Explanations of texts and of images: their weights are painted on the words, on the regions."""

import base64
import struct
import zlib
from dataclasses import dataclass
from typing import Any, ClassVar
from unicodedata import east_asian_width

import numpy as np

from skcook.explain.masked._image_reader import in_colour
from skcook.explain.result._explanation import Explanation, lime_module
from skcook.explain.result._explanation_plots import AGAINST, FOR, plain_text
from skcook.explain.result._shown import FAINT, fill_template, marked_html
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


#: The colours of what raises and what lowers an output, over the pixels of an image.
FOR_PIXELS, AGAINST_PIXELS = (0x2C, 0x7F, 0xC4), (0xD3, 0x65, 0x2A)
#: An image is shown with about so many pixels on its longest side, at least and at most.
SMALLEST, LARGEST = 240, 512
#: So much of a pixel's colour is the weight's, where the weight is the largest.
TINT = 0.55
#: Regions above this share of the scale have a border and a number.
MARKED = 0.05
#: An output that varies less than this share of itself over all masks is not moved by them.
MOVED = 1e-3


@dataclass(frozen=True, kw_only=True)
class ImageExplanation(Explanation):
    """Why a model gave one output for one image.

    It has what every `Explanation` has; page and plot show the image with its regions marked.

    Parameters
    ----------
    kind : str, default="image"
        What was explained.
    row, target, prediction, local_prediction, intercept, r2, features, n_others, interactions, \
            output_sd, label : object
        As of an `Explanation`. The value of a feature is the number of its superpixel.
    source : object, default=None
        The image with its superpixels: `source.segments` of shape (height, width) has the number
        of each pixel's.

    See Also
    --------
    ImageExplainer : What makes them.

    Examples
    --------
    >>> import numpy as np
    >>> from skcook.explain import ImageExplainer
    >>> explainer = ImageExplainer(
    ...     lambda images: images[:, :4].mean(axis=(1, 2)), segmenter="grid", random_state=0
    ... ).fit()
    >>> image = np.ones((8, 8))
    >>> image[0, 0] = 0
    >>> explanation = explainer.explain([image])[0]
    >>> explanation.filling, explanation.source.segments.shape
    ('black', (8, 8))
    """

    kind: str = "image"

    start: ClassVar[str] = "the output with all hidden"
    item: ClassVar[str] = "Image"
    things: ClassVar[str] = "superpixels"
    most_lines: ClassVar[int | None] = 12

    @property
    def has_picture(self) -> bool:
        """Whether there is an image."""
        return self.source is not None

    @property
    def filling(self) -> str | None:
        """What hid the superpixels: "mean", "black", "white", "blur", or a colour."""
        return None if self.source is None else self.source.filling

    @property
    def note(self) -> str | None:
        """What a reader should know of the regions and of what hid them; see `Explanation`."""
        said = [] if self.source is None else [self.source.remark]
        spread, size = self.output_sd, abs(self.prediction) + abs(self.intercept)
        if spread is not None and self.features and spread < MOVED * size:
            said.append(
                "No region moves what the model says, however many are hidden "
                f"(by: {self.filling}). Try another hide_color."
            )
        else:
            said.append(super().note)
        return " ".join(filter(None, said)) or None

    def value_text(self, feature: Any) -> str:
        """Return nothing: the name of a region holds its number."""
        return ""

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain values, with what hid the regions; see `Explanation`."""
        return {**super().to_dict(), "filling": self.filling}

    def picture_dict(self) -> dict[str, Any]:
        """Return the number of the superpixel of each pixel; see `Explanation`."""
        return {} if self.source is None else {"segments": self.source.segments.tolist()}

    def to_lime(self) -> Any:
        """Return the explanation as an object of the lime library; see `Explanation`."""
        image, segments = self.source.image, self.source.segments
        if image.ndim == 2:
            image = image[..., None]
        if image.shape[2] == 1:
            # lime paints regions red and green.
            image = np.repeat(image, 3, axis=2)
        out = lime_module("lime_image").ImageExplanation(image, segments)
        out.local_exp = {1: [(f.value, f.weight) for f in self.features]}
        out.intercept = {1: self.intercept}
        out.score = {1: self.r2}
        out.local_pred = {1: self.local_prediction}
        return out

    def draw(self, ax: Any, scale: float) -> None:
        """Draw the image with its weights over it, and the numbers of the regions."""
        image, zoom = self.painted(scale)
        ax.imshow(image)
        for j, (row, column) in self._marked_regions(scale):
            ax.text(
                (column + 0.5) * zoom, (row + 0.5) * zoom, str(j), color="white", ha="center",
                va="center", fontsize="x-small", bbox={"color": "black", "alpha": 0.45, "pad": 0.8},
            )  # fmt: skip
        ax.set_xlabel(f"hidden regions: {self.filling}", fontsize="small", loc="left")
        ax.set(xticks=[], yticks=[])
        ax.spines[:].set_visible(False)

    def picture_html(self, scale: float) -> str:
        """Return the image with its weights over it, and the numbers of the regions."""
        if self.source is None:
            return ""
        height, width = self.source.segments.shape
        numbers = [
            fill_template(
                "region",
                number=j,
                left=f"{100 * (column + 0.5) / width:.1f}",
                top=f"{100 * (row + 0.5) / height:.1f}",
            )
            for j, (row, column) in self._marked_regions(scale)
        ]
        return fill_template(
            "image",
            address=png(self.painted(scale)[0]),
            filling=self.filling,
            markup={"numbers": "".join(numbers)},
        )

    def painted(self, scale: float) -> tuple[np.ndarray, float]:
        """Paint the weights over the image, and say how many pixels one of it became.

        Shapes: returns image (height, width, 3).
        """
        segments = self.source.segments
        longest = max(segments.shape)
        grow, step = -(-SMALLEST // longest), -(-longest // LARGEST)
        picture, segments = (
            a[::step, ::step].repeat(grow, axis=0).repeat(grow, axis=1)
            for a in (255 * in_colour(self.source.image), segments)
        )
        strength = np.zeros(len(self.source))
        for feature in self.features:
            strength[feature.value] = np.clip(feature.weight / scale, -1, 1)
        amount = TINT * np.abs(strength)[segments][..., None]
        colour = np.where(strength[:, None] > 0, FOR_PIXELS, AGAINST_PIXELS)[segments]
        painted = (1 - amount) * picture + amount * colour
        marked = np.zeros(len(strength), bool)
        marked[[j for j, _ in self._marked_regions(scale)]] = True
        edge = marked[segments] & _edges(segments)
        painted[edge] = colour[edge]
        return painted.round().astype(np.uint8), grow / step

    def _marked_regions(self, scale: float) -> list[tuple[int, tuple[int, int]]]:
        """Return the number and the middle of each region that has a line and is no trifle."""
        return [
            (f.value, self.source.centres[f.value])
            for f in self.features[: self.most_lines]
            if abs(f.weight) > MARKED * scale
        ]


def _edges(segments):
    """Tell which pixels have a neighbour of another region, or none."""
    padded = np.pad(segments, 1, constant_values=-1)
    shifts = [(1, 0), (-1, 0), (0, 1), (0, -1)]
    neighbours = [np.roll(padded, shift, axis=(0, 1))[1:-1, 1:-1] for shift in shifts]
    return np.logical_or.reduce([segments != one for one in neighbours])


def png(image: np.ndarray) -> str:
    """Return an image as a ``data:`` address.

    Shapes: image (height, width, 3).
    """
    image = np.ascontiguousarray(image)
    height, width = image.shape[:2]

    def chunk(name: bytes, data: bytes) -> bytes:
        check = zlib.crc32(name + data)
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", check)

    rows = b"".join(b"\0" + row.tobytes() for row in image)
    data = b"\x89PNG\r\n\x1a\n" + chunk(
        b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    )
    data += chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b"")
    return "data:image/png;base64," + base64.b64encode(data).decode()
