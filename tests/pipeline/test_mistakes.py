"""Every mistake of `mistakes.yaml` is one message: what is wrong, where, what was found, and what is allowed."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipeline.checks import load_checked
from pipeline.config import load
from pipeline.errors import ConfigError
from pipeline.inputs import Inputs

HERE = Path(__file__).parent
BASE = (HERE / "mistakes_base.yaml").read_text(encoding="utf-8")
MISTAKES: list[dict[str, Any]] = yaml.safe_load((HERE / "mistakes.yaml").read_text(encoding="utf-8"))


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder in which the configuration stands, as `config.yaml`."""
    monkeypatch.chdir(tmp_path)
    for name, content in (("notes/a.jsonl", '{"body": "a", "heading": "b"}\n'), ("pages/a.warc", "")):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text(content)
    return tmp_path


def test_without_a_mistake_nothing_is_said(place: Path) -> None:
    (place / "config.yaml").write_text(BASE, encoding="utf-8")
    load_checked("config.yaml")


@pytest.mark.parametrize("mistake", MISTAKES, ids=[f"{n}" for n in range(1, len(MISTAKES) + 1)])
def test_a_mistake_is_one_message(place: Path, mistake: dict[str, Any]) -> None:
    assert mistake["instead_of"] in BASE
    text = BASE.replace(mistake["instead_of"], mistake["written"], 1)
    (place / "config.yaml").write_text(text, encoding="utf-8")
    for name, content in mistake.get("beside", {}).items():
        (place / name).write_text(content)
    with pytest.raises(ConfigError) as caught:
        load_checked("config.yaml")
    expected = ".*".join(re.escape(part) for part in mistake["message"].replace("{folder}", str(place)).split("…"))
    assert re.fullmatch(expected, str(caught.value)), f"{caught.value}\nwas expected to be\n{mistake['message']}"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "config.yaml: the file is empty"),
        (b"- a\n- b", "config.yaml: expected a mapping of keys, found ['a', 'b']"),
        (b"\x00", "config.yaml:1: the character U+0000 is not allowed in YAML"),
        ("name: 文".encode("utf-16"), "config.yaml: this is UTF-16; save it as UTF-8"),
        ("name: a\ntitle: 中文".encode("gb18030"), "config.yaml:2: not UTF-8: found the byte 0xd6; save it as UTF-8"),
        (b"a: &a [*a]", "config.yaml:1: an alias refers to a value that contains it"),
        (
            b"a: " + b"[" * 100_000 + b"]" * 100_000,
            "config.yaml:1: more than 100 lists and mappings within one another",
        ),
        (b"- " * 50_000 + b"a", "config.yaml:1: more than 100 lists and mappings within one another"),
    ],
    ids=range(8),
)
def test_what_is_no_configuration_is_one_message(place: Path, content: bytes, message: str) -> None:
    (place / "config.yaml").write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        load("config.yaml")
    assert str(caught.value) == message


def test_aliases_that_unfold_into_millions_of_values_are_refused_at_once(place: Path) -> None:
    lines = ["a0: &a0 [x,x,x,x,x,x,x,x,x,x]"]
    lines += [f"a{level}: &a{level} [{','.join([f'*a{level - 1}'] * 10)}]" for level in range(1, 10)]
    (place / "config.yaml").write_text("\n".join(lines))
    with pytest.raises(ConfigError, match=r"config\.yaml:\d: its aliases unfold to more than 200,000 values"):
        load("config.yaml")


def test_files_are_found_by_their_names_whatever_signs_are_in_them(place: Path) -> None:
    names = ["br[1].jsonl", "star*.jsonl", "starfish.jsonl", "q?.jsonl", "{a,b}.jsonl", "名 前#%20.jsonl"]
    for name in names:
        (place / "notes" / name).write_text('{"body": "a", "heading": "b"}\n')
    for paths in (["notes/"], [f"notes/{name}" for name in names]):
        (place / "config.yaml").write_text(BASE.replace('["${input}/*.jsonl"]', str(paths)), encoding="utf-8")
        source = load_checked("config.yaml").stages[0].sources[0]  # type: ignore[union-attr]
        found = [split.name for split in source.splits()]
        assert set(names) <= {name.rpartition("/")[2] for name in found}
        assert all(Inputs(str(place / "inputs.json")).identify(split.file)[1] for split in source.splits())
