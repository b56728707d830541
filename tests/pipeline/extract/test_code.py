"""Code of a page is in fences, with its lines, its indentation and its language; what is no code is not."""

import html
import random

import pytest

from pipeline.extract.blocks_engine import main_text
from pipeline.extract.code import code_in_fences
from pipeline.extract.page import Page

LINES = ("def f(x):", "    if x < 1 && y:", "        return [x, 'é']", "", "print(f(2))", "    # 注释 <b>", "}")


def drawn(random_: random.Random, lines: list[str]) -> str:
    """Return the content of a `pre` element that shows these lines."""
    way = random_.randrange(6)
    written = [html.escape(line, quote=False) for line in lines]
    if way == 0:
        return f"<code>{chr(10).join(written)}</code>"
    if way == 1:
        return "<br>".join(f"<span class=k>{line}</span>" for line in written)
    if way == 2:
        return "".join(f"<div class=line><span>{line}</span></div>" for line in written)
    if way == 3:
        return f"\n<code>{chr(10).join(f'<span>{line}</span>' for line in written)}\n</code>\n"
    if way == 4:
        return (
            "<code>"
            + "\n".join(f'<span class="lineno">{n} </span>{line}' for n, line in enumerate(written, 9))
            + "</code>"
        )
    return "<ol>" + "".join(f"<li><code>{line}</code></li>" for line in written) + "</ol>"


NAMED = (
    '<pre class="language-{}">%</pre>',
    "<pre class='prettyprint lang-{}'>%</pre>",
    '<div class="highlight-{} notranslate"><div class="highlight"><pre>%</pre></div></div>',
    '<div class="highlight highlight-source-{}"><pre>%</pre></div>',
    "<pre class='brush: {}; toolbar: false'>%</pre>",
    '<pre data-lang="{}">%</pre>',
    '<pre class="sourceCode {}">%</pre>',
)


@pytest.mark.parametrize("seed", range(60))
def test_code_keeps_lines_indentation_and_language(seed: int) -> None:
    random_ = random.Random(seed)
    lines = [LINES[0], *random_.choices(LINES, k=random_.randint(1, 9)), LINES[-1]]
    language = random_.choice(("python", "c++", "js", "objective-c", "yaml"))
    element = random_.choice(NAMED).replace("{}", language).replace("%", drawn(random_, lines))
    prose = "<p>The committee met on Monday to hear, among other things, what the river had done to the bridge.</p>"
    text = main_text(Page(f"<title>Bridge</title><article><h1>Bridge</h1>{prose * 3}{element}{prose * 3}</article>"))
    assert f"\n```{language}\n{chr(10).join(lines)}\n```\n" in text


@pytest.mark.parametrize(
    "markup",
    [
        "<pre>Roses are red,\n  violets are blue,\n</pre>",
        "<pre>Dear all,\n\nthe meeting is on Tuesday (at nine).\n</pre>",
        "<pre>春眠不觉晓\n处处闻啼鸟</pre>",
        "<pre> \n </pre>",
        "<pre><code>```\nx\n```</code></pre>",
        "<pre class=language-js>unclosed {",
        "<p>no code</p>",
    ],
)
def test_what_is_no_code_is_left_alone(markup: str) -> None:
    assert code_in_fences(markup) == markup


def test_no_language_is_named_where_the_page_names_none() -> None:
    for name in ("language-none", "highlight-default notranslate", "wp-block-code", "language-plaintext", "code-block"):
        assert code_in_fences(f"<pre class='{name}'><code>a = {{1}}</code></pre>").startswith(
            f"<pre class='{name}'>```\n"
        )
