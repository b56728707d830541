"""The page of a crawl: its numbers are those of its report."""

from pathlib import Path

from pipeline.pages.crawl import crawl_in, crawl_page
from pipeline.pages.words import LOCALES, Words
from pipeline.words import number, share
from tests.pipeline.pages.crawls import CRAWL
from tests.pipeline.pages.parsing import Page


def test_every_number_of_the_page_is_one_of_the_report() -> None:
    for locale in LOCALES:
        page = Page(crawl_page(CRAWL, "crawl", Words(locale)))
        for key in ("pages", "status", "reasons", "languages"):
            counts = getattr(CRAWL, key)
            rows = [[name, number(n), share(n / sum(counts.values())) + " "] for name, n in counts.items()]
            assert page.tables[key].rows == rows
        assert page.tables.keys() == {"pages", "status", "reasons", "languages", "hosts"}, "what is empty is left out"
        assert page.tables["hosts"].rows[0] == ["h59.example", "59", "590"]
        assert len(page.tables["hosts"].rows) == 50
        values = {told["data-key"]: told["value"] for name, told in page.elements if name == "data"}
        assert values == {
            "requests": "1234",
            "bytes": "5678901",
            "rounds": "2",
            "tasks": "4",
            "files": "0",
            "waiting": "12",
            "over_budget": "3",
        }


def test_the_newest_crawl_of_a_folder_is_told_of(tmp_path: Path) -> None:
    assert crawl_in(str(tmp_path)) is None
    for name in ("0000", "0001", "0002"):
        (tmp_path / name).mkdir()
    for name in ("0000", "0001"):  # the last has not ended
        CRAWL.write(tmp_path / name)
    assert crawl_in(str(tmp_path)) == tmp_path / "0001"
    assert crawl_in(str(tmp_path / "0000")) == tmp_path / "0000"
    tmp_path.rename(tmp_path.with_name("crawl"))
    assert crawl_in(str(tmp_path.parent)) == tmp_path.with_name("crawl") / "0001"
    assert crawl_in("s3://bucket/run") is None
