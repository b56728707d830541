"""`yuliao run CONFIG`: run a configuration to its end, or go on where it stopped."""

import logging
from collections.abc import Sequence
from contextlib import ExitStack
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from jobs.options import Overrides
from jobs.show.console import console as new_console
from jobs.show.console import shown, styled
from jobs.show.funnel import show_funnel
from jobs.show.progress import progress_on
from pipeline.answers.funnel import funnel
from pipeline.checks import load_checked
from pipeline.config import PipelineConfig, RaySettings
from pipeline.discreet import log_as_json
from pipeline.journal import TASKS
from pipeline.overrides import TRIAL, overrides_of
from pipeline.run import Local, Run, WhenNeeded, run
from pipeline.stopping import stopping_gracefully
from pipeline.words import counted
from shards import stores
from shards.release import manifest
from shards.release.card import globs, in_split
from shards.release.place import readable, release_at
from shards.release.splits import TRAIN
from shards.secrets import discreet

if TYPE_CHECKING:
    from pipeline.runner import OnRay

Parameters = Annotated[
    list[str] | None, typer.Option("-p", "--parameter", help="set a parameter of the file: name=value")
]
Config = Annotated[Path, typer.Argument(help="a YAML configuration", exists=True, dir_okay=False)]
Address = Annotated[str | None, typer.Option(help="a Ray cluster, `auto` or an address; overrides the file")]
Limit = Annotated[
    int | None, typer.Option(min=1, help="trial: read this many documents of each source, and write to OUTPUT-trial")
]


class Log(StrEnum):
    """How to log."""

    TEXT = "text"
    JSON = "json"


def command(
    config: Config,
    parameter: Parameters = None,
    local: Annotated[
        bool, typer.Option("--local", help="run without Ray, in this process, one task after the other")
    ] = False,
    address: Address = None,
    assign: Overrides = None,
    limit: Limit = None,
    log: Annotated[Log, typer.Option(help="`json`: log one JSON line per event and finished task")] = (Log.TEXT),
) -> None:
    """Run a pipeline; run the same command again to resume."""
    if log is Log.JSON:
        log_as_json()
        logging.getLogger(TASKS).setLevel(logging.INFO)
    settings = configured(config, parameter, assign, address, limit)
    console = new_console()
    with stopping_gracefully(), progress_on(console) as progress, ExitStack() as stack:
        executor = Local() if local else WhenNeeded(lambda: stack.enter_context(on_ray(settings.ray)))
        result = run(settings, executor, progress)
    show_funnel(console, funnel(result.stages))
    _tell(console, result)
    raise typer.Exit(1 if result.failures else 3 if result.unreadable else 0)


def configured(
    config: Path,
    parameter: list[str] | None,
    assign: list[str] | None,
    address: str | None = None,
    limit: int | None = None,
) -> PipelineConfig:
    """Return the configuration of a file and of the options beside it, checked; a trial has a folder of its own."""
    settings = load_checked(str(config), parameter or (), overrides_of(assign or (), address, limit))
    return settings if limit is None else settings.model_copy(update={"output": settings.output.rstrip("/") + TRIAL})


def on_ray(settings: RaySettings) -> "OnRay":
    """Return the executor on Ray."""
    from pipeline.runner import OnRay  # imports Ray, which a run without it, or with nothing to do, does not need

    return OnRay(settings)


def _tell(console: Console, result: Run) -> None:
    for failure in result.failures:
        console.print(
            styled(("failed", "red"), f" {failure.stage}/{failure.task}: {discreet(failure.error)}"), soft_wrap=True
        )
    for why in result.unreadable:
        console.print(styled(("unreadable", "red"), f" {discreet(why)}"), soft_wrap=True)
    if result.failures:
        console.print(f"{counted(len(result.failures), 'task')} failed; run the same command again to resume.")
        return
    for stage in result.stages:
        if stage.name == "publish":
            release = release_at(stage.folder)
            _announce(console, manifest.read(release), shown(readable(stage.folder.rpartition("/")[0], release)))


def _announce(console: Console, published: manifest.Manifest, release: str) -> None:
    languages = [name for name, shards in published.by_language().items() if in_split(shards, TRAIN)]
    of = "" if published.trial is None else f" (a trial: at most {counted(published.trial, 'document')} of each source)"
    size = f"{counted(published.rows, 'document')} in {counted(len(published.by_language()), 'language')}"
    console.print(f"{size}{of}: {release}")
    if not published.rows:
        console.print("The tables above count the reasons; `yuliao sample RUN --rejected` shows rejected documents.")
    if languages:
        example = "zho_Hans" if "zho_Hans" in languages else languages[0]
        shards = in_split(published.by_language()[example], TRAIN)
        console.print(
            f"\n    from datasets import load_dataset\n{_loading(release, example, shards)}\n", soft_wrap=True
        )


def _loading(release: str, language: str, documents: Sequence[manifest.Documents]) -> str:
    """Return how a language is loaded, as Python. Of a bucket, `datasets` reads files only, and no card."""
    if not stores.holds(release):
        return (
            f'    corpus = load_dataset("{release}", "{language}", split="train")\n'
            '    print(corpus[0]["license"], corpus[0]["text"][:80])'
        )
    shards = ", ".join(f'"{release}/{glob}"' for glob in globs(language, documents))
    return (
        f'    corpus = load_dataset("arrow", data_files=[{shards}], split="train", streaming=True)\n'
        '    print(next(iter(corpus))["text"][:80])'
    )
