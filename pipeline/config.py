"""A YAML file is one `PipelineConfig`, field for field, and that object is what runs.

name: quickstart
output: out/quickstart
parameters: {dump: CC-MAIN-2026-43}    # declared here, given with `-p dump=…`, written `${dump}` below
stages:                                # in the order in which they run
  - name: documents
    …
"""

import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Self, TypeAlias, TypeVar

from pydantic import BaseModel, Field, ValidationError, field_validator, model_validator
from yaml import MappingNode

from pipeline import plugins, schema
from pipeline.config_errors import explained, placed
from pipeline.crawl.settings import Crawl
from pipeline.errors import ConfigError, SettingError
from pipeline.overrides import Override, overridden
from pipeline.plugins import WithModules
from pipeline.stages.base import Stage
from pipeline.stages.chains import LanguageChain
from pipeline.stages.commit import Commit
from pipeline.stages.dedup import Dedup
from pipeline.stages.documents import DocumentsStage
from pipeline.stages.poisoning import Poisoning
from pipeline.stages.publish import Publish
from pipeline.stages.rights.verdicts import Rights
from pipeline.words import meant, quoted
from pipeline.yaml_file import YamlFile, read_value, read_yaml
from shards.stores import SCHEMES, StoreSettings, configure

logger = logging.getLogger(__name__)

AnyStage: TypeAlias = Annotated[
    DocumentsStage | Rights | Poisoning | Dedup | Publish | Commit, Field(discriminator="name")
]
Parameter: TypeAlias = str | int | float | bool | None
Model = TypeVar("Model", bound=BaseModel)


class RaySettings(BaseModel, frozen=True, extra="forbid"):
    """Where tasks run. None of it changes what they write."""

    address: str = Field(
        "local",
        description="`local` starts Ray and stops it afterwards; `auto` or an address joins a running cluster",
    )
    num_cpus: int | None = Field(
        None,
        ge=1,
        description="the number of concurrent tasks on a local Ray; null: one per core; more tasks need more memory",
    )
    cpus: dict[str, float] = Field(
        {},
        description="by stage (`dedup: 2`): CPUs that a task occupies; 1 unless named here",
    )
    memory_mb: dict[str, int] = Field(
        {},
        description="by stage (`survivors: 4000`): MB that a node must have free for a task; not named here: 1.1 times "
        "the peak of the largest finished task of the stage",
    )
    object_store_mb: int = Field(
        128,
        ge=80,
        description="MB of shared memory for a local Ray; more is of no use, because data travels through files",
    )


class PipelineConfig(WithModules):
    """A whole run."""

    name: str = Field(
        pattern=r"^[a-z0-9][a-z0-9_-]*$",
        description="the name of the run and of the release: lower case, digits, - and _",
    )
    output: str = Field(
        min_length=1, description="the output folder of the run: local, s3://, gs:// or oss://; one per configuration"
    )
    parameters: dict[str, Parameter] = Field(
        {}, description="values that `-p name=value` sets and ${name} inserts; one with the default null is required"
    )
    stages: tuple[AnyStage, ...] = Field(min_length=1, description="the stages, in the order in which they run")
    crawl: Crawl | None = Field(
        None, description="a crawl, run by `yuliao crawl`, into the folder `crawl` of the output"
    )
    buckets: dict[str, StoreSettings] = Field(
        {}, description="how single buckets are accessed, by address (`s3://corpus`); overrides the environment"
    )
    ray: RaySettings = RaySettings()  # where tasks run; does not change the result
    _overrides: tuple[str, ...] = ()

    @property
    def overrides(self) -> tuple[str, ...]:
        """What the command line has set over the file, as it was given."""
        return self._overrides

    @field_validator("buckets")
    @classmethod
    def _are_buckets(cls, buckets: dict[str, StoreSettings]) -> dict[str, StoreSettings]:
        for address in buckets:
            kind, _, bucket = address.rstrip("/").partition("://")
            if kind not in SCHEMES or not bucket or "/" in bucket:
                raise ValueError(f"{address!r} is not a bucket; write s3://name, gs://name or oss://name")
        return buckets

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        names: list[str] = []
        for place, stage in self._expanded():
            if stage.name in names:
                raise SettingError(f"{self.stages[place].name} is listed twice", "stages", place)
            missing = [name for name in stage.after if name not in names]
            if missing:
                raise SettingError(f"{stage.name} must come after {', '.join(missing)}", "stages", place)
            names.append(stage.name)
        return self

    def flat_stages(self) -> list[Stage]:
        """Return the stages as they run: some entries stand for several."""
        return [stage for _, stage in self._expanded()]

    def _expanded(self) -> list[tuple[int, Stage]]:
        """Return the stages as they run, each with the place of its entry."""
        numbered: list[tuple[int, Stage]] = []
        for place, entry in enumerate(self.stages):
            try:
                numbered += [(place, stage) for stage in entry.expanded([stage for _, stage in numbered])]
            except ValueError as error:
                at = error.at if isinstance(error, SettingError) else ()
                raise SettingError(str(error), "stages", place, *at) from error
        return numbered


def load(path: str, given: Sequence[str] = (), overrides: Sequence[Override] = ()) -> PipelineConfig:
    """Read the configuration of a run, with `name=value` for its parameters, and what the command line sets.

    Raises
    ------
    ConfigError
        naming the file, the line, the key, what was found and what is allowed.
    """
    return read_config(path, given, overrides)[0]


def read_config(
    path: str, given: Sequence[str] = (), overrides: Sequence[Override] = ()
) -> tuple[PipelineConfig, YamlFile]:
    """Return what `load` does, and the file: it knows the place of every key."""
    config, file = read_as(PipelineConfig, path, given, overrides)
    config._overrides = tuple(override.given for override in overrides)
    configure(config.buckets)
    for override in overrides:
        if unmoved := _unmoved(config, file, override.key):
            logger.warning("%s", f"{override.given}: {unmoved}")
    return config, file


def _unmoved(config: PipelineConfig, file: YamlFile, key: str) -> str | None:
    """Return in how many languages setting a filter's key changes nothing, as they have filters of their own."""
    parts = key.split(".")
    stage = next((stage for stage in config.stages if isinstance(stage, DocumentsStage)), None)
    if stage is None or parts[:1] != ["stages"] or parts[2:3] != ["steps"] or len(parts) < 5:
        return None
    name = stage.steps[int(parts[3])].name if parts[3].isdigit() else parts[3]
    if not (tags := stage.replacing(name)):
        return None
    written = file.values()["stages"][config.stages.index(stage)]["languages"][tags[0]]
    filters = [] if isinstance(written, list) else ["filters"]
    own = ".".join(["stages.documents.languages", tags[0], *filters, name, *parts[4:]])
    return f"{len(tags)} languages have filters of their own, which this does not change; of one: --set {own}=…"


def load_as(model: type[Model], path: str, given: Sequence[str] = (), overrides: Sequence[Override] = ()) -> Model:
    """Read a file that is one object of a model which has `parameters`; errors are those of `load`."""
    return read_as(model, path, given, overrides)[0]


def read_as(
    model: type[Model], path: str, given: Sequence[str] = (), overrides: Sequence[Override] = ()
) -> tuple[Model, YamlFile]:
    """Return what `load_as` does, and the file: it knows the place of every key."""
    file = read_yaml(path)
    if isinstance(file.root, MappingNode):
        file = overridden(file, overrides)
    raw = file.values()
    if not isinstance(raw, dict):
        raise ConfigError(f"{path}: expected a mapping of keys, found {quoted(raw)}")
    if isinstance(raw.get("modules"), list):  # a path in a file is relative to the file
        raw["modules"] = [str(Path(path).parent / str(module)) for module in raw["modules"]]
        for place, module in enumerate(raw["modules"]):
            try:
                plugins.load(Path(module))
            except ConfigError as error:
                raise ConfigError(placed(file, ("modules", place), str(error).removeprefix("modules: "))) from error
    raw["parameters"] = _parameters(file, raw.get("parameters") or {}, given)
    body = {key: _filled(value, raw["parameters"], (key,), file) for key, value in raw.items() if key != "parameters"}
    try:
        read = model.model_validate({**body, "parameters": raw["parameters"]})
    except ValidationError as error:
        raise ConfigError(explained(model, file, body, error)) from error
    for location, truth in _read_as_numbers(read, body, ()):
        sentence = f"expected a number, found {str(truth).lower()} (YAML reads yes, no, on and off as booleans)"
        raise ConfigError(placed(file, location, sentence))
    return read, file


def _read_as_numbers(
    read: Any, written: Any, location: tuple[str | int, ...]
) -> Iterator[tuple[tuple[str | int, ...], bool]]:
    """Yield where a boolean is written and a number was read: to pydantic, `true` is 1."""
    if isinstance(written, bool):
        if isinstance(read, int | float) and not isinstance(read, bool):
            yield location, written
    elif isinstance(written, dict):
        for key, item in written.items():
            below = read.get(key) if isinstance(read, Mapping) else getattr(read, str(key), None)
            yield from _read_as_numbers(below, item, (*location, key))
    elif isinstance(written, list) and isinstance(read, list | tuple):
        for place, (below, item) in enumerate(zip(read, written, strict=False)):
            yield from _read_as_numbers(below, item, (*location, place))


def load_chain(path: str) -> LanguageChain | None:
    """Return the filters of a file that is a language's chain, or None if it is something else."""
    file = read_yaml(path)
    raw = file.values()
    if not (isinstance(raw, list) or (isinstance(raw, dict) and "filters" in raw)):
        return None
    try:
        return LanguageChain.model_validate(raw)
    except ValidationError as error:
        raise ConfigError(explained(LanguageChain, file, raw, error)) from error


def _parameters(file: YamlFile, declared: Any, given: Sequence[str]) -> dict[str, Parameter]:
    """Return the value of each parameter."""
    if not isinstance(declared, dict):
        raise ConfigError(placed(file, ("parameters",), f"expected a mapping of keys, found {quoted(declared)}"))
    values = dict(declared)
    for assignment in given:
        name, separator, value = assignment.partition("=")
        if not separator or name not in declared:
            raise ConfigError(placed(file, ("parameters",), _undeclared(assignment, name, separator, declared)))
        values[name] = read_value(value, f"-p {assignment}")
    missing = sorted(str(name) for name, value in values.items() if value is None)
    if missing:
        options = " ".join(f"-p {name}=…" for name in missing)
        raise ConfigError(placed(file, ("parameters", missing[0]), f"no value; give it with {options}"))
    return values


def _undeclared(assignment: str, name: str, separator: str, declared: Mapping[str, Any]) -> str:
    names = sorted(map(str, declared))
    there = f"those of this file are {', '.join(names)}" if names else "this file declares none under `parameters:`"
    if not separator:
        return f"-p {assignment}: expected name=value; {there}"
    return f"-p {assignment}: no parameter is named {name}{meant(name, names)}; {there}"


def _filled(value: Any, parameters: Mapping[str, Parameter], location: tuple[str | int, ...], file: YamlFile) -> Any:
    if isinstance(value, dict):
        return {name: _filled(item, parameters, (*location, name), file) for name, item in value.items()}
    if isinstance(value, list):
        return [_filled(item, parameters, (*location, index), file) for index, item in enumerate(value)]
    if not isinstance(value, str):
        return value

    def fill(match: re.Match[str]) -> str:
        if match[1] not in parameters:
            names = ", ".join(map(str, parameters)) or "there is none"
            sentence = f"no parameter is named {match[1]}{meant(match[1], parameters)} (declared: {names})"
            raise ConfigError(placed(file, location, sentence))
        return str(parameters[match[1]])

    return re.sub(r"\$\{(\w+)\}", fill, value)


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of a configuration, for editors."""
    return schema.json_schema(PipelineConfig)
