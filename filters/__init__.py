"""Every filter: `AnyFilter` is the package's contents page, and the type of a chain's entries in a configuration."""

from typing import Annotated, TypeAlias

from pydantic import Field

from filters.gopher_quality import GopherQuality
from filters.language import Language
from filters.rights import License

AnyFilter: TypeAlias = Annotated[GopherQuality | Language | License, Field(discriminator="name")]
