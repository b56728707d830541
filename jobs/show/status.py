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


def show_status(console: Console, found: RunProgress, now: float) -> None:
    """Print it."""
    heard = _duration(now - found.heard)
    console.print(f"{STATES[found.state]} (process {found.process} on {found.host}, last heard of {heard} ago)")
    if found.stage:
        line = f"stage {found.number:02}, {found.stage}: {found.done:,} of {found.tasks:,} tasks done"
        if found.rate:
            line += f", {found.rate * 60:,.1f} tasks a minute"
        if found.remaining is not None:
            line += f", {_duration(found.remaining)} left in this stage"
        console.print(line, soft_wrap=True)
    retries = "1 retry" if found.retries == 1 else f"{found.retries:,} retries"
    console.print(f"{retries}, {counted(found.failed, 'failure')}, {counted(found.unreadable, 'unreadable input')}")
    for why in found.failures:
        console.print(styled(("failed", "red"), f" {why}"), soft_wrap=True)
    for why in found.unreadable_inputs:
        console.print(styled(("unreadable", "red"), f" {why}"), soft_wrap=True)


def _duration(seconds: float) -> str:
    return str(timedelta(seconds=max(0, round(seconds))))
