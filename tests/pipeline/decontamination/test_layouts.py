"""Every evaluation set of the shipped configuration, read from a small file in its repository's layout."""

from pathlib import Path

import pytest
import yaml
from pydantic import BaseModel

from pipeline.config import load_as
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
