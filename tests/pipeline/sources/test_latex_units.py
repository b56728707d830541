import random

import pytest

from pipeline.sources.latex_text import Lost, text_of
from pipeline.sources.latex_units import angle, chemical, number, quantity, unit

PREFIXES = [("", ""), (r"\micro", "µ"), (r"\kilo", "k"), (r"\mega", "M"), (r"\nano", "n"), (r"\hecto", "h")]
UNITS = [
    (r"\metre", "m"),
    (r"\second", "s"),
    (r"\ohm", "Ω"),
    (r"\pascal", "Pa"),
    (r"\electronvolt", "eV"),
    (r"\bar", "bar"),
]
UNITS += [(r"\kelvin", "K"), (r"\meter", "m"), (r"\litre", "L"), (r"\tesla", "T")]


@pytest.mark.parametrize("seed", range(80))
def test_a_quantity_keeps_its_number_and_its_unit(seed: int) -> None:
    source = random.Random(seed)
    (prefix, p), (name, u) = source.choice(PREFIXES), source.choice(UNITS)
    power, raised = source.choice([("", ""), (r"\squared", "²"), (r"\cubed", "³"), (r"\tothe{4}", "⁴")])
    written, of = f"{prefix}{name}{power}", f"{p}{u}{raised}"
    if source.random() < 0.4:
        written, of = rf"{written}\per\second", f"{of} s⁻¹"
    value = source.choice(["4.5", "12", "0,7", "1500"])
    options = source.choice(["", "[per-mode=symbol]", "[round-mode = places]"])
    low, high = "2", source.choice(["4", "19.5"])
    tex, text = source.choice(
        [
            (rf"\SI{options}{{{value}}}{{{written}}}", f"{value} {of}"),
            (rf"\qty{options}{{{value}}}{{{written}}}", f"{value} {of}"),
            (rf"{value}~\si{options}{{{written}}}", f"{value} {of}"),
            (rf"{value}\,\unit{options}{{{written}}}", f"{value} {of}"),
            (rf"\SIrange{options}{{{low}}}{{{high}}}{{{written}}}", f"{low}–{high} {of}"),
            (rf"\qtyrange{options}{{{low}}}{{{high}}}{{{written}}}", f"{low}–{high} {of}"),
            (rf"\SIlist{options}{{{low};{high}}}{{{written}}}", f"{low}, {high} {of}"),
            (rf"\num{options}{{{value}e-3}} and \numrange{{{low}}}{{{high}}}", f"{value} × 10⁻³ and {low}–{high}"),
        ]
    )
    lost = Lost()
    before, after = source.choice([("It was ", " then."), ("(", ")"), ("高度为", "。"), ("", "")])
    assert text_of(f"{before}{tex}{after}", lost) == f"{before}{text}{after}".strip()
    assert not lost


@pytest.mark.parametrize(
    ("tex", "text"),
    [
        (r"20\,\textdegree C", "20 °C"),
        (r"5~\textohm", "5 Ω"),
        (r"3\,\textmu m", "3 µm"),
        (r"\unit[5]{m} or \unitfrac[3]{m}{s}", "5 m or 3 m/s"),
        (r"\nicefrac{1}{2} of \ce{H2SO4} and \ce{Ca^{2+}}", "1/2 of H₂SO₄ and Ca²⁺"),
        (r"the 1\textsuperscript{st}, \nth{3} and \nth{12} M\textsuperscript{me} X", "the 1st, 3rd and 12th Mme X"),
        (r"\isotope[14]{C}, \textsuperscript{13}C", "¹⁴C, ¹³C"),
        (r"H\textsubscript{2}O, x\textsuperscript{2}", "H₂O, x²"),
        (r"\ang{30;15;} and \SI{20}{\celsius}, \SI{5}{\percent}", "30°15′ and 20 °C, 5 %"),
        (r"\SI{3}{m.s^{-1}} and \SI{7}{kg/m^3}", "3 m s⁻¹ and 7 kg/m³"),
        (r"\SI{1.0 +- 0.1}{\kilo\gram\per\cubic\metre}", "1.0 ± 0.1 kg m⁻³"),
    ],
)
def test_units_are_written_as_their_readers_see_them(tex: str, text: str) -> None:
    assert text_of(tex, Lost()) == text


def test_numbers_units_angles_and_formulas() -> None:
    assert [number(each) for each in ("1e-3", "-4", "e5", "2 x 3", r"3 \pm 1")] == [
        "1 × 10⁻³",
        "−4",
        "10⁵",
        "2 × 3",
        "3 ± 1",
    ]
    assert unit(r"\per\metre\squared") == "m⁻²"
    assert quantity("5", "°") == "5°"
    assert quantity("", "m") == "m"
    assert angle("12.5") == "12.5°"
    assert [chemical(each) for each in ("SO4^2-", r"\alpha-Al2O3", "CO2 -> CO")] == ["SO₄²⁻", "α-Al₂O₃", "CO₂ → CO"]
    assert [chemical(each) for each in ("Na+ + Cl-", "2H+ -> H2", "A-B")] == ["Na⁺ + Cl⁻", "2H⁺ → H₂", "A-B"]
    assert number("1.2(3)e-4") == "1.2(3) × 10⁻⁴"
