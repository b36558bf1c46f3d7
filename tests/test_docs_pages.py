"""Who can read the built documentation: axe on its pages, wide in light and on a phone in dark.

It takes the pages of `make docs`; where they were not built there is nothing to look at.
"""

import importlib.util
from pathlib import Path

import pytest

from tests.serve._browser import chromium, seen_as

pytestmark = [pytest.mark.browser, pytest.mark.slow]

BUILT = Path(__file__).parent.parent / "docs" / "_build" / "html"
#: Pages that are written, and one of each folder of those that are made.
PAGES = [
    *sorted(BUILT.glob("*.html")),
    *sorted(BUILT.glob("user_guide/*.html")),
    *sorted(BUILT.glob("coming_from/*.html")),
    *(sorted(folder.glob("*.html"))[0] for folder in sorted(BUILT.glob("gallery/*/"))),
    *sorted(BUILT.glob("api/generated/*.html"))[:3],
]
RUN = """
const done = arguments[arguments.length - 1];
const grave = (found) => ["serious", "critical"].includes(found.impact);
axe.run(document, {resultTypes: ["violations"]}).then((found) =>
  done(found.violations.filter(grave).map((v) => [v.id, ...v.nodes.map((node) => node.html)])));
"""


@pytest.fixture(scope="module")
def browser():
    with chromium() as chrome:
        chrome.set_script_timeout(120)
        yield chrome


@pytest.fixture(scope="module")
def axe():
    found = importlib.util.find_spec("axe_playwright_python")
    return (Path(found.origin).parent / "axe.min.js").read_text()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(BUILT)))
def test_axe_finds_nothing_serious_and_no_page_scrolls_sideways(browser, axe, page):
    browser.get(page.as_uri())
    browser.execute_script(axe)
    for scheme, width in (("light", 1280), ("dark", 390)):
        with seen_as(browser, width=width, prefers_color_scheme=scheme):
            assert browser.execute_async_script(RUN) == [], f"{scheme}, {width} wide"
            script = "return document.documentElement.scrollWidth > innerWidth"
            assert not browser.execute_script(script), f"{width} wide"
