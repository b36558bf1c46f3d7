"""MissingValuesDisplay: the numbers behind the pictures, and pictures that can be read."""

import itertools

import numpy as np
import pandas as pd
import polars as pl
import pytest

from skcook.datasets import load_penguins
from skcook.eda import MissingValuesDisplay

pyplot = pytest.importorskip("matplotlib.pyplot")
KINDS = ["matrix", "bar", "heatmap"]


def wide(n_columns, n_rows=600):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n_rows, n_columns))
    X[rng.random(X.shape) < rng.choice([0, 0.01, 0.5], n_columns)] = np.nan
    return pd.DataFrame(X, columns=[f"column_{i:03d}" for i in range(n_columns)])


def overlaps(labels, figure):
    """Tell whether the drawn texts lie upon each other."""
    renderer = figure.canvas.get_renderer()
    boxes = [label.get_window_extent(renderer) for label in labels if label.get_text()]
    return any(a.overlaps(b) and a.xmin != b.xmin for a, b in itertools.pairwise(boxes))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("to", [lambda X: X, pl.from_pandas, lambda X: X.to_numpy()])
def test_every_container_gives_the_same_numbers(kind, to):
    X = load_penguins().frame.select_dtypes("number")
    display = MissingValuesDisplay.from_frame(to(X), kind)
    assert display.n_missing.tolist() == X.isna().sum().tolist()
    assert display.n_rows == len(X)
    np.testing.assert_allclose(display.share.mean(axis=0), X.isna().mean(), atol=0.01)
    assert (display.correlation is not None) == (kind == "heatmap")
    assert display.ax_.figure is display.figure_


def test_the_correlation_is_that_of_pandas():
    X = wide(12, 60_000)
    X["empty"], X["full"] = np.nan, 1.0
    X["opposite"] = np.where(X["column_000"].isna(), 1.0, np.nan)
    X["half"] = np.where(np.arange(len(X)) < 1000, np.nan, 1.0)
    display = MissingValuesDisplay.from_frame(X, "heatmap")
    with np.errstate(invalid="ignore", divide="ignore"):
        expected = X.isna().astype(float).corr().to_numpy()
    np.testing.assert_allclose(display.correlation, expected, atol=1e-6)


def test_the_share_of_each_bin():
    X = pd.DataFrame({"a": np.where(np.arange(1000) < 500, np.nan, 1.0), "b": 1.0})
    display = MissingValuesDisplay.from_frame(X)
    assert display.share.shape == (240, 2)
    assert display.share[:119, 0].min() == 1.0
    assert display.share[121:, 0].max() == 0.0
    assert display.share[:, 1].max() == 0.0
    assert MissingValuesDisplay.from_frame(X[:3]).share.tolist() == [[1, 0]] * 3


@pytest.mark.parametrize("n_columns", [1, 10, 50, 200])
@pytest.mark.parametrize("kind", KINDS)
def test_names_do_not_overlap(kind, n_columns):
    display = MissingValuesDisplay.from_frame(wide(n_columns), kind)
    display.figure_.canvas.draw()
    width, height = display.figure_.get_size_inches()
    assert width <= 16
    assert height <= 14
    if n_columns >= 50:
        assert not overlaps(display.ax_.get_xticklabels(), display.figure_)
    assert len(display.ax_.get_yticklabels()) <= 41
    assert len(display.ax_.get_xticklabels()) <= 61


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("holes", ["none", "one", "all"])
def test_what_there_is_nothing_to_see_of(kind, holes):
    X = pd.DataFrame({"a": [1.0, 2.0], "b": ["x", "y"]})
    if holes == "one":
        X.loc[0, "a"] = None
    if holes == "all":
        X = pd.DataFrame({"a": [None, None], "b": [None, None]})
    display = MissingValuesDisplay.from_frame(X, kind)
    display.figure_.canvas.draw()
    texts = [text.get_text() for text in display.ax_.texts]
    if kind == "heatmap":
        assert texts[0].startswith("Fewer than two columns")
    if kind == "bar" and holes == "none":
        assert texts == ["No value is missing."]


@pytest.mark.parametrize("kind", KINDS)
def test_hostile_names(kind):
    X = pd.DataFrame({"$x": [1, None, 1], "$\\frac{1}$": [None, 1, 1], "n" * 500: [1, 2, None]})
    display = MissingValuesDisplay.from_frame(X, kind)
    display.figure_.canvas.draw()
    labels = [*display.ax_.get_xticklabels(), *display.ax_.get_yticklabels()]
    assert any(label.get_text() == "$x" for label in labels)
    assert max(len(label.get_text()) for label in labels) <= 24


def test_plots_again_on_axes_given():
    display = MissingValuesDisplay.from_frame(load_penguins().frame)
    _, ax = pyplot.subplots()
    assert display.plot(ax=ax) is display
    assert display.ax_ is ax


@pytest.mark.parametrize(
    ("X", "kind", "error", "message"),
    [
        (pd.DataFrame({"a": [1]}), "pie", ValueError, "matrix, bar, heatmap; got 'pie'"),
        (pd.DataFrame(index=[0]), "bar", ValueError, "no columns"),
        ([[1]], "bar", TypeError, "pandas or polars DataFrame"),
    ],
)
def test_refusals(X, kind, error, message):
    with pytest.raises(error, match=message):
        MissingValuesDisplay.from_frame(X, kind)


@pytest.mark.parametrize("kind", KINDS)
def test_no_rows(kind):
    X = pd.DataFrame({"a": pd.Series([], dtype=float)})
    assert MissingValuesDisplay.from_frame(X, kind).n_missing.tolist() == [0]


def test_columns_that_miss_their_values_together_stand_side_by_side():
    rng = np.random.default_rng(0)
    masks = [rng.random(200) < 0.3 for _ in range(3)]
    columns = {}
    for twin in range(2):
        for i, mask in enumerate(masks):
            noise = rng.random(200) < 0.03
            columns[f"{'abc'[i]}{twin}"] = np.where(mask ^ noise, np.nan, 1.0)
    display = MissingValuesDisplay.from_frame(pd.DataFrame(columns), "heatmap")
    names = [label.get_text() for label in display.ax_.get_xticklabels()]
    names.append(display.ax_.get_yticklabels()[-1].get_text())
    assert [a[0] == b[0] for a, b in zip(names[::2], names[1::2], strict=True)] == [True] * 3
    assert len(display.ax_.texts) == 15


def test_a_large_heatmap_has_the_figures_that_say_something():
    rng = np.random.default_rng(0)
    mask = rng.random(300) < 0.3
    columns = {f"c{i}": np.where(rng.random(300) < 0.3, np.nan, 1.0) for i in range(18)}
    columns |= {name: np.where(mask, np.nan, 1.0) for name in ("x", "y")}
    display = MissingValuesDisplay.from_frame(pd.DataFrame(columns), "heatmap")
    texts = [text.get_text() for text in display.ax_.texts]
    assert "1.0" in texts
    assert ".0" not in texts


def test_a_display_says_what_it_shows():
    X = pd.DataFrame({"<b>": [1.0, np.nan], "full": [1, 2]})
    display = MissingValuesDisplay.from_frame(X)
    assert repr(display) == "<MissingValuesDisplay kind='matrix': 1 of 2 x 2 values missing>"
    page = display._repr_html_()
    assert "<td>&lt;b&gt;</td><td>1</td><td>50 %</td>" in page
    assert "full" not in page
    assert "<table>" not in MissingValuesDisplay.from_frame(X[["full"]])._repr_html_()
