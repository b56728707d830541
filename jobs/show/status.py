"""How far a run has come, in a few lines."""

from datetime import timedelta

from rich.console import Console

from jobs.show.console import styled
from pipeline.answers.status import RunProgress
from pipeline.words import counted

STATES = {
    "running": "running",
    "killed": "killed: run the same command again to resume",
    "unknown": "running when last heard of",
    "done": "done",
    "failed": "ended with failures: run the same command again to resume",
    "stopped": "stopped: run the same command again to resume",
}


def show_status(console: Console, progress: RunProgress, now: float) -> None:
    """Print it."""
    heard = _duration(now - progress.heard)
    console.print(
        f"{STATES[progress.state]} (process {progress.process} on {progress.host}, last heard of {heard} ago)"
    )
    if progress.stage:
        line = f"stage {progress.number:02}, {progress.stage}: {progress.done:,} of {progress.tasks:,} tasks done"
        if progress.rate:
            line += f", {progress.rate * 60:,.1f} tasks a minute"
        if progress.remaining is not None:
            line += f", {_duration(progress.remaining)} left in this stage"
        console.print(line, soft_wrap=True)
    retries = "1 retry" if progress.retries == 1 else f"{progress.retries:,} retries"
    console.print(
        f"{retries}, {counted(progress.failed, 'failure')}, {counted(progress.unreadable, 'unreadable input')}"
    )
    for why in progress.failures:
        console.print(styled(("failed", "red"), f" {why}"), soft_wrap=True)
    for why in progress.unreadable_inputs:
        console.print(styled(("unreadable", "red"), f" {why}"), soft_wrap=True)


def _duration(seconds: float) -> str:
    return str(timedelta(seconds=max(0, round(seconds))))
