"""`configs/literature.yaml` keeps a paper in LaTeX, a wiki's page of mathematics, an article in JATS and a PDF."""

import textwrap
from pathlib import Path

import pytest

from pipeline.answers.finished_run import open_run
from pipeline.config import load
from pipeline.pdf.sample import pdf
from pipeline.run import Local, run
from tests.runs import ROOT, Silent, documents

PARAGRAPHS = (
    "The mean flow in a channel obeys {0}, where {1} is the viscosity and {2} are the stresses, which have to be "
    "modelled before the equation can be solved. We take the viscosity of the eddies from {3} with a constant of {4}.",
    "At the wall we set {5} as long as {6}, and the logarithm of the distance {7} above it. None of the constants was "
    "fitted to the data of this flow: they are those that have been used for pipes and for boundary layers.",
    "A grid of {8} points was used with a spectral method. The average is over the time {9}, which is that of forty "
    "turnovers, and over the planes that are parallel to the walls, in which the flow is the same in both directions.",
)
FORMULAS = (
    r"\partial_t \bar u_i + \bar u_j \partial_j \bar u_i = -\partial_i \bar p / \rho + \nu \nabla^2 \bar u_i",
    r"\nu",
    r"\overline{u_i' u_j'} = -2 \nu_t \bar S_{ij} + \tfrac{2}{3} k \delta_{ij}",
    r"\nu_t = C_\mu k^2 / \epsilon",
    r"C_\mu = 0.09",
    r"u^+ = y^+",
    r"y^+ \leq 5",
    r"u^+ = \kappa^{-1} \ln y^+ + B",
    r"N_x \times N_y \times N_z = 256^3",
    r"t \in [T, 40 T], \quad T = h / u_\tau",
)
WORDS = (
    *("an equation of its own", "this", "those", "experiments", "one ninth", "a linear law", "of thirty units"),
    *("eight million", "a month", "the first day"),
)
ARTICLE = """<article xmlns:xlink="http://www.w3.org/1999/xlink"><front><article-meta>
<title-group><article-title>Walls</article-title></title-group>
<permissions>
<license xlink:href="http://creativecommons.org/licenses/by/4.0/"><license-p>CC BY 4.0</license-p></license>
</permissions></article-meta></front><body><sec><title>Model</title>{}</sec></body></article>"""
WIKI = """<mediawiki xmlns="http://www.mediawiki.org/xml/export-0.11/" xml:lang="en"><siteinfo><dbname>enwiki</dbname>
<base>https://en.wikipedia.org/wiki/Main_Page</base></siteinfo><page><title>Walls</title><ns>0</ns><id>1</id>
<revision><id>9</id><model>wikitext</model><text>{}</text></revision></page></mediawiki>"""


def paragraphs(mark: str, other: str) -> list[str]:
    return [paragraph.format(*(f"{mark}{formula}{other}" for formula in FORMULAS)) for paragraph in PARAGRAPHS]


def report() -> bytes:
    """Return a PDF of prose under a licence that its last line names."""
    prose = " ".join(paragraph.format(*WORDS) for paragraph in PARAGRAPHS)
    return pdf([[*textwrap.wrap(prose, 80), "", "This report is licensed under CC BY 4.0."]])


@pytest.mark.slow
def test_papers_articles_and_pages_that_are_full_of_formulas_are_kept(tmp_path: Path) -> None:
    papers, articles = tmp_path / "papers", tmp_path / "articles"
    papers.mkdir()
    articles.mkdir()
    text = "\n\n".join(paragraphs("$", "$"))
    (papers / "2401.00001.tex").write_text(
        f"\\documentclass{{article}}\\title{{Walls}}\\begin{{document}}\\maketitle\n{text}\n\\end{{document}}"
    )
    text = "".join(
        f"<p>{paragraph}</p>" for paragraph in paragraphs("<inline-formula><tex-math>", "</tex-math></inline-formula>")
    )
    (articles / "one.xml").write_text(ARTICLE.format(text))
    (tmp_path / "wiki.xml").write_text(WIKI.format("\n\n".join(paragraphs("&lt;math>", "&lt;/math>"))))
    (tmp_path / "report.pdf").write_bytes(report())
    given = [
        f"articles={articles}",
        f"papers={papers}",
        f"pdfs={tmp_path / 'report.pdf'}",
        f"wiki={tmp_path / 'wiki.xml'}",
        f"output={tmp_path / 'out'}",
    ]
    config = load(str(ROOT / "configs" / "literature.yaml"), given)
    assert not run(config.model_copy(update={"stages": config.stages[:1]}), Local(), Silent()).failures
    rows = documents(open_run(str(tmp_path / "out"))).values()
    assert sorted((row["source"], row["rejected_by"], row["language"]) for row in rows) == [
        ("articles", None, "eng_Latn"),
        ("papers", None, "eng_Latn"),
        ("pdfs", None, "eng_Latn"),
        ("wiki", None, "eng_Latn"),
    ]
