"""What `yuliao calibrate` reads: a YAML file that names the samples, the chain and the method."""

from typing import Annotated, TypeAlias

from pydantic import BaseModel, Field, model_validator

from filters.language import Language
from pipeline.calibration.fit import Method
from pipeline.catalogue import AnyFilter, AnySource
from pipeline.extract import Extract, Normalize
from pipeline.plugins import WithModules

Step: TypeAlias = Annotated[Extract | Normalize, Field(discriminator="name")]


class Sample(BaseModel, frozen=True, extra="forbid"):
    """Texts of one kind: files that any source reads, or the signals of a run."""

    sources: tuple[AnySource, ...] = Field((), description="what is read")
    steps: tuple[Step, ...] = Field((), description="what its texts go through first: extract, normalize")
    run: str | None = Field(None, description="instead: the output folder of a run, whose `signals/` are taken")
    speaks_of: tuple[str, ...] = Field((), description="the only signals that it can tell of; none named: all")

    @model_validator(mode="after")
    def _one_or_the_other(self) -> "Sample":
        if bool(self.sources) == bool(self.run):
            raise ValueError("a sample has `sources` or a `run`")
        return self


class Labelled(BaseModel, frozen=True, extra="forbid"):
    """What people said of documents of a run (`yuliao label`)."""

    file: str = Field(description="the labels, lines of JSON")
    run: str = Field(description="the output folder of the run that has the documents")


class Calibration(WithModules, frozen=True, extra="forbid"):
    """A calibration: the bounds of `chain`, which are meant for `base`, become bounds for every language."""

    output: str = Field(min_length=1, description="the folder into which the languages' files are written")
    parameters: dict[str, str | int | float | bool | None] = Field(
        {}, description="values that `-p name=value` may set"
    )
    base: str = Field("eng_Latn", description="the language for which the chain's bounds are meant")
    language: Language = Field(Language(), description="names the language of texts that come without one")
    chain: tuple[AnyFilter, ...] = Field(min_length=1, description="the filters whose bounds are fitted")
    reference: tuple[Sample, ...] = Field(min_length=1, description="trusted texts: what must be kept")
    parallel: tuple[Sample, ...] = Field((), description="the same content in many languages: what a word is worth")
    web: tuple[Sample, ...] = Field(min_length=1, description="what the bounds are for")
    junk: dict[str, tuple[Sample, ...]] = Field({}, description="by kind: known to be bad, for the report only")
    labels: tuple[Labelled, ...] = Field(
        (), description="labelled documents, for the report only: how right each chain is"
    )
    held_back: float = Field(0.5, ge=0, lt=1, description="share of hosts and articles that only the report sees")
    split: int = Field(0, ge=0, description="another number holds back other hosts and articles")
    fewest: int = Field(8, ge=1, description="reference documents from which a language gets a file")
    method: Method = Method()

    @model_validator(mode="after")
    def _speaks_of_what_is_measured(self) -> "Calibration":
        signals = {f"{filter.name}.{name}" for filter in self.chain for name in filter.signals()}
        for sample in (*self.reference, *self.parallel, *self.web):
            if unknown := sorted(set(sample.speaks_of) - signals):
                raise ValueError(f"speaks_of: {', '.join(unknown)} is not a signal of the chain")
        for filter in self.chain:
            if filter.needs_payload or filter.name == "language":
                raise ValueError(f"chain: {filter.name} has no bounds to fit on texts")
        return self
