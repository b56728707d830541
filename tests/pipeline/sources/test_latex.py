import gzip
import io
import tarfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.sources.base import Row
from pipeline.sources.latex import Latex
from pipeline.sources.latex_macros import expanded
from pipeline.sources.latex_text import LatexError, Lost, text_of
from tests.pipeline.sources.conftest import Rows

PAPER = r"""\documentclass{article}
\newcommand{\R}{\mathbb{R}} % a comment
\title{On \emph{Fluids}}
\author{A. Author \and 李四}
\begin{document}
\maketitle
\begin{abstract} We show $x^2 \in \R$. \end{abstract}
\section{Intro} \label{s}
Text~\cite{a,b} with \textbf{bold}, 50\% caf\'e ---
``quoted''.

\input{more}
\begin{thebibliography}{9}\bibitem{a} Ref\end{thebibliography}
\end{document}"""
MORE = r"""Second paragraph\footnote{note}.
\begin{equation}\label{e} \frac{a}{b} = c \nonumber \end{equation}
\begin{itemize}\item one \item two\end{itemize}"""
TEXT = r"""# On Fluids

## Abstract

We show $x^2 \in \mathbb{R}$.

## Intro

Text with bold, 50% café — “quoted”.

Second paragraph.

$$\frac{a}{b} = c$$

- one
- two"""


def tar(**files: bytes) -> bytes:
    with tarfile.open(fileobj=(buffer := io.BytesIO()), mode="w") as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name.replace("__", "."))
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


@pytest.fixture
def latex(tmp_path: Path, read: Rows) -> Rows:
    """Write bytes as a file of the collection and return its rows."""

    def rows(
        content: bytes, name: str = "2401.00001.tar.gz", skipped: Counter[str] | None = None, **settings: Any
    ) -> list[Row]:
        path = tmp_path / name
        path.write_bytes(content)
        return read(Latex(name="arxiv", paths=(str(path),), **settings), skipped)

    return rows


@pytest.mark.parametrize("compress", [bytes, gzip.compress])
def test_a_paper_is_read_from_its_archive(latex: Rows, compress: Callable[[bytes], bytes]) -> None:
    skipped: Counter[str] = Counter()
    other = rb"\documentclass{x}\begin{document}x\end{document}"
    content = tar(main__tex=PAPER.encode(), more__tex=MORE.encode(), fig__pdf=b"%PDF", reply__tex=other)
    (row,) = latex(compress(content), skipped=skipped)
    assert row["text"] == TEXT
    assert (row["title"], row["author"]) == ("On Fluids", "A. Author; 李四")
    assert (row["source_id"], row["url"]) == ("arXiv:2401.00001", "https://arxiv.org/abs/2401.00001")
    assert skipped["latex.lost.cite"] == skipped["latex.lost.footnote"] == skipped["latex.lost.thebibliography"] == 1


def test_a_single_file_is_a_paper(latex: Rows) -> None:
    (row,) = latex(PAPER.replace(r"\input{more}", MORE).encode("latin-1", "replace"), "paper.tex")
    assert row["text"] == TEXT
    assert len(row["source_id"]) == 64


def test_the_authors_and_their_addresses_are_metadata_and_no_text(latex: Rows) -> None:
    front = r"""\newcommand{\pkg}[1]{{\protect\sffamily#1}}\newcommand{\envert}[1]{|#1|}\let\abs=\envert
\begin{document}
\title[Short]{The \pkg{flow} of\thanks{Version 2} water}
\author[0000-0002]{A. Author}\affiliation{Institute \\ Town}\email[e]{a@b.org}
\author{李四}\address[1]{北京}\collaboration{6}{(All)}\date{May}
\begin{abstract}Set in \LaTeX{} by \XeTeX, $\abs{x}$.\end{abstract}
\end{document}"""
    (row,) = latex(front.encode(), "a.tex")
    assert (row["title"], row["author"]) == ("The flow of water", "A. Author; 李四")
    assert row["text"] == "# The flow of water\n\n## Abstract\n\nSet in LaTeX by XeTeX, $|x|$."


def test_a_bulk_archive_gives_a_row_for_every_paper(latex: Rows) -> None:
    papers = {
        "2401/2401__00001__gz": gzip.compress(PAPER.encode()),
        "2401/hep-th9901001__gz": gzip.compress(tar(main__tex=PAPER.encode(), more__tex=MORE.encode())),
        "2401/2401__00003__gz": gzip.compress(b"%auto-ignore no document here"),
        "2401/2401__00004__gz": gzip.compress(b""),
        "2401/2401__00005__pdf": b"%PDF",
        "2401/2401__00006__gz": b"\x1f\x8b\x08 broken",
    }
    skipped: Counter[str] = Counter()
    rows = latex(tar(**papers), "arXiv_src_2401_001.tar", skipped)
    assert [(row["source_id"], row.get("rejected_by")) for row in rows] == [
        ("arXiv:2401.00001", None),
        ("arXiv:hep-th/9901001", None),
        ("arXiv:2401.00003", "latex.no_document"),
        ("arXiv:2401.00004", "latex.withdrawn"),
        ("arXiv:2401.00006", "latex.withdrawn"),
    ]
    assert skipped["latex.pdf"] == 1
    assert rows[1]["text"] == TEXT


def test_files_that_include_themselves_come_to_an_end(latex: Rows) -> None:
    paper = PAPER.replace("more", "main").encode()
    (row,) = latex(tar(main__tex=paper))
    assert row.get("rejected_by") is None


@pytest.mark.parametrize(
    ("source", "text"),
    [
        (r"\newcommand{\v}[2]{(#1, #2)}\v{a}{b} \v{\v{c}{d}}{e}", "(a, b) ((c, d), e)"),
        (r"\newcommand{\w}[2][x]{#1#2} \w{a} \w[y]{b}", " xa yb"),
        (r"\def\half{1/2}\half x", "1/2 x"),
        (r"\DeclareMathOperator{\tr}{tr}\tr A", r"\operatorname{tr} A"),
        (r"\newcommand{\loop}{\loop\loop}\loop", None),
        (r"\newcommand{\open}{unclosed", r"\newcommand{\open}{unclosed"),
        ("kept\\% dropped % not here\nnext", "kept\\% dropped \nnext"),
    ],
)
def test_macros_are_expanded(source: str, text: str) -> None:
    result = expanded(source)
    assert len(result) < 200_000
    if text is not None:
        assert result == text


@pytest.mark.parametrize(
    ("source", "text"),
    [
        (r"\subsection*{A \& B}text", "### A & B\n\ntext"),
        (r"\[ x \] and \( y \) and $$z$$", "$$x$$\n\nand $y$ and\n\n$$z$$"),
        (r"\begin{align*} a &= b \\ c &= d \end{align*}", r"$$a &= b \\ c &= d$$"),
        (r"\begin{enumerate}\item a \item b\end{enumerate}", "1. a\n1. b"),
        (r"\begin{tabular}{cc} a & b \\ \hline 1 & \textbf{2} \end{tabular}", "| a | b |\n| 1 | 2 |"),
        (r"\begin{figure}\includegraphics{a}\caption{What it shows.}\label{f}\end{figure}", "What it shows."),
        (r"\begin{theorem}All is well.\end{theorem}", "Theorem. All is well."),
        ("\\begin{verbatim}\nif x:\n    f()\n\\end{verbatim}", "```\nif x:\n    f()\n```"),
        (r"\href{http://u}{link} \url{http://v} \ss \o \'e \ldots", "link http://v ßøé …"),
        ("one\nline\n\ntwo", "one line\n\ntwo"),
    ],
)
def test_latex_becomes_markdown(source: str, text: str) -> None:
    assert text_of(source, Lost()) == text


PARTS = [
    *(
        "\\begin{a}",
        "\\end{a}",
        "{",
        "}",
        "$",
        "$$",
        "\\[",
        "\\item",
        "\\section{",
        "\\newcommand{\\x}",
        "\\x",
        "%",
        "&",
    ),
    *("\\begin{tabular}", "\\end{tabular}", "\\href", "\\'", "\\", "語", "\n", "a", "\\begin{verbatim}"),
]


@given(st.lists(st.sampled_from(PARTS), max_size=15))
def test_any_source_gives_text_or_is_refused(parts: list[str]) -> None:
    try:
        text_of(expanded("".join(parts)), Lost())
    except LatexError:
        return
