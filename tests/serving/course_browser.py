"""A real browser on the page of a folder."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fathom.learning.course import exercises
from fathom.learning.workspace import Workspace
from fathom.serving.course import Lessons
from fathom.serving.course_page import page
from fathom.serving.local import Local

ONE = exercises()[0]
NEEDED = 30
"""Seconds in which something must have come."""


class Page:
    """A browser on the page of a folder."""

    def __init__(self, browser: Any, server: Local, lessons: Lessons) -> None:
        self.browser, self.server, self.lessons = browser, server, lessons

    def open(self, where: str = "") -> None:
        self.browser.get(f"{self.server.address}#{where}")
        self.until("document.body.dataset.ready")

    def go(self, where: str) -> None:
        self.script("delete document.body.dataset.ready; location.hash = arguments[0]", where)
        self.until("document.body.dataset.ready")

    def script(self, code: str, *args: Any) -> Any:
        return self.browser.execute_script(code, *args)

    def until(self, what: str, seconds: float = NEEDED) -> Any:
        from selenium.webdriver.support.ui import WebDriverWait

        return WebDriverWait(self.browser, seconds).until(lambda b: b.execute_script(f"return {what}"), what)

    def one(self, css: str) -> Any:
        self.until(f"!!document.querySelector({css!r})")
        return self.browser.find_element("css selector", css)

    def says(self, css: str, words: str) -> None:
        self.until(f"(document.querySelector({css!r})?.textContent || '').includes({words!r})")

    def press(self, words: str) -> None:
        found = "[...document.querySelectorAll('main button')].find(b => b.textContent === arguments[0])"
        self.script(f"{found}.click()", words)

    def set_text(self, text: str) -> None:
        self.one(".editor textarea").click()
        self.script("const a = document.querySelector('.editor textarea'); a.focus(); a.select()")
        self.script("document.execCommand('insertText', false, arguments[0])", text)

    @property
    def text(self) -> str:
        return str(self.script("return document.querySelector('.editor textarea').value"))

    @property
    def path(self) -> Path:
        return Workspace(self.lessons.folder).path(ONE)


def chromium() -> Iterator[Any]:
    """The browser itself."""
    driver, binary = shutil.which("chromedriver"), shutil.which("chromium")
    if not (driver and binary):
        pytest.skip("chromium and its driver are not installed")
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--window-size=1440,900"):
        options.add_argument(argument)
    one = webdriver.Chrome(options=options, service=Service(driver))
    yield one
    one.quit()


def served(browser: Any, folder: Path) -> Iterator[Page]:
    lessons = Lessons(Workspace(folder))
    server = Local(page(), lessons.get, lessons.post)
    server.start()
    browser.get_log("browser")
    yield Page(browser, server, lessons)
    said = [entry for entry in browser.get_log("browser") if "status of 4" not in entry["message"]]
    browser.get("about:blank")
    lessons.jobs.stop()
    server.stop()
    assert said == []
