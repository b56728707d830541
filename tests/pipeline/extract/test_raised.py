"""Scripts and ruby of a page are written as every reader writes them, however they are tagged."""

import html
import random
import re

import pytest

from pipeline.extract.page import Page
from pipeline.extract.raised import scripts_as_text
from pipeline.scripts import with_reading

WORDS = ("Population", "面积", "السكان", "จำนวน", "объём", "área")
POWERS = {"6": "⁶", "-2": "⁻²", "−9": "⁻⁹", "n": "^n", "23": "²³", "n+1": "^{n+1}", "(3)": "⁽³⁾"}


def tagged(random_: random.Random, name: str, text: str) -> str:
    """Return a script as some template writes it."""
    inner = html.escape(text)
    for tag in random_.sample(("b", "i", "span class=x", "font size=1", "small"), random_.choice((0, 0, 1, 2))):
        inner = f"<{tag}>{inner}</{tag.split()[0]}>"
    name = random_.choice((name, name.upper()))
    attribute = random_.choice(("", " class='exponent'", ' style="font-size:80%"', "\n"))
    return f"<{name}{attribute}>{random_.choice(('', ' '))}{inner}</{name}{random_.choice(('', ' '))}>"


@pytest.mark.parametrize("seed", range(60))
def test_powers_and_indices_are_no_digits_of_the_number_before(seed: int) -> None:
    random_ = random.Random(seed)
    word, (power, raised) = random_.choice(WORDS), random_.choice([*POWERS.items()])
    markup = f"<p>{word} 10{tagged(random_, 'sup', power)} H{tagged(random_, 'sub', '2')}O</p>"
    assert scripts_as_text(markup) == f"<p>{word} 10{raised} H₂O</p>"


NOTES = ("1", "[2]", "a", "*", "†", "注3", "[note 4]", "12,13")


@pytest.mark.parametrize("seed", range(60))
def test_what_only_leads_to_a_note_is_left_out(seed: int) -> None:
    random_ = random.Random(seed)
    address = random_.choice(("#fn1", "#cite_note-2", "page.html#n3", "https://x.example/a#ref-4"))
    link = f"<a class=q href={random_.choice(('', chr(34)))}{address}"
    link = f"{link}{chr(34) if chr(34) in link else ''}>"
    note = html.escape(random_.choice(NOTES))
    markup = random_.choice(
        (
            f"<sup>{link}{note}</a></sup>",
            f"<sup class='x'>{link}<span>{note}</span></a></sup>",
            f"{link}<sup>{note}</sup></a>",
            f"<sup class='footnote-ref'>{note}</sup>",
            f"<sup id=cite_ref-3 class=reference>{link}{note}</a></sup>",
        )
    )
    word = random_.choice(WORDS)
    written = scripts_as_text(f"<p>{word} 1999{markup}.</p>")
    assert re.sub("<[^>]*>", "", written) == f"{word} 1999."


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("2<sup>nd</sup>, 1<sup>er</sup>, n<sup>o</sup> 5", "2nd, 1er, nº 5"),
        ("1999<sup>1</sup>", "1999¹"),
        ("x<sup>2<sub>i</sub></sup>", "x^{2_i}"),
        ("a<sup>&lt;</sup>", "a^&lt;"),
        ("<sup>unclosed <p>paragraph</p>", "<sup>unclosed <p>paragraph</p>"),
        ("<sup></sup>&amp;<sub> </sub>", "&amp;"),
    ],
)
def test_scripts_in_words_and_by_themselves(markup: str, text: str) -> None:
    assert scripts_as_text(markup) == text


RUBY = (
    ("港", "みなと"),
    ("漁", "ぎょ"),
    ("北風", "きたかぜ"),
    ("漢", "ㄏㄢˋ"),
    ("東", "dōng"),
    ("旧金山", "San Francisco"),
)


def ruby(random_: random.Random, pairs: list[tuple[str, str]]) -> str:
    """Return words with their readings, tagged in one of the ways of HTML 5, XHTML and old browsers."""
    way = random_.randrange(6)
    rp = ("<rp>（</rp>", "<rp>）</rp>") if random_.random() < 0.4 else ("", "")
    if way == 0:  # an element for each
        return "".join(f"<ruby>{base}{rp[0]}<rt>{reading}</rt>{rp[1]}</ruby>" for base, reading in pairs)
    if way == 1:  # one for all
        inner = "".join(f"{base}{rp[0]}<rt lang=x>{reading}</rt>{rp[1]}" for base, reading in pairs)
        return f"<ruby class=r>{inner}</ruby>"
    if way == 2:
        return "".join(f"<ruby><rb>{base}</rb>{rp[0]}<rt>{reading}</rt>{rp[1]}</ruby>" for base, reading in pairs)
    if way == 3:  # end tags implied, in capitals
        return "".join(f"<RUBY><RB>{base}<RT>{reading}</RUBY>" for base, reading in pairs)
    if way == 4:
        return "".join(f"<ruby>{base}<rtc><rt>{reading}</rt></rtc></ruby>\n".strip() for base, reading in pairs)
    return "".join(f"<ruby><span>{base}</span><rt><small>{reading}</small></rt></ruby>" for base, reading in pairs)


@pytest.mark.parametrize("seed", range(60))
def test_readings_go_or_stand_in_brackets_behind_their_words(seed: int) -> None:
    random_ = random.Random(seed)
    pairs = random_.sample(RUBY, random_.randint(1, 3))
    markup = f"<p>この{ruby(random_, pairs)}には</p>" + " " * 12
    assert Page(markup).html.replace("<span>", "").replace("</span>", "").strip() == (
        f"<p>この{''.join(base for base, _ in pairs)}には</p>"
    )
    bracketed = "".join(with_reading(base, reading, "brackets") for base, reading in pairs)
    assert f"この{bracketed}には" in Page(markup, readings="brackets").html.replace("<span>", "").replace("</span>", "")
