"""What a page says of itself, and which of its statements is believed."""

import json
import random
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.extract.metadata import Metadata, metadata_of, parsed_date
from pipeline.extract.page import Page

URL = "https://example.org/a/page.html"


def read(html: str, url: str | None = URL) -> Metadata:
    return metadata_of(Page(html, url))


def test_json_ld_is_read_also_inside_a_graph() -> None:
    found = read(
        """<html lang="de-AT"><head><title>Wetter - Zeitung</title><script type="application/ld+json">
        {"@graph": [{"@type": "Organization", "name": "Zeitung"}, {"@type": ["NewsArticle"], "headline": "Das Wetter",
        "author": [{"@type": "Person", "name": "Ada Maier"}, {"name": "Bo Li"}],
        "datePublished": "2024-03-05T10:00:00Z"}]}
        </script><link rel=canonical href="/wetter"></head><body><p>x</p></body></html>"""
    )
    assert found == Metadata("Das Wetter", "Ada Maier; Bo Li", date(2024, 3, 5), "https://example.org/wetter", "de-AT")


def test_meta_tags_are_read_where_there_is_no_json_ld() -> None:
    found = read(
        """<head><meta property="og:title" content=" 天气  预报 "><meta name=Author content="作者：王小明">
        <meta property="article:published_time" content="2023-12-31T23:00:00+08:00">
        <meta property="og:url" content="https://example.org/canonical">
        <meta http-equiv=Content-Language content=zh></head>"""
    )
    assert found == Metadata("天气 预报", "王小明", date(2023, 12, 31), "https://example.org/canonical", "zh")


def test_names_that_were_escaped_twice_are_readable() -> None:
    found = read(
        '<meta property="og:title" content="Ein &amp;#8222;Satz&amp;#8220;"><meta name=author content="A &amp;amp; B">'
    )
    assert (found.title, found.author) == ("Ein „Satz“", "A & B")


def test_the_heading_that_the_title_repeats_is_the_title_without_the_site() -> None:
    assert read("<title>Rain in June | The Site</title><h1>The Site</h1><h1>Rain in June</h1>").title == "Rain in June"
    assert read("<title>Rain in June</title>").title == "Rain in June"


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ('<time datetime="2020-02-29">yesterday</time>', date(2020, 2, 29)),
        ('<meta name=date content="20190704">', date(2019, 7, 4)),
        ("<span itemprop=datePublished>2021年3月4日</span>", date(2021, 3, 4)),
        ('<meta name=date content="2021-02-30">', None),
        ('<meta name=date content="0001-01-01">', None),
        ('<meta name=date content="03/04/2021">', None),
        ("<p>2021-03-04</p>", None),
    ],
)
def test_a_date_is_read_where_it_is_stated_and_unambiguous(html: str, expected: date | None) -> None:
    assert read(html).published == expected


def test_a_date_in_the_address_is_the_last_resort() -> None:
    assert read("<p>x</p>", "https://example.org/2022/05/17/story").published == date(2022, 5, 17)
    assert read('<meta name=date content="2020-01-01">', "https://example.org/2022/05/17/x").published == date(
        2020, 1, 1
    )


@pytest.mark.parametrize("name", ["https://www.facebook.com/someone", "@handle", "", "   "])
def test_an_address_is_not_an_author(name: str) -> None:
    assert read(f'<meta name=author content="{name}">').author is None


PERSON = '<span itemprop=author itemscope itemtype="https://schema.org/Person">'


@pytest.mark.parametrize(
    ("html", "authors"),
    [
        (
            '<meta name=citation_author content="Li, Na"><meta name=citation_author content="Doe, Jane">',
            "Li, Na; Doe, Jane",
        ),
        ('<meta name=DC.Creator content="李娜"><meta name=dc.creator content="王伟">', "李娜; 王伟"),
        ('<meta name=citation_author content="A. One"><meta name=author content="The Press">', "A. One"),
        ('<meta name=dc.creator content="A. One"><meta name=DC.creator content="a. one">', "A. One"),
        ('<meta name=author content="https://a.example/me"><meta name=author content="Ada Li">', "Ada Li"),
        ('<meta name=citation_authors content="Li, Na; Doe, Jane">', "Li, Na; Doe, Jane"),
        (
            f"<div itemscope>{PERSON}<b itemprop=name>Ада Ли</b></span>{PERSON}<b itemprop=name>Бо Ян</b></span></div>",
            "Ада Ли; Бо Ян",
        ),
        (
            f"<div itemscope><p itemprop=author>Ada Li</p><div itemprop=comment itemscope>{PERSON}Bo</span></div>",
            "Ada Li",
        ),
        ("<a rel=author>Ada Li</a><h2>More</h2><a rel=author>Bo Yang</a>", "Ada Li"),
        (
            """<script type="application/ld+json">{"@type": "Article", "author": [{"name": "Ada Li"}, "Bo Yang",
            {"name": "ada li"}, {"@id": "#none"}, "王伟"]}</script>""",
            "Ada Li; Bo Yang; 王伟",
        ),
    ],
)
def test_all_authors_of_the_page_are_named_in_order_and_once(html: str, authors: str) -> None:
    assert read(html).author == authors


def test_a_paper_of_many_names_them_all() -> None:
    names = [f"Author {number}" for number in range(40)]
    metas = "".join(f'<meta name=citation_author content="{name}">' for name in names)
    assert read(metas).author == "; ".join(names)
    people = json.dumps({"@type": "Article", "author": [{"name": name} for name in names]})
    assert read(f'<script type="application/ld+json">{people}</script>').author == "; ".join(names)


@pytest.mark.parametrize("address", ["javascript:alert(1)", "http://[broken", "", "mailto:a@b"])
def test_only_a_web_address_is_canonical(address: str) -> None:
    assert read(f'<link rel=canonical href="{address}">').canonical in {None, URL}


@pytest.mark.parametrize("source", ["{", "[" * 50_000, '{"@type": 3, "author": [[[]]]}', '"x"', "null", "[1, null]"])
def test_broken_json_ld_says_nothing(source: str) -> None:
    assert read(f'<script type="application/ld+json">{source}</script>').author is None


@settings(deadline=None, max_examples=100)
@given(st.text(max_size=60))
def test_any_text_is_a_date_or_none(text: str) -> None:
    found = parsed_date(text)
    assert found is None or found.year >= 1990


@pytest.mark.parametrize(
    "head",
    [
        '<meta name="citation_doi" content="10.5555/AbC">',
        '<meta name="DC.Identifier" content="ISSN 1234-5678"><meta name="dc.identifier" content="doi:10.5555/ABC">',
        '<meta name=prism.doi content="https://doi.org/10.5555/abc">',
        """<script type="application/ld+json">{"@type": "ScholarlyArticle", "identifier":
        [{"@type": "PropertyValue", "propertyID": "pmid", "value": "7"},
        {"@type": "PropertyValue", "propertyID": "doi", "value": "10.5555/abc"}]}</script>""",
        """<script type="application/ld+json">{"@type": "Article", "sameAs": "https://doi.org/10.5555/ABC"}</script>""",
    ],
)
def test_the_doi_of_a_page_is_known(head: str) -> None:
    assert read(head).doi == "10.5555/abc"


def test_the_identifiers_of_other_things_are_not_the_doi_of_a_page() -> None:
    cited = (
        '<meta name="citation_reference" content="citation_doi=10.5555/other"><a href="https://doi.org/10.5555/x">x</a>'
    )
    assert (
        read(f'{cited}<meta name="dc.identifier" content="urn:isbn:978"><meta name=citation_doi content="">').doi
        is None
    )


@pytest.mark.parametrize("beside", ["3 October 2024 | 4 min read", "January 14, 2015", "8h"])
def test_a_day_beside_an_author_is_no_part_of_the_name(beside: str) -> None:
    assert read(f'<title>Crane</title><p class="byline">By A. Writer | {beside}</p>').author == "A. Writer"


@pytest.mark.parametrize("seed", range(60))
def test_what_an_agency_or_a_site_adds_to_a_name_is_no_part_of_it(seed: int) -> None:
    random_ = random.Random(seed)
    name = random_.choice(("GREG BEACHAM", "Jane Doe and Max Muster", "scvalex", "José Ñandú", "李娜"))
    agency = random_.choice(("AP ", "Reuters ", "AP National Security ", "Staff ", "The Guardian ", ""))
    role = random_.choice(("Writer", "Technology Writers", "Reporter", "Correspondent", "columnist", "Editor"))
    ago = f"{random_.randint(1, 59)} {random_.choice(('minutes', 'hour', 'days', 'year', 'months'))} ago"
    mark = random_.choice((" - ", ", ", " – ", " | "))
    signed = (f"{name}{mark}{agency}{role}", f"via {name} {ago}", f"By {name} {ago}", f"{name}{mark}Reuters")
    beside = random_.choice(signed)
    page = f'<title>Rain</title><meta name="author" content="{beside}"><p>Rain</p>'
    assert metadata_of(Page(page)).author == name


@pytest.mark.parametrize("name", ["The Editors", "Ann Writer", "Reuters", "Years Ago Press", "AP"])
def test_a_name_that_looks_like_a_role_stays(name: str) -> None:
    page = f'<title>Rain</title><meta name="author" content="{name}"><p>Rain</p>'
    assert metadata_of(Page(page)).author == name


def test_lines_of_scripts_are_no_bylines() -> None:
    page = (
        "<title>雨下了三天</title><body><script>x = `\n作者：王小明\n`; document.title = '雨下了三天'</script>"
        f"<script>{'y' * 200}</script><h1>雨下了三天</h1><p>2005年3月11日12:12</p><p>{'河水上涨。' * 40}</p>"
    )
    found = metadata_of(Page(page))
    assert (found.author, found.published) == (None, date(2005, 3, 11))
