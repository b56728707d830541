"""`yuliao perplexity`: make the language model that `ccnet` measures documents with."""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import pyarrow as pa
import typer

from filters import segment
from filters.ngram_model import trained
from filters.segment import Tokens
from jobs.console import console


def command(
    model: Annotated[Path, typer.Argument(help="the file to write, .npz")],
    trusted: Annotated[list[Path], typer.Argument(help="trusted texts in one language: .txt, or .jsonl with `text`")],
    sample: Annotated[list[Path], typer.Option(help="documents of a crawl, which are parted into thirds")],
    order: Annotated[int, typer.Option(help="words of the longest n-gram")] = 3,
) -> None:
    """Count the n-grams of trusted text into a model, with the cutoffs that part a sample of documents into thirds."""
    made = trained(_tokens(trusted), _tokens(sample), order)
    made.write(model)
    head, tail = made.cutoffs
    console().print(
        f"{model}: {made.facts[1]:,} words, {made.facts[2]:,} different; head up to a perplexity of {head:,.0f}, "
        f"tail from {tail:,.0f}"
    )


def _tokens(paths: list[Path]) -> Tokens:
    texts = pa.array([text for path in paths for text in _texts(path)], pa.string())
    return segment.tokens(segment.characters(texts))


def _texts(path: Path) -> Iterator[str]:
    data = path.read_bytes()
    text = (gzip.decompress(data) if path.suffix == ".gz" else data).decode("utf-8", "replace")
    if ".jsonl" in path.suffixes:
        yield from (json.loads(line)["text"] for line in text.splitlines() if line)
    else:
        yield text
