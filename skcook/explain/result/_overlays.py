"""What was explained, with the weights painted on it: words in their text, regions of an image."""

import base64
import struct
import zlib
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from skcook.explain.result._explanation import Explanation

FOR, AGAINST = (0x1F, 0x6F, 0xB2), (0xC4, 0x56, 0x1F)
#: A line of a text in a picture has so many letters, and a picture so many lines.
COLUMNS, LINES = 76, 40


def strengths(explanation: "Explanation") -> dict[tuple[str, Any], float]:
    """Return each feature's weight by its name and value, the largest as 1 or -1."""
    largest = float(np.abs(explanation.weights).max(initial=0.0)) or 1.0
    return {(f.feature, f.value): f.weight / largest for f in explanation.features}


def lines_of(explanation: "Explanation") -> list[list[tuple[int, str, float]]]:
    """Break a text into lines."""
    strength = strengths(explanation)
    lines: list[list[tuple[int, str, float]]] = [[]]
    column = 0
    for piece, word, value in explanation.source:
        weight = 0.0 if word is None else strength.get((word, value), 0.0)
        # Spaces and the end of a line separate; a word longer than a line is cut.
        for part in piece.split() if word is None else [piece]:
            for start in range(0, len(part), COLUMNS):
                cut = part[start : start + COLUMNS]
                if column + len(cut) > COLUMNS:
                    lines.append([])
                    column = 0
                lines[-1].append((column, cut, weight))
                column += len(cut)
        if word is None and piece[-1:].isspace() and column:
            column += 1
    return lines


def plot_words(explanation: "Explanation", ax: Any) -> None:
    """Draw a text with its weights behind the words."""
    lines = lines_of(explanation)
    if len(lines) > LINES:
        lines = [*lines[:LINES], [(0, "...", 0.0)]]
    for number, line in enumerate(lines):
        for column, text, strength in line:
            box = None
            if abs(strength) >= 0.01:
                colour = [*(np.array(FOR if strength > 0 else AGAINST) / 255), 0.7 * abs(strength)]
                box = {"facecolor": colour, "edgecolor": "none", "boxstyle": "square,pad=0.15"}
            ax.text(
                column, number, text.replace("$", r"\$"), family="monospace", size=8, va="center",
                bbox=box,
            )  # fmt: skip
    ax.set(xlim=(0, COLUMNS), ylim=(max(len(lines), 12) - 0.5, -0.5))
    ax.axis("off")


def painted(explanation: "Explanation") -> np.ndarray:
    """Paint the weights over an image.

    Shapes: returns image (height, width, 3).
    """
    picture = explanation.source
    values = picture.image.reshape(*picture.segments.shape, -1)[..., :3].mean(axis=2)
    low = values.min()
    grey = 255 * (values - low) / (np.ptp(values) or 1.0)
    strength = np.zeros(len(picture))
    for (_, number), weight in strengths(explanation).items():
        strength[number] = weight
    amount = 0.6 * np.abs(strength)[picture.segments][..., None]
    colour = np.where(strength[:, None] > 0, FOR, AGAINST)[picture.segments]
    return ((1 - amount) * grey[..., None] + amount * colour).round().astype(np.uint8)


def plot_regions(explanation: "Explanation", ax: Any) -> None:
    """Draw an image with its weights over it."""
    ax.imshow(painted(explanation))
    ax.axis("off")


def png(image: np.ndarray, *, at_most: int = 96) -> str:
    """Return an image as a ``data:`` address, made small.

    Shapes: image (height, width, 3).
    """
    step = -(-max(image.shape[:2]) // at_most)
    image = np.ascontiguousarray(image[::step, ::step])
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
