"""A planted phrase flags its documents, with the lines as evidence, and keeps them out of the release."""

from pathlib import Path

import pyarrow as pa
import pytest

from pipeline.answers.finished_run import FinishedRun
from pipeline.stages import poisoning
from shards import files
from shards.release.place import release_at
from tests.dedup.test_phrases import prose
from tests.pipeline.stages.corpus import Corpus, rows

PHRASE = "zanthor quib flemic orsted vump"


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> FinishedRun:
    corpus = Corpus(tmp_path_factory.mktemp("poisoned"), "url")
    for host in range(12):
        planted = f" {PHRASE} " if host < 8 else " "
        text = f"{prose(host)}\n{prose(host + 50)}{planted}{prose(host + 90)}"
        corpus.write(f"part-{host % 3}-{host}", {"text": text, "url": f"https://host{host}.example/page"})
    publish = {"name": "publish", "title": "Test", "unlicensed": True}
    return corpus.run([{"name": "normalize"}], {"name": "poisoning"}, publish)


def test_documents_with_the_phrase_are_flagged_and_name_the_line(found: FinishedRun) -> None:
    documents = rows(found, "documents", "kept")
    verdicts = rows(found, "poisoning", "verdicts")
    for document, verdict in zip(documents, verdicts, strict=True):
        lines = [document["text"].encode()[at["start"] : at["end"]].decode() for at in verdict["planted"]]
        assert all(PHRASE in line for line in lines)
        assert (verdict["flagged_by"] == ["poisoning.phrases"]) == (PHRASE in document["text"]) == bool(lines)
        assert {at["hosts"] for at in verdict["planted"]} <= {8}


def test_they_stand_beside_the_release(found: FinishedRun) -> None:
    folder = Path(release_at(found.stage("publish").folder))
    released = [row for shard in folder.rglob("data/**/*.arrow") for row in files.read_table(str(shard)).to_pylist()]
    assert len(released) == 4
    assert not any(PHRASE in row["text"] for row in released)


@pytest.mark.parametrize(("rows", "most"), [(1000, 10), (3, 10), (2, 1), (1, 100)])
def test_long_texts_are_read_few_at_a_time(monkeypatch: pytest.MonkeyPatch, rows: int, most: int) -> None:
    monkeypatch.setattr(poisoning, "ROWS", rows)
    monkeypatch.setattr(poisoning, "BYTES", most)
    for texts in ([], ["a"], [None, "a" * 50, "b", "", "c" * 9, "d", "e", "f"]):
        slices = [
            part["text"].to_pylist() for part in poisoning._slices(pa.table({"text": pa.array(texts, pa.string())}))
        ]
        assert [text for part in slices for text in part] == texts
        assert all(
            len(part) <= rows and (len(part) == 1 or sum(len(t or "") for t in part) <= most) for part in slices if part
        )
        assert slices
