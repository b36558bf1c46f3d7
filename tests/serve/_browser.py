"""Headless Chromium, driven by Debian's chromedriver."""

import shutil
import tempfile
from contextlib import contextmanager

import pytest

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1280,1100",
]
PATIENCE = 60


@contextmanager
def chromium():
    """Run a browser, and end it."""
    from selenium import webdriver

    program, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not program or not driver:
        pytest.fail("The browser tests need Chromium: apt-get install chromium chromium-driver")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        options = webdriver.ChromeOptions()
        options.binary_location = program
        for flag in [*FLAGS, f"--user-data-dir={profile}"]:
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        chrome = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))
        yield chrome
        chrome.quit()


def wait_for(browser, condition):
    """Wait until something is so."""
    from selenium.webdriver.support.ui import WebDriverWait

    WebDriverWait(browser, PATIENCE).until(lambda _: condition())


def type_into(field, text):
    """Put this text in the place of a field's own."""
    field.clear()
    field.send_keys(text)


def complaints(browser):
    """Return what went wrong in the page; a row that is refused is noted by Chromium too."""
    lines = browser.get_log("browser")
    return [x for x in lines if x["level"] == "SEVERE" and "422" not in x["message"]]


@contextmanager
def seen_as(browser, *, width=1280, height=1200, **features):
    """Show pages on a screen of this size, with media features such as prefers_color_scheme."""
    size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500}
    media = [{"name": name.replace("_", "-"), "value": value} for name, value in features.items()]
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": media})
    try:
        yield
    finally:
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
