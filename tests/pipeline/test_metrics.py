"""The numbers for Prometheus are those of the receipts."""

import re
from collections import Counter

from pipeline.metrics import StageNumbers, as_text
from tests.runs import SampleWeb

SAMPLE = re.compile(r'([a-z_]+)\{((?:[a-z]+="(?:[^"\\\n]|\\.)*",?)*)\} (\S+)')


def samples(text: str) -> dict[tuple[str, ...], float]:
    """Return every sample by its name and the values of its labels, without the run's."""
    found = [SAMPLE.fullmatch(line) for line in text.splitlines() if not line.startswith("#")]
    assert all(found)
    return {(m[1], *re.findall(r'[a-z]+="((?:[^"\\]|\\.)*)"', m[2])[1:]): float(m[3]) for m in found if m is not None}


def test_every_number_of_a_run_is_the_sum_of_its_receipts(whole_run: SampleWeb) -> None:
    found = samples((whole_run.folder / "whole" / "metrics.prom").read_text(encoding="utf-8"))
    expected: Counter[tuple[str, ...]] = Counter()
    for stage in whole_run.open("whole").stages:
        for receipt in stage.receipts.values():
            expected["yuliao_tasks", stage.name, "done"] += 1
            expected["yuliao_tasks", stage.name, "planned"] += 1
            expected["yuliao_documents", stage.name, "kept"] += receipt.kept_rows
            expected["yuliao_documents", stage.name, "rejected"] += receipt.rejected_rows
            for reason, languages in receipt.rejected.items():
                expected["yuliao_rejected_documents", stage.name, reason] += sum(languages.values())
            expected["yuliao_written_bytes", stage.name] += sum(file.bytes for file in receipt.files.values())
            expected["yuliao_unreadable_inputs", stage.name] += len(receipt.unreadable)
    counted = {name: value for name, value in found.items() if "seconds" not in name[0] and "peak" not in name[0]}
    assert {name: value for name, value in counted.items() if value} == {n: v for n, v in expected.items() if v}
    cpu = sum(r.cpu_seconds for stage in whole_run.open("whole").stages for r in stage.receipts.values())
    assert abs(sum(v for name, v in found.items() if name[0] == "yuliao_cpu_seconds") - cpu) < 0.01
    assert sum(v for name, v in found.items() if name[0] == "yuliao_unreadable_inputs") > 0


def test_no_name_breaks_a_line() -> None:
    text = as_text('a"b\\c\nd', [("documents", StageNumbers(rejected=Counter({'x="\n': 2})))])
    assert samples(text)["yuliao_rejected_documents", "documents", r"x=\"\n"] == 2
