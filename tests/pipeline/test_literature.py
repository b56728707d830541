"""`configs/literature.yaml` keeps papers in LaTeX and JATS, pages of a wiki and PDFs, each work once."""

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
SUPPLEMENT = (
    "The probes were washed in water and dried for an hour before each of the runs. All of the data that were taken, "
    "and the programs by which they were reduced, are in a store of the university, where they will be kept for ten "
    "years. We thank the workshop for the nozzles, and the two readers of the draft for what they said of its first "
    "section. The table has the runs in the order in which they were made; those that were stopped by hand are not in "
    "it, and the reasons for which they were stopped are given in the notes of the day, which the authors have."
)
ARTICLE = """<article xmlns:xlink="http://www.w3.org/1999/xlink"><front><article-meta>
<article-id pub-id-type="doi">10.5555/Walls</article-id>
<title-group><article-title>Walls</article-title></title-group>
<permissions>
<license xlink:href="http://creativecommons.org/licenses/by/4.0/"><license-p>CC BY 4.0</license-p></license>
</permissions></article-meta></front><body><sec><title>Model</title>{}</sec></body></article>"""
WIKI = """<mediawiki xmlns="http://www.mediawiki.org/xml/export-0.11/" xml:lang="en"><siteinfo><dbname>enwiki</dbname>
<base>https://en.wikipedia.org/wiki/Main_Page</base></siteinfo><page><title>Walls</title><ns>0</ns><id>1</id>
<revision><id>9</id><model>wikitext</model><text>{}</text></revision></page></mediawiki>"""


def paragraphs(mark: str, other: str) -> list[str]:
    return [paragraph.format(*(f"{mark}{formula}{other}" for formula in FORMULAS)) for paragraph in PARAGRAPHS]


def report(doi: str = "", before: str = "") -> bytes:
    """Return a PDF of prose under a licence that its last line names."""
    prose = before + " ".join(paragraph.format(*WORDS) for paragraph in PARAGRAPHS)
    lines = [*textwrap.wrap(prose, 80), "", "This report is licensed under CC BY 4.0."]
    return pdf([lines], info=f"<< /doi ({doi}) >>".encode() if doi else b"")


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
    files = tmp_path / "pdfs"
    files.mkdir()
    (files / "article.pdf").write_bytes(report("https://doi.org/10.5555/walls"))
    (files / "preprint.pdf").write_bytes(report("10.48550/arXiv.2401.00001", "We show that walls have their laws. "))
    (files / "supplement.pdf").write_bytes(
        pdf([[*textwrap.wrap(SUPPLEMENT, 80), "", "CC BY 4.0."]], b"<< /doi (10.5555/walls) >>")
    )
    given = [
        f"articles={articles}",
        f"papers={papers}",
        f"pdfs={files}",
        f"wiki={tmp_path / 'wiki.xml'}",
        f"output={tmp_path / 'out'}",
    ]
    config = load(str(ROOT / "configs" / "literature.yaml"), given)
    stages = tuple(stage for stage in config.stages if stage.name in ("documents", "dedup"))
    assert not run(config.model_copy(update={"stages": stages}), Local(), Silent()).failures
    found = open_run(str(tmp_path / "out"))
    rows = documents(found).values()
    assert {row["language"] for row in rows} == {"eng_Latn"}
    assert {row["provenance"]["file"]: row["rejected_by"] for row in rows} == {
        "one.xml": None,
        "2401.00001.tex": "dedup.near",  # its paragraphs are those of the article
        "wiki.xml": "dedup.exact",
        "article.pdf": "dedup.doi",
        "preprint.pdf": "dedup.doi",
        "supplement.pdf": None,
    }
