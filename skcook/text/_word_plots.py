"""Pictures of word frequencies."""

import unicodedata
import warnings

import numpy as np

from skcook.exceptions import SkcookWarning
from skcook.utils._optional import import_optional

_COLOUR = "#2a6f97"
# A long n-gram must not push the bars out of the picture.
_LONGEST_LABEL = 40


def _pyplot():
    return import_optional("matplotlib.pyplot", feature="WordFrequencies.plot", extra="text")


def plot_bars(frequencies, ax=None, by="occurrences"):
    """Draw frequencies as horizontal bars, the longest on top."""
    if ax is None:
        size = (6.4, bars_height(len(frequencies)))
        _, ax = _pyplot().subplots(figsize=size, layout="constrained")
    positions = np.arange(len(frequencies))
    bars = ax.barh(positions, [count for _, count in frequencies], color=_COLOUR, height=0.75)
    ax.set_yticks(positions, [_label(term) for term, _ in frequencies])
    ax.invert_yaxis()
    number = "{:,.0f}" if by == "occurrences" else "{:.3g}"
    ax.bar_label(bars, fmt=number, padding=3, fontsize="small", color="0.3")
    ax.margins(x=0.12, y=0.02)
    ax.set_xlabel(by)
    ax.spines[["top", "right"]].set_visible(False)
    return ax


def bars_height(n_bars):
    """Return the height in inches of a picture of some bars."""
    return 1.0 + 0.28 * n_bars


def _label(term):
    # A dollar sign would begin a formula.
    shown = term if len(term) <= _LONGEST_LABEL else term[: _LONGEST_LABEL - 1] + "…"
    return shown.replace("$", r"\$")


def plot_cloud(frequencies, ax=None, random_state=0, **options):
    """Draw frequencies as a word cloud, where size stands for frequency."""
    wordcloud = import_optional(
        "wordcloud", feature="WordFrequencies.plot(kind='cloud')", extra="text"
    )
    if ax is None:
        _, ax = _pyplot().subplots(figsize=(8, 4.5), layout="constrained")
    settings = {
        "width": 1200,
        "height": 675,
        "background_color": "white",
        "max_words": len(frequencies),
        "prefer_horizontal": 1.0,
        "margin": 9,
        "random_state": random_state,
    }
    if not {"colormap", "color_func"} & options.keys():
        settings["color_func"] = _colours(random_state)
    cloud = wordcloud.WordCloud(**settings | options)
    _check_glyphs(cloud.font_path, [term for term, _ in frequencies])
    ax.imshow(cloud.generate_from_frequencies(dict(frequencies)), interpolation="bilinear")
    ax.set_axis_off()
    return ax


def _check_glyphs(font_path, words):
    """Warn of letters that the font lacks: a cloud draws them as boxes."""
    ft2font = import_optional("matplotlib.ft2font", feature="WordFrequencies.plot", extra="text")
    try:
        known = ft2font.FT2Font(str(font_path)).get_charmap()
    except (OSError, RuntimeError):
        return  # wordcloud itself says what is wrong with the font
    lacking = sorted({letter for word in words for letter in word if ord(letter) not in known})
    lacking = [letter for letter in lacking if not letter.isspace()]
    if lacking:
        package = "fonts-noto-cjk" if any(map(_is_cjk, lacking)) else "fonts-noto-core"
        shown = " ".join(lacking[:10]) + (" ..." if len(lacking) > 10 else "")
        warnings.warn(
            f"The font {font_path} has no glyph for {len(lacking)} letters, {shown}: they are "
            f"drawn as boxes. Give a font that has them: font_path=... (Debian's package {package} "
            "brings some, under /usr/share/fonts).",
            SkcookWarning,
            stacklevel=5,
        )


def _is_cjk(letter):
    return unicodedata.name(letter, "").startswith(
        ("CJK", "HIRAGANA", "KATAKANA", "HANGUL", "BOPOMOFO")
    )


def _colours(random_state):
    """Return a colour for each word, dark enough to be read on white."""
    palette = ("#0b3954", "#2a6f97", "#1b7f79", "#5f4b8b", "#8c2f39", "#5c677d")
    generator = np.random.default_rng(random_state)

    def colour(*args, **kwargs):
        return palette[generator.integers(len(palette))]

    return colour


def plot_groups(groups, draw, size):
    """Draw one picture per group, side by side."""
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
        ax.set_title(str(name))
    for ax in axes.flat[len(groups) :]:
        figure.delaxes(ax)
    return axes.ravel()[: len(groups)]
