import numpy as np
import pytest

from skcook.explain.masked._image_reader import SegmentedImage, cut

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
    segments, _ = cut(image, segmenter, 0)
    assert segments.shape == image.shape[:2]
    assert set(segments.ravel()) == set(range(segments.max() + 1))


def test_grid_is_about_64_squares():
    segments, _ = cut(np.zeros((80, 80)), "grid", 0)
    assert segments.max() + 1 == 64
    assert (np.bincount(segments.ravel()) == 100).all()


def test_labels_of_a_callable_are_numbered_anew():
    labels = np.array([[7, 7], [9, -3]])
    assert cut(np.zeros((2, 2)), lambda image: labels, 0)[0].tolist() == [[1, 1], [2, 0]]


@pytest.mark.parametrize("labels", [np.zeros((3, 3), int), np.zeros((2, 2))], ids=["size", "type"])
def test_a_callable_that_returns_something_else(labels):
    with pytest.raises(ValueError, match="integer label for each of the 2 x 2 pixels"):
        cut(np.zeros((2, 2)), lambda image: labels, 0)


DTYPES = [np.uint8, np.int64, np.float32, np.float64, bool]


@pytest.mark.parametrize("dtype", DTYPES, ids=lambda dtype: dtype.__name__)
@pytest.mark.parametrize("shape", [(6, 4), (6, 4, 3), (3, 5), (3, 5, 1)], ids=str)
def test_masks_choose_between_image_and_hidden(dtype, shape):
    image, hidden = (
        np.random.default_rng(seed).integers(0, 200, shape).astype(dtype) for seed in range(2)
    )
    segments = np.arange(shape[0] * shape[1]).reshape(shape[:2]) // 5
    kept = np.random.default_rng(0).random((21, segments.max() + 1)) < 0.5
    images = SegmentedImage(image, segments, hidden, "own").images(kept).reshape(21, *shape)
    assert images.dtype == dtype
    for mask, got in zip(kept, images, strict=True):
        here = mask[segments].reshape(*shape[:2], *[1] * (len(shape) - 2))
        assert np.array_equal(got, np.where(here, image, hidden))
