import matplotlib.pyplot as plt
import pytest

from skcook.explain import Explanation, Explanations
from skcook.explain.result._explanation import Feature


@pytest.fixture(autouse=True)
def close():
    yield
    plt.close("all")


def test_bars_show_weights_rules_and_errors(explanations):
    (ax,) = explanations[:1].plot()
    item = explanations[0]
    assert [bar.get_width() for bar in ax.patches] == item.weights[::-1].tolist()
    assert [t.get_text() for t in ax.get_yticklabels()] == [f.rule for f in item.features[::-1]]
    assert len(ax.containers[1]) == 3  # the error bars
    ax.figure.canvas.draw()


def test_several_share_a_figure(explanations):
    axes = explanations[:3].plot()
    assert len({ax.figure for ax in axes}) == 1
    assert len(axes) == 3


def test_own_axes(explanations):
    _, ax = plt.subplots()
    assert explanations[:1].plot(ax)[0] is ax
    with pytest.raises(ValueError, match="One `ax` holds one explanation"):
        explanations[:2].plot(ax)


def test_bad_fit_is_said(small):
    assert "low" in small[:1].plot()[0].get_title(loc="left")


def test_texts_are_not_mathematics():
    text = r"cost $\frac{1}$ is $broken"
    item = Explanation(
        kind="tabular", row=0, target=text, prediction=1, local_prediction=1, intercept=0, r2=1,
        features=[Feature(text, text, text, 1.0, 0.1)],
    )  # fmt: skip
    Explanations([item]).plot()[0].figure.canvas.draw()
    Explanations([item]).summary_plot().figure.canvas.draw()


def test_summary_shows_the_largest_features_first(explanations):
    ax = explanations.summary_plot(n_features=3)
    frame = explanations.to_frame()
    sizes = frame["weight"].abs().groupby(frame["feature"]).sum().sort_values()
    assert [t.get_text() for t in ax.get_yticklabels()] == sizes.index[-3:].tolist()
    ax.figure.canvas.draw()


@pytest.mark.parametrize("method", ["plot", "summary_plot"])
def test_nothing_to_plot(method):
    with pytest.raises(ValueError, match="no explanation"):
        getattr(Explanations(), method)()
