"""The licence filter on whole pages: the sample web's truth, and the judgements of real pages with their floors."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from fastwarc.warc import ArchiveIterator, WarcRecordType

from filters.base import Range
from filters.chain import judge
from filters.license import License
from shards.schema import PAGE, batch_of
from tests.sample_web.web import pages

JUDGEMENTS = yaml.safe_load(Path(__file__).with_name("license_judgements.yaml").read_text(encoding="utf-8"))
ACCEPTED = ("CC-BY-SA", "CC-BY-1", "CC-BY-2", "CC-BY-3", "CC-BY-4", "CC0", "LicenseRef-CC-BY-SA")


def judged(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    base = {"text": "", "source": "web"}
    return judge(
        [License(confidence=Range(min=0.85))], batch_of([base | row for row in rows], PAGE)
    ).documents.to_pylist()


def test_the_sample_web_is_judged_as_its_authors_say() -> None:
    shown = [page for page in pages() if page.status == 200]
    rows = [
        {"id": page.id, "source_id": page.id, "url": page.url, "payload": page.body}
        | {"content_type": dict(page.headers).get("Content-Type")}
        | {"headers": [{"name": name, "value": value} for name, value in page.headers]}
        for page in shown
    ]
    found = judged(rows)
    assert [(page.id, row["license"]) for page, row in zip(shown, found, strict=True)] == [
        (page.id, page.license) for page in shown
    ]
    kept = {row["id"] for row in found if row["rejected_by"] is None}
    assert not kept & {page.id for page in shown if page.reason_class == "license"}
    assert {page.id for page in shown if page.expect == "kept"} <= kept


@pytest.mark.slow
def test_real_pages_are_judged_as_a_reader_judged_them(data: Path) -> None:
    """Floors, not targets: lowering one is a change that the changelog should explain."""
    rows = []
    for file in [data / "extraction" / "pages.warc.gz", *sorted((data / "rawwarc").glob("*.warc.gz"))]:
        with file.open("rb") as stream:
            for record in ArchiveIterator(stream, record_types=WarcRecordType.response):
                identity = record.headers.get("WARC-X-Item-Id") or f"<{(record.record_id or '').strip('<>')}>"
                if identity in JUDGEMENTS:
                    address = {"url": record.headers.get("WARC-Target-URI"), "content_type": record.http_content_type}
                    rows.append({"id": identity, "source_id": identity, "payload": record.reader.read()} | address)
    found = {row["id"]: row for row in judged(rows)}
    assert len(found) == len(JUDGEMENTS)
    named = {key: row["license"] for key, row in found.items() if row["license"] not in (None, "LicenseRef-CC")}
    right = sum(JUDGEMENTS[key]["license"] == license for key, license in named.items())
    assert right / len(named) >= 0.97
    assert right / sum(judgement["license"] is not None for judgement in JUDGEMENTS.values()) >= 0.97
    kept = [key for key, row in found.items() if row["rejected_by"] is None]
    assert len(kept) >= 13
    for key in kept:
        assert found[key]["license"] == JUDGEMENTS[key]["license"]
        assert found[key]["license"].startswith(ACCEPTED)
