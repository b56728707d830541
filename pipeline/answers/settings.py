"""The settings of a finished run as the object that ran: its stages, and in them its filters and their bounds."""

from pydantic import ValidationError

from pipeline.answers.finished_run import FinishedRun
from pipeline.config import PipelineConfig
from pipeline.errors import QuestionError


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
        problem = error.errors()[0]
        place = ".".join(str(part) for part in problem["loc"])
        raise QuestionError(
            f"{run.output}: the run was configured for another version: {place}: {problem['msg']}"
        ) from error
