import random
import time

import pytest

from pipeline.sources.latex_source import balanced, put_back, set_apart, without_cut_parts


def visible(source: str) -> str:
    kept: list[tuple[str, str]] = []
    return put_back(without_cut_parts(set_apart(source, kept)), kept, 0)


@pytest.mark.parametrize("seed", range(80))
def test_what_authors_cut_out_is_not_read_and_what_they_quote_is(seed: int) -> None:
    source = random.Random(seed)
    toggles = {name: source.random() < 0.5 for name in ("draft", "long")}
    parts = [rf"\newif\if{name}\{name}{str(value).lower()}" + "\n" for name, value in toggles.items()]
    expected = list[str]()

    def part(shown: bool, depth: int) -> str:
        number = f"w{source.randrange(10**6)} "
        kind = source.randrange(9) if depth < 4 else 0
        inner = lambda seen: part(seen, depth + 1)  # noqa: E731
        if kind == 1:
            return rf"\iffalse {inner(False)}\fi "
        if kind == 2:
            return rf"\iffalse {inner(False)}\else {inner(shown)}\fi "
        if kind == 3:
            return "\\begin{comment}\n" + number.strip() + "\n\\end{comment}\n"
        if kind == 4:
            name, value = source.choice(list(toggles.items()))
            return rf"\if{name} {inner(shown and value)}\else {inner(shown and not value)}\fi "
        if kind == 5:
            return f"% {number} \\iffalse\n"
        if kind == 6 and shown:
            expected.append(r"\verb|%\iffalse|")
            return r"\verb|%\iffalse| "
        if kind == 7:
            return rf"\if0 {inner(False)}\fi \iftrue {inner(shown)}\fi "
        if kind == 8 and shown:
            expected.append(r"\iff")
            return r"\iff "
        if shown:
            expected.append(number.strip())
        return number

    parts += [part(True, 0) for _ in range(6)]
    text = visible("".join(parts)).replace(r"\newif\ifdraft", "").replace(r"\newif\iflong", "")
    assert text.split() == expected


def test_verbatim_text_is_set_apart_whatever_it_holds() -> None:
    code = "\\begin{lstlisting}[language=C]\nx % 3 \\iffalse\n\n\n\ny\n\\end{lstlisting}"
    source = f"a {code} \\lstinline{{a_b}} \\% % gone\nend"
    kept: list[tuple[str, str]] = []
    apart = set_apart(source, kept)
    assert apart == "a \ue0000\ue001 \ue0001\ue001 \\% \nend"
    assert put_back(apart, kept, 1) == "a ```\nx % 3 \\iffalse\n\n\n\ny\n``` a_b \\% \nend"


def test_a_condition_without_end_hides_nothing() -> None:
    assert visible(r"a \iffalse b") == r"a \iffalse b"


@pytest.mark.parametrize("seed", range(60))
def test_every_environment_and_brace_has_a_partner_in_the_same_braces(seed: int) -> None:
    source = random.Random(seed)
    pieces = [r"\begin{a}", r"\end{a}", r"\begin{b}", r"\end{b}", "{", "}", r"\{", "x", r"\\", "語"]
    text = balanced("".join(source.choice(pieces) for _ in range(40)))
    opened = []
    for token in (
        text.replace(r"\\", "").replace(r"\{", "").replace("}", "} ").replace("{a} ", "a").replace("{b} ", "b").split()
    ):
        while token:
            for mark in (r"\begina", r"\beginb", r"\enda", r"\endb", "{", "}"):
                if token.startswith(mark):
                    if mark[1:4] == "beg" or mark == "{":
                        opened.append(mark[-1])
                    else:
                        assert opened.pop() == ("{" if mark == "}" else mark[-1])
                    token = token[len(mark) :]
                    break
            else:
                token = token[1:]
    assert not opened


@pytest.mark.parametrize("unit", [r"\begin{a}", r"\begin{a}{", "{", r"\end{a}", r"\newif\ifx\iffalse", "%", r"\verb"])
def test_time_grows_with_length_alone(unit: str) -> None:
    begin = time.process_time()
    balanced(visible(unit * 20_000))
    assert time.process_time() - begin < 3
