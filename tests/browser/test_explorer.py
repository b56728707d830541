"""The explorer in a real browser: nothing leaves the machine, nothing in a document runs, and a keyboard is enough."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, TypeAlias

import pytest
from playwright.sync_api import Browser, Page

from jobs.explorer.explorer import Explorer
from jobs.explorer.server import Server
from pipeline.answers.documents import documents_at
from pipeline.answers.labels import read
from pipeline.answers.sample import Criteria, draw
from tests.reports import HOSTILE

Scheme: TypeAlias = Literal["light", "dark"]
WORDS = "gopher_quality.words"
FOCUSED = "[document.activeElement.tagName, document.activeElement.name || '', document.activeElement.textContent]"
TABS = 200  # more than a page has controls


@pytest.fixture(scope="module")
def labels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("labels") / "labels.jsonl"


@pytest.fixture(scope="module")
def address(runs: tuple[str, str], labels: Path) -> Iterator[str]:
    """Serve the second run, and give the address of its pages in English."""
    with Server(Explorer(documents_at(runs[1]), "en", str(labels), "li"), 0) as server:
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        yield server.address.rstrip("/") + "/en/"
        server.shutdown()
        serving.join()


@contextmanager
def opened(
    browser: Browser, address: str, width: int = 1100, scheme: Scheme = "light", axe: str = ""
) -> Iterator[Page]:
    """Give a page, and check at the end that it asked for nothing elsewhere and said nothing."""
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, bypass_csp=bool(axe), offline=False
    )
    page = context.new_page()
    asked, said = list[str](), list[str]()
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("dialog", lambda dialog: said.append(dialog.message))
    page.goto(address)
    yield page
    origin = re.match(r"http://127\.0\.0\.1:\d+/[\w-]+/", address)
    assert origin is not None
    assert [url for url in asked if not url.startswith(origin[0])] == []
    assert said == []
    assert len(context.pages) == 1
    context.close()


def tab_to(page: Page, tag: str, name: str = "", text: str = "") -> None:
    """Press Tab until an element has the focus."""
    for _ in range(TABS):
        page.keyboard.press("Tab")
        found = page.evaluate(FOCUSED)
        if found[0] == tag and found[1] == name and found[2].startswith(text):
            return
    raise AssertionError(f"Tab does not reach {tag} {name} {text}")


@pytest.mark.parametrize(
    ("path", "width", "scheme"),
    [
        ("overview", 360, "dark"),
        ("documents?fate=rejected", 360, "light"),
        ("documents?phrase=river", 1100, "dark"),
        ("signals", 360, "light"),
        (f"signal?name={WORDS}&from=20&to=60", 360, "dark"),
        (f"what-if?move={WORDS}.min=40", 360, "light"),
        ("label", 360, "dark"),
        ("../zh/overview", 1100, "light"),
    ],
)
def test_no_reader_is_shut_out(browser: Browser, address: str, axe: str, path: str, width: int, scheme: Scheme) -> None:
    with opened(browser, address + path, width, scheme, axe) as page:
        page.evaluate(axe)
        violations = page.evaluate("async () => (await axe.run(document, {resultTypes: ['violations']})).violations")
        assert [(one["id"], one["nodes"][0]["html"][:200]) for one in violations] == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width, "a phone scrolls in one direction"


def test_hostile_documents_are_inert(browser: Browser, runs: tuple[str, str], address: str) -> None:
    documents = documents_at(runs[1])
    places = [
        place for one in draw(documents, Criteria(source="hostile"), len(HOSTILE)).values() for place in one.drawn
    ]
    assert len(places) == len(HOSTILE)
    with opened(browser, f"{address}documents?source=hostile") as page:
        title = page.title()
        assert page.locator("ol.documents article").count() == len(HOSTILE)
        assert page.title() == title
        for place in places:
            page.goto(f"{address}document?at={place.shard}-{place.row}&whole=1")
            assert page.title() != "owned"
            assert page.locator("h1").is_visible()
            assert page.locator(".text").inner_text().strip()
            assert page.locator(".text :not(p, mark, div)").count() == 0
            assert page.evaluate("document.documentElement.scrollWidth") <= 1100


def test_a_keyboard_is_enough_to_search_and_read(browser: Browser, address: str) -> None:
    with opened(browser, f"{address}overview") as page:
        tab_to(page, "A", text="Documents")
        page.keyboard.press("Enter")
        page.wait_for_url("**/documents")
        tab_to(page, "INPUT", "phrase")
        page.keyboard.type("8.1")
        page.keyboard.press("Enter")
        page.wait_for_url("**phrase=8.1")
        assert page.locator("input[name=phrase]").input_value() == "8.1"
        page.goto(f"{address}documents?language=arb_Arab&fate=kept")
        tab_to(page, "A", text="arb_Arab")
        page.keyboard.press("Enter")
        page.wait_for_url("**/document?at=*")
        assert page.locator(".text p").first.evaluate("each => getComputedStyle(each).direction") == "rtl"


def test_labels_are_given_by_keys(browser: Browser, address: str, labels: Path) -> None:
    with opened(browser, f"{address}label") as page:
        for key in ("d", "1", "s"):
            page.keyboard.press(key)
        first = page.locator("input[name=id]").input_value()
        with page.expect_navigation():
            page.keyboard.press("Enter")
        assert page.locator("input[name=id]").input_value() != first
    assert [(one.id, one.decision, one.quality, one.reason) for one in read(labels)] == [(first, "drop", 1, "spam")]


def test_a_range_of_a_histogram_is_dragged_and_its_documents_are_listed(browser: Browser, address: str) -> None:
    with opened(browser, f"{address}signal?name={WORDS}") as page:
        chart = page.locator("figure > svg")
        box = chart.bounding_box()
        assert box is not None
        middle = box["y"] + box["height"] / 2
        page.mouse.move(box["x"] + 0.25 * box["width"], middle)
        page.mouse.down()
        page.mouse.move(box["x"] + 0.5 * box["width"], middle, steps=4)
        with page.expect_navigation():
            page.mouse.up()
        low, high = (float(page.locator(f"input[name={name}]").input_value()) for name in ("from", "to"))
        assert low < high
        values = [float(text.replace(",", "")) for text in page.locator("#range tbody th").all_inner_texts()]
        assert values
        assert low <= min(values)
        assert max(values) <= high
        assert page.url.endswith("#range")
        shade = page.locator("svg .brush")
        assert float(shade.get_attribute("x") or 0) == pytest.approx(0.25 * 360, abs=3)
        assert float(shade.get_attribute("width") or 0) == pytest.approx(0.25 * 360, abs=3)


def test_a_slider_moves_the_bound_and_tells_the_share_beyond(browser: Browser, address: str) -> None:
    with opened(browser, f"{address}signal?name={WORDS}") as page:
        slider = page.locator("input[type=range]").first
        slider.focus()
        before = page.locator("output").inner_text()
        page.keyboard.press("End")
        assert page.locator("input[name=min]").input_value() != "20"
        assert page.locator("output").inner_text() != before
