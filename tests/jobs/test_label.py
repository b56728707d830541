"""`yuliao label`: from keys to the precision of the filters, and to `yuliao calibrate`."""

import json
from pathlib import Path

import yaml
from typer.testing import CliRunner

from jobs.__main__ import app
from tests.pipeline.pages.parsing import Page
from tests.runs import SampleWeb


def yuliao(*arguments: str, keys: str = "") -> str:
    return CliRunner().invoke(app, list(arguments), input=keys, catch_exceptions=False).output


def test_labels_change_the_reported_precision_and_calibrate_takes_them(whole_run: SampleWeb, tmp_path: Path) -> None:
    run, labels = str(whole_run.folder / "whole"), str(tmp_path / "labels.jsonl")

    def label(keys: str, by: str = "li", *arguments: str) -> str:
        return yuliao("label", run, "--output", labels, "--by", by, *arguments, keys=keys)

    def reported() -> dict[str, dict[str, dict[str, float]]]:
        told = json.loads(yuliao("label", run, "--output", labels, "--report", "--json"))
        return {one["name"]: one for one in told["filters"]}

    shown = label("k4" * 30)
    assert "30 labels by li, 0 before" in shown
    assert f"yuliao label {run} --output {labels} --report" in shown
    assert not any(word in shown for word in ("rejected", "kept", "gopher"))
    assert reported()["all filters"]["precision"]["value"] == 0.0
    assert "labels by li, 30 before" in label("d1s" * 100)
    after = reported()["all filters"]
    assert after["precision"]["value"] > 0
    assert after["precision"]["low"] < after["precision"]["value"]
    assert "0 labels by li" in label(""), "everything is labelled"
    assert "would drop" in yuliao("label", run, "--output", labels, "--report")
    assert "labels by wang, 0 before" in label("k\n" * 100, "wang")
    assert "undecided" in yuliao("label", run, "--output", labels, "--report")

    fields = {"id": "id", "language": "language"}
    (tmp_path / "texts.jsonl").write_text(
        "".join(
            json.dumps({"id": f"h{n}/a", "text": f"Rain {n} over the coast. " * 30, "language": "eng_Latn"}) + "\n"
            for n in range(40)
        )
    )
    sample = [{"sources": [{"kind": "jsonl", "name": "a", "paths": [str(tmp_path / "texts.jsonl")], "fields": fields}]}]
    settings = {
        "output": str(tmp_path / "out"),
        "chain": [{"name": "gopher_quality"}],
        "reference": sample,
        "web": sample,
    }
    (tmp_path / "own.jsonl").write_text(
        "".join(line for line in Path(labels).read_text().splitlines(True) if '"li"' in line)
    )
    settings["labels"] = [{"file": str(tmp_path / "own.jsonl"), "run": run}]
    (tmp_path / "calibration.yaml").write_text(yaml.safe_dump(settings))
    told = yuliao("calibrate", str(tmp_path / "calibration.yaml"), "--report", str(tmp_path / "report"))
    assert "| labelled | documents | would drop | precision" in told
    page = Page((tmp_path / "report" / "report.html").read_text())
    assert [row["chain"] for row in page.tables["rightness"]] == ["as published", "before", "calibrated"]
