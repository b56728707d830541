"""Each shard of documents is opened once for a release, and how it was gathered is not in its bytes."""

import contextlib
from collections import Counter
from collections.abc import Collection, Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from pipeline.answers.finished_run import FinishedRun
from pipeline.answers.settings import settings_of
from pipeline.errors import ShardError
from pipeline.stages import gather
from pipeline.stages.base import Task, Workspace
from pipeline.stages.gather import GatherPart, GatherStage
from pipeline.stages.publish import ShardPart
from shards import files
from tests.pipeline.stages.corpus import Corpus

FILES, LANGUAGES, LICENSES = (
    4,
    ("eng_Latn", "zho_Hans", "tha_Thai", "arb_Arab"),
    ("CC0-1.0", "CC-BY-4.0", "CC-BY-SA-4.0"),
)
PUBLISH = {"name": "publish", "title": "Notes", "unlicensed": True, "shard_bytes": 400}


def published(folder: Path, group: int) -> FinishedRun:
    """Return a run over files that hold every language under every licence, gathered in groups of so many bytes.

    The first document of each file has the same id, so that there is a judge.
    """
    folder.mkdir()
    corpus = Corpus(folder, "id", "language", "license")
    for number in range(FILES):
        rows = ({"language": tag, "license": license} for tag in LANGUAGES for license in LICENSES for _ in range(3))
        texts = (
            {"text": f"{number}, {i}: 語 " * 9, "id": f"{number}/{i}" if i else "the first"} | row
            for i, row in enumerate(rows)
        )
        corpus.write(str(number), *texts)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gather, "GROUP", group)
        return corpus.run([{"name": "normalize"}], PUBLISH)


def opened(run: FinishedRun, stage: str, folder: Path) -> Counter[str]:
    """Do the tasks of a stage again in another folder, and return how often each shard is opened, by its folder."""
    (settings,) = (each for each in settings_of(run).flat_stages() if each.name == stage)
    found: Counter[str] = Counter()
    opening = files.open_shard

    @contextlib.contextmanager
    def counting(uri: str, columns: Collection[str] | None = None) -> Iterator[pa.ipc.RecordBatchFileReader]:
        found[uri] += 1
        with opening(uri, columns) as reader:
            yield reader

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(files, "open_shard", counting)
        for task in run.stage(stage).tasks:
            settings.process(Workspace(stage, task, str(folder), {each.name: each.folder for each in run.stages}))
    return found


def release_of(run: FinishedRun) -> dict[str, bytes]:
    """Return the documents of a release, and who is named for them."""
    folder = Path(run.stage("publish").folder) / "release"
    found = sorted(path for part in ("data", "attribution") for path in (folder / part).rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> tuple[FinishedRun, FinishedRun]:
    """Give a run whose documents are gathered together, and one that gathers each shard by itself."""
    folder = tmp_path_factory.mktemp("runs")
    return published(folder / "together", 1 << 20), published(folder / "apart", 1)


def test_a_shard_of_documents_is_opened_once_for_all_shards_of_the_release(
    runs: tuple[FinishedRun, FinishedRun], tmp_path: Path
) -> None:
    run = runs[0]
    shards = [(run.stage(name), role) for name, role in (("documents", "kept"), ("unique", "verdicts"))]
    assert opened(run, "gather", tmp_path) == {stage.uri(key, role): 1 for stage, role in shards for key in stage.keys}
    parts = run.stage("publish").parts(ShardPart)
    assert len(parts) > len(LANGUAGES) * len(LICENSES)
    (gathered,) = run.stage("gather").keys
    expected = {run.stage("gather").uri(gathered, "gathered"): sum(len(part.runs) for part in parts)}
    assert opened(run, "publish", tmp_path) == expected


def test_how_documents_are_gathered_is_not_seen_in_the_release(runs: tuple[FinishedRun, FinishedRun]) -> None:
    together, apart = runs
    assert [len(run.stage("gather").tasks) for run in runs] == [1, FILES]
    assert release_of(together) == release_of(apart)


def test_a_document_that_is_missing_fails_the_task(runs: tuple[FinishedRun, FinishedRun], tmp_path: Path) -> None:
    run = runs[0]
    (part,) = run.stage("gather").parts(GatherPart)
    more = part.model_copy(update={"sizes": (part.sizes[0]._replace(rows=99), *part.sizes[1:])})
    upstream = {stage.name: stage.folder for stage in run.stages}
    with pytest.raises(ShardError, match="documents are there, 99 were kept for it"):
        GatherStage().process(Workspace("gather", Task.of((), more), str(tmp_path), upstream))
