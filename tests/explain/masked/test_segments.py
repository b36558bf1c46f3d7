import numpy as np
import pytest

from skcook.explain.masked._segments import superpixels

IMAGES = {
    "grey": np.random.default_rng(0).random((24, 30)),
    "one channel": np.random.default_rng(0).random((24, 30, 1)),
    "bytes": np.random.default_rng(0).integers(0, 255, (24, 30, 3)).astype(np.uint8),
    "wide": 100 * np.random.default_rng(0).normal(size=(24, 30, 3)),
    "constant": np.full((24, 30), 7.0),
    "alpha": np.random.default_rng(0).random((24, 30, 4)),
    "one pixel": np.ones((1, 1)),
}


@pytest.mark.parametrize("segmenter", ["quickshift", "slic", "grid"])
@pytest.mark.parametrize("image", IMAGES.values(), ids=IMAGES)
def test_every_pixel_has_a_label_and_none_is_left_out(image, segmenter):
    segments = superpixels(image, segmenter, 0)
    assert segments.shape == image.shape[:2]
    assert set(segments.ravel()) == set(range(segments.max() + 1))


def test_grid_is_about_64_squares():
    segments = superpixels(np.zeros((80, 80)), "grid", 0)
    assert segments.max() + 1 == 64
    assert (np.bincount(segments.ravel()) == 100).all()


def test_labels_of_a_callable_are_numbered_anew():
    labels = np.array([[7, 7], [9, -3]])
    assert superpixels(np.zeros((2, 2)), lambda image: labels, 0).tolist() == [[1, 1], [2, 0]]


@pytest.mark.parametrize("labels", [np.zeros((3, 3), int), np.zeros((2, 2))], ids=["size", "type"])
def test_a_callable_that_returns_something_else(labels):
    with pytest.raises(ValueError, match="integer label for each of the 2 x 2 pixels"):
        superpixels(np.zeros((2, 2)), lambda image: labels, 0)
