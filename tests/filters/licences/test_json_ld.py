"""Licences in JSON-LD."""

import json
from typing import Any

from filters.licences.json_ld import MAX_DEPTH, json_ld
from filters.licences.page import HtmlPage


def stated(data: Any) -> list[tuple[str, str | None]]:
    page = HtmlPage(f'<html><head><script type="application/ld+json">{json.dumps(data)}</script></head>')
    return [(found.kind, found.license) for found in json_ld(page)]


def test_a_notice_that_reserves_rights_is_a_reservation() -> None:
    assert stated({"@type": "Article", "copyrightNotice": "All rights reserved."}) == [
        ("reserved", "LicenseRef-AllRightsReserved")
    ]


def test_a_nest_without_end_is_read_as_far_as_it_is_reasonable() -> None:
    article: dict[str, Any] = {"@type": "Article", "license": "https://creativecommons.org/licenses/by/4.0/"}
    for depth, found in ((1, [("json_ld", "CC-BY-4.0")]), (MAX_DEPTH, [("json_ld", "CC-BY-4.0")]), (MAX_DEPTH + 1, [])):
        nested: Any = article
        for _ in range(depth):
            nested = [nested]
        assert stated(nested) == found, depth


def test_a_licence_that_is_a_node_is_read_from_its_name_and_its_address() -> None:
    address = "https://creativecommons.org/licenses/by/4.0/"
    node = {"@type": "CreativeWork", "name": "CC BY-NC 4.0", "url": address}
    assert stated({"@type": "Article", "license": node}) == [("json_ld", "CC-BY-4.0"), ("json_ld", "CC-BY-NC-4.0")]
