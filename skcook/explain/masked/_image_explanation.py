"""An explanation of an image: its weights are painted on the regions."""

import base64
import struct
import zlib
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from skcook.explain.masked._picture import in_colour
from skcook.explain.result._explanation import Explanation, lime_module
from skcook.explain.result._explanation_page import fill_template

FOR, AGAINST = (0x2C, 0x7F, 0xC4), (0xD3, 0x65, 0x2A)
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
        colour = np.where(strength[:, None] > 0, FOR, AGAINST)[segments]
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
    inner = padded[1:-1, 1:-1]
    return np.logical_or.reduce(
        [
            inner != neighbour
            for neighbour in (
                padded[2:, 1:-1],
                padded[:-2, 1:-1],
                padded[1:-1, 2:],
                padded[1:-1, :-2],
            )
        ]
    )


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
