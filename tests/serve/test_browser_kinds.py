"""The pages of texts, images and recommenders in a real browser."""

import json
import struct
import zlib

import numpy as np
import pytest
from sklearn.datasets import load_digits

from tests.serve._browser import complaints, seen_as, type_into, wait_for

pytestmark = pytest.mark.browser


def text(browser, name):
    return browser.find_element("id", name).text


def look(browser, test_output, name):
    """Keep pictures, light, dark and on a phone, and see that no page scrolls sideways."""
    for mode, width in (("light", 1280), ("dark", 1280), ("phone", 390)):
        scheme = "dark" if mode == "dark" else "light"
        with seen_as(browser, width=width, prefers_color_scheme=scheme):
            browser.save_screenshot(str(test_output / f"serve-{name}-{mode}.png"))
            script = "return document.documentElement.scrollWidth > innerWidth"
            wide = browser.execute_script(script)
        assert not wide, f"{name}, {mode}: the page must not scroll sideways"
    assert complaints(browser) == []


def test_words_are_marked_in_their_text(browser, pages_server, test_output):
    browser.get(f"{pages_server.url}/models/reviews")
    type_into(browser.find_element("name", "text"), "A clever plot, but so dull!")
    wait_for(browser, lambda: text(browser, "words") == "A clever plot, but so dull!")
    found = "[...document.querySelectorAll('#words mark')]"
    marks = dict(browser.execute_script(f"return {found}.map(m => [m.innerText, m.className])"))
    predicted = text(browser, "answer")
    assert {marks["clever"], marks["dull"]} == {"for", "against"}
    assert marks["dull"] == ("for" if predicted == "bad" else "against")
    assert "\nWithout its words\n" in text(browser, "bars")
    look(browser, test_output, "text")


def test_texts_beside_numbers_are_marked_column_by_column(browser, pages_server, test_output):
    browser.get(f"{pages_server.url}/models/tickets")
    for name, value in (("title", "A clever plot, but so dull!"), ("hours", "3")):
        type_into(browser.find_element("name", name), value)
    wait_for(browser, lambda: "title A clever plot, but so dull!" in text(browser, "words"))
    title, note = browser.find_elements("css selector", "#words .words")
    assert note.text.startswith("note ")
    assert title.get_attribute("aria-label") == "title, with its words marked"
    marks = {
        mark.text: mark.get_attribute("class")
        for mark in title.find_elements("css selector", "mark")
    }
    predicted = text(browser, "answer")
    assert {marks["clever"], marks["dull"]} == {"for", "against"}
    assert marks["dull"] == ("for" if predicted == "bad" else "against")
    bars = text(browser, "bars")
    assert "title: dull" in bars
    assert "hours" in bars
    # The boxes are still those that a reader may stand in.
    browser.find_element("name", "title").send_keys(" Funny")
    wait_for(browser, lambda: title.text.endswith("dull! Funny"))
    look(browser, test_output, "texts-and-numbers")


@pytest.mark.parametrize("name", ["digits", "pixels"])
def test_an_image_is_shown_predicted_and_painted_over(
    browser, pages_server, test_output, tmp_path, name
):
    """Whether the model takes images, or rows of their pixels."""
    browser.get(f"{pages_server.url}/models/{name}")
    shown = browser.find_element("id", "painted")
    wait_for(browser, lambda: shown.is_displayed() and text(browser, "answer").isdigit())
    before = colours(browser, "painted")
    assert len(before) > 3
    assert min(map(max, colours(browser, "preview"))) == 0
    assert min(map(max, before)) > 60  # so that weights are seen over black
    (tmp_path / "one.png").write_bytes(png_of_a_one())
    browser.find_element("css selector", "#drop-image input").send_keys(str(tmp_path / "one.png"))
    wait_for(browser, lambda: text(browser, "answer") == "1")
    wait_for(browser, lambda: colours(browser, "painted") != before)
    assert text(browser, "curl").endswith("-d @body.json")
    assert len(browser.find_elements("css selector", "#form .field")) == 1
    bars = text(browser, "bars")
    assert "\nWith all hidden\n" in bars
    assert "uperpixel" not in bars
    assert " times" not in bars  # the number of a region is no count
    look(browser, test_output, name)


def test_a_model_without_probabilities_shows_its_scores(browser, pages_server):
    browser.get(f"{pages_server.url}/models/odd")
    wait_for(browser, lambda: text(browser, "answer") in ("1", "-1"))
    wait_for(browser, lambda: "score" in text(browser, "other-answers"))
    assert "sample score" in text(browser, "other-answers")
    assert complaints(browser) == []


def test_a_file_that_is_no_image_is_refused(browser, pages_server, tmp_path):
    browser.get(f"{pages_server.url}/models/digits")
    wait_for(browser, lambda: text(browser, "answer").isdigit())
    (tmp_path / "no.png").write_text("no image")
    browser.find_element("css selector", "#drop-image input").send_keys(str(tmp_path / "no.png"))
    wait_for(browser, lambda: text(browser, "banner") == "no.png cannot be read as an image.")


def colours(browser, canvas):
    """Return the colours of a canvas."""
    pixels = browser.execute_script(
        "const c = document.getElementById(arguments[0]);"
        "return [...c.getContext('2d').getImageData(0, 0, c.width, c.height).data]",
        canvas,
    )
    return {tuple(pixels[i : i + 3]) for i in range(0, len(pixels), 4)}


def png_of_a_one():
    """Return a picture of a 1, white on black, as a PNG file of 80 by 80 pixels."""
    X, y = load_digits(return_X_y=True)
    image = np.kron(X[y == 1].mean(axis=0).reshape(8, 8) / 16 * 255, np.ones((10, 10)))
    lines = b"".join(b"\0" + bytes(line) for line in image.astype(np.uint8))

    def chunk(kind, data):
        check = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + check

    head = struct.pack(">IIBBBBB", 80, 80, 8, 0, 0, 0, 0)
    body = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def items(browser, name):
    # In one go: between two questions the page may draw the list anew.
    return browser.execute_script(
        "return [...document.querySelectorAll(`#${arguments[0]} .what b`)].map(b => b.textContent)",
        name,
    )


LIKES = "/v1/models/films/known_likes"


def test_a_recommender_lists_and_finds_what_is_similar(browser, pages_server, test_output):
    browser.get(f"{pages_server.url}/models/films")
    type_into(browser.find_element("id", "user"), "bob\n")
    wait_for(browser, lambda: text(browser, "list-title") == "Recommended to bob")
    body = json.dumps({"users": ["bob"]}).encode()
    _, told = pages_server.post("/v1/models/films/recommend", body)
    listed = [item["title"] for item in told["recommendations"][0]["items"]]
    wait_for(browser, lambda: items(browser, "list") == listed)
    liked = [item["title"] for item in pages_server.post(LIKES, b'{"user": "bob"}')[1]["items"]]
    wait_for(browser, lambda: items(browser, "likes-list") == liked[:10])
    browser.find_element("css selector", '#list li button[aria-label^="Why"]').click()
    wait_for(browser, lambda: text(browser, "why-title") == f"Why {listed[0]}")
    assert set(items(browser, "why-list")) <= set(liked)
    browser.find_element("id", "title").send_keys(liked[0][:4].upper() + "\n")
    wait_for(browser, lambda: liked[0] in items(browser, "find-list"))
    browser.find_element("css selector", '#list li button[aria-label^="Items"]').click()
    wait_for(browser, lambda: text(browser, "similar-title") == f"Similar to {listed[0]}")
    wait_for(browser, lambda: len(items(browser, "similar-list")) > 0)
    assert listed[0] not in items(browser, "similar-list")
    assert browser.switch_to.active_element.get_attribute("id") == "similar-title"
    browser.find_element("id", "seen").click()
    wait_for(browser, lambda: set(items(browser, "list")) > set(listed))
    look(browser, test_output, "recommender")


def test_what_a_visitor_likes_today_changes_the_list(browser, pages_server, test_output):
    browser.get(f"{pages_server.url}/models/films")
    type_into(browser.find_element("id", "user"), "visitor\n")
    wait_for(browser, lambda: text(browser, "list-title") == "Recommended to visitor")
    browser.find_element("id", "title").send_keys("Heat\n")
    like = '#find-list button[aria-label^="The user likes"]'
    wait_for(browser, lambda: browser.find_elements("css selector", like))
    browser.find_element("css selector", like).click()
    history = [{"user": "visitor", "items": [3]}]
    body = json.dumps({"history": history}).encode()
    _, told = pages_server.post("/v1/models/films/recommend", body)
    wanted = [item["title"] for item in told["recommendations"][0]["items"]]
    wait_for(browser, lambda: items(browser, "list") == wanted)
    assert items(browser, "today-list") == ["Heat"]
    assert "Heat" not in wanted
    assert text(browser, "banner") == ""
    look(browser, test_output, "recommender-today")
    browser.find_element("css selector", '#today-list button[aria-label^="Remove"]').click()
    wait_for(browser, lambda: "Heat" in items(browser, "list"))
    assert not browser.find_element("id", "today").is_displayed()


def test_a_visitor_is_described_by_features(browser, pages_server, test_output):
    from selenium.webdriver.support.ui import Select

    browser.get(f"{pages_server.url}/models/films")
    type_into(browser.find_element("id", "user"), "visitor\n")
    wait_for(browser, lambda: text(browser, "list-title") == "Recommended to visitor")
    assert "does not know this user" in text(browser, "banner")
    Select(browser.find_element("name", "town")).select_by_value("y")
    wait_for(browser, lambda: text(browser, "banner") == "")
    type_into(browser.find_element("name", "age"), "45\t")
    told = [{"user": "visitor", "age": 45, "town": "y"}]
    body = json.dumps({"users": ["visitor"], "user_features": told}).encode()
    _, answer = pages_server.post("/v1/models/films/recommend", body)
    wanted = [item["title"] for item in answer["recommendations"][0]["items"]]
    wait_for(browser, lambda: '"age":45' in text(browser, "curl"))
    wait_for(browser, lambda: items(browser, "list") == wanted)
    look(browser, test_output, "recommender-features")
    type_into(browser.find_element("name", "age"), "1e999\t")
    note = browser.find_element("css selector", '[data-column="age"] .note')
    wait_for(browser, lambda: "Expected number" in note.text)


def test_an_unknown_user_is_told_so(browser, pages_server):
    browser.get(f"{pages_server.url}/models/films")
    type_into(browser.find_element("id", "user"), "nobody\n")
    wait_for(browser, lambda: text(browser, "banner") + text(browser, "note"))
    assert "does not know this" in text(browser, "banner") + text(browser, "note")
