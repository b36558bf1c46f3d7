from itertools import pairwise

import matplotlib.pyplot as plt
import pytest

from skcook.explain import Explanation, Explanations
from skcook.explain.result._explanation import Feature


def labels(ax):
    return [tick.get_text() for tick in ax.get_yticklabels()]


def test_bars_show_weights_values_errors_others_and_rest(explanations):
    place = max(range(len(explanations)), key=lambda i: abs(explanations[i].rest))
    explanations = explanations[place : place + 1]
    (ax,) = explanations.plot()
    lines = explanations[0].lines[::-1]
    assert {line.part for line in lines} == {"feature", "rest"}
    assert [bar.get_width() for bar in ax.patches] == [line.weight for line in lines]
    for label, line in zip(labels(ax), lines, strict=True):
        assert label.startswith(line.text)
        assert label.endswith(f"({line.value})" if line.value else line.text)
    assert len(ax.containers[1]) == 3  # the error bars
    texts = {text.get_text() for text in ax.get_legend().get_texts()}
    signs = {line.weight > 0 for line in lines if line.part == "feature"}
    sides = {"raises it" if sign else "lowers it" for sign in signs}
    assert texts == {*sides, "not shown, not explained"}
    ax.figure.canvas.draw()


def test_a_ladder_leads_from_the_average_to_the_prediction(explanations):
    item = explanations[0]
    (ax,) = item.plot(kind="ladder")
    bars = ax.patches
    assert bars[0].get_x() == pytest.approx(item.intercept)
    for above, below in pairwise(bars):
        assert below.get_x() == pytest.approx(above.get_x() + above.get_width())
    assert bars[-1].get_x() + bars[-1].get_width() == pytest.approx(item.prediction)
    assert labels(ax)[0].startswith("the average")
    assert labels(ax)[-1].startswith("this row")
    ax.figure.canvas.draw()


@pytest.mark.parametrize("kind", ["bars", "ladder"])
def test_all_axes_have_one_scale(explanations, kind):
    axes = explanations[:3].plot(kind=kind)
    assert len({ax.get_xlim() for ax in axes}) == 1
    with pytest.raises(ValueError, match="one of 'bars', 'ladder'; got 'force'"):
        explanations.plot(kind="force")


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
    title = small[:1].plot()[0].get_title(loc="left")
    assert "read them with care" in title.replace("\n", " ")


def test_texts_are_not_mathematics():
    text = r"cost $\frac{1}$ is $broken"
    item = Explanation(
        kind="tabular", row=0, target=text, prediction=1, local_prediction=1, intercept=0, r2=1,
        features=[Feature(text, text, text, 1.0, 0.1)],
    )  # fmt: skip
    Explanations([item]).plot()[0].figure.canvas.draw()
    Explanations([item]).summary_plot().figure.canvas.draw()
