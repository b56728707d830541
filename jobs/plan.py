"""`yuliao plan CONFIG`: the stages, their folders, and what remains to do; nothing is executed."""

import json
from collections.abc import Mapping
from typing import Any

from jobs.run import Config, Parameters
from jobs.show.console import console as new_console
from jobs.show.console import shown
from pipeline.config import load
from pipeline.plan import differences
from pipeline.run import outlook
from shards import files


def command(config: Config, parameter: Parameters = None) -> None:
    """Show the stages of a configuration, where each writes and what remains to do there."""
    console = new_console()
    for number, (stage, plan, work) in enumerate(outlook(load(str(config), parameter or ())), 1):
        if plan is None or work is None:
            console.print(f"{number:02} {stage.name:<12} after the stages before it")
            continue
        console.print(
            f"{number:02} {stage.name:<12} {len(work.remaining)} of {len(work.tasks)} tasks to do  {shown(plan.folder)}"
        )
        for reason in _reasons(plan.folder, plan.basis):
            console.print(f"   [dim]not reused: {reason}[/]", soft_wrap=True)


def _reasons(folder: str, basis: Mapping[str, Any]) -> list[str]:
    """Return what differs from the last stage of this name that was run into another folder."""
    if files.exists(files.join(folder, "stage.json")):
        return []
    output, _, name = folder.rpartition("/")
    earlier = [
        path for path in files.folders_in(output) if path.rpartition("-")[0] == name.rpartition("-")[0] and path != name
    ]
    if not earlier:
        return []
    last = max(earlier, key=lambda path: files.modified(files.join(output, path, "stage.json")))
    return differences(json.loads(files.read_bytes(files.join(output, last, "stage.json"))), basis)
