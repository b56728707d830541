"""Any collection in: one file per kind of input, each turning its records into rows of `PAGE`."""

from typing import Annotated, TypeAlias

from pydantic import Field

from pipeline.sources.arrow import Arrow
from pipeline.sources.delimited import Delimited
from pipeline.sources.jsonl import Jsonl
from pipeline.sources.parquet import Parquet
from pipeline.sources.text import Text
from pipeline.sources.warc import Warc

AnySource: TypeAlias = Annotated[Warc | Jsonl | Parquet | Arrow | Delimited | Text, Field(discriminator="kind")]
