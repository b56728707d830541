import bz2
import gzip
import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import ShardError
from pipeline.sources.base import Row, Split
from pipeline.sources.mediawiki import MediaWiki
from tests.pipeline.sources.conftest import Rows

HEAD = """<mediawiki xmlns="http://www.mediawiki.org/xml/export-0.11/" xml:lang="zh"><siteinfo>
<sitename>維基百科</sitename><dbname>zhwiki</dbname><base>https://zh.wikipedia.org/wiki/Wikipedia:首页</base>
<namespaces><namespace key="6">文件</namespace><namespace key="14">分类</namespace></namespaces></siteinfo>"""


def page(
    number: int, text: str = "本文。", title: str | None = None, ns: int = 0, extra: str = "", model: str = "wikitext"
) -> str:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;")
    return (
        f"<page><title>{title or f'標題 {number}'}</title><ns>{ns}</ns><id>{number}</id>{extra}<revision><id>9</id>"
        f"<model>{model}</model><text>{escaped}</text></revision></page>\n"
    )


def dump(*pages: str) -> bytes:
    return (HEAD + "".join(pages) + "</mediawiki>").encode()


def multistream(*pages: str) -> bytes:
    streams = [HEAD, *("".join(pages[index : index + 2]) for index in range(0, len(pages), 2)), "</mediawiki>"]
    return b"".join(bz2.compress(stream.encode()) for stream in streams)


@pytest.fixture
def wiki(tmp_path: Path, read: Rows) -> Rows:
    """Write bytes as a dump and return its rows."""

    def rows(
        content: bytes, skipped: Counter[str] | None = None, name: str = "a.xml.bz2", **settings: Any
    ) -> list[Row]:
        path = tmp_path / name
        path.write_bytes(content)
        return read(MediaWiki(name="wikipedia", paths=(str(path),), license="CC-BY-SA-4.0", **settings), skipped)

    return rows


def test_a_dump_whose_first_block_is_long_in_coming_is_read(wiki: Rows) -> None:
    noise = random.Random(5)
    text = "".join(chr(noise.randrange(0x4E00, 0x9FFF)) for _ in range(300_000))  # 900 kB: a block of bzip2
    (row,) = wiki(bz2.compress(dump(page(1, text))), name="zhwiki-pages-articles1.xml-p1p41242.bz2")
    assert len(row["text"]) > 290_000


@pytest.mark.parametrize("compress", [bytes, gzip.compress, bz2.compress])
def test_every_article_of_a_dump_is_a_document(wiki: Rows, compress: Callable[[bytes], bytes]) -> None:
    skipped: Counter[str] = Counter()
    pages = [page(1), page(2, ns=1), page(3, extra='<redirect title="x"/>'), page(4, "Text [[文件:x.jpg]] 二")]
    rows = wiki(compress(dump(*pages)), skipped)
    assert [row["text"] for row in rows] == ["# 標題 1\n\n本文。", "# 標題 4\n\nText 二"]
    assert [row["source_id"] for row in rows] == ["zhwiki:1", "zhwiki:4"]
    assert rows[0]["url"] == "https://zh.wikipedia.org/wiki/%E6%A8%99%E9%A1%8C_1"
    assert (rows[0]["title"], rows[0]["license"]) == ("標題 1", "CC-BY-SA-4.0")
    assert skipped == {"mediawiki.namespace": 1, "mediawiki.redirect": 1, "mediawiki.lost.link": 1}


@pytest.mark.parametrize(
    ("reason", "content"),
    [
        ("mediawiki.no_text", page(1, "{{only a template}}")),
        ("mediawiki.not_wikitext", page(1, "return 1", model="Scribunto")),
        ("mediawiki.not_xml", page(1).replace("</title>", "")),
        ("mediawiki.too_large", page(1, "x" * 20_000)),
    ],
)
def test_a_page_that_cannot_be_read_is_rejected_alone(wiki: Rows, reason: str, content: str) -> None:
    rows = wiki(bz2.compress(dump(content, page(2))), max_record_bytes=10_000)
    assert [row.get("rejected_by") for row in rows] == [reason, None]


@pytest.mark.parametrize("compress", [bytes, gzip.compress])
def test_a_dump_that_breaks_off_ends_with_a_truncated_row(wiki: Rows, compress: Callable[[bytes], bytes]) -> None:
    texts = [random.Random(number).randbytes(40_000).hex() for number in range(4)]
    content = compress(dump(*(page(number, text) for number, text in enumerate(texts))))
    rows = wiki(content[: len(content) * 7 // 8], name="a.xml")
    assert rows[-1]["rejected_by"] == "mediawiki.truncated"
    assert [row["source_id"] for row in rows[:-1]] == [f"zhwiki:{number}" for number in range(len(rows) - 1)]


def test_damage_to_a_stream_costs_its_pages_and_no_others(wiki: Rows) -> None:
    content = multistream(*(page(number) for number in range(6)))
    third = [index for index in range(len(content)) if content.startswith(b"BZh91AY&SY", index)][2]
    rows = wiki(content[: third + 40] + b"\xff" * 8 + content[third + 48 :])
    assert [row.get("rejected_by") for row in rows] == [None, None, "mediawiki.truncated", None, None]


def test_any_division_into_tasks_gives_the_same_rows(tmp_path: Path) -> None:
    path = tmp_path / "a.xml.bz2"
    path.write_bytes(multistream(*(page(number, f"文 {number}") for number in range(9))))
    source = MediaWiki(name="w", paths=(str(path),))
    whole = list(source.read(Split(file=str(path), name=path.name)))
    assert len(whole) == 9
    for size in (100, 333, 1000):
        splits = source.model_copy(update={"bytes_per_task": size}).splits()
        assert len(splits) > 1
        assert [row for split in splits for row in source.read(split)] == whole


def test_a_file_that_is_no_dump_is_an_error_that_names_it(wiki: Rows) -> None:
    with pytest.raises(ShardError, match=r"page\.xml"):
        wiki(b"<html/>", name="page.xml")


def test_what_is_left_out_of_a_page_is_counted_and_its_language_writes_its_numbers(wiki: Rows) -> None:
    skipped: Counter[str] = Counter()
    text = "{{formatnum:12500}} 人 {{quux|a}}<ref>b</ref> {{生年月日|1901|5|4}}。"
    (row,) = wiki(bz2.compress(dump(page(1, text))), skipped)
    assert row["text"] == "# 標題 1\n\n12,500 人 1901年5月4日。"
    assert skipped == {"mediawiki.lost.template": 1, "mediawiki.lost.ref": 1}
    ruby = page(1, "<ruby>漢<rt>かん</rt>字<rt>じ</rt></ruby>を")
    assert wiki(bz2.compress(dump(ruby)), readings="brackets")[0]["text"] == "# 標題 1\n\n漢字（かんじ）を"


def test_a_dump_that_ends_between_two_pages_is_named(tmp_path: Path, read: Rows) -> None:
    whole, path = dump(page(1), page(2)), tmp_path / "a.xml"
    source = MediaWiki(name="wikipedia", paths=(str(path),))
    for end in (whole.index(b"<page>"), whole.rindex(b"<page>"), len(whole) - 1, len(whole)):
        path.write_bytes(whole[:end])
        unreadable: list[str] = []
        rows = read(source, None, unreadable)
        assert [len(unreadable), rows[-1].get("rejected_by")] == (
            [0, None] if end == len(whole) else [1, "mediawiki.truncated"]
        )
