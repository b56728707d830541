"""The dashboard and the alerts name what `metrics.prom` has, and Prometheus understands them."""

import json
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from pipeline.metrics import METRICS, StageNumbers, as_text
from tests.runs import ROOT

RULES = ROOT / "jobs" / "prometheus" / "rules.yaml"
DASHBOARD = ROOT / "jobs" / "grafana" / "yuliao.json"


def expressions() -> Iterator[str]:
    """Yield what the panels ask and what the alerts wait for."""
    for panel in json.loads(DASHBOARD.read_text(encoding="utf-8"))["panels"]:
        yield from (target["expr"] for target in panel["targets"])
    for group in yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"]:
        yield from (rule["expr"] for rule in group["rules"])


def test_they_ask_for_metrics_and_labels_that_a_run_writes() -> None:
    every = list(expressions())
    assert set(re.findall(r"yuliao_\w+", " ".join(every))) == set(METRICS), "each is shown, and none that is not there"
    written = as_text("r", [("documents", StageNumbers(rejected=Counter({"a.b": 1})))])
    labels = set(re.findall(r"[{,](\w+)=", written))
    text = " ".join(every)
    grouped = re.findall(r"\w+", " ".join(re.findall(r"by \(([^)]*)\)", text)))
    assert {*re.findall(r"[{,](\w+)=", text), *grouped} <= labels
    assert set(re.findall(r'state="(\w+)"', " ".join(every))) <= set(re.findall(r'state="(\w+)"', written))


def test_prometheus_understands_them_and_the_alerts_come_when_they_are_due(tmp_path: Path) -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("needs promtool (the Debian package prometheus)")
    every = enumerate(expressions())
    panels = [{"record": f"panel_{number}", "expr": each.replace("$run", ".*")} for number, each in every]
    (tmp_path / "panels.yaml").write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": panels}]}))
    for command in (
        ("check", "rules", str(RULES), str(tmp_path / "panels.yaml")),
        ("test", "rules", str(RULES.with_name("rules_test.yaml"))),
    ):
        ended = subprocess.run([promtool, *command], capture_output=True, text=True)
        assert ended.returncode == 0, ended.stdout + ended.stderr
