"""A site's licence holds if the site's pages agree on it."""

from itertools import permutations
from typing import Any

import pyarrow as pa
import pytest

from filters.licences.hosts import HostCounts, added, confirmed, counted, judged
from shards.schema import DOCUMENT, batch_of

Row = tuple[str, str | None, str | None]


def documents(*rows: Row) -> pa.RecordBatch:
    return batch_of(
        [
            {"id": str(index), "text": "", "source": "web", "source_id": str(index), "url": url}
            | {"license": license, "license_scope": scope, "license_confidence": 0.75 if license else None}
            for index, (url, license, scope) in enumerate(rows)
        ],
        DOCUMENT,
    )


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
    assert judged(counted(documents(*rows))["blog.example"]).license == license


def test_the_verdict_says_why() -> None:
    assert judged(HostCounts()).reason == "no page states a licence of the site"
    assert "3 of 10" in judged(counted(documents(*site("CC-BY-4.0", 3), *site(None, 7)))["blog.example"]).reason


def test_counts_do_not_depend_on_how_pages_are_split() -> None:
    parts = [site("CC-BY-4.0", 3), site("CC-BY-4.0", 2, host="www.blog.example"), site(None, 4, host="other.example")]
    whole = counted(documents(*[row for part in parts for row in part]))
    for order in permutations(parts):
        assert added(counted(documents(*part)) for part in order) == whole
    assert list(added([whole])) == ["blog.example", "other.example"]


def test_only_the_sites_own_statement_is_raised() -> None:
    other = site("CC-BY-SA-4.0", 1, host="other.example", scope="document")
    rows: list[Any] = [*site("CC-BY-4.0", 5), *other, *site(None, 1), (None, "CC-BY-4.0", "site")]
    batch = documents(*rows)
    verdicts = {host: judged(counts) for host, counts in counted(batch).items()}
    assert confirmed(batch, verdicts).to_pylist() == pytest.approx([0.9] * 5 + [0.75, None, 0.75])


def test_a_page_without_an_address_belongs_to_no_host() -> None:
    batch = documents(("http://[bad", "CC-BY-4.0", "site"))
    assert counted(batch) == {}
