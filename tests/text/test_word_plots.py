"""Pictures of word frequencies: what is drawn, and where."""

import sys

import pytest

from skcook.text import WordFrequencies

plt = pytest.importorskip("matplotlib.pyplot")

TEXTS = ["good film", "good cast", "bad film", "$5 x_i good"]


@pytest.fixture(autouse=True)
def close():
    yield
    plt.close("all")


def bars(ax):
    labels = [tick.get_text() for tick in ax.get_yticklabels()]
    return dict(zip(labels, (bar.get_width() for bar in ax.patches), strict=True))


def test_bars_are_the_frequencies_the_longest_on_top():
    words = WordFrequencies().fit(TEXTS)
    ax = words.plot(n_words=3)
    assert bars(ax) == dict(words.top(3))
    assert ax.yaxis_inverted()
    assert [text.get_text() for text in ax.texts] == ["3", "2", "1"]


def test_bars_go_where_they_are_told():
    figure, ax = plt.subplots()
    assert WordFrequencies().fit(TEXTS, list("aabb")).plot(ax=ax) is ax
    assert len(plt.get_fignums()) == 1
    figure.canvas.draw()


def test_labels_that_matplotlib_would_take_for_formulas():
    words = WordFrequencies(tokenizer=r"\S+", punctuation="keep").fit(["$x$ $y " + "z" * 90])
    ax = words.plot()
    ax.figure.canvas.draw()
    assert max(len(label) for label in bars(ax)) <= 41


@pytest.mark.parametrize("kind", ["bar", "cloud"])
def test_one_picture_a_group(kind):
    if kind == "cloud":
        pytest.importorskip("wordcloud")
    words = WordFrequencies().fit(TEXTS, ["+", "+", "-", "o"])
    axes = words.plot(kind)
    assert [ax.get_title() for ax in axes] == ["+", "-", "o"]
    assert len(axes[0].figure.axes) == 3
    one = words.plot(kind, group="-")
    assert one.get_title() == ""


def test_a_group_without_words_is_left_out():
    axes = WordFrequencies().fit(["a", ""], ["x", "y"]).plot()
    assert [ax.get_title() for ax in axes] == ["x"]


def test_a_cloud_is_repeatable():
    pytest.importorskip("wordcloud")
    words = WordFrequencies().fit(TEXTS)
    first, again, other = (
        words.plot("cloud", random_state=seed).images[0].get_array() for seed in (1, 1, 2)
    )
    assert (first == again).all()
    assert (first != other).any()
    assert first.min() < 255  # something is drawn


def test_what_is_missing_is_named(monkeypatch):
    words = WordFrequencies().fit(TEXTS)
    monkeypatch.setitem(sys.modules, "wordcloud", None)
    with pytest.raises(ImportError, match=r"kind='cloud'\) needs wordcloud.*skcook\[text\]"):
        words.plot("cloud")
    with pytest.raises(ValueError, match="kind must be 'bar' or 'cloud'; got 'pie'"):
        words.plot("pie")
