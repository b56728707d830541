"""Permalink marks and line numbers go; links with words, and numbers that are text, stay."""

import random

import pytest

from pipeline.extract.page import Page

MARKS = ("¶", "#", "§", "🔗", "&para;", "&#182;", "⚓", "Permalink", "\uf0c1")
END = " " * 12  # what follows on any page


@pytest.mark.parametrize("mark", MARKS)
@pytest.mark.parametrize("seed", range(8))
def test_permalink_marks_go(mark: str, seed: int) -> None:
    random_ = random.Random(seed)
    inner = random_.choice(("{}", "<span>{}</span>", " {} ", "<i class=icon>{}</i>")).format(mark)
    attributes = [f'href="{random_.choice(("", "/page.html"))}#part-1"', "class='headerlink'", 'title="Permalink here"']
    random_.shuffle(attributes)
    link = f"<a {' '.join(attributes[: random_.randint(1, 3)] if 'href' in attributes[0] else attributes)}>{inner}</a>"
    level, title = random_.randint(1, 6), random_.choice(("Wind", "边界层", "الرياح"))
    heading = f"<h{level}>{{}}</h{level}>"
    order = (link + title) if random_.random() < 0.3 else (title + link)
    assert Page(heading.format(order) + END).html == heading.format(title) + END


@pytest.mark.parametrize(
    "markup",
    ["<a href='#part'>Part 1</a>", "<a href='/c#x'>C#</a>", "C# and § 5 ¶", "<a href='/x'>#</a>", "<a name=x>§</a>"],
)
def test_what_is_no_permalink_stays(markup: str) -> None:
    assert Page(markup + END).html == markup + END


LINES = ("def f(x):", "    return x + 1", "", "print(f(2))", "const a = 1;", "  run(a);")


def numbered(random_: random.Random, lines: list[str]) -> str:
    """Return code with line numbers, as one of the usual highlighters writes it."""
    number = random_.randint(1, 200)
    way = random_.randrange(5)
    if way < 2:
        name = random_.choice(("linenos", "lineno", "ln", "line-number", "lineNumber", "hljs-ln-numbers", "lnt"))
        tag = random_.choice(("span", "a", "i")) if way else "span"
        return "\n".join(f'<{tag} class="{name} x">{n:>3} </{tag}>{line}' for n, line in enumerate(lines, number))
    numbers = "\n".join(map(str, range(number, number + len(lines))))
    name = random_.choice(("linenos", "gutter", "rouge-gutter gl", "blob-num", "crayon-nums", "line-numbers"))
    if way == 2:
        divs = "".join(f"<div class='line number{n}'>{n}</div>" for n in range(len(lines)))
        return f'<table><tr><td class="{name}">{divs}</td><td class=code>{chr(10).join(lines)}</td></tr></table>'
    pre = f"<pre>{numbers}</pre>" if way == 3 else numbers
    return f"<table><tr><td class='{name}'>{pre}</td><td class=code>{chr(10).join(lines)}</td></tr></table>"


@pytest.mark.parametrize("seed", range(60))
def test_line_numbers_are_not_of_the_code(seed: int) -> None:
    random_ = random.Random(seed)
    lines = random_.choices(LINES, k=random_.randint(2, 12))
    rest = Page(numbered(random_, lines) + END).html
    assert "".join(lines) == "".join(
        rest.replace("<table><tr>", "")
        .replace("<td class=code>", "")
        .replace("</td></tr></table>", "")[:-12]
        .split("\n")
    )


def test_numbers_that_are_text_stay() -> None:
    for markup in ("<td class=number>12</td>", "<td class='gutter'>12 ships</td>", "<p class='line-numbers'>code</p>"):
        assert Page(markup + END).html == markup + END
