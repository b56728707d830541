import random
import time

import pytest

from pipeline.sources.latex_primitives import without_primitives

LENGTHS = ["3cm", "0.5\\textwidth", "-2.5 pt", "1em", "10 true in", ".3\\hsize", "\\baselineskip"]
ASSIGNED = ["\\hskip", "\\vskip ", "\\kern", "\\hsize=", "\\parindent =", "\\leftskip ", "\\advance\\x by ", "\\raise "]


@pytest.mark.parametrize("seed", range(60))
def test_what_is_assigned_is_no_text(seed: int) -> None:
    source = random.Random(seed)
    written = "".join(
        f"{source.choice(ASSIGNED)}{source.choice(LENGTHS)} {source.choice(['', 'Rain fell. ', '雨が降った。'])}"
        for _ in range(source.randint(1, 5))
    )
    kept = "".join(without_primitives(written).split())
    assert not set(kept) - set("".join(("Rain fell.", "雨が降った。")))
    assert kept.count("雨") == written.count("雨")
    assert kept.count("R") == written.count("Rain")


@pytest.mark.parametrize(
    ("source", "text"),
    [
        (r"\hbox to 3cm{a}", r"\hbox{a}"),
        (r"\char65 \char`\% \symbol{66} \char'101 \char200 x", r"A\%BAx"),
        (r"\begin{tabbing}a \= b \> c\end{tabbing}\={o}", r"\begin{tabbing}a   b   c\end{tabbing}\={o}"),
        (r"a,,b 1,,2 <<c>> a << b, x>>y", "a,,b 1,,2 «c» a << b, x>>y"),
        (r"\item<2-> a $x<3>y$", r"\item a $x<3>y$"),
        (r"\write16{x}", r"\message{x}"),
    ],
)
def test_what_is_left_of_commands(source: str, text: str) -> None:
    assert without_primitives(source) == text


@pytest.mark.parametrize(
    "unit",
    [
        r"\begin{tabbing}",
        r"\=",
        r"\cmidrule[",
        r"\begin{frame}[",
        r"\csname",
        r"\kern ",
        r"\char`",
        ",,",
        "<<",
        r"\only<1",
    ],
)
def test_time_grows_with_length_alone(unit: str) -> None:
    begin = time.process_time()
    without_primitives(unit * (400_000 // len(unit)))
    assert time.process_time() - begin < 5
