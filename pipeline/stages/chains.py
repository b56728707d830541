"""The filters of one language: a list written by hand, or a file that `yuliao calibrate` wrote.

Fitted bounds hold for the documents that one language model calls by a name. Another model draws the line between two
languages elsewhere, so a run with another model refuses them.
"""

import importlib.metadata
from collections.abc import Mapping
from functools import cache
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel, Field, model_validator

from filters.base import Filter
from pipeline.catalogue import AnyFilter
from pipeline.errors import ConfigError
from pipeline.stages.base import digest_of
from pipeline.stages.order import check_bounds
from shards import files


class FittedWith(BaseModel, frozen=True, extra="forbid"):
    """What fitted bounds rest on."""

    language_model: str = Field(
        description="digest of the language model that assigned the texts; a run with another model is refused"
    )
    signals: str = Field(description="digest of the code that measured the signals")
    reference: str = Field(description="digest of the trusted texts")
    web: str = Field(description="digest of the web texts")
    retention: float = Field(description="share of the reference that each fitted bound keeps; higher: looser")


class LanguageChain(BaseModel, frozen=True, extra="forbid"):
    """The filters that replace those after `language`; in YAML a list of filters will do."""

    filters: tuple[AnyFilter, ...]  # the filters of the chain, in this order
    fitted: FittedWith | None = Field(None, description="written by `yuliao calibrate`")

    @model_validator(mode="before")
    @classmethod
    def _from_list(cls, value: Any) -> Any:
        return {"filters": value} if isinstance(value, list | tuple) else value

    @model_validator(mode="after")
    def _bounds_can_be_met(self) -> Self:
        check_bounds(self.filters, "filters")
        return self


def check_language_model(chains: Mapping[str, LanguageChain], language: Filter) -> None:
    """Raise ConfigError if a chain was fitted with another language model than that of the step."""
    for tag, chain in sorted(chains.items()):
        if chain.fitted is not None and chain.fitted.language_model != (used := model_digest(language)):
            raise ConfigError(
                f"languages.{tag}: its bounds were fitted to what the language model {chain.fitted.language_model}"
                f" calls {tag}, and the step `language` has the model {used}: use that model, or fit the bounds to this"
                " one with `yuliao calibrate`"
            )


def model_digest(language: Filter) -> str:
    """Return 16 hex digits for the contents of a language model's files, the same on every platform."""
    return _digest(tuple(language.resources()))


@cache
def _digest(paths: tuple[Path, ...]) -> str:
    return digest_of({"files": [_content(path) for path in paths]})


def _content(path: Path) -> str:
    if path.name.endswith(tuple(EXTENSION_SUFFIXES)):  # compiled for each platform: named by its package's version
        return f"{path.parent.name} {importlib.metadata.version(path.parent.name)}"
    return files.sha256(str(path))
