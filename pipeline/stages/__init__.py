"""Every stage a configuration can name."""

from typing import Annotated, TypeAlias

from pydantic import Field

from pipeline.stages.documents import DocumentsStage
from pipeline.stages.publish import Publish

AnyStage: TypeAlias = Annotated[DocumentsStage | Publish, Field(discriminator="name")]
