import json
from pathlib import Path
from typing import Any

import datasets
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.errors import ConfigError
from pipeline.sources.hugging_face import HuggingFace
from tests.pipeline.sources.conftest import Rows

TEXTS = ["一", "два", "three", "ثلاثة"]


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    datasets.disable_progress_bars()
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", tmp_path / "cache")


def texts(read: Rows, path: Path, **settings: Any) -> list[str]:
    return [row["text"] for row in read(HuggingFace(name="hf", paths=(str(path),), license="CC0-1.0", **settings))]


def test_a_folder_of_data_files_is_read_split_by_split(tmp_path: Path, read: Rows) -> None:
    folder = tmp_path / "set" / "data"
    folder.mkdir(parents=True)
    for part in range(2):
        table = pa.table({"text": TEXTS[2 * part : 2 * part + 2]})
        pq.write_table(table, folder / f"train-0000{part}-of-00002.parquet")
    pq.write_table(pa.table({"text": ["held out"]}), folder / "test-00000-of-00001.parquet")
    assert texts(read, folder.parent) == TEXTS
    assert texts(read, folder.parent, split="test") == ["held out"]
    with pytest.raises(ConfigError, match="validation is none of test, train"):
        texts(read, folder.parent, split="validation")


def test_the_configurations_of_a_card_are_known(tmp_path: Path, read: Rows) -> None:
    folder = tmp_path / "set"
    folder.mkdir()
    for name in ("zho_Hans", "eng_Latn"):
        (folder / f"{name}.jsonl").write_text(json.dumps({"body": name}) + "\n")
    card = "".join(f"- config_name: {name}\n  data_files: {name}.jsonl\n" for name in ("zho_Hans", "eng_Latn"))
    (folder / "README.md").write_text(f"---\nconfigs:\n{card}---\n")
    assert texts(read, folder, config="zho_Hans", fields={"text": "body"}) == ["zho_Hans"]
    with pytest.raises(ConfigError, match="set"):
        texts(read, folder, config="fra_Latn")


def test_what_save_to_disk_wrote_is_read(tmp_path: Path, read: Rows) -> None:
    saved = datasets.Dataset.from_dict({"text": TEXTS})
    saved.save_to_disk(tmp_path / "one", num_shards=2)
    datasets.DatasetDict({"train": saved, "test": saved.select([0])}).save_to_disk(tmp_path / "all")
    assert texts(read, tmp_path / "one") == TEXTS
    assert texts(read, tmp_path / "all", split="test") == TEXTS[:1]


def test_a_folder_without_data_is_an_error_of_the_config(tmp_path: Path, read: Rows) -> None:
    with pytest.raises(ConfigError, match="nothing"):
        texts(read, tmp_path / "nothing")
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "a.xyz").write_text("x")
    with pytest.raises(ConfigError, match="b"):
        texts(read, tmp_path / "b")
