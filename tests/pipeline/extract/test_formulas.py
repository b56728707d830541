"""Formulas are carried over as the TeX they were written in, once, by every engine."""

import time

import numpy as np
import pytest

from pipeline.extract.extract import ENGINES
from pipeline.extract.formulas import formulas_as_tex
from pipeline.extract.furniture import traces
from pipeline.extract.page import Page
from tests.pipeline.extract.test_extract import PARAGRAPHS

KATEX = (
    '<span class="katex"><span class="katex-mathml"><math><semantics><mrow><mi>E</mi></mrow>'
    '<annotation encoding="application/x-tex">E = mc^2</annotation></semantics></math></span>'
    '<span class="katex-html" aria-hidden="true"><span class="base"><span>E</span><span>=mc2</span></span></span>'
    "</span>"
)
MATHJAX = (
    '<span class="MathJax_Preview">drawn</span><span class="MathJax" id="x"><span><span>drawn</span></span></span>'
    '<script type="math/tex" id="y">a &lt; b</script>'
)
MEDIAWIKI = (
    '<span class="mwe-math-element"><span class="mwe-math-mathml-inline mwe-math-mathml-a11y" style="display: none;">'
    '<math alttext="{\\displaystyle \\zeta (s)}"><mi>s</mi></math></span><img alt="drawn" src="x.svg"></span>'
)
MATHJAX_3 = (
    '<mjx-container class="MathJax" jax="CHTML" display="true"><mjx-math class="MJX-TEX" aria-hidden="true"><mjx-mi>'
    '<mjx-c class="mjx-c1D465"></mjx-c><mjx-utext>drawn</mjx-utext></span></mjx-mi></mjx-math><mjx-assistive-mml '
    'display="block"><math xmlns="http://www.w3.org/1998/Math/MathML"><msup data-semantic-type="superscript"><mi>x</mi>'
    "<mn>2</mn></msup></math></mjx-assistive-mml></mjx-container>"
)
MATHJAX_4 = (
    '<mjx-container jax="SVG"><svg><g data-mml-node="math" data-latex="\\frac{a}{b}">'
    "<text>drawn</span></text></g></svg></mjx-container>"
)


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        (MATHJAX_3, "$$x^{2}$$"),
        (MATHJAX_4, " $\\frac{a}{b}$ "),
        (
            '<img src="https://s0.wp.com/latex.php?latex=%5Ckappa" alt="\\kappa &lt; 1" class="latex">',
            "$\\kappa &lt; 1$",
        ),
        ('<img src="https://www.zhihu.com/equation?tex=x%5E2" alt="x^2" eeimg="1">', "$x^2$"),
        ("<img class='tex' alt='a+b' src=/math/1.png>", "$a+b$"),
        (KATEX, "$E = mc^2$"),
        (MATHJAX, "$a &lt; b$"),
        (MEDIAWIKI, "$\\zeta (s)$"),
        ('<script type="math/tex; mode=display">x^2</script>', "$$x^2$$"),
        ('<math display="block"><mfrac><mi>a</mi><mn>2</mn></mfrac></math>', "$$\\frac{a}{2}$$"),
        ("<math><msup><mi>&pi;</mi><mn>2</mn></msup></math>", "$π^{2}$"),
        ('<math><annotation encoding="application/x-tex">1 &lt; 2</annotation></math>', "$1 &lt; 2$"),
    ],
)
def test_a_formula_is_its_source_between_dollar_signs(markup: str, expected: str) -> None:
    assert traces(np.frombuffer(f"<p>before {markup} after</p>".encode(), np.uint8)).formulas
    found = formulas_as_tex(f"<p>before {markup} after</p>")
    assert expected in found
    assert "drawn</span>" not in found
    assert found.startswith("<p>before ")
    assert found.endswith(" after</p>")


@pytest.mark.parametrize(
    "markup",
    [
        "<p>Es kostet $5, nicht \\(x\\) oder $$y$$.</p>",
        "<math></math>",
        "<p><math><mi>x",
        '<script type="math/tex">never closed',
        '<p>数学 math/tex <span class="MathJax_Preview">not closed',
        '<script type="math/tex"> </script>',
        '<img src="latex-gloves.jpg" alt="Gloves of latex" class="photo latex-gloves">',
        '<img class="latex" src="/latex.php?latex=x">',
        '<mjx-container><mjx-math><mjx-c class="mjx-c1D465"></mjx-c></mjx-math></mjx-container>',
        "<mjx-container><math>never closed",
    ],
)
def test_markup_without_a_formula_stays_as_it_is(markup: str) -> None:
    assert formulas_as_tex(markup) == markup


@pytest.mark.parametrize(
    "piece",
    [
        "<math>",
        '<math alttext="',
        '<script type="math/tex">',
        '<span class="MathJax">math/tex',
        "<math><span>",
        "<mjx-container>",
        "<mjx-container><math></mjx-container>",
        '<img class="latex" alt="',
        "<img src=latex ",
    ],
)
def test_the_work_grows_with_the_page_only(piece: str) -> None:
    markup = piece * (300_000 // len(piece))
    start = time.process_time()
    formulas_as_tex(markup)
    assert time.process_time() - start < 5  # quadratic, it would be minutes


@pytest.mark.parametrize("engine", list(ENGINES))
def test_every_engine_carries_formulas_over(engine: str) -> None:
    sentence = f"<p>It follows that {KATEX} for a body at rest, which is what he set out to show, says the teacher.</p>"
    page = f"<html><body><article><h1>On mass</h1>{PARAGRAPHS}{sentence}{PARAGRAPHS}</article>"
    text = ENGINES[engine](Page(page))
    assert text.count("$E = mc^2$") == 1
    assert "E=mc2" not in text.replace(" ", "")


@pytest.mark.parametrize("markup", ["", "x", "<p class='text-center'>A text of <b>mathematics</b>, in context.</p>"])
def test_pages_of_words_are_not_searched_for_formulas(markup: str) -> None:
    assert not traces(np.frombuffer(f"<p>before {markup} after</p>".encode(), np.uint8)).formulas
