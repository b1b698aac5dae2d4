"""The page in a real browser: Chromium without a window, driven by Selenium."""

from __future__ import annotations

import importlib
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from html_pages import process
from report_models import MODELS, OTHER, SPEC

import declinit
from declinit.report.pages import page
from declinit.report.results import Result, counted_values, frames_of

for name in ("jinja2", "matplotlib", "selenium"):
    pytest.importorskip(name, reason=f"{name} is not installed")
webdriver = importlib.import_module("selenium.webdriver")
PROGRAMS = [shutil.which(name) for name in ("chromium", "chromedriver")]
if not all(PROGRAMS):
    pytest.skip("Chromium or its driver is not installed", allow_module_level=True)

ARGUMENTS = (
    "headless=new",
    "no-sandbox",
    "disable-gpu",
    "disable-dev-shm-usage",
    "hide-scrollbars",
)
PHONE, DESKTOP = (390, 844), (1280, 900)
MANY = 10_000
RESNET = ("keras.applications:ResNet50", '{"weights": null}')


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    options = webdriver.ChromeOptions()
    options.binary_location = PROGRAMS[0]
    for argument in ARGUMENTS:
        options.add_argument(f"--{argument}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(PROGRAMS[1]))
    driver.set_page_load_timeout(120)
    yield driver
    driver.quit()


@pytest.fixture(scope="module")
def pages(tmp_path_factory) -> dict[str, Path]:
    """Pages of a small model, of two policies, of ResNet50, and of many variables."""
    folder = tmp_path_factory.mktemp("pages")
    for name, text in (("models.py", MODELS), ("spec.yaml", SPEC), ("other.yaml", OTHER)):
        (folder / name).write_text(text, encoding="utf-8")
    resnet = Path(__file__).parents[2] / "configs" / "resnet50.yaml"
    lines = {
        "tiny": ("spec.yaml", "--model", "models:tiny"),
        "signals": ("spec.yaml", "--model", "models:tiny", "--probe"),
        "two": ("spec.yaml", "other.yaml", "--model", "models:tiny"),
        "resnet": (str(resnet), "--model", RESNET[0], "--kwargs", RESNET[1]),
    }
    process(folder, *(("report", *line, "--out", f"{name}.html") for name, line in lines.items()))
    (folder / "many.html").write_text(page(many_variables()), encoding="utf-8")
    return {name: folder / f"{name}.html" for name in (*lines, "many")}


def many_variables() -> Result:
    """What one rule drew, as if it had drawn ten thousand variables."""
    inputs = keras.Input((32,))
    model = keras.Model(inputs, keras.layers.Dense(32, use_bias=False, name="head")(inputs))
    spec = {"declinit": 1, "seed": 1, "rules": [{"match": "**", "initializer": "he_normal"}]}
    plan = declinit.resolve(spec, model)
    audit = declinit.apply(plan, model)
    values = np.array(keras.ops.convert_to_numpy(model.weights[0].value))
    (found,) = counted_values(
        audit, [("head/kernel", lambda: iter([values]))], frames_of(plan)
    ).values()
    (record,) = audit.values()
    records = {}
    for place in range(MANY):
        path = f"encoder/block_{place // 12}/attention/output_{place}/kernel"
        variable = replace(record.variable, path=path)
        records[path] = replace(record, assignment=replace(record.assignment, variable=variable))
    return Result(
        name="many.yaml",
        plan=plan,
        audit=replace(audit, entries=records),
        model="many",
        histograms=dict.fromkeys(records, found),
    )


@pytest.fixture
def shown(browser, pages):
    """Open a page at a size; whatever the browser complains of fails the test."""

    def shown(name: str, size: tuple[int, int] = DESKTOP, **media: str) -> Any:
        width, height = size
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        features = [{"name": key.replace("_", "-"), "value": one} for key, one in media.items()]
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
        browser.get(pages[name].as_uri())
        return browser

    yield shown
    assert browser.get_log("browser") == []


def column(browser: Any, place: int, table: str = "table.variables") -> list[str]:
    """The texts in a column, of the rows that are shown."""
    script = (
        "return [...document.querySelector(arguments[0]).tBodies[0].rows]"
        ".filter(row => !row.hidden).map(row => row.cells[arguments[1]].textContent)"
    )
    return browser.execute_script(script, table, place)


def click_head(browser: Any, place: int, table: str = "table.variables") -> None:
    script = "document.querySelectorAll(arguments[0] + ' th button')[arguments[1]].click()"
    browser.execute_script(script, table, place)


def search(browser: Any, text: str) -> str:
    """What is said of a search."""
    field = browser.find_element("css selector", "form.filter input")
    field.clear()
    field.send_keys(text)
    return browser.find_element("css selector", "form.filter output").text


def choose(browser: Any, place: int, value: str) -> str:
    script = (
        "const select = document.querySelectorAll('form.filter select')[arguments[0]];"
        "select.value = arguments[1];"
        "select.dispatchEvent(new Event('input', {bubbles: true}))"
    )
    browser.execute_script(script, place, value)
    return browser.find_element("css selector", "form.filter output").text


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize("name", ["tiny", "signals", "two", "resnet", "many"])
def test_no_page_scrolls_sideways(shown, name, size):
    browser = shown(name, size)
    script = "const root = document.documentElement; return [root.scrollWidth, root.clientWidth]"
    assert browser.execute_script(script) == [size[0], size[0]]


@pytest.mark.parametrize("name", ["tiny", "resnet"])
def test_every_picture_has_room(shown, name):
    browser = shown(name)
    script = (
        "return [...document.querySelectorAll('figure svg')].map(one => one.getBoundingClientRect())"
        ".map(box => [box.width, box.height])"
    )
    boxes = browser.execute_script(script)
    assert boxes
    assert all(width > 150 and height > 30 for width, height in boxes)


def test_columns_are_sorted_both_ways_as_numbers_or_as_text(shown):
    browser = shown("resnet")
    before = column(browser, 4)
    sizes = sorted(int(text.replace(",", "")) for text in before)
    click_head(browser, 4)
    assert [int(text.replace(",", "")) for text in column(browser, 4)] == sizes
    click_head(browser, 4)
    assert [int(text.replace(",", "")) for text in column(browser, 4)] == sizes[::-1]
    click_head(browser, 0)
    paths = column(browser, 0)
    assert paths.index("conv2_block1_1_conv/kernel") < paths.index("conv5_block3_3_conv/kernel")
    assert (paths[-1], len(paths)) == ("predictions/kernel", 320)
    click_head(browser, 2, "#rules-table")
    assert column(browser, 0, "#rules-table")[-1] == "conv"


def test_rows_are_filtered_by_path_rule_and_layer(shown):
    browser = shown("resnet")
    assert search(browser, "conv2_ KERNEL") == "10 of 320 variables"
    assert all("conv2_" in path and "kernel" in path for path in column(browser, 0))
    assert search(browser, "nothing of this name") == "0 of 320 variables"
    assert search(browser, "block") == "312 of 320 variables"
    assert choose(browser, 0, "residual-gamma") == "16 of 320 variables"
    assert set(column(browser, 1)) == {"residual-gamma"}
    assert choose(browser, 0, "conv") == "52 of 320 variables"
    assert set(column(browser, 2)) == {"Conv2D"}
    assert choose(browser, 1, "Dense") == "0 of 320 variables"


def test_differences_are_filtered_too(shown):
    browser = shown("two")
    assert choose(browser, 2, "values") == "1 of 6 variables"
    assert column(browser, 0) == ["body/kernel"]


def test_all_is_there_without_scripts(shown, browser):
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        shown("tiny")
        form = browser.find_element("css selector", "form.filter")
        rows = browser.find_elements("css selector", "table.variables tbody tr")
        assert (form.is_displayed(), len(rows)) == (False, 6)
        assert all(row.is_displayed() for row in rows)
    finally:
        browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def colours(browser: Any) -> list[str]:
    script = (
        "const style = selector => getComputedStyle(document.querySelector(selector));"
        "return [style('body').backgroundColor, style('figure svg path').fill,"
        " style('.variables svg path').fill]"
    )
    return browser.execute_script(script)


def test_pictures_follow_the_colours_of_the_page(shown):
    light = colours(shown("tiny", prefers_color_scheme="light"))
    dark = colours(shown("tiny", prefers_color_scheme="dark"))
    assert light[0] == "rgb(255, 255, 255)"
    assert light[2] == "rgb(0, 114, 178)"
    assert dark[2] == "rgb(86, 180, 233)"
    assert all(one != other for one, other in zip(light, dark, strict=True))


def test_ten_thousand_variables_are_a_page_that_opens_within_three_seconds(shown, pages):
    assert pages["many"].stat().st_size < 20 * 2**20
    browser = shown("tiny")
    # The time of the page's own thread: the machine may have other things to do.
    browser.execute_cdp_cmd("Performance.enable", {"timeDomain": "threadTicks"})
    try:
        shown("many")
        metrics = browser.execute_cdp_cmd("Performance.getMetrics", {})["metrics"]
    finally:
        browser.execute_cdp_cmd("Performance.disable", {})
    spent = {one["name"]: one["value"] for one in metrics}
    assert 0 < spent["TaskDuration"] < 3
    assert search(browser, "block_7/") == "12 of 10,000 variables"
    click_head(browser, 0)
    assert len(column(browser, 0)) == 12
