"""Pages in, documents out: one row for one row, whatever the pages are."""

import gzip
import pkgutil
from collections import Counter
from collections.abc import Callable
from datetime import date
from typing import ParamSpec, TypeVar

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from filters.chain import Chain
from filters.license import License
from pipeline.extract import Extract
from pipeline.extract.limits import Limits
from pipeline.extract.page_limits import PageLimits
from shards.schema import DOCUMENT, PAGE, batch_of

PARAGRAPH = (
    "<p>It rained for three days, and the river rose until the old bridge was closed to everybody in the town.</p>"
)
PARAGRAPHS = "".join(PARAGRAPH.replace("three", number) for number in ("two", "three", "five", "seven"))
ARTICLE = (
    "<html lang=en><head><title>The river rose</title><meta name=author content='Ada Li'>"
    "<meta name=date content='2024-05-06'><meta name=citation_doi content='10.5555/River'><link rel=canonical href='https://example.org/river'></head><body>"
    f"<nav><a href=/>Home</a> <a href=/news>News</a></nav><article><h1>The river rose</h1>{PARAGRAPHS}</article>"
    "<footer>All rights reserved</footer></body></html>"
)


def pages(*payloads: bytes | None, **columns: object) -> pa.RecordBatch:
    return batch_of(
        [
            {"id": f"{row:032x}", "text": "", "source": "test", "source_id": str(row), "payload": payload, **columns}
            for row, payload in enumerate(payloads)
        ],
        PAGE,
    )


def reason(payload: bytes, content_type: str | None = "text/html", **settings: object) -> str | None:
    result = Extract.model_validate(settings).run(pages(payload, content_type=content_type)).documents
    assert (result.column("text")[0].as_py() == "") == (result.column("rejected_by")[0].as_py() is not None)
    return result.column("rejected_by")[0].as_py()


@pytest.mark.parametrize("engine", ["blocks", "resiliparse", "trafilatura", "trafilatura_fast"])
def test_an_article_becomes_a_document(engine: str) -> None:
    result = Extract.model_validate({"engine": engine}).run(pages(ARTICLE.encode(), content_type="text/html")).documents
    assert result.schema == DOCUMENT
    row = result.to_pylist()[0]
    assert row["text"].count("the old bridge was closed") == 4
    assert "Home" not in row["text"]
    assert (row["title"], row["author"], row["published"]) == ("The river rose", "Ada Li", date(2024, 5, 6))
    assert (row["url"], row["doi"], row["rejected_by"]) == ("https://example.org/river", "10.5555/river", None)


def test_what_the_source_states_stands_before_what_the_page_says() -> None:
    stated = {"url": "https://example.org/as-fetched", "title": "From the source", "doi": "10.5555/source"}
    row = Extract().run(pages(ARTICLE.encode(), **stated)).documents.to_pylist()[0]
    assert {name: row[name] for name in stated} == stated
    assert row["author"] == "Ada Li"


def test_rows_with_text_and_rejected_rows_pass_untouched() -> None:
    batch = batch_of(
        [
            {"id": "0" * 32, "text": "given", "source": "s", "source_id": "0"},
            {
                "id": "1" * 32,
                "text": "",
                "source": "s",
                "source_id": "1",
                "payload": b"x",
                "rejected_by": "warc.truncated",
            },
            {"id": "2" * 32, "text": "", "source": "s", "source_id": "2", "payload": ARTICLE.encode()},
        ],
        PAGE,
    )
    result = Extract().run(batch).documents
    assert result.slice(0, 2).to_pylist() == batch.select(DOCUMENT.names).slice(0, 2).to_pylist()
    assert result.column("text")[2].as_py()


@pytest.mark.parametrize(
    ("payload", "content_type", "expected"),
    [
        (b"", "text/html", "empty"),
        (b" \r\n\t\x00", "text/html", "empty"),
        (b"%PDF-1.7 ...", "text/html", "not_text"),
        (b"\x89PNG\r\n\x1a\n0000", None, "not_text"),
        (gzip.compress(ARTICLE.encode()), "text/html", "not_text"),
        (b"body { color: red }", "text/css", "not_text"),
        (b'{"a": 1}', "application/json", "not_text"),
        (bytes(range(256)) * 50, "text/html", "undecodable"),
        (b"<html><body><script>while(1);</script></body></html>", "text/html", "no_main_text"),
        (b"<div>" * 30_000 + PARAGRAPH.encode(), "text/html", "too_deep"),
        (b"<svg></p>" + b"<div/>" * 30_000, "text/html", "too_deep"),
        (b"<svg/>" + b"<path/>" * 30_000, "text/html", "too_deep"),
        (b"<br>" * 250_000, "text/html", "too_many_tags"),
        (b"<p " + b"".join(b"a%d=1 " % n for n in range(100_000)) + b">x", "text/html", "too_many_attributes"),
        (b"<p>" + b"x" * 10_000_001, "text/html", "too_large"),
    ],
)
def test_a_page_without_text_is_rejected_with_a_reason(payload: bytes, content_type: str, expected: str) -> None:
    assert reason(payload, content_type) == f"extract.{expected}"


def test_limits_are_configured() -> None:
    assert reason(ARTICLE.encode(), limits=Limits(max_bytes=100)) == "extract.too_large"
    assert reason(ARTICLE.encode(), limits=Limits(max_depth=3)) == "extract.too_deep"
    assert reason(ARTICLE.encode(), limits=Limits(max_tags=10, max_depth=9)) == "extract.too_many_tags"
    assert reason(ARTICLE.encode(), min_characters=100_000) == "extract.no_main_text"


@pytest.mark.parametrize(
    "payload",
    [
        ARTICLE.encode("utf-16"),
        b"\x00" + ARTICLE.encode().replace(b"rained", b"rai\x00ned"),
        ARTICLE.replace("<body>", "<body>" + "<div>" * 900).encode(),
        ARTICLE.replace("<body>", "<body><table>" + "<tr><td>" * 500).encode(),
        ARTICLE.replace("rained", "&#xD800; &#x110000; &lt;script&gt; &nosuch; " + "&amp;" * 10_000).encode(),
        ARTICLE.replace("<p>", "<p><!-- unclosed -- >", 1).encode(),
        ARTICLE.replace("<head>", '<!DOCTYPE a [<!ENTITY b "' + "&b;" * 1_000 + '">]><head>').encode(),
        (ARTICLE + "<p>" * 900 + "<b><i>" * 300).encode(),
        b"%!PS polyglot\n" + ARTICLE.encode(),
        ARTICLE.encode()[:-200],
        b'<?xml version="1.0" encoding="utf-16"?>' + ARTICLE.encode(),
    ],
)
def test_a_hostile_page_gives_its_text_or_a_reason(payload: bytes) -> None:
    assert reason(payload) in {None, "extract.no_main_text"}


def test_a_long_list_of_unclosed_items_is_not_deep() -> None:
    items = "".join(f"<li>item number {number} of the list<p>and its text" for number in range(3_000))
    assert reason(f"<html><body><ul>{items}</ul></body></html>".encode()) is None


def test_a_drawing_of_many_closed_shapes_is_not_deep() -> None:
    drawing = "<svg><g>" + "<path d='M0 0'/><stop/>" * 3_000 + "</g></svg>"
    assert reason(ARTICLE.replace("<article>", f"{drawing}<article>").encode()) is None


def test_plain_text_is_its_own_main_text() -> None:
    row = Extract().run(pages("天气 <预报>\n第二行\n".encode(), content_type="text/plain")).documents.to_pylist()[0]
    assert row["text"] == "天气 <预报>\n第二行"


def test_what_was_decided_is_told() -> None:
    russian = "Съешь же ещё этих мягких французских булок, да выпей чаю."
    payload = f"<html lang=ru><body><article><p>{russian * 9}</p></article></body></html>".encode("cp1251")
    signals = Extract().run(pages(payload, None, content_type="text/html")).signals
    assert {name: column.to_pylist() for name, column in signals.items()} == {
        "extract.encoding": ["windows-1251", None],
        "extract.encoding_by": ["detection", None],
        "extract.undecodable": [0, None],
        "extract.language": ["ru", None],
    }


def test_an_engine_that_fails_costs_its_page_only(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> str:
        raise RecursionError

    monkeypatch.setattr("trafilatura.extract", broken)
    result = Extract(engine="trafilatura").run(pages(ARTICLE.encode(), b"", content_type="text/html")).documents
    assert result.column("rejected_by").to_pylist() == ["extract.crashed", "extract.empty"]


MARKUP = st.lists(
    st.one_of(
        st.sampled_from([b"<", b">", b"</", b"<!--", b"-->", b"<![CDATA[", b"<p>", b"<table>", b"<svg>", b"<script>"]),
        st.sampled_from(
            [b"<a href=", b"&", b"&#0;", b"<?", b"\x00", b"\xff\xfe", b"\xc3", b"\x1b$B", PARAGRAPH.encode()]
        ),
        st.sampled_from(
            [b"<title>", b"<template>", b"<select>", b"<frameset>", b"<math>", b"<noscript>", b"<textarea>"]
        ),
        st.binary(max_size=12),
    ),
    max_size=40,
).map(b"".join)


@settings(deadline=None, max_examples=100)
@given(MARKUP, st.sampled_from([None, "text/html", "text/html; charset=shift_jis", "text/plain", "image/png", "\x00"]))
def test_no_bytes_make_it_fail(payload: bytes, content_type: str | None) -> None:
    assert reason(payload, content_type) != "extract.crashed"


def test_a_page_gives_the_same_in_any_batch() -> None:
    payloads = [ARTICLE.encode(), b"", b"<p>other</p>", ARTICLE.replace("three", "four").encode()]
    together = Extract().run(pages(*payloads)).documents
    alone = [Extract().run(pages(*payloads).slice(row, 1)).documents for row in range(len(payloads))]
    assert together.to_pylist() == [row for batch in alone for row in batch.to_pylist()]


Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")

OPERATIONS = {
    "decoded": ("filters.license.decode", "pipeline.extract.page_limits.decode", "pipeline.extract.extract.decode"),
    "outlined": ("pipeline.extract.page.outline", "pipeline.extract.blocks_engine.outline"),
    "trees": ("filters.licences.page.LexborHTMLParser",),
}


def counted(counts: Counter[str], name: str, function: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    def counting(*arguments: Arguments.args, **named: Arguments.kwargs) -> Result:
        counts[name] += 1
        return function(*arguments, **named)

    return counting


LINK = "<a rel=license href=https://creativecommons.org/licenses/by/4.0/>CC BY</a>"


@pytest.mark.parametrize(
    ("said", "expected"),
    [("", {"decoded": 1, "outlined": 1}), (LINK, {"decoded": 2, "outlined": 1, "trees": 1})],
)
def test_a_page_is_parsed_once_and_once_more_only_if_it_speaks_of_rights(
    monkeypatch: pytest.MonkeyPatch, said: str, expected: dict[str, int]
) -> None:
    batch = pages(ARTICLE.replace("All rights reserved", said).encode(), content_type="text/html")
    counts = Counter[str]()
    for name, places in OPERATIONS.items():
        for place in places:
            monkeypatch.setattr(place, counted(counts, name, pkgutil.resolve_name(place)))
    for step in (PageLimits(), Chain(filters=(License.model_validate({"verdict": {"values": None}}),)), Extract()):
        batch = step.run(batch).documents
    assert batch.column("text")[0].as_py()
    assert counts == expected
