"""A table that does not hold what its model says is an error that names the file and the key."""

from pathlib import Path

import pytest
from pydantic import BaseModel

from filters.bad_words import RISKS, Risk
from filters.languages import labels, scripts, thresholds
from filters.licences import addresses, creative_commons, decide, json_ld, names, phrases, prefilter, sites, verdicts
from filters.optouts.decide import AGENTS, Agents
from filters.personal import kinds
from filters.text import characters, stop_words
from filters.text import phrases as text_phrases
from pipeline.calibration import pools, units
from shards.tables import TableError, rows, table

YAML = [
    (addresses.TABLE, addresses.LicenceAddresses),
    (creative_commons.TABLE, creative_commons.Titles),
    (decide.TABLE, decide.Confidences),
    (json_ld.TABLE, json_ld.SchemaOrg),
    (names.TABLE, names.LicenceNames),
    (phrases.TABLE, phrases.Statements),
    (prefilter.TABLE, prefilter.Prefilter),
    (sites.TABLE, sites.SharedHosts),
    (AGENTS, Agents),
    (kinds.TABLE, kinds.PersonalData),
]
TSV = [
    (RISKS, Risk),
    (verdicts.TABLE, verdicts.LicenceRow),
    (creative_commons.PORTS, creative_commons.PortRow),
    (labels.FOLDER / "aliases.tsv", labels.AliasRow),
    (labels.FOLDER / "labels.tsv", labels.LabelRow),
    (labels.FOLDER / "languages.tsv", labels.LanguageRow),
    (scripts.TABLE, scripts.ScriptRange),
    (thresholds.TABLE, thresholds.ThresholdRow),
    (characters.TABLE, characters.PropertyRange),
    (stop_words.TABLE, stop_words.StopWords),
    (text_phrases.TABLE, text_phrases.PhraseRow),
    (pools.TABLE, pools.FamilyRow),
    (units.TABLE, units.UnitRow),
]


class Shelf(BaseModel, frozen=True, extra="forbid"):
    """Books by language, and how many fit."""

    books: dict[str, tuple[str, ...]]
    width: float = 1.0


class Book(BaseModel, frozen=True, extra="forbid"):
    """A book and its year."""

    title: str
    year: int


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(("path", "model"), YAML, ids=[path.name for path, _ in YAML])
def test_a_key_that_no_table_has_is_named_with_its_file(path: Path, model: type[BaseModel], tmp_path: Path) -> None:
    assert table(path, model)
    copy = written(tmp_path, path.name, path.read_text(encoding="utf-8") + "\n未知: [1]\n")
    with pytest.raises(TableError, match=rf"{path.name}: 未知: "):
        table(copy, model)


@pytest.mark.parametrize(("path", "model"), TSV, ids=[path.name for path, _ in TSV])
def test_a_row_with_a_column_too_many_is_named_with_its_line(
    path: Path, model: type[BaseModel], tmp_path: Path
) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(list(rows(path, model))) > 20
    copy = written(tmp_path, path.name, text + "\t".join("1" * (len(model.model_fields) + 1)) + "\n")
    with pytest.raises(TableError, match=rf"{path.name}:{text.count(chr(10)) + 1}: "):
        list(rows(copy, model))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("width: 2\n", "shelf.yaml: books: Field required"),
        ("books: {zho: [紅樓夢]}\nwidth: broad\n", "shelf.yaml: width: Input should be a valid number.*found 'broad'"),
        ("books:\n  fra: [Candide]\n  zho: [1]\n", "shelf.yaml: books.zho.0: Input should be a valid string"),
        ("books:\n  fra: [Candide]\n  zho: [紅樓夢]\n  fra: [Germinal]\n", "the key 'fra' is there twice\n.*line 4"),
        ("books: [\n", "shelf.yaml: .*line 2"),
        ("", "shelf.yaml: the file: "),
    ],
)
def test_what_is_wrong_with_a_table_is_said_with_its_key(text: str, words: str, tmp_path: Path) -> None:
    path = written(tmp_path, "shelf.yaml", text)
    with pytest.raises(TableError, match=f"(?s){words}"):
        table(path, Shelf)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("title\tyear\n紅樓夢\t1791\nCandide\tsoon\n", "books.tsv:3: year: Input should be a valid integer"),
        ("# of the shelf\ntitle\tyear\n\nCandide\n", "books.tsv:4: 1 columns, expected 2"),
        (
            "year\ttitle\n1791\t紅樓夢\n",
            r"books.tsv: the header must be \['title', 'year'\], found \['year', 'title'\]",
        ),
        ("", r"books.tsv: the header must be \['title', 'year'\], found \[\]"),
    ],
)
def test_what_is_wrong_with_rows_is_said_with_its_line(text: str, words: str, tmp_path: Path) -> None:
    path = written(tmp_path, "books.tsv", text)
    with pytest.raises(TableError, match=words):
        list(rows(path, Book))


def test_rows_are_the_lines_that_are_not_comments(tmp_path: Path) -> None:
    path = written(tmp_path, "books.tsv", '# by year\ntitle\tyear\n"Candide"\t1759\n\n# Qing\n紅樓夢\t1791\n')
    assert list(rows(path, Book)) == [Book(title='"Candide"', year=1759), Book(title="紅樓夢", year=1791)]
