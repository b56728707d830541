"""What `yuliao mine-domain` reads: a training (`pipeline.training.head_settings`), and the pages that are looked at."""

from typing import Self

from pydantic import Field, model_validator

from pipeline.calibration.settings import Sample
from pipeline.training.head_settings import Training


class Mining(Training, frozen=True, extra="forbid"):
    """A domain that is looked for in pages; `output` has the list, and a folder for each set of decisions."""

    head: str = Field(description="the head that says of a page that it is of the domain")
    found_in: tuple[Sample, ...] = Field(min_length=1, description="the pages: any source that gives addresses")
    holds: float = Field(0.5, gt=0, le=1, description="the probability from which a page is of the domain")
    share: float = Field(0.1, gt=0, le=1, description="of a place's pages that are, from which it is on the list")
    fewest: int = Field(3, ge=1, description="pages of the domain that a place on the list has at least")
    little: float = Field(
        0.05, ge=0, description="pages that new places bring, as a share of those of accepted ones, below which it ends"
    )
    of_a_place: int = Field(200, ge=1, description="pages of a place that are trained on, at most")
    characters: int = Field(20_000, ge=100, description="of a page that are kept")

    @model_validator(mode="after")
    def _looks_for_a_head(self) -> Self:
        if self.head not in self.heads:
            raise ValueError(f"head: no head is called {self.head}")
        if taken := {"accepted", "refused"} & {data.name for data in self.data}:
            raise ValueError(f"data: {', '.join(sorted(taken))} is what people decide, in the list")
        return self
