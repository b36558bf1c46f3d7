"""The page in a real browser: fill in the form, read the prediction and the bars."""

import re

import pytest

from tests.serve._browser import seen_as, type_into, wait_for

pytestmark = pytest.mark.browser


@pytest.fixture
def page(browser, demo_server):
    """Open the page of the demo's model and wait until it has its answers."""
    browser.get(f"{demo_server.url}/")
    wait_for(browser, lambda: answer(browser) in SPECIES and len(bars(browser)) > 0)
    return browser


SPECIES = {"Adelie", "Chinstrap", "Gentoo"}


def answer(browser):
    return browser.find_element("id", "answer").text


def bars(browser):
    return browser.execute_script(
        "return [...document.querySelectorAll('#bars tbody tr')].map(r => ({"
        "rule: r.querySelector('th').textContent, weight: r.querySelector('.weight').textContent,"
        "width: r.querySelector('.bar').getBoundingClientRect().width,"
        "against: r.querySelector('.bar').classList.contains('against')}))"
    )


def fill(browser, values):
    """Type into the fields, as a person does."""
    from selenium.webdriver.support.ui import Select

    for name, value in values.items():
        field = browser.find_element("name", name)
        if field.tag_name == "select":
            Select(field).select_by_value(value)
        else:
            type_into(field, value)


ADELIE = {
    "island": "Torgersen",
    "bill_length_mm": "38",
    "bill_depth_mm": "19",
    "flipper_length_mm": "181",
    "body_mass_g": "3600",
    "sex": "male",
}
GENTOO = {
    "island": "Biscoe",
    "bill_length_mm": "48",
    "bill_depth_mm": "14",
    "flipper_length_mm": "220",
    "body_mass_g": "5300",
    "sex": "male",
}


def test_the_prediction_and_the_bars_follow_the_form(page, test_output):
    fill(page, ADELIE)
    wait_for(page, lambda: answer(page) == "Adelie")
    fill(page, GENTOO)
    wait_for(page, lambda: answer(page) == "Gentoo")
    wait_for(page, lambda: "Gentoo" in page.find_element("id", "legend").text)
    probabilities = page.find_element("id", "probabilities").text
    assert all(name in probabilities for name in SPECIES)
    assert page.save_screenshot(str(test_output / "serve-page.png"))


def test_the_bars_lead_from_the_average_to_the_prediction(page):
    fill(page, GENTOO)
    wait_for(page, lambda: "Gentoo" in page.find_element("id", "legend").text)
    first, *steps, last = bars(page)
    assert first["rule"].startswith("Average")
    assert last["rule"].startswith("This prediction")
    assert {"flipper_length_mm", "bill_depth_mm"} & {
        name for name in GENTOO for bar in steps if name in bar["rule"]
    }
    assert steps[0]["width"] > 20
    assert all(bar["against"] == bar["weight"].startswith("\u2212") for bar in steps)
    # Percentage points, each rounded to a tenth.
    weights = [float(bar["weight"].replace("\u2212", "-")) for bar in steps]
    average, said = (float(bar["weight"].strip("<> %")) for bar in (first, last))
    assert average + sum(weights) == pytest.approx(said, abs=0.1 * len(weights))
    told = page.find_element("id", "fidelity").text
    share = r"[<> ]*[\d.-]+ %"
    assert re.match(rf"The bars lead to {share}.*; the model says {share}\.", told)


def test_the_answer_stays_in_sight_with_what_it_was(page):
    fill(page, ADELIE)
    wait_for(page, lambda: answer(page) == "Adelie")
    with seen_as(page, width=390, height=700):
        page.execute_script("document.getElementsByName('bill_length_mm')[0].focus()")
        fill(page, {"bill_length_mm": "50"})
        wait_for(page, lambda: "was" in page.find_element("id", "bar-was").text)
        bar = page.find_element("id", "answer-bar")
        assert bar.is_displayed()
        assert bar.rect["y"] + bar.rect["height"] >= 0
        assert page.find_element("id", "bar-answer").text.split()[0] in SPECIES


def test_the_address_keeps_the_row(page, demo_server):
    fill(page, {"bill_length_mm": "51"})
    wait_for(page, lambda: "bill_length_mm=51" in page.current_url)
    link = page.current_url
    page.get("about:blank")
    page.get(link)
    wait_for(page, lambda: answer(page) in SPECIES)
    assert page.find_element("name", "bill_length_mm").get_attribute("value") == "51"
    page.find_element("id", "reset").click()
    wait_for(page, lambda: "#" not in page.current_url)


def test_a_row_is_pinned_and_compared(page):
    fill(page, ADELIE)
    wait_for(page, lambda: answer(page) == "Adelie")
    page.find_element("id", "pin").click()
    fill(page, {"bill_length_mm": "50"})
    table = page.find_element("id", "pinned-rows")
    wait_for(page, lambda: "bill_length_mm 38 50" in table.text)
    # The reasons of both are on one axis, for the class that is predicted now.
    reasons = page.find_element("id", "pinned-reasons")
    wait_for(page, lambda: reasons.is_displayed() and "bill_length_mm" in reasons.text)
    page.find_element("id", "unpin-back").click()
    wait_for(page, lambda: "No field differs" in table.text)
    page.find_element("id", "unpin").click()
    assert not table.is_displayed()


def curve(browser):
    """Return the field that has a curve, and what the curve says."""
    return browser.execute_script(
        "const c = document.querySelector('.curve'); return c && c.childElementCount ?"
        "[c.dataset.feature, c.closest('.field').dataset.column, c.innerText] : [null, null, '']"
    )


def test_the_field_in_focus_shows_how_the_prediction_goes_with_it(page):
    fill(page, ADELIE)
    wait_for(page, lambda: answer(page) == "Adelie")
    fill(page, {"bill_length_mm": "38"})
    wait_for(page, lambda: curve(page)[0] == "bill_length_mm")
    share = page.find_element("css selector", ".probability.top .value").text
    wait_for(page, lambda: f"here {share}" in curve(page)[2])
    feature, column, told = curve(page)
    assert column == feature
    assert told.startswith("Adelie: ")
    drawn = page.find_element("css selector", ".curve svg")
    assert told.startswith(drawn.get_attribute("aria-label"))
    # The mark stands under the slider's handle.
    slider = page.find_element("css selector", '[data-column="bill_length_mm"] .slider')
    mark = page.find_element("css selector", ".curve circle")
    low, high = (float(slider.get_attribute(end)) for end in ("min", "max"))
    part = (38 - low) / (high - low)
    expected = slider.rect["x"] + 8 + part * (slider.rect["width"] - 16)
    assert mark.rect["x"] + mark.rect["width"] / 2 == pytest.approx(expected, abs=2)
    page.execute_script("document.getElementsByName('island')[0].focus()")
    wait_for(page, lambda: curve(page)[1] == "island")
    assert {"Biscoe", "Dream", "Torgersen"} <= set(curve(page)[2].split())


def test_what_would_have_to_change_is_found_and_tried(page):
    from selenium.webdriver.support.ui import Select

    Select(page.find_element("id", "wish")).select_by_visible_text("Chinstrap")
    page.find_element("id", "find-changes").click()
    wait_for(page, lambda: page.find_elements("css selector", "#changes button"))
    found = page.find_elements("css selector", "#changes button")
    changed = found[0].text.split()[0]
    found[0].click()
    wait_for(page, lambda: answer(page) == "Chinstrap")
    page.find_element("id", "reset").click()
    page.find_element("css selector", f'[data-column="{changed}"] .lock').click()
    page.find_element("id", "find-changes").click()
    note = page.find_element("id", "changes-note")
    wait_for(page, lambda: note.text != "Looking\u2026")
    assert changed not in page.find_element("id", "changes").text


def test_the_card_is_a_page_for_people(page, demo_server):
    page.find_element("link text", "Model card").click()
    wait_for(page, lambda: "What it takes" in page.page_source)
    assert page.find_elements("link text", "the card as JSON")


def test_a_class_can_be_chosen_for_the_explanation(page):
    from selenium.webdriver.support.ui import Select

    Select(page.find_element("id", "target")).select_by_visible_text("Chinstrap")
    wait_for(page, lambda: "Chinstrap" in page.find_element("id", "legend").text)


def test_a_value_that_is_unusual_is_noted_at_its_field(page):
    fill(page, {"body_mass_g": "99999"})
    note = page.find_element("css selector", '[data-column="body_mass_g"] .note')
    wait_for(page, lambda: note.text == "Outside what the model has seen.")


def test_missing_values_are_entered_as_empty_fields(page):
    fill(page, {"bill_length_mm": "", "sex": ""})
    wait_for(page, lambda: '"bill_length_mm":null' in page.find_element("id", "curl").text)
    wait_for(page, lambda: answer(page) in SPECIES)
    assert not page.find_element("id", "banner").is_displayed()


def test_reset_brings_the_example_back(page):
    before = page.find_element("name", "bill_length_mm").get_attribute("value")
    fill(page, {"bill_length_mm": "55"})
    page.find_element("id", "reset").click()
    assert page.find_element("name", "bill_length_mm").get_attribute("value") == before


def test_a_csv_file_comes_back_with_predictions(page, tmp_path):
    lines = [",".join(ADELIE), ",".join(ADELIE.values()), ",".join(GENTOO.values())]
    (tmp_path / "birds.csv").write_text("\n".join(lines))
    page.find_element("id", "file").send_keys(str(tmp_path / "birds.csv"))
    wait_for(page, lambda: page.find_elements("id", "file-link"))
    link = page.find_element("id", "file-link")
    assert link.get_attribute("download") == "birds-predicted.csv"
    folder = {"behavior": "allow", "downloadPath": str(tmp_path)}
    page.execute_cdp_cmd("Browser.setDownloadBehavior", folder)
    link.click()
    saved = tmp_path / "birds-predicted.csv"
    wait_for(page, saved.exists)
    last = [line.split(",")[-1] for line in saved.read_text().split()]
    assert last == ["predict", "Adelie", "Gentoo"]


def test_a_bad_csv_file_is_refused_with_its_row_and_column(page, tmp_path):
    bad = {**ADELIE, "body_mass_g": "heavy"}
    (tmp_path / "bad.csv").write_text("\n".join([",".join(bad), ",".join(bad.values())]))
    page.find_element("id", "file").send_keys(str(tmp_path / "bad.csv"))
    note = page.find_element("id", "file-note")
    wait_for(page, lambda: "row 1, body_mass_g: expected number" in note.text)


def test_the_page_reports_no_errors_and_fits_a_phone(page):
    page.set_window_size(390, 844)
    try:
        wide = page.execute_script("return document.documentElement.scrollWidth > innerWidth")
    finally:
        page.set_window_size(1280, 1100)
    assert not wide, "the page must not scroll sideways"
    page.refresh()
    wait_for(page, lambda: answer(page) in SPECIES)
    complaints = [
        line
        for line in page.get_log("browser")
        # The test above sends a file that is refused, and Chromium notes every 422.
        if line["level"] == "SEVERE" and "422" not in line["message"]
    ]
    assert complaints == []
