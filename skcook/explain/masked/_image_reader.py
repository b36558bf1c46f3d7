"""Images under masks, as a model wants them."""

from dataclasses import dataclass
from math import prod

import numpy as np
import pandas as pd

from skcook.explain._model_outputs import model_outputs
from skcook.explain.masked._segments import superpixels
from skcook.utils._frames import container_of, is_frame

#: More superpixels than this make a local model that is no explanation.
MAX_SEGMENTS = 2000
#: Without `batch_rows`, a call of the model gets images of this size together.
BATCH_BYTES = 2**25


@dataclass(frozen=True)
class Picture:
    """An image as superpixels that can be hidden.

    Shapes: image (height, width), segments (height, width).
    """

    image: np.ndarray
    segments: np.ndarray
    hidden: np.ndarray

    def __len__(self) -> int:
        return int(self.segments.max()) + 1

    def images(self, kept: np.ndarray) -> np.ndarray:
        """Return the image under each mask.

        Shapes: kept (n_masks, n_segments); returns images (n_masks, n_pixels * n_channels).
        """
        channels = self.image.size // self.segments.size
        segments = self.segments.ravel().repeat(channels)
        # Bit by bit: hidden ^ (image ^ hidden) is the image. Far cheaper than to choose by pixel.
        bits = np.dtype(f"u{self.image.itemsize}")
        image, hidden = (a.ravel().view(bits) for a in (self.image, self.hidden))
        rows = (-kept.astype(bits)).take(segments, axis=1)
        rows &= image ^ hidden
        rows ^= hidden
        return rows.view(self.image.dtype)


class Images:
    """Images for a model.

    Shapes: items (n_images, height, width).
    """

    def __init__(self, explainer, model, items: np.ndarray, wrap):
        self.explainer = explainer
        self.model = model
        self.items = items
        self.wrap = wrap
        self.batch_rows = explainer.batch_rows
        if self.batch_rows is None:
            size = prod(items.shape[1:]) * items.itemsize
            self.batch_rows = int(np.clip(BATCH_BYTES // max(size, 1), 1, 4096))

    def parts(self, i: int) -> Picture:
        """Cut an image into superpixels."""
        image = self.items[i]
        if not np.isfinite(image).all():
            raise ValueError(f"Image {i} holds NaN or infinite values, which cannot be explained.")
        segments = superpixels(image, self.explainer.segmenter, self.explainer.seed_)
        n = int(segments.max()) + 1
        if n > MAX_SEGMENTS:
            raise ValueError(
                f"Image {i} has {n} superpixels; at most {MAX_SEGMENTS} can be told apart. Take a "
                'segmenter that makes fewer, such as "slic".'
            )
        if self.explainer.hide_color is None and n == segments.size:
            raise ValueError(
                f"Each superpixel of image {i} is a single pixel, whose average is itself: nothing "
                "would be hidden. Set hide_color, for example to 0."
            )
        return Picture(image, segments, _hidden(image, segments, self.explainer.hide_color))

    def outputs(self, batch) -> list[np.ndarray]:
        """Ask the model about images under masks.

        Shapes: returns outputs (n_masks, n_targets).
        """
        settings, size = self.explainer, self.batch_rows
        answers: list[np.ndarray] = []
        waiting: list[np.ndarray] = []
        n = 0
        for picture, kept in batch:
            for start in range(0, len(kept), size):
                rows = picture.images(kept[start : start + size])
                if waiting and n + len(rows) > size:
                    answers.append(self._ask(settings.method_, waiting))
                    waiting, n = [], 0
                waiting.append(rows)
                n += len(rows)
        answers.append(self._ask(settings.method_, waiting))
        return np.split(np.vstack(answers), np.cumsum([len(kept) for _, kept in batch])[:-1])

    def _ask(self, method, rows):
        rows = rows[0] if len(rows) == 1 else np.vstack(rows)
        return model_outputs(self.model, method, self.wrap(rows))

    def describe(self, picture: Picture, j: int) -> tuple[str, int, str]:
        """Return a superpixel's name, its number, and where it lies."""
        inside = picture.segments == j
        row, column = (int(np.median(places)) for places in np.nonzero(inside))
        return f"superpixel {j}", j, f"superpixel {j} (row {row}, column {column})"

    def mark(self, picture: Picture) -> Picture:
        """Return what a plot of the explanation needs."""
        return picture


def _hidden(image, segments, hide_color):
    """Return what is seen where everything is hidden."""
    pixels = image.reshape(*segments.shape, -1)
    channels = pixels.shape[2]
    if hide_color is None:
        labels = segments.ravel()
        size = np.bincount(labels)
        colour = np.column_stack(
            [np.bincount(labels, pixels[..., c].ravel()) / size for c in range(channels)]
        )[segments]
    else:
        colour = np.asarray(hide_color)
        if colour.shape not in ((), (1,), (channels,)):
            raise ValueError(
                f"hide_color={hide_color!r} does not suit images of {channels} channel(s): give "
                "one number, or one a channel."
            )
    if image.dtype.kind in "iu":
        limits = np.iinfo(image.dtype)
        colour = np.clip(np.rint(colour), limits.min, limits.max)
    hidden = np.empty(pixels.shape, image.dtype)
    hidden[...] = colour
    return hidden.reshape(image.shape)


def read_images(explainer, model, X) -> Images:
    """Read images."""
    array = X.to_numpy() if is_frame(X) else _stack(X)
    if array.dtype.kind not in "biuf":
        raise ValueError(f"Images are arrays of numbers; X holds {array.dtype}.")
    if array.dtype.kind == "f" and array.itemsize > 8:
        array = array.astype(np.float64)
    shape = explainer.shape_
    if array.ndim == 2:
        if shape is None:
            raise ValueError(
                f"X has rows of {array.shape[1]} pixels. Say which image a row is, such as "
                "shape=(8, 8); a single image goes into a list: [image]."
            )
        if array.shape[1] != prod(shape):
            raise ValueError(
                f"A row of X has {array.shape[1]} pixels; an image of shape "
                f"{' x '.join(map(str, shape))} has {prod(shape)}."
            )
        return Images(
            explainer, model, np.ascontiguousarray(array).reshape(-1, *shape), _rows_like(X)
        )
    if shape is not None and array.shape == shape:
        raise ValueError("X is one image; a sequence of images is expected. Write [image].")
    if array.ndim not in (3, 4):
        raise ValueError(
            f"X has shape {array.shape}; (n_images, height, width) or (n_images, height, width, "
            "n_channels) is expected."
        )
    if shape is not None and array.shape[1:] != shape:
        raise ValueError(
            f"The images of X have the size {' x '.join(map(str, array.shape[1:]))}; the explainer "
            f"is for {' x '.join(map(str, shape))}. Resize them."
        )
    size = array.shape[1:]
    return Images(
        explainer, model, np.ascontiguousarray(array), lambda rows: rows.reshape(-1, *size)
    )


def _stack(X):
    """Return images as one array."""
    if isinstance(X, np.ndarray):
        return X
    if not hasattr(X, "__len__") or isinstance(X, str | bytes | dict):
        raise TypeError(f"X must be a sequence of images; got {type(X).__name__}.")
    images = [np.asarray(image) for image in X]
    sizes = sorted({image.shape for image in images})
    if len(sizes) > 1:
        named = ", ".join(" x ".join(map(str, size)) for size in sizes)
        raise ValueError(f"The images of X have several sizes: {named}. Resize them to one.")
    if not images:
        raise ValueError("X holds no image; an empty array of shape (0, height, width) may be one.")
    return np.stack(images)


def _rows_like(X):
    """Return what makes of rows of pixels a container like X."""
    container = container_of(X)
    if container == "pandas":
        return lambda rows: pd.DataFrame(rows, columns=X.columns)
    if container == "polars":
        return lambda rows: type(X)(rows, schema=X.columns)
    return lambda rows: rows
