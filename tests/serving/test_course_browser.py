"""The course in a real browser: from an empty folder to a solved exercise, by mouse, and by the keyboard alone."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fathom.learning.course import exercises
from fathom.learning.workspace import USUAL, Workspace
from fathom.serving.course import Lessons
from fathom.serving.course_page import page
from fathom.serving.local import Local

pytest.importorskip("latex2mathml")
pytest.importorskip("selenium")

ONE = exercises()[0]
NEEDED = 30
"""Seconds in which something must have come."""

FIT = """    deviation = x.std(axis=0)
return x.mean(axis=0), np.where(deviation == 0, 1.0, deviation)"""
"""The body of the first function, as it is typed: the editor keeps the indent."""


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


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    driver, chromium = shutil.which("chromedriver"), shutil.which("chromium")
    if not (driver and chromium):
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


def _served(browser: Any, folder: Path) -> Iterator[Page]:
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


@pytest.fixture
def new(browser: Any, tmp_path: Path) -> Iterator[Page]:
    yield from _served(browser, tmp_path / USUAL)


@pytest.fixture
def begun(browser: Any, tmp_path: Path) -> Iterator[Page]:
    yield from _served(browser, Workspace.start(tmp_path / USUAL).folder)


def test_a_newcomer_is_placed_and_begins(new: Page) -> None:
    new.open()
    new.says("h1", "Learn deep learning")
    new.go("placement")
    new.one("#place").click()
    new.says("#placed", "0 of 12 right")
    new.one("#begin-placed").click()
    new.until("document.querySelector('.editor textarea')?.value.includes('NotImplementedError')")
    assert new.path.read_text("utf-8") == ONE.stub == new.text


def test_code_is_typed_run_checked_corrected_and_passed(begun: Page) -> None:
    begun.open(ONE.id)
    begun.set_text(ONE.solution.replace("x.std(axis=0)", "x.std(axis=7)"))
    begun.one("#run").click()
    begun.says(".answer h3", "It ran")
    begun.one("#check").click()
    begun.says(".answer.failed", "AxisError")
    line = begun.script("return document.querySelector('.painted .line.raised').textContent")
    assert "axis=7" in line
    assert begun.path.read_text("utf-8") == begun.text
    begun.set_text(ONE.solution.replace("(x - mean) / deviation", "x - mean"))
    begun.one("#check").click()
    begun.says(".answer.failed .values", "expected")
    assert begun.script("return document.querySelectorAll('.cells td.off').length") > 0
    begun.says(".painted .line.about", "def apply")
    begun.set_text(ONE.solution)
    begun.one("#check").click()
    begun.says(".answer.passed", "comparisons hold")
    assert begun.path.read_text("utf-8") == ONE.solution
    begun.one("#solution").click()
    begun.says("#work", "the very same")
    begun.script("scrollTo(0, 0)")
    begun.one("#next").click()
    begun.says("#standing", exercises()[1].id)


def test_the_keyboard_alone_suffices(begun: Page) -> None:
    from selenium.webdriver.common.action_chains import ActionChains
    from selenium.webdriver.common.keys import Keys

    def press(*keys: str) -> None:
        ActionChains(begun.browser).send_keys(*keys).perform()

    begun.open(ONE.id)
    begun.script("document.activeElement.blur(); getSelection().removeAllRanges()")
    press(Keys.TAB)
    assert begun.script("return document.activeElement.id") == "skip"
    press(Keys.ENTER)
    assert begun.script("return document.activeElement.id") == "main"
    for _ in range(40):
        press(Keys.TAB)
        if begun.script("return document.activeElement.tagName") == "TEXTAREA":
            break
    ActionChains(begun.browser).key_down(Keys.CONTROL).send_keys("a").key_up(Keys.CONTROL).perform()
    press("import numpy as np\n\n\ndef fit(x):\n")
    press(FIT.strip().replace("    ", ""), Keys.ENTER, Keys.ENTER, "def apply(x, mean, deviation):\n")
    press("return (x - mean) / deviation")
    assert begun.text.splitlines()[4:6] == [f"    {line.strip()}" for line in FIT.splitlines()]
    assert begun.text.splitlines()[-2:] == ["def apply(x, mean, deviation):", "    return (x - mean) / deviation"]
    ActionChains(begun.browser).key_down(Keys.CONTROL).send_keys("s").key_up(Keys.CONTROL).perform()
    begun.says(".foot .state", "saved")
    begun.until("document.querySelector('.foot .state').textContent === 'saved'")
    assert begun.path.read_text("utf-8") == begun.text
    ActionChains(begun.browser).key_down(Keys.CONTROL).send_keys(Keys.ENTER).key_up(Keys.CONTROL).perform()
    begun.says(".answer.passed", "comparisons hold")
    before = begun.text
    press(Keys.ESCAPE, Keys.TAB)
    assert begun.script("return document.activeElement.tagName") != "HTML"
    assert begun.script("return document.activeElement.matches('.editor textarea')") is False
    assert begun.text == before


def test_lines_are_indented_commented_and_taken_back(begun: Page) -> None:
    from selenium.webdriver.common.action_chains import ActionChains
    from selenium.webdriver.common.keys import Keys

    def press(key: str, held: str = "") -> None:
        chain = ActionChains(begun.browser)
        (chain.key_down(held).send_keys(key).key_up(held) if held else chain.send_keys(key)).perform()

    begun.open(ONE.id)
    begun.set_text("a = 1\nb = 2")
    press("a", Keys.CONTROL)
    press(Keys.TAB)
    assert begun.text == "    a = 1\n    b = 2"
    press(Keys.TAB, Keys.SHIFT)
    assert begun.text == "a = 1\nb = 2"
    press("/", Keys.CONTROL)
    assert begun.text == "# a = 1\n# b = 2"
    press("z", Keys.CONTROL)
    assert begun.text == "a = 1\nb = 2"
    begun.set_text("if x:\n    ")
    press(Keys.BACKSPACE)
    assert begun.text == "if x:\n"


def test_a_change_outside_is_noticed_and_both_are_offered(begun: Page) -> None:
    begun.open(ONE.id)
    begun.path.write_text("theirs = 1\n", "utf-8")
    begun.until("document.querySelector('.editor textarea').value === 'theirs = 1\\n'")
    begun.says(".foot .state", "changed outside")
    begun.path.write_text("theirs = 2\n", "utf-8")
    begun.set_text("mine = 1\n")
    begun.one("#run").click()
    begun.says(".conflict", "changed outside of this page")
    assert begun.path.read_text("utf-8") == "theirs = 2\n"
    begun.script(
        "[...document.querySelectorAll('.conflict button')].find(b => b.textContent.startsWith('Keep')).click()"
    )
    begun.until("!document.querySelector('.conflict')")
    assert begun.path.read_text("utf-8") == "mine = 1\n"


def test_a_word_is_searched_and_its_lesson_opened(begun: Page) -> None:
    from selenium.webdriver.common.keys import Keys

    begun.open("map")
    words = begun.one("#words")
    words.send_keys("dropo")
    begun.says("#hits", "Dropout")
    words.send_keys("ut", Keys.ENTER)
    begun.says("article h1", "Dropout")
    begun.go("map")
    assert begun.script("return document.querySelectorAll('.tile').length") > len(exercises()) + 5
    begun.go("dropout")
    begun.says("article h1", "Dropout")


def test_a_swap_shows_its_curves(begun: Page) -> None:
    workspace = Workspace(begun.lessons.folder)
    begun.path.write_text(ONE.solution, "utf-8")
    assert workspace.check(ONE).passed
    begun.open(ONE.id)
    begun.one("#swap").click()
    begun.until("document.querySelector('.curve path')", 10 * NEEDED)  # PyTorch is loaded, and a net trained
    begun.press("Cancel")
    begun.says("#work", "Cancelled")
    assert begun.lessons.jobs.running() is None


@pytest.mark.parametrize("dark", [False, True])
def test_no_view_scrolls_sideways_on_a_telephone(begun: Page, dark: bool) -> None:
    sizes = {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": True}
    begun.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", sizes)
    views = [
        "welcome",
        "map",
        "placement",
        "warm-up",
        "reviews",
        "glossary",
        "project/cats",
        "fly/few",
        "project/flight",
    ]
    try:
        begun.open(ONE.id)
        begun.script("document.cookie = 'fathom-theme=' + arguments[0] + '; path=/'", "dark" if dark else "")
        for view in views if dark else [*views, *(one.id for one in exercises())]:
            begun.go(view)
            over = begun.script("return document.documentElement.scrollWidth - innerWidth")
            assert over <= 0, view
    finally:
        begun.browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
        begun.browser.delete_all_cookies()


def test_a_wide_formula_says_that_it_scrolls(begun: Page) -> None:
    sizes = {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": True}
    begun.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", sizes)
    try:
        begun.open(ONE.id)
        begun.script("document.querySelector('.math').style.width = '60px'; wide(document)")
        begun.says(".wide-note", "formula scrolls sideways")
        assert begun.script("return document.querySelector('.math.wide').tabIndex") == 0
    finally:
        begun.browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_the_colours_are_switched_by_hand_and_remembered(begun: Page) -> None:
    begun.open("map")
    begun.one("#theme").click()
    begun.one("#theme").click()
    dark = begun.script("return getComputedStyle(document.body).backgroundColor")
    assert dark == "rgb(16, 21, 28)"
    begun.browser.refresh()
    begun.until("document.body.dataset.ready")
    assert begun.script("return document.documentElement.dataset.theme") == "dark"
    begun.browser.delete_all_cookies()


def test_diagrams_are_stepped(begun: Page) -> None:
    begun.open(ONE.id)
    frames = "<div class='frame'>one</div><div class='frame' hidden>two</div>"
    figure = f"<figure class='diagram' id='mine'>{frames}</figure>"
    begun.script("document.querySelector('article').insertAdjacentHTML('beforeend', arguments[0])", figure)
    begun.script("diagrams(document)")
    seen = "[...document.querySelectorAll('#mine .frame')].find(f => f.offsetParent).textContent"
    assert begun.until(seen) == "one"
    begun.script("document.querySelector('#mine [aria-label=\"step on\"]').click()")
    assert begun.until(seen) == "two"
    begun.says("#mine .count", "2 of 2")


def test_a_word_of_a_lesson_is_explained_where_it_stands(begun: Page) -> None:
    begun.open("dropout")
    begun.script("document.querySelector('a.term').click()")
    begun.says(".meaning strong", "")
    assert begun.until("document.querySelector('.meaning').textContent.length") > 20
    begun.go("glossary-dropout")
    assert begun.script("return document.activeElement.textContent") == "dropout"


def test_boxes_are_moved_by_keys_and_by_the_pointer(begun: Page) -> None:
    from selenium.webdriver.common.action_chains import ActionChains
    from selenium.webdriver.common.keys import Keys

    begun.open("boxes")
    begun.says(".live .lines", "IoU = 9 / 73 = 0.123")
    begun.script("document.querySelector('.live .drag').focus()")
    ActionChains(begun.browser).send_keys(Keys.ARROW_RIGHT, Keys.ARROW_DOWN).perform()
    begun.says(".live .lines", "IoU = 16 / 66 = 0.242")
    ActionChains(begun.browser).key_down(Keys.SHIFT).send_keys(Keys.ARROW_RIGHT).key_up(Keys.SHIFT).perform()
    begun.says(".live .lines", "union = 48 + 40 − 20 = 68")
    box = begun.one(".live .drag rect")
    begun.script("arguments[0].scrollIntoView({block: 'center'})", box)
    unit = begun.script("return arguments[0].getScreenCTM().a * 20", box)
    free = [-round(3 * unit), -round(2 * unit)]  # where the other box does not lie over it
    chain = ActionChains(begun.browser).move_to_element_with_offset(box, *free).click_and_hold()
    chain.move_by_offset(-round(2.3 * unit), 0).release().perform()
    begun.says(".live .lines", "width of the overlap: min(8, 13) − max(0, 5) = 3")
    begun.press("Back to the beginning")
    begun.says(".live .lines", "0.123")
    assert begun.script("return document.querySelectorAll('figure.diagram .frame svg').length") > 1


def test_attention_is_computed_of_the_sentence_that_is_typed(begun: Page) -> None:
    begun.open("attention")
    words = begun.one("#attention-words")
    words.clear()
    words.send_keys("ab ba cd")
    rows = "[...document.querySelectorAll('.live tbody tr')].map(r => [...r.querySelectorAll('td')].map(c => c.textContent))"
    near, far = "0.49", "0.02"  # e³ / (2 e³ + 1), 1 / (2 e³ + 1)
    assert begun.until(rows) == [[near, near, far], [near, near, far], ["0.05", "0.05", "0.91"]]
    begun.one("#attention-causal").click()
    assert begun.until(rows)[1:] == [["0.50", "0.50", "–"], ["0.05", "0.05", "0.91"]]
    begun.script("document.querySelectorAll('.live tbody button')[2].click()")
    begun.says(".live .says", "“cd” is 0.91 · value of “cd”")


def test_a_picture_is_painted_and_the_filter_slides_over_it(begun: Page) -> None:
    from selenium.webdriver.common.action_chains import ActionChains
    from selenium.webdriver.common.keys import Keys

    begun.open("convolution")
    begun.says(".live .says", "Row 0, column 0 of the output: −1 · 1 − 1 · 1 = −2")
    begun.script("document.querySelector('.live .pixels button').focus()")
    ActionChains(begun.browser).send_keys(Keys.SPACE).perform()
    begun.says(".live .says", "1 · 1 − 1 · 1 − 1 · 1 = −1")
    ActionChains(begun.browser).send_keys(Keys.ARROW_DOWN, Keys.SPACE).perform()
    begun.says(".live .says", "= 0.")
    begun.script("const r = document.querySelector('#convolution-place'); r.value = 35; r.oninput()")
    begun.says(".live .says", "Row 5, column 5")
    assert begun.script("return document.querySelectorAll('.live .pixels .seen').length") == 9
    begun.press("Slide")
    begun.until("document.querySelector('#convolution-place').value === '1'")
    begun.press("Stop")


def test_what_is_live_does_not_move_by_itself_where_motion_is_to_be_reduced(begun: Page) -> None:
    reduced = [{"name": "prefers-reduced-motion", "value": "reduce"}]
    begun.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": reduced})
    try:
        begun.open("convolution")
        begun.one("#convolution-place")
        assert begun.script("return [...document.querySelectorAll('.live button')].map(b => b.textContent)") == [
            *"00000000" "00111000" "00111000" "00111000" "00111000" "00111000" "00000000" "00000000"
        ]
    finally:
        begun.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


def test_a_rate_that_is_too_high_diverges(begun: Page) -> None:
    begun.open("optimizers")
    begun.says(".live .rates", "loss 0.016 after 40 steps")
    begun.script("const r = document.querySelector('.live .rates input'); r.value = r.max; r.oninput()")
    begun.says(".live .rates", "the loss grows: the rate is too high")
