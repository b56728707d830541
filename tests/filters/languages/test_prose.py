"""The language of a text is that of its sentences, whatever stands between them; what has none stays no language."""

import random
from collections.abc import Callable, Sequence

import pytest

from filters.documents import Documents
from filters.language import Language
from filters.languages.prose import prose, sentences
from pipeline.training.noise_texts import noise
from shards.schema import DOCUMENT, batch_of

SENTENCES = {
    "eng_Latn": (
        "The wall is smooth, and the flow along it is slow at first.",
        "We take the mean over all planes that are parallel to the wall.",
        "It does not depend on the grid, because the error is the same on both.",
    ),
    "deu_Latn": (
        "Die Wand ist glatt, und die Strömung an ihr ist zuerst langsam.",
        "Wir nehmen das Mittel über alle Ebenen, die zur Wand parallel sind.",
        "Es hängt nicht vom Gitter ab, weil der Fehler auf beiden gleich ist.",
    ),
    "rus_Cyrl": (
        "Стенка гладкая, и течение вдоль неё сначала медленное.",
        "Мы берём среднее по всем плоскостям, которые параллельны стенке.",
        "Оно не зависит от сетки, потому что ошибка на обеих одинакова.",
    ),
    "zho_Hans": (
        "壁面是光滑的，所以沿着它的流动在开始时很慢。",
        "我们对所有与壁面平行的平面取平均值。",
        "它不依赖于网格，因为两个网格上的误差是相同的。",
    ),
    "jpn_Jpan": (
        "壁は滑らかなので、それに沿う流れは初めのうち遅い。",
        "壁に平行なすべての平面について平均を取ることにする。",
        "誤差はどちらの格子でも同じなので、結果は格子に依存しない。",
    ),
    "kor_Hang": (
        "벽은 매끄럽기 때문에 그것을 따라 흐르는 흐름은 처음에 느리다.",
        "우리는 벽에 평행한 모든 평면에 대하여 평균을 구한다.",
        "두 격자에서 오차가 같으므로 결과는 격자에 따라 달라지지 않는다.",
    ),
    "tha_Thai": (
        "ผนังเรียบ และการไหลตามผนังนั้นช้าในตอนแรก",
        "เราหาค่าเฉลี่ยบนระนาบทั้งหมดที่ขนานกับผนัง",
        "ผลลัพธ์ไม่ขึ้นกับตาข่าย เพราะความคลาดเคลื่อนของทั้งสองเท่ากัน",
    ),
    "arb_Arab": (
        "الجدار أملس، والجريان على طوله بطيء في البداية.",
        "نأخذ المتوسط على جميع المستويات التي توازي الجدار.",
        "وهو لا يعتمد على الشبكة لأن الخطأ هو نفسه في كل منهما.",
    ),
    "hin_Deva": (
        "दीवार चिकनी है और उसके साथ बहाव शुरू में धीमा होता है।",
        "हम उन सभी तलों पर औसत लेते हैं जो दीवार के समानांतर हैं।",
        "यह जाल पर निर्भर नहीं है क्योंकि दोनों पर त्रुटि समान है।",
    ),
}


def _tex(chance: random.Random) -> str:
    name, other = chance.choice("uvwxyzT"), chance.choice(("alpha", "nu", "tau", "Omega"))
    return chance.choice(
        (
            rf"\partial_{name} \bar{{{name}}}_i = -\frac{{1}}{{\{other}}} \nabla^2 {name} + C_\{other} k^2 / \epsilon",
            rf"\left( \sum_{{i=1}}^n {name}_i^2 \right)^{{1/2}} \leq \|{name}\|_{{L^2(\{other})}}",
            rf"{name}^+ = \kappa^{{-1}} \ln y^+ + B \quad \text{{for all values of the variable here}}",
            rf"\begin{{pmatrix}} {name} & 0 \\ 0 & \{other} \end{{pmatrix}}",
        )
    )


def _python(chance: random.Random) -> str:
    name, other = chance.choice(("flow", "grid", "wall")), chance.choice(("mean", "step", "size"))
    lines = (f"for i in range({other}):", f"    {name}[i] = {other}(i) + 1", f"    print({name}[i].{other})")
    return "\n".join(lines)


def _rows(chance: random.Random) -> str:
    return "\n".join(f"| {n} | {chance.random():.3f} | {chance.random():.3f} |" for n in range(chance.randint(3, 8)))


def _reaction(chance: random.Random) -> str:
    n = chance.randint(2, 9)
    return f"C{n}H{2 * n}-CH(NH2)-COOH + (CH3)2SO4 → Na2SO4, δ 7.{n}2-7.1{n} (m, {n}H), J = 13.{n}, 6.8 Hz"


def _unicode(chance: random.Random) -> str:
    a, b = chance.sample("abcuvwxyz", 2)
    return f"|{a}ₙ − {a}| < ε/2 ∧ |{b}ₙ − {b}| ≤ {chance.randint(1, 9)}·10⁻³ (∀ n ≥ N ∈ ℕ, {a} + {b} ≠ 0)"


# How readers, extractors and authors set apart what is no sentence.
NOTATIONS: dict[str, Callable[[random.Random], str]] = {
    "formula of a reader": lambda chance: f"${_tex(chance)}$",
    "displayed formula of a reader": lambda chance: f"\n\n$${_tex(chance)}$$\n\n",
    "formula of LaTeX": lambda chance: rf"\({_tex(chance)}\)",
    "displayed formula of LaTeX": lambda chance: f"\n\\[\n{_tex(chance)}\n\\]\n",
    "environment": lambda chance: f"\n\\begin{{align*}}\n{_tex(chance)} \\\\\n{_tex(chance)}\n\\end{{align*}}\n",
    "MathML": lambda chance: f"<math><mi>{chance.choice('xyz')}</mi><mo>=</mo><mn>2</mn></math>" * 3,
    "formula in Unicode": _unicode,
    "reaction": _reaction,
    "inline code": lambda chance: f"`{_python(chance).splitlines()[1].strip()}`",
    "fence": lambda chance: f"\n```python\n{_python(chance)}\n```\n",
    "code of a page": lambda chance: f"\n{_python(chance)}\n",
    "table": lambda chance: f"\n\n{_rows(chance)}\n\n",
    "tags": lambda chance: f'<a href="{chance.randint(1, 99)}.html"><ul></ul></a>',
    "links": lambda chance: f"[](https://example.org/{chance.randint(1, 99)}?a={chance.randint(1, 99)}&b=1)",
}


def labels(texts: Sequence[str]) -> list[str]:
    """Return the label of each text, with a question mark where it is not believed."""
    rows = [{"id": str(n), "text": text, "source": "test", "source_id": str(n)} for n, text in enumerate(texts)]
    signals, columns = Language().annotate(Documents(batch_of(rows, DOCUMENT)))
    named = columns["language"].to_pylist()
    return [
        name if margin >= 0 or name == "zxx" else f"{name}?"
        for name, margin in zip(named, signals["margin"], strict=True)
    ]


def between(chance: random.Random, tag: str, notation: str) -> str:
    """Return the sentences of a language, in some order, with a notation within and behind each."""
    text = ""
    for sentence in chance.sample(SENTENCES[tag], 3):
        text += f"{sentence} {NOTATIONS[notation](chance)} "
    return text.strip()


@pytest.mark.parametrize("notation", NOTATIONS)
def test_the_language_is_that_of_the_sentences_around_formulas_code_and_tables(notation: str) -> None:
    chance = random.Random(notation)
    tags = [tag for tag in SENTENCES for _ in range(6)]
    texts = [between(chance, tag, notation) for tag in tags]
    assert dict(zip(texts, labels(texts), strict=True)) == dict(zip(texts, tags, strict=True))


@pytest.mark.parametrize("notation", NOTATIONS)
def test_formulas_code_and_tables_without_sentences_are_no_language(notation: str) -> None:
    chance = random.Random(notation)
    texts = [" ".join(NOTATIONS[notation](chance) for _ in range(8)) for _ in range(6)]
    assert labels(texts) == ["zxx"] * 6


def test_noise_with_a_line_of_words_stays_noise() -> None:
    made = noise(random.Random(8), 3)
    code = [text for kind in ("Python", "C", "JavaScript", "SQL", "CSS", "diff") for text in made[kind]]
    assert labels([f"{text}\nexample of the main function\n{text}" for text in code]) == ["zxx"] * len(code)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("It costs $5 here and $10 there, as the others do.", "It costs $5 here and $10 there, as the others do."),
        ("The price of A$AP is fair, and they say that Ke$ha has the same.",) * 2,
        ("Of `one' and `two' the second is better, as all of us know by now.",) * 2,
        ("We have $x^2$ and `y = 1` in it, which is all.", "We have   and   in it, which is all."),
        (r"Here \(a_1\) and \[b\] stand, and $$c$$ as well.", r"Here   and   stand, and   as well."),
        ("See [the manual](https://example.org/a) of the pump.", "See [the manual  of the pump."),
        ("| one | two |\n| three | four |", "| one | two |\n| three | four |"),
    ],
)
def test_what_is_set_apart_is_left_out_unless_little_else_is_there(text: str, left: str) -> None:
    assert prose(text).text == left


def test_places_of_prose_are_those_of_the_text() -> None:
    chance = random.Random(3)
    for notation in NOTATIONS:
        text = between(chance, "eng_Latn", notation)
        for found in (prose(text), sentences(prose(text))):
            words = [at for at in range(len(found.text)) if found.text[at].isalpha()]
            assert [text[found.place(at)] for at in words] == [found.text[at] for at in words]


def test_trimming_takes_the_formulas_of_a_passage_with_it() -> None:
    english = "The wall is smooth, and the flow along it is slow at first, since nothing moves it. $u^+ = y^+$ " * 8
    russian = "Стенка гладкая, и течение вдоль неё сначала медленное, поскольку ничто его не движет. $x = 1$ " * 5
    rows = [{"id": "0", "text": f"{english}\n{russian}\n{english}", "source": "test", "source_id": "0"}]
    _, columns = Language(foreign="trim").annotate(Documents(batch_of(rows, DOCUMENT)))
    kept = columns["text"].to_pylist()[0]
    assert kept.count("$u^+ = y^+$") >= 12
    assert kept.count("$x = 1$") <= 2
