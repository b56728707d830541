"""The frame of a page: closed to everything outside, open to every reader."""

from pipeline.pages.frame import POLICY, STYLE, Section, digest, page
from pipeline.pages.html import element
from pipeline.pages.words import Words
from tests.pipeline.pages.parsing import Page

SECTIONS = [Section("one", "First <one>", element("p", "a")), Section("two", "Second", element("p", "b"))]


def test_a_page_asks_nothing_and_runs_nothing() -> None:
    made = Page(page("A <run>", Words("en"), SECTIONS))
    (policy,) = (told["content"] for _, told in made.elements if told.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in POLICY
    assert digest(STYLE.read_text(encoding="utf-8")) in policy
    assert not {"script", "img", "link", "iframe", "object"} & made.names()
    assert not {"style", "onclick", "src"} & {name for _, told in made.elements for name in told}
    assert "url(" not in STYLE.read_text(encoding="utf-8")
    assert "@import" not in STYLE.read_text(encoding="utf-8")


def test_a_page_of_a_server_leaves_the_policy_to_it_and_has_no_script_within() -> None:
    made = Page(page("A run", Words("en"), SECTIONS, served="../explorer"))
    assert made.values("src") == ["../explorer.js"]
    assert "../explorer.css" in made.values("href")
    assert not any(told.get("http-equiv") for _, told in made.elements)


def test_the_contents_lead_to_every_section() -> None:
    made = Page(page("A <run>", Words("zh"), SECTIONS, element("p", "head")))
    assert made.values("href") == ["#content", "#one", "#two"]
    assert {"content", "one", "two"} <= set(made.values("id"))
    assert made.values("lang") == ["zh-Hans"]
    assert "A <run>" in made.text
    assert "First <one>" in made.text


def test_the_same_content_gives_the_same_bytes() -> None:
    assert page("a", Words("en"), SECTIONS) == page("a", Words("en"), SECTIONS)
