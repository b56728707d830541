"""`yuliao compile [CONFIG]`: compile the loops for this machine now, in parallel, so that no run waits for it."""

import gc
import io
import multiprocessing
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Annotated, Any, TypeAlias, get_args

import pyarrow as pa
import typer
from rich.console import Console

from filters.bad_words import BadWords, WordList
from filters.base import Filter
from filters.ccnet import CCNet, write_model
from filters.chain import judge
from filters.documents import Documents
from filters.mc4 import MC4
from filters.models.arpa import read_arpa
from filters.models.ngrams import trained
from filters.pii import PII
from filters.url import Url
from jobs.options import Overrides
from jobs.run import Parameters
from jobs.show.console import console
from jobs.show.progress import progress_on
from pipeline.catalogue import FILTERS
from pipeline.checks import load_checked
from pipeline.config import PipelineConfig
from pipeline.errors import PipelineError
from pipeline.extract import Extract, Normalize
from pipeline.overrides import overrides_of
from pipeline.run import Local, run
from pipeline.sources.pdf import Pdf
from pipeline.stages.dedup import Dedup
from pipeline.stages.documents import DocumentsStage
from shards.loop_cache import say_that_loops_are_compiled
from shards.schema import PAGE, batch_of

TEXT = "Rain is expected over the whole of the coast. 明天有雨。\n" * 20
UNSURE = "Danas je lijep dan."  # in one of four languages: all models are asked
BADGE = '<a rel="license" href="https://creativecommons.org/licenses/by/4.0/">CC BY 4.0</a>'
HTML = f"<html><p>{TEXT}<p>© {BADGE}. All rights reserved.</html>"
OF_FILES = {"bad_words", "ccnet", "classifier", "mc4", "pii", "url"}  # filters with loops for files of the user's

Part: TypeAlias = tuple[Callable[..., None], Any]  # what one process compiles: a function, and what it is given


def command(
    config: Annotated[
        Path | None, typer.Argument(help="compile only the loops that this configuration needs", dir_okay=False)
    ] = None,
    parameter: Parameters = None,
    assign: Overrides = None,
) -> None:
    """Compile loops for this machine ahead of time: all of them, or those that a configuration needs."""
    given = overrides_of(assign or ())
    settings = None if config is None else load_checked(str(config), parameter or (), given, inputs=False)
    started = time.monotonic()
    say_that_loops_are_compiled()
    parts = list(_all() if settings is None else _needed(settings))
    processes = min(len(parts), len(os.sched_getaffinity(0)))
    # What numba allocates lives until its process ends: to look for garbage takes a fifth of the time.
    with ProcessPoolExecutor(processes, multiprocessing.get_context("spawn"), initializer=gc.disable) as pool:
        for task in [pool.submit(function, given) for function, given in parts]:
            task.result()
    console().print(f"compiled in {time.monotonic() - started:.0f} s")


def _all() -> Iterator[Part]:
    """Yield the parts of every loop, those that take longest first."""
    yield _extraction, get_args(Extract.model_fields["engine"].annotation)
    yield _deduplication, Dedup.model_validate({"name": "dedup", "partitions": 1, "minhash": {"exact": True}})
    yield _pdfs, None
    yield from _chains([FILTERS.find(name)(name=name) for name in FILTERS.names() if name not in OF_FILES])
    yield _lists, None


def _needed(config: PipelineConfig) -> Iterator[Part]:
    """Yield the parts of the loops that a run of a configuration needs, those that take longest first."""
    stages = [stage for stage in config.stages if isinstance(stage, DocumentsStage)]
    steps = [step for stage in stages for step in stage.steps]
    yield _extraction, [step.engine for step in steps if isinstance(step, Extract)]
    if any(stage.measured for stage in stages):
        yield _pdfs, None
    for stage in config.stages:
        if isinstance(stage, Dedup):
            yield _deduplication, stage.model_copy(update={"partitions": 1, "against": (), "doi": ()})
    chains = [chain for stage in stages for chain in stage.languages.values()]
    filters = [step for step in steps if isinstance(step, Filter)] + [
        each for chain in chains for each in chain.filters
    ]
    ours = {filter.name: filter for filter in filters if filter.name in FILTERS.names()}
    yield from _chains(list(ours.values()))


def _chains(filters: Sequence[Filter]) -> Iterator[Part]:
    """Yield a part for each filter, `language` first; of loops that they share, one process compiles each."""
    for filter in sorted(filters, key=lambda filter: filter.name != "language"):
        yield _judging, [filter]


def _extraction(engines: Sequence[str]) -> None:
    for engine in engines:
        Extract.model_validate({"engine": engine}).warm()


def _pdfs(_: None) -> None:
    Pdf.warm()


def _judging(filters: Sequence[Filter]) -> None:
    judge(filters, _batch())


def _batch() -> pa.RecordBatch:
    row = {"id": "", "source": "", "source_id": "", "language": "eng_Latn", "url": "https://example.org/"}
    page = {"payload": HTML.encode(), "content_type": "text/html"}
    return Normalize().run(batch_of([{**row, **page, "text": text} for text in (TEXT, UNSURE)], PAGE)).documents


def _lists(_: None) -> None:
    """Compile what filters with files of the user's own need: lists, and the models of `ccnet`."""
    with tempfile.TemporaryDirectory() as name:
        words, addresses, arpa, counted, backing_off = (
            Path(name) / file for file in ("words", "addresses", "model.arpa", "counted", "backing_off")
        )
        words.write_text("coast\n", encoding="utf-8")
        addresses.write_text("example.org\n", encoding="utf-8")
        arpa.write_text("\\1-grams:\n-1\t<unk>\n-1\tRain\t-1\n\\end\\\n", encoding="utf-8")
        batch = _batch()
        write_model(trained(Documents(batch)), counted)
        write_model(read_arpa(arpa), backing_off)
        lists = (WordList(path=words),)
        filters = [Url(block_lists=(addresses,)), BadWords(lists=lists, allowed=words), PII(), MC4()]
        judge([*filters, *(CCNet(models={"eng_Latn": model}) for model in (counted, backing_off))], batch)


def _deduplication(dedup: Dedup) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for number in range(2):  # with a near duplicate, so that every step has something to do
            (Path(folder) / f"{number}.txt").write_text(TEXT + "!" * number, encoding="utf-8")
        source = {"kind": "text", "name": "compile", "paths": [f"{folder}/*.txt"]}
        documents = {"name": "documents", "sources": [source], "steps": [{"name": "normalize"}]}
        stages = [documents, dedup.model_dump(mode="json")]
        config = PipelineConfig.model_validate({"name": "compile", "output": f"{folder}/out", "stages": stages})
        with progress_on(Console(file=io.StringIO())) as progress:
            result = run(config, Local(), progress)
    if result.failures:
        raise PipelineError(result.failures[0].error)
