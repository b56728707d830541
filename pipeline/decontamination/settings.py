"""What `yuliao decontaminate-index` reads: evaluation sets as their repositories have them, and a sample of the web."""

from collections.abc import Sequence
from typing import Literal

from pydantic import BaseModel, Field

from pipeline.calibration.settings import Sample
from pipeline.plugins import WithModules


class Benchmark(BaseModel, frozen=True, extra="forbid"):
    """An evaluation set: where its files lie in its repository, and which fields ask, offer, answer and tell.

    A field is a name, a path of names (`paragraphs.qas.question`: lists are gone through), or the number of a column of
    a file without a header. A template joins several: `{sentence1} {sentence2}`.
    """

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9_.-]*$", description="as the card calls it")
    repository: str = Field(description="where it is published")
    licence: str = Field(description="of the set; its texts are never kept, hashes are")
    languages: tuple[str, ...] = Field(description="of its items, as documents have them: eng_Latn")
    paths: tuple[str, ...] = Field(min_length=1, description="files, within `root`; * and ** stand for anything")
    format: Literal["jsonl", "json", "csv", "tsv"] = "jsonl"
    header: bool = Field(True, description="whether the first line of csv and tsv names the columns")
    items: str | None = Field(None, description="the path to the items within a JSON file; null: it is a list of them")
    question: str = Field(description="what is asked")
    options: tuple[str, ...] = Field((), description="what is offered; a list or a mapping is each of its values")
    answer: str | None = Field(None, description="what is right, if it is a text")
    passage: str | None = Field(None, description="the text the question is about; public texts, never evidence alone")


class DecontaminationIndex(WithModules, frozen=True, extra="forbid"):
    """An index of evaluation sets."""

    output: str = Field(min_length=1, description="the file of the index, e.g. build/decontamination.npz")
    parameters: dict[str, str | int | float | bool | None] = Field(
        {}, description="values that `-p name=value` may set"
    )
    root: str = Field(description="the folder in which each set has one of its name")
    benchmarks: tuple[Benchmark, ...] = Field(
        min_length=1, description="the sets; those whose folder is missing are told"
    )
    web: tuple[Sample, ...] = Field((), description="pages; what many of them have is no evidence")

    def named(self) -> Sequence[str]:
        """Return the names of the sets."""
        return [one.name for one in self.benchmarks]
