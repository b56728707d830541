"""Stages over small collections: what is rejected where, what is found, whatever the files."""

from collections import Counter
from pathlib import Path

import pytest

from shards import files
from shards.release import manifest
from tests.pipeline.stages.corpus import Corpus, prose, rows


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    return Corpus(tmp_path, "url", "title", "author")


DEDUP = {"name": "dedup", "partitions": 3, "minhash": {"exact": True}}
PUBLISH = {"name": "publish", "title": "Notes", "unlicensed": True}


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
