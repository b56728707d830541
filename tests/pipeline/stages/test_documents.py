"""The stage `documents`: which files are read together, by which reader, and which orders of steps make sense."""

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from pipeline.inputs import Inputs
from pipeline.stages.base import RunState
from pipeline.stages.documents import DocumentsStage
from pipeline.stages.reading import DocumentsPart
from tests.pipeline.stages.corpus import Corpus, rows

TEXT = "Rain is expected over the whole of the coast.\n"


def stage(sources: list[dict[str, Any]], steps: list[Any] | None = None, **settings: Any) -> DocumentsStage:
    made = {"sources": sources, "steps": steps or [{"name": "normalize"}], **settings}
    return DocumentsStage.model_validate(made)


def groups(folder: Path, task_bytes: int, **source: Any) -> list[tuple[list[str], int]]:
    """Return the names that each task reads, and its weight."""
    notes = {"kind": "text", "name": "notes", "paths": [str(folder / "*.txt")], **source}
    tasks = stage([notes], task_bytes=task_bytes).tasks(RunState({}, Inputs(str(folder / "inputs.json"))))
    parts = [(DocumentsPart.model_validate(task.part), task.weight) for task in tasks]
    return [([piece.name for piece in part.splits], weight) for part, weight in parts]


def test_files_are_read_together_up_to_the_size_of_a_task(tmp_path: Path) -> None:
    for name, size in {"a": 10, "b": 10, "c": 1, "d": 25, "e": 5, "f": 15}.items():
        (tmp_path / f"{name}.txt").write_bytes(b"x" * size)
    assert groups(tmp_path, 20) == [
        (["a.txt", "b.txt"], 20),
        (["c.txt"], 1),
        (["d.txt"], 25),
        (["e.txt", "f.txt"], 20),
    ]


@given(sizes=st.lists(st.integers(0, 30), min_size=1, max_size=8), most=st.integers(1, 40))
def test_every_file_is_in_one_task_and_no_two_tasks_would_fit_into_one(
    tmp_path_factory: pytest.TempPathFactory, sizes: list[int], most: int
) -> None:
    folder = tmp_path_factory.mktemp("files")
    for number, size in enumerate(sizes):
        (folder / f"{number}.txt").write_bytes(b"x" * size)
    found = groups(folder, most)
    assert [name for names, _ in found for name in names] == [f"{number}.txt" for number in range(len(sizes))]
    for names, weight in found:
        assert weight == sum(sizes[int(name.partition(".")[0])] for name in names)
        assert weight <= most or len(names) == 1
    for (_, weight), (names, _) in pairwise(found):
        assert weight + sizes[int(names[0].partition(".")[0])] > most


def test_a_part_of_a_file_weighs_what_it_has_of_it(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(json.dumps({"text": TEXT}) + "\n" * 2000, encoding="utf-8")
    size = (tmp_path / "a.jsonl").stat().st_size
    found = groups(tmp_path, 1, kind="jsonl", paths=[str(tmp_path / "*.jsonl")], bytes_per_task=500)
    assert len(found) > 3
    assert sum(weight for _, weight in found) == size
    assert all(weight <= 500 for _, weight in found)


def test_each_source_is_read_as_its_own_settings_say(tmp_path: Path) -> None:
    corpus = Corpus(tmp_path)
    corpus.write("a", {"text": "a", "body": "b"})
    paths = [str(tmp_path / "in")]
    sources = [
        {"kind": "jsonl", "name": "first", "paths": paths, "fields": {"text": "text"}, "license": "CC0-1.0"},
        {"kind": "jsonl", "name": "second", "paths": paths, "fields": {"text": "body"}, "license": "CC-BY-4.0"},
    ]
    found = rows(corpus.run([{"name": "normalize"}], sources=sources), "documents", "kept")
    read = {(row["source"], row["text"], row["license"]) for row in found}
    assert read == {("first", "a", "CC0-1.0"), ("second", "b", "CC-BY-4.0")}


NOTES = {"kind": "text", "name": "notes", "paths": ["notes"]}
CHAIN = {"deu_Latn": [{"name": "gopher_quality"}]}


@pytest.mark.parametrize(
    ("steps", "settings", "wrong"),
    [
        (["normalize", "normalize"], {}, "normalize is listed twice"),
        (["extract", "license"], {}, "license reads the page itself and must come before extract"),
        (["normalize", "gopher_quality"], {"languages": CHAIN}, "needs the step `language`"),
        (["language", "normalize"], {"languages": CHAIN}, "normalize must come before language"),
        ([{"name": "license", "sources": {"other": {}}}], {}, "no source is named other"),
    ],
)
def test_an_order_of_steps_that_makes_no_sense_is_refused(
    steps: list[Any], settings: dict[str, Any], wrong: str
) -> None:
    named = [{"name": step} if isinstance(step, str) else step for step in steps]
    with pytest.raises(ValidationError, match=wrong):
        stage([NOTES], named, **settings)


def test_the_chain_of_a_language_replaces_bounds_and_not_what_is_asked_of_every_document() -> None:
    steps = [{"name": name} for name in ("language", "gopher_quality", "quality", "decontamination")]
    own = {
        "deu_Latn": [{"name": "fineweb"}],
        "fin_Latn": [{"name": "quality", "score": {"min": 0.5}}, {"name": "c4"}],
    }
    made = stage([NOTES], steps, languages=own)
    assert [filter.name for filter in made.filters_for("deu_Latn")] == [
        *("language", "fineweb", "quality", "decontamination")
    ]
    assert [filter.name for filter in made.filters_for("fin_Latn")] == ["language", "quality", "c4", "decontamination"]
    assert [filter.name for filter in made.filters_for("swe_Latn")] == [step["name"] for step in steps]
    assert made.filters_for("fin_Latn")[1].bounds()["score"] != made.filters_for("deu_Latn")[2].bounds()["score"]


def test_sources_of_one_name_are_refused() -> None:
    with pytest.raises(ValidationError, match="several sources are named notes"):
        stage([NOTES, NOTES])
    assert stage([NOTES, {**NOTES, "name": "more"}], [{"name": "license", "sources": {"more": {}}}])


def test_a_repeated_id_is_a_rejected_row_and_a_copy_is_not(tmp_path: Path) -> None:
    corpus = Corpus(tmp_path, "id")
    corpus.write("a", *({"id": name, "text": text} for name, text in [("x", "rain"), ("x", "雨"), ("y", "ฝน")]))
    corpus.write("b", {"id": "z", "text": "a"}, {"id": "z", "text": "a"})
    found = corpus.run([{"name": "normalize"}])
    assert sorted(row["text"] for row in rows(found, "documents", "kept")) == ["a", "a", "rain", "ฝน"]
    assert [row["rejected_by"] for row in rows(found, "documents", "rejected")] == ["source.repeated_id"]


def test_ids_may_include_the_contents(tmp_path: Path) -> None:
    corpus = Corpus(tmp_path)
    corpus.write("a", *({"id": "x", "text": text} for text in ("rain", "雨", "ฝน")))
    fields = {"text": "text", "id": "id", "id_with_contents": True}
    source = {"kind": "jsonl", "name": "notes", "paths": [str(tmp_path / "in")], "fields": fields}
    kept = rows(corpus.run([{"name": "normalize"}], sources=[source]), "documents", "kept")
    assert len({row["id"] for row in kept}) == 3
    assert {row["source_id"].partition("#")[0] for row in kept} == {"x"}


def test_thousands_of_small_files_are_several_tasks(tmp_path: Path) -> None:
    for number in range(1200):
        (tmp_path / f"{number:04}.txt").write_bytes(b"x")
    assert [weight for _, weight in groups(tmp_path, 8 << 20)] == [500, 500, 200]


@pytest.mark.parametrize("limit", [1, 3, 5, 7, 100])
def test_of_a_trial_so_many_documents_of_each_source_are_read_and_all_are_accounted_for(
    tmp_path: Path, limit: int
) -> None:
    folders = {"small": [1, 0, 1], "large": [4, 9]}
    sources = []
    for name, sizes in folders.items():
        (tmp_path / name).mkdir()
        for number, size in enumerate(sizes):
            lines = [json.dumps({"text": f"{name} {number} {row}", "id": f"{number}-{row}"}) for row in range(size)]
            lines += ["no JSON"] if size > 4 else []
            (tmp_path / name / f"{number}.jsonl").write_text("\n".join(lines))
        sources.append({"kind": "jsonl", "name": name, "paths": [str(tmp_path / name)], "fields": {"id": "id"}})
    corpus = Corpus(tmp_path)
    read = dict.fromkeys(folders, 0)
    found = corpus.run([{"name": "normalize"}], sources=sources, limit=limit)
    for role in ("kept", "rejected"):
        for row in rows(found, "documents", role):
            read[row["source"]] += 1
    assert read == {"small": min(limit, 2), "large": min(limit, 14)}
    receipts = found.stage("documents").receipts.values()
    assert sum(receipt.rows for receipt in receipts) == sum(read.values())
