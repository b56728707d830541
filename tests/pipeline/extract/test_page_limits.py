"""A page that is beyond the limits of `extract` is rejected before any filter parses it."""

import random

import pyarrow as pa
import pytest
from selectolax.lexbor import LexborHTMLParser

from pipeline.extract.limits import Limits
from pipeline.extract.page_limits import PageLimits
from shards.schema import PAGE, batch_of, document_id

LIMITS = Limits(max_bytes=60_000, max_depth=50, max_tags=2000, max_attributes=40)


def reasons(pages: list[tuple[bytes | None, str | None]], limits: Limits = LIMITS) -> list[str | None]:
    rows = [
        {
            "id": document_id("a", str(number)),
            "text": "",
            "source": "a",
            "source_id": "1",
            "payload": payload,
            "content_type": content_type,
        }
        for number, (payload, content_type) in enumerate(pages)
    ]
    found: pa.RecordBatch = PageLimits(limits=limits).run(batch_of(rows, PAGE)).documents
    values: list[str | None] = found.column("rejected_by").to_pylist()
    return values


@pytest.mark.parametrize("charset", ["utf-8", "utf-16", "gb18030", "iso2022_jp", "shift_jis", "hz"])
def test_pages_are_measured_in_any_charset(charset: str) -> None:
    draw = random.Random(charset)
    words = "".join(chr(draw.randrange(0x4E00, 0x4F00)) for _ in range(3000)).encode(charset, "ignore").decode(charset)
    sound = f"<html><meta charset={charset}><p>{words}</p></html>"
    deep = f"<html><meta charset={charset}>{'<div>' * 60}{words}</html>"
    found = reasons([(page.encode(charset), "text/html") for page in (sound, deep)])
    assert found == [None, "extract.too_deep"]


def test_each_limit_has_its_reason_and_what_is_no_page_passes() -> None:
    pages = [
        (b"<p>" * 3000, "text/html"),
        (b"<a" + b" a=1" * 50 + b">" + b"=" * 50, "text/html"),
        (b"x" * 70_000, None),
        (None, None),
        (b"a < b\n" * 3000, "text/plain"),
        (b"", None),
    ]
    assert reasons(pages) == ["extract.too_many_tags", "extract.too_many_attributes", "extract.too_large"] + [None] * 3


@pytest.mark.parametrize("seed", range(60))
def test_attributes_are_counted_as_a_parser_finds_them(seed: int) -> None:
    draw = random.Random(seed)
    spaces, values = (" ", "\n", "\t ", "/", " / "), ("", "=1", '="1"', "='>'", ' = "<b> a=1 b=2"', "=", '="/"', "=''")
    written = "".join(draw.choice(spaces) + f"a{number}" + draw.choice(values) for number in range(draw.randint(1, 90)))
    text = "<i>a b c = d</i> " * draw.randint(1, 99)
    page = f"{text}<p{written} >rain</p>{text}"
    tag = LexborHTMLParser(page).css_first("p")
    assert tag is not None
    assert reasons([(page.encode(), "text/html")]) == [
        "extract.too_many_attributes" if len(tag.attributes) > LIMITS.max_attributes else None
    ]


FORMATTING = (
    "b",
    "i",
    "u",
    "em",
    "strong",
    "small",
    "big",
    "tt",
    "s",
    "a href=x",
    "font size=2",
    "FONT COLOR=red",
)


@pytest.mark.parametrize("seed", range(60))
def test_formatting_that_is_left_open_does_not_nest_but_by_its_attributes(seed: int) -> None:
    random_ = random.Random(seed)
    tags = random_.sample(FORMATTING, random_.randint(1, 4))
    block = random_.choice(("<p>{}</p>", "<li>{}", "<tr><td>{}</td></tr>", "<div>{}</div>", "<h3>{}</h3>"))
    text = random_.choice(("Wind over the bay.", "边界层很薄。", "الرياح قوية"))
    content = "".join(f"<{tag}>" for tag in tags) + text
    blocks = random_.randint(60, 120)
    page = block.format(content) * blocks
    many = "".join(block.format(f'<font size="{number}">{content}') for number in range(blocks))
    nested = f"<{random_.choice(('div', 'span', 'section', 'ul'))}>" * 60 + text
    assert reasons([(each.encode(), "text/html") for each in (page, many, nested)]) == [
        None,
        "extract.too_deep",
        "extract.too_deep",
    ]


def test_formatting_that_is_closed_counts_no_more() -> None:
    assert reasons([(b"".join(b"<font size=%d>x</font>" % size for size in range(300)), "text/html")]) == [None]
