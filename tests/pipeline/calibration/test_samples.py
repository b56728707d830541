"""Where a calibration's documents come from."""

import json
from pathlib import Path

import numpy as np
import pytest

from filters.gopher_quality import GopherQuality
from filters.language import Language
from pipeline.calibration.samples import Document, documents, table, table_of_run, worths
from pipeline.calibration.settings import Sample
from pipeline.calibration.units import SAME, Worth
from pipeline.config import PipelineConfig
from pipeline.errors import ConfigError
from pipeline.run import Local, run
from tests.runs import Silent

TEXT = "The river rises in the hills to the north of the town, and mills have stood on it for hundreds of years. "
NAMES = ["gopher_quality.words", "gopher_quality.hash_ratio"]


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Give the folder of a run over ten documents."""
    folder = tmp_path_factory.mktemp("run")
    rows = [{"text": TEXT * n} for n in range(1, 11)]
    (folder / "web.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    config = {
        "name": "run",
        "output": f"{folder}/out",
        "stages": [
            {
                "name": "documents",
                "sources": [{"kind": "jsonl", "name": "web", "paths": [f"{folder}/web.jsonl"]}],
                "steps": [{"name": "language"}, {"name": "gopher_quality"}],
            }
        ],
    }
    assert not run(PipelineConfig.model_validate(config), Local(), Silent()).failures
    return f"{folder}/out"


def test_the_signals_of_a_run_are_a_sample(finished: str) -> None:
    found = table_of_run(finished, lambda language: [GopherQuality()], NAMES, {"eng_Latn": Worth(tokens=2)})
    assert set(found.languages) == {"eng_Latn"}
    assert sorted(found.signals["gopher_quality.words"] * 2) == [22.0 * n for n in range(1, 11)]


def test_signals_that_were_measured_with_other_settings_are_refused(finished: str) -> None:
    chain = [GopherQuality(marks_are_words=False)]
    with pytest.raises(ConfigError, match="marks_are_words was True for eng_Latn, and False is what is fitted"):
        table_of_run(finished, lambda language: chain, NAMES, {"eng_Latn": SAME})


def sample(folder: Path, *rows: dict[str, str], **changes: object) -> Sample:
    (folder / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    fields = {"id": "id", "url": "url", "language": "language"}
    source = {"kind": "jsonl", "name": "rows", "paths": [f"{folder}/rows.jsonl"], "fields": fields}
    return Sample.model_validate({"sources": [source], **changes})


def test_a_document_belongs_to_its_host_or_to_what_its_id_begins_with(tmp_path: Path) -> None:
    rows = [
        {"id": "book/1", "text": TEXT, "language": "eng_Latn"},
        {"id": "x", "text": TEXT * 2, "url": "https://example.org/a", "language": "eng_Latn"},
        {"id": "y", "text": TEXT * 2, "url": "https://example.com/copy", "language": "eng_Latn"},
    ]
    assert [one.group for one in documents([sample(tmp_path, *rows)], Language())] == ["book", "example.org"]


def test_a_text_without_a_language_is_identified_and_one_in_none_is_left_out(tmp_path: Path) -> None:
    rows = [{"id": "a", "text": "今天下雨，明天会放晴。" * 5}, {"id": "b", "text": "12 34 56 --- 78"}]
    assert [one.language for one in documents([sample(tmp_path, *rows)], Language())] == ["zho_Hans"]


def test_a_sample_says_nothing_of_signals_that_it_cannot_tell() -> None:
    silent = Document("1", "a", "eng_Latn", TEXT * 3, ("gopher_quality.hash_ratio",))
    found = table([silent], lambda language: [GopherQuality()], NAMES, {"eng_Latn": SAME})
    assert np.isnan(found.signals["gopher_quality.words"]).all()
    assert found.signals["gopher_quality.hash_ratio"].tolist() == [0.0]


def test_a_word_is_worth_what_texts_that_say_the_same_say() -> None:
    said = [Document("1", "a", "eng_Latn", "It is raining today"), Document("2", "a", "zho_Hans", "今天下雨了今天下")]
    found = worths(said, "eng_Latn", ["eng_Latn", "zho_Hans", "zho_Hant", "yue_Hant"])
    assert found["eng_Latn"] == SAME
    assert found["zho_Hans"] == Worth(tokens=2, characters=8 / 19)
    assert found["zho_Hant"] == found["zho_Hans"]  # its closest relative that has such texts


def test_half_of_the_groups_are_held_back_and_no_group_is_divided() -> None:
    held = {
        group: {Document(str(i), group, "", "").is_held_back(0.5) for i in range(3)} for group in map(str, range(200))
    }
    assert all(len(sides) == 1 for sides in held.values())
    assert 70 < sum(sides.pop() for sides in held.values()) < 130


def test_another_split_holds_other_groups_back() -> None:
    documents = [Document("1", str(group), "", "") for group in range(200)]
    first, second = ([one.is_held_back(0.5, split) for one in documents] for split in (0, 1))
    assert first == [one.is_held_back(0.5) for one in documents]
    assert 60 < sum(a != b for a, b in zip(first, second, strict=True)) < 140
