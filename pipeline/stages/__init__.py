"""Every stage a configuration can name."""

from typing import Annotated, TypeAlias

from pydantic import Field

from pipeline.stages.dedup import Dedup
from pipeline.stages.documents import DocumentsStage
from pipeline.stages.publish import Publish
from pipeline.stages.rights.verdicts import Rights

AnyStage: TypeAlias = Annotated[DocumentsStage | Rights | Dedup | Publish, Field(discriminator="name")]
