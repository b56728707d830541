"""Progress is told while tasks run: by host, and by round."""

import json
from pathlib import Path

from pipeline.crawl.progress import HostProgress, read_progress, round_progress, write_progress
from tests.pipeline.crawl.simulation import Simulated, begin, settings
from tests.pipeline.crawl.web import page


def test_progress_is_told_by_round_while_some_tasks_run_and_others_are_done(tmp_path: Path) -> None:
    done, running, waiting = (tmp_path / "round-00" / name for name in ("000", "001", "002"))
    site = {f"http://a.test/{number}": page(f"{number} <a href=/{number + 1}>next</a>") for number in range(1_000)}
    Simulated(site).run(begin(settings(["http://a.test/0"]), done), done)
    for each in (done, running, waiting):
        each.mkdir(parents=True, exist_ok=True)
        (each / "input.jsonl.gz").touch()
    attempts = {"fetched": 234, "missing": 2, "retry": 7}
    write_progress(running, {"a.test": HostProgress(attempts, 9, 1.5, True), "b.test": HostProgress({}, 1, 0.0, False)})
    said = round_progress(tmp_path / "round-00")
    assert said == "round-00: 1 of 3 tasks done; 1,234 fetched, 3 missing; resting: a.test"


def test_what_a_task_last_said_can_be_read(tmp_path: Path) -> None:
    assert read_progress(tmp_path) == {}
    hosts = {"a.test": HostProgress({"fetched": 2, "retry": 1}, 9, 1.5, True)}
    write_progress(tmp_path, {})
    write_progress(tmp_path, hosts)
    assert read_progress(tmp_path) == hosts
    assert json.loads((tmp_path / "progress.json").read_text()) == {
        "a.test": {"fetched": 2, "retry": 1, "waiting": 9, "ready_at": 1.5, "rests": True}
    }
