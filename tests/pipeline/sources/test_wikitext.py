import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.sources.wikitext import Lost, text_of

DROPPED = frozenset({"file", "category"})


@pytest.mark.parametrize(
    ("wikitext", "text"),
    [
        ("'''Bold''' and ''italic''", "Bold and italic"),
        ("[[target|shown]], [[plain]]s, [[:Category:Linked]]", "shown, plains, Category:Linked"),
        ("a[[File:x.jpg|thumb|a [[link]]]][[category:y]]b", "ab"),
        ("text<ref>{{cite|a}}</ref><ref name=b/>.", "text."),
        ("A {{unknown|x}} (), {{lang|fr|mot}} {{convert|5|km}}", "A, mot 5 km"),
        ("東京（{{lang|ja|}}，）是", "東京是"),
        ("-{zh-hans:计算机;zh-hant:電腦}- -{軟件}-", "计算机 軟件"),
        ("* a\n** b\n# c\n# d\n## e\n# f", "- a\n  - b\n1. c\n2. d\n  1. e\n3. f"),
        ("* a\nAfter.\n; T: m\n; U\n: v\n* b", "- a\n\nAfter.\nT: m\nU\nv\n- b"),
        ("<poem>\na,\n  b.\n</poem>", "a,\nb."),
        ("one<br>two<br />three\nfour", "one\ntwo\nthree four"),
        ("平板\n边界 and\nthen", "平板边界 and then"),
        ("''A'''s b\n'''''c''' d'' and L'''É'''", "A's b c d and LÉ"),
        ("-{H|zh-cn:甲;zh-tw:乙}--{T|zh-cn:丙}--{-|丁}-a-{A|zh-hans:戊;zh-hant:己}--{R|庚}--{辛}-", "a戊庚辛"),
        ("-{H|壬=>zh-cn:癸;}-b-{zh-cn:子; zh-tw:-{丑}-;}-c", "b子c"),
        ("10-{{formatnum:20}}-30<!--{{x|-{y}-}}-->.", "10-20-30."),
        (
            "[[A&amp;B]] [[fr:Radio]][[zh-min-nan:X]] [http://x.example words] http://y.example end",
            "A&B words http://y.example end",
        ),
        ("<pre>if (a &lt; b) <nowiki>{{x}}</nowiki></pre>", "```\nif (a < b) {{x}}\n```"),
        ("<nowiki>{{x}} ''y'' [[z]]</nowiki>", "{{x}} ''y'' [[z]]"),
        (
            "If {{#expr:8<2}} so then a<b and b > c. {{#if:{{{1|}}}|A|B}} {{#if:x|A|B}}",
            "If so then a<b and b > c. B A",
        ),
        (
            "Here.<ref>Smith 1999\n\nNext.\n\n{{Navbox|list1={{flatlist|* [[a]]}}\n== T ==\nLast.",
            "Here.\n\nNext.\n\n## T\n\nLast.",
        ),
        ("{{Infobox|name=''The Courier'|owner=None}}It.", "It."),
        ("<includeonly>no</includeonly>yes<noinclude> too</noinclude></small>", "yes too"),
        ("10<sup>6</sup> H<sub>2</sub>O 2<sup>nd</sup>", "10⁶ H₂O 2nd"),
        ("<ruby>漢<rp>(</rp><rt>kan</rt><rp>)</rp></ruby>字", "漢字"),
        (
            "{| \n|+ style='x' | Caption\n! colspan=2 | A\n|-\n| rowspan=2 | [[b|c]] || d\n|-\n| e\n|}",
            "Caption\n\n| A | |\n| c | d |\n| | e |",
        ),
        ("{|\n| a [[one|two]] || b\n|-\n|\n{|\n| x || y\n|}\n| 9\n|}", "| a two | b |\n| x, y | 9 |"),
        ("{|\n| colspan=2 {{n/a}}\n|-\n|\n* p\n* q\n| r\n|}", "| N/A |\n| - p - q | r |"),
        ("{|\n! A !! B\n|-\n| 1 || x|y\n|}", "| A | B |\n| 1 | y |"),
        ("== A ==\ntext\n== Empty ==\n=== Also ===\n== References ==\n{{reflist}}", "## A\n\ntext"),
        ("== Kept ==\n=== Below ===\ntext", "## Kept\n\n### Below\n\ntext"),
        ("<math>a  ^2</math> &amp; &eacute;", "$a ^2$ & é"),
        ("<pre>\nif x:\n    f()\n</pre>", "```\nif x:\n    f()\n```"),
        ("<!-- hidden -->shown __NOTOC__", "shown"),
        ("f() stays", "f() stays"),
        ("unclosed [[link and {{template and <b>tag", "unclosed [[link and {{template and tag"),
    ],
)
def test_wikitext_becomes_markdown(wikitext: str, text: str) -> None:
    assert text_of(wikitext, DROPPED) == text


@given(
    st.lists(
        st.sampled_from(["[[", "]]", "{{", "}}", "{|", "|}", "|", "'''", "==", "\n", "<b>", "</b>", "* ", "語", "a"])
    )
)
def test_any_markup_gives_text(parts: list[str]) -> None:
    text_of("".join(parts), frozenset())


# A template in a sentence, and what its readers see, in the wikis of a dozen languages.
TEMPLATES: dict[str, list[tuple[str, str | None]]] = {
    "en": [
        *[
            ("{{formatnum:N}}", "12,500"),
            ("{{circa|1890}}", "c. 1890"),
            ("{{convert|3.5|km2|sqmi|abbr=on}}", "3.5 km²"),
        ],
        *[("{{cvt|3|-|5|km|mi}}", "3–5 km"), ("{{frac|3|4}}", "3/4"), ("{{frac|1|3|4}}", "1 3/4")],
        *[("{{val|4.5|ul=%}}", "4.5%"), ("{{val|1.2|0.3|e=-6|u=m}}", "1.2 ± 0.3 × 10⁻⁶ m"), ("{{chem|H|2|O}}", "H₂O")],
        *[("H{{sub|2}}O", "H₂O"), ("x{{sup|2}}", "x²"), ("{{start date|1901|5|4}}", "4 May 1901")],
        *[("{{birth date and age|1950|12|1}}", "1 December 1950"), ("{{US$|300}}", "US$300"), ("{{lang|fr|W}}", "W")],
        *[("{{lang-de|W}}", "W"), ("{{transl|ja|W}}", "W"), ("{{nihongo|W|漢字|kanji}}", "W (漢字, kanji)")],
        *[("{{flag|W}}", "W"), ("{{gaps|1|000}}", "1000"), ("{{sort|2|W}}", "W"), ("{{sortname|Ann|W}}", "Ann W")],
        *[("{{nts|N}}", "12500"), ("{{nowrap|W}}", "W"), ("{{Math|''W''}}", "W"), ("{{zh|c=W|p=pin}}", "W, pin")],
        *[("W{{snd}}W", "W – W"), ("{{color|red|W}}", "W"), ("{{As of|2020|5}}", "As of May 2020")],
        *[("{{HMS|W|1765|6}}", "HMS W"), ("{{sclass|W|frigate|4}}", "W-class frigate"), ("{{chem|SO|4|2-}}", "SO₄²⁻")],
        *[
            ("5{{e|6}}", "5×10⁶"),
            ("{{10^|-3}}", "10⁻³"),
            ("{{bibleverse|W|3|16}}", "W 3:16"),
            ("{{slink|W|X}}", "W § X"),
        ],
        *[("{{reign|1066|1087}}", "r. 1066–1087"), ("{{as of|2010|lc=y}}", "as of 2010"), ("{{=}}", "=")],
        *[("{{citation needed span|text=W|date=X}}", "W"), ("{{height|ft=5|in=11}}", "5 ft 11 in"), ("{{s|W}}", None)],
        *[("{{ill|W|de|X}}", "W"), ("{{lc:W}}", "w"), ("{{quux|W}}", None), ("{{flagicon|W}}", None)],
    ],
    "de": [
        *[("{{formatnum:N}}", "12.500"), ("{{enS|W}}", "W"), ("{{Bruch|3|4}}", "3/4"), ("{{lang|en|W}}", "W")],
        *[("{{Höhe|1234|DE-NN|link=true}}", "1234 m"), ('{{"|W}}', "„W“"), ("{{§|5|bgb|juris}}", "§ 5 bgb")],
        *[("{{SortKey|2|W}}", "W"), ("{{DatumZelle|1901-05-04}}", "4. Mai 1901"), ("{{Bibel|W|3|16}}", "W 3,16")],
    ],
    "fr": [
        *[("{{formatnum:N}}", "12 500"), ("{{nombre|N}}", "12500"), ("{{unité|5|km}}", "5 km")],
        *[("{{date|4|mai|1901}}", "4 mai 1901"), ("{{s|XIX|e}}", "XIXe siècle"), ("{{XIXe siècle}}", "XIXe siècle")],
        *[("{{1er}}", "1er"), ("{{Mme}} W", "Mme W"), ("{{lang|en|W}}", "W"), ("{{Lien|fr=W|lang=en|trad=X}}", "W")],
        *[("{{n°}} 5", "nº 5"), ("x{{exp|2}}", "x²"), ("{{n°|5}}", "nº 5"), ("{{heure|12|30}}", "12 h 30")],
        *[("{{citation|W}}", "« W »"), ("{{unité|5|m||s|-1}}", "5 m s⁻¹"), ("{{unité|12 km}}", "12 km")],
        *[("{{nombre|N|habitants}}", "12500 habitants"), ("{{p.|5}}", "p. 5"), ("{{japonais|W|東京}}", "W (東京)")],
        *[("{{référence nécessaire|W|date=X}}", "W"), ("XX{{e}}", "XXe")],
    ],
    "es": [("{{siglo|XIX}}", "siglo XIX"), ("{{unidad|5|km}}", "5 km"), ("{{fecha|4|5|1901}}", "4 de mayo de 1901")],
    "tr": [("{{dil|en|W}}", "W")],
    "ar": [("{{صغير|W}}", "W"), ("{{وصلة إنترويكي|تر=X|نص=W|لغ=en}}", "W"), ("{{تحويل|5|km|mi}}", "5 km")],
    "it": [
        ("{{M|5|km}}", "5 km"),
        ("{{M|5|u=km2}}", "5 km²"),
        ("{{TA|W}}", "W"),
        ("{{Citazione necessaria|W}}", "W"),
        ("{{formatnum:N}}", "12.500"),
        ("{{lang|en|W}}", "W"),
    ],
    "pt": [
        ("{{dtlink|4|5|1901}}", "4 de maio de 1901"),
        ("{{fmtn|N}}", "12500"),
        ("{{lang|en|W}}", "W"),
        ("{{AC|500}}", "500 a.C."),
    ],
    "ru": [
        ("{{s|10 км}}", "10 км"),
        ("{{comment|W|X}}", "W"),
        ("{{нп5|X|W|en|X}}", "W"),
        ("{{Флаг|W}}", None),
        ("{{число|N}}", "12500"),
        ("{{дата рождения|4|5|1901}}", "4 мая 1901"),
        ("{{lang-en|W}}", "W"),
    ],
    "zh": [
        *[
            ("{{lang|en|W}}", "W"),
            ("{{le|W|X}}", "W"),
            ("{{tsl|en|X|W}}", "W"),
            ("{{birth date|1901|5|4}}", "1901年5月4日"),
        ],
        *[("{{bd|1901年|5月4日|1999年|1月2日}}", "（1901年5月4日－1999年1月2日）")],
        *[("{{link-en|W|X}}", "W"), ("{{formatnum:N}}", "12,500"), ("{{internal link helper/en|W|X}}", "W")],
    ],
    "ja": [
        *[("{{仮リンク|W|en|X}}", "W"), ("{{読み仮名|漢字|かんじ}}", "漢字（かんじ）"), ("{{lang|en|W}}", "W")],
        *[("{{生年月日と年齢|1950|1|2}}", "1950年1月2日"), ("{{Ruby|W|x}}", "W"), ("{{化学式|H|2|O}}", "H₂O")],
        *[("{{要出典範囲|W|date=2020年}}", "W"), ("{{by|1990年}}", "1990年"), ("{{仮リンク|X|en|X|label=W}}", "W")],
    ],
    "ko": [("{{llang|en|W}}", "W"), ("{{출생일|1950|1|2}}", "1950년 1월 2일"), ("{{임시링크|W|en}}", "W")],
    "pl": [
        ("{{ułamek|3|4}}", "3/4"),
        ("{{j|en|W}}", "W"),
        ("{{data|1901-05-04}}", "4 maja 1901"),
        ("{{fakt|W|data=X}}", "W"),
        ("{{formatnum:N}}", "12 500"),
        ("{{lang|en|W}}", "W"),
    ],
    "uk": [("{{дата народження|4|5|1901}}", "4 травня 1901"), ("{{lang-en|W}}", "W")],
}


@pytest.mark.parametrize("seed", range(300))
def test_a_template_in_a_sentence_leaves_no_hole(seed: int) -> None:
    source = random.Random(seed)
    listed = [(language, *each) for language, pairs in TEMPLATES.items() for each in pairs]
    language, wikitext, text = listed[seed % len(listed)]
    word = source.choice(["Rain", "雨", "Дождь", "مطر", "ὕδωρ"])
    wikitext = wikitext.replace("W", word).replace("N", "12500")
    if wikitext.startswith("{{") and "|" in wikitext and source.random() < 0.4:  # a name in either case, with blanks
        name, _, rest = wikitext[2:].partition("|")
        wikitext = f"{{{{ {source.choice([name[:1].upper(), name[:1].lower()])}{name[1:]} |{rest}"
    before, after = source.choice([("It was ", " then."), ("* item ", " of a list"), ("(see ", " there)")])
    lost = Lost()
    written = " ".join(text_of(before + wikitext + after, DROPPED, lost, language=language).split())
    shown = (text or "").replace("W", word).replace("w", word.lower())
    if text is not None:
        assert written == " ".join(f"{before.replace('* ', '- ')}{shown}{after}".split())
    assert bool(lost) is (text is None)


QUOTATIONS = ["blockquote", "quote", "Cquote", "Zitat", "citation bloc", "cita", "citazione", "цитата", "引用", "引文"]


@pytest.mark.parametrize("seed", range(60))
def test_quotations_are_paragraphs_of_their_own(seed: int) -> None:
    source = random.Random(seed)
    name, parameter = source.choice([*QUOTATIONS, "인용문", "citaat", "cytat"]), source.choice(["", "1=", "text="])
    text = text_of(f"Before.\n{{{{{name}|{parameter}The river rose.}}}}\nAfter.", DROPPED)
    assert text == "Before.\n\nThe river rose.\n\nAfter."


@pytest.mark.parametrize("seed", range(80))
def test_lists_keep_their_levels_and_what_follows_them_is_apart(seed: int) -> None:
    source = random.Random(seed)
    lines, expected, counts = list[str](), list[str](), [0]
    prefix = source.choice("*#")
    for number in range(source.randrange(1, 8)):
        if number and source.random() < 0.4 and len(prefix) < 4:
            prefix += source.choice("*#")
            counts.append(0)
        elif len(prefix) > 1 and source.random() < 0.4:
            prefix = prefix[:-1]
            counts.pop()
        counts[-1] += 1
        word, shown = source.choice([("item", "item"), ("項目", "項目"), ("пункт ''x''", "пункт x"), ("[[a|b]]", "b")])
        lines.append(prefix + source.choice(["", " "]) + word)
        mark = "- " if prefix[-1] == "*" else f"{counts[-1]}. "
        expected.append("  " * (len(prefix) - 1) + mark + shown)
    text = text_of("\n".join(["Before", *lines, "After it"]), DROPPED)
    assert text == "\n".join(["Before", *expected, "", "After it"])


@pytest.mark.parametrize("unit", ["-{", "{{a|", "[[", "''", "<ref>", "{|\n", "<!--", "* a\n", "<poem>", "<nowiki>"])
def test_time_does_not_grow_out_of_bounds(unit: str) -> None:
    text_of(unit * 300, DROPPED)
