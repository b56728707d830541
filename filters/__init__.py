"""Every filter: `AnyFilter` is the package's contents page, and the type of a chain's entries in a configuration."""

from typing import Annotated, TypeAlias

from pydantic import Field

from filters.c4 import C4
from filters.fineweb import FineWeb
from filters.gopher_quality import GopherQuality
from filters.gopher_repetition import GopherRepetition
from filters.language import Language
from filters.rights import License

AnyFilter: TypeAlias = Annotated[
    License  # reads the page, before it is extracted
    | Language
    | GopherQuality
    | GopherRepetition
    | C4
    | FineWeb,
    Field(discriminator="name"),
]
