"""A name of Creative Commons grants no more than it says, in any language: what is not understood grants nothing."""

import random
import re
from pathlib import Path

import pytest

from filters.licences.addresses import ELEMENTS, creative_commons
from filters.licences.creative_commons import PORTS, TABLE, VAGUE, PortRow, Titles
from filters.licences.names import license_of_name
from filters.licences.verdicts import restrictiveness, verdict_of
from shards.tables import rows, table

OFFICIAL = [
    tuple(line.split("\t"))
    for line in Path(__file__).with_name("titles.tsv").read_text(encoding="utf-8").splitlines()
    if not line.startswith(("#", "licence"))
]
LANGUAGES = {
    language: words for language, words in table(TABLE, Titles).elements.items() if len(words) == len(ELEMENTS)
}
LICENCES = (("by",), ("by", "sa"), ("by", "nd"), ("by", "nc"), ("by", "nc", "sa"), ("by", "nc", "nd"))
VERSIONS = ("1.0", "2.0", "2.5", "3.0", "4.0")
FORMS = (
    "Creative Commons {}",
    "Creative Commons {} License",
    "Creative Commons - {}",
    "Creative Commons: {}.",
    "Creative Commons ({})",
    "Creative Commons „{}“",
    "CC {}",
    "{} (Creative Commons)",
    "{} – Creative Commons",
    "{}, Creative Commons",
    "Under the licence {} (Creative Commons), 2020.",
    "This work is licensed under a Creative Commons {} licence. It grows by the weir.",
    "知识共享 {} 许可协议",
)
JOINTS = ("-", " - ", " – ", "—", ", ", " / ", "/", " + ", " ", "、", ". ")


def read(text: str) -> str:
    named = license_of_name(text)
    return named.license if named else VAGUE


def permits_no_more(text: str, elements: tuple[str, ...]) -> bool:
    """Whether what a text is read as has every restriction that it should have, or is not known."""
    license = read(text)
    found = set(re.findall(r"[A-Z]{2}", license.split("CC", 1)[-1]))
    return license == VAGUE or {element.upper() for element in elements} <= found


@pytest.mark.parametrize("form", FORMS)
def test_official_titles_are_read_before_and_after_creative_commons(form: str) -> None:
    for licence, language, title in OFFICIAL[FORMS.index(form) % 4 :: 4]:  # each title in three forms or four
        text = form.format(title)
        version = re.search(r"[34]\.0", title)
        assert version is not None
        expected = f"CC-{licence.upper()}-{version[0]}"
        assert (language, text, read(text)) == (language, text, expected)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_title_in_any_spelling_is_read_as_its_elements(language: str) -> None:
    seeded = random.Random(language)
    words = LANGUAGES[language]
    for elements in LICENCES:
        for _ in range(10):
            chosen = [seeded.choice(words[element]).rstrip("*") for element in elements]
            spelt = [seeded.choice([word, word.upper(), word.title()]) for word in chosen]
            if seeded.random() < 0.3:
                spelt = [re.sub(r"[ ’]", "", word) for word in spelt]
            joint = seeded.choice(JOINTS)
            title = joint.join(spelt)
            version = seeded.choice(VERSIONS)
            text = seeded.choice(FORMS).format(f"{title} {version}")
            assert permits_no_more(text, elements), text
            if joint not in ("-", " ") and not any(
                word.endswith("*") for element in elements for word in words[element]
            ):
                assert read(text) == creative_commons(list(elements), version).license, text


@pytest.mark.parametrize("joint", [" ", ":", ".", ", ", " + ", " and ", ") (", "] [", "; ", " und "])
def test_codes_one_by_one_are_read_as_the_codes_that_they_are(joint: str) -> None:
    for elements in LICENCES[1:]:
        assert permits_no_more(f"CC {joint.join(elements).upper()} 4.0", elements)
    for elements in LICENCES[2:]:
        last = elements[-1] if elements[-1] != "sa" else "nc"
        before = joint.join(element.upper() for element in elements)
        behind = f"{joint.join(element.upper() for element in elements if element != last)} 4.0 {last.upper()}"
        for text in (f"CC {before} 4.0", f"CC ({before})", f"Creative Commons License: {before}", f"CC {behind}"):
            assert restrictiveness(verdict_of(read(text))) >= restrictiveness("noncommercial"), text


def test_two_letters_of_a_place_are_no_code() -> None:
    for text in ("Durham, NC | Creative Commons Attribution 4.0", "Raleigh, NC. CC BY 4.0", "Fargo, ND, CC BY 4.0"):
        assert read(text) == "CC-BY-4.0"


def test_a_code_before_its_licence_is_a_part_of_it() -> None:
    assert read("NC CC BY 4.0") == read("licensed under NC CC BY 4.0") == "CC-BY-NC-4.0"
    assert read("ND CC BY 4.0") == "CC-BY-ND-4.0"


SPOILT = (
    "Foo",
    "Xyzzy",
    "非商用的",
    "Некоммерца",
    "zonder-winst",
    "NonComercialish",
    "ไม่ขาย",
    "غيرربحي",
    "Ekki",
    "ノンコマーシャル",
)


@pytest.mark.parametrize("word", SPOILT)
def test_a_name_with_a_part_that_is_not_understood_is_never_a_licence(word: str) -> None:
    seeded = random.Random(word)
    for language, words in LANGUAGES.items():
        chosen = [seeded.choice(words[element]).rstrip("*") for element in ("by", "sa")]
        for place in range(3):
            parts = [*chosen[:place], word, *chosen[place:]]
            joint = seeded.choice([joint for joint in JOINTS if joint.strip() not in ("", ".")])
            version = seeded.choice(["", " 3.0", " 4.0 International"])
            text = seeded.choice(["Creative Commons {}", "{} (Creative Commons)"]).format(joint.join(parts) + version)
            license = read(text)
            grants = restrictiveness(verdict_of(license)) < restrictiveness("sharealike")
            assert not grants, (language, text, license)


@pytest.mark.parametrize("version", ["1.0", "2.0", "2.5", "3.0"])
def test_a_port_is_a_part_of_the_name(version: str) -> None:
    seeded = random.Random(version)
    for row in rows(PORTS, PortRow):
        expected = creative_commons(["by", "sa"], version, row.port)
        names = row.names.split("|")
        for name in (names[0], seeded.choice(names)):
            form = seeded.choice(FORMS[:8])
            assert license_of_name(form.format(f"Attribution-ShareAlike {version} {name}")) == expected, (form, name)
        for code in (f"CC BY-SA {version} {row.port.upper()}", f"cc-by-sa-{version}-{row.port}"):
            assert license_of_name(code) == expected, code


@pytest.mark.parametrize(
    ("name", "license"),
    [
        ("Creative Commons Attribution License, which permits any use", "LicenseRef-CC-BY"),
        ("Creative Commons Attribution which permits any use", "LicenseRef-CC-BY"),
        ("Creative Commons Attribution-Foo", VAGUE),
        ("Creative Commons Attribution, Foo", VAGUE),
        ("Creative Commons Attribution and foo", VAGUE),
        ("Creative Commons Attribution and ShareAlike 4.0", "CC-BY-SA-4.0"),
        ("Creative Commons Attribution 4.0, non-commercial use only", "CC-BY-NC-4.0"),
        ("Creative Commons License; you must give attribution", VAGUE),
        ("Creative Commons Noncommercial Sampling Plus 1.0", VAGUE),
        ("Creative Commons Sampling Plus 1.0", VAGUE),
        ("Nevezd meg! Ne add el! Ne változtasd! (Creative Commons)", "LicenseRef-CC-BY-NC-ND"),
        ("Atribucion-NoComercial 4.0 (Creative Commons)", "CC-BY-NC-4.0"),
        ("ক্রিয়েটিভ কমন্স অ্যাট্রিবিউশন ৪.০", "CC-BY-4.0"),
        ("CC BY-NC 4.0 (Creative Commons Attribution 4.0)", "CC-BY-NC-4.0"),
        ("CC BY 4.0 Foo", "CC-BY-4.0"),
        ("CC-BY-4.0-Foo", VAGUE),
        ("CC-BY-Foo", VAGUE),
        ("CC BY-licensed photographs", "LicenseRef-CC-BY"),
        ("CC Namensnennung - nicht kommerziell 3.0", "CC-BY-NC-3.0"),
        ("50 cc by the road", "LicenseRef-CC-BY"),
        ("cc: the editors", VAGUE),
    ],
)
def test_a_name_ends_where_its_licence_does(name: str, license: str) -> None:
    assert read(name) == license
