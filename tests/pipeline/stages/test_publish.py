"""What a release is cut into, what is held out and kept apart, what describes it, and what leads to it."""

import gzip
import json
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipeline.answers.finished_run import FinishedRun
from pipeline.answers.funnel import funnel
from pipeline.answers.settings import settings_of
from pipeline.config import load
from pipeline.errors import ConfigError, ShardError
from pipeline.run import Local, run
from pipeline.stages.base import Workspace
from pipeline.stages.partitions import license_classes
from pipeline.stages.publish import Publish, ShardPart
from shards import files
from shards.release import attribution, card, manifest
from shards.release.lineage import read_lineage
from shards.release.place import release_at
from shards.release.splits import TRAIN, VALIDATION, split_of
from shards.release.validation import loading_problems, problems
from shards.schema import document_id
from tests.pipeline.stages.corpus import Corpus, prose, rows
from tests.runs import Silent


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    return Corpus(tmp_path, "id", "url", "title", "author")


DEDUP = {"name": "dedup", "partitions": 3, "minhash": {"exact": True}}
PUBLISH = {"name": "publish", "title": "Notes", "unlicensed": True}
NORMALIZE = [{"name": "normalize"}]


def side(name: str) -> str:
    return split_of(document_id("notes", name))


HELD_OUT = next(name for name in map(str, range(10_000)) if side(name) == VALIDATION)
TRAINED = next(name for name in map(str, range(10_000)) if side(name) == TRAIN)


def release_of(found: FinishedRun) -> str:
    return files.join(found.stage("publish").folder, "release")


def published(found: FinishedRun) -> list[dict[str, Any]]:
    release = release_of(found)
    shards = manifest.read(release).shards
    return [
        row | {"split": s.split} for s in shards for row in files.read_table(files.join(release, s.path)).to_pylist()
    ]


def test_a_release_is_cut_by_bytes_and_loses_no_row(corpus: Corpus) -> None:
    for name in "abc":
        corpus.write(name, *({"text": prose(ord(name) * 100 + number)} for number in range(40)))
    found = corpus.run([{"name": "language"}], DEDUP, {**PUBLISH, "shard_bytes": 20_000})
    of = manifest.read(release_of(found))
    assert len(of.shards) > 3
    kept = {row["id"] for row in rows(found, "dedup", "verdicts") if row["rejected_by"] is None}
    assert sorted(row["id"] for row in published(found)) == sorted(kept)
    for shards in of.by_language().values():  # all under one licence: a language and a split are one partition
        sizes = [shard.rows for shard in shards if shard.split == TRAIN]
        assert max(sizes) - min(sizes) <= 1
    assert list(problems(release_of(found))) == []


def test_a_document_larger_than_a_shard_is_one_shard(corpus: Corpus) -> None:
    corpus.write("a", {"text": prose(1), "id": TRAINED})
    found = corpus.run(NORMALIZE, {**PUBLISH, "shard_bytes": 50})
    assert [shard.rows for shard in manifest.read(release_of(found)).shards] == [1]


def test_a_release_without_dedup_has_every_kept_document(corpus: Corpus) -> None:
    corpus.write("a", {"text": "one"}, {"text": "two"})
    assert manifest.read(release_of(corpus.run(NORMALIZE, PUBLISH))).rows == 2


def test_an_empty_collection_gives_an_empty_release(corpus: Corpus) -> None:
    corpus.write("a")
    release = release_of(corpus.run(NORMALIZE, DEDUP, PUBLISH))
    assert manifest.read(release).rows == 0
    assert list(problems(release)) == []


def test_a_release_knows_the_class_and_the_length_of_what_it_publishes(corpus: Corpus) -> None:
    texts = ["天氣預報", "the weather", "ежедневно 🌧", "طقس اليوم"]
    corpus.write("a", *({"text": text} for text in texts))
    run = corpus.run(NORMALIZE, {**PUBLISH, "contact": "data@publisher.example"})
    found = {row["text"]: row for row in published(run)}
    assert set(found) == set(texts)
    shards = manifest.read(release_of(run)).shards
    assert sum(shard.characters or 0 for shard in shards) == sum(map(len, texts))
    assert sum(shard.text_bytes or 0 for shard in shards) == sum(len(text.encode()) for text in texts)
    told = files.read_bytes(files.join(release_of(run), "README.md")).decode()
    assert "| documents | 4 | 4 | 0 |" in told
    assert "Write to data@publisher.example." in told
    for text, row in found.items():
        assert (row["characters"], row["bytes"], row["tokens"]) == (len(text), len(text.encode()), None)
        assert row["license_class"] == "permissive", "CC-BY-4.0"


def test_the_class_of_a_licence_is_that_of_its_shard_and_unknown_where_there_is_none() -> None:
    import pyarrow as pa

    licenses = ["CC0-1.0", None, "CC-BY-SA-4.0", "", "CC0-1.0", "CC-BY-SA-4.0 OR MIT"]
    expected = ["open", "unknown", "sharealike", "unknown", "open", "permissive"]
    assert license_classes(pa.chunked_array([licenses[:2], licenses[2:]])).to_pylist() == expected


# Splits


def pairs() -> tuple[str, str]:
    """Return two names: the first gives their cluster its name, and is held out; the second by itself would not be."""
    names = [name for name in map(str, range(2000)) if side(name) == VALIDATION]
    smallest = min(names, key=lambda name: document_id("notes", name))
    others = (name for name in map(str, range(2000)) if side(name) == TRAIN)
    return smallest, next(n for n in others if document_id("notes", n) > document_id("notes", smallest))


def test_a_document_is_on_the_side_of_its_cluster_and_not_on_its_own(corpus: Corpus) -> None:
    naming, staying = pairs()
    corpus.write("a", {"text": prose(1), "id": naming}, {"text": f"{prose(1)} Some more words.", "id": staying})
    sides = {row["source_id"]: row["split"] for row in published(corpus.run(NORMALIZE, DEDUP, PUBLISH))}
    assert sides == {staying: VALIDATION}


def test_a_document_is_held_out_in_every_release_it_is_in(corpus: Corpus) -> None:
    held = {"text": prose(3), "id": HELD_OUT}
    corpus.write("a", held, {"text": prose(4), "id": TRAINED})
    first = corpus.run(NORMALIZE, DEDUP, PUBLISH, output="first")
    corpus.write("b", *({"text": prose(number), "id": f"new{number}"} for number in range(10, 20)))
    second = corpus.run(NORMALIZE, PUBLISH, output="second")
    for found in (first, second):
        sides = {row["source_id"]: row["split"] for row in published(found)}
        assert (sides[HELD_OUT], sides[TRAINED]) == (VALIDATION, TRAIN)
    paths = {shard.split: shard.path for shard in manifest.read(release_of(first)).shards}
    assert paths == {TRAIN: "data/und/permissive-00000.arrow", VALIDATION: "data/und/permissive-validation-00000.arrow"}


def test_a_later_judge_counts_the_sides_as_dedup_has_drawn_them(corpus: Corpus) -> None:
    """`rights` after `dedup`: it is the last to count, and must count by clusters that it did not find."""
    naming, staying = pairs()
    url = "https://x.example/"
    corpus.write("a", {"text": prose(1), "id": naming, "url": url})
    corpus.write("b", {"text": f"{prose(1)} Some more words.", "id": staying, "url": url})
    found = corpus.run([{"name": "license"}, *NORMALIZE], DEDUP, {"name": "rights"}, PUBLISH)
    assert {row["source_id"]: row["split"] for row in published(found)} == {staying: VALIDATION}
    assert list(problems(release_of(found))) == []


@pytest.mark.parametrize(
    ("documents", "splits"),
    [
        ({"zho_Hans": [TRAINED], "eng_Latn": [TRAINED + "0", HELD_OUT]}, [TRAIN, VALIDATION]),
        ({"zho_Hans": [TRAINED]}, [TRAIN]),
        ({"zho_Hans": [HELD_OUT]}, [VALIDATION]),
    ],
)
def test_every_configuration_loads_with_the_splits_that_have_documents(
    corpus: Corpus, documents: Mapping[str, list[str]], splits: list[str], tmp_path: Path
) -> None:
    import datasets

    corpus.columns = ("id", "language")
    sentences = {"zho_Hans": "今天的天气很好，我们去公园。", "eng_Latn": "The weather is fine today."}
    texts = [
        {"text": sentences[tag] * (n + 1), "id": name, "language": tag}
        for tag, ids in documents.items()
        for n, name in enumerate(ids)
    ]
    corpus.write("a", *texts)
    corpus.run(NORMALIZE, PUBLISH)
    release = str(corpus.folder / "out" / "release")
    assert list(loading_problems(release, manifest.read(release).shards)) == []
    assert datasets.get_dataset_config_names(release) == ["default", *sorted(documents)]
    loaded = datasets.load_dataset(release, cache_dir=str(tmp_path / "cache"))
    assert {split: sorted(rows["source_id"]) for split, rows in loaded.items()} == {
        split: sorted(name for ids in documents.values() for name in ids if side(name) == split) for split in splits
    }
    (hans,) = datasets.load_dataset(release, "zho_Hans", cache_dir=str(tmp_path / "cache")).values()
    assert hans["text"] == [sentences["zho_Hans"]]
    assert hans.features["fetched_at"].dtype == "timestamp[s, tz=UTC]"


# What is flagged


FLAGGING: dict[str, Any] = {"name": "gopher_quality", "words": {"min": 20, "action": "flag"}, "stop_words": {}}
FLAGGING |= {name: {} for name in ("mean_word_length", "alphabetic_words")}


def test_what_is_flagged_is_kept_beside_the_release_and_released_later_without_another_pass(corpus: Corpus) -> None:
    corpus.write("a", *({"text": prose(number)} for number in range(3)), {"text": "短い文書。"}, {"text": "قصير"})
    first = corpus.run([FLAGGING], DEDUP, PUBLISH)
    assert manifest.read(release_of(first)).rows == 3
    assert {row["text"] for row in flagged(first)} == {"短い文書。", "قصير"}
    assert all(row["flagged_by"] == ["gopher_quality.words"] for row in flagged(first))
    (funnel_of_publish,) = (stage for stage in funnel(first.stages) if stage.name == "publish")
    assert funnel_of_publish.reasons() == [("flagged:gopher_quality.words", 2)]
    assert (funnel_of_publish.rows, funnel_of_publish.kept_rows) == (5, 3)
    second = corpus.run([FLAGGING], DEDUP, {**PUBLISH, "release_flagged": ["gopher_quality.words"]})
    assert second.stage("dedup").folder == first.stage("dedup").folder, "nothing but publish was done again"
    assert manifest.read(release_of(second)).rows == 5


@pytest.mark.parametrize(
    ("released", "rows"),
    [
        ([], 1),
        (["gopher_quality.words"], 2),
        (["gopher_quality.mean_word_length"], 1),
        (["gopher_quality.words", "gopher_quality.mean_word_length"], 3),
    ],
)
def test_what_two_bounds_flag_is_released_only_where_both_may_be(
    corpus: Corpus, released: list[str], rows: int
) -> None:
    corpus.write("a", {"text": prose(1)}, {"text": "few words here"}, {"text": "antidisestablishmentarianism"})
    step = FLAGGING | {"mean_word_length": {"max": 20, "action": "flag"}}
    found = corpus.run([step], {**PUBLISH, "release_flagged": released})
    assert manifest.read(release_of(found)).rows == rows
    twice = [row["flagged_by"] for row in flagged(found) if len(row["flagged_by"]) > 1]
    assert twice == [["gopher_quality.words", "gopher_quality.mean_word_length"]] * (rows < 3)
    (of_publish,) = (stage for stage in funnel(found.stages) if stage.name == "publish")
    assert sum(count for _, count in of_publish.reasons()) == 3 - rows, "of two flags, a document counts once"


def flagged(found: FinishedRun) -> list[dict[str, Any]]:
    of = found.stage("publish")
    uris = [of.uri(task.key, "flagged") for task in of.tasks if "flagged" in of.receipts[task.key].files]
    return [row for uri in uris for row in files.read_table(uri).to_pylist()]


def test_a_flagged_copy_never_stands_for_one_that_may_be_published(corpus: Corpus) -> None:
    text = prose(8)
    corpus.write("a", {"text": text, "url": "https://bad.example/long"}, {"text": text, "url": "https://good.example/"})
    blocked = corpus.folder / "lists" / "adult"
    blocked.mkdir(parents=True)
    (blocked / "domains").write_text("bad.example\n")
    steps = [{"name": "url", "block_lists": [str(blocked)], "blocked_domain": {"max": 0, "action": "flag"}}]
    assert [row["url"] for row in published(corpus.run(steps, DEDUP, PUBLISH))] == ["https://good.example/"]


# Accounts


def test_a_release_that_lacks_a_kept_document_is_not_concluded(corpus: Corpus) -> None:
    corpus.write("a", {"text": prose(1)}, {"text": prose(2)})
    found = corpus.run(NORMALIZE, DEDUP, PUBLISH)
    finished = {stage.name: stage for stage in found.stages}
    dedup = finished["dedup"]
    more = {key: receipt.model_copy(update={"kept": {"und": 3}}) for key, receipt in dedup.receipts.items()}
    (stage,) = (stage for stage in settings_of(found).flat_stages() if isinstance(stage, Publish))
    stage.conclude(finished["publish"].folder, finished, lambda: {"config": {"stages": []}, "stages": []})
    with pytest.raises(ShardError, match="2 documents published, 0 flagged, 3 were kept by dedup"):
        stage.conclude(
            finished["publish"].folder,
            finished | {"dedup": replace(dedup, receipts=more)},
            lambda: {"config": {"stages": []}, "stages": []},
        )


@pytest.mark.parametrize("writes", ["shard", "flagged"])
def test_a_shard_that_lacks_a_document_fails_its_task(corpus: Corpus, writes: str) -> None:
    corpus.write("a", {"text": prose(1), "id": TRAINED} if writes == "shard" else {"text": "short", "id": TRAINED})
    found = corpus.run([FLAGGING], PUBLISH)
    (stage,) = (stage for stage in settings_of(found).flat_stages() if isinstance(stage, Publish))
    (task,) = found.stage("publish").tasks
    part = ShardPart.model_validate(task.part)
    assert part.writes == writes
    longer = part.model_copy(update={"runs": (part.runs[0].model_copy(update={"rows": (0, 2)}),)})
    upstream = {"gather": found.stage("gather").folder}
    task = task.model_copy(update={"part": longer.model_dump(mode="json")})
    with pytest.raises(ShardError, match="1 documents written, 2 were kept for it"):
        stage.process(Workspace("publish", task, str(corpus.folder / "again"), upstream))


# What describes a release


def test_everyone_is_named_in_the_order_of_the_documents(corpus: Corpus) -> None:
    rows = [{"text": f"{prose(n)} 電話<|pii:cn_mobile|>", "title": f"標題{n}", "author": "林"} for n in range(3)]
    corpus.write("a", *rows, {"text": prose(9), "url": "https://x.example/9"})
    found = corpus.run(NORMALIZE, DEDUP, PUBLISH)
    release = release_of(found)
    (shard,) = manifest.read(release).shards
    lines = attribution.read(files.join(release, shard.attribution.path))
    ids = files.read_table(files.join(release, shard.path), ["id"])["id"].to_pylist()
    assert [line["id"] for line in lines] == ids
    assert {line["license_url"] for line in lines} == {"https://creativecommons.org/licenses/by/4.0/"}
    assert {(line["title"], "Personal data" in line["changes"]) for line in lines} == {
        *((f"標題{n}", True) for n in range(3)),
        (None, False),
    }
    assert list(problems(release)) == []
    Path(release, shard.attribution.path).write_bytes(b"")
    assert list(problems(release)) == [f"{shard.attribution.path}: its SHA-256 is not that of the manifest"]


def contents(release: str) -> dict[str, bytes]:
    return {path: Path(release, path).read_bytes() for path in files.paths_below(release)}


def test_a_release_names_no_clock_and_no_folder_of_its_run(corpus: Corpus) -> None:
    corpus.write("a", {"text": prose(5)})
    outputs = ("one", "another")
    one, another = (contents(release_of(corpus.run(NORMALIZE, DEDUP, PUBLISH, output=name))) for name in outputs)
    assert one == another


def test_the_lineage_says_what_made_the_release_and_nothing_of_where(corpus: Corpus) -> None:
    corpus.write("a", {"text": prose(5)})
    found = corpus.run(NORMALIZE, DEDUP, PUBLISH)
    of = manifest.read(release_of(found))
    lineage = read_lineage(release_of(found), of.lineage)
    assert [stage["folder"] for stage in lineage["stages"]] == list(of.stages)
    assert list(of.stages) == [Path(stage.folder).name for stage in found.stages]
    assert lineage["config"]["stages"][0]["sources"][0]["license"] == "CC-BY-4.0"
    for path, content in contents(release_of(found)).items():
        if not path.endswith(".arrow"):
            text = gzip.decompress(content) if path.endswith(".gz") else content
            assert str(corpus.folder).encode() not in text, path


def test_an_older_lineage_of_the_same_shards_is_removed(corpus: Corpus) -> None:
    corpus.write("a", {"text": prose(5)})
    found = corpus.run(NORMALIZE, DEDUP, PUBLISH)
    stage = Publish.model_validate(PUBLISH)
    stage.conclude(
        found.stage("publish").folder,
        {each.name: each for each in found.stages},
        lambda: {"config": {"stages": []}, "stages": ["other"]},
    )
    release = release_of(found)
    assert [name for name in files.names_in(release) if name.startswith("lineage")] == [
        manifest.read(release).lineage.path
    ]
    assert list(problems(release)) == []


# What leads to it


def test_the_output_folder_leads_to_the_newest_release(corpus: Corpus) -> None:
    corpus.write("a", {"text": prose(1)})
    first = corpus.run(NORMALIZE, PUBLISH)
    way = corpus.folder / "out" / "release"
    assert release_at(str(corpus.folder / "out")) == release_of(first)
    assert not way.readlink().is_absolute()
    corpus.write("b", {"text": prose(2)})
    second = corpus.run(NORMALIZE, PUBLISH)
    assert release_at(str(way)) == release_of(second) != release_of(first)
    moved = corpus.folder / "moved"
    shutil.move(corpus.folder / "out", moved)
    assert manifest.read(str(moved / "release")).rows == 2


def test_a_folder_of_someone_else_is_not_replaced_by_the_way_to_the_release(corpus: Corpus) -> None:
    corpus.write("a", {"text": prose(1)})
    (corpus.folder / "out" / "release").mkdir(parents=True)
    with pytest.raises(ConfigError, match="move it elsewhere"):
        corpus.run(NORMALIZE, PUBLISH)


@pytest.fixture
def bucket() -> Iterator[str]:
    """Give a place that has no links."""
    import fsspec

    system = fsspec.filesystem("memory")
    yield "memory://bucket/runs/notes"
    system.rm("/bucket", recursive=True)


def test_a_bucket_has_an_object_that_names_the_newest_release(corpus: Corpus, bucket: str) -> None:
    corpus.write("a", {"text": prose(1)})
    corpus.run(NORMALIZE, PUBLISH)
    path = corpus.folder / "config.yaml"
    path.write_text(yaml.safe_dump(yaml.safe_load(path.read_text()) | {"output": bucket}))
    assert run(load(str(path)), Local(), Silent()).failures == []
    release = release_at(bucket)
    assert json.loads(files.read_bytes(f"{bucket}/release")) == {"release": release.removeprefix(f"{bucket}/")}
    for place in (f"{bucket}/release", release, release.removesuffix("/release")):
        assert release_at(place) == release
    assert list(problems(release)) == []


def test_a_release_without_licences_is_asked_for_and_says_so(corpus: Corpus) -> None:
    corpus.write("a", {"text": prose(1)})
    with pytest.raises(ConfigError, match="documents without a licence would be published, as no step finds licences"):
        corpus.run([{"name": "normalize"}], {"name": "publish", "title": "Notes"})
    found = corpus.run([{"name": "normalize"}], PUBLISH)
    folder = release_of(found)
    assert manifest.read(folder).unlicensed
    nothing = manifest.read(folder).shards[0].model_copy(update={"license_class": "unknown"})
    assert "**Unlicensed: no licence is known for 1 document.**" in card.render("Notes", [nothing], [])
