"""A site's licence holds if the site's pages agree on it."""

from dataclasses import replace
from itertools import permutations

import pytest

from filters.licences.decide import Decision
from filters.licences.hosts import HostCounts, HostVerdict, added, confirmed, counted, judged
from filters.licences.sites import site_of

Row = tuple[str | None, str | None, str | None]


def site(license: str | None, times: int, host: str = "blog.example", scope: str = "site") -> list[Row]:
    return [(f"https://{host}/{license}/{number}", license, scope if license else None) for number in range(times)]


CASES = [
    (site("CC-BY-4.0", 5) + site(None, 100), "CC-BY-4.0"),
    (site("CC-BY-4.0", 4) + site(None, 1), "CC-BY-4.0"),
    (site("CC-BY-4.0", 4) + site(None, 2), None),
    (site("CC-BY-4.0", 1), None),
    (site("CC-BY-4.0", 9) + site("CC-BY-SA-4.0", 1), None),
    (site("CC-BY-4.0", 9) + site("CC-BY-NC-4.0", 1, scope="document"), None),
    (site("CC-BY-4.0", 40) + site("CC-BY-NC-4.0", 1, scope="document"), "CC-BY-4.0"),
    (site("CC-BY-NC-4.0", 9) + site("CC-BY-4.0", 3, scope="document"), "CC-BY-NC-4.0"),
    (site("CC-BY-4.0", 9) + site("LicenseRef-AllRightsReserved", 3), None),
    (site("LicenseRef-AllRightsReserved", 9), None),
]


@pytest.mark.parametrize(("rows", "license"), CASES)
def test_a_site_is_licensed_if_enough_pages_say_so_and_none_the_contrary(rows: list[Row], license: str | None) -> None:
    assert judged(counted(rows)["blog.example"]).license == license


SITES = [
    ("https://www.blog.example/a/b?c", "blog.example"),
    ("https://li.github.io/notes/", "li.github.io"),
    ("https://li.blogspot.com/2026/11/a.html", "li.blogspot.com"),
    ("https://medium.com/@Li/a-page-7", "medium.com/@li"),
    ("https://medium.com/", "medium.com"),
    ("https://sites.google.com/view/x/home", "sites.google.com/view/x"),
    ("https://github.com/li/corpus/blob/main/README.md", "github.com/li/corpus"),
    ("https://github.com/about", "github.com"),
    ("https://uni.example/~li/a.html", "uni.example/~li"),
    ("https://uni.example/people/%7Eli/a.html", "uni.example/people/~li"),
    ("https://uni.example/a~b/~", "uni.example"),
    ("https://web.archive.org/web/2020/https://a.example/", "web.archive.org/web/2020/https:/a.example"),
    ("not an address", None),
    ("http://[bad", None),
    (None, None),
]


@pytest.mark.parametrize(("url", "site"), SITES)
def test_strangers_on_one_host_have_sites_of_their_own(url: str | None, site: str | None) -> None:
    assert site_of(url) == site


def test_five_pages_of_one_user_license_no_page_of_another() -> None:
    pages: list[Row] = [(f"https://medium.com/@li/{number}", "CC-BY-4.0", "site") for number in range(5)]
    counts = counted([*pages, ("https://medium.com/@wang/1", "CC-BY-4.0", "site")])
    assert {site: judged(of).license for site, of in counts.items()} == {
        "medium.com/@li": "CC-BY-4.0",
        "medium.com/@wang": None,
    }


def test_the_verdict_says_why() -> None:
    assert judged(HostCounts()).reason == "no page states a licence of the site"
    assert "3 of 10" in judged(counted([*site("CC-BY-4.0", 3), *site(None, 7)])["blog.example"]).reason


def test_counts_do_not_depend_on_how_pages_are_split() -> None:
    parts = [site("CC-BY-4.0", 3), site("CC-BY-4.0", 2, host="www.blog.example"), site(None, 4, host="other.example")]
    whole = counted([row for part in parts for row in part])
    for order in permutations(parts):
        assert added(counted(part) for part in order) == whole
    assert list(added([whole])) == ["blog.example", "other.example"]


def test_only_the_licence_that_the_pages_agree_on_is_believed_more() -> None:
    verdict = judged(counted(site("CC-BY-4.0", 5))["blog.example"])
    stated = Decision("CC-BY-4.0", None, "site", 0.75, "permissive")
    assert confirmed(stated, verdict) == replace(stated, confidence=0.9)
    of_the_page, another = replace(stated, scope="document"), replace(stated, license="CC-BY-SA-4.0")
    for decision in (of_the_page, another, Decision()):
        assert confirmed(decision, verdict) == decision
    assert confirmed(stated, None) == confirmed(stated, HostVerdict(None, "2 pages say otherwise")) == stated


def test_a_page_without_an_address_belongs_to_no_host() -> None:
    assert counted([("http://[bad", "CC-BY-4.0", "site"), (None, "CC-BY-4.0", "site")]) == {}
