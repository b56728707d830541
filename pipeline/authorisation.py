"""Authorisations: what a source of public data or a contract may be used for, by whom, where and until when.

Public data that is operated under an authorisation (公共数据授权运营) and texts under a contract are licensed to one
operator, for named purposes, in named regions, for a time. The record stands with the source, and what the run is for
stands in `use`, the day included: what a run does never hangs on a clock, so that the same configuration and input give
the same bytes. A source that is not authorised for the use has every document rejected, as `authorisation.REASON`.
"""

from collections.abc import Sequence
from datetime import date
from typing import Literal, Self, TypeAlias

from pydantic import BaseModel, Field, model_validator

Refusal: TypeAlias = Literal["not_yet_valid", "expired", "operator", "purpose", "region", "redistribution"]
ANYWHERE = "any"


class Use(BaseModel, frozen=True, extra="forbid"):
    """What a run and its release are for."""

    # the day by which authorisations are judged, as YYYY-MM-DD; write ${today} and give it with `-p today=…`
    as_of: date
    operator: str = Field(min_length=1)  # the organisation that runs the pipeline and distributes the release
    purpose: str = Field(min_length=1)  # the purpose of the release, in the words of the authorisations
    region: str = Field(min_length=1)  # the region where it is used, in the words of the authorisations
    redistribution: bool = True  # whether the release is passed on to others


class Authorisation(BaseModel, frozen=True, extra="forbid"):
    """The record of who may use a source for what. What it does not name, it does not allow."""

    grantor: str = Field(min_length=1)  # the authority or rights holder that granted the use
    operator: str = Field(min_length=1)  # the organisation that may use the documents
    purposes: tuple[str, ...] = Field(min_length=1)  # the purposes for which they may be used; any other is refused
    regions: tuple[str, ...] = Field(min_length=1)  # the regions in which they may be used; [any]: everywhere
    valid_from: date  # the first day on which the authorisation is valid, as YYYY-MM-DD
    valid_to: date  # the last day on which the authorisation is valid, as YYYY-MM-DD
    redistribution: bool = False  # whether documents may be passed on; false unless the authorisation says so
    record: str | None = None  # the number or address of the document that grants it

    @model_validator(mode="after")
    def _lasts(self) -> Self:
        if self.valid_to < self.valid_from:
            raise ValueError(f"valid_to {self.valid_to} is before valid_from {self.valid_from}: it was never valid")
        return self

    def refusal(self, use: Use) -> Refusal | None:
        """Return why the use is not authorised, or null if it is."""
        checks: Sequence[tuple[Refusal, bool]] = (
            ("not_yet_valid", use.as_of < self.valid_from),
            ("expired", use.as_of > self.valid_to),
            ("operator", use.operator != self.operator),
            ("purpose", use.purpose not in self.purposes),
            ("region", use.region not in self.regions and ANYWHERE not in self.regions),
            ("redistribution", use.redistribution and not self.redistribution),
        )
        return next((reason for reason, refused in checks if refused), None)
