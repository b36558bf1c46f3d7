"""The review of a model in a real browser, by keys alone and by buttons."""

import json

import pytest

from tests.serve._browser import complaints, wait_for

pytestmark = pytest.mark.browser


def lines(log):
    return [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []


def status(browser):
    return browser.find_element("id", "status").text


def open_review(browser, server, name):
    browser.get(f"{server.url}/models/{name}/review")
    wait_for(browser, lambda: status(browser).startswith("Row 1 of"))


def press(browser, *keys):
    from selenium.webdriver.common.action_chains import ActionChains

    ActionChains(browser).send_keys(*keys).perform()


def test_reasons_are_judged_by_keys_alone(browser, pages_server, verdicts):
    from selenium.webdriver.common.keys import Keys

    open_review(browser, pages_server, "birds")
    before = len(lines(verdicts))
    first, second = browser.execute_script(
        "return [...document.querySelectorAll('.reason')].slice(0, 2).map(r => r.dataset.feature)"
    )
    press(browser, "x")
    wait_for(browser, lambda: status(browser) == f"{first} was called wrong. Kept.")
    press(browser, "j", "r")
    wait_for(browser, lambda: status(browser) == f"{second} was called right. Kept.")
    press(browser, "u")
    wait_for(browser, lambda: status(browser).startswith(f"Taken back: {second}"))
    kept = lines(verdicts)[before:]
    assert [(v["verdict"], v.get("feature")) for v in kept] == [
        ("wrong", first),
        ("right", second),
        ("undo", None),
    ]
    press(browser, "k", Keys.ENTER)
    wait_for(browser, lambda: status(browser).startswith("Row 2 of"))
    assert complaints(browser) == []


def test_truth_and_why_are_kept(browser, pages_server, verdicts):
    open_review(browser, pages_server, "birds")
    browser.find_element("id", "why").send_keys("seen by hand")
    browser.find_element("css selector", "#truth button[data-label='\"Gentoo\"']").click()
    wait_for(browser, lambda: "Gentoo. Kept" in status(browser))
    last = lines(verdicts)[-1]
    assert (last["verdict"], last["label"], last["why"]) == ("label", "Gentoo", "seen by hand")
    assert browser.find_element("id", "why").get_attribute("value") == ""


def test_words_are_buttons_and_groups_are_struck(browser, pages_server, verdicts, test_output):
    open_review(browser, pages_server, "mails")
    browser.find_element("css selector", "#words button").click()
    focused = browser.switch_to.active_element
    assert focused.get_attribute("data-verdict") == "right"
    groups = browser.find_elements("css selector", "#groups button")
    next(button for button in groups if button.text.startswith("emails")).click()
    wait_for(browser, lambda: "emails was called wrong" in status(browser))
    assert (lines(verdicts)[-1]["kind"], lines(verdicts)[-1]["feature"]) == ("pattern", "emails")
    assert browser.save_screenshot(str(test_output / "serve-review.png"))


def test_two_versions_are_compared_blind(browser, pages_server):
    open_review(browser, pages_server, "birds")
    browser.find_element("id", "start-blind").click()
    told = browser.find_element("id", "blind-status")
    choice = browser.find_element("css selector", '#choices [data-choice="0"]')
    wait_for(browser, choice.is_displayed)
    n_rows = int(told.text.split(" of ")[1].split(":")[0])
    for row in range(1, n_rows + 1):
        wait_for(browser, lambda row=row: told.text.startswith(f"Row {row} "))
        assert "ersion" not in browser.find_element("id", "pair").text
        choice.click()
    wait_for(browser, lambda: "trusted in" in told.text)
    assert "held-out rows: accuracy 0.91" in told.text
    assert "held-out rows: accuracy 0.92" in told.text
    assert complaints(browser) == []


def test_another_version_is_asked_about_the_same_row(browser, pages_server):
    from selenium.webdriver.support.ui import Select

    browser.get(f"{pages_server.url}/models/birds")
    choice = Select(browser.find_element("id", "other-model"))
    assert [option.text for option in choice.options] == ["no other model", "birds, version 1"]
    choice.select_by_visible_text("birds, version 1")
    said = browser.find_element("id", "beside-said")
    reasons = browser.find_element("id", "beside-reasons")
    wait_for(browser, lambda: reasons.is_displayed() and "birds, version 1" in said.text)
    row = browser.execute_script(
        "return JSON.parse(document.getElementById('curl').textContent.match(/'({\"rows.*)'/)[1])"
    )
    _, told = pages_server.post("/v1/models/birds/versions/1/predict", json.dumps(row).encode())
    assert f"birds, version 1 {told['predictions'][0]}" in said.text
    pairs = browser.execute_script(
        "return [...document.querySelectorAll('#beside-reasons tbody tr')].map(r => "
        "[r.querySelector('th').textContent, r.querySelectorAll('.bar').length])"
    )
    assert {title for title, _ in pairs} & {"bill_length_mm", "flipper_length_mm"}
    assert {bars for _, bars in pairs} == {2}
    choice.select_by_index(0)
    assert not said.is_displayed()
    assert complaints(browser) == []
