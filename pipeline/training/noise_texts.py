"""Texts in no language, made by chance: numbers, code, markup, identifiers, tables, random strings, keywords."""

import base64
import functools
import json
import random
import string
from collections.abc import Callable, Mapping, Sequence

ALPHABETS = {
    "Latin": string.ascii_lowercase,
    "Cyrillic": "абвгдежзийклмнопрстуфхцчшщъыьэюя",
    "Greek": "αβγδεζηθικλμνξοπρστυφχψω",
    "Arabic": "ابتثجحخدذرزسشصضطظعغفقكلمنهوي",
    "Hebrew": "אבגדהוזחטיכלמנסעפצקרשת",
    "Devanagari": "अआइईउकखगघचछजझटठडढतथदधनपफबभमयरलवशसहािीुूेो",
    "Bengali": "কখগঘচছজঝটঠডঢতথদধনপফবভমযরলশষসহািীুে",
    "Armenian": "աբգդեզէըթժիլխծկհձղճմյնշոչպջռսվտրցւփքօֆ",
    "Han": "".join(map(chr, range(0x4E00, 0x9F00, 7))),
}


def noise(chance: random.Random, each: int) -> dict[str, list[str]]:
    """Return so many texts of each kind."""
    makers = _strings(chance) | _tables(chance) | _code(chance)
    return {kind: [make() for _ in range(each)] for kind, make in makers.items()}


def keywords(chance: random.Random, words: Mapping[str, Sequence[str]], count: int) -> dict[str, list[str]]:
    """Return lists of content words, one text per language, set out in three ways."""
    return {
        f"{count} keywords, {name}": [sign.join(chance.sample(list(own), count)) for own in words.values()]
        for name, sign in (("by commas", ", "), ("by lines", "\n"), ("by spaces", " "))
    }


def _string(chance: random.Random, letters: str, shortest: int, longest: int) -> str:
    return "".join(chance.choice(letters) for _ in range(chance.randint(shortest, longest)))


def _word(chance: random.Random) -> str:
    return "".join(chance.choice("bcdfglmnprst") + chance.choice("aeiou") for _ in range(chance.randint(2, 4)))


def _name(chance: random.Random) -> str:
    one, other = _word(chance), _word(chance)
    return chance.choice([f"{one}_{other}", one + other.title(), one])


def _of(chance: random.Random, forms: Sequence[str], count: int, sign: str = "\n") -> Callable[[], str]:
    """Return what makes texts of so many lines in the forms; a, b are names, w a word, n a number, x hexadecimal."""

    def line() -> str:
        return chance.choice(forms).format(
            a=_name(chance),
            b=_name(chance),
            w=_word(chance),
            v=_word(chance),
            n=chance.randint(0, 99),
            m=f"{chance.uniform(0, 999):.2f}",
            x=_string(chance, "0123456789abcdef", 8, 40),
            u=_string(chance, string.ascii_uppercase, 1, 4),
        )

    return lambda: sign.join(line() for _ in range(count))


def _letters(chance: random.Random, alphabet: str) -> str:
    return " ".join(_string(chance, alphabet, 3, 9) for _ in range(40))


def _strings(chance: random.Random) -> dict[str, Callable[[], str]]:
    letters = {
        f"random letters, {name}": functools.partial(_letters, chance, alphabet) for name, alphabet in ALPHABETS.items()
    }
    return letters | {
        "random mixed case": lambda: " ".join(_string(chance, string.ascii_letters, 4, 12) for _ in range(30)),
        "base64": lambda: base64.b64encode(chance.randbytes(240)).decode(),
        "hexadecimal": _of(chance, ["{x}"], 15, " "),
        "part numbers": _of(chance, ["{u}{n}{n}", "{u}-{n}{n}B", "{u}{n}/{n}"], 40, " "),
        "e-mail addresses": _of(chance, ["{w}.{v}@{w}.com", "{w}@{v}.org"], 20, "; "),
        "addresses": _of(chance, ["https://www.{w}.org/{v}/{w}-{v}.html", "http://{w}.com/?{v}={n}"], 12),
        "paths": _of(chance, ["/usr/{w}/{v}/{w}.so", "C:\\{w}\\{v}.txt"], 15),
    }


def _tables(chance: random.Random) -> dict[str, Callable[[], str]]:
    return {
        "numbers": _of(chance, ["{n}{n}{n}", "{m}", "{n}"], 60, " "),
        "dates": _of(chance, ["2026-0{n} 12:{n}:{n} {n} ms", "{n}.{n}.2019 | {m} EUR"], 20),
        "table of units": _of(chance, ["{m} kg | {m} mm | {m} MPa | {m} °C | {m} km/h"], 10),
        "results": _of(chance, ["{n}. {u} +{n}.{n},{n} ({n})"], 20),
    }


def _code(chance: random.Random) -> dict[str, Callable[[], str]]:
    data = _of(chance, ['"{a}": {n}', '"{a}": "{w}"', '"{a}": true'], 16, ", ")
    return {
        "Python": _of(chance, ["def {a}(self, {b}):", "    {a} = {b}[{n}].{a}()", "    for {a} in {b}:"], 16),
        "C": _of(
            chance, ["  {a}->{b} = {a}[{n}];", "  if (!{a}) return -EINVAL;", "static int {a}(int {b})", "}}"], 16
        ),
        "JavaScript": _of(
            chance, ["function a(e,t){{return {a}(e)}}", "var {a}={b}.{a};", "{a}.prototype.{b}=1;"], 16, ""
        ),
        "SQL": _of(chance, ["SELECT {a}, {b} FROM {a} WHERE {b} = {n} ORDER BY {a};"], 7),
        "CSS": _of(chance, [".{w}-{v} {{ margin: {n}px auto; color: #{n}{n}{n}; }}"], 10),
        "JSON": lambda: json.dumps(json.loads(f"{{{data()}}}")),
        "settings": _of(chance, ["{a} = {n}", "{a}: {w}", "{a} = true"], 20),
        "log": _of(chance, ["2026-01-1{n} 12:{n}:{n} INFO {a}.{b}: {w} {n}"], 10),
        "LaTeX": _of(
            chance, ["$\\alpha_{{{n}}}$", "\\frac{{x}}{{y}}", "\\sum_{{i=1}}^{{n}} x_i", "$$E=mc^2$$"], 30, " "
        ),
        "traceback": _of(chance, ['  File "/{w}/{v}.py", line {n}, in {a}\n    {b}({a})'], 7),
        "diff": _of(chance, ["+  {a} = {b}({n})", "-  {a} = {b}({n})", "   {a} = {b}"], 16),
    }
