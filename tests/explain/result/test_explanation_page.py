import re
from html.parser import HTMLParser

from skcook.explain import Explanation, Explanations
from skcook.explain.result._explanation import Feature

HOSTILE = '</script><script>alert(1)</script><img src=x onerror="x"> & $rule ${x}'


class Tags(HTMLParser):
    def __init__(self, html):
        super().__init__()
        self.found = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


def hostile():
    return Explanations(
        [
            Explanation(
                kind="tabular", row=0, target=HOSTILE, prediction=1, local_prediction=1,
                intercept=0, r2=0.1, features=[Feature(HOSTILE, HOSTILE, HOSTILE, 1.0, 0.1)],
            )
        ]
    )  # fmt: skip


def test_texts_from_the_data_never_become_markup():
    html = hostile().to_html(title=HOSTILE)
    tags = Tags(html).found
    assert not {tag for tag, _ in tags} & {"script", "img"}
    assert not [attrs for _, attrs in tags if any(name.startswith("on") for name in attrs)]
    assert "&lt;script&gt;alert(1)" in html
    assert "$rule ${x}" in html


def test_notebook_frame_is_escaped_too():
    tags = Tags(hostile()._repr_html_()).found
    assert [tag for tag, _ in tags] == ["iframe"]


def test_page_is_self_contained_and_small(explanations):
    html = explanations[:1].to_html()
    assert len(html.encode()) < 50_000
    assert not re.search(r"(?:src|href)=|url\(|@import|https?:", html)


def test_page_suits_phones_and_dark_rooms(explanations):
    html = explanations.to_html()
    assert "width=device-width" in html
    assert "prefers-color-scheme: dark" in html


def test_every_weight_is_shown_with_its_side_and_a_bad_fit_is_said(small):
    html = small[:1].to_html()
    assert html.count("<li>") == 2
    assert html.count('class="bar for"') == html.count('class="bar against"') == 1
    assert small[0].note in html
    for left, width in re.findall(r"--left:([-\d.]+)%;--width:([-\d.]+)%", html):
        assert -0.01 <= float(left) <= float(left) + float(width) <= 100.01
