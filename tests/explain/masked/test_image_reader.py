import numpy as np
import pandas as pd
import polars as pl
import pytest

from skcook.explain import ImageExplainer

RNG = np.random.default_rng(0)


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
        (np.zeros((12, 10, 3)), {}, "one image of 12 x 10 pixels: write \\[image\\]"),
        (np.zeros((4, 4)), {"shape": (4, 4)}, "X is one image"),
        (np.zeros(4), {}, "has shape \\(4,\\)"),
        (np.full((1, 4, 4), np.nan), {}, "Image 0 holds NaN"),
        (np.full((1, 4, 4), "a"), {}, "arrays of numbers"),
        ([], {}, "no image"),
        (np.zeros((1, 4, 4)), {"hide_color": [1, 2]}, "1 channel"),
        (np.zeros((1, 4, 4)), {"segmenter": "grid", "hide_color": None}, "single pixel"),
        (np.zeros((1, 4, 4)), {"shape": (4,)}, "is expected"),
    ],
    ids=[
        "flat", "flat size", "size", "single", "sizes", "colour", "grey", "vector", "nan", "text",
        "empty", "color", "pixels", "shape",
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

    explainer = ImageExplainer(model, segmenter=blocks, hide_color=None, batch_rows=8).fit()
    assert len(explainer.explain(RNG.random((5, 4, 4)))) == 5
    assert sizes == [8, 8, 4]


def test_channels_may_come_first():
    shapes = []

    def model(images):
        shapes.append(images.shape[1:])
        assert images.flags.c_contiguous
        return images[:, 0].mean(axis=(1, 2)) - images[:, 1, :2].mean(axis=(1, 2))

    image = RNG.random((3, 8, 6))
    for X, options in (([image], {}), (image[None], {"shape": (3, 8, 6)})):
        explainer = ImageExplainer(model, segmenter="grid", hide_color=0, **options).fit()
        (item,) = explainer.explain(X)
        assert item.source.segments.shape == (8, 6)
        assert item.prediction == pytest.approx(image[0].mean() - image[1, :2].mean())
    rows = ImageExplainer(
        lambda X: X[:, :48].mean(axis=1), segmenter="grid", hide_color=0, shape=(3, 8, 6)
    ).fit()
    (item,) = rows.explain(image.reshape(1, -1))
    assert item.prediction == pytest.approx(image[0].mean())
    assert set(shapes) == {(3, 8, 6)}


@pytest.mark.parametrize("hide_color", ["mean", "black", "white", "blur"])
def test_ways_to_hide(hide_color):
    image = RNG.random((4, 4, 3))
    expected = {"black": 0, "white": 1, "mean": image[:2].reshape(-1, 3).mean(axis=0)}
    seen = seen_by(hide_color, image)
    assert seen.min() >= 0
    assert seen.max() <= 1
    hidden = next(i for i in seen if (i[:2] != image[:2]).any() and (i[2:] == image[2:]).all())
    if hide_color in expected:
        assert np.abs(hidden[:2] - expected[hide_color]).max() < 1e-12
    else:
        assert 0 < np.ptp(hidden[:2]) < np.ptp(image)


def test_auto_takes_what_moves_the_model_and_says_so():
    """The label is the snow, whose regions are of one colour: their average hides nothing."""
    image = np.full((32, 32, 3), 0.2)
    image[24:] = 0.95

    def snow(images):
        bright = 1 / (1 + np.exp(-40 * (images[:, 24:].mean(axis=(1, 2, 3)) - 0.6)))
        return np.column_stack([1 - bright, bright])

    options = {"segmenter": "grid", "n_samples": 300, "random_state": 0}
    (item,) = ImageExplainer(snow, **options).fit().explain([image])
    assert item.filling == "black"
    assert item.to_dict()["filling"] == "black"
    lower = {f.value for f in item.features[:8]}
    assert all(item.source.centres[j][0] >= 24 for j in lower)
    (mean,) = ImageExplainer(snow, hide_color="mean", **options).fit().explain([image])
    assert "No region moves what the model says" in mean.note
    assert (mean.painted(1.0)[0] > 0).all()


def test_the_average_is_kept_where_it_moves_the_model():
    def edges(images):
        return np.abs(np.diff(images, axis=1)).mean(axis=(1, 2))

    explainer = ImageExplainer(edges, segmenter="grid", n_samples=64).fit()
    assert explainer.explain(RNG.random((1, 24, 24)))[0].filling == "mean"


@pytest.mark.parametrize("segmenter", ["quickshift", lambda image: np.zeros((40, 40), int)])
def test_one_superpixel_is_said(segmenter):
    explainer = ImageExplainer(
        lambda images: images.mean(axis=(1, 2)), segmenter=segmenter, n_samples=64, random_state=0
    ).fit()
    (item,) = explainer.explain(np.full((1, 40, 40), 0.5))
    assert "one superpixel of the whole image" in item.note
    assert len(item.source) == (1 if callable(segmenter) else 64)
