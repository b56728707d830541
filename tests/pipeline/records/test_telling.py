import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import pipeline.records
from pipeline.records.facts import Fact, Parts, Record, Word
from pipeline.records.telling import Language, Phrases, phrases_of, rendered, ways
from pipeline.sources.template import parsed

FOLDER = Path(next(iter(pipeline.records.__path__))) / "phrases"
NAMES = sorted(path.stem for path in FOLDER.glob("*.yaml") if not path.stem.endswith(".words"))
LANGUAGES: tuple[Language, ...] = ("eng_Latn", "zho_Hans")
TOGETHER, MOST = 20, 6  # of so many records, not more than a third say a thing in the same way


def sentences(phrases: Phrases) -> Iterator[tuple[str, ...]]:
    for paragraph in phrases.text:
        for sentence in paragraph if isinstance(paragraph, tuple) else ():
            if isinstance(sentence, tuple):
                yield sentence


def asked(phrasing: str) -> set[str]:
    return {path.lower() for path in parsed(phrasing).paths()} - {"it"}


def fields(phrases: Phrases) -> set[str]:
    """Return the facts that the sentences of a kind ask for, without those of tables."""
    every = {path for sentence in sentences(phrases) for phrasing in sentence for path in parsed(phrasing).paths()}
    return every - {"it", "It"}


def frames(text: str) -> set[str]:
    return {part.strip() for part in re.split(r"(?<=\.)\s+|(?<=。)\s*", text) if part.strip()}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", NAMES)
def test_every_sentence_has_three_phrasings_and_enough_ways(name: str, language: Language) -> None:
    phrases = phrases_of(name)[language]
    for sentence in sentences(phrases):
        assert len(set(sentence)) >= 3, sentence
        assert len(set(ways(phrases, sentence))) >= 4, sentence
        needed = [asked(re.sub(r"\[\[.*?\]\]", "", phrasing)) for phrasing in sentence]
        assert all(need == needed[0] for need in needed), sentence  # or one way would be silent where another speaks
        assert len({frozenset(asked(phrasing)) for phrasing in sentence}) == 1, sentence


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", NAMES)
def test_of_twenty_records_in_a_row_not_more_than_a_third_say_a_thing_alike(name: str, language: Language) -> None:
    phrases = phrases_of(name)[language]
    facts = dict.fromkeys(fields(phrases), "@")
    part = Record("fields", dict.fromkeys(fields(phrases_of("fields")[language]), "&"), "")
    record = Record(name, facts, "", parts=(part, part) if name in ("netcdf", "grib", "vtk", "hdf5") else ())
    said = [frames(rendered(record, language, number).text) - {"# @"} for number in range(1000, 1000 + 4 * TOGETHER)]
    for first in range(3 * TOGETHER):
        seen = Counter(frame for found in said[first : first + TOGETHER] for frame in found)
        assert max(seen.values(), default=0) <= MOST, seen.most_common(1)


@given(st.sampled_from(NAMES), st.sampled_from(LANGUAGES), st.integers(0, 2**64), st.data())
def test_whatever_is_missing_makes_no_sentence(name: str, language: Language, number: int, data: st.DataObject) -> None:
    phrases = phrases_of(name)[language]
    known = sorted(fields(phrases))
    facts = {fact: f"7{place}.5" for place, fact in enumerate(known) if data.draw(st.booleans())} if known else {}
    found = rendered(Record(name, facts, " ".join(facts.values())), language, number)
    assert not re.search(r"[{}\[\]]|None| {2}|[,;：，；] *[.。]", found.text)
    if not facts:
        assert not found.text


def test_words_lists_and_parts_are_said_in_the_language() -> None:
    facts: dict[str, Fact] = {
        "kind": Word("SPECI"),
        "station": "KJFK",
        "clouds": [Parts([Word("FEW"), "(1500 ft)"]), Parts([Word("OVC")])],
    }
    record = Record("metar", facts, "1500")
    english, chinese = (rendered(record, language, 0) for language in LANGUAGES)
    assert english.title == "Special weather report of KJFK"
    assert "few clouds (1500 ft) and overcast" in english.text
    assert chinese.title == "KJFK机场特殊天气报告"
    assert "少云(1500 ft)和阴天" in chinese.text
    assert english.left_out == chinese.left_out == 0


def test_a_record_is_told_alike_wherever_it_stands_under_the_same_number() -> None:
    record = Record("synop", {"station": "10384", "day": "01", "hour": "00:00"}, "10384 01 00:00")
    assert rendered(record, "eng_Latn", 5) == rendered(record, "eng_Latn", 5)
    assert len({rendered(record, "eng_Latn", number).text for number in range(12)}) == 12
