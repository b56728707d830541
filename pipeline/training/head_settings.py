"""What `yuliao train-quality` reads: a YAML file of data, what may be trained on, heads and groups of scripts."""

from fnmatch import fnmatchcase
from typing import Any, Literal, Self, TypeAlias

from pydantic import BaseModel, Field, model_validator

from pipeline.calibration.settings import Sample
from pipeline.plugins import WithModules

Value: TypeAlias = str | int | float | bool


class Target(BaseModel, frozen=True, extra="forbid"):
    """What a row says of a head: yes, no or nothing. A field that holds a list is each of its members."""

    field: str | None = Field(None, description="the field that decides")
    positive: tuple[Value, ...] = Field((), description="values that say yes, whatever else is there")
    negative: tuple[Value, ...] | Literal["others"] = Field((), description="values that say no; `others`: all others")
    always: bool | None = Field(None, description="instead of a field: every row says yes, or no (seeds, a crawl)")

    @model_validator(mode="after")
    def _one_or_the_other(self) -> Self:
        if (self.field is None) == (self.always is None):
            raise ValueError("a target has a `field` or `always`")
        return self

    def of(self, row: dict[str, Any]) -> bool | None:
        """Return what the row says; nothing where the field is null or not there."""
        if self.field is None:
            return self.always
        value = row.get(self.field)
        if value is None:
            return None
        values = value if isinstance(value, list) else [value]
        if any(one in self.positive for one in values):
            return True
        if self.negative == "others":
            return False
        return False if any(one in self.negative for one in values) else None


class DataSet(BaseModel, frozen=True, extra="forbid"):
    """Labelled texts: lines of JSON, or what people said of documents of a run (`yuliao label`: field `decision`)."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$", description="as the card calls it")
    paths: tuple[str, ...] = Field((), description="files of lines of JSON, .gz or not")
    labels: str | None = Field(None, description="instead: a file of `yuliao label`")
    run: str | None = Field(None, description="the output folder of the run that has the documents of `labels`")
    text: str = Field("text", description="the field that holds the text")
    language: str = Field("language", description="the field that names the language; `=eng_Latn` for all rows")
    host: str | None = Field(None, description="the field by which rows are divided; a URL's site; null: the text")
    host_until: str | None = Field(
        None, description="the mark at which a host ends, `@`; its rows in a language are on one side"
    )
    licence: str = Field("licence", description="the field that states the licence; `=MIT` for all rows")
    weights: str | None = Field(
        None, description="the field that says whether weights may be kept; null: there is none"
    )
    languages: dict[str, str] = Field(
        {}, description="what the file calls a language, and what it is here: {en: eng_Latn}"
    )
    targets: dict[str, Target] = Field({}, description="by head, what a row says of it")
    classes: tuple[str, ...] = Field((), description="fields whose values are learnt beside the heads")
    repeat: int = Field(1, ge=1, description="how often each row is read in training")
    counts: float = Field(
        1.0,
        gt=0,
        description="how many rows each counts for when probabilities are fitted; more fits them to these data",
    )
    optional: bool = Field(
        False, description="train without these data if a file of theirs is missing, and say so; else that is an error"
    )

    @model_validator(mode="after")
    def _has_rows(self) -> Self:
        if bool(self.paths) == bool(self.labels) or bool(self.labels) != bool(self.run):
            raise ValueError("data have `paths`, or `labels` and the `run` they are of")
        return self


class Admitted(BaseModel, frozen=True, extra="forbid"):
    """Which rows may be trained on; all others are refused, and counted in the card."""

    licences: tuple[str, ...] = Field(
        min_length=1, description="licences as the data state them; * stands for anything"
    )
    weights: tuple[str, ...] = Field(("yes",), description="values of the field `weights`")

    def refuses(self, licence: str | None, weights: str | None, *, told: bool) -> bool:
        """Return whether a row is refused; `told` says that its data state `weights`."""
        if told and weights not in self.weights:
            return True
        return licence is None or not any(fnmatchcase(licence, pattern) for pattern in self.licences)


class Learning(BaseModel, frozen=True, extra="forbid"):
    """How fastText is trained. One thread, so that the same rows give the same bytes."""

    dimensions: int = Field(16, ge=1, le=300)
    epochs: int = Field(15, ge=1)
    rate: float = Field(0.5, gt=0)
    fewest: int = Field(3, ge=1, description="occurrences of a token in the rows, or it is left out")
    pairs: int = Field(1 << 18, ge=0, description="buckets of pairs of neighbouring tokens; 0: none")
    rows: int | None = Field(
        None, ge=1000, description="the heaviest tokens and pairs that are kept, quantised; null: all"
    )


class Words(BaseModel, frozen=True, extra="forbid"):
    """A table of words beside the model of each group: TF-IDF with logistic regression over the same tokens."""

    least: int = Field(5, ge=1, description="rows that a token or pair has to be in")


class HeadSettings(BaseModel, frozen=True, extra="forbid"):
    """A head: whether a text is of a kind."""

    less: tuple[str, ...] = Field((), description="heads whose votes may count against this one; how much is fitted")
    terms_alone: float = Field(
        1.0,
        ge=1,
        description="how many times lists of terms count in a language without labels, where votes are worth less",
    )


class Training(WithModules, frozen=True, extra="forbid"):
    """A training: heads over one representation for each group of scripts."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_-]*$", description="of the models; stands in `quality_source`")
    output: str = Field(min_length=1, description="the folder of models and card, e.g. build/quality")
    parameters: dict[str, str | int | float | bool | None] = Field(
        {}, description="values that `-p name=value` may set"
    )
    heads: dict[str, HeadSettings] = Field(min_length=1, description="by name; the first decides")
    groups: dict[str, tuple[str, ...]] = Field(
        {}, description="scripts that have a model of their own; `rest` has all others"
    )
    reads: Literal["words", "grams"] = Field(
        "words", description="words and pairs of them, or their characters too (safety)"
    )
    admitted: Admitted
    data: tuple[DataSet, ...] = Field(min_length=1, description="what is trained on")
    crawl: tuple[Sample, ...] = Field((), description="pages by which languages without labels are calibrated")
    learning: Learning = Learning()
    words: Words | None = Field(None, description="a table of words, whose word is added to fastText's; null: none")
    terms: bool = Field(False, description="whether the lists of terms speak too, for heads that have some")
    folds: int = Field(5, ge=2, description="parts, by host, each of which is scored by a model that has not seen it")
    pages: int = Field(30, ge=1, description="of a language in the crawl sample, from which it has a curve of its own")

    @model_validator(mode="after")
    def _known(self) -> Self:
        for data in self.data:
            if unknown := sorted(set(data.targets) - set(self.heads)):
                raise ValueError(f"data {data.name}: no head is called {', '.join(unknown)}")
        for name, head in self.heads.items():
            if unknown := sorted(set(head.less) - set(self.heads) | set(head.less) & {name}):
                raise ValueError(f"heads: {name} cannot be less {', '.join(unknown)}")
        if "rest" in self.groups:
            raise ValueError("groups: `rest` has what no other group names")
        return self
