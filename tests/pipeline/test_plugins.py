"""A filter, source or step without a fork: in a file, or in an installed package."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest
from typer.testing import CliRunner

from jobs.__main__ import app
from pipeline import code, plugins
from pipeline.answers.finished_run import open_run
from pipeline.catalogue import FILTERS, SOURCES, STEPS
from pipeline.config import json_schema, load
from pipeline.errors import ConfigError
from pipeline.run import Local, run
from shards import files
from tests.runs import ROOT, Silent, forget_plugins

SHOUTING = """
from typing import Literal

from filters.base import Filter, Range, Signals
from filters.documents import Documents


class Shouting(Filter):
    \"\"\"Keep documents whose lines do not all end in exclamation marks.\"\"\"

    name: Literal["shouting"] = "shouting"
    shouted_lines: Range = Range(max=0.5)  # share of lines that end with an exclamation mark

    def measure(self, documents: Documents) -> Signals:
        lines = documents.lines
        return {"shouted_lines": lines.fraction(documents.characters.points[lines.ends - 1] == ord("!"))}
"""
REVERSED = """
from collections.abc import Mapping
from typing import Literal

import pyarrow as pa

from filters.chain import REASONS, Judgement, Step
from shards.schema import with_columns


class Reversed(Step):
    \"\"\"Write every text from its end.\"\"\"

    name: Literal["reversed"] = "reversed"

    def run(self, batch: pa.RecordBatch) -> Judgement:
        texts = pa.array([text[::-1] for text in batch.column("text").to_pylist()], pa.string())
        lengths = pa.array([len(text) for text in texts.to_pylist()], pa.int32())
        broken = pa.array([[] for _ in range(batch.num_rows)], REASONS)
        return Judgement(with_columns(batch, {"text": texts}), {"reversed.length": lengths}, broken)

    def measures(self) -> Mapping[str, pa.DataType]:
        return {"reversed.length": pa.int32()}
"""
COUPLETS = """
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar, Literal

from pipeline.sources.base import Row, Skipped, Source, Split


class Couplets(Source):
    \"\"\"Two lines a document.\"\"\"

    kind: Literal["couplets"] = "couplets"
    suffixes: ClassVar[tuple[str, ...]] = (".couplets",)

    def read(self, split: Split, skipped: Skipped | None = None) -> Iterator[Row]:
        lines = Path(split.file).read_text(encoding="utf-8").splitlines()
        for first in range(0, len(lines), 2):
            text = "\\n".join(lines[first : first + 2])
            yield self.row(str(first), {"source": self.name, "file": "", "row": first}, text)
"""
CONFIG = """\
name: plugged
output: {output}
modules: [shouting.py, reversed.py, couplets.py]
ray: {{num_cpus: 1}}
stages:
  - name: documents
    sources: [{{kind: couplets, name: poems, paths: ["{folder}/*.couplets"]}}]
    steps: [{{name: reversed}}, {{name: shouting, shouted_lines: {{max: 0.4}}}}]
"""
POEM = "!天下雨了\nيا مطر\n!ฝนตก\n!rain\nsnow\nice\n"


@pytest.fixture
def plugged(tmp_path: Path) -> Iterator[Path]:
    for name, text in (("shouting", SHOUTING), ("reversed", REVERSED), ("couplets", COUPLETS)):
        (tmp_path / f"{name}.py").write_text(text, encoding="utf-8")
    (tmp_path / "a.couplets").write_text(POEM, encoding="utf-8")
    (tmp_path / "config.yaml").write_text(CONFIG.format(output=tmp_path / "out", folder=tmp_path), encoding="utf-8")
    yield tmp_path
    forget_plugins()


def texts(output: Path, role: str = "kept") -> list[str]:
    documents = open_run(str(output)).stage("documents")
    return [
        text for task in documents.tasks for text in files.read_table(documents.uri(task.key, role))["text"].to_pylist()
    ]


def test_a_file_brings_a_source_a_step_and_a_filter(plugged: Path) -> None:
    result = run(load(str(plugged / "config.yaml")), Local(), Silent())
    assert not result.failures
    assert texts(plugged / "out") == ["eci\nwons"]
    assert texts(plugged / "out", "rejected") == ["رطم اي\n了雨下天!", "niar!\nกตนฝ!"]
    signals = result.stages[0].uri(result.stages[0].tasks[0].key, "signals")
    table = files.read_table(signals)
    assert table["rejected_by"].to_pylist().count("shouting.shouted_lines") == 2
    assert table["reversed.length"].type == pa.int32()


def test_it_works_on_workers_that_have_no_such_file(plugged: Path) -> None:
    here = subprocess.run(
        [sys.executable, "-m", "jobs", "run", str(plugged / "config.yaml")],
        check=False, cwd=ROOT, capture_output=True, text=True,
    )  # fmt: skip
    assert here.returncode == 0, here.stderr
    assert texts(plugged / "out") == ["eci\nwons"]
    modules = (plugins.Module("plugged_in_elsewhere", "/no/such/place/elsewhere.py", SHOUTING),)
    plugins.restore(modules)
    assert Path(str(sys.modules["plugged_in_elsewhere"].__file__)).read_text(encoding="utf-8") == SHOUTING


def test_changed_code_is_another_stage_and_a_changed_comment_is_not(plugged: Path) -> None:
    def folder() -> str:
        forget_plugins()
        return run(load(str(plugged / "config.yaml")), Local(), Silent()).stages[0].folder

    first = folder()
    (plugged / "shouting.py").write_text(SHOUTING + "# a remark\n", encoding="utf-8")
    assert folder() == first
    (plugged / "shouting.py").write_text(SHOUTING.replace("== ord", "!= ord"), encoding="utf-8")
    assert folder() != first


def test_the_same_file_elsewhere_gives_the_same_stage(plugged: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    here = run(load(str(plugged / "config.yaml")), Local(), Silent()).stages[0].folder
    other = tmp_path_factory.mktemp("other")
    for path in plugged.glob("*.py"):
        (other / path.name).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    (other / "config.yaml").write_text((plugged / "config.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    forget_plugins()
    assert run(load(str(other / "config.yaml")), Local(), Silent()).stages[0].folder == here


def test_commands_know_a_filter_of_a_file(plugged: Path) -> None:
    module = ["--module", str(plugged / "shouting.py")]
    listed = CliRunner().invoke(app, ["filters", "shouting", *module], catch_exceptions=False).output
    assert "shouting  Keep documents whose lines do not all end in exclamation marks." in listed
    assert "shouted_lines" in listed
    (plugged / "page.txt").write_text("下雨了！\nRain!\nSnow!\n", encoding="utf-8")
    tried = CliRunner().invoke(app, ["try", "shouting", str(plugged / "page.txt"), *module], catch_exceptions=False)
    assert "shouting.shouted_lines" in tried.output
    assert "Shouting" in json.dumps(json_schema())


def test_an_installed_package_names_its_filter_by_entry_point(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "loud_filters"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "shouting.py").write_text(SHOUTING.replace("shouting", "loud"), encoding="utf-8")
    information = tmp_path / "loud_filters-1.0.dist-info"
    information.mkdir()
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: loud-filters\nVersion: 1.0\n")
    (information / "entry_points.txt").write_text("[yuliao.filters]\nloud = loud_filters.shouting:Shouting\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(FILTERS.__dict__, "_entry_points", raising=False)
    try:
        assert "loud" in FILTERS.names()
        model = FILTERS.find("loud")
        assert STEPS.find("loud") is model
        assert set(code.code_digests(model.__module__)) >= {"loud_filters.shouting", "filters.base"}
    finally:
        del FILTERS.__dict__["_entry_points"]


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("x = 1\n", "defines no filter, step or source"),
        ("import no_such_library\n", "ModuleNotFoundError: No module named 'no_such_library'"),
        ("def (:\n", "SyntaxError"),
        ("raise SystemExit('not today')\n", "SystemExit: not today"),
        ("1 / 0\n", "ZeroDivisionError"),
        (SHOUTING.replace('"shouting"', '"c4"'), "name 'c4' is taken by filters.c4"),
        (SHOUTING + SHOUTING.replace("Shouting", "Louder"), "name 'shouting' is taken by Shouting"),
    ],
)
def test_a_file_that_brings_nothing_is_an_error_that_names_it(plugged: Path, source: str, message: str) -> None:
    (plugged / "shouting.py").write_text(source, encoding="utf-8")
    with pytest.raises(ConfigError, match=r"shouting\.py") as caught:
        load(str(plugged / "config.yaml"))
    assert message in str(caught.value)


def test_a_file_that_is_changed_brings_what_it_says_now_and_nothing_it_said_before(plugged: Path) -> None:
    path = plugged / "shouting.py"
    plugins.load(path)
    path.write_text(SHOUTING.replace('"shouting"', '"loud"'), encoding="utf-8")
    plugins.load(path)
    assert {"loud", "shouting"} & {*FILTERS.names()} == {"loud"}
    path.write_text(SHOUTING + SHOUTING.replace("Shouting", "Louder"), encoding="utf-8")
    with pytest.raises(ConfigError, match="taken by Shouting"):
        plugins.load(path)
    assert not {"loud", "shouting"} & {*FILTERS.names()}, "of a file that is refused nothing stays"


def install(folder: Path, package: str, point: str, code: str) -> None:
    """Lay an installed package into a folder, which names a filter by entry point."""
    (folder / f"{package}.py").write_text(code, encoding="utf-8")
    information = folder / f"{package}-1.0.dist-info"
    information.mkdir()
    (information / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
    (information / "entry_points.txt").write_text(f"[yuliao.filters]\n{point} = {package}:Shouting\n")


@pytest.mark.parametrize(
    ("packages", "message"),
    [
        ({"broken": ("shouting", "import no_such_library\n")}, "broken: broken:Shouting: ModuleNotFoundError"),
        ({"leaving": ("shouting", "raise SystemExit(3)\n")}, "leaving: leaving:Shouting: SystemExit: 3"),
        ({"lacking": ("shouting", "x = 1\n")}, "lacking: lacking:Shouting: AttributeError"),
        ({"other": ("shouting", SHOUTING.replace('"shouting"', '"loud"'))}, "no Filter whose name is 'shouting'"),
        ({"usurper": ("c4", SHOUTING)}, "usurper: name 'c4' is taken by filters.c4"),
        ({"one": ("shouting", SHOUTING), "two": ("shouting", SHOUTING)}, "name 'shouting' is taken by "),
    ],
)
def test_an_installed_package_that_brings_nothing_is_an_error_that_names_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, packages: dict[str, tuple[str, str]], message: str
) -> None:
    for package, (point, source) in packages.items():
        install(tmp_path, package, point, source)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(FILTERS.__dict__, "_entry_points", raising=False)
    try:
        with pytest.raises(ConfigError, match=r"^yuliao\.filters: ") as caught:
            FILTERS.find("shouting")
        assert message in str(caught.value)
    finally:
        FILTERS.__dict__.pop("_entry_points", None)
        for package in packages:
            sys.modules.pop(package, None)


def test_a_setting_that_a_plug_in_lacks_is_named_with_those_it_has(plugged: Path) -> None:
    path = plugged / "config.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("shouted_lines", "shouted_line"), encoding="utf-8")
    with pytest.raises(ConfigError, match="no such key; did you mean shouted_lines"):
        load(str(path))
    assert "couplets" in SOURCES.names()
