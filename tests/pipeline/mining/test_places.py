from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from pipeline.mining.places import Page, listed, names, within

HOSTS = st.sampled_from(["https://law.example.org", "http://www.shop.example", "https://example.org"])
FOLDERS = st.sampled_from(["/", "/law/", "/news/2024/", "/a.html", "/law/b/c.html"])
PAGES = st.lists(st.builds(Page, st.builds(str.__add__, HOSTS, FOLDERS), st.floats(0, 1)), max_size=60)


def pages(place: str, found: int, others: int) -> list[Page]:
    urls = [f"https://{place}{number}.html" for number in range(found + others)]
    return [Page(url, 0.9 if number < found else 0.1) for number, url in enumerate(urls)]


def test_a_host_is_listed_whole_or_by_its_folders() -> None:
    every = pages("law.example/", 40, 10) + pages("big.example/law/", 12, 3) + pages("big.example/news/", 0, 300)
    found = listed(every, 0.5, 0.1, 3)
    assert [place.name for place in found] == ["law.example", "big.example/law/"]
    assert (found[0].found, found[0].pages, len(found[0].shown)) == (40, 50, 5)


def test_a_few_pages_are_no_place() -> None:
    assert listed(pages("tiny.example/", 2, 0), 0.5, 0.1, 3) == []


def test_an_address_lies_in_its_host_and_in_its_folder() -> None:
    assert names("https://www.Example.org/law/a/b.html?q=1") == ("example.org", "example.org/law/")
    assert names("https://example.org/a.html") == ("example.org", "example.org/")
    assert within("http://example.org/law/x", "example.org")
    assert not within("http://example.org/law/x", "ample.org")


@given(PAGES)
def test_no_place_is_listed_twice_nor_with_more_than_it_has(found: list[Page]) -> None:
    places = listed(found, 0.5, 0.1, 2)
    assert max(Counter(place.name for place in places).values(), default=1) == 1
    assert places == listed(found[::-1], 0.5, 0.1, 2)
    for place in places:
        inside = [page for page in found if within(page.url, place.name)]
        assert place.pages == len(inside)
        assert 2 <= place.found == sum(page.probability >= 0.5 for page in inside)
