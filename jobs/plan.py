"""`yuliao plan CONFIG`: the stages, their folders, and what remains to do; nothing is executed."""

import json
from collections.abc import Mapping
from typing import Annotated, Any

import typer

from jobs.options import Overrides
from jobs.run import Config, Limit, Parameters, configured
from jobs.show.console import console as new_console
from jobs.show.console import shown, styled
from pipeline.config import PipelineConfig
from pipeline.plain import plain_json
from pipeline.plan import differences
from pipeline.run import outlook
from shards import files
from shards.secrets import redacted_in


def command(
    config: Config,
    parameter: Parameters = None,
    as_json: Annotated[bool, typer.Option("--json", help="print JSON")] = False,
    assign: Overrides = None,
    limit: Limit = None,
) -> None:
    """Show the stages of a configuration: output folder, remaining tasks, and why a stage must be rerun."""
    settings = configured(config, parameter, assign, limit=limit)
    if as_json:
        print(plain_json(redacted_in(_as_json(settings)), indent=1))
        return
    console = new_console()
    for number, (stage, plan, work) in enumerate(outlook(settings), 1):
        if plan is None or work is None:
            console.print(f"{number:02} {stage.name:<12} waits for the stages above")
            continue
        console.print(
            f"{number:02} {stage.name:<12} {len(work.remaining)} of {len(work.tasks)} tasks to do  {shown(plan.folder)}"
        )
        for reason in _reasons(plan.folder, plan.basis):
            console.print(styled((f"   not reused: {reason}", "dim")), soft_wrap=True)


def _as_json(settings: PipelineConfig) -> dict[str, Any]:
    """Return the stages in order; where a stage waits for those before it, its folder and tasks are null."""
    stages = [
        {
            "stage": stage.name,
            "folder": plan.folder if plan else None,
            "tasks": len(work.tasks) if work else None,
            "remaining": len(work.remaining) if work else None,
            "not_reused": _reasons(plan.folder, plan.basis) if plan else [],
        }
        for stage, plan, work in outlook(settings)
    ]
    return {"format": 1, "configuration": settings.model_dump(mode="json"), "stages": stages}


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
