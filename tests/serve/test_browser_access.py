"""Who can use the pages: axe on each page in both themes, a keyboard alone, and no motion."""

import importlib.util
from pathlib import Path

import pytest

from tests.serve._browser import complaints, seen_as, type_into, wait_for

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def axe():
    """Return the script of axe-core."""
    found = importlib.util.find_spec("axe_playwright_python")
    if found is None:
        pytest.fail("pip install axe-playwright-python, for the axe-core that it brings")
    return (Path(found.origin).parent / "axe.min.js").read_text()


RUN = """
const done = arguments[arguments.length - 1];
const told = (v) => [v.id, ...v.nodes.map((n) => `${n.target}: ${n.any.map((a) => a.message)}`)];
axe.run(document, {resultTypes: ['violations']})
  .then((found) => done(found.violations.map(told)), (error) => done([['error', `${error}`]]));
"""


def violations(browser, axe):
    """Return what axe finds wrong: the rule, and the places."""
    browser.execute_script(axe)
    browser.set_script_timeout(120)
    return browser.execute_async_script(RUN)


def text(browser, name):
    return browser.find_element("id", name).text


def click(browser, selector):
    browser.find_element("css selector", selector).click()


# What a page shows when it is full: each opens what can be opened.
def open_index(browser):
    wait_for(browser, lambda: browser.find_elements("css selector", ".cards .card"))


def open_table(browser, tmp_path):
    from selenium.webdriver.support.ui import Select

    wait_for(browser, lambda: len(text(browser, "bars")) > 0)
    click(browser, "#pin")
    type_into(browser.find_element("name", "bill_length_mm"), "50")
    wait_for(browser, lambda: browser.find_elements("css selector", ".curve svg"))
    Select(browser.find_element("id", "other-model")).select_by_index(1)
    wait_for(browser, browser.find_element("id", "beside-reasons").is_displayed)
    click(browser, "#find-changes")
    wait_for(browser, lambda: browser.find_elements("css selector", "#changes button"))
    header = "island,bill_length_mm,bill_depth_mm,flipper_length_mm,body_mass_g,sex"
    lines = [header, "Biscoe,48,14,220,5300,male", "Dream,x,19,181,3600,female"]
    (tmp_path / "birds.csv").write_text("\n".join(lines))
    browser.find_element("id", "file").send_keys(str(tmp_path / "birds.csv"))
    wait_for(browser, browser.find_element("id", "file-preview").is_displayed)
    click(browser, ".menu summary")


def open_text(browser):
    wait_for(browser, lambda: browser.find_elements("css selector", "#words mark"))


def open_image(browser):
    wait_for(browser, browser.find_element("id", "painted").is_displayed)


def open_scores(browser):
    wait_for(browser, lambda: len(text(browser, "other-answers")) > 0)


def open_recommender(browser):
    wait_for(browser, lambda: browser.find_elements("css selector", "#list .asks-of button"))
    click(browser, '#list button[aria-label^="Why"]')
    wait_for(browser, browser.find_element("id", "why").is_displayed)
    click(browser, '#list button[aria-label^="Items"]')
    wait_for(browser, browser.find_element("id", "similar").is_displayed)
    browser.find_element("id", "title").send_keys("a\n")
    wait_for(browser, lambda: text(browser, "find-note"))


def open_review(browser):
    wait_for(browser, lambda: text(browser, "status").startswith(("Row 1", "Every")))
    if browser.find_elements("id", "start-blind"):
        click(browser, "#start-blind")
        wait_for(browser, browser.find_element("id", "pair").is_displayed)
    click(browser, "details.card summary")


def open_api(browser):
    for summary in browser.find_elements("css selector", "details summary")[:12]:
        summary.click()


def as_it_is(browser):
    wait_for(browser, lambda: browser.find_elements("css selector", "h1"))


PAGES = {
    "/": open_index,
    "/models/birds": open_table,
    "/models/reviews": open_text,
    "/models/tickets": open_text,
    "/models/digits": open_image,
    "/models/pixels": open_image,
    "/models/odd": open_scores,
    "/models/films": open_recommender,
    "/models/birds/review": open_review,
    "/models/mails/review": open_review,
    "/models/birds/card": as_it_is,
    "/models/films/card": as_it_is,
    "/docs": open_api,
    "/problems/invalid-input": as_it_is,
}


@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing_in_either_theme(browser, pages_server, axe, tmp_path, path):
    browser.get(pages_server.url + path)
    given = (tmp_path,) if path == "/models/birds" else ()
    PAGES[path](browser, *given)
    for scheme, width in (("light", 1280), ("dark", 390)):
        with seen_as(
            browser, width=width, prefers_color_scheme=scheme, prefers_reduced_motion="reduce"
        ):
            assert violations(browser, axe) == [], f"{scheme}, {width} wide"
            script = "return document.documentElement.scrollWidth > innerWidth"
            assert not browser.execute_script(script), "the page must not scroll sideways"
    assert complaints(browser) == []


def test_axe_can_find_something(browser, pages_server, axe):
    browser.get(f"{pages_server.url}/models/birds/card")
    browser.execute_script("document.querySelector('main').append(document.createElement('input'))")
    assert [rule for rule, *_ in violations(browser, axe)] == ["label"]


STOP = """
const stop = document.activeElement, box = stop.getBoundingClientRect(), style = getComputedStyle(stop);
const shown = stop.closest('label, .drop') ?? stop;
const ring = parseFloat(style.outlineWidth) > 0 && style.outlineStyle !== 'none'
  || stop.type === 'file' && shown.getBoundingClientRect().height > 20;
return [stop.id || stop.textContent.trim().slice(0, 30), stop.tagName, ring, box.bottom > 0 && box.top < innerHeight];
"""  # noqa: E501 - a script


@pytest.mark.parametrize("path", ["/models/birds", "/models/films", "/models/birds/review"])
def test_a_keyboard_alone_reaches_everything_and_sees_where_it_is(browser, pages_server, path):
    from selenium.webdriver.common.action_chains import ActionChains
    from selenium.webdriver.common.keys import Keys

    browser.get(pages_server.url + path)
    wait_for(browser, lambda: len(text(browser, "answer" if "birds" in path else "list")) > 1)
    expected = browser.execute_script(
        "const kinds = ['a', 'button', 'input', 'select', 'textarea', 'summary'];"
        "return [...document.querySelectorAll(kinds.map(x => `main ${x}`))]"
        ".filter(x => x.tabIndex >= 0 && !x.disabled && x.checkVisibility()).length"
    )
    browser.execute_script("document.querySelector('.skip').focus()")
    stops = []
    for _ in range(expected + 30):
        ActionChains(browser).send_keys(Keys.TAB).perform()
        name, tag, ring, inside = browser.execute_script(STOP)
        if tag == "BODY":
            break
        stops.append((name, tag, ring and inside))
    assert [stop for stop in stops if not stop[2]] == []
    assert len(stops) >= expected


def test_nothing_moves_for_those_who_want_it_so(browser, pages_server):
    browser.get(f"{pages_server.url}/models/birds")
    wait_for(browser, lambda: browser.find_elements("css selector", "#bars .bar"))
    moving = (
        "return [...document.querySelectorAll('*')].filter(x => { const s = getComputedStyle(x);"
        "return parseFloat(s.transitionDuration) > 0 || s.animationName !== 'none' }).length"
    )
    assert browser.execute_script(moving) > 0
    with seen_as(browser, prefers_reduced_motion="reduce"):
        assert browser.execute_script(moving) == 0
