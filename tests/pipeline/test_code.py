"""What decides a stage's result is read from its imports: all of it, and nothing else."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline import code
from pipeline.sources.warc import Warc
from pipeline.stages.documents import DocumentsStage

ROOT = Path(code.__file__).parent.parent
DOCUMENTS, DEDUP, PUBLISH = "pipeline.stages.documents", "pipeline.stages.dedup.verdicts", "pipeline.stages.publish"
WITHOUT_EFFECT = {"filters.documentation"}  # a page of the docs
AFTERWARDS = {
    "filters.licences",
    "filters.licences.hosts",
    "filters.optouts",
    "filters.personal",
}  # the stages of rights


def forget() -> None:
    for cached in (code.file_digest, code._closure, code._find, code._read):
        cached.cache_clear()


@pytest.fixture
def copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    for room in code.ROOMS:
        shutil.copytree(ROOT / room, tmp_path / room, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(code, "_ROOT", tmp_path)
    forget()
    yield tmp_path
    forget()


def test_comments_and_docstrings_change_no_digest_and_code_does(copy: Path) -> None:
    path = copy / "shards" / "spans.py"
    digests = []
    for text in ('"""One."""\nx = 1\n', '"""Two."""\n\n# why\nx = (1)\n', '"""One."""\nx = 2\n'):
        path.write_text(text)
        forget()
        digests.append(code.code_digests("shards.spans")["shards.spans"])
    assert digests[0] == digests[1] != digests[2]


def test_documents_stand_on_every_reader_extractor_and_filter() -> None:
    ours = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for room in ("filters", "pipeline/extract", "pipeline/sources")
        for path in (ROOT / room).rglob("*.py")
    }
    assert ours - set(code.code_digests(DOCUMENTS)) == WITHOUT_EFFECT | AFTERWARDS


def test_a_moved_module_is_still_a_part_of_what_decides() -> None:
    assert "pipeline.mathml" in code.code_digests(DOCUMENTS), "readers and extractors import it from elsewhere"


def test_what_comes_later_decides_nothing_of_what_came_before() -> None:
    documents, dedup = code.code_digests(DOCUMENTS), code.code_digests(DEDUP)
    assert not [name for name in documents if name.startswith(("dedup.", "pipeline.stages.dedup", "pipeline.runner"))]
    assert not [name for name in dedup if name.startswith(("pipeline.extract", "pipeline.stages.publish"))]
    assert not [name for name in code.code_digests(PUBLISH) if name.startswith(("pipeline.sources", "dedup."))]


def test_tables_beside_the_code_are_a_part_of_it(copy: Path) -> None:
    before = code.code_digests(DOCUMENTS)
    table = copy / "filters" / "text" / "phrases.tsv"
    table.write_text(table.read_text() + "cookies\teng\tanother phrase\n")
    forget()
    after = code.code_digests(DOCUMENTS)
    assert [name for name in before if before[name] != after[name]] == ["filters/text/phrases.tsv"]
    assert "filters/licences/verdicts.yaml" in after


def test_libraries_are_those_that_the_code_imports_but_for_what_carries_bytes() -> None:
    versions = code.library_versions(DOCUMENTS)
    assert {"ftfy", "lxml", "numba", "opencc", "resiliparse", "trafilatura"} <= set(versions)
    assert not {"pydantic", "fsspec", "ray"} & set(versions)


def test_a_library_of_one_reader_is_named_by_its_tasks_and_not_by_the_stage(tmp_path: Path) -> None:
    (tmp_path / "a.txt").touch()
    stage = DocumentsStage.model_validate(
        {
            "sources": [{"kind": "text", "name": "notes", "paths": [str(tmp_path / "*.txt")]}],
            "steps": [{"name": "language"}],
        }
    )
    assert "fastwarc" in Warc.libraries
    assert not set(Warc.libraries) & set(stage.libraries())


def test_a_module_that_is_not_there_is_an_error() -> None:
    with pytest.raises(ModuleNotFoundError, match="no_such_room"):
        code.code_digests("no_such_room")
