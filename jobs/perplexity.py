"""`yuliao perplexity`: make the language model that `ccnet` measures documents with."""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import numpy as np
import pyarrow as pa
import typer
import yaml

from filters.ccnet import Model, write_model
from filters.documents import Documents
from filters.models.arpa import read_arpa
from filters.models.kenlm import KenLM, KenLMModel
from filters.models.ngrams import thirds, trained
from jobs.show.console import console


def command(
    model: Annotated[Path, typer.Argument(help="the file to write: .npz, or .yaml for a KenLM model")],
    trusted: Annotated[
        list[Path], typer.Argument(help="trusted texts in one language (.txt, or .jsonl with `text`), or a KenLM file")
    ],
    sample: Annotated[list[Path], typer.Option(help="documents of a crawl, for the cutoffs between thirds")],
    order: Annotated[int, typer.Option(help="words in the longest n-gram; 1: a unigram model")] = 3,
    pieces: Annotated[Path | None, typer.Option(help="the SentencePiece model that KenLM's file goes with")] = None,
) -> None:
    """Build the language model of `ccnet`, with the cutoffs that divide a sample into thirds.

    Of trusted text or an .arpa file it makes an .npz. Of a model that KenLM is to read itself, ARPA or binary, it makes
    a .yaml for `models: {eng_Latn: !include MODEL}`.
    """
    if pieces is not None and model.suffix != ".yaml":
        raise typer.BadParameter("a model over SentencePiece pieces is read by KenLM: write a .yaml")
    if len(trusted) > 1 and (model.suffix == ".yaml" or any(".arpa" in path.suffixes for path in trusted)):
        raise typer.BadParameter("a KenLM file is a complete model: give it alone")
    texts = _documents(sample)
    if model.suffix == ".yaml":
        files = KenLM(model=trusted[0], pieces=pieces)
        head, tail = thirds(KenLMModel(files).perplexity(texts, np.arange(len(texts)))).tolist()
        asked = files.model_copy(update={"cutoffs": (round(head, 1), round(tail, 1))})
        model.write_text(yaml.safe_dump(asked.model_dump(mode="json", exclude_none=True)), encoding="utf-8")
        size = str(trusted[0])
    else:
        made, size = _made(trusted, order, texts)
        write_model(made, model)
        head, tail = made.cutoffs
    console().print(f"{model}: {size}; head up to a perplexity of {head:,.0f}, tail from {tail:,.0f}")


def _made(trusted: list[Path], order: int, sample: Documents) -> tuple[Model, str]:
    if ".arpa" in trusted[0].suffixes:
        read = read_arpa(trusted[0]).parted_by(sample)
        return read, f"{read.facts[0]}-grams, {read.facts[1]:,} different words"
    counted = trained(_documents(trusted), order).parted_by(sample)
    return counted, f"{counted.facts[1]:,} words, {counted.facts[2]:,} different"


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
