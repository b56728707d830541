import gzip
import io
import json
import random
import tarfile
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from pipeline.mathml import tex
from pipeline.sources.base import Row, Split
from pipeline.sources.jats import Jats
from tests.pipeline.sources.conftest import Rows

ARTICLE = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE article PUBLIC "-//NLM//DTD JATS (Z39.96) Journal Publishing DTD v1.2//EN" "JATS.dtd">
<article xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:mml="http://www.w3.org/1998/Math/MathML"
         xmlns:ali="http://www.niso.org/schemas/ali/1.0/" xml:lang="en">
<front><article-meta>
  <article-id pub-id-type="pmc">123</article-id><article-id pub-id-type="doi">10.1/x</article-id>
  <title-group><article-title>On <italic>Homo sapiens</italic> &amp; H<sub>2</sub>O</article-title>
    <subtitle>A review</subtitle></title-group>
  <contrib-group>
    <contrib contrib-type="author"><name><surname>Müller</surname><given-names>Ana</given-names></name></contrib>
    <contrib contrib-type="author"><collab>北京團隊</collab></contrib>
    <contrib contrib-type="editor"><name><surname>Editor</surname></name></contrib>
  </contrib-group>
  <pub-date pub-type="ppub"><year>2021</year></pub-date>
  <pub-date pub-type="epub"><day>3</day><month>2</month><year>2020</year></pub-date>
  <permissions>%s</permissions>
  <abstract><p>Short.</p></abstract>
</article-meta></front>
<body>
  <sec><label>1</label><title>Introduction</title>
    <p>Known [<xref ref-type="bibr" rid="r1">1</xref>,<xref ref-type="bibr" rid="r2">2</xref>] since
      <xref ref-type="bibr" rid="r3">Sun et al., 2010</xref><sup><xref ref-type="bibr">7</xref></sup>. Caf&eacute;.
      See <xref ref-type="fig">Figure 1</xref>.
      <list list-type="order"><list-item><p>first</p></list-item><list-item><p>second</p></list-item></list>
      After the list.</p>
    <fig><label>Figure 1</label><caption><title>The title</title><p>What it shows.</p></caption><graphic/></fig>
    <sec><title>Formulas</title>
      <p>With <inline-formula><alternatives>
        <tex-math>\\documentclass{x}\\begin{document}$$a^2$$\\end{document}</tex-math>
        <mml:math><mml:mi>b</mml:mi></mml:math></alternatives></inline-formula> inside.</p>
      <disp-formula><mml:math><mml:mfrac><mml:mi>x</mml:mi><mml:mn>2</mml:mn></mml:mfrac></mml:math></disp-formula>
    </sec>
  </sec>
  <sec><title>Data</title>
    <table-wrap><label>Table 1</label><caption><p>Values</p></caption>
      <table><thead><tr><th>a</th><th>b|c</th></tr></thead><tbody><tr><td>1</td><td>2</td></tr></tbody></table>
      <table-wrap-foot><fn><p>A note.</p></fn></table-wrap-foot></table-wrap>
    <supplementary-material/>
  </sec>
  <sec><title>Empty</title><supplementary-material/></sec>
</body>
<back><ack><p>Thanks.</p></ack><ref-list><ref><mixed-citation>Ref one</mixed-citation></ref></ref-list></back>
</article>"""  # fmt: skip
LICENCE = '<license xlink:href="http://creativecommons.org/licenses/by/4.0/"><license-p>CC BY 4.0</license-p></license>'

TEXT = """# On Homo sapiens & H₂O: A review

## Abstract

Short.

## 1 Introduction

Known since Sun et al., 2010. Café. See Figure 1.

1. first
2. second

After the list.

Figure 1. The title. What it shows.

### Formulas

With $a^2$ inside.

$$\\frac{x}{2}$$

## Data

Table 1. Values.

| a | b\\|c |
| 1 | 2 |

A note."""


@pytest.fixture
def jats(tmp_path: Path, read: Rows) -> Rows:
    """Write bytes as an article and return its rows."""

    def rows(content: bytes, skipped: Counter[str] | None = None, name: str = "a.xml", **settings: Any) -> list[Row]:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read(Jats(name="pmc", paths=(str(path),), **settings), skipped)

    return rows


def test_an_article_becomes_headings_paragraphs_lists_captions_tables_and_formulas(jats: Rows) -> None:
    skipped: Counter[str] = Counter()
    (row,) = jats(ARTICLE % LICENCE, skipped)
    assert row["text"] == TEXT
    assert row["title"] == "On Homo sapiens & H₂O: A review"
    assert row["author"] == "Ana Müller; 北京團隊"
    assert row["published"] == date(2020, 2, 3)
    assert (row["source_id"], row["url"]) == ("10.1/x", "https://doi.org/10.1/x")
    assert row.get("rejected_by") is None
    assert skipped == {
        "jats.lost.xref": 3,
        "jats.lost.graphic": 1,
        "jats.lost.supplementary-material": 2,
        "jats.lost.ack": 1,
        "jats.lost.ref-list": 1,
    }


@pytest.mark.parametrize(
    ("permissions", "license"),
    [
        (LICENCE, "CC-BY-4.0"),
        ("<ali:license_ref>https://creativecommons.org/licenses/by-nc/4.0/</ali:license_ref>", "CC-BY-NC-4.0"),
        (
            f"<ali:license_ref>https://creativecommons.org/licenses/by-nc/4.0/</ali:license_ref>{LICENCE}",
            "CC-BY-4.0 AND CC-BY-NC-4.0",
        ),
        ("<license><license-p>Dedicated under CC0 1.0.</license-p></license>", "CC0-1.0"),
        ("<license><license-p>All rights are with the publisher.</license-p></license>", None),
        ("<copyright-statement>© 2020 X</copyright-statement>", "CC-BY-SA-4.0"),
        ("<copyright-statement>X et al. Under the CC BY 3.0 license.</copyright-statement>", "CC-BY-3.0"),
    ],
)
def test_the_licence_of_the_article_goes_before_that_of_the_collection(
    jats: Rows, permissions: str, license: str | None
) -> None:
    (row,) = jats(ARTICLE % permissions, license="CC-BY-SA-4.0")
    assert row["license"] == license
    assert row["evidence"][0]["where"] == "config"


def test_articles_come_out_of_archives_one_by_one(tmp_path: Path, jats: Rows) -> None:
    with tarfile.open(fileobj=(buffer := io.BytesIO()), mode="w:gz") as archive:
        for name, content in (
            ("a/1.xml", ARTICLE % ""),
            ("a/2.nxml", "<broken"),
            ("a/3.pdf", "%PDF"),
            ("4.xml", "<x/>"),
        ):
            info = tarfile.TarInfo(name)
            info.size = len(content.encode())
            archive.addfile(info, io.BytesIO(content.encode()))
    rows = jats(buffer.getvalue(), name="pmc.tar.gz")
    assert [row.get("rejected_by") for row in rows] == [None, "jats.not_xml", "jats.no_article"]
    where = rows[0]["provenance"]
    member = gzip.decompress(buffer.getvalue())[where["offset"] : where["offset"] + where["length"]]
    assert member == (ARTICLE % "").encode()


def test_an_archive_that_breaks_off_ends_with_a_truncated_row(jats: Rows) -> None:
    with tarfile.open(fileobj=(buffer := io.BytesIO()), mode="w") as archive:
        for number in range(3):
            info = tarfile.TarInfo(f"{number}.xml")
            info.size = len((ARTICLE % "").encode())
            archive.addfile(info, io.BytesIO((ARTICLE % "").encode()))
    content = gzip.compress(buffer.getvalue())
    for cut in (content[: len(content) // 2], gzip.compress(buffer.getvalue()[:9000])):
        assert jats(cut, name="pmc.tar.gz")[-1]["rejected_by"] == "jats.truncated"


@pytest.mark.parametrize(
    ("reason", "content"),
    [
        ("jats.not_xml", b"no XML"),
        ("jats.not_xml", b""),
        ("jats.not_xml", (ARTICLE % "").encode()[:1500]),
        ("jats.not_xml", b"<article>" + b"<sec>" * 100_000),
        ("jats.no_article", b"<html><body>page</body></html>"),
        ("jats.no_text", b"<article><front><article-meta/></front></article>"),
        ("jats.too_large", b"<article>" + b" " * 200_000 + b"</article>"),
    ],
)
def test_what_is_no_article_is_rejected_with_a_reason(jats: Rows, reason: str, content: bytes) -> None:
    (row,) = jats(content, max_record_bytes=150_000 if reason == "jats.too_large" else 1 << 20)
    assert (row["rejected_by"], row["text"]) == (reason, "")


def test_entities_are_neither_fetched_nor_expanded_without_end(jats: Rows, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("SECRET")
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 9))
    doctype = f'<!DOCTYPE article [<!ENTITY l0 "ha"><!ENTITY file SYSTEM "file://{tmp_path}/secret">{laughs}]>'
    rows = jats(doctype + "<article><body><p>text &l8; &file; end</p></body></article>")
    assert all("SECRET" not in row["text"] and len(row["text"]) < 100 for row in rows)


@pytest.mark.parametrize(
    ("mathml", "expected"),
    [
        ("<msup><mi>x</mi><mn>2</mn></msup>", "x^{2}"),
        ("<msubsup><mi>x</mi><mi>i</mi><mn>2</mn></msubsup>", "x_{i}^{2}"),
        ("<msqrt><mi>x</mi><mo>+</mo><mn>1</mn></msqrt>", r"\sqrt{x + 1}"),
        ("<mover><mi>x</mi><mo>¯</mo></mover>", r"\bar{x}"),
        ("<munderover><mo>∑</mo><mn>0</mn><mi>n</mi></munderover>", r"\sum_{0}^{n}"),
        ("<mfenced><mi>a</mi><mi>b</mi></mfenced>", "(a, b)"),
        ("<mi>sin</mi><mtext>if</mtext><mn>5</mn><mo>%</mo>", r"\mathrm{sin} \text{if} 5 \%"),
        ("<mfrac><mi>lonely</mi></mfrac>", r"\mathrm{lonely}"),
        ("<semantics><mi>x</mi><annotation encoding='application/x-tex'>\\xi</annotation></semantics>", r"\xi"),
        ("<mtable><mtr><mtd><mi>a</mi></mtd><mtd><mi>b</mi></mtd></mtr></mtable>", "a & b"),
    ],
)
def test_mathml_is_written_as_tex(mathml: str, expected: str) -> None:
    assert tex(etree.fromstring(f'<math xmlns="http://www.w3.org/1998/Math/MathML">{mathml}</math>')) == expected


TAGS = [
    *("sec", "p", "title", "list", "list-item", "table-wrap", "table", "tr", "td", "fig", "caption", "xref", "sup"),
    *("disp-formula", "inline-formula", "tex-math", "def-list", "def-item", "term", "code", "boxed-text", "fn"),
]
TREES = st.recursive(
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=5).map(
        lambda text: text.replace("&", "&amp;").replace("<", "&lt;")
    ),
    lambda inner: st.tuples(st.sampled_from(TAGS), st.lists(inner, max_size=3)).map(
        lambda pair: f"<{pair[0]}>{''.join(pair[1])}</{pair[0]}>"
    ),
    max_leaves=12,
)


@given(TREES)
def test_any_nesting_of_elements_gives_one_row(tmp_path_factory: pytest.TempPathFactory, tree: str) -> None:
    path = tmp_path_factory.mktemp("jats") / "a.xml"
    path.write_text(f"<article><body>{tree}</body></article>", encoding="utf-8")
    (row,) = Jats(name="pmc", paths=(str(path),)).read(Split(file=str(path), name=path.name))
    assert row.get("rejected_by") in (None, "jats.no_text", "jats.not_xml")


def test_the_real_articles_keep_their_words(data: Path, tmp_path: Path, read: Rows) -> None:
    lines = gzip.decompress((data / "domain" / "docs.jsonl.gz").read_bytes()).splitlines()
    articles = [record for record in map(json.loads, lines) if record.get("raw_xml")]
    for number, article in enumerate(articles):
        (tmp_path / f"{number:03}.xml").write_text(article["raw_xml"], encoding="utf-8")
    rows = read(Jats(name="plos", paths=(str(tmp_path),)))
    assert len(rows) == len(articles)
    total = lost = 0
    for row, article in zip(rows, articles, strict=True):
        words = [word for word in article["text"].split() if word.isalpha() and len(word) > 3]
        missing = [word for word in words if word not in row["text"]]
        total, lost = total + len(words), lost + len(missing)
        assert row["title"]
        assert row["author"]
        assert row["published"].year > 2000
        assert row["source_id"].startswith("10.1371/")
    assert lost < 0.005 * total  # captions of supplementary files, which are left out
    assert sum(row["license"] is not None for row in rows) == 15  # one has terms of the WHO's own


def test_the_doi_of_an_article_is_known(jats: Rows) -> None:
    (row,) = jats((ARTICLE % "").replace("10.1/x", " 10.5555/AbC").encode())
    assert (row["doi"], row["url"]) == ("10.5555/abc", "https://doi.org/10.5555/AbC")
    (row,) = jats((ARTICLE % "").replace("10.1/x", "pending").encode())
    assert row["doi"] is None


DOCTYPE = '<!DOCTYPE article PUBLIC "-//NLM//DTD JATS (Z39.96) Journal Publishing DTD v1.1//EN" "JATS.dtd">'


def test_entities_in_tables_and_metadata_are_characters(jats: Rows) -> None:
    (row,) = jats(
        f"""{DOCTYPE}<article><front><article-meta>
        <title-group><article-title>On M&ouml;bius</article-title></title-group>
        <contrib-group><contrib><name><surname>M&uuml;ller</surname><given-names>J&ouml;rg</given-names></name></contrib>
        </contrib-group><permissions><copyright-statement>&copy; 2009. Distributed under the Creative Commons
        Attribution License 4.0</copyright-statement></permissions></article-meta></front><body><fig-group><fig>
        <label>Fig.&nbsp;1</label><caption><p>Caf&eacute;</p></caption></fig></fig-group>
        <table-wrap><label>Table 1</label><table><tr><td rowspan="2">
        north&nbsp;bank</td><td>5&plusmn;1</td></tr><tr><td>6</td></tr></table></table-wrap></body></article>"""
    )
    assert (row["title"], row["author"], row["license"]) == ("On Möbius", "Jörg Müller", "CC-BY-4.0")
    assert row["text"] == "# On Möbius\n\nFig. 1. Café.\n\nTable 1.\n\n| north bank | 5±1 |\n|  | 6 |"


LANGUAGES: list[tuple[str, str | None]] = [
    *(("pt", "por_Latn"), ("es", "spa_Latn"), ("zh", "zho_Hans"), ("zh-TW", "zho_Hant"), ("ja", "jpn_Jpan")),
    *(("ru", "rus_Cyrl"), ("pt-BR", "por_Latn"), ("sr", None), ("x-unknown", None)),
]


@pytest.mark.parametrize("seed", range(60))
def test_a_translation_is_a_document_in_its_language(jats: Rows, seed: int) -> None:
    source = random.Random(seed)
    texts, abstracts = source.sample(LANGUAGES, source.randrange(3)), source.sample(LANGUAGES, source.randrange(3))
    others = source.randrange(3)
    front = "".join(
        f'<trans-abstract xml:lang="{tag}"><title>A</title><p>Abstract in {tag}.</p></trans-abstract>'
        for tag, _ in abstracts
    )
    titles = "".join(
        f'<trans-title-group xml:lang="{tag}"><trans-title>Title in {tag}</trans-title></trans-title-group>'
        for tag, _ in abstracts
    )
    parts = [
        f"""<sub-article article-type="translation" xml:lang="{tag}" id="{source.choice(["", "s-" + tag])}"><front-stub>
        <title-group><article-title>Whole in {tag}</article-title></title-group>
        <abstract><title>R</title><p>So.</p></abstract></front-stub>
        <body><p>All of it in {tag}.</p></body></sub-article>"""
        for tag, _ in texts
    ] + ['<sub-article article-type="reviewer-report"><body><p>Reviewer.</p></body></sub-article>'] * others
    source.shuffle(parts)
    skipped: Counter[str] = Counter()
    rows = jats(
        f"""<article><front><article-meta><article-id pub-id-type="doi">10.5555/x</article-id><title-group>
        <article-title>Own</article-title>{titles}</title-group>{front}</article-meta></front>
        <body><p>Own text.</p></body>{"".join(parts)}</article>""".replace(' id=""', ""),
        skipped,
    )
    assert rows[0]["text"] == "# Own\n\nOwn text."
    whole = {tag for tag, _ in texts}
    expected = [(language, f"# Whole in {tag}\n\n## R\n\nSo.\n\nAll of it in {tag}.") for tag, language in texts]
    expected += [
        (language, f"# Title in {tag}\n\n## A\n\nAbstract in {tag}.") for tag, language in abstracts if tag not in whole
    ]
    key = str
    assert sorted(((row["language"], row["text"]) for row in rows[1:]), key=key) == sorted(expected, key=key)
    assert len({row["id"] for row in rows}) == len(rows)
    assert all(row["url"] == "https://doi.org/10.5555/x" for row in rows)
    assert skipped["jats.lost.sub-article"] == others
    assert skipped["jats.lost.trans-abstract"] == sum(tag in whole for tag, _ in abstracts)


@pytest.mark.parametrize("seed", range(60))
def test_scripts_are_kept_and_marks_of_notes_are_not(jats: Rows, seed: int) -> None:
    source = random.Random(seed)
    number = source.randrange(2, 99)
    raised = str(number).translate(str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹"))
    kind = source.choice(["bibr", "fn", "table-fn", "aff"])
    written, text = source.choice(
        [
            (f"10<sup>{number}</sup> m", f"10{raised} m"),
            (f"s<sup>−{number}</sup>", f"s⁻{raised}"),
            ("CO<sub>2</sub>, Cl<sup>−</sup>, Ca<sup>2+</sup>", "CO₂, Cl⁻, Ca²⁺"),
            ("<italic>x</italic><sub>i</sub><sup>n</sup>, the 2<sup>nd</sup>", "x_i^n, the 2nd"),
            (f'as shown<sup><xref ref-type="{kind}">{number}</xref></sup>', "as shown"),
            (f'as shown<xref ref-type="{kind}"><sup>{number}</sup></xref>', "as shown"),
            ('as<sup><xref ref-type="bibr">3</xref>,<xref ref-type="bibr">4</xref></sup> shown', "as shown"),
            (f'as (see Figure 1; <xref ref-type="bibr">{number}</xref>) shown', "as (see Figure 1) shown"),
            (f'as [<xref ref-type="bibr">{number}</xref>; our test] shown', "as [our test] shown"),
            ('by <xref ref-type="bibr">Sun et al., 2010</xref>', "by Sun et al., 2010"),
        ]
    )
    (row,) = jats(f"<article><body><p>It is {written}.</p></body></article>")
    assert row["text"] == f"It is {text}."


WORDS = ["Rain", "雨", "дождь", "مطر", "βροχή"]
BLOCKS = [
    ("<list list-type='order'><list-item><p>W</p></list-item><list-item><p>V</p></list-item></list>", "1. W\n2. V"),
    ("<list list-type='alpha-lower'><list-item><label>(a)</label><p>W</p></list-item></list>", "- (a) W"),
    ("<list list-type='order'><list-item><label>[7]</label><p>W</p></list-item></list>", "7. W"),
    ("<list list-type='bullet'><list-item><label>•</label><p>W</p></list-item></list>", "- W"),
    ("<list><title>V</title><list-item><p>W</p></list-item></list>", "V\n\n- W"),
    ("<disp-quote><p>W</p><attrib>— V</attrib></disp-quote>", "> W\n\n> — V"),
    ("<verse-group><verse-line>W</verse-line><verse-line>V</verse-line></verse-group>", "> W\n> V"),
    (
        "<verse-group><verse-group><verse-line>W</verse-line></verse-group><verse-group><verse-line>V</verse-line>"
        "</verse-group><attrib>V</attrib></verse-group>",
        "> W\n\n> V\n\n> — V",
    ),
    ("<speech><speaker>V:</speaker><p>W</p><p>V</p></speech>", "V: W\n\nV"),
    ("<statement><label>Lemma 1</label><title>V</title><p>W</p></statement>", "Lemma 1. V. W"),
    ("<disp-formula><tex-math>\\[W\\]</tex-math></disp-formula>", "$$W$$"),
    ("<p>V <inline-formula><tex-math>\\(W\\)</tex-math></inline-formula></p>", "V $W$"),
    ("<p>V <inline-graphic/>, W <sup><xref ref-type='bibr'>3</xref></sup> .</p>", "V, W."),
    ("<fig><caption><p>W</p></caption><attrib>V</attrib></fig>", "W."),
]


@pytest.mark.parametrize("seed", range(60))
def test_blocks_are_written_with_what_names_them(jats: Rows, seed: int) -> None:
    source = random.Random(seed)
    written, text = BLOCKS[seed % len(BLOCKS)]
    word, other = source.sample(WORDS, 2)
    around = source.choice(["{}", "<sec><p>x</p>{}</sec>", "<boxed-text>{}</boxed-text>"])
    (row,) = jats(f"<article><body>{around.format(written)}</body></article>".replace("W", word).replace("V", other))
    assert row["text"].removeprefix("x\n\n") == text.replace("W", word).replace("V", other)
