"""An id that stands in several tasks stands once in the release; the other documents that bear it are rejected rows."""

import random
from collections import Counter
from pathlib import Path

import pytest

from pipeline.stages import ids
from shards import files
from shards.release import manifest
from shards.release.validation import problems
from tests.pipeline.stages.corpus import Corpus, prose, rows

PUBLISH = {"name": "publish", "title": "Notes", "unlicensed": True}


def release_of(folder: Path) -> str:
    return str((folder / "out" / "release").resolve())


@pytest.mark.parametrize("seed", range(4))
def test_an_id_of_several_tasks_stands_once_in_the_release(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ids, "GROUP", 6)
    monkeypatch.setattr(ids, "RANGE", 5)
    draw, corpus, given = random.Random(seed), Corpus(tmp_path, "id"), Counter[str]()
    for name in "abcdef"[: 2 + seed]:
        names = draw.sample("ABCDEFGHIJKL", 5)
        corpus.write(name, *({"id": each, "text": prose(draw.randrange(40))} for each in names))
        given.update(names)
    found = corpus.run([{"name": "normalize"}], *([{"name": "dedup"}] if seed % 2 else []), PUBLISH)
    release = release_of(tmp_path)
    assert list(problems(release)) == []
    published = [
        row["source_id"]
        for shard in manifest.read(release).shards
        for row in files.read_table(files.join(release, shard.path)).to_pylist()
    ]
    assert len(set(published)) == len(published)
    if seed % 2 == 0:
        assert sorted(published) == sorted(given)
        rejected = [row["rejected_by"] for row in rows(found, "unique", "verdicts") if row["rejected_by"]]
        assert rejected == ["source.repeated_id"] * (given.total() - len(given))


def test_a_run_without_repeated_ids_has_no_judge_of_them(tmp_path: Path) -> None:
    corpus = Corpus(tmp_path)
    corpus.write("a", {"text": prose(1)}, {"text": prose(2)})
    found = corpus.run([{"name": "normalize"}], PUBLISH)
    assert [stage.name for stage in found.stages] == ["documents", "ids", "repeated_ids", "gather", "publish"]


def test_a_run_that_keeps_nothing_publishes_nothing(tmp_path: Path) -> None:
    corpus = Corpus(tmp_path)
    corpus.write("a", {"text": ""})
    corpus.run([{"name": "normalize"}], PUBLISH)
    assert list(problems(release_of(tmp_path))) == []
