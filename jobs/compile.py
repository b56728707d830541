"""`yuliao compile`: compile the loops for this machine now, so that no run waits for it."""

import tempfile
from pathlib import Path
from typing import Any, get_args

from filters.bad_words import BadWords, WordList
from filters.base import Filter
from filters.boilerplate import Boilerplate
from filters.c4 import C4
from filters.ccnet import CCNet, write_model
from filters.chain import judge
from filters.code_share import CodeShare
from filters.documents import Documents
from filters.encoding_damage import EncodingDamage
from filters.fineweb import FineWeb
from filters.gopher_quality import GopherQuality
from filters.gopher_repetition import GopherRepetition
from filters.hidden_text import HiddenText
from filters.language import Language
from filters.machine_text import MachineText
from filters.mc4 import MC4
from filters.models.arpa import read_arpa
from filters.models.ngrams import trained
from filters.ocr_noise import OCRNoise
from filters.pii import PII
from filters.refinedweb import RefinedWeb
from filters.sentence_repetition import SentenceRepetition
from filters.url import Url
from jobs.show.console import console
from jobs.show.progress import progress_on
from pipeline.config import PipelineConfig
from pipeline.extract import Extract
from pipeline.run import Local, run
from shards.schema import DOCUMENT, batch_of

TEXT = "Rain is expected over the whole of the coast. 明天有雨。\n"


def command() -> None:
    """Compile the loops for this machine ahead of time: once per machine or image, about half a minute."""
    for engine in get_args(Extract.model_fields["engine"].annotation):
        Extract(engine=engine).warm()
    with tempfile.TemporaryDirectory() as folder:
        for number in range(2):  # with a near duplicate, so that every step has something to do
            (Path(folder) / f"{number}.txt").write_text(TEXT * 20 + "!" * number, encoding="utf-8")
        _judge_with_lists(Path(folder))
        config = PipelineConfig.model_validate(
            {
                "name": "compile",
                "output": f"{folder}/out",
                "stages": [
                    {
                        "name": "documents",
                        "sources": [{"kind": "text", "name": "compile", "paths": [f"{folder}/*.txt"]}],
                        "steps": [{"name": "normalize"}, *(_measuring_only(filter) for filter in FILTERS)],
                    },
                    {"name": "dedup", "partitions": 1, "minhash": {"exact": True}},
                ],
            }
        )
        with progress_on(console()) as progress:
            run(config, Local(), progress)


def _judge_with_lists(folder: Path) -> None:
    """Compile what filters with files of the user's own need: lists, and the models of `ccnet`."""
    words, addresses, counted, backing_off = (
        folder / name for name in ("words", "addresses", "counted", "backing_off")
    )
    words.write_text("coast\n", encoding="utf-8")
    addresses.write_text("example.org\n", encoding="utf-8")
    (folder / "model.arpa").write_text("\\1-grams:\n-1\t<unk>\n-1\tRain\t-1\n\\end\\\n", encoding="utf-8")
    row = {"id": "", "source": "", "source_id": "", "text": TEXT, "language": "eng_Latn", "url": "https://example.org/"}
    batch = batch_of([row], DOCUMENT)
    write_model(trained(Documents(batch)), counted)
    write_model(read_arpa(folder / "model.arpa"), backing_off)
    lists = (WordList(path=words),)
    filters = [Url(block_lists=(addresses,)), BadWords(lists=lists, allowed=words), PII(), MC4()]
    judge([*filters, *(CCNet(models={"eng_Latn": model}) for model in (counted, backing_off))], batch)


FILTERS = (
    Language, GopherQuality, GopherRepetition, FineWeb, RefinedWeb, SentenceRepetition, Boilerplate, MachineText,
    OCRNoise, CodeShare, EncodingDamage, HiddenText, C4,
)  # fmt: skip


def _measuring_only(filter: type[Filter]) -> dict[str, Any]:
    """Return the settings of a filter that rejects nothing."""
    return {"name": filter.model_fields["name"].default, **{signal: {} for signal in filter.signals()}}
