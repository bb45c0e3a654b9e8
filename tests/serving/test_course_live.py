"""The diagrams that are live, in a real browser: by the pointer, by keys, and computed as they say."""

from __future__ import annotations

import pytest
from course_browser import Page

pytest.importorskip("latex2mathml")
pytest.importorskip("selenium")


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
    cells = "[...row.querySelectorAll('td')].map(cell => cell.textContent)"
    rows = f"[...document.querySelectorAll('.live tbody tr')].map(row => {cells})"
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
            *"0000000000111000001110000011100000111000001110000000000000000000"
        ]
    finally:
        begun.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


def test_a_rate_that_is_too_high_diverges(begun: Page) -> None:
    begun.open("optimizers")
    begun.says(".live .rates", "loss 0.016 after 40 steps")
    begun.script("const r = document.querySelector('.live .rates input'); r.value = r.max; r.oninput()")
    begun.says(".live .rates", "the loss grows: the rate is too high")
