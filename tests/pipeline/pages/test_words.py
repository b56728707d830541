"""Words of pages: every one in every language, and every one used."""

import re
import string
from pathlib import Path

import pytest

from pipeline.pages.words import FOLDER, LOCALES, Words, WordsRow
from shards.tables import rows

ROOT = Path(__file__).parents[3]
TABLES = sorted(path for package in ("jobs", "pipeline") for path in (ROOT / package).rglob("*words.tsv"))
CODE = "\n".join(
    path.read_text(encoding="utf-8") for package in ("jobs", "pipeline") for path in (ROOT / package).rglob("*.py")
)
ROWS = [row for path in TABLES for row in rows(path, WordsRow)]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.key)
def test_a_text_is_there_in_both_languages_with_the_same_places(row: WordsRow) -> None:
    places = [{name for _, name, *_ in string.Formatter().parse(text) if name} for text in (row.en, row.zh)]
    assert row.en
    assert row.zh
    assert places[0] == places[1]
    # a key that is put together from a name is used by what stands before its last dot
    group = row.key.rpartition(".")[0]
    assert f'"{row.key}"' in CODE or f'"{group}.{{' in CODE, "used nowhere"


def test_no_key_is_there_twice_and_none_is_missing() -> None:
    keys = [row.key for row in ROWS]
    assert len(keys) == len(set(keys))
    assert set(re.findall(r'\bwords\("([a-z_.]+)"', CODE)) <= set(keys)


def test_words_are_put_in_their_places() -> None:
    assert {locale: Words(locale)("chart.values", count="1,234") for locale in LOCALES} == {
        "en": "1,234 values",
        "zh": "1,234 个值",
    }
    assert FOLDER / "words.tsv" in TABLES
