"""Every filter: `AnyFilter` is the package's contents page, and the type of a chain's entries in a configuration."""

from typing import Annotated, TypeAlias

from pydantic import Field

from filters.bad_words import BadWords
from filters.boilerplate import Boilerplate
from filters.c4 import C4
from filters.ccnet import CCNet
from filters.classifier import Classifier
from filters.code_share import CodeShare
from filters.encoding_damage import EncodingDamage
from filters.fineweb import FineWeb
from filters.gopher_quality import GopherQuality
from filters.gopher_repetition import GopherRepetition
from filters.hidden_text import HiddenText
from filters.language import Language
from filters.license import License
from filters.machine_text import MachineText
from filters.mc4 import MC4
from filters.ocr_noise import OCRNoise
from filters.pii import PII
from filters.refinedweb import RefinedWeb
from filters.sentence_repetition import SentenceRepetition
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
    | RefinedWeb
    | SentenceRepetition
    | Boilerplate
    | MachineText
    | OCRNoise
    | CodeShare
    | CCNet
    | EncodingDamage
    | HiddenText
    | BadWords
    | Classifier
    | PII,
    Field(discriminator="name"),
]
