"""Licences that markup states for machines, and what each speaks of."""

import pytest

from filters.licences.markup import http_links, markup
from filters.licences.page import HtmlPage

URL = "https://site.example/docs/page"
BY = "https://creativecommons.org/licenses/by/4.0/"


@pytest.mark.parametrize(
    ("html", "kind", "license"),
    [
        (f'<link rel="license" href="{BY}">', "link_rel", "CC-BY-4.0"),
        ('<meta name="dcterms.license" content="CC BY-SA 4.0">', "meta", "CC-BY-SA-4.0"),
        ('<meta name="rights" content="All rights reserved.">', "reserved", "LicenseRef-AllRightsReserved"),
        ('<meta name="copyright" content="版权所有">', "reserved", "LicenseRef-AllRightsReserved"),
        (f'<span itemprop="license" content="{BY}"></span>', "microdata", "CC-BY-4.0"),
        (f'<a property="dct:license" href="{BY}">x</a>', "rdfa", "CC-BY-4.0"),
        ('<span property="dct:rights">CC BY 4.0</span>', "rdfa", "CC-BY-4.0"),
    ],
)
def test_a_licence_is_read_where_machines_look_for_it(html: str, kind: str, license: str) -> None:
    (found,) = markup(HtmlPage(f"<html><body>{html}", URL))
    assert (found.kind, found.license, found.subject) == (kind, license, "document")


@pytest.mark.parametrize(
    "html",
    [
        '<meta name="license" content=" ">',
        '<meta name="description" content="CC BY 4.0, all rights reserved">',
        '<a rel="nofollow" itemprop="licensee" href="https://creativecommons.org/licenses/by/4.0/">x</a>',
        f'<link rel="license" type="application/rsl+xml" href="{BY}">',
    ],
)
def test_what_only_looks_like_a_statement_is_none(html: str) -> None:
    assert list(markup(HtmlPage(f"<html><body>{html}", URL))) == []


@pytest.mark.parametrize(
    ("item", "subject"),
    [
        ('about="/photo.jpg"', "media"),
        ('itemscope itemtype="https://schema.org/ImageObject"', "media"),
        ('typeof="schema:VideoObject"', "media"),
        ('itemscope itemtype="https://schema.org/Dataset"', "dataset"),
        ('itemscope itemtype="https://schema.org/SoftwareSourceCode"', "software"),
        ('itemscope itemtype="https://schema.org/Comment"', "comment"),
        ('itemscope itemtype="https://schema.org/WebSite"', "site"),
        ('about="https://elsewhere.example/"', "section"),
        ('about="#part"', "document"),
        (f'about="{URL}"', "document"),
        ('itemscope itemtype="https://schema.org/Article"', "document"),
    ],
)
def test_a_licence_speaks_of_the_item_that_it_stands_in(item: str, subject: str) -> None:
    html = f'<html><body><div {item}><p><a property="cc:license" href="{BY}">CC BY 4.0</a></p></div>'
    assert [found.subject for found in markup(HtmlPage(html, URL))] == [subject]


@pytest.mark.parametrize(
    ("headers", "found"),
    [
        ([("Link", f'<{BY}>; rel="license"')], [("CC-BY-4.0", "document")]),
        ([("link", f"<{BY}>; rel=license; anchor=#fig")], [("CC-BY-4.0", "mention")]),
        ([("Link", f'<{BY}>; rel="next license"'), ("Link", "<x>; rel=next")], [("CC-BY-4.0", "document")]),
        ([("Link", f'<{BY}>; rel="license"; type="application/rsl+xml"')], []),
        ([("X-Link", f'<{BY}>; rel="license"')], []),
    ],
)
def test_a_link_header_licenses_the_document_unless_it_is_about_another(
    headers: list[tuple[str, str]], found: list[tuple[str, str]]
) -> None:
    assert [(each.license, each.subject) for each in http_links(headers)] == found
