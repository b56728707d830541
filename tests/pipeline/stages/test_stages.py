"""Stages over small collections: what is rejected where, what is found, and what a release is cut into."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from pipeline.answers.finished_run import FinishedRun
from pipeline.answers.funnel import funnel
from shards import files
from shards.release import attribution, manifest
from shards.release.validation import problems
from tests.pipeline.stages.corpus import Corpus, prose, rows


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    return Corpus(tmp_path, "url", "title", "author")


DEDUP = {"name": "dedup", "partitions": 3, "minhash": {"exact": True}}
PUBLISH = {"name": "publish", "title": "Notes"}


def test_a_language_with_a_chain_of_its_own_is_judged_by_it_alone(corpus: Corpus) -> None:
    german = "Der Regen fällt auf die Hügel und auf die Flüsse, die seit langem bei den Menschen sind. " * 3
    english = "The rain falls on the hills and on the rivers that have been with the people for long. " * 3
    corpus.write("a", {"text": german}, {"text": english})
    steps = [{"name": "language"}, {"name": "gopher_quality", "words": {"min": 500}}]
    own = {"deu_Latn": [{"name": "gopher_quality", "words": {"min": 20}}]}
    found = corpus.run(steps, languages=own)
    assert [row["language"] for row in rows(found, "documents", "kept")] == ["deu_Latn"]
    assert [row["rejected_by"] for row in rows(found, "documents", "rejected")] == ["gopher_quality.words"]


def test_all_reasons_of_a_rejection_are_told_on_request(corpus: Corpus) -> None:
    corpus.write("a", {"text": "Menu\nMenu\nMenu"}, {"text": f"{prose(1)}."})
    steps = [{"name": "fineweb"}, {"name": "mc4", "long_lines": {"min": 1}}]
    (rejected,) = rows(corpus.run(steps), "documents", "rejected")
    assert rejected["rejected_by"] == "fineweb.terminated_lines"
    told = corpus.run(steps, output="told", all_reasons=True)
    assert [row["broken"] for row in rows(told, "documents", "signals")] == [
        [f"fineweb.{name}" for name in ("terminated_lines", "short_lines", "duplicate_line_characters", "newlines")]
        + ["mc4.long_lines"],
        [],
    ]
    assert rows(told, "documents", "rejected") == [rejected]


def test_kept_documents_are_sorted_by_language_and_signals_are_in_reading_order(corpus: Corpus) -> None:
    texts = [
        "Тихая река течёт на север, к морю, мимо старых деревень.",
        "The quiet river flows to the sea in the north.",
    ]
    corpus.write("a", *({"text": text} for text in texts * 3))
    found = corpus.run([{"name": "language"}])
    assert [row["language"] for row in rows(found, "documents", "kept")] == ["eng_Latn"] * 3 + ["rus_Cyrl"] * 3
    assert len(rows(found, "documents", "signals")) == 6


def test_a_bad_line_is_a_rejected_row_among_good_ones(corpus: Corpus) -> None:
    corpus.write("a", {"text": "good"}, {"txt": "no text"})
    with (corpus.folder / "in" / "a.jsonl").open("ab") as file:
        file.write(b"{broken\n")
    found = corpus.run([{"name": "normalize"}])
    assert Counter(row["rejected_by"] for row in rows(found, "documents", "rejected")) == {
        "jsonl.no_text": 1,
        "jsonl.not_json": 1,
    }


def test_copies_are_found_across_files_whatever_their_form(corpus: Corpus) -> None:
    page = prose(1)
    corpus.write("a", {"text": page}, {"text": prose(2)})
    corpus.write("b", {"text": page.upper() + "!"}, {"text": prose(3)}, {"text": "★ ★ ★"})
    corpus.write("c", {"text": page + " One more sentence at the end."}, {"text": "★ ★ ★"}, {"text": "☆ ☆ ☆"})
    found = corpus.run([{"name": "normalize"}], DEDUP)
    verdicts = rows(found, "dedup", "verdicts")
    assert [verdict["rejected_by"] for verdict in verdicts].count(None) == 5
    assert Counter(verdict["rejected_by"] for verdict in verdicts if verdict["rejected_by"]) == {
        "dedup.exact": 1,
        "dedup.near": 1,
        "dedup.payload": 1,  # a line that reads the same in two files
    }
    assert sorted(verdict["duplicates"] for verdict in verdicts if verdict["rejected_by"] is None) == [1, 1, 1, 2, 3]


def test_a_new_file_repeats_no_extraction_and_changes_no_name(corpus: Corpus) -> None:
    corpus.write("a", {"text": prose(1)})
    corpus.write("b", {"text": prose(2)})
    first = corpus.run([{"name": "normalize"}], DEDUP, PUBLISH)
    corpus.write("aa", {"text": prose(1)}, {"text": prose(3)})
    second = corpus.run([{"name": "normalize"}], DEDUP, PUBLISH)
    for stage in ("documents", "signatures"):
        old, new = (dict(run.stage(stage).receipts) for run in (first, second))
        assert old.items() <= new.items(), "an earlier task was done again"
        assert len(new) == len(old) + 1
    assert first.stage("publish").folder != second.stage("publish").folder
    release = manifest.read(files.join(second.stage("publish").folder, "release"))
    assert release.rows == 3


def test_a_release_is_cut_by_bytes_and_loses_no_row(corpus: Corpus) -> None:
    for name in "abc":
        corpus.write(name, *({"text": prose(ord(name) * 100 + number)} for number in range(40)))
    found = corpus.run([{"name": "language"}], DEDUP, {**PUBLISH, "shard_bytes": 20_000})
    release = files.join(found.stage("publish").folder, "release")
    published = manifest.read(release)
    assert len(published.shards) > 3
    ids = [
        name
        for shard in published.shards
        for name in files.read_stream(files.join(release, shard.path), ["id"])["id"].to_pylist()
    ]
    kept = {row["id"] for row in rows(found, "dedup", "verdicts") if row["rejected_by"] is None}
    assert sorted(ids) == sorted(kept)
    for shards in published.by_language().values():  # all under one licence: a language is one partition
        assert max(shard.rows for shard in shards) - min(shard.rows for shard in shards) <= 1


def test_a_release_without_dedup_has_every_kept_document(corpus: Corpus) -> None:
    corpus.write("a", {"text": "one"}, {"text": "two"})
    found = corpus.run([{"name": "normalize"}], PUBLISH)
    assert manifest.read(files.join(found.stage("publish").folder, "release")).rows == 2


def test_an_empty_collection_gives_an_empty_release(corpus: Corpus) -> None:
    corpus.write("a")
    found = corpus.run([{"name": "normalize"}], DEDUP, PUBLISH)
    assert manifest.read(files.join(found.stage("publish").folder, "release")).rows == 0


def test_the_manifest_names_no_clock_and_no_folder(corpus: Corpus) -> None:
    corpus.write("a", {"text": prose(5)})
    manifests = []
    for output in ("one", "another"):
        found = corpus.run([{"name": "normalize"}], DEDUP, PUBLISH, output=output)
        manifests.append(files.read_bytes(files.join(found.stage("publish").folder, "release", "manifest.json")))
    assert manifests[0] == manifests[1]


def test_what_is_flagged_is_kept_beside_the_release_and_released_later_without_another_pass(corpus: Corpus) -> None:
    corpus.write("a", *({"text": prose(number)} for number in range(3)), {"text": "短い文書。"}, {"text": "قصير"})
    steps = [{"name": "gopher_quality", "words": {"min": 20, "action": "flag"}, "stop_words": {}}]
    steps[0] |= {name: {} for name in ("mean_word_length", "alphabetic_words")}
    first = corpus.run(steps, DEDUP, PUBLISH)
    release = manifest.read(files.join(first.stage("publish").folder, "release"))
    assert release.rows == 3
    assert {row["text"] for row in rows_of(first, "flagged")} == {"短い文書。", "قصير"}
    assert all(row["flagged_by"] == ["gopher_quality.words"] for row in rows_of(first, "flagged"))
    (funnel_of_publish,) = (stage for stage in funnel(first.stages) if stage.name == "publish")
    assert funnel_of_publish.reasons() == [("flagged:gopher_quality.words", 2)]
    assert (funnel_of_publish.rows, funnel_of_publish.kept_rows) == (5, 3)
    second = corpus.run(steps, DEDUP, {**PUBLISH, "release_flagged": ["gopher_quality.words"]})
    assert second.stage("dedup").folder == first.stage("dedup").folder, "nothing but publish was done again"
    assert manifest.read(files.join(second.stage("publish").folder, "release")).rows == 5


def rows_of(found: FinishedRun, role: str) -> list[dict[str, Any]]:
    of = found.stage("publish")
    uris = [of.uri(task.key, role) for task in of.tasks if role in of.receipts[task.key].files]
    return [row for uri in uris for row in files.read_table(uri).to_pylist()]


def test_a_flagged_copy_never_stands_for_one_that_may_be_published(corpus: Corpus) -> None:
    text = prose(8)
    corpus.write("a", {"text": text, "url": "https://bad.example/long"}, {"text": text, "url": "https://good.example/"})
    blocked = corpus.folder / "lists" / "adult"
    blocked.mkdir(parents=True)
    (blocked / "domains").write_text("bad.example\n")
    steps = [{"name": "url", "block_lists": [str(blocked)], "blocked_domain": {"max": 0, "action": "flag"}}]
    found = corpus.run(steps, DEDUP, PUBLISH)
    release = files.join(found.stage("publish").folder, "release")
    (shard,) = manifest.read(release).shards
    assert files.read_stream(files.join(release, shard.path))["url"].to_pylist() == ["https://good.example/"]


def test_everyone_is_named_in_the_order_of_the_documents(corpus: Corpus) -> None:
    rows = [{"text": f"{prose(n)} 電話<|pii:cn_mobile|>", "title": f"標題{n}", "author": "林"} for n in range(3)]
    corpus.write("a", *rows, {"text": prose(9), "url": "https://x.example/9"})
    found = corpus.run([{"name": "normalize"}], DEDUP, PUBLISH)
    release = files.join(found.stage("publish").folder, "release")
    published = manifest.read(release)
    (shard,), (named,) = published.shards, published.attribution
    lines = attribution.read(files.join(release, named.path))
    ids = files.read_stream(files.join(release, shard.path), ["id"])["id"].to_pylist()
    assert [line["id"] for line in lines] == ids
    assert {line["license_url"] for line in lines} == {"https://creativecommons.org/licenses/by/4.0/"}
    assert {(line["title"], "Personal data" in line["changes"]) for line in lines} == {
        *((f"標題{n}", True) for n in range(3)),
        (None, False),
    }
    assert list(problems(release)) == []
    Path(release, named.path).write_bytes(b"")
    assert list(problems(release)) == [f"{named.path}: its SHA-256 is not that of the manifest"]
