"""Every filter: `AnyFilter` is the package's contents page, and the type of a chain's entries in a configuration."""

from typing import Annotated, TypeAlias

from pydantic import Field

from filters.bad_words import BadWords
from filters.c4 import C4
from filters.classifier import Classifier
from filters.encoding_damage import EncodingDamage
from filters.fineweb import FineWeb
from filters.gopher_quality import GopherQuality
from filters.gopher_repetition import GopherRepetition
from filters.hidden_text import HiddenText
from filters.language import Language
from filters.mc4 import MC4
from filters.pii import PII
from filters.rights import License
from filters.url import Url

AnyFilter: TypeAlias = Annotated[
    Url
    | License  # reads the page, before it is extracted
    | Language
    | GopherQuality
    | GopherRepetition
    | C4
    | FineWeb
    | MC4
    | EncodingDamage
    | HiddenText
    | BadWords
    | Classifier
    | PII,
    Field(discriminator="name"),
]
