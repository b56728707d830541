"""Statements in words: what they license, in every language of the table, and what they only talk about."""

from pathlib import Path

import pytest
import yaml

from filters.licences.finding import Finding
from filters.licences.names import folded, license_of_name, mentions
from filters.licences.page import HtmlPage
from filters.licences.phrases import phrases
from filters.licences.statements import statements
from filters.licences.verdicts import restrictiveness, verdict_of
from tests.runs import ROOT

EXAMPLES = yaml.safe_load((ROOT / "tests/pattern_examples/licences.yaml").read_text(encoding="utf-8"))
CASES = yaml.safe_load(Path(__file__).with_name("statements.yaml").read_text(encoding="utf-8"))


def found(text: str) -> list[Finding]:
    return list(statements(HtmlPage(f"<body><article><p>{text}</p></article></body>", "https://site.example/post")))


@pytest.mark.parametrize(("text", "license"), CASES["document"].values(), ids=CASES["document"])
def test_a_statement_licenses_the_page_in_its_own_language(text: str, license: str) -> None:
    assert [(finding.license, finding.subject, finding.kind) for finding in found(text) if finding.license] == [
        (license, "document", "statement")
    ]


@pytest.mark.parametrize("sentence", CASES["footer"].values(), ids=CASES["footer"])
def test_the_footer_of_a_manual_licenses_its_site_in_words_and_with_the_address_as_written(sentence: str) -> None:
    address = "https://www.apache.org/licenses/LICENSE-2.0"
    link = f'<a href="{address}">Apache License, Version 2.0</a>'
    page = f"<p>{'A chapter. ' * 60}</p><div id=footer><p>© A Foundation.<br>{sentence.replace('LINK', link)}</p></div>"
    (found,) = statements(HtmlPage(page, "https://site.example/manual"))
    assert (found.kind, found.subject, found.license, found.url) == ("statement_implied", "site", "Apache-2.0", address)
    assert found.value.startswith("© a foundation.")
    assert found.value.endswith(f"<{address}>")


@pytest.mark.parametrize("text", CASES["media"].values(), ids=CASES["media"])
def test_a_statement_about_pictures_licenses_pictures(text: str) -> None:
    assert {finding.subject for finding in found(text)} == {"media"}


@pytest.mark.parametrize("text", CASES["mention"].values(), ids=CASES["mention"])
def test_a_licence_can_be_talked_about(text: str) -> None:
    assert not {finding.subject for finding in found(text)} & {"document", "site", "dataset"}


def test_every_language_in_which_a_licence_is_granted_has_words_that_deny_it() -> None:
    table = phrases()
    assert table.grants.languages <= table.subjects["mention"].languages | table.denied.languages


@pytest.mark.parametrize("code", ["by-sa", "by-nd", "by-nc", "by-nc-sa", "by-nc-nd"])
@pytest.mark.parametrize(
    "inside",
    [
        "CC {code} 4.0",
        '<img alt="CC {code} 4.0" src="/x.png">',
        '<img alt="Creative Commons License" src="https://i.creativecommons.org/l/{small}/4.0/88x31.png">',
        '<img src="/wp-content/themes/x/img/{small}.svg">',
        '<span title="x">Licence <b>CC-{code}</b></span>',
    ],
)
def test_a_link_grants_no_more_than_its_words_or_its_picture(code: str, inside: str) -> None:
    inside = inside.format(code=code.upper(), small=code)
    for relation in ("", "rel=license "):
        link = f'<a {relation}href="https://creativecommons.org/licenses/by/4.0/">{inside}</a>'
        stated = [one.license for one in found(f"This article is licensed under {link}.") if one.subject == "document"]
        assert max(restrictiveness(verdict_of(license or "")) for license in stated) >= restrictiveness(
            verdict_of(f"CC-{code.upper()}-4.0")
        )


def test_text_and_pictures_together_are_the_text() -> None:
    assert {finding.subject for finding in found("Text and images are licensed under CC BY 4.0.")} == {"document"}


@pytest.mark.parametrize(
    "alt", ["CC BY 4.0", "CC-BY", "ccby", "CC0", "cc zero", "CC-4.0", "Creative Commons Attribution"]
)
def test_a_picture_whose_words_are_a_licence_is_a_badge(alt: str) -> None:
    picture = f'<img src="/media/42.png" alt="{alt}">'
    (badge,) = found(f'<a href="https://creativecommons.org/licenses/by/4.0/">{picture}</a>')
    assert (badge.kind, badge.license) == ("badge", "CC-BY-4.0")


@pytest.mark.parametrize("alt", ["Access by train", "accby", "The creative kommons cafe", "88x30"])
def test_a_picture_of_anything_else_is_none(alt: str) -> None:
    picture = f'<img src="/media/42.png" alt="{alt}">'
    kinds = {finding.kind for finding in found(f'<a href="https://creativecommons.org/licenses/by/4.0/">{picture}</a>')}
    assert kinds == {"a_href"}


def test_two_licences_in_one_sentence_go_to_what_each_is_said_of() -> None:
    text = "The content of this page is licensed under CC BY 4.0, and code samples under the Apache License 2.0."
    assert [(finding.license, finding.subject) for finding in found(text)] == [
        ("CC-BY-4.0", "document"),
        ("Apache-2.0", "software"),
    ]


def test_exceptions_are_noted() -> None:
    assert found("Unless otherwise noted, this page is licensed under CC BY 4.0.")[0].exceptions


def test_a_page_about_licences_states_none_of_its_own() -> None:
    page = HtmlPage("<p>This work is licensed under CC BY 4.0.</p>", "https://site.example/licenses/choose")
    assert {finding.subject for finding in statements(page)} == {"mention"}


@pytest.mark.parametrize(
    ("name", "license"),
    [
        ("CC BY-NC-SA 3.0 IGO", "CC-BY-NC-SA-3.0-IGO"),
        ("ＣＣ ＢＹ ４．０", "CC-BY-4.0"),
        ("cc-by–sa", "LicenseRef-CC-BY-SA"),
        ("Creative Commons (CC BY 4.0)", "CC-BY-4.0"),
        ("CC0 1.0 Universal", "CC0-1.0"),
        ("Licence Ouverte / Open Licence version 2.0", "etalab-2.0"),
        ("Datenlizenz Deutschland – Namensnennung – Version 2.0", "DL-DE-BY-2.0"),
        ("Datenlizenz Deutschland Version 2.0 – Zero", "DL-DE-ZERO-2.0"),
        ("GNU Free Documentation License, Version 1.3", "GFDL-1.3-only"),
        ("Open Government Licence – Canada", "OGL-Canada-2.0"),
        ("Open Government Licence v3.0, which a ministry in Canada has adapted", "OGL-UK-3.0"),
        ("Creative Commons Reconeixement-NoComercial-SenseObraDerivada 4.0", "CC-BY-NC-ND-4.0"),
        ("Creative Commons Navngivelse-IkkeKommersiell-DelPåSammeVilkår 4.0", "CC-BY-NC-SA-4.0"),
        ("转载请注明！知识共享 署名 4.0", "CC-BY-4.0"),
        ("署名请注明！知识共享 4.0", "LicenseRef-CC"),
        ("Creative Commons", "LicenseRef-CC"),
        ("All rights reserved", None),
        ("accby 4.0", None),
    ],
)
def test_names_are_read_as_people_write_them(name: str, license: str | None) -> None:
    named = license_of_name(name)
    assert (named.license if named else None) == license


def test_there_is_a_verb_of_licensing_in_at_least_fifteen_languages() -> None:
    assert len(phrases().grants.languages) >= 15
    assert len(phrases().reserved.languages) >= 15


def test_mentions_never_overlap() -> None:
    text = folded("creative commons attribution 4.0 (cc by 4.0, https://creativecommons.org/licenses/by/4.0/) cc0")
    ends = [0]
    for mention in mentions(text):
        assert mention.start >= ends[-1]
        ends.append(mention.end)
    assert len(ends) > 2


def test_every_phrase_compiles() -> None:
    table = phrases()
    for section in (table.grants, table.reserved, table.text_and_media, table.exceptions, table.this_page):
        assert section.pattern.pattern
    assert all(section.pattern.pattern for section in table.subjects.values())


@pytest.mark.parametrize(
    ("text", "reserved"),
    [
        ("Derechos Reservados © 2022, Dutriz Hermanos", True),
        ("Algunos derechos reservados", False),
        ("Alcuni diritti riservati", False),
        ("It may not be reproduced, distributed or otherwise used, except with permission.", True),
        ("Nothing here may be reproduced in print without our written permission.", True),
        ("未经本站许可，任何单位不得使用本文", True),
        ("Reproduction in whole or in part without permission is prohibited.", True),
        ("Reproduction of this material in whole or in part is prohibited.", True),
        ("Reproduction in plants is asexual or sexual.", False),
        ("สงวนสิทธิ์ ห้ามทำซ้ำ", True),
        ("如未经“知识共享”事先书面同意，任何一方均不得使用“知识共享”商标和其他相关标识。", False),
        ("邮件列表里会有未经授权的内容，包括邮件地址。", False),
    ],
)
def test_what_reserves_all_rights_of_the_text(text: str, reserved: bool) -> None:
    assert any(finding.kind == "reserved" for finding in found(text)) is reserved
