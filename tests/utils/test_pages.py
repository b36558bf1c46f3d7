"""Pages: what is a text cannot become markup, and a page is whole."""

import pytest

from skcook.utils._pages import fill, fill_page

EVIL = "</style><script>alert(1)</script>"


def test_texts_are_escaped_and_markup_is_not():
    assert fill("skcook.artifacts", "cell", text=EVIL).count("<script") == 0
    assert "<td>1</td>" in fill("skcook.artifacts", "row", markup={"cells": "<td>1</td>"})
    with pytest.raises(KeyError, match="cells"):
        fill("skcook.artifacts", "row")


@pytest.mark.parametrize(
    ("package", "name", "texts", "markup"),
    [
        ("skcook.eda", "profile", {"facts": EVIL}, {"report": "<p>", "pictures": ""}),
        ("skcook.models", "report", {"facts": EVIL}, {"sections": "<p>"}),
        ("skcook.review", "comparison", {}, {"rows": "<p>"}),
        ("skcook.explain", "page", {}, {"body": "<p>"}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_every_page_has_its_frame_and_its_style(package, name, texts, markup):
    page = fill_page(package, name, title=EVIL, markup=markup, **texts)
    assert page.lower().startswith("<!doctype html>")
    assert page.count("&lt;script&gt;") == 2 + len(texts)  # the title and the heading
    assert "<script" not in page
    assert page.count("<style>") == page.count("</style>") == page.count("</html>") == 1
    assert "h1 {" in page
    assert "<p>" in page
    assert "$" not in page
