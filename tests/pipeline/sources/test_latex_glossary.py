import random

import pytest

from pipeline.sources.latex_macros import expanded

DEFINED = [
    r"\newacronym{led}{LED}{light-emitting diode}",
    r"\newacronym[longplural={x}]{led}{LED}{light-emitting diode}",
    r"\newabbreviation{led}{LED}{light-emitting diode}",
    r"\DeclareAcronym{led}{short = LED, long = light-emitting diode}",
    r"\DeclareAcronym{led}{short={LED},long={light-emitting diode},class=abbrev}",
    r"\acrodef{led}[LED]{light-emitting diode}",
    r"\newacro{led}[LED]{light-emitting diode}",
]
FULL = "light-emitting diode (LED)"


@pytest.mark.parametrize("seed", range(60))
def test_a_term_is_printed_in_full_where_it_stands_first_and_short_later(seed: int) -> None:
    source = random.Random(seed)
    definition = DEFINED[seed % len(DEFINED)]
    once, more = source.choice(
        [(r"\gls{led}", r"\glspl{led}"), (r"\ac{led}", r"\acp{led}"), (r"\gls*{led}", r"\Glspl{led}")]
    )
    assert expanded(f"{definition}An {once} or two {more}, {once}.") == f"An {FULL} or two LEDs, LED."


@pytest.mark.parametrize(
    ("source", "text"),
    [
        (r"\acrshort{led} \acs{led} \acrlong{led} \acl{led} \acrfull{led} \acf{led}", None),
        (r"\Acrlong{led}", "Light-emitting diode"),
        (r"\acrlongpl{led}", "light-emitting diodes"),
        (r"\gls{led}[-based] x", f"{FULL}-based x"),
        (r"\gls{unknown} \glspl{other}", r"\gls{unknown} \glspl{other}"),
        (r"\ac{CNN}, \acp{CNN}", "CNN, CNNs"),
        (
            r"\newglossaryentry{mat}{name=matrix, plural=matrices, description={a, {b} = c}}\gls{mat}, \Glspl{mat}",
            "matrix, Matrices",
        ),
        (r"\gls", r"\gls"),
        (r"\newcommand{\gls}[1]{<#1>}\gls{led}", "<led>"),
    ],
)
def test_forms_of_a_term(source: str, text: str | None) -> None:
    short_and_long = f"LED LED light-emitting diode light-emitting diode {FULL} {FULL}"
    assert expanded(DEFINED[0] + source) == (short_and_long if text is None else text)
