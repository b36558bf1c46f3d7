"""Images cut into superpixels."""

from collections.abc import Callable
from typing import Any

import numpy as np

from skcook.utils._optional import import_optional

#: About so many parts come out of "slic" and "grid".
N_SEGMENTS = 64


def superpixels(image: np.ndarray, segmenter: str | Callable[[Any], Any], seed: int) -> np.ndarray:
    """Cut an image into superpixels.

    Shapes: image (height, width); returns segments (height, width).
    """
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
        colours = _colours(image)
        if segmenter == "quickshift":
            labels = segmentation.quickshift(
                colours, kernel_size=4, max_dist=200, ratio=0.2, rng=seed
            )
        else:
            labels = segmentation.slic(colours, n_segments=N_SEGMENTS)
    return np.unique(labels, return_inverse=True)[1].reshape(size)


def _colours(image: np.ndarray) -> np.ndarray:
    """Return an image in red, green and blue between 0 and 1, as scikit-image wants it."""
    values = image.astype(np.float64)
    if image.dtype == np.uint8:
        values /= 255
    elif values.min() < 0 or values.max() > 1:
        low = values.min()
        values = (values - low) / (values.max() - low or 1.0)
    if values.ndim == 2:
        values = values[:, :, None]
    if values.shape[2] not in (3, 4):
        values = values.mean(axis=2, keepdims=True).repeat(3, axis=2)
    return np.ascontiguousarray(values[:, :, :3])
