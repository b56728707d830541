"""`yuliao decontaminate-index CONFIG`: an index of evaluation sets, so that what they ask is kept out of a corpus."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from filters.language import Language
from filters.models.benchmarks import write_index
from jobs.options import Overrides
from jobs.run import Config, Parameters
from jobs.show.console import console as new_console
from jobs.show.console import shown
from pipeline.calibration.samples import documents
from pipeline.config import load_as
from pipeline.decontamination.index import build
from pipeline.decontamination.layouts import items
from pipeline.decontamination.settings import DecontaminationIndex
from pipeline.errors import ConfigError
from pipeline.overrides import overrides_of
from shards import files

PAGES = 256  # of a batch


def command(config: Config, parameter: Parameters = None, assign: Overrides = None) -> None:
    """Index evaluation sets for the filter `decontamination`; the index has hashes and lengths, no texts."""
    settings = load_as(DecontaminationIndex, str(config), parameter or (), overrides_of(assign or ()))
    root = Path(settings.root)
    items_read = [item for benchmark in settings.benchmarks for item in items(benchmark, root)]
    if not items_read:
        raise ConfigError(f"root: {root} has none of {', '.join(settings.named())}")
    built = build(items_read, _web(settings))
    output = Path(settings.output)
    output.parent.mkdir(parents=True, exist_ok=True)
    write_index(built.index, output)
    console = new_console()
    read = Counter(item.benchmark for item in items_read)
    for benchmark in settings.benchmarks:
        name = benchmark.name
        if name not in read:
            console.print(f"{name}: not in {root / name}: {benchmark.repository}", soft_wrap=True, markup=False)
        else:
            left = f", {built.left_out[name]} too short or too common" if built.left_out[name] else ""
            console.print(f"{name}: {built.indexed[name]} items{left}", markup=False)
    digest = files.sha256(str(output))
    console.print(f"{len(built.index.keys):,} grams, sha256 {digest}: {shown(str(output))}", soft_wrap=True)


def _web(settings: DecontaminationIndex) -> Iterator[list[str]]:
    texts = [one.text for one in documents(settings.web, Language())] if settings.web else []
    for first in range(0, len(texts), PAGES):
        yield texts[first : first + PAGES]
