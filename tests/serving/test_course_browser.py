"""The course in a real browser: from an empty folder to a solved exercise, by mouse, and by the keyboard alone."""

from __future__ import annotations

import pytest
from course_browser import NEEDED, ONE, Page

from fathom.learning.course import exercises
from fathom.learning.workspace import Workspace

pytest.importorskip("latex2mathml")
pytest.importorskip("selenium")

FIT = """    deviation = x.std(axis=0)
return x.mean(axis=0), np.where(deviation == 0, 1.0, deviation)"""
"""The body of the first function, as it is typed: the editor keeps the indent."""


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
        "mynn",
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
    assert begun.until("document.querySelector('.meaning')?.textContent.length") > 20
    begun.go("glossary-dropout")
    assert begun.script("return document.activeElement.textContent") == "dropout"
