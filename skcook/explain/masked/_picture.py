"""An image cut into superpixels that can be hidden."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from scipy import ndimage

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
