"""Images, cut into superpixels that can be hidden, as a model wants them."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import Any

import numpy as np
import pandas as pd
from scipy import ndimage

from skcook.explain._model_outputs import model_outputs
from skcook.utils._frames import container_of, is_frame
from skcook.utils._optional import import_optional

#: About so many parts come out of "slic" and "grid".
N_SEGMENTS = 64
#: What "auto" tries to hide a superpixel with, in this order.
FILLINGS = ("mean", "black", "white", "blur")
#: So many images under masks are made at once: few enough to stay in the processor's cache
#: (benchmarks/bench_explain_text_image.py: all at once costs half as much again).
_CHUNK = 8


@dataclass(frozen=True)
class SegmentedImage:
    """An image as superpixels that can be hidden; `filling` says by what.

    Shapes: image (height, width), segments (height, width), hidden (height, width).
    """

    image: np.ndarray
    segments: np.ndarray
    hidden: np.ndarray
    filling: str
    remark: str | None = None

    def __len__(self) -> int:
        return int(self.segments.max()) + 1

    @cached_property
    def centres(self) -> list[tuple[int, int]]:
        """The row and the column in the middle of each superpixel."""
        labels = self.segments.ravel()
        pixels = np.split(np.argsort(labels, kind="stable"), np.cumsum(np.bincount(labels))[:-1])
        places = [np.divmod(inside, self.segments.shape[1]) for inside in pixels]
        return [(int(np.median(row)), int(np.median(column))) for row, column in places]

    def describe(self, j: int) -> tuple[str, int, str]:
        """Return a superpixel's name, its number, and where it lies."""
        row, column = self.centres[j]
        return f"superpixel {j}", j, f"superpixel {j} (row {row}, column {column})"

    def marked(self) -> "SegmentedImage":
        """Return what a picture of an explanation needs: all of it."""
        return self

    def images(self, kept: np.ndarray) -> np.ndarray:
        """Return the image under each mask.

        Shapes: kept (n_masks, n_segments); returns images (n_masks, n_pixels * n_channels).
        """
        segments_of, number, change, hidden = self._words
        out = np.empty((len(kept), len(hidden)), hidden.dtype)
        seen = -kept.astype(np.uint8)
        for start in range(0, len(kept), _CHUNK):
            # All bits of a word's bytes are 1 where their superpixels are seen. Words of the same
            # superpixels are made once: there are few, and copies of a word cost little.
            words = seen[start : start + _CHUNK].take(segments_of, axis=1, mode="clip")
            rows = out[start : start + _CHUNK]
            words.view(hidden.dtype)[..., 0].take(number, axis=1, out=rows, mode="clip")
            # hidden ^ (image ^ hidden) is the image.
            rows &= change
            rows ^= hidden
        return out.view(self.image.dtype)

    @cached_property
    def _words(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Return the image as words of up to 8 bytes.

        Shapes: returns segments_of (n_distinct, word), number (n_words,), change and hidden
        (n_words,).
        """
        n_bytes = self.image.nbytes
        size = next(size for size in (8, 4, 2, 1) if n_bytes % size == 0)
        by_byte = self.segments.ravel().repeat(n_bytes // self.segments.size)
        # As plain bytes, so that words of superpixels are told apart by one comparison.
        words = np.ascontiguousarray(by_byte.reshape(-1, size).astype(np.int32))
        _, first, number = np.unique(
            words.view(f"V{4 * size}").ravel(), return_index=True, return_inverse=True
        )
        image, hidden = (
            np.ascontiguousarray(a).reshape(-1).view(f"u{size}") for a in (self.image, self.hidden)
        )
        return words[first].astype(np.intp), number, image ^ hidden, hidden


def cut(
    image: np.ndarray, segmenter: str | Callable[[Any], Any], seed: int
) -> tuple[np.ndarray, str | None]:
    """Cut an image into superpixels, and say what a reader should know of them.

    Shapes: image (height, width); returns segments (height, width).
    """
    segments = _superpixels(image, segmenter, seed)
    if segments.max() or segments.size == 1:
        return segments, None
    if callable(segmenter) or segmenter == "grid":
        return segments, (
            "The segmenter made one superpixel of the whole image, so nothing in it is told "
            'apart; segmenter="grid" cuts any image.'
        )
    return _superpixels(image, "grid", seed), (
        f'segmenter="{segmenter}" made one superpixel of the whole image, so squares were taken '
        "instead."
    )


def _superpixels(image, segmenter, seed):
    size = image.shape[:2]
    if callable(segmenter):
        labels = np.asarray(segmenter(image))
        if labels.shape != size or labels.dtype.kind not in "iub":
            raise ValueError(
                f"`segmenter` must return an integer label for each of the {size[0]} x {size[1]} "
                f"pixels; it returned an array of {labels.dtype} of shape {labels.shape}."
            )
    elif segmenter == "grid":
        side = max(int(np.ceil(np.sqrt(size[0] * size[1] / N_SEGMENTS))), 1)
        down, across = (np.arange(length) // side for length in size)
        labels = down[:, None] * (across[-1] + 1) + across
    else:
        segmentation = import_optional(
            "skimage.segmentation", feature=f'segmenter="{segmenter}"', extra="explain"
        )
        colours = in_colour(image)
        if segmenter == "quickshift":
            labels = segmentation.quickshift(
                colours, kernel_size=4, max_dist=200, ratio=0.2, rng=seed
            )
        else:
            labels = segmentation.slic(colours, n_segments=N_SEGMENTS)
    return np.unique(labels, return_inverse=True)[1].reshape(size)


def in_colour(image: np.ndarray) -> np.ndarray:
    """Return an image in red, green and blue between 0 and 1.

    Shapes: returns image (height, width, 3).
    """
    low, high = (float(end) for end in _range(image))
    values = (image.astype(np.float64) - low) / ((high - low) or 1.0)
    if values.ndim == 2:
        values = values[:, :, None]
    if values.shape[2] not in (3, 4):
        values = values.mean(axis=2, keepdims=True).repeat(3, axis=2)
    return np.ascontiguousarray(values[:, :, :3])


def fill(image: np.ndarray, segments: np.ndarray, color: Any) -> np.ndarray:
    """Return what is seen where everything is hidden; `color` is one of FILLINGS, or a colour."""
    pixels = image.reshape(*segments.shape, -1)
    channels = pixels.shape[2]
    if isinstance(color, str):
        colour = _filled(image, pixels, segments, color)
    else:
        colour = np.asarray(color)
        if colour.shape not in ((), (1,), (channels,)):
            raise ValueError(
                f"hide_color={color!r} does not suit images of {channels} channel(s): give "
                "one number, or one per channel."
            )
    if image.dtype.kind in "iu":
        limits = np.iinfo(image.dtype)
        colour = np.clip(np.rint(colour), limits.min, limits.max)
    hidden = np.empty(pixels.shape, image.dtype)
    hidden[...] = colour
    return hidden.reshape(image.shape)


def _filled(image, pixels, segments, filling):
    if filling == "mean":
        labels = segments.ravel()
        size = np.bincount(labels)
        return np.column_stack(
            [np.bincount(labels, pixels[..., c].ravel()) / size for c in range(pixels.shape[2])]
        )[segments]
    if filling == "blur":
        width = max(segments.shape) / 8
        return ndimage.gaussian_filter(pixels.astype(np.float64), (width, width, 0))
    low, high = _range(image)
    return np.float64(low if filling == "black" else high)


def _range(image):
    """Return what is black and what is white in an image."""
    if image.dtype == np.uint8:
        return 0, 255
    low, high = image.min(), image.max()
    return (0, 1) if low >= 0 and high <= 1 else (low, high)


#: More superpixels than this make a local model that is no explanation.
MAX_SEGMENTS = 2000
#: Without `batch_rows`, a call of the model gets images of this size together.
BATCH_BYTES = 2**23
#: So many masks try each way to hide a superpixel.
N_TRIED = 16
#: The average colour is kept unless another filling moves the model so many times as much.
CLEARLY_MORE = 4
#: How many channels a colour or grey image has.
CHANNELS = (1, 3, 4)


class ImageReader:
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

    def parts(self, i: int) -> SegmentedImage:
        """Cut an image into superpixels, and choose what hides them."""
        image, settings = self.items[i], self.explainer
        if not np.isfinite(image).all():
            raise ValueError(f"Image {i} holds NaN or infinite values, which cannot be explained.")
        segments, remark = cut(image, settings.segmenter, settings.seed_)
        n = int(segments.max()) + 1
        if n > MAX_SEGMENTS:
            raise ValueError(
                f"Image {i} has {n} superpixels; at most {MAX_SEGMENTS} can be told apart. Take a "
                'segmenter that makes fewer, such as "slic".'
            )
        color = "mean" if settings.hide_color is None else settings.hide_color
        single = n == segments.size
        if isinstance(color, str) and color == "mean" and single:
            raise ValueError(
                f"Each superpixel of image {i} is a single pixel, whose average is itself: nothing "
                'would be hidden. Set hide_color, for example to 0 or "auto".'
            )
        if isinstance(color, str) and color == "auto":
            fillings = FILLINGS[1:] if single else FILLINGS
            tried = [SegmentedImage(image, segments, fill(image, segments, f), f) for f in fillings]
            picture = self._moving(tried)
            return SegmentedImage(image, segments, picture.hidden, picture.filling, remark)
        name = color if isinstance(color, str) else f"the colour {color}"
        return SegmentedImage(image, segments, fill(image, segments, color), name, remark)

    def _moving(self, pictures: list[SegmentedImage]) -> SegmentedImage:
        """Return the first picture, unless hiding by another moves the model clearly more."""
        rng = np.random.default_rng([self.explainer.seed_, len(pictures[0])])
        kept = rng.random((N_TRIED, len(pictures[0]))) < 0.5
        kept[0] = True
        answers = self.outputs([(picture, kept) for picture in pictures])
        moved = [np.abs(answer - answer[0]).mean(axis=0).max() for answer in answers]
        best = int(np.argmax(moved))
        return pictures[best if moved[best] > CLEARLY_MORE * moved[0] else 0]

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

    def given(self, start: int, stop: int):
        """Return images as the model takes them."""
        return self.wrap(self.items[start:stop])


def read_images(explainer, model, X) -> ImageReader:
    """Read images."""
    array = X.to_numpy() if is_frame(X) else _stack(X)
    if array.dtype.kind not in "biuf":
        raise ValueError(f"Images are arrays of numbers; X holds {array.dtype}.")
    if array.dtype.kind == "f" and array.itemsize > 8:
        array = array.astype(np.float64)
    shape = explainer.shape_
    if shape is not None and array.shape == shape:
        raise ValueError("X is one image; a sequence of images is expected. Write [image].")
    if array.ndim == 2:
        if shape is None:
            raise ValueError(
                f"X has rows of {array.shape[1]} pixels. Say which image a row is, such as "
                "shape=(8, 8); a single image goes into a list: [image]."
            )
        if array.shape[1] != prod(shape):
            raise ValueError(
                f"A row of X has {array.shape[1]} pixels; an image of shape "
                f"{_size(shape)} has {prod(shape)}."
            )
        as_given, array = _rows_like(X), array.reshape(-1, *shape)
        return _images(explainer, model, array, lambda rows: as_given(rows.reshape(len(rows), -1)))
    _check_shape(X, array, shape)
    return _images(explainer, model, array, lambda rows: rows)


def _check_shape(X, array, shape):
    """Check that an array holds images, of the explainer's shape if it has one."""
    if array.ndim not in (3, 4):
        raise ValueError(
            f"X has shape {array.shape}; (n_images, height, width), (n_images, height, width, "
            "n_channels) or (n_images, n_channels, height, width) is expected."
        )
    if shape is not None and array.shape[1:] != shape:
        raise ValueError(
            f"The images of X have the size {_size(array.shape[1:])}; the explainer "
            f"is for {_size(shape)}. Resize them."
        )
    alone = array is X and array.ndim == 3 and array.shape[2] in CHANNELS
    if shape is None and alone and min(array.shape[:2]) > max(CHANNELS):
        raise ValueError(
            f"X has shape {array.shape}, like one image of {_size(array.shape[:2])} pixels: write "
            f"[image]. For {len(array)} images of {_size(array.shape[1:])} pixels set "
            f"shape={array.shape[1:]}."
        )


def _images(explainer, model, array, as_given):
    """Return images with their channels last; the model gets them as they were."""
    shape = array.shape[1:]
    first = len(shape) == 3 and shape[0] in CHANNELS and shape[2] not in CHANNELS
    if first:
        array = np.moveaxis(array, 1, -1)
    size = array.shape[1:]

    def wrap(rows):
        images = rows.reshape(-1, *size)
        return as_given(np.ascontiguousarray(np.moveaxis(images, -1, 1)) if first else images)

    return ImageReader(explainer, model, np.ascontiguousarray(array), wrap)


def _size(shape) -> str:
    return " x ".join(map(str, shape))


def _stack(X):
    """Return images as one array."""
    if isinstance(X, np.ndarray):
        return X
    if not hasattr(X, "__len__") or isinstance(X, str | bytes | dict):
        raise TypeError(f"X must be a sequence of images; got {type(X).__name__}.")
    images = [np.asarray(image) for image in X]
    sizes = sorted({image.shape for image in images})
    if len(sizes) > 1:
        named = ", ".join(_size(size) for size in sizes)
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
