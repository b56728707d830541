"""`yuliao perplexity`: make the language model that `ccnet` measures documents with."""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import pyarrow as pa
import typer

from filters.arpa import read_arpa
from filters.ccnet import Model, write_model
from filters.documents import Documents
from filters.ngram_model import trained
from jobs.console import console


def command(
    model: Annotated[Path, typer.Argument(help="the file to write, .npz")],
    trusted: Annotated[
        list[Path], typer.Argument(help="trusted texts in one language: .txt, or .jsonl with `text`; or an .arpa file")
    ],
    sample: Annotated[list[Path], typer.Option(help="documents of a crawl, which are parted into thirds")],
    order: Annotated[int, typer.Option(help="words of the longest n-gram; 1 for a unigram model")] = 3,
) -> None:
    """Make a language model of trusted text or of an ARPA file, with the cutoffs that part a sample into thirds."""
    if any(".arpa" in path.suffixes for path in trusted):
        if len(trusted) > 1:
            raise typer.BadParameter("one .arpa file makes a model, and nothing beside it")
        made: Model = read_arpa(trusted[0]).parted_by(_documents(sample))
        size = f"{made.facts[0]}-grams, {made.facts[1]:,} different words"
    else:
        made = trained(_documents(trusted), order).parted_by(_documents(sample))
        size = f"{made.facts[1]:,} words, {made.facts[2]:,} different"
    write_model(made, model)
    head, tail = made.cutoffs
    console().print(f"{model}: {size}; head up to a perplexity of {head:,.0f}, tail from {tail:,.0f}")


def _documents(paths: list[Path]) -> Documents:
    texts = pa.array([text for path in paths for text in _texts(path)], pa.string())
    return Documents(pa.record_batch({"text": texts}))


def _texts(path: Path) -> Iterator[str]:
    data = path.read_bytes()
    text = (gzip.decompress(data) if path.suffix == ".gz" else data).decode("utf-8", "replace")
    if ".jsonl" in path.suffixes:
        yield from (json.loads(line)["text"] for line in text.splitlines() if line)
    else:
        yield text
