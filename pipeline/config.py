"""A YAML file is one `PipelineConfig`, field for field, and that object is what runs.

name: quickstart
output: out/quickstart
parameters: {dump: CC-MAIN-2026-43}    # declared here, given with `-p dump=…`, written `${dump}` below
stages:                                # in the order in which they run
  - name: documents
    …
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Self, TypeAlias, TypeVar

import yaml
from pydantic import BaseModel, Field, ValidationError, model_validator

from pipeline import schema
from pipeline.config_errors import explained
from pipeline.crawl.settings import Crawl
from pipeline.errors import ConfigError
from pipeline.plugins import WithModules
from pipeline.stages.base import Stage
from pipeline.stages.chains import LanguageChain
from pipeline.stages.dedup import Dedup
from pipeline.stages.documents import DocumentsStage
from pipeline.stages.publish import Publish
from pipeline.stages.rights.verdicts import Rights

AnyStage: TypeAlias = Annotated[DocumentsStage | Rights | Dedup | Publish, Field(discriminator="name")]
Parameter: TypeAlias = str | int | float | bool | None
Model = TypeVar("Model", bound=BaseModel)


class RaySettings(BaseModel, frozen=True, extra="forbid"):
    """Where tasks run. None of it changes what they write."""

    address: str = Field(
        "local", description="`local` starts Ray here and stops it; `auto` or an address attaches to a cluster"
    )
    num_cpus: int | None = Field(
        None, ge=1, description="how many tasks run at once on a local Ray; default: one per core"
    )
    object_store_mb: int = Field(128, ge=80, description="for a local Ray; no data travels through it")


class PipelineConfig(WithModules):
    """A whole run."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]*$", description="names the run and the release")
    output: str = Field(min_length=1, description="the folder of the run: local, s3:// or gs://")
    parameters: dict[str, Parameter] = Field({}, description="values that `-p name=value` may set; null must be given")
    stages: tuple[AnyStage, ...] = Field(min_length=1, description="what runs, in this order")
    crawl: Crawl | None = Field(None, description="what `yuliao crawl` fetches into the folder `crawl` of the output")
    ray: RaySettings = RaySettings()  # where tasks run; changes nothing of what they write

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        names: list[str] = []
        for stage in self.flat_stages():
            if stage.name in names:
                raise ValueError(f"stages: {stage.name} stands there twice")
            missing = [name for name in stage.after if name not in names]
            if missing:
                raise ValueError(f"stages: {stage.name} must come after {', '.join(missing)}")
            names.append(stage.name)
        return self

    def flat_stages(self) -> list[Stage]:
        """Return the stages as they run: some entries stand for several."""
        stages: list[Stage] = []
        for entry in self.stages:
            stages += entry.expanded(stages)
        return stages


def load(path: str, given: Sequence[str] = ()) -> PipelineConfig:
    """Read the configuration of a run, with `name=value` for its parameters.

    Raises
    ------
    ConfigError
        naming the file, the line, the key, what was found and what is allowed.
    """
    return load_as(PipelineConfig, path, given)


def load_as(model: type[Model], path: str, given: Sequence[str] = ()) -> Model:
    """Read a file that is one object of a model which has `parameters`; errors are those of `load`."""
    try:
        text = Path(path).read_text(encoding="utf-8")
        raw = _read(Path(path))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConfigError(f"{path}: {error}") from error
    if not isinstance(raw, dict):
        raise ConfigError(f"{path}: a mapping was expected, found {type(raw).__name__}")
    if isinstance(raw.get("modules"), list):  # a path in a file is relative to the file
        raw["modules"] = [str(Path(path).parent / str(file)) for file in raw["modules"]]
    raw["parameters"] = _parameters(path, raw.get("parameters") or {}, given)
    body = {key: _filled(value, raw["parameters"], key, path) for key, value in raw.items() if key != "parameters"}
    try:
        return model.model_validate({**body, "parameters": raw["parameters"]})
    except ValidationError as error:
        raise ConfigError(explained(model, path, text, body, error)) from error


def load_chain(path: str) -> LanguageChain | None:
    """Return the filters of a file that is a language's chain, or None if it is something else."""
    try:
        raw = _read(Path(path))
        is_chain = isinstance(raw, list) or (isinstance(raw, dict) and "filters" in raw)
        return LanguageChain.model_validate(raw) if is_chain else None
    except (OSError, UnicodeDecodeError, yaml.YAMLError, ValidationError) as error:
        raise ConfigError(f"{path}: {error}") from error


class _Loader(yaml.CSafeLoader):  # a hundred languages' files are read in a blink
    """Reads YAML in which `!include other.yaml` stands for the content of a file beside it."""

    folder: Path


def _include(loader: _Loader, node: yaml.ScalarNode) -> Any:
    return _read(loader.folder / str(loader.construct_scalar(node)))


_Loader.add_constructor("!include", _include)


def _read(path: Path) -> Any:
    with path.open(encoding="utf-8") as file:
        loader = _Loader(file)
        loader.folder = path.parent
        try:
            return loader.get_single_data()
        finally:
            loader.dispose()


def _parameters(path: str, declared: Mapping[str, Parameter], given: Sequence[str]) -> dict[str, Parameter]:
    values = dict(declared)
    for assignment in given:
        name, separator, value = assignment.partition("=")
        if not separator or name not in declared:
            raise ConfigError(
                f"-p {assignment}: expected name=value with a name of {sorted(declared) or 'none'} ({path})"
            )
        values[name] = yaml.safe_load(value)
    missing = sorted(name for name, value in values.items() if value is None)
    if missing:
        raise ConfigError(f"{path}: parameters without a value: {', '.join(missing)}; give them with -p {missing[0]}=…")
    return values


def _filled(value: Any, parameters: Mapping[str, Parameter], key: str, path: str) -> Any:
    if isinstance(value, dict):
        return {name: _filled(item, parameters, f"{key}.{name}", path) for name, item in value.items()}
    if isinstance(value, list):
        return [_filled(item, parameters, f"{key}.{index}", path) for index, item in enumerate(value)]
    if not isinstance(value, str):
        return value

    def fill(match: re.Match[str]) -> str:
        if match[1] not in parameters:
            raise ConfigError(f"{path}: {key}: ${{{match[1]}}} is not among the parameters {sorted(parameters)}")
        return str(parameters[match[1]])

    return re.sub(r"\$\{(\w+)\}", fill, value)


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of a configuration, for editors."""
    return schema.json_schema(PipelineConfig)
