import base64

import matplotlib.image
import matplotlib.pyplot as plt
import numpy as np
import pytest

from skcook.explain import Explanations, ImageExplainer, TextExplainer
from skcook.explain.result._overlays import AGAINST, FOR, lines_of, painted, png
from tests.explain.result.test_explanation_page import HOSTILE, Tags


@pytest.fixture(autouse=True)
def close():
    yield
    plt.close("all")


def text(document):
    explainer = TextExplainer(lambda texts: [t.count("good") - t.count("bad") for t in texts])
    return explainer.fit().explain([document])


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


def test_texts_never_become_markup():
    tags = Tags(text(f"good {HOSTILE} bad").to_html()).found
    assert not {tag for tag, _ in tags} & {"script", "img"}
    assert not [attrs for _, attrs in tags if any(name.startswith("on") for name in attrs)]


def test_words_are_drawn_with_their_colour():
    (ax,) = text(r"a good film, $\frac{1} a bad end").plot()
    boxes = {t.get_text(): t.get_bbox_patch() for t in ax.texts}
    good, bad = (tuple(boxes[w].get_facecolor()[:3]) for w in ("good", "bad"))
    assert good == pytest.approx(np.array(FOR) / 255)
    assert bad == pytest.approx(np.array(AGAINST) / 255)
    ax.figure.canvas.draw()
    _, own = plt.subplots()
    assert text("good").plot(own)[0] is own


@pytest.mark.parametrize("document", ["", "word " * 4000, "x" * 1000, "good\n\nbad"], ids=len)
def test_any_text_fits(document):
    explained = text(document)
    assert all(c + len(t) <= 76 for line in lines_of(explained[0]) for c, t, _ in line)
    explained.plot()[0].figure.canvas.draw()


def test_regions_are_painted(image):
    colours = painted(image[0]).astype(int)
    above, below = colours[50, 50], colours[150, 150]
    assert above[2] > above[0]
    assert below[0] > below[2]
    image.plot()[0].figure.canvas.draw()


def test_image_in_the_page_is_a_small_png(image, tmp_path):
    address = png(painted(image[0]))
    path = tmp_path / "image.png"
    path.write_bytes(base64.b64decode(address.removeprefix("data:image/png;base64,")))
    assert (255 * matplotlib.image.imread(path)).round()[..., :3] == pytest.approx(
        painted(image[0])[::4, ::4]
    )
    html = image.to_html()
    assert address in html
    assert len(html.encode()) < 50_000


def test_kinds_share_a_figure(image, explanations):
    both = Explanations([*image, *explanations[:1], *text("good day")])
    axes = both.plot()
    assert len(axes) == 3
    axes[0].figure.canvas.draw()
    both.summary_plot().figure.canvas.draw()
