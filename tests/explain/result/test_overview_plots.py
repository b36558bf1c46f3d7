from dataclasses import replace

import matplotlib.pyplot as plt
import numpy as np
import pytest

from skcook.explain import Explanation, Explanations
from skcook.explain.result._explanation import Feature, Interaction

N = 40


@pytest.fixture(scope="module")
def yes():
    """Explanations of one target; income is a number, job a word or missing."""
    rng = np.random.default_rng(0)

    def item(row):
        income, job = rng.normal(), [None, "a", "b"][row % 3]
        features = [
            Feature("income", income, f"income = {income:.2f}", 0.5 * income, 0.05),
            Feature("job", job, f"job = {job}", 0.1 * (job == "a"), 0.01),
        ]
        return Explanation(
            row=row, target="yes", prediction=0.5 + 0.5 * income, local_prediction=0.5, r2=1,
            intercept=0.5, features=features,
            interactions=[Interaction(("income", "job"), 0.1, 0.01)],
        )  # fmt: skip

    return Explanations(item(row) for row in range(N))


@pytest.fixture(scope="module")
def mixed(yes):
    return yes + Explanations(
        Explanation(
            row=N, target="no", prediction=0.5, local_prediction=0.5, intercept=0.5, r2=1,
            features=[Feature("income", 1.0, "income = 1", -0.5, 0.05)],
        )
        for _ in range(2)
    )  # fmt: skip


def names(ax):
    return [tick.get_text() for tick in ax.get_yticklabels()]


def test_summary_shows_the_largest_features_first(yes):
    ax = yes.summary_plot()
    assert names(ax) == ["job", "income"]
    assert ax.get_title(loc="left") == f"the output for yes, {N} rows"
    dots = {len(points.get_offsets()) for points in ax.collections}
    assert dots == {N}
    assert yes.summary_plot(n_features=1).get_yticklabels()[0].get_text() == "income"


@pytest.mark.parametrize("method", ["summary_plot", "heatmap_plot"])
def test_targets_never_share_an_axis(mixed, method):
    axes = getattr(mixed, method)()
    assert [ax.get_title(loc="left") for ax in axes] == [
        f"the output for yes, {N} rows", "the output for no, 1 row",
    ]  # fmt: skip
    with pytest.raises(ValueError, match=r"2 targets \(yes, no\).*targets="):
        getattr(mixed, method)(ax=plt.subplots()[1])
    axes[0].figure.canvas.draw()


def widths(ax):
    return [bar.get_width() for bar in ax.patches]


def test_importance_is_the_mean_size_of_the_weights(yes):
    frame = yes.to_frame()
    expected = frame["weight"].abs().groupby(frame["feature"]).sum() / N
    assert widths(yes.importance_plot()) == pytest.approx(sorted(expected))


def test_importance_of_cohorts(yes):
    ax = yes.importance_plot(cohorts="job")
    texts = [text.get_text() for text in ax.get_legend().get_texts()]
    assert texts == ["None (14 rows)", "a (13 rows)", "b (13 rows)"]
    assert sorted(widths(ax))[:3] == [0, 0, pytest.approx(0.1)]
    halves = yes.importance_plot(cohorts=["first", "second"] * (N // 2))
    assert len(widths(halves)) == 4
    with pytest.raises(ValueError, match="has 2 entries; 40 rows"):
        yes.importance_plot(cohorts=["a", "b"])
    with pytest.raises(ValueError, match="No explanation has a feature 'age'"):
        yes.importance_plot(cohorts="age")
    with pytest.raises(ValueError, match="40 groups"):
        yes.importance_plot(cohorts="income")


def test_heatmap_has_a_column_per_row_by_prediction(yes):
    ax = yes.heatmap_plot()
    (image,) = ax.images
    weights = image.get_array()
    assert weights.shape == (2, N)
    assert (np.diff(weights[0]) >= 0).all()  # the prediction rises with income
    assert names(ax) == ["income", "job"]


def test_dependence_shows_weights_their_mean_intervals_and_a_rug(yes):
    income, job = yes.dependence_plot()
    dots, curve, rug = income.lines[:3]
    assert dots.get_ydata() == pytest.approx(0.5 * dots.get_xdata())
    assert curve.get_ydata() == pytest.approx(0.5 * curve.get_xdata())
    assert 10 < len(curve.get_xdata()) < N
    band = income.collections[0].get_paths()[0].vertices[:, 1]
    assert np.ptp(band) == pytest.approx(np.ptp(curve.get_ydata()) + 2 * 1.96 * 0.05)
    assert len(rug.get_xdata()) == N
    means = job.lines[1].get_xydata()
    assert means == pytest.approx(np.array([[0, 0.1], [1, 0], [2, 0]]))
    assert [tick.get_text() for tick in job.get_xticklabels()] == ["a", "b", "missing"]
    assert len(yes.dependence_plot("income")) == 1
    with pytest.raises(ValueError, match="'age'; those shown are 'income', 'job'"):
        yes.dependence_plot(["age"])
    with pytest.raises(ValueError, match="there are 2"):
        yes.dependence_plot(ax=plt.subplots()[1])
    income.figure.canvas.draw()


def test_dependence_of_values_that_are_mostly_the_same():
    values = [0.0] * 70 + list(range(1, 31))
    items = [
        Explanation(
            row=row, target=None, prediction=1, local_prediction=1, intercept=1, r2=1,
            features=[Feature("gain", value, "gain", float(value > 0), 0.1)],
        )
        for row, value in enumerate(values)
    ]  # fmt: skip
    (ax,) = Explanations(items).dependence_plot("gain")
    curve = ax.lines[1].get_xydata()
    assert curve[0].tolist() == [0, 0]
    assert (curve[1:, 1] == 1).all()


def test_dependence_says_how_many_rows_do_not_show_the_feature(yes):
    some = [item if item.row % 2 else replace(item, features=item.features[1:]) for item in yes]
    (ax,) = Explanations(some).dependence_plot("income")
    assert ax.get_xlabel() == "income (shown in 20 of 40 rows)"


def test_dependence_of_several_targets_is_coloured(mixed):
    (ax,) = mixed.dependence_plot("income")
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["yes", "no"]


def test_pairs(yes, mixed):
    ax = yes.interaction_plot()
    assert names(ax) == ["income with job"]
    assert widths(ax) == pytest.approx([0.1])
    with pytest.raises(ValueError, match="No explanation has pairs"):
        mixed[N:].interaction_plot()


@pytest.mark.parametrize(
    "method", ["plot", "summary_plot", "importance_plot", "heatmap_plot", "dependence_plot"]
)
def test_nothing_to_plot(method):
    with pytest.raises(ValueError, match="no explanation"):
        getattr(Explanations(), method)()
