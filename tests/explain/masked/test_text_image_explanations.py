import base64

import matplotlib.image
import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_rgb

from skcook.explain import (
    Explanations,
    ImageExplainer,
    ImageExplanation,
    TextExplainer,
    TextExplanation,
)
from skcook.explain.masked._masked_explanations import png, text_lines
from skcook.explain.result._explanation_plots import AGAINST, FOR
from tests.explain.result.test_explanation_page import HOSTILE, Tags


def text(document, **options):
    def score(texts):
        return [t.count("good") - t.count("bad") for t in texts]

    return TextExplainer(score, **options).fit().explain([document])


@pytest.fixture
def image():
    picture = np.zeros((200, 300, 3), np.uint8)
    picture[:100] = 200
    halves = (np.arange(200)[:, None] // 100).repeat(300, axis=1)
    picture[100:] = 90
    explainer = ImageExplainer(
        lambda X: X[:, :100].mean(axis=(1, 2, 3)) - X[:, 100:].mean(axis=(1, 2, 3)),
        segmenter=lambda image: halves,
        hide_color=0,
    )
    return explainer.fit().explain([picture])


def test_words_are_marked_in_the_page():
    html = text("a good film, a bad end").to_html()
    assert '<mark class="for" style="--strength:70%">good</mark> film, ' in html
    assert '<mark class="against" style="--strength:70%">bad</mark> end' in html


def test_words_of_several_texts_are_marked_on_one_scale():
    score = lambda texts: [9 * t.count("great") + t.count("good") for t in texts]  # noqa: E731
    html = TextExplainer(score).fit().explain(["a great film", "a good film"]).to_html()
    assert '--strength:70%">great' in html
    assert '--strength:8%">good' in html


def test_next_to_nothing_is_not_marked():
    score = lambda texts: [0.9 + 1e-7 * t.count("good") for t in texts]  # noqa: E731
    assert "<mark" not in TextExplainer(score).fit().explain(["a good film"]).to_html()


def test_texts_never_become_markup():
    tags = Tags(text(f"good {HOSTILE} bad").to_html()).found
    assert not {tag for tag, _ in tags} & {"script", "img"}
    assert not [attrs for _, attrs in tags if any(name.startswith("on") for name in attrs)]


def test_words_are_drawn_with_their_colour():
    (ax,) = text(r"a good film, $\frac{1} a bad end").plot()
    boxes = {t.get_text(): t.get_bbox_patch() for t in ax.texts}
    good, bad = (tuple(boxes[w].get_facecolor()[:3]) for w in ("good", "bad"))
    assert good == pytest.approx(to_rgb(FOR))
    assert bad == pytest.approx(to_rgb(AGAINST))
    ax.figure.canvas.draw()
    _, own = plt.subplots()
    assert text("good").plot(own)[0] is own


@pytest.mark.filterwarnings("ignore:Glyph:UserWarning")  # a machine without Chinese fonts
@pytest.mark.parametrize(
    "document", ["", "word " * 500, "x" * 1000, "good\n\nbad", "我喜欢" * 50], ids=len
)
def test_any_text_fits(document):
    explained = text(document, n_samples=100)
    for line in text_lines(explained[0].pieces()):
        ends = [
            column + len(letters) * (2 if ord(letters[0]) > 999 else 1)
            for column, letters, _ in line
        ]
        starts = [column for column, _, _ in line]
        assert all(end <= 76 for end in ends)
        assert all(end <= start for end, start in zip(ends, starts[1:], strict=False))
    explained.plot()[0].figure.canvas.draw()


def test_words_that_are_not_shown_are_summed():
    (item,) = text("good good bad film", n_features=1)
    assert (item.features[0].feature, item.n_others) == ("good", 2)
    assert item.others == pytest.approx(-1, abs=0.02)
    assert "2 other words" in str(item)
    assert item.rest == pytest.approx(0, abs=0.02)


def test_regions_are_painted_in_the_image_s_own_colours_and_size(image):
    (item,) = image
    scale = np.abs(item.weights).max()
    colours, zoom = item.painted(scale)
    assert (colours.shape, zoom) == ((200, 300, 3), 1)
    above, below = colours[50, 50].astype(int), colours[150, 150].astype(int)
    assert above[2] > above[0]
    assert below[0] > below[2]
    faint, _ = item.painted(1e9)
    assert faint[50, 50].tolist() == [200, 200, 200]
    assert colours[99, 150].tolist() != above.tolist()  # a border
    image.plot()[0].figure.canvas.draw()


def test_small_images_are_enlarged_and_large_ones_made_smaller():
    for size, shown, zoom in ((8, 240, 30), (1200, 400, 1 / 3)):
        explainer = ImageExplainer(
            lambda X: X.mean(axis=(1, 2)), segmenter="grid", n_samples=16, hide_color=0
        ).fit()
        (item,) = explainer.explain(np.random.default_rng(0).random((1, size, size)))
        painted, found = item.painted(1.0)
        assert (painted.shape, found) == ((shown, shown, 3), pytest.approx(zoom))


def test_image_in_the_page(image, tmp_path):
    (item,) = image
    painted, _ = item.painted(np.abs(item.weights).max())
    path = tmp_path / "image.png"
    path.write_bytes(base64.b64decode(png(painted).removeprefix("data:image/png;base64,")))
    read = (255 * matplotlib.image.imread(path)).round()[..., :3]
    assert read == pytest.approx(painted)
    html = image.to_html()
    assert "data:image/png;base64," in html
    assert "filled with: the colour 0" in html
    assert len(html.encode()) < 50_000


def test_kinds_share_a_figure_and_a_page(image, explanations):
    both = Explanations([*image, *explanations[:1], *text("good day")])
    axes = both.plot()
    assert len(axes) == 3
    assert [type(both[0]), type(both[2])] == [ImageExplanation, TextExplanation]
    axes[0].figure.canvas.draw()
    assert both.to_html().count("<section>") == 3
    assert len(both.summary_plot()) == 2  # a class, and the one output of the others
    assert len(both.to_json()) > 100
