"""The settings of a finished run as the object that ran: its stages, and in them its filters and their bounds."""

from pydantic import ValidationError

from pipeline.answers.finished_run import FinishedRun
from pipeline.config import PipelineConfig
from pipeline.errors import QuestionError
from pipeline.stages.documents import DocumentsStage
from shards.errors import plainly


def settings_of(run: FinishedRun) -> PipelineConfig:
    """Return the configuration of a run.

    Raises
    ------
    QuestionError
        when it is one that this version cannot read.
    """
    try:
        return PipelineConfig.model_validate(run.config)
    except ValidationError as error:
        raise QuestionError(f"{run.output}: the run was configured for another version: {plainly(error)}") from error


def documents_stage(settings: PipelineConfig) -> DocumentsStage:
    """Return the stage `documents`, which measures the signals; every configuration has one."""
    (stage,) = (stage for stage in settings.flat_stages() if isinstance(stage, DocumentsStage))
    return stage
