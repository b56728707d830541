"""What a configuration can name: filters, steps and sources, ours and those of plug-ins, imported when they are named.

Ours are found by their files: `filters/NAME.py` holds the filter `NAME`, `pipeline/sources/` the sources, `pipeline/
extract/` the other steps. A plug-in is an installed package with an entry point in one of the groups `yuliao.filters`,
`yuliao.steps` and `yuliao.sources` (its name is the filter's), or a file under `modules:` (`pipeline.plugins`).
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from functools import cached_property
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Annotated, Any, Generic, Literal, TypeAlias, TypeVar, get_args, get_origin

from pydantic import BaseModel, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticKnownError, core_schema

from filters.base import Filter
from filters.chain import Step
from pipeline.errors import ConfigError
from pipeline.sources.base import Source

Model = TypeVar("Model", bound=BaseModel)

_ROOT = Path(__file__).parent.parent


class Catalogue(Generic[Model]):
    """The models that one place of a configuration can name, and the type of that place: `Annotated[Base, CATALOGUE]`.

    `key` is the field that tells them apart. They lie in the modules directly in `folder`.
    """

    def __init__(
        self, base: type[Any], key: Literal["name", "kind"], folder: str, group: str, *others: "Catalogue[Any]"
    ) -> None:
        self.base = base
        self.key = key
        self.group = group
        self._folder = folder
        self._others = others
        self._added: dict[str, type[Model]] = {}
        self._found: dict[str, type[Model]] = {}

    def names(self) -> list[str]:
        """Return every name, sorted."""
        own = {*self._modules, *self._entry_points, *self._added}
        return sorted(own.union(*(other.names() for other in self._others)))

    def find(self, name: str) -> type[Model]:
        """Return the model of a name.

        Raises
        ------
        LookupError
            when nothing has the name.
        """
        if name in self._added:
            return self._added[name]
        if name in self._found:
            return self._found[name]
        if name in self._modules:
            model = self._named(name, vars(import_module(self._modules[name])).values())
        elif name in self._entry_points:
            model = self._plugged(name, self._entry_points[name])
        else:
            for other in self._others:
                with suppress(LookupError):
                    return other.find(name)
            raise LookupError(name)
        self._found[name] = model
        return model

    def every(self) -> list[type[Model]]:
        """Return every model, sorted by name."""
        return [self.find(name) for name in self.names()]

    def add(self, model: type[Model]) -> None:
        """Add a model of a file under `modules:`.

        Raises
        ------
        ValueError
            when something else has its name.
        """
        name = str(name_of(model, self.key))
        if name in self.names():
            other = self.find(name)
            where = other.__name__ if other.__module__ == model.__module__ else other.__module__
            raise ValueError(f"{self.key} {name!r} is taken by {where}")
        self._added[name] = model

    def remove(self, module: str) -> None:
        """Remove what a file under `modules:` has added, given the name of its module."""
        self._added = {name: model for name, model in self._added.items() if model.__module__ != module}

    @cached_property
    def _modules(self) -> dict[str, str]:
        """The module of each of ours, by its name; nothing is imported for it."""
        named = re.compile(rf'^    {self.key}: Literal\["(\w+)"\] = ', re.MULTILINE)
        return {
            name: f"{self._folder.replace('/', '.')}.{path.stem}"
            for path in sorted((_ROOT / self._folder).glob("*.py"))
            for name in named.findall(path.read_text(encoding="utf-8"))
        }

    @cached_property
    def _entry_points(self) -> Mapping[str, EntryPoint]:
        points: dict[str, EntryPoint] = {}
        for point in entry_points(group=self.group):
            taken = self._modules.get(point.name) or (points[point.name].value if point.name in points else point.value)
            if taken != point.value:
                raise ConfigError(f"{_package(point)}: {self.key} {point.name!r} is taken by {taken}")
            points[point.name] = point
        return points

    def _plugged(self, name: str, point: EntryPoint) -> type[Model]:
        """Return the model that an installed package names; whatever fails in there is told with the package's name."""
        try:
            return self._named(name, [point.load()])
        except (Exception, SystemExit) as error:
            raise ConfigError(f"{_package(point)}: {point.value}: {type(error).__name__}: {error}") from error

    def _named(self, name: str, members: Iterable[Any]) -> type[Model]:
        for member in members:
            if isinstance(member, type) and issubclass(member, self.base) and name_of(member, self.key) == name:
                model: type[Model] = member
                return model
        raise ValueError(f"no {self.base.__name__} whose {self.key} is {name!r} where {name!r} is said to be")

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self._validated)

    def _validated(self, value: Any) -> Any:
        if isinstance(value, (self.base, *(other.base for other in self._others))):
            return value
        if not isinstance(value, Mapping):
            raise PydanticKnownError("model_attributes_type")
        if self.key not in value:
            raise PydanticKnownError("union_tag_not_found", {"discriminator": self.key})
        try:
            model = self.find(value[self.key])
        except (LookupError, TypeError) as error:
            expected = ", ".join(repr(name) for name in self.names())
            context = {"discriminator": self.key, "tag": str(value[self.key]), "expected_tags": expected}
            raise PydanticKnownError("union_tag_invalid", context) from error
        return model.model_validate(value)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"oneOf": [handler(_shared(model)) for model in self.every()]}


def _shared(model: type[BaseModel]) -> CoreSchema:
    """Return the schema of a model so that JSON Schema defines it once and refers to it."""
    schema: Any = model.__pydantic_core_schema__
    reference = {"ref": f"{model.__module__}.{model.__qualname__}:{id(model)}"}
    if schema["type"] == "definitions":
        return {**schema, "schema": {**schema["schema"], **reference}}
    return {**schema, **reference}


def _package(point: EntryPoint) -> str:
    return f"{point.group}: {point.dist.name if point.dist else 'an installed package'}"


def name_of(model: type[BaseModel], key: str) -> str | None:
    """Return the name by which a configuration selects a model: its Literal; None for one that cannot be selected."""
    field = model.model_fields.get(key)
    return get_args(field.annotation)[0] if field is not None and get_origin(field.annotation) is Literal else None


FILTERS: Catalogue[Filter] = Catalogue(Filter, "name", "filters", "yuliao.filters")
STEPS: Catalogue[Step | Filter] = Catalogue(Step, "name", "pipeline/extract", "yuliao.steps", FILTERS)
SOURCES: Catalogue[Source] = Catalogue(Source, "kind", "pipeline/sources", "yuliao.sources")

AnyFilter: TypeAlias = Annotated[Filter, FILTERS]
AnyStep: TypeAlias = Annotated[Step | Filter, STEPS]
AnySource: TypeAlias = Annotated[Source, SOURCES]


def catalogues() -> Iterator[Catalogue[Any]]:
    """Yield the catalogues that plug-ins add to."""
    yield from (FILTERS, STEPS, SOURCES)
