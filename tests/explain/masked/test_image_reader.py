import numpy as np
import pandas as pd
import polars as pl
import pytest

from skcook.explain import ImageExplainer
from skcook.explain.masked._image_reader import Picture

RNG = np.random.default_rng(0)
DTYPES = [np.uint8, np.int64, np.float32, np.float64, bool]


@pytest.mark.parametrize("dtype", DTYPES, ids=lambda dtype: dtype.__name__)
@pytest.mark.parametrize("shape", [(6, 4), (6, 4, 3)], ids=str)
def test_masks_choose_between_image_and_hidden(dtype, shape):
    image, hidden = (RNG.integers(0, 200, shape).astype(dtype) for _ in range(2))
    segments = np.arange(24).reshape(6, 4) // 5
    kept = RNG.random((9, 5)) < 0.5
    images = Picture(image, segments, hidden).images(kept).reshape(9, *shape)
    assert images.dtype == dtype
    for mask, got in zip(kept, images, strict=True):
        here = mask[segments].reshape(6, 4, *[1] * (len(shape) - 2))
        assert np.array_equal(got, np.where(here, image, hidden))


def blocks(image):
    return np.arange(16).reshape(4, 4) // 8


def seen_by(hide_color, image):
    seen = []

    def model(images):
        seen.append(images)
        return np.arange(len(images))

    explainer = ImageExplainer(model, segmenter=blocks, hide_color=hide_color).fit()
    explainer.explain(image[None])
    return np.concatenate(seen)


def test_hidden_is_the_average_or_the_color():
    image = RNG.integers(0, 255, (4, 4, 3)).astype(np.uint8)
    (both,) = (i for i in seen_by(None, image) if i[0, 0, 0] == np.rint(image[:2, :, 0].mean())
               and (i[2:] != image[2:]).any())  # fmt: skip
    assert both[:2].reshape(-1, 3).std(axis=0).tolist() == [0, 0, 0]
    assert both[2, 0].tolist() == np.rint(image[2:].reshape(-1, 3).mean(axis=0)).tolist()
    assert any((i == [1, 2, 3]).all() for i in seen_by([1, 2, 3], image))
    assert any((i == 0).all() for i in seen_by(0, image))


@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame], ids=["pandas", "polars"])
def test_frames_of_pixels_reach_the_model_as_frames(frame):
    X = frame({f"p{i}": [float(i), 0.0] for i in range(16)})

    def model(rows):
        assert isinstance(rows, frame)
        assert list(rows.columns) == list(X.columns)
        return rows.to_numpy()[:, :8].sum(axis=1)

    explainer = ImageExplainer(model, segmenter=blocks, shape=(4, 4)).fit()
    assert explainer.explain(X)[0].prediction == sum(range(8))


def explain(X, **options):
    model = lambda images: np.zeros(len(images))  # noqa: E731
    return ImageExplainer(model, **{"segmenter": blocks, **options}).fit().explain(X)


@pytest.mark.parametrize(
    ("X", "options", "message"),
    [
        (np.zeros((2, 16)), {}, "shape=\\(8, 8\\)"),
        (np.zeros((2, 15)), {"shape": (4, 4)}, "15 pixels; an image of shape 4 x 4 has 16"),
        (np.zeros((2, 5, 4)), {"shape": (4, 4)}, "size 5 x 4; the explainer is for 4 x 4"),
        (np.zeros((4, 4, 3)), {"shape": (4, 4, 3)}, "one image"),
        ([np.zeros((4, 4)), np.zeros((5, 4))], {}, "several sizes: 4 x 4, 5 x 4"),
        (np.zeros(4), {}, "has shape \\(4,\\)"),
        (np.full((1, 4, 4), np.nan), {}, "Image 0 holds NaN"),
        (np.full((1, 4, 4), "a"), {}, "arrays of numbers"),
        ([], {}, "no image"),
        (np.zeros((1, 4, 4)), {"hide_color": [1, 2]}, "1 channel"),
        (np.zeros((1, 4, 4)), {"segmenter": "grid"}, "single pixel"),
        (np.zeros((1, 4, 4)), {"shape": (4,)}, "is expected"),
    ],
    ids=[
        "flat", "flat size", "size", "single", "sizes", "vector", "nan", "text", "empty", "color",
        "pixels", "shape",
    ],
)  # fmt: skip
def test_what_is_no_image_is_refused(X, options, message):
    with pytest.raises(ValueError, match=message):
        explain(X, **options)


def test_too_many_superpixels():
    with pytest.raises(ValueError, match="2500 superpixels; at most 2000"):
        explain(np.zeros((1, 50, 50)), segmenter=lambda image: np.arange(2500).reshape(50, 50))


def test_what_is_no_sequence():
    with pytest.raises(TypeError, match="sequence of images"):
        explain("image")


def test_batches_share_calls_up_to_batch_rows():
    sizes = []

    def model(images):
        sizes.append(len(images))
        return images.mean(axis=(1, 2))

    explainer = ImageExplainer(model, segmenter=blocks, batch_rows=8).fit()
    assert len(explainer.explain(RNG.random((5, 4, 4)))) == 5
    assert sizes == [8, 8, 4]
