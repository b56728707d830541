"""Configurations to begin with: each is one that runs as soon as its inputs are there."""

from pathlib import Path

import pytest

from pipeline.checks import load_checked
from pipeline.config import load
from pipeline.errors import ConfigError, QuestionError
from pipeline.purposes import PURPOSES, begin, purposes

INPUTS = {
    "common_crawl": ["input=pages/"],
    "files": ["input=letters/", "license=CC-BY-4.0"],
    "crawl": ["contact=crawler@example.org"],
    "literature": ["articles=articles/", "papers=papers/", "pdfs=pdfs/", "wiki=wiki/"],
    "domain": ["domain=life_health", "articles=articles/", "records=records/", "license=CC0-1.0", "pages=pages/"],
}
FILES = {
    "pages/a.warc": b"",
    "out/crawl/crawl/run/round-00/000/pages/a.warc.gz": b"",
    "letters/a.txt": b"Dear reader",
    "articles/a.xml": b"<article/>",
    "papers/a.tex": b"x",
    "pdfs/a.pdf": b"%PDF-",
    "wiki/a.xml": b"<mediawiki/>",
    "records/a.jsonl": b'{"text": "a"}\n',
}


@pytest.mark.parametrize("purpose", PURPOSES)
def test_it_passes_its_checks_once_its_inputs_are_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, purpose: str
) -> None:
    monkeypatch.chdir(tmp_path)
    begin(purpose, Path("mine.yaml"))
    with pytest.raises(ConfigError, match=r"no such file|no value; give it with -p"):
        load_checked("mine.yaml")
    for name, content in FILES.items():
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_bytes(content)
    load_checked("mine.yaml", INPUTS[purpose])


@pytest.mark.parametrize("purpose", PURPOSES)
def test_editors_find_its_schema_and_its_own_name_stands_in_its_commands(tmp_path: Path, purpose: str) -> None:
    path = tmp_path / "mine.yaml"
    begin(purpose, path)
    first, *rest = path.read_text(encoding="utf-8").splitlines()
    assert Path(first.removeprefix("# yaml-language-server: $schema=")).is_file()
    assert any(str(path) in line for line in rest)


@pytest.mark.parametrize("purpose", PURPOSES)
def test_its_defaults_are_safe(tmp_path: Path, purpose: str) -> None:
    begin(purpose, tmp_path / "mine.yaml")
    documents, *others = load(str(tmp_path / "mine.yaml"), INPUTS[purpose]).stages
    assert {stage.name for stage in others} >= {"rights", "dedup", "publish"}
    assert all(not stage.unlicensed for stage in others if stage.name == "publish")
    steps = [step.name for step in documents.steps]  # type: ignore[union-attr]
    assert "license" in steps
    if any(source.gives_pages for source in documents.sources):  # type: ignore[union-attr]
        assert {"url", "hidden_text", "boilerplate", "machine_text", "pii"} < set(steps)


def test_a_purpose_is_told_and_a_file_that_is_there_is_left_alone(tmp_path: Path) -> None:
    assert set(purposes()) == set(PURPOSES)
    with pytest.raises(QuestionError, match=r"'comon_crawl' is none of .*; did you mean common_crawl?"):
        begin("comon_crawl", tmp_path / "a.yaml")
    (tmp_path / "a.yaml").write_text("mine")
    for path in (tmp_path / "a.yaml", tmp_path / "nowhere" / "a.yaml"):
        with pytest.raises(ConfigError, match="name another file after --to"):
            begin("files", path)
    assert (tmp_path / "a.yaml").read_text() == "mine"
