"""What a notice takes out of the licence that it names, wherever it stands, and what takes nothing out."""

import re

import pytest
import yaml

from filters.base import Range
from filters.chain import judge
from filters.licences.names import folded, license_of_name, mentions
from filters.licences.phrases import phrases
from filters.licences.restrictions import TABLE, Restrictions, needed, taken_out, taken_out_beside
from filters.licences.verdicts import restrictiveness, verdict_of
from filters.license import License
from shards.schema import PAGE, batch_of
from shards.tables import table
from tests.runs import ROOT

EXAMPLES = yaml.safe_load((ROOT / "tests/pattern_examples/licences.yaml").read_text(encoding="utf-8"))
NONCOMMERCIAL, NODERIVS = EXAMPLES["restrictions:noncommercial"], EXAMPLES["restrictions:noderivs"]
ATTACHED = EXAMPLES["restrictions:attached"]
SAID = [(said, "noncommercial") for said in NONCOMMERCIAL] + [(said, "noderivs") for said in NODERIVS]
GRANT = "This article is licensed under CC BY 4.0."
LINK = '<a rel="license" href="https://creativecommons.org/licenses/by/4.0/">{}</a>'


def verdict(page: str) -> str:
    row = {
        "id": "0",
        "text": "",
        "source": "web",
        "source_id": "0",
        "url": "https://site.example/1",
        "payload": page.encode(),
        "content_type": "text/html; charset=utf-8",
    }
    judgement = judge([License(confidence=Range())], batch_of([row], PAGE))
    return str(judgement.signals["license.verdict"][0].as_py())


def article(*paragraphs: str) -> str:
    text = f"<p>{'The weir was raised twice. ' * 30}</p>"
    return f"<body><article>{text}{''.join(f'<p>{each}</p>' for each in paragraphs)}</article></body>"


@pytest.mark.parametrize("said", [*NONCOMMERCIAL, *ATTACHED])
def test_a_name_grants_no_commercial_use_that_its_sentence_takes_out(said: str) -> None:
    for name in ("CC BY-SA 4.0", "CC0", "MIT License", "Creative Commons Attribution 3.0 Unported License"):
        for form in ("This article is licensed under {} {}.", "License: {} ({})", "{}, {}"):
            text = form.format(name, said)
            license = license_of_name(text)
            assert license is not None, text
            assert restrictiveness(verdict_of(license.license)) >= restrictiveness("noncommercial"), text


@pytest.mark.parametrize(("said", "left"), SAID)
def test_a_sentence_of_its_own_takes_out_as_much_before_and_after_the_name(said: str, left: str) -> None:
    for form in ("{said}. {name}", "{name}. {said}.", "{name}. Please name us. {said}", "{said}! We like you. {name}"):
        for name in ("CC BY-SA 4.0", "CC0 1.0", "MIT License"):
            license = license_of_name(form.format(said=said, name=name))
            assert license is not None
            assert restrictiveness(verdict_of(license.license)) >= restrictiveness(left), (form, said)


PAGES = {
    "before": lambda said: article(f"{said}. {GRANT}"),
    "after": lambda said: article(f"{GRANT} {said}."),
    "without a verb": lambda said: article(f"{said}. This article is CC BY 4.0."),
    "the paragraph before": lambda said: article(f"{said}.", GRANT),
    "the paragraph after": lambda said: article(GRANT, said),
    "one between": lambda said: article(GRANT, "Please name the author.", said),
    "a link": lambda said: article(f"{LINK.format('CC BY 4.0')}. {said}"),
    "a badge": lambda said: article(LINK.format("<img src=/by/4.0/88x31.png>"), said),
    "in the head": lambda said: (
        '<head><link rel="license" href="https://creativecommons.org/licenses/by/4.0/"></head>'
        + article(f"CC BY 4.0. {said}.")
    ),
    "metadata": lambda said: f'<head><meta name="dcterms.rights" content="{said}. CC BY 4.0"></head>' + article(),
    "a footer": lambda said: (
        article() + f"<footer><div><p>{said}.</p></div><div>Content is licensed under CC BY 4.0.</div></footer>"
    ),
}


@pytest.mark.parametrize("place", PAGES)
def test_a_page_grants_no_more_than_its_notice(place: str) -> None:
    for said, left in SAID:
        assert restrictiveness(verdict(PAGES[place](said))) >= restrictiveness(left), said


@pytest.mark.parametrize(
    "said",
    [
        "which permits commercial and non-commercial use",
        "for both commercial and non-commercial purposes",
        "for any commercial or non-commercial purpose",
        "for non-commercial and commercial use",
        "für kommerzielle und nicht-kommerzielle Zwecke",
        "à des fins commerciales ou non commerciales",
        "para fines comerciales y no comerciales",
        "в коммерческих и некоммерческих целях",
        "可用于商业或非商业用途",
        "so that commercial use is not restricted",
        "Commercial use requires attribution",
        "published by a non-commercial society",
        "We are the only non-commercial radio of the valley",
        "a site for non-commercial radio",
        "No changes were made",
        "Changes have not been made since 2004",
        "Reproduced without modification",
        "with or without modification are permitted",
        "This notice may not be altered",
        "It is not sold in shops",
        "This article is for informational and educational purposes only",
        "The information is provided for educational purposes only and is no medical advice",
        "You may adapt it, even commercially",
        "Es wurden keine Änderungen vorgenommen",
        "Aucune modification n'a été apportée",
        "Se reproduce sin modificaciones",
        "Commerciële partijen zijn welkom bij een niet-commerciële omroep",
        "Коммерческое использование не ограничено",
        "Мы некоммерческая организация",
        "Ticari olmayan bir dernek",
        "موقع غير تجاري",
        "อย่างไรก็ตามไม่ได้แก้ไข",
        "tổ chức phi thương mại",
        "Ändringar har inte gjorts",
        "このページは編集できません",
    ],
)
def test_what_is_near_a_restriction_takes_nothing_out(said: str) -> None:
    assert license_of_name(f"CC BY 4.0, {said}") == license_of_name("CC BY 4.0")
    assert license_of_name(f"{said}. CC0 1.0. {said}.") == license_of_name("CC0 1.0")
    assert verdict(article(said, GRANT, said)) == "permissive"


def test_a_sentence_about_something_else_takes_nothing_out() -> None:
    for said in (
        "Photos may not be used for commercial purposes.",
        "The source code is for non-commercial use only.",
        "By posting you agree that comments are for personal use only.",
        "The music is CC BY-NC 4.0: commercial use is not permitted.",
    ):
        assert verdict(article(f"{GRANT} {said}")) == verdict(article(said, GRANT)) == "permissive", said
    assert verdict(article(f"{GRANT} Text and photos may not be used for commercial purposes.")) == "noncommercial"


def test_an_article_beside_a_notice_is_no_part_of_it() -> None:
    told = "Commercial use is not permitted in the harbour, said the warden. " * 6
    assert verdict(article(told, GRANT)) == "permissive"


def test_each_name_has_what_is_said_of_it() -> None:
    text = folded("Text: CC BY 4.0 for non-commercial use only, tables: CC0 1.0")
    assert [mention.named.license for mention in mentions(text)] == [
        "CC-BY-4.0 AND LicenseRef-NonCommercial",
        "CC0-1.0",
    ]
    assert taken_out(text, []) == []
    assert taken_out_beside("no modifications are allowed. commercial use is prohibited.") == {
        "LicenseRef-NoDerivatives",
        "LicenseRef-NonCommercial",
    }


def test_every_language_in_which_a_licence_is_granted_has_words_that_restrict_it() -> None:
    listed = table(TABLE, Restrictions)
    assert phrases().grants.languages == listed.noncommercial.languages == listed.noderivs.languages


@pytest.mark.parametrize(
    "said",
    [
        "Smith's article is licensed under CC BY 4.0.",
        "The Guardian’s report is published under CC BY 4.0.",
        "Their paper is distributed under CC BY 4.0.",
        "The original article is licensed under CC BY 4.0.",
        "Figure 3 is licensed under CC BY 4.0.",
        "Fig. 3 is licensed under CC BY 4.0.",
        "Table 2 is available under CC BY 4.0.",
        "Data set available under CC0.",
        "The dataset is available under CC0 in Dryad.",
        "The data underlying this paper are available under CC0.",
        "Tabelle 2 ist lizenziert unter CC BY 4.0.",
        "La figure 3 est disponible sous CC BY 4.0.",
        "图 3 采用 CC BY 4.0 许可协议。",
    ],
)
def test_the_licence_of_another_work_is_not_the_pages(said: str) -> None:
    assert verdict(article(said)) == "unknown"
    assert verdict(article(said.replace("CC BY 4.0", LINK.format("CC BY 4.0")))) == "unknown"


@pytest.mark.parametrize(
    "said",
    [
        "This journal's articles are licensed under CC BY 4.0.",
        "This week's post is licensed under CC BY 4.0.",
        "Our article is licensed under CC BY 4.0.",
        "This dataset is available under CC BY 4.0.",
        "This is an open access article under CC BY 4.0, provided the original work is properly cited.",
        "All articles are licensed under CC BY 4.0.",
    ],
)
def test_the_pages_own_licence_is(said: str) -> None:
    assert verdict(article(said)) == "permissive"


@pytest.mark.parametrize("name", ["noncommercial", "noderivs"])
def test_what_is_found_by_its_words_is_what_the_expressions_find(name: str) -> None:
    listed = getattr(table(TABLE, Restrictions), name)
    texts = [str(text) for texts in EXAMPLES.values() for text in texts]
    for text in (*texts, *map(str.casefold, texts), *(f"x {text.lower()} y" for text in texts)):
        found, expected = listed.search(text), listed.pattern.search(text)
        assert (found and found.span()) == (expected and expected.span()), text


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("all rights reserved", {"all rights reserved"}),
        (r"\bfor (?:personal|own) use\b", {"for "}),
        (r"colou?rs", {"colo"}),
        (r"(?:a|b)?c+d", {"c"}),
        (r"(?:one|two|)three", {"three"}),
        (r"\d+|x", set()),
        (r"[ab]+", set()),
        (r"(?<!not )(?:for){2}(?! sale)", {"for"}),
        ("(?:ab|ac)de", {"de"}),
    ],
)
def test_every_match_has_one_of_the_words_that_it_needs(expression: str, words: set[str]) -> None:
    assert needed(expression) == words
    for text in ("all rights reserved", "for own use", "colors", "bccd", "twothree", "forfor", "abde"):
        if re.search(expression, text):
            assert not words or any(word in text for word in words)
