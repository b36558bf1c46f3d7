"""Pictures of word frequencies: what is drawn, and where."""

import sys

import pytest

from skcook.exceptions import SkcookWarning
from skcook.text import WordFrequencies

plt = pytest.importorskip("matplotlib.pyplot")

TEXTS = ["good film", "good cast", "bad film", "$5 x_i good"]


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


def test_a_cloud_takes_the_arguments_of_wordcloud():
    pytest.importorskip("wordcloud")
    ax = WordFrequencies().fit(TEXTS).plot("cloud", width=300, height=200, background_color="black")
    image = ax.images[0].get_array()
    assert image.shape == (200, 300, 3)
    assert (image[0, 0] == 0).all()
    with pytest.raises(TypeError, match="width: bars take no further arguments"):
        WordFrequencies().fit(TEXTS).plot(width=300)


def test_letters_that_the_font_lacks_are_named_with_the_package_that_has_them():
    pytest.importorskip("wordcloud")
    words = WordFrequencies().fit(["\u4e2d\u6587 film"])
    with pytest.warns(SkcookWarning, match=r"no glyph for 2 letters, .*fonts-noto-cjk"):
        words.plot("cloud")


@pytest.mark.parametrize("n_words", [0, -1])
def test_a_number_of_words_that_cannot_be_is_refused(n_words):
    with pytest.raises(ValueError, match="n_words must be at least 1"):
        WordFrequencies().fit(TEXTS).plot(n_words=n_words)
