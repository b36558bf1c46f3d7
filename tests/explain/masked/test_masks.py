import numpy as np
import pytest
from scipy.special import comb
from sklearn.linear_model import Ridge

from skcook.explain.masked._masked_explainer import N_BLOCKS, draw_masks, fit_masks

#: LIME's own settings.
LIME = {"kernel_width": 0.25, "alpha": 1.0}


def draw(n_parts, n_samples=4000, *, sizes="uniform", sampling="paired", seed=0):
    rng = np.random.default_rng(seed)
    return draw_masks(n_parts, n_samples, sizes=sizes, sampling=sampling, rng=rng)


@pytest.fixture(params=["paired", "iid"])
def sampling(request):
    return request.param


@pytest.fixture(params=["uniform", "coin"])
def sizes(request):
    return request.param


@pytest.mark.parametrize("n_parts", [13, 40, 200])
def test_masks_are_distinct_and_the_first_keeps_all(n_parts, sizes, sampling):
    masks = draw(n_parts, sizes=sizes, sampling=sampling)
    assert masks.kept[0].all()
    assert len(np.unique(masks.kept, axis=0)) == len(masks.kept)
    assert masks.weight.sum() == 4000
    assert masks.counts.sum() == 3999
    assert np.ptp(masks.counts.sum(axis=0)) <= 2


def test_number_of_words_removed_is_uniform(sampling):
    masks = draw(20, 40_000, sampling=sampling)
    removed = (~masks.kept).sum(axis=1)
    share = np.bincount(removed, masks.counts.sum(axis=1), minlength=21) / 39_999
    assert share[0] == 0
    assert share[1:] == pytest.approx(np.full(20, 1 / 20), abs=0.006)


def test_every_part_is_removed_as_often(sizes, sampling):
    masks = draw(20, 40_000, sizes=sizes, sampling=sampling)
    kept = masks.counts.sum(axis=1) @ masks.kept / 39_999
    expected = 0.5 if sizes == "coin" else 1 - 21 / 40
    assert kept == pytest.approx(np.full(20, expected), abs=0.01)


@pytest.mark.parametrize("n_parts", [1, 2, 8])
def test_few_parts_have_all_masks_with_their_probabilities(n_parts, sizes):
    masks = draw(n_parts, 1001, sizes=sizes)
    assert len(masks.kept) == 2**n_parts
    assert masks.weight.sum() == pytest.approx(1001)
    removed = (~masks.kept).sum(axis=1)
    if sizes == "coin":
        expected = np.full(len(removed), 1000 / 2**n_parts)
    else:
        expected = np.where(removed > 0, 1000 / n_parts / comb(n_parts, removed), 0)
    expected[0] += 1
    assert masks.weight == pytest.approx(expected)


def test_all_masks_are_what_many_draws_come_to(sizes, sampling):
    outputs = {}
    for n_samples, n_parts in ((300_000, 18), (2**18, 18)):
        masks = draw(n_parts, n_samples, sizes=sizes, sampling=sampling)
        keep = masks.kept.astype(float)
        said = np.tanh(keep @ np.linspace(-1, 1, n_parts) + keep[:, 0] * keep[:, 1])
        (local,) = fit_masks(masks, said[:, None], np.array([0]), **LIME, k=n_parts, method="none")
        outputs[n_samples] = local.weights
    first, second = outputs.values()
    assert first == pytest.approx(second, abs=0.01)


def test_local_model_is_scikit_learn_s_ridge():
    masks = draw(30, 500)
    rng = np.random.default_rng(0)
    outputs = rng.normal(size=(len(masks.kept), 2))
    similarity = np.sqrt(masks.kept.mean(axis=1))
    w = masks.weight * np.exp(-((1 - similarity) ** 2) / (2 * 0.25**2))
    for t, local in enumerate(
        fit_masks(masks, outputs, np.array([0, 1]), **LIME, k=30, method="none")
    ):
        peer = Ridge(alpha=1.0).fit(masks.kept, outputs[:, t], w)
        assert local.weights == pytest.approx(peer.coef_)
        assert local.intercept == pytest.approx(peer.intercept_)
        assert local.r2 == pytest.approx(peer.score(masks.kept, outputs[:, t], w))


def test_standard_errors_cover_the_truth(sizes, sampling):
    def fit(masks):
        keep = masks.kept.astype(float)
        said = np.tanh(keep @ np.linspace(-1, 1, 17) + 2 * keep[:, 0] * keep[:, 1])
        (local,) = fit_masks(masks, said[:, None], np.array([0]), **LIME, k=17, method="none")
        return local

    # All masks, weighed as a sample of 600: the ridge penalty counts the same.
    exact = draw(17, 2**17, sizes=sizes)
    scaled = type(exact)(exact.kept, exact.weight * 600 / 2**17, exact.counts)
    truth = fit(scaled).weights
    covered = []
    for seed in range(40):
        local = fit(draw(17, 600, sizes=sizes, sampling=sampling, seed=seed))
        covered.append(abs(local.weights - truth) <= 1.96 * local.std_errors)
    assert 0.9 <= np.mean(covered) <= 0.99


def test_pairs_halve_some_of_the_error():
    def spread(sampling):
        weights = []
        for seed in range(30):
            masks = draw(25, 500, sampling=sampling, seed=seed)
            keep = masks.kept.astype(float)
            said = keep @ np.linspace(-1, 1, 25) / np.sqrt(keep.sum(axis=1) + 1)
            (local,) = fit_masks(masks, said[:, None], np.array([0]), **LIME, k=25, method="none")
            weights.append(local.weights)
        return np.std(weights, axis=0).mean()

    assert spread("paired") < 0.9 * spread("iid")


def test_no_parts():
    masks = draw(0)
    (local,) = fit_masks(masks, np.array([[0.3]]), np.array([0]), **LIME, k=0, method="none")
    assert (local.intercept, local.r2, len(local.weights)) == (0.3, 1.0, 0)


def test_all_masks_have_no_standard_error():
    masks = draw(3)
    assert masks.counts.shape[1] == 0
    assert draw(13).counts.shape[1] == N_BLOCKS
    (local,) = fit_masks(
        masks,
        masks.kept[:, :1] * 1.0,
        np.array([0]),
        kernel_width=0.25,
        alpha=1.0,
        k=3,
        method="none",
    )
    assert local.std_errors.tolist() == [0, 0, 0]
