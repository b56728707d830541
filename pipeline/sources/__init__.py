"""Any collection in: one file per kind of input, each turning its records into rows of `PAGE`."""

from typing import Annotated, TypeAlias

from pydantic import Field

from pipeline.sources.arrow import Arrow
from pipeline.sources.cif import Cif
from pipeline.sources.common_crawl import CommonCrawl
from pipeline.sources.delimited import Delimited
from pipeline.sources.epub import Epub
from pipeline.sources.grib import Grib
from pipeline.sources.hugging_face import HuggingFace
from pipeline.sources.jats import Jats
from pipeline.sources.jsonl import Jsonl
from pipeline.sources.latex import Latex
from pipeline.sources.mediawiki import MediaWiki
from pipeline.sources.netcdf import NetCdf
from pipeline.sources.parquet import Parquet
from pipeline.sources.pdf import Pdf
from pipeline.sources.repository import Repository
from pipeline.sources.text import Text
from pipeline.sources.warc import Warc

AnySource: TypeAlias = Annotated[
    Warc
    | CommonCrawl
    | Jsonl
    | Parquet
    | Arrow
    | Delimited
    | Text
    | Repository
    | HuggingFace
    | Jats
    | MediaWiki
    | Latex
    | Epub
    | Pdf
    | Cif
    | NetCdf
    | Grib,
    Field(discriminator="kind"),
]
