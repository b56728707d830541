"""A page knows itself under every address that it has."""

import pytest

from filters.licences.page import HtmlPage

URL = "https://site.example/docs/page"


@pytest.mark.parametrize(
    ("address", "itself"),
    [
        ("", True),
        ("#", True),
        (URL, True),
        ("http://mirror.example/docs/page", True),
        ("page", True),
        ("other", False),
        ("/", False),
        ("https://[broken/", False),
    ],
)
def test_an_address_is_the_pages_own_by_its_path(address: str, itself: bool) -> None:
    assert HtmlPage("<p>", URL).is_itself(address) == itself


def test_a_page_of_unknown_address_is_whatever_is_said_of_it() -> None:
    assert HtmlPage("<p>").is_itself("https://site.example/docs/page")


def test_a_canonical_address_is_one_of_its_own() -> None:
    page = HtmlPage('<html><head><link rel="canonical" href="https://site.example/a"></head>', URL)
    assert page.is_itself("https://site.example/a")
    assert page.is_itself(URL)
