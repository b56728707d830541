"""What is seen of Ray's workers while they work."""

import logging

import pytest

from pipeline import runner
from shards.loop_cache import say_that_loops_are_compiled


def test_who_waits_for_workers_that_compile_is_told_so_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    answers = iter([[], [], [], ["task"]])
    monkeypatch.setattr("ray.wait", lambda tasks, **_: (next(answers), tasks))
    compiling = iter([False, True, True])
    monkeypatch.setattr(runner, "someone_compiles", lambda: next(compiling))
    say_that_loops_are_compiled.cache_clear()
    with caplog.at_level(logging.INFO):
        assert runner._first_to_end(["task", "other"]) == "task"
    assert [message.startswith("compiling loops") for message in caplog.messages] == [True]
