"""Every evaluation set of the shipped configuration, read from a small file in its repository's layout."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
import yaml
from pydantic import BaseModel

from filters.decontamination import FROM
from filters.models.benchmarks import matches
from filters.text.segment import characters
from pipeline.config import load_as
from pipeline.decontamination.index import build
from pipeline.decontamination.layouts import items
from pipeline.decontamination.settings import Benchmark, DecontaminationIndex
from pipeline.errors import ConfigError
from tests.runs import ROOT


class Layout(BaseModel, frozen=True, extra="forbid"):
    name: str
    path: str
    content: str
    question: str


CASES = [Layout.model_validate(one) for one in yaml.safe_load(Path(__file__).with_name("layouts.yaml").read_bytes())]
SHIPPED = load_as(DecontaminationIndex, str(ROOT / "configs/decontamination/benchmarks.yaml"))


def test_every_set_has_a_file_of_its_layout_here() -> None:
    assert [one.name for one in CASES] == list(SHIPPED.named())
    assert len(CASES) >= 25
    assert len({tag.partition("_")[0] for one in SHIPPED.benchmarks for tag in one.languages}) >= 9


@pytest.mark.parametrize(
    ("benchmark", "case"), list(zip(SHIPPED.benchmarks, CASES, strict=True)), ids=lambda one: one.name
)
def test_the_first_item_asks_what_the_file_asks(benchmark: Benchmark, case: Layout, tmp_path: Path) -> None:
    path = tmp_path / case.name / case.path
    path.parent.mkdir(parents=True)
    path.write_text(case.content, encoding="utf-8")
    found = list(items(benchmark, tmp_path))
    assert found[0].question == case.question
    assert len({one.id for one in found}) == len(found)
    if benchmark.options:
        assert len(found[0].options) >= 2
    if benchmark.passage and benchmark.name not in ("agieval", "sciq"):
        assert found[0].passage


def test_a_file_of_another_layout_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "gsm8k/grade_school_math/data"
    folder.mkdir(parents=True)
    (folder / "test.jsonl").write_text('{"prompt": "?"}\n', encoding="utf-8")
    with pytest.raises(ConfigError, match=r"gsm8k: .*test\.jsonl: no item has 'question'"):
        list(items(SHIPPED.benchmarks[0], tmp_path))


JAPANESE = yaml.safe_load(Path(__file__).with_name("japanese.yaml").read_bytes())
PAGE = "昨日は近所の商店街で秋祭りがあり、子どもたちが太鼓を鳴らしながら歩いた。夕方からは風が出て、提灯が揺れた。"
EDITS: dict[str, Callable[[str, list[str]], str]] = {
    "verbatim": lambda question, choices: question,
    "with its choices": lambda question, choices: question + "\n" + "\n".join(choices),
    "choices in another order": lambda question, choices: question + " / ".join(reversed(choices)),
    "other marks": lambda question, choices: re.sub("[、。？]", " ", question),
    "full width": lambda question, choices: question.translate({ord(digit): ord(digit) + 0xFEE0 for digit in "0136"}),
    "in two lines": lambda question, choices: question.replace("、", "、\n"),
    "one character of twelve is another": lambda question, choices: "".join(
        "々" if place % 12 == 7 else each for place, each in enumerate(question)
    ),
    "as a quotation": lambda question, choices: f"問題は「{question}」というものだった。",
}


@pytest.mark.parametrize("edit", EDITS)
def test_japanese_items_in_the_layout_of_their_repository_are_found_under_an_edit(edit: str, tmp_path: Path) -> None:
    (jcommonsenseqa,) = (one for one in SHIPPED.benchmarks if one.name == "jcommonsenseqa")
    path = tmp_path / "jcommonsenseqa" / "datasets/jcommonsenseqa-v1.1/valid-v1.1.json"
    path.parent.mkdir(parents=True)
    rows = [
        {"q_id": n, "question": one["question"], **{f"choice{k}": each for k, each in enumerate(one["choices"])}}
        for n, one in enumerate(JAPANESE)
    ]
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    found = list(items(jcommonsenseqa, tmp_path))
    built = build(found, [])
    pages = [f"{PAGE}\n{EDITS[edit](one['question'], one['choices'])}\n{PAGE}" for one in JAPANESE]
    matched = matches(built.index, characters(pa.array([*pages, PAGE], pa.string())))
    assert built.left_out == {"jcommonsenseqa": 0}
    assert (matched.overlap[:-1] > FROM).all(), np.flatnonzero(matched.overlap[:-1] <= FROM)
    assert matched.overlap[-1] <= FROM
