import re
from html.parser import HTMLParser

from skcook.explain import Explanation, Explanations
from skcook.explain.result._explanation import Feature, Interaction

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


def test_a_notebook_shows_a_part_of_its_page_that_brings_no_colours_of_its_own():
    html = hostile()._repr_html_()
    assert not {tag for tag, _ in Tags(html).found} & {"script", "img", "iframe", "html", "body"}
    # The notebook's own ink and paper: dark or light is not decided here.
    assert "prefers-color-scheme" not in html
    assert "background: Canvas" not in html
    rules = re.findall(
        r"(?m)^([.@\w][^{]*)\{", html[html.index("<style>") : html.index("</style>")]
    )
    assert rules
    assert all(rule.startswith((".skcook-explanations", "@")) for rule in rules)


def test_a_long_list_is_cut_in_a_notebook(explanations):
    html = explanations._repr_html_()
    assert html.count("<section>") == 10
    assert f"{len(explanations) - 10} more are not shown here" in html
    assert explanations.to_html().count("<section>") == len(explanations)


def test_page_is_self_contained_and_small(explanations):
    html = explanations[:1].to_html()
    assert len(html.encode()) < 50_000
    assert not re.search(r"(?:src|href)=|url\(|@import|https?:", html)


def test_page_suits_phones_dark_rooms_and_paper(explanations):
    html = explanations.to_html()
    assert "width=device-width" in html
    assert "color-scheme: light dark" in html
    assert "@media print" in html


def test_every_weight_is_shown_with_its_side_and_a_bad_fit_is_said(small):
    html = small[:1].to_html()
    assert html.count("<li>") == 3
    assert html.count('class="bar for"') == html.count('class="bar against"') == 1
    assert html.count('class="bar neither"') == 1
    assert "not explained" in html
    assert small[0].note in html
    for left, width in re.findall(r"--left:([-\d.]+)%;--width:([-\d.]+)%", html):
        assert -0.01 <= float(left) <= float(left) + float(width) <= 100.01


def test_bars_of_all_explanations_have_one_scale():
    def item(weight):
        return Explanation(
            row=0, target=None, prediction=1, local_prediction=1, intercept=1 - weight, r2=1,
            features=[Feature("a", 57.5, "a > 57", weight, 0.0)],
        )  # fmt: skip

    html = Explanations([item(1.0), item(0.25)]).to_html()
    assert re.findall(r'class="bar for" style="[^"]*--width:([\d.]+)%', html) == ["50.00", "12.50"]
    assert '<span class="value">57.5</span>' in html


def test_pairs_are_named_on_the_page():
    pair = Interaction(("gain", "<age>"), 0.5, 0.1)
    item = Explanation(
        row=0, target=None, prediction=1, local_prediction=1, intercept=0, r2=1, features=[],
        interactions=[pair],
    )  # fmt: skip
    assert "gain with &lt;age&gt; +0.5" in item.to_html()
