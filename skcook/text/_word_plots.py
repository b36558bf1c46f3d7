"""Pictures of word frequencies."""

import numpy as np

from skcook.utils._optional import import_optional

_COLOUR = "#2a6f97"
# A long n-gram must not push the bars out of the picture.
_LONGEST_LABEL = 40


def _pyplot():
    return import_optional("matplotlib.pyplot", feature="WordFrequencies.plot", extra="text")


def plot_bars(frequencies, ax=None):
    """Draw frequencies as horizontal bars, the longest on top."""
    if ax is None:
        size = (6.4, bars_height(len(frequencies)))
        _, ax = _pyplot().subplots(figsize=size, layout="constrained")
    positions = np.arange(len(frequencies))
    bars = ax.barh(positions, [count for _, count in frequencies], color=_COLOUR, height=0.75)
    ax.set_yticks(positions, [_label(term) for term, _ in frequencies])
    ax.invert_yaxis()
    ax.bar_label(bars, fmt="{:,.0f}", padding=3, fontsize="small", color="0.3")
    ax.margins(x=0.12, y=0.02)
    ax.set_xlabel("occurrences")
    ax.spines[["top", "right"]].set_visible(False)
    return ax


def bars_height(n_bars):
    """Return the height in inches of a picture of some bars."""
    return 1.0 + 0.28 * n_bars


def _label(term):
    # A dollar sign would begin a formula.
    shown = term if len(term) <= _LONGEST_LABEL else term[: _LONGEST_LABEL - 1] + "…"
    return shown.replace("$", r"\$")


def plot_cloud(frequencies, ax=None, random_state=0):
    """Draw frequencies as a word cloud, where size stands for frequency."""
    wordcloud = import_optional(
        "wordcloud", feature="WordFrequencies.plot(kind='cloud')", extra="text"
    )
    if ax is None:
        _, ax = _pyplot().subplots(figsize=(8, 4.5), layout="constrained")
    cloud = wordcloud.WordCloud(
        width=1200,
        height=675,
        background_color="white",
        max_words=len(frequencies),
        color_func=_colours(random_state),
        prefer_horizontal=1.0,
        margin=9,
        random_state=random_state,
    )
    ax.imshow(cloud.generate_from_frequencies(dict(frequencies)), interpolation="bilinear")
    ax.set_axis_off()
    return ax


def _colours(random_state):
    """Return a colour for each word, dark enough to be read on white."""
    palette = ("#0b3954", "#2a6f97", "#1b7f79", "#5f4b8b", "#8c2f39", "#5c677d")
    generator = np.random.default_rng(random_state)

    def colour(*args, **kwargs):
        return palette[generator.integers(len(palette))]

    return colour


def plot_groups(groups, draw, size):
    """Draw one picture a group, side by side."""
    groups = {name: frequencies for name, frequencies in groups.items() if frequencies}
    if not groups:
        raise ValueError("There are no words to draw.")
    n_columns = min(len(groups), 3)
    n_rows = -(-len(groups) // n_columns)
    figure, axes = _pyplot().subplots(
        n_rows,
        n_columns,
        figsize=(size[0] * n_columns, size[1] * n_rows),
        layout="constrained",
        squeeze=False,
    )
    figure.get_layout_engine().set(w_pad=0.15, h_pad=0.15)
    for ax, (name, frequencies) in zip(axes.flat, groups.items(), strict=False):
        draw(frequencies, ax)
        ax.set_title(name)
    for ax in axes.flat[len(groups) :]:
        figure.delaxes(ax)
    return axes.ravel()[: len(groups)]
