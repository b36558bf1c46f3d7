import pickle

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression, Ridge

from skcook import artifacts
from skcook.explain import ImageExplainer


@pytest.fixture(scope="module")
def digits():
    X, y = load_digits(return_X_y=True)
    return X / 16, y


@pytest.fixture(scope="module")
def explainer(digits):
    model = LogisticRegression(max_iter=5000).fit(*digits)
    return ImageExplainer(
        model, segmenter="grid", hide_color=0, shape=(8, 8), n_samples=500, random_state=0
    ).fit()


def test_digits(explainer, digits):
    X, _ = digits
    explained = explainer.explain(X[:5])
    assert [e.target for e in explained] == explainer.estimator_.predict(X[:5]).tolist()
    for item in explained:
        assert item.intercept + item.weights.sum() == pytest.approx(item.local_prediction)
    # Pixels that are dark already cannot change anything.
    weights = {f.value: abs(f.weight) for f in explained[0].features}
    dark = [weights[j] for j in np.flatnonzero(X[0] == 0)]
    assert np.mean(dark) < 0.3 * np.mean([weights[j] for j in np.flatnonzero(X[0] > 0.5)])


def test_a_linear_model_of_pixels_gets_its_own_weights(digits):
    X, y = digits
    model = Ridge().fit(X, y)
    explainer = ImageExplainer(
        model, segmenter="grid", hide_color=0, shape=(8, 8), random_state=0
    ).fit()
    (item,) = explainer.explain(X[:1])
    weights = {f.value: f.weight for f in item.features}
    got = [weights[j] for j in range(64)]
    assert got == pytest.approx(model.coef_ * X[0], abs=1e-3)
    assert item.r2 > 0.999


def quarters(image):
    rows, columns = (np.arange(length) * 4 // length for length in image.shape[:2])
    return 4 * rows[:, None] + columns


def brightness(images):
    left, right = images[:, :16].mean(axis=(1, 2, 3)), images[:, 16:].mean(axis=(1, 2, 3))
    score = 1 / (1 + np.exp(-(left - right) / 20))
    return np.column_stack([1 - score, score])


def test_agreement_with_lime():
    lime_image = pytest.importorskip("lime.lime_image")
    image = np.random.default_rng(0).integers(0, 255, (32, 32, 3)).astype(np.uint8)
    image[4:20, 4:20] //= 3
    n_seeds = 12

    def by_lime(seed):
        found = lime_image.LimeImageExplainer(random_state=seed).explain_instance(
            image, brightness, labels=(1,), top_labels=None, segmentation_fn=quarters,
            num_samples=300, hide_color=0, batch_size=300,
        )  # fmt: skip
        weights = dict(found.local_exp[1])
        return [weights[j] for j in range(16)]

    def by_us(seed):
        (item,) = (
            ImageExplainer(
                brightness, segmenter=quarters, n_samples=300, hide_color=0, alpha=1.0,
                sampling="iid", feature_selection="none", random_state=seed,
            )
            .fit()
            .explain([image], targets=[1])
        )  # fmt: skip
        weights = {f.value: f.weight for f in item.features}
        return [weights[j] for j in range(16)]

    peer = np.array([by_lime(seed) for seed in range(n_seeds)])
    ours = np.array([by_us(seed) for seed in range(n_seeds)])
    error = np.sqrt((peer.var(axis=0, ddof=1) + ours.var(axis=0, ddof=1)) / n_seeds)
    z = (peer.mean(axis=0) - ours.mean(axis=0)) / error
    assert np.sqrt((z**2).mean()) < 1.7
    assert np.corrcoef(peer.mean(axis=0), ours.mean(axis=0))[0, 1] > 0.99


def test_repeat_calls_pickles_and_single_images_agree(explainer, digits, tmp_path):
    X = digits[0][:3]
    first = explainer.explain(X)
    assert explainer.explain(X) == first
    assert pickle.loads(pickle.dumps(explainer)).explain(X) == first
    assert explainer.explain(X[1:2])[0].weights == pytest.approx(first[1].weights)
    path = tmp_path / "explainer.skcook"
    artifacts.save(explainer, path, X_example=X)
    assert artifacts.load(path).explain(X) == first


def test_size_of_the_images_of_fit():
    explainer = ImageExplainer(brightness, segmenter=quarters).fit(np.zeros((1, 32, 32, 3)))
    assert explainer.shape_ == (32, 32, 3)
    with pytest.raises(ValueError, match="size 16 x 16 x 3; the explainer is for 32 x 32 x 3"):
        explainer.explain(np.zeros((1, 16, 16, 3)))


@pytest.mark.parametrize("segmenter", ["quickshift", "slic"])
def test_scikit_image_s_superpixels(segmenter):
    image = np.zeros((40, 40, 3))
    image[:20] = [1, 0, 0]
    image[20:] = [0, 0, 1]
    explainer = ImageExplainer(
        lambda X: X[:, :20, :, 0].mean(axis=(1, 2)), segmenter=segmenter, hide_color=0
    ).fit()
    (item,) = explainer.explain([image])
    picture = item.source
    weights = {f.value: f.weight for f in item.features}
    upper = sum(weights[j] for j in np.unique(picture.segments[:18]))
    assert upper == pytest.approx(1, abs=0.02)


def test_intervals_hold_the_weights_of_all_masks():
    """All subsets of 16 regions have weights without error: the intervals of a sample hold them."""
    rng = np.random.default_rng(0)
    image, weight = rng.random((8, 8)), rng.normal(size=(8, 8))

    def model(images):
        images = np.asarray(images, float).reshape(-1, 8, 8)
        together = images[:, 1, 1] * images[:, 5, 5]
        return 1e200 / (1 + np.exp(-3 * (images * weight).sum(axis=(1, 2)) - 4 * together))

    def explain(n_samples, seed):
        explainer = ImageExplainer(
            model, segmenter=lambda _: np.arange(8)[:, None] // 2 * 4 + np.arange(8) // 2,
            hide_color=0, n_samples=n_samples, n_features=None, random_state=seed,
        )  # fmt: skip
        return explainer.fit().explain([image])[0]

    exact = explain(2**16, 0)
    assert exact.std_errors.max() == 0
    truth = {f.feature: f.weight for f in exact.features}
    held = [
        abs(f.weight - truth[f.feature]) <= 1.96 * f.std_error
        for seed in range(10)
        for f in explain(500, seed).features
    ]
    assert np.mean(held) >= 0.92
