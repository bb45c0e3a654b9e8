"""The page on which mistakes are looked through: what is kept, what is refused, and the page in a real browser."""

from __future__ import annotations

import http.client
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import fathom
from fathom.data.label_corrections import read_decisions
from fathom.errors import UserError
from fathom.runs.folder import RunFolder
from fathom.runs.review_tags import read as read_tags
from fathom.runs.review_tags import validated
from fathom.serving.local import Local
from fathom.serving.review import Review, serve


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    out = tmp_path_factory.mktemp("review") / "digits"
    fathom.train("practice:digits?n=300&label_noise=0.1", net="logistic", epochs=3, out=out)
    return RunFolder.open(out)


@pytest.fixture
def served(run: RunFolder, tmp_path: Path) -> Iterator[tuple[Review, Local]]:
    review, local = serve(run, tags=tmp_path / "digits.review.csv")
    local.start()
    yield review, local
    local.stop()


def ask(local: Local, method: str, path: str, body: object = None, **headers: str) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", local.port, timeout=10)
    data = None if body is None else json.dumps(body)
    connection.request(method, path, data, {"X-Fathom-Key": local.secret, **headers})
    answer = connection.getresponse()
    return answer.status, answer.read()


def test_tags_are_kept_at_once_and_counted(served: tuple[Review, Local]) -> None:
    review, local = served
    status, body = ask(local, "GET", f"/data?key={local.secret}")
    assert status == 200
    data = json.loads(body)
    assert len(data["mistakes"]) == int(review.on["stat_wrong"].sum())
    name = data["mistakes"][0]["id"]
    status, body = ask(local, "POST", "/say", {"id": name, "tags": ["blurry", "two|parts"], "decision": "drop"})
    assert status == 200
    assert json.loads(body)["ceilings"][0]["count"] == 1
    kept = read_tags(review.tags.path).of[name]
    assert kept.tags == ("blurry", "two parts")
    assert read_decisions(review.tags.path)[name].what == "drop"
    again = Review(review.run, tags=review.tags.path)
    assert again.tags.of[name] == kept
    status, picture = ask(local, "GET", f"{data['mistakes'][0]['picture']}?key={local.secret}")
    assert status == 200
    assert picture.startswith(b"\xff\xd8")


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ({"id": "no such", "tags": []}, "no such example"),
        ({"tags": []}, "no such example"),
        ([1], "record"),
    ],
)
def test_what_makes_no_sense_is_refused(served: tuple[Review, Local], body: object, why: str) -> None:
    status, answer = ask(served[1], "POST", "/say", body)
    assert status == 400
    assert why in json.loads(answer)["error"]
    assert not served[0].tags.path.exists()


@pytest.mark.parametrize("given", [{"decision": "burn"}, {"decision": "correct"}, {"tags": [1]}, {"note": "x" * 999}])
def test_what_cannot_be_kept_is_said(given: dict[str, object]) -> None:
    with pytest.raises(UserError):
        validated(given)


def test_only_this_machine_and_this_page_are_answered(served: tuple[Review, Local]) -> None:
    review, local = served
    name = str(review.wrong[0]["id"])
    assert local.server.server_address[0] == "127.0.0.1"
    assert ask(local, "GET", "/data")[0] == 403
    assert ask(local, "GET", "/data?key=wrong")[0] == 403
    assert ask(local, "GET", f"/data?key={local.secret}", Host="evil.example")[0] == 403
    assert ask(local, "POST", "/say", {"id": name}, **{"X-Fathom-Key": "wrong"})[0] == 403
    assert ask(local, "GET", f"/picture/../../etc/passwd?key={local.secret}")[0] == 404
    assert ask(local, "GET", f"/picture/99999?key={local.secret}")[0] == 404
    assert ask(local, "POST", "/say", {"id": "x" * 200_000})[0] == 413
    assert ask(local, "POST", "/elsewhere", {})[0] == 404


def test_in_a_real_browser(served: tuple[Review, Local]) -> None:
    driver, chromium = shutil.which("chromedriver"), shutil.which("chromium")
    if not (driver and chromium):
        pytest.skip("chromium and its driver are not installed")
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys
    from selenium.webdriver.support.ui import WebDriverWait

    review, local = served
    options = webdriver.ChromeOptions()
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--window-size=1280,900"):
        options.add_argument(argument)
    browser = webdriver.Chrome(options=options, service=Service(driver))
    try:
        browser.get(local.address)
        WebDriverWait(browser, 20).until(lambda b: b.find_element(By.TAG_NAME, "body").get_attribute("data-ready"))
        body = browser.find_element(By.TAG_NAME, "body")
        body.send_keys("1")
        WebDriverWait(browser, 20).until(lambda b: "mislabelled" in b.find_element(By.ID, "ceilings").text)
        body.send_keys(Keys.ENTER)
        tag = browser.find_element(By.ID, "tag")
        tag.send_keys("looks like a 7", Keys.ENTER)
        WebDriverWait(browser, 20).until(lambda b: "looks like a 7" in b.find_element(By.ID, "ceilings").text)
        assert browser.find_element(By.ID, "count").text.startswith("2 of ")
        assert browser.get_log("browser") == []
        seen = browser.find_element(By.CSS_SELECTOR, "#what img")
        assert browser.execute_script("return arguments[0].naturalWidth", seen) > 0
    finally:
        browser.quit()
    tags = [said.tags for said in read_tags(review.tags.path).of.values()]
    assert sorted(tags) == [("looks like a 7",), ("mislabelled",)]
