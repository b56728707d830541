"""Pages in a real browser: they ask nothing of anyone, run nothing, and every reader can use them."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, TypeAlias

import pytest
from playwright.sync_api import Browser, Page

from pipeline.answers.against import against
from pipeline.answers.report import report_on
from pipeline.pages.against import against_page
from pipeline.pages.report import report_page
from pipeline.pages.words import Words
from tests.reports import hostile_page

Scheme: TypeAlias = Literal["light", "dark"]

PAGES = ("report", "report-zh", "against", "release", "hostile")
PAPER = 680  # pixels of a page of A4 within its margins
OPEN = "document.querySelectorAll('details').forEach(each => each.open = true)"
CONTROLS = "[...document.querySelectorAll('a[href], summary, [tabindex]')]"
FOCUSED = f"[{CONTROLS}.indexOf(document.activeElement), document.activeElement.tagName == 'SUMMARY']"
DIRECTIONS = """[...document.querySelectorAll('article .text')].map(
    each => [each.lang, getComputedStyle(each.querySelector('p')).direction])"""


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory, runs: tuple[str, str]) -> Mapping[str, str]:
    """Give the address of each page, on disk."""
    folder = tmp_path_factory.mktemp("pages")
    before, after = runs
    report = report_on(after)
    made = {
        "report": report_page(report, Words("en"), texts=True),
        "report-zh": report_page(report, Words("zh"), texts=False),
        "against": against_page(against(before, after), Words("en"), texts=True),
        "release": report_page(report_on(f"{after}/release"), Words("en"), texts=True),
        "hostile": hostile_page(after),
    }
    for name, text in made.items():
        (folder / f"{name}.html").write_text(text, encoding="utf-8")
    return {name: (folder / f"{name}.html").as_uri() for name in made}


@contextmanager
def opened(
    browser: Browser, address: str, width: int = 1280, scheme: Scheme = "light", axe: str = ""
) -> Iterator[Page]:
    """Give a page that was opened."""
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, offline=True, bypass_csp=bool(axe)
    )
    page = context.new_page()
    page.goto(address)
    yield page
    context.close()


@pytest.mark.parametrize("name", PAGES)
def test_a_page_asks_for_itself_alone_and_nothing_in_it_runs(
    browser: Browser, pages: Mapping[str, str], name: str
) -> None:
    context = browser.new_context(offline=True)
    page = context.new_page()
    asked: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("dialog", lambda dialog: said.append(dialog.message))
    page.goto(pages[name])
    title = page.title()
    page.evaluate(OPEN)
    for link in page.query_selector_all("nav a"):
        link.click()
    page.wait_for_timeout(100)
    assert asked == [pages[name]]
    assert said == []
    assert page.title() == title
    assert page.url.partition("#")[0] == pages[name]
    assert len(context.pages) == 1
    context.close()


def test_the_policy_stops_what_escaping_would_have_missed(
    browser: Browser, pages: Mapping[str, str], tmp_path: Path
) -> None:
    path = Path(pages["hostile"].removeprefix("file://"))
    title = "document.title='owned'"
    evil = f"<script>{title}</script><img src=x onerror={title}><style>h1{{display:none}}</style>"
    text = path.read_text(encoding="utf-8").replace("<main", f"{evil}<main")
    (tmp_path / "evil.html").write_text(text, encoding="utf-8")
    with opened(browser, (tmp_path / "evil.html").as_uri()) as page:
        page.wait_for_timeout(100)
        assert page.title() == "Hostile"
        assert page.is_visible("h1")


@pytest.mark.parametrize(
    ("name", "width", "scheme"),
    [("report", 1280, "light"), ("against", 320, "dark"), ("hostile", 320, "light"), ("report-zh", 1280, "dark")],
)
def test_no_reader_is_shut_out(
    browser: Browser, pages: Mapping[str, str], axe: str, name: str, width: int, scheme: Scheme
) -> None:
    with opened(browser, pages[name], width, scheme, axe) as page:
        if name != "report-zh":
            page.evaluate(OPEN)
        page.evaluate(axe)
        violations = page.evaluate("async () => (await axe.run(document, {resultTypes: ['violations']})).violations")
        assert [(one["id"], one["nodes"][0]["html"][:200]) for one in violations] == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width, "a phone scrolls in one direction"


def test_a_document_draws_on_no_other(browser: Browser, pages: Mapping[str, str]) -> None:
    with opened(browser, pages["hostile"]) as page:
        first, second = page.locator("article").nth(0), page.locator("article").nth(1)
        before = first.screenshot()
        stacked = "each => { each.textContent = 'e' + '\\u0301'.repeat(2000) }"
        second.locator("h3, p").first.evaluate(stacked)
        assert first.screenshot() == before


@pytest.mark.parametrize("name", PAGES)
def test_nothing_runs_off_the_paper(browser: Browser, pages: Mapping[str, str], name: str) -> None:
    with opened(browser, pages[name], PAPER) as page:
        page.evaluate(OPEN)
        page.emulate_media(media="print")
        assert page.evaluate("document.documentElement.scrollWidth") <= PAPER


def test_the_keyboard_reaches_and_opens_everything(browser: Browser, pages: Mapping[str, str]) -> None:
    with opened(browser, pages["against"]) as page:
        reached: set[int] = set()
        place = 0
        while place >= 0:
            page.keyboard.press("Tab")
            place, is_summary = page.evaluate(FOCUSED)
            assert place not in reached, "the focus goes on"
            reached.add(place)
            if is_summary:
                page.keyboard.press("Enter")
                assert page.evaluate("document.activeElement.parentElement.open")
        assert len(reached - {-1}) == page.evaluate(f"{CONTROLS}.filter(each => each.checkVisibility()).length") >= 20


def test_each_line_finds_its_own_direction(browser: Browser, pages: Mapping[str, str]) -> None:
    with opened(browser, pages["report"]) as page:
        page.evaluate(OPEN)
        found = dict(page.evaluate(DIRECTIONS))
        assert {found[tag] for tag in found if tag[:2] in ("ar", "he")} == {"rtl"}
        assert {found[tag] for tag in found if tag[:2] in ("zh", "ja", "th", "hi", "ru")} == {"ltr"}
        assert len(found) >= 6
