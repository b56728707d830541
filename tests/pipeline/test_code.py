"""What decides a stage's result is read from its imports: all of it, and nothing else."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline import code
from pipeline.module_code import read_module
from pipeline.stages.documents import DocumentsStage
from pipeline.stages.reading import _reader

ROOT = Path(code.__file__).parent.parent
DEDUP, PUBLISH = "pipeline.stages.dedup.verdicts", "pipeline.stages.publish"
STEPS = ("license", "extract", "normalize", "language", "gopher_quality", "machine_text", "pii")


def documents(*steps: str) -> DocumentsStage:
    kind = "warc" if "extract" in (steps or STEPS) else "jsonl"
    source = {"kind": kind, "name": "pages", "paths": ["none"]}
    return DocumentsStage.model_validate({"sources": [source], "steps": [{"name": name} for name in steps or STEPS]})


def forget() -> None:
    for cached in (code.file_digest, code._closure, code._data, code._find, read_module):
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


def test_documents_rest_on_the_steps_that_are_configured_and_on_no_other() -> None:
    digests = code.code_digests(*documents().modules())
    assert {"filters.license", "filters.licences.page", "filters.text.kernels", "pipeline.extract.blocks_engine"} <= {
        *digests
    }
    assert not {"filters.c4", "filters.url", "filters.lists.addresses", "pipeline.sources.warc"} & {*digests}
    assert "pipeline.extract.extract" not in code.code_digests(*documents("language").modules())


def test_a_new_filter_that_nobody_uses_repeats_no_stage(copy: Path) -> None:
    before = code.code_digests(*documents().modules())
    (copy / "filters" / "shouting.py").write_text("from filters.base import Filter\nBOUND = 1\n")
    forget()
    assert code.code_digests(*documents().modules()) == before


@pytest.mark.parametrize("used", ["filters/machine_text.py", "filters/text/phrases.py", "pipeline/extract/metadata.py"])
def test_a_changed_module_behind_a_configured_step_repeats_the_stage(copy: Path, used: str) -> None:
    before = code.code_digests(*documents().modules())
    path = copy / used
    path.write_text(path.read_text(encoding="utf-8") + "\nCHANGED = 1\n", encoding="utf-8")
    forget()
    after = code.code_digests(*documents().modules())
    assert [name for name in before if before[name] != after[name]] == [used.removesuffix(".py").replace("/", ".")]


@pytest.mark.parametrize(("changed", "others"), [("warc", False), ("jsonl", True), ("base", False)])
def test_a_reader_is_named_by_its_own_tasks_alone(copy: Path, changed: str, others: bool) -> None:
    source = documents().sources[0]
    stage, before = code.code_digests(*documents().modules()), _reader(source, None)
    path = copy / "pipeline" / "sources" / f"{changed}.py"
    path.write_text(path.read_text(encoding="utf-8") + "\nCHANGED = 1\n", encoding="utf-8")
    forget()
    assert (_reader(source, None) == before) == others
    assert (code.code_digests(*documents().modules()) == stage) == (changed != "base")


def test_what_comes_later_decides_nothing_of_what_came_before() -> None:
    first, dedup = code.code_digests(*documents().modules()), code.code_digests(DEDUP)
    assert not [name for name in first if name.startswith(("dedup.", "pipeline.stages.dedup", "pipeline.runner"))]
    assert not [name for name in dedup if name.startswith(("pipeline.extract", "pipeline.stages.publish"))]
    assert not [name for name in code.code_digests(PUBLISH) if name.startswith(("pipeline.sources", "dedup."))]


def test_tables_beside_the_code_are_a_part_of_it(copy: Path) -> None:
    before = code.code_digests(*documents().modules())
    table = copy / "filters" / "text" / "phrases.tsv"
    table.write_text(table.read_text() + "cookies\teng\tanother phrase\n")
    forget()
    after = code.code_digests(*documents().modules())
    assert [name for name in before if before[name] != after[name]] == ["filters/text/phrases.tsv"]
    assert "filters/licences/classes.tsv" in after


def test_libraries_are_those_that_the_code_imports_but_for_what_carries_bytes() -> None:
    versions = code.library_versions(*documents().modules())
    assert {"ftfy", "lxml", "numba", "opencc", "resiliparse", "trafilatura"} <= set(versions)
    assert not {"pydantic", "fsspec", "ray"} & set(versions)


def test_a_library_of_one_reader_is_named_by_its_tasks_and_not_by_the_stage() -> None:
    stage = documents("extract", "language")
    reader = _reader(stage.sources[0], None)
    assert "fastwarc" in reader.libraries
    assert not {"fastwarc", "isal"} & set(code.library_versions(*stage.modules()))


def test_a_module_that_is_not_there_is_an_error() -> None:
    with pytest.raises(ModuleNotFoundError, match="no_such_room"):
        code.code_digests("no_such_room")
