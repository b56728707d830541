"""How a page is cut into blocks, which are kept, and how they are written."""

import random

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.extract.assembly import assembled
from pipeline.extract.blocks_engine import main_text
from pipeline.extract.markup import outline
from pipeline.extract.page import Page

Floats = npt.NDArray[np.float32]


def written(html: str) -> str:
    """Return a page's whole text, every block kept."""
    markup = np.frombuffer(html.encode(), np.uint8)
    page = outline(markup)
    return assembled(markup, page, np.ones(len(page.block_element), np.bool_))


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<p>one <b>two</b>\n  three<p>four", "one two three\nfour"),
        ("a<br>b<br> <br>c", "a\nb\nc"),
        ("<ul><li>x<li><p>y</p>z</ul>", "- x\n- y\nz"),
        ("<table><tr><th>a<th>b<tr><td>1<td>2</table>", "a | b\n1 | 2"),
        ("<ol start=5><li>x<li value='9'>y<li>z</ol><ol><li>x</ol>", "5. x\n9. y\n10. z\n1. x"),
        ("<ol START='3'><li>x<ol><li>y</ol><li>z</ol>", "3. x\n  1. y\n4. z"),
        ("<ol start=-2><li>x</ol><ol start=99999999><li>y</ol><ul start=4><li value=3>z</ul>", "1. x\n1. y\n- z"),
        ("<table><tr><td><td>a<td>b<tr><td>c<td> <td>d<td>", "| a | b\nc | | d"),
        ("<table><tr><td><td>a<tr><td><td><td>b<td><img><td>c", "a\n| | b | | c"),
        ("<pre>\ndef f():\n    return 1\n</pre>after", "def f():\n    return 1\nafter"),
        ("<p>a &amp; b &lt;c&gt; &eacute; 日本語</p>", "a & b <c> é 日本語"),
        ("x<script>if (a < b) '</p>'</script>y<style>p{}</style>z<!-- <p>no</p> -->!", "xyz!"),
        ("<noscript>no</noscript><template>no</template><select><option>no</select>yes", "yes"),
        ("<a href=1>link<div>inside</div></a> after", "link\ninside\nafter"),
        ("<div class='a>b' title=\"<p>\">quoted</div>", "quoted"),
        ("1 < 2 <3 a<", "1 < 2 <3 a<"),
        ("<title>not text</title>&nbsp; <p>&#160;</p>\u00a0", ""),
        ("<p", ""),
        ("", ""),
    ],
)
def test_a_page_is_written_in_blocks(html: str, expected: str) -> None:
    assert written(html) == expected


@settings(deadline=None, max_examples=200)
@given(
    st.lists(
        st.sampled_from(
            [
                "<p>",
                "</p>",
                "<li>",
                "<table>",
                "<td>",
                "</td>",
                "</table>",
                "<a\thref=x>",
                "</a>",
                "<br>",
                "<b>",
                "</b>",
                "<",
                "<script>",
                "</script>",
                "<!--",
                "-->",
                "<pre>",
                "</pre>",
                "<svg>",
                "</svg>",
                "&amp;",
                "text",
                "é",
                "中",
                "\x00",
            ]
        ),
        max_size=30,
    ).map("".join)
)
def test_any_markup_is_outlined(html: str) -> None:
    markup = np.frombuffer(html.encode(), np.uint8)
    page = outline(markup)
    assert (page.parent[1:] < np.arange(1, len(page.parent))).all()
    assert (np.diff(page.first_run) > 0).all()
    assert "<script>" not in written(html)


SENTENCE = "The committee met on {day} to hear, among other things, what the river had done to the bridge. "


def test_an_article_is_told_from_what_surrounds_it() -> None:
    body = "".join(f"<p>{SENTENCE.format(day=day) * 3}</p>" for day in ("Monday", "Tuesday", "Friday"))
    links = "".join(f"<li><a href=/{n}>Section {n}</a></li>" for n in range(20))
    html = (
        f"<html><head><title>The bridge</title></head><body><nav class=menu><ul>{links}</ul></nav><main><article>"
        f"<h1>The bridge</h1>{body}</article></main><footer><p>Copyright. All rights reserved.</p></footer>"
    )
    text = main_text(Page(html))
    assert text.count("The committee met") == 9
    assert "Section 3" not in text
    assert "Copyright" not in text


def test_a_page_that_scripts_write_gives_what_it_holds_for_readers_without_them() -> None:
    posts = "".join(f"<p>{SENTENCE.format(day=day) * 3}</p>" for day in ("Monday", "Tuesday", "Friday"))
    html = f"<html><head><title>The bridge</title></head><body><noscript data-path='/'>{posts}</noscript><div id=app>"
    assert main_text(Page(html)).count("The committee met") == 9


def test_trafilatura_is_asked_only_where_the_text_stands_in_a_script(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.extract.trafilatura_engine.fast", lambda page: "asked")
    assert main_text(Page("<html><body><div id=app></div><script>render()</script></body></html>")) == ""
    in_script = '<script type="application/ld+json">{"@type": "Article", "articleBody": "It rained."}</script>'
    assert main_text(Page(f"<html><head>{in_script}</head><body></body></html>")) == "asked"


def _cell(random_: random.Random, lines: list[str]) -> str:
    """Return lines as a cell of a table holds them: a list, paragraphs, elements, or line breaks."""
    way = random_.randrange(4)
    if way == 0:
        name = random_.choice(("ul", "ol"))
        return f"<{name}>{''.join(f'<li>{line}</li>' for line in lines)}</{name}>"
    if way == 1:
        return "".join(f"<p>{line}</p>" for line in lines)
    if way == 2:
        return "".join(f"<div><span>{line}</span></div>" for line in lines)
    return "<br>".join(lines)


@pytest.mark.parametrize("seed", range(60))
def test_a_small_row_is_one_line_whatever_its_cells_hold(seed: int) -> None:
    random_ = random.Random(seed)
    words = ("10:00-12:00", "closed", "spring 12", "十二点", "الاثنين", "½ h", "€ 5", "Mo–Fr")
    rows = [[random_.sample(words, random_.randint(1, 2)) for _ in range(3)] for _ in range(random_.randint(1, 5))]
    tag = random_.choice(("td", "th"))
    cells = [[_cell(random_, lines) for lines in row] for row in rows]
    nested = random_.randrange(len(rows))
    inner = "".join(f"<td>{line}</td>" for line in rows[nested][1])
    cells[nested][1] = random_.choice((cells[nested][1], f"<table><tr>{inner}</tr></table>"))
    written_rows = "".join("<tr>" + "".join(f"<{tag}>{cell}</{tag}>" for cell in row) + "</tr>" for row in cells)
    table = f"<table><tbody>{written_rows}</tbody></table>"
    lines = written(f"<p>Before.</p>{table}<ul><li>After.</li></ul>").split("\n")
    assert (lines[0], lines[-1]) == ("Before.", "- After.")
    found = [[cell.replace(", ", " ") for cell in line.split(" | ")] for line in lines[1:-1]]
    assert found == [[" ".join(texts) for texts in row] for row in rows]


def test_a_row_with_much_text_keeps_its_lists() -> None:
    items = "".join(f"<li>{'The hours of the museum and of its tower. ' * 3}</li>" for _ in range(3))
    assert written(f"<table><tr><td>A</td><td><ul>{items}</ul></td></tr></table>").count("\n- ") == 2


def test_tables_side_by_side_keep_their_rows() -> None:
    inner = "<td><table><tr><td>s<td>server<tr><td>v<td>host</table></td>"
    assert written(f"<table><tr>{inner}{inner}</table>") == "s | server\nv | host\ns | server\nv | host"


@pytest.mark.parametrize("seed", range(40))
def test_what_a_cell_holds_stays_in_its_column(seed: int) -> None:
    random_ = random.Random(seed)
    columns = random_.randint(3, 7)
    rows = [[random_.choice(("", "", "4.5", "五", "Mo")) for _ in range(columns)] for _ in range(random_.randint(1, 6))]
    rows = [row for row in rows if sum(map(bool, row)) > 1]
    blank = random_.choice(("", " ", "&nbsp;", "<br>", "<img src=x alt=y>", "<p></p>"))
    html = "".join("<tr>" + "".join(f"<td>{cell or blank}</td>" for cell in row) + "</tr>" for row in rows)
    for line, row in zip(written(f"<table>{html}</table>").split("\n"), rows, strict=bool(rows)):
        cells = [cell.strip() for cell in line.split("|")]
        assert cells == row[: len(cells)]
        assert not any(row[len(cells) :])
