import gzip
import io
import random
import tarfile
import time
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
        (r"\DeclareSIUnit[a=b]\year{yr}\SI{5}{\year}", r"\SI{5}{yr}"),
        (r"\DeclareMathOperator{\tr}{tr}\tr A", r"\operatorname{tr} A"),
        (r"\newcommand{\loop}{\loop\loop}\loop", None),
        (r"\newcommand{\open}{unclosed", r"\newcommand{\open}{unclosed"),
        (r"\newcommand\half[1]{1/#1}\half 3 \half{ab}", "1/3 1/ab"),
        (r"\def\pair(#1,#2){<#1|#2>}\pair(a,{b,c})", "<a|b,c>"),
        (r"\newcommand{\e}{e.g.\xspace}\e for \e, \e{}x", "e.g. for e.g., e.g.{}x"),
        (r"\newcommand{\s}{A}\s \renewcommand{\s}{B}\s \providecommand{\s}{C}\s", "A B B"),
        (r"\NewDocumentCommand{\v}{s m O{x} o}{#2_#3\IfBooleanTF{#1}{!}{}}\v{u}[i] \v*{w}", "u_i w_x!"),
        (r"\let\old\vec\renewcommand{\vec}[1]{\old{#1}!}\vec{a}", r"\vec{a}!"),
        (r"\newcommand{\todo}[2][none]{}a\todo[inline]{gone}b", "ab"),
        (r"\newenvironment{q}[2][z]{<#1#2:}{>}\begin{q}{a}x\end{q}\begin{q}[k]{b}y\end{q}", "<za:x><kb:y>"),
        (
            r"\newtheorem{thm}{Satz}[section]\begin{thm}[N]x\end{thm}",
            "\\begin{namedstatement}{Satz}[N]x\\end{namedstatement}",
        ),
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
        (r"\begin{enumerate}\item a \item b\end{enumerate}", "1. a\n2. b"),
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


RULES = [r"\cmidrule{2-3}", r"\cmidrule(lr){2-3} ", r"\cmidrule[1pt](r{2pt}l){1-2}\cmidrule(l){3-3}", r"\cline{1-2}"]
RULES += [r"\midrule[2pt]", r"\toprule", r"\hline\hline", r"\specialrule{1pt}{2pt}{3pt}", r"\addlinespace[3pt]"]
# What is written, and what its readers see; `W` is a word of the text.
SEEN = [
    *[(r"\thispagestyle{empty}W", "W"), (r"\looseness=-1 W", "W"), (r"\vskip 2.5cm plus 1fil W", "W")],
    *[(r"\textcolor[rgb]{1,0,0}{W}", "W"), (r"\textcolor{red}{W}", "W"), (r"{\color{blue}W}", "W")],
    *[(r"\parbox{3cm}{W}", "W"), (r"\parbox[t]{.5\textwidth}{W}", "W"), (r"\makebox[2cm][c]{W}", "W")],
    *[(r"\raisebox{2pt}{W}", "W"), (r"\fbox{W}", "W"), (r"\scalebox{0.5}{W}", "W"), (r"\colorbox{yellow}{W}", "W")],
    *[(r"\resizebox{\textwidth}{!}{W}", "W"), (r"\rotatebox{90}{W}", "W"), (r"\hspace*{2cm}W", "W")],
    *[(r"W\index{light!red}", "W"), (r"W\nocite{*}", "W"), (r"\addtocounter{section}{1}W", "W")],
    *[(r"\setlength{\parindent}{0pt}W", "W"), (r"\bibliographystyle{plain}W", "W"), (r"\selectlanguage{german}W", "W")],
    *[(r"\foreignlanguage{german}{W}", "W"), (r"\href{http://x.example}{W}", "W"), (r"\hyperref[a]{W}", "W")],
    *[(r"\definecolor{a}{rgb}{1,0,0}W", "W"), (r"\rule{2cm}{1pt}W", "W"), (r"\rule[2pt]{2cm}{1pt}W", "W")],
    *[(r"\addcontentsline{toc}{section}{A}W", "W"), (r"\phantomsection W", "W"), (r"\pdfbookmark[0]{a}{b}W", "W")],
    *[(r"\begin{minipage}[t]{0.5\textwidth}W\end{minipage}", "W"), (r"\begin{multicols}{2}W\end{multicols}", "W")],
    *[(r"\begin{tcolorbox}[title=Note]W\end{tcolorbox}", "W"), (r"\begin{CJK*}{UTF8}{gbsn}W\end{CJK*}", "W")],
    *[
        (r"\begin{adjustwidth}{1cm}{2cm}W\end{adjustwidth}", "W"),
        (r"\begin{otherlanguage}{ngerman}W\end{otherlanguage}", "W"),
    ],
    *[(r"\begin{figure}[htb]\centering\includegraphics[width=3cm]{a}\caption[S]{W}\end{figure}", "W")],
    *[(r"\begin{wrapfigure}{r}{3cm}\caption{W}\end{wrapfigure}", "W"), (r"\begin{spacing}{1.5}W\end{spacing}", "W")],
    *[
        (r"\begin{longtable}{ll}a & W\\\end{longtable}", "| a | W |"),
        (r"\begin{proof}[Idea]W\end{proof}", "Proof (Idea). W"),
    ],
    *[(r"\begin{tabularx}{\textwidth}{lX}a & W\end{tabularx}", "| a | W |"), (r"\verb|a_b$c| W", "a_b$c W")],
    *[
        (
            "\\begin{tabular}{@{}l p{2cm}}\\multicolumn{2}{c}{W} & b\\\\ c\n&\nd & e\\end{tabular}",
            "| W | | b |\n| c | d | e |",
        )
    ],
    *[(r"\begin{itemize}\item[(a)] W\item[--] x\end{itemize}", "- (a) W\n- x"), (r"``W'' and `W'", "“W” and ‘W’")],
    *[("\\begin{description}\n\\item[Key] W\n\n\\item[Other:] x\\end{description}", "- Key: W\n- Other: x")],
    *[(r"\begin{enumerate}\item W\begin{itemize}\item x\end{itemize}\item y\end{enumerate}", "1. W\n  - x\n2. y")],
    *[
        (r"W\footnotemark[1]\footnotetext[1]{f}", "W"),
        (r"\zihao{4}\CJKfamily{hei}W", "W"),
        (r"\S 5 \copyright W", "§5 ©W"),
    ],
    *[(r"\ruby{漢字}{かんじ}W", "漢字W"), (r"\xpinyin*{漢}{han4}W", "漢W"), (r"\IfFileExists{a}{b}{c}W", "W")],
    *[(r"\paragraph{Data.} W", "Data. W"), (r"\subparagraph*{Data.} W", "Data. W"), (r"\ifthenelse{a}{b}{c}W", "W")],
    *[(rf"\begin{{tabular}}{{lll}}W & b\\{rule} c & d\end{{tabular}}", "| W | b |\n| c | d |") for rule in RULES],
    *[
        (r"\hbox to 3cm{W}", "W"),
        (r"\vbox spread 2pt{W}", "W"),
        (r"\raise2pt\hbox{W}", "W"),
        (r"\char`\%W\char65", "%WA"),
    ],
    *[(r"\font\big=cmr10 scaled \magstep1 W", "W"), (r"\catcode`\@=11 W", "W"), (r"\advance\x by 2pt W", "W")],
    *[(r"\halign{#&#\cr a&b\cr}W", "W"), (r"\only<2->{W} \alert<1,3>{W}", "W W"), (r"\glqq W\grqq{}", "„W“")],
    *[(r"\begin{frame}[t]{W}x\end{frame}", "### W\n\nx"), (r"\begin{itemize}\item<1-> W\end{itemize}", "- W")],
    *[(r"\begin{tabbing}a \= b\\ c \> W\end{tabbing}", "a b c W"), (r"\linebreak[4]W\-W", "WW"), (r",,W`` x", "„W“ x")],
    *[(r"\begin{tabular}{ll}\thead{a\\b} & {c\\d}\\W & e\end{tabular}", "| a b | c d |\n| W | e |")],
    *[
        (
            r"\begin{longtable}{l}\caption{W}\\H\\\endfirsthead \multicolumn{1}{c}{more}\\H\\\endhead next\\\endfoot"
            r"\endlastfoot a\\b\\\end{longtable}",
            "W\n\n| H |\n| a |\n| b |",
        )
    ],
    *[(r"\begin{verse}W low,\\ \hspace{1em} slow,\\[2pt] gone.\end{verse}", "W low,\nslow,\ngone.")],
    *[(r"\frac{\textcolor{red}{W}}{b}", "W/b"), (r"W \cite[p.~3]{a} (\ref{b}), [\cite{c}; \cite{d}].", "W,.")],
    *[(r"W (see f() and \ref{b})", "W (see f() and)"), (r"\begin{lemma}[大數]W\end{lemma}", "Lemma (大數). W")],
    *[
        ("平板%\n边界层，\n湍流 W", "平板边界层，湍流 W"),
        ("Rain\nfell W", "Rain fell W"),
        ("비가\n내렸다 W", "비가 내렸다 W"),
    ],
]


@pytest.mark.parametrize("seed", range(200))
def test_arguments_that_are_no_text_are_not_published(seed: int) -> None:
    source = random.Random(seed)
    written, seen = SEEN[seed % len(SEEN)]
    word = source.choice(["Water", "Вода", "水", "ماء", "ἀήρ", "น้ำ"])
    before, after = source.choice([("", ""), ("Before.\n\n", "\n\nAfter."), ("\\section{A}\n\n", "\n\n% end\n")])
    text = text_of(before + written.replace("W", word) + after, Lost())
    head = {"": "", "Before.\n\n": "Before.\n\n", "\\section{A}\n\n": "## A\n\n"}[before]
    assert text == head + seen.replace("W", word) + ("\n\nAfter." if "After" in after else "")


@pytest.mark.parametrize("seed", range(60))
def test_files_are_included_from_wherever_they_lie(latex: Rows, seed: int) -> None:
    source = random.Random(seed)
    folder = source.choice(["", "chap/", "a/b/"])
    name = source.choice(["one", "teil-2", "第一章"])
    command = source.choice(
        [
            *(rf"\input{{{folder}{name}}}", rf"\include{{{folder}{name}}}", rf"\subfile{{{folder}{name}.tex}}"),
            *(rf"\import{{{folder}}}{{{name}}}", rf"\subimport{{{folder}}}{{{name}.tex}}"),
        ]
    )
    inner = source.choice(["The part.", "\\documentclass{x}\\begin{document}The part.\\end{document}"])
    paper = f"\\begin{{document}}First.\n\n% \\input{{secret}}\n{command}\n\n\\input{{gone}}Last.\\end{{document}}"
    skipped: Counter[str] = Counter()
    files = {"main.tex": paper, f"{folder}{name}.tex": inner, "secret.tex": "Hidden.\nMore of it."}
    (row,) = latex(tar(**{path.replace(".", "__"): text.encode() for path, text in files.items()}), skipped=skipped)
    assert row["text"] == "First.\n\nThe part.\n\nLast."
    assert skipped == {"latex.lost.input": 1}


@pytest.mark.parametrize("count", [5, 40])
@pytest.mark.parametrize("where", ["before", "behind"])
def test_environments_that_a_paper_defines_cost_no_time(latex: Rows, count: int, where: str) -> None:
    own = "".join(rf"\newenvironment{{t{n}}}{{\begin{{T{n}}} {{\bf :}} }}{{\end{{T{n}}}}}" for n in range(count))
    loose = r"\begin{a}{\begin{b} " * count
    paper = own + r"\begin{document}" + (loose if where == "before" else own) + r"The only sentence.\end{document}"
    begin = time.process_time()
    (row,) = latex(paper.encode(), "a.tex")
    assert row["text"] == "The only sentence."
    assert time.process_time() - begin < 2


def test_papers_in_plain_tex_are_read(latex: Rows) -> None:
    plain = rb"\magnification=1200 \centerline{\bf On sand}\bigskip\noindent Sand flows.\bye rest"
    assert latex(plain, "a.tex")[0]["text"] == "On sand\n\nSand flows."
    ams = rb"\input amstex \documentstyle{amsppt}\document Sand flows.\enddocument"
    assert latex(ams, "b.tex")[0]["text"] == "Sand flows."


@pytest.mark.parametrize(
    ("encoding", "head"),
    [
        ("cp1251", r"\usepackage[cp1251]{inputenc}"),
        ("koi8-r", r"\usepackage[koi8-r]{inputenc}"),
        ("utf-8", ""),
    ],
)
def test_sources_are_read_in_the_encoding_that_they_name(latex: Rows, encoding: str, head: str) -> None:
    paper = head + r"\begin{document}Вода испаряется.\end{document}"
    assert latex(paper.encode(encoding), "a.tex")[0]["text"] == "Вода испаряется."


def test_a_document_that_quotes_the_end_of_one_goes_on(latex: Rows) -> None:
    paper = "\\begin{document}A\n\\begin{verbatim}\n\\end{document}\n\n\n\nx\n\\end{verbatim}\nB\\end{document}"
    assert latex(paper.encode(), "a.tex")[0]["text"] == "A\n\n```\n\\end{document}\n\n\n\nx\n```\n\nB"


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
